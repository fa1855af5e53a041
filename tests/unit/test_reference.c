/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that break the protocol of reference programs are named and ended.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/sample/reference.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

static char program[] = SOURCE_ROOT "/tests/unit/hostile_program.py";
static char why[256];

/* READY is waited for as long as the test allows. */
static int start(struct reference *r, const char *fault, uint64_t patience_ns)
{
    char *words[] = {"python3", program, (char *)fault, NULL};

    why[0] = '\0';
    return reference_start_command(r, words, patience_ns, why, sizeof(why));
}

static int ask(struct reference *r, uint64_t patience_ns,
               struct reference_answer *answer)
{
    const struct reference_request q = {.workload = "counter",
                                        .model = "model",
                                        .n = 1,
                                        .m = 1,
                                        .repetitions = 1,
                                        .url = "-",
                                        .deadline_ns =
                                            clock_ns() + patience_ns};

    why[0] = '\0';
    return reference_ask(r, &q, answer, why, sizeof(why));
}

static void assert_says(const char *text)
{
    if (!strstr(why, text))
        fail_msg("'%s' has no '%s'", why, text);
}

/* Of its group, which the kernel may take a moment to end. */
static void assert_gone(const struct reference *r)
{
    const struct timespec moment = {.tv_nsec = 10000000};

    for (int i = 0; i < 500 && tree_count_group(r->process.child.pid); i++)
        nanosleep(&moment, NULL);
    assert_int_equal(tree_count_group(r->process.child.pid), 0);
}

#define GUARD_NS (120 * NS_PER_S)
#define SHORT_NS (NS_PER_S / 2)

static void test_what_is_wrong_before_ready_is_named(void **state)
{
    static const struct {
        const char *fault, *says;
        uint64_t patience_ns;
    } faults[] = {
        {"early", "it wrote 'hello' where READY 1 should be", GUARD_NS},
        {"silent", "before READY: it does not answer", SHORT_NS},
        {"dead", "before READY: it ended: exit status 3", GUARD_NS},
        {"version", "where READY 1 should be", GUARD_NS},
        {"short", "where READY 1 should be", GUARD_NS},
        {"talkative", "it wrote 'and more' where nothing should be", GUARD_NS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct reference r;
        char tail[64];

        assert_int_equal(start(&r, faults[i].fault, faults[i].patience_ns),
                         -ECANCELED);
        assert_says(faults[i].says);
        snprintf(tail, sizeof(tail), "on its standard error: this is %s",
                 faults[i].fault);
        if (faults[i].patience_ns == GUARD_NS)
            assert_says(tail);
        assert_gone(&r);
        reference_end(&r);
    }
}

static void test_what_is_wrong_in_an_answer_is_named(void **state)
{
    static const struct {
        const char *fault, *says;
        uint64_t patience_ns;
    } faults[] = {
        {"hang", "during a request: it does not answer", SHORT_NS},
        {"crash", "it ended: signal 11", GUARD_NS},
        {"exit", "it ended: exit status 7", GUARD_NS},
        {"close", "it closed its standard output", GUARD_NS},
        {"garbage", "garbage' where the answer '1 OK <ns> ...' should be",
         GUARD_NS},
        {"nul", "it wrote a NUL byte", GUARD_NS},
        {"long", "it wrote a line of more than 1 MiB", GUARD_NS},
        {"word", "where the answer '1 OK <ns> ...' should be", GUARD_NS},
        {"orphan", "it ended: exit status 0", GUARD_NS},
        {"loud", "on its standard error: the last words", GUARD_NS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct reference_answer answer;
        struct reference r;

        assert_int_equal(start(&r, faults[i].fault, GUARD_NS), 0);
        assert_string_equal(r.runtime, "Hostile 1.0");
        assert_int_equal(ask(&r, faults[i].patience_ns, &answer), -ECANCELED);
        assert_says(faults[i].says);
        free(answer.fields);
        assert_gone(&r);
        reference_end(&r);
    }
}

static void test_an_answer_to_an_earlier_request_is_none(void **state)
{
    struct reference_answer answer;
    struct reference r;

    (void)state;
    assert_int_equal(start(&r, "earlier", GUARD_NS), 0);
    assert_int_equal(ask(&r, GUARD_NS, &answer), 0);
    free(answer.fields);
    assert_int_equal(ask(&r, GUARD_NS, &answer), -ECANCELED);
    assert_says("it wrote '1 OK 1 1' where the answer '2 OK <ns> ...'");
    free(answer.fields);
    assert_gone(&r);
    reference_end(&r);
}

static void test_a_second_answer_is_noticed_with_the_next_request(void **state)
{
    struct reference_answer answer;
    struct reference r;

    (void)state;
    assert_int_equal(start(&r, "twice", GUARD_NS), 0);
    assert_int_equal(ask(&r, GUARD_NS, &answer), 0);
    free(answer.fields);
    assert_int_equal(ask(&r, GUARD_NS, &answer), -ECANCELED);
    assert_says("where nothing, before a request, should be");
    free(answer.fields);
    reference_end(&r);
}

static void test_a_refusal_is_no_end(void **state)
{
    struct reference_answer answer;
    struct reference r;

    (void)state;
    assert_int_equal(start(&r, "refuse", GUARD_NS), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(&r, GUARD_NS, &answer), -EREMOTE);
        assert_string_equal(answer.refusal, "I do not want to");
        free(answer.fields);
    }
    assert_int_equal(reference_end(&r), 0);
    assert_int_equal(r.process.child.wait_status, 0);
}

static void test_what_it_leaves_is_counted_and_ended(void **state)
{
    struct reference_answer answer;
    struct reference r;

    (void)state;
    assert_int_equal(start(&r, "children", GUARD_NS), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(&r, GUARD_NS, &answer), 0);
        free(answer.fields);
    }
    assert_int_equal(reference_end(&r), 2);
    assert_gone(&r);
}

