/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Very many at once: connections on one loop, and a thread for each. */
#include <inttypes.h>

#include "harness/sample/machine.h"
#include "tests/conformance/suite.h"

/* Whether all of them were there at once. */
static bool download_at_once(const struct model *m, uint64_t n,
                             uint64_t latency_ms)
{
    struct origin_view view;
    struct trial t;
    uint32_t peak;

    trial_init(&t, "download", kit_origin.port);
    trial_set(&t, "n", n);
    trial_set(&t, "latency-ms", latency_ms);
    trial_set(&t, "bytes", 1000);
    trial_set(&t, "timeout-ms", 120000);
    assert_int_equal(origin_reset(&kit_origin), 0);
    assert_int_equal(trial_run(&t, m), 0);
    trial_assert_right(&t, m->name);
    peak = trial_judge(&t).peak;
    trial_finish(&t);
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_int_equal(view.requests, n);
    assert_int_equal(view.bytes, n * 1000);
    assert_int_equal(view.connections, 0);
    print_message("# %s: %" PRIu64 " of %" PRIu64 " at once, %" PRIu64
                  " ms late\n",
                  m->name, view.peak, n, view.delay_us / 1000 - latency_ms);
    return peak == n && view.peak == n;
}

static int start_origin(void **state)
{
    (void)state;
    machine_raise_limits(); /* the origin's too, which is a child */
    kit_origin_start(&kit_origin);
    return 0;
}

/* Each model that can is to do it; the reason why it cannot is told. */
static void at_once(uint64_t n)
{
    const struct demand demand = {.tasks = n, .sockets = true};
    const struct model *m = suite_model;
    uint64_t latency_ms = 1000;
    struct limits limits;
    char why[300];

    if (m->connections.at_once != AT_ONCE_ALL)
        suite_leave_out("it has fewer at once");
    machine_limits(&limits);
    if (machine_allows(&limits, &demand, m->connections.unit, why, sizeof(why)))
        suite_leave_out(why);
    while (!download_at_once(m, n, latency_ms)) {
        latency_ms *= 2;
        if (latency_ms > 16000)
            fail_msg("%s: never all at once", m->name);
    }
}

static void test_500_at_once(void **state)
{
    (void)state;
    at_once(500);
}

static void test_1000_at_once(void **state)
{
    (void)state;
    at_once(1000);
}

/* The machine's limits may leave out threads; this bound is the model's. */
static void test_10000_at_once(void **state)
{
    (void)state;
    if (suite_model->connections.unit == UNIT_PROCESS)
        suite_leave_out("10,000 processes take 2 GB and a minute");
    at_once(10000);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_500_at_once),
        cmocka_unit_test(test_1000_at_once),
        cmocka_unit_test(test_10000_at_once),
    };
    const struct suite suite = {
        .name = "many",
        .kind = &kind_connections,
        .sockets = true,
        .in_turn = true,
        .each = each,
        .n_each = COUNT(each),
        .setup = start_origin,
        .teardown = kit_origin_teardown,
    };

    kit_patience_s = 120;
    return suite_run(&suite);
}
