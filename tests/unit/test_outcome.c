/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "workloads/kinds/outcome.h"

static void test_every_class_has_a_name_a_cause_and_a_remedy(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_N; i++) {
        const char *name = outcome_name((enum outcome)i);

        assert_true(matches(name, "^[a-z]+(-[a-z]+)*$"));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(name, outcome_name((enum outcome)k));
        assert_int_equal(*outcome_cause((enum outcome)i) != '\0', i > 0);
        assert_int_equal(*outcome_remedy((enum outcome)i) != '\0', i > 0);
    }
    assert_string_equal(outcome_name(OUTCOME_N), "unknown");
}

static void test_the_vocabulary_is_the_one_that_was_agreed_on(void **state)
{
    static const char *const names[] = {
        "ok",
        "dns-name",
        "dns-no-answer",
        "dns-failed",
        "no-network",
        "no-route",
        "refused",
        "connect-timeout",
        "tls-untrusted",
        "tls-protocol",
        "reset",
        "empty",
        "truncated",
        "malformed",
        "too-big",
        "header-timeout",
        "body-timeout",
        "too-many-redirects",
        "bad-redirect",
        "status",
        "no-link",
        "no-title",
        "not-html",
        "local-limit",
        "cancelled",
        "other",
        "dns-resolver",
        "compressed",
        "bad-coding",
        "robots",
    };

    (void)state;
    assert_int_equal(COUNT(names), OUTCOME_N);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(outcome_name((enum outcome)i), names[i]);
}

static void test_the_same_errno_can_mean_another_thing_later(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_errno(PHASE_CONNECT, -ECONNREFUSED),
                     OUTCOME_REFUSED);
    assert_int_equal(outcome_of_errno(PHASE_HEADER, -ECONNREFUSED),
                     OUTCOME_RESET);
    assert_int_equal(outcome_of_errno(PHASE_CONNECT, -ETIMEDOUT),
                     OUTCOME_CONNECT_TIMEOUT);
    assert_int_equal(outcome_of_errno(PHASE_HEADER, -ETIMEDOUT),
                     OUTCOME_HEADER_TIMEOUT);
    assert_int_equal(outcome_of_errno(PHASE_BODY, -ETIMEDOUT),
                     OUTCOME_BODY_TIMEOUT);
    for (int phase = 0; phase < PHASE_N; phase++) {
        assert_int_equal(outcome_of_errno(phase, -ECONNRESET), OUTCOME_RESET);
        assert_int_equal(outcome_of_errno(phase, -EPIPE), OUTCOME_RESET);
        assert_int_equal(outcome_of_errno(phase, -EMFILE), OUTCOME_LOCAL_LIMIT);
        assert_int_equal(outcome_of_errno(phase, -EXDEV), OUTCOME_OTHER);
        assert_int_equal(outcome_of_errno(phase, -ENETUNREACH),
                         outcome_of_no_way());
    }
}

/* A pair of virtual cables, one end up: what `ip link add type veth` makes. */
static bool plug_in(void)
{
    return system("ip link add left type veth peer name right && "
                  "ip link set left up && ip link set right up") == 0;
}

enum { AS_EXPECTED, WRONG_WITHOUT, WRONG_WITH, NO_NAMESPACE = 77, NO_CABLE };

/* Alone in a namespace of the network, where nothing is up at first. */
static int look_around(void)
{
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return NO_NAMESPACE;
    if (outcome_of_no_way() != OUTCOME_NO_NETWORK)
        return WRONG_WITHOUT;
    if (system("ip link set lo up") || !plug_in())
        return NO_CABLE;
    /* The kernel notices a moment later that a cable leads somewhere. */
    for (int i = 0; i < 500 && outcome_of_no_way() != OUTCOME_NO_ROUTE; i++)
        usleep(10 * 1000);
    return outcome_of_no_way() == OUTCOME_NO_ROUTE ? AS_EXPECTED : WRONG_WITH;
}

static void test_no_network_is_told_from_no_route(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(look_around());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) >= NO_NAMESPACE) {
        print_message("# no namespace with a network of its own: %s\n",
                      WEXITSTATUS(status) == NO_CABLE ? "no cable in it"
                                                      : "refused");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_has_a_name_a_cause_and_a_remedy),
        cmocka_unit_test(test_the_vocabulary_is_the_one_that_was_agreed_on),
        cmocka_unit_test(test_the_same_errno_can_mean_another_thing_later),
        cmocka_unit_test(test_no_network_is_told_from_no_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
