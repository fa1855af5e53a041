/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an experiment is expected to take, beside what one has taken. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/measure/estimate.h"
#include "harness/results/names.h"
#include "harness/sample/sampler.h"
#include "workloads/clock.h"

static const char recorded[] = SOURCE_ROOT "/tests/data/schema1/report";

/* The cell of a sample; false: this build cannot run it. */
static bool cell_of(const struct sample *s, struct cell *ret)
{
    struct cell c = {.workload = workload_find(s->workload),
                     .model = model_find(s->model),
                     .twin = s->twin};

    if (!c.workload || !c.model || model_gap(c.model, c.workload->kind) ||
        cell_values(c.workload, s->parameters, c.setup.values))
        return false;
    *ret = c;
    return true;
}

static void
test_a_report_takes_what_is_expected_within_a_factor_of_two(void **state)
{
    struct recording r;
    double expected[2] = {0}, took[2] = {0};
    unsigned cells = 0;

    (void)state;
    assert_int_equal(store_read(recorded, &r), 0);
    for (size_t i = 0; i < r.n; i++) {
        const struct sample *s = &r.samples[i];
        bool measured = s->round > 0;
        struct cell c;

        if (s->round > 1 || !cell_of(s, &c))
            continue;
        cells += measured;
        took[measured] += (double)s->wall_ns;
        expected[measured] +=
            (double)(measured ? estimate_sample_ns(&c, SAMPLER_TARGET_NS)
                              : estimate_calibration_ns(&c, SAMPLER_TARGET_NS));
    }
    print_message("%u cells: calibration %.2f s, expected %.2f; a round %.2f, "
                  "expected %.2f\n",
                  cells, took[0] / 1e9, expected[0] / 1e9, took[1] / 1e9,
                  expected[1] / 1e9);
    assert_true(cells > 20);
    for (int i = 0; i < 2; i++) {
        assert_true(expected[i] < 2 * took[i]);
        assert_true(expected[i] > took[i] / 2);
    }
    recording_finish(&r);
}

static struct plan plan_of(const char *workload, const char *model,
                           const char *parameters)
{
    struct setup s = {.seed = 1};
    const struct workload *w = workload_find(workload);
    struct plan plan = {0};

    assert_int_equal(cell_values(w, parameters, s.values), 0);
    assert_int_equal(plan_add(&plan, w, model_find(model), &s), 0);
    assert_int_equal(plan.n, 1);
    return plan;
}

static uint64_t seconds(const char *workload, const char *model,
                        const char *parameters, unsigned rounds)
{
    struct plan plan = plan_of(workload, model, parameters);
    uint64_t ns = estimate_run_ns(&plan, NULL, rounds);

    plan_finish(&plan);
    return ns / NS_PER_S;
}

static void test_what_waits_in_turn_takes_longer(void **state)
{
    (void)state;
    /* 100 pages of 100 ms each: ten seconds a round, and to calibrate. */
    assert_in_range(
        seconds("download", "sequential", "n=100,latency_ms=100", 6), 70, 73);
    assert_in_range(
        seconds("download", "thread-per-socket", "n=100,latency_ms=100", 6), 1,
        2);
    /* Virtual time takes none. */
    assert_int_equal(seconds("download", "null", "n=100,latency_ms=100", 6), 0);
}

static void test_a_cell_of_few_rounds_is_not_in_the_others(void **state)
{
    struct plan plan = plan_of("counter", "null", "");
    uint64_t six = estimate_run_ns(&plan, NULL, 6);

    (void)state;
    plan.cells[0].most_rounds = 2;
    assert_int_equal(estimate_run_ns(&plan, NULL, 6),
                     estimate_run_ns(&plan, NULL, 2));
    assert_true(estimate_run_ns(&plan, NULL, 6) < six);
    plan_finish(&plan);
}

static void test_each_workload_says_what_it_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++) {
        struct setup s = {.seed = 1};

        workload_presets(workloads[i], s.values);
        assert_non_null(workloads[i]->expected_ns);
        assert_true(workloads[i]->expected_ns(&s, 1) > 0);
        /* Or it is not run like that. */
        assert_true(
            workloads[i]->expected_ns(&s, 1) <=
                2 * workloads[i]->patience_ns(&s) ||
            (workloads[i]->longest_ns &&
             workloads[i]->expected_ns(&s, 1) > workloads[i]->longest_ns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_report_takes_what_is_expected_within_a_factor_of_two),
        cmocka_unit_test(test_what_waits_in_turn_takes_longer),
        cmocka_unit_test(test_a_cell_of_few_rounds_is_not_in_the_others),
        cmocka_unit_test(test_each_workload_says_what_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
