/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * TLS, by every model: pages are right, each script of the server has its
 * outcome, and one that stalls delays no other lane.
 */
#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/web/tls.h"

enum { LONG_MS = 15000, SLOW_MS = 3000 };

static void open_trial(struct trial *t, const char *workload,
                       uint64_t timeout_ms)
{
    if (tls_missing())
        skip();
    trial_init(t, workload, kit_origin.port);
    t->setup.names_port = kit_origin.names_port;
    t->setup.tls_port = kit_origin.tls_port;
    t->setup.authority = kit_origin.authority;
    trial_set(t, "timeout-ms", timeout_ms);
    trial_set(t, "tls", 1);
}

static void test_each_page_with_tls_is_right(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 30);
    trial_set(&t, "concurrency", 10);
    suite_run_right(&t);
    assert_int_equal(trial_journal(&t)->handshakes, 30);
    trial_finish(&t);
    open_trial(&t, "titles", LONG_MS);
    trial_set(&t, "n", 8);
    suite_run_right(&t);
    assert_int_equal(trial_journal(&t)->handshakes, 16);
    trial_finish(&t);
}

static void test_a_connection_that_is_kept_has_one_handshake(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 12);
    trial_set(&t, "concurrency", 3);
    trial_set(&t, "requests-per-connection", 0);
    suite_run_right(&t);
    assert_int_equal(trial_journal(&t)->handshakes, 3);
    trial_finish(&t);
}

static void test_hosts_with_names_have_certificates_for_them(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 8);
    trial_set(&t, "names", 3);
    suite_run_right(&t);
    trial_finish(&t);
    open_trial(&t, "titles", LONG_MS);
    trial_set(&t, "n", 6);
    trial_set(&t, "names", 3);
    suite_run_right(&t);
    trial_finish(&t);
}

/* More than a socket takes at once, and more than a record holds. */
static void test_long_and_slow_bodies_are_right(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 2);
    trial_set(&t, "bytes", 5000000);
    suite_run_right(&t);
    trial_finish(&t);
    open_trial(&t, "download", LONG_MS);
    trial_set(&t, "n", 2);
    trial_set(&t, "bytes", 400000);
    trial_set(&t, "rate", 4000000);
    suite_run_right(&t);
    trial_finish(&t);
}

static uint64_t elapsed_ms(const struct row *row)
{
    return (row->end_ns - row->start_ns) / NS_PER_MS;
}

/* One server that stalls for each of two workers is less than a pool has. */
static void test_each_script_has_its_outcome_and_delays_no_other(void **state)
{
    bool alone = suite_model->connections.at_once == AT_ONCE_ONE;
    struct trial t;

    (void)state;
    open_trial(&t, "faults", alone ? 1000 : SLOW_MS);
    trial_set(&t, "n", 6);
    trial_set(&t, "failing", 0);
    trial_set(&t, "latency-ms", 1);
    trial_set(&t, "tls", alone ? 1 : 2);
    suite_run_right(&t);
    for (uint32_t i = 0; i < t.workload->items(&t.setup); i++) {
        const struct row *row = &trial_journal(&t)->rows[i];

        if (row->outcome == OUTCOME_CONNECT_TIMEOUT && !alone)
            assert_in_range(elapsed_ms(row), SLOW_MS, SLOW_MS * 5);
        else if (!alone)
            assert_in_range(elapsed_ms(row), 0, SLOW_MS - 500);
    }
    trial_finish(&t);
}

/* All of them at once, and those of names. */
static void test_faults_of_all_layers_have_their_outcomes(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, "faults", 1000);
    trial_set(&t, "n", 4);
    trial_set(&t, "names", 1);
    t.setup.refused_port = kit_origin.refused_port;
    t.setup.full_port = kit_origin.full_port;
    suite_run_right(&t);
    trial_finish(&t);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_each_page_with_tls_is_right),
        cmocka_unit_test(test_a_connection_that_is_kept_has_one_handshake),
        cmocka_unit_test(test_hosts_with_names_have_certificates_for_them),
        cmocka_unit_test(test_long_and_slow_bodies_are_right),
        cmocka_unit_test(test_each_script_has_its_outcome_and_delays_no_other),
        cmocka_unit_test(test_faults_of_all_layers_have_their_outcomes),
    };
    const struct suite suite = {
        .name = "hosts with TLS",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
    };

    return suite_run(&suite);
}
