/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What becomes of a model that hangs, crashes or fails in a suite: it is named
 * with the test that it was in, the others go on, and no process stays.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/look.h"
#include "tests/conformance/suite.h"
#include "workloads/clock.h"

static int count_well(struct counting *work)
{
    for (size_t i = 0; i < work->tasks; i++) {
        gate_enter(work->gate, i);
        counter_add(work, work->increments);
        gate_leave(work->gate, i);
    }
    return 0;
}

/* A child of its own hangs, and it waits for it. */
static int hang(struct counting *work)
{
    (void)work;
    if (fork() == 0)
        for (;;)
            pause();
    return wait(NULL) < 0;
}

static int crash(struct counting *work)
{
    (void)work;
    return raise(SIGKILL);
}

static int leave_child(struct counting *work)
{
    if (fork() == 0)
        for (;;)
            pause();
    count_well(work);
    return -1;
}

#define MODEL(text, function)                                                  \
    {                                                                          \
        .contract = MODEL_CONTRACT, .name = (text), .counting = {              \
            .run = (function),                                                 \
            .at_once = AT_ONCE_ONE                                             \
        }                                                                      \
    }

static const struct model good = MODEL("good", count_well);
static const struct model hanging = MODEL("hanging", hang);
static const struct model crashing = MODEL("crashing", crash);
static const struct model failing = MODEL("failing", leave_child);
static const struct model never = {
    .contract = MODEL_CONTRACT,
    .name = "never",
    .counting = {.gap = "it does not count"},
};

static unsigned *passed; /* shared: how often a test came to its end */

static void test_of_the_suite(void **state)
{
    struct trial t;

    (void)state;
    trial_init(&t, "counter", 0);
    assert_int_equal(trial_run(&t, suite_model), 0);
    trial_assert_right(&t, suite_model->name);
    trial_finish(&t);
    __atomic_fetch_add(passed, 1, __ATOMIC_RELAXED);
}

static void another_test(void **state)
{
    test_of_the_suite(state);
}

static const struct CMUnitTest each[] = {
    cmocka_unit_test(test_of_the_suite),
    cmocka_unit_test(another_test),
};

static struct suite suite_of(const struct model *const *subjects, size_t n)
{
    return (struct suite){.name = "a suite",
                          .kind = &kind_counting,
                          .models = subjects,
                          .n_models = n,
                          .each = each,
                          .n_each = COUNT(each)};
}

/* What it prints; its status is *ret. */
static char *output_of(const struct suite *s, int *ret)
{
    int fd = memfd_create("output", MFD_CLOEXEC), was = dup(STDOUT_FILENO);
    char *text = calloc(1, 65536);

    assert_true(fd >= 0 && was >= 0 && text);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    *passed = 0;
    *ret = suite_run(s);
    fflush(stdout);
    dup2(was, STDOUT_FILENO);
    close(was);
    assert_true(pread(fd, text, 65535, 0) >= 0);
    close(fd);
    return text;
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("'%s' is not in:\n%s", words, text);
}

/* Those of this process; what they started was in their groups. */
static void assert_no_children(void)
{
    int status;

    assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
}

static void test_models_that_pass_are_told_in_a_line(void **state)
{
    static const struct model *const subjects[] = {&good, &never, &good};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text = output_of(&s, &status);

    (void)state;
    assert_int_equal(status, 0);
    assert_int_equal(suite_models(&s), 2);
    assert_int_equal(*passed, 4);
    assert_says(text, "# good: passed after");
    assert_says(text, "# never left out: it does not count");
    assert_null(strstr(text, "RUN"));
    assert_no_children();
    free(text);
}

static void test_a_variable_chooses_models(void **state)
{
    static const struct model *const subjects[] = {&good, &crashing, &hanging};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text;

    (void)state;
    setenv("BATON_TEST_MODELS", "goo,good,crash,hanging-not", 1);
    assert_int_equal(suite_models(&s), 1);
    text = output_of(&s, &status);
    setenv("BATON_TEST_MODELS", "", 1);
    assert_int_equal(suite_models(&s), 3);
    unsetenv("BATON_TEST_MODELS");
    assert_int_equal(suite_models(&s), 3);
    assert_int_equal(status, 0);
    assert_int_equal(*passed, 2);
    assert_says(text, "# crashing left out: BATON_TEST_MODELS");
    free(text);
}

