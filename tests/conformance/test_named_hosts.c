/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Names, by every model: each script of the name server has its outcome, a slow
 * name delays no other lane, and a server that is not there is noticed at once.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"

enum { LONG_MS = 15000, SLOW_MS = 3000 };

static void open_trial(struct trial *t, const char *workload,
                       uint64_t timeout_ms)
{
    trial_init(t, workload, kit_origin.port);
    t->setup.names_port = kit_origin.names_port;
    trial_set(t, "timeout-ms", timeout_ms);
}

static bool one_after_another(void)
{
    return suite_model->connections.at_once == AT_ONCE_ONE;
}

static uint64_t elapsed_ms(const struct row *row)
{
    return (row->end_ns - row->start_ns) / NS_PER_MS;
}

static void test_each_page_of_a_named_host_is_right(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 60);
    trial_set(&t, "concurrency", 20);
    trial_set(&t, "names", 7);
    suite_run_right(&t);
    trial_finish(&t);
    open_trial(&t, "titles", LONG_MS);
    trial_set(&t, "n", 12);
    trial_set(&t, "names", 5);
    suite_run_right(&t);
    trial_finish(&t);
}

/* Four servers that do not answer may not keep eight workers. */
static void test_each_script_has_its_outcome_and_delays_no_other(void **state)
{
    struct trial t;
    bool alone = one_after_another();

    (void)state;
    open_trial(&t, "faults", alone ? 400 : SLOW_MS);
    trial_set(&t, "n", 8);
    trial_set(&t, "failing", 0);
    trial_set(&t, "latency-ms", 1);
    trial_set(&t, "names", alone ? 1 : 4);
    suite_run_right(&t);
    for (uint32_t i = 0; i < t.workload->items(&t.setup); i++) {
        const struct row *row = &trial_journal(&t)->rows[i];

        if (row->outcome == OUTCOME_DNS_NO_ANSWER && !alone)
            assert_in_range(elapsed_ms(row), SLOW_MS, SLOW_MS * 5);
        else if (!alone)
            assert_in_range(elapsed_ms(row), 0, SLOW_MS - 500);
    }
    trial_finish(&t);
}

static uint16_t free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    close(fd);
    return ntohs(in.sin_port);
}

static void test_an_absent_server_is_noticed_at_once(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    t.setup.names_port = t.setup.refused_port = free_port();
    trial_set(&t, "n", 3);
    trial_set(&t, "names", 3);
    assert_int_equal(trial_run(&t, suite_model), 0);
    for (uint32_t i = 0; i < 3; i++) {
        const struct row *row = &trial_journal(&t)->rows[i];

        assert_int_equal(row->outcome, OUTCOME_DNS_NO_ANSWER);
        assert_in_range(elapsed_ms(row), 0, LONG_MS / 2);
    }
    trial_finish(&t);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_each_page_of_a_named_host_is_right),
        cmocka_unit_test(test_each_script_has_its_outcome_and_delays_no_other),
        cmocka_unit_test(test_an_absent_server_is_noticed_at_once),
    };
    const struct suite suite = {
        .name = "named hosts",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
    };

    return suite_run(&suite);
}
