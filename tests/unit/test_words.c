/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people write them, and names as they mistype them. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/results/text.h"

typedef int (*reader)(const char *text, uint64_t *ret);

struct example {
    const char *text;
    uint64_t value;
};

static void check(reader read, const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t value = 0;

        assert_int_equal(read(examples[i].text, &value), 0);
        assert_int_equal(value, examples[i].value);
    }
}

static void refuse(reader read, const char *const texts[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t value = 77;

        if (read(texts[i], &value) != -EINVAL)
            fail_msg("'%s' was read", texts[i]);
        assert_int_equal(value, 77);
    }
}

static void test_sizes(void **state)
{
    const struct example good[] = {
        {"0", 0},
        {"1000", 1000},
        {"4KiB", 4096},
        {"3MiB", 3 << 20},
        {"2GiB", UINT64_C(2) << 30},
        {"17179869183GiB", UINT64_C(17179869183) << 30},
    };
    static const char *const bad[] = {
        "",      "KiB",   "4K",   "4kB",    "4 KiB",
        "-4KiB", "4KiBs", "4kib", "1.5KiB", "17179869184GiB"};

    (void)state;
    check(text_size, good, COUNT(good));
    refuse(text_size, bad, COUNT(bad));
}

static void test_durations(void **state)
{
    const struct example good[] = {
        {"30s", UINT64_C(30000000000)},
        {"30", UINT64_C(30000000000)},
        {"2m", UINT64_C(120000000000)},
        {"2min", UINT64_C(120000000000)},
        {"1h", UINT64_C(3600000000000)},
        {"500ms", 500000000},
        {"1.5s", 1500000000},
    };
    static const char *const bad[] = {"",   "s",   "-1s", "0",     "0s",
                                      "1d", "1 s", "nan", "inf",   "1e30s",
                                      "x",  "1S",  "+1s", "1e-10s"};

    (void)state;
    check(read_duration, good, COUNT(good));
    refuse(read_duration, bad, COUNT(bad));
}

/* What goes to stderr, and that nothing goes to stdout. */
static char told[4096];

static int redirect(int fd, int *ret_saved)
{
    char path[] = "/tmp/baton-unit-XXXXXX";
    int file = mkstemp(path);

    assert_true(file >= 0);
    unlink(path);
    fflush(NULL);
    *ret_saved = dup(fd);
    dup2(file, fd);
    return file;
}

static size_t restore(int fd, int file, int saved, char *out, size_t size)
{
    ssize_t len;

    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    len = pread(file, out, size - 1, 0);
    close(file);
    out[len < 0 ? 0 : len] = '\0';
    return strlen(out);
}

static int listen_to(int (*talk)(const char *name), const char *name)
{
    int saved[2], files[2], result;
    char out[64];

    files[0] = redirect(STDOUT_FILENO, &saved[0]);
    files[1] = redirect(STDERR_FILENO, &saved[1]);
    result = talk(name);
    restore(STDERR_FILENO, files[1], saved[1], told, sizeof(told));
    assert_int_equal(
        restore(STDOUT_FILENO, files[0], saved[0], out, sizeof(out)), 0);
    return result;
}

static int ask_fruit(const char *name)
{
    static const char *const names[] = {"apple", "banana", "cherry"};

    complain_unknown("fruit", name, names, 3);
    return 0;
}

static void test_the_nearest_name_is_suggested(void **state)
{
    static const struct {
        const char *typed, *meant;
    } words[] = {{"aple", "apple"},    {"bananna", "banana"},
                 {"cherri", "cherry"}, {"pple", "apple"},
                 {"hcerry", "cherry"}, {"Banana", "banana"}};

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        char question[64];

        listen_to(ask_fruit, words[i].typed);
        assert_non_null(strstr(told, "there is no fruit"));
        assert_non_null(strstr(told, words[i].typed));
        assert_non_null(strstr(told, " apple banana cherry\n"));
        snprintf(question, sizeof(question), "did you mean '%s'?",
                 words[i].meant);
        assert_non_null(strstr(told, question));
    }
}

static void test_nothing_near_is_not_suggested(void **state)
{
    char longest[100];

    (void)state;
    listen_to(ask_fruit, "xyzzyxyzzy");
    assert_non_null(strstr(told, " apple banana cherry\n"));
    assert_null(strstr(told, "did you mean"));
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    listen_to(ask_fruit, longest);
    assert_null(strstr(told, "did you mean"));
}

static int complain_of(const char *name)
{
    complain("%s: %d", name, 42);
    return 0;
}

static void test_complaints_go_to_stderr(void **state)
{
    (void)state;
    listen_to(complain_of, "answer");
    assert_string_equal(told, "baton: answer: 42\n");
}

static const struct model *chosen[64];
static size_t n_chosen;

static int ask_models(const char *text)
{
    struct chosen read;
    int status = read_models(shipped_claims(), text, &read);

    n_chosen = read.n;
    memcpy(chosen, read.models, read.n * sizeof(chosen[0]));
    free(read.models);
    return status;
}

static void test_models_are_read_in_order_and_once(void **state)
{
    (void)state;
    assert_int_equal(listen_to(ask_models, "locked,null,locked"), 0);
    assert_int_equal(n_chosen, 2);
    assert_string_equal(chosen[0]->name, "locked");
    assert_string_equal(chosen[1]->name, "null");
    assert_string_equal(told, "");
}

static void test_all_is_all_models(void **state)
{
    (void)state;
    assert_int_equal(listen_to(ask_models, "all"), 0);
    assert_int_equal(n_chosen, n_models);
    for (size_t i = 0; i < n_models; i++)
        assert_ptr_equal(chosen[i], models[i]);
}

static void test_sets_are_models_once_in_the_order_of_the_registry(void **state)
{
    (void)state;
    assert_int_equal(listen_to(ask_models, "@locks"), 0);
    assert_true(n_chosen > 0);
    for (size_t i = 0; i < n_chosen; i++)
        assert_int_equal(chosen[i]->family, FAMILY_LOCKS);
    assert_int_equal(listen_to(ask_models, "locked,@core"), 0);
    assert_string_equal(chosen[0]->name, "locked");
    assert_int_equal(n_chosen, 5);
    assert_int_equal(listen_to(ask_models, "@lokcs"), EXIT_USAGE);
    assert_non_null(strstr(told, "did you mean '@locks'?"));
}

static void test_an_unknown_model_is_refused_with_the_nearest(void **state)
{
    static const char *const bad[] = {"lokced", "null,lockde", "locked,,null",
                                      "", "null,"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(listen_to(ask_models, bad[i]), EXIT_USAGE);
        for (size_t j = 0; j < n_models; j++)
            assert_non_null(strstr(told, models[j]->name));
    }
    listen_to(ask_models, "lokced");
    assert_non_null(strstr(told, "did you mean 'locked'?"));
}

static void test_seeds_are_what_the_generator_takes(void **state)
{
    uint64_t a = random_seed(), b = random_seed(), c = random_seed();

    (void)state;
    assert_true(a <= UINT32_MAX && b <= UINT32_MAX);
    assert_false(a == b && b == c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_the_nearest_name_is_suggested),
        cmocka_unit_test(test_nothing_near_is_not_suggested),
        cmocka_unit_test(test_complaints_go_to_stderr),
        cmocka_unit_test(test_models_are_read_in_order_and_once),
        cmocka_unit_test(test_all_is_all_models),
        cmocka_unit_test(
            test_sets_are_models_once_in_the_order_of_the_registry),
        cmocka_unit_test(test_an_unknown_model_is_refused_with_the_nearest),
        cmocka_unit_test(test_seeds_are_what_the_generator_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
