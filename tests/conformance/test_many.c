/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Very many at once: connections on one loop, and a thread for each. */
#include <inttypes.h>

#include "harness/sample/machine.h"
#include "tests/conformance/kit.h"

/* Whether all of them were there at once. */
static bool download_at_once(struct origin *origin, const struct model *m,
                             uint64_t n, uint64_t latency_ms)
{
    struct origin_view view;
    struct trial t;
    uint32_t peak;

    trial_init(&t, "download", origin->port);
    trial_set(&t, "n", n);
    trial_set(&t, "latency-ms", latency_ms);
    trial_set(&t, "bytes", 1000);
    trial_set(&t, "timeout-ms", 120000);
    assert_int_equal(origin_reset(origin), 0);
    assert_int_equal(trial_run(&t, m), 0);
    trial_assert_right(&t, m->name);
    peak = trial_judge(&t).peak;
    trial_finish(&t);
    assert_int_equal(origin_read(origin, &view), 0);
    assert_int_equal(view.requests, n);
    assert_int_equal(view.bytes, n * 1000);
    assert_int_equal(view.connections, 0);
    print_message("# %s: %" PRIu64 " of %" PRIu64 " at once, %" PRIu64
                  " ms late\n",
                  m->name, view.peak, n, view.delay_us / 1000 - latency_ms);
    return peak == n && view.peak == n;
}

/* Each model that can is to do it; the reason why it cannot is told. */
static void at_once(uint64_t n)
{
    const struct model *m;
    struct origin origin;
    struct limits limits;
    unsigned done = 0;

    machine_raise_limits(); /* the origin's too, which is a child */
    kit_origin_start(&origin);
    machine_limits(&limits);
    for (size_t at = 0; (m = kit_next(&at, &kind_connections, true));) {
        const struct demand demand = {.tasks = n, .sockets = true};
        uint64_t latency_ms = 1000;
        char why[300];

        if (m->connections.at_once != AT_ONCE_ALL)
            continue;
        if (machine_allows(&limits, &demand, m->connections.unit, why,
                           sizeof(why))) {
            print_message("# %s left out: %s\n", m->name, why);
            continue;
        }
        while (!download_at_once(&origin, m, n, latency_ms)) {
            latency_ms *= 2;
            if (latency_ms > 16000)
                fail_msg("%s: never all at once", m->name);
        }
        done++;
    }
    origin_stop(&origin);
    if (!done)
        skip();
}

static void test_500_at_once(void **state)
{
    (void)state;
    at_once(500);
}

static void test_10000_at_once(void **state)
{
    (void)state;
    at_once(10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_500_at_once),
        cmocka_unit_test(test_10000_at_once),
    };

    return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