static void test_a_model_that_hangs_is_named_and_ended(void **state)
{
    static const struct model *const subjects[] = {&hanging, &good};
    struct suite s = suite_of(subjects, COUNT(subjects));
    uint64_t begin_ns = clock_ns();
    int status;
    char *text;

    (void)state;
    kit_patience_s = 1;
    text = output_of(&s, &status);
    kit_patience_s = 20;
    assert_int_equal(status, 1);
    assert_true(clock_ns() - begin_ns < 10 * NS_PER_S);
    assert_says(text, "# hanging: hangs after 1.");
    assert_says(text, "# hanging hangs in test_of_the_suite");
    assert_says(text, "# good: passed");
    assert_int_equal(*passed, 2);
    assert_no_children();
    free(text);
}

static void test_a_model_that_crashes_is_named(void **state)
{
    static const struct model *const subjects[] = {&good, &crashing};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text = output_of(&s, &status);

    (void)state;
    assert_int_equal(status, 1);
    assert_says(text, "# crashing: FAILED after");
    assert_says(text, "# crashing: signal 9 in test_of_the_suite");
    assert_int_equal(*passed, 2);
    free(text);
}

/* A process that a model started is of its group. */
static bool is_empty(pid_t group)
{
    for (int i = 0; i < 500; i++) {
        if (kill(-group, 0) < 0)
            return true;
        usleep(10000);
    }
    return false;
}

static pid_t *group; /* shared */

static void test_that_notes_its_group(void **state)
{
    (void)state;
    *group = getpgrp();
    test_of_the_suite(state);
}

static void test_a_failed_test_ends_what_it_started(void **state)
{
    static const struct model *const subjects[] = {&failing};
    static const struct CMUnitTest notes[] = {
        cmocka_unit_test(test_that_notes_its_group)};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text;

    (void)state;
    s.each = notes;
    s.n_each = COUNT(notes);
    text = output_of(&s, &status);
    assert_int_equal(status, 1);
    assert_int_equal(*passed, 0);
    assert_says(text, "# failing, test_that_notes_its_group: FAILED");
    assert_says(text, "test_suite.c");
    assert_true(is_empty(*group));
    free(text);
}

static void test_tests_apart_each_have_a_process(void **state)
{
    static const struct model *const subjects[] = {&good, &crashing};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text;

    (void)state;
    s.apart = true;
    text = output_of(&s, &status);
    assert_int_equal(status, 1);
    assert_says(text, "# good, test_of_the_suite: passed");
    assert_says(text, "# good, another_test: passed");
    assert_says(text, "# crashing: signal 9 in test_of_the_suite");
    assert_says(text, "# crashing: signal 9 in another_test");
    free(text);
}

/* The tests of no model are counted as well. */
static void fails_once(void **state)
{
    (void)state;
    assert_true(false);
}

static void test_a_failure_of_what_runs_once_is_one(void **state)
{
    static const struct model *const subjects[] = {&good};
    static const struct CMUnitTest once[] = {cmocka_unit_test(fails_once)};
    struct suite s = suite_of(subjects, COUNT(subjects));
    int status;
    char *text;

    (void)state;
    s.once = once;
    s.n_once = COUNT(once);
    text = output_of(&s, &status);
    assert_int_equal(status, 1);
    free(text);
}

static void test_numbers_that_differ_are_decimal(void **state)
{
    static const char said[] = "kit.c:1: 0xf44fc != 0xf4240\nat 0x10\n";
    int fd = memfd_create("output", MFD_CLOEXEC);
    char *text;

    (void)state;
    assert_int_equal(write(fd, said, sizeof(said) - 1), sizeof(said) - 1);
    text = look_at_output(fd);
    assert_string_equal(text, "kit.c:1: 1000700, expected 1000000\nat 0x10\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_that_pass_are_told_in_a_line),
        cmocka_unit_test(test_a_variable_chooses_models),
        cmocka_unit_test(test_a_model_that_hangs_is_named_and_ended),
        cmocka_unit_test(test_a_model_that_crashes_is_named),
        cmocka_unit_test(test_a_failed_test_ends_what_it_started),
        cmocka_unit_test(test_tests_apart_each_have_a_process),
        cmocka_unit_test(test_a_failure_of_what_runs_once_is_one),
        cmocka_unit_test(test_numbers_that_differ_are_decimal),
    };

    /* The models of these tests are their own. */
    unsetenv("BATON_TEST_MODELS");
    passed = kit_shared(sizeof(*passed));
    group = kit_shared(sizeof(*group));
    return cmocka_run_group_tests_name("suite", tests, NULL, NULL);
}