static void test_one_that_stays_is_ended(void **state)
{
    struct reference r;

    (void)state;
    assert_int_equal(start(&r, "stays", GUARD_NS), 0);
    reference_end(&r);
    assert_true(r.process.child.hung);
    assert_gone(&r);
}

static void test_one_that_does_not_read_is_ended(void **state)
{
    struct reference r;
    char *text = malloc(PROGRAM_LINE);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', PROGRAM_LINE);
    assert_int_equal(start(&r, "deaf", GUARD_NS), 0);
    assert_int_equal(
        program_send(&r.process, text, PROGRAM_LINE, clock_ns() + SHORT_NS),
        -ETIMEDOUT);
    free(text);
    kill(r.process.child.pid, SIGKILL);
    reference_end(&r);
}

static void test_a_paused_program_uses_no_cpu_time(void **state)
{
    const struct timespec while_paused = {.tv_nsec = 50000000};
    struct reference_answer answer;
    struct reference r;
    struct tree tree;

    (void)state;
    assert_int_equal(start(&r, "none", GUARD_NS), 0);
    for (int i = 0; i < 3; i++) {
        program_pause(&r.process);
        tree_look(r.process.child.pid, &tree);
        assert_int_equal(tree.processes, 1);
        assert_true(tree_is_stopped(r.process.child.pid));
        assert_true(tree.cpu_ns > 0);
        nanosleep(&while_paused, NULL);
        assert_int_equal(program_resume(&r.process), 0);
        assert_false(tree_is_stopped(r.process.child.pid));
        assert_int_equal(ask(&r, GUARD_NS, &answer), 0);
        assert_true(answer.heard_ns > answer.sent_ns);
        assert_int_equal(answer.n, 1);
        free(answer.fields);
    }
    assert_int_equal(reference_end(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_wrong_before_ready_is_named),
        cmocka_unit_test(test_what_is_wrong_in_an_answer_is_named),
        cmocka_unit_test(test_an_answer_to_an_earlier_request_is_none),
        cmocka_unit_test(test_a_second_answer_is_noticed_with_the_next_request),
        cmocka_unit_test(test_a_refusal_is_no_end),
        cmocka_unit_test(test_what_it_leaves_is_counted_and_ended),
        cmocka_unit_test(test_one_that_stays_is_ended),
        cmocka_unit_test(test_one_that_does_not_read_is_ended),
        cmocka_unit_test(test_a_paused_program_uses_no_cpu_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
