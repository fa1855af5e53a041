/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which samples have a time, and whose they are. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/table.h"

static struct sample sample(uint32_t round)
{
    return sample_of("counter", "locked", "", round, 1000);
}

static void test_a_sample_that_ended_well_is_right(void **state)
{
    struct sample s = sample(1);

    (void)state;
    assert_true(sample_is_right(&s));
}

static void test_a_calibration_is_no_sample(void **state)
{
    struct sample s = sample(0);

    (void)state;
    assert_false(sample_is_right(&s));
}

static void test_no_other_status_is_right(void **state)
{
    (void)state;
    for (uint32_t status = STATUS_OK + 1; status < STATUS_N; status++) {
        struct sample s = sample(1);

        s.status = status;
        assert_false(sample_is_right(&s));
    }
}

/* Its time would be divided by no iteration at all. */
static void test_injected_iterations_alone_have_no_time(void **state)
{
    struct sample s = sample(1);

    (void)state;
    s.extra = s.iterations;
    assert_false(sample_is_right(&s));
    s.extra = s.iterations - 1;
    assert_true(sample_is_right(&s));
    assert_near(value_real_ns(&s), 1000. * (double)s.iterations, 1e-9);
}

static void test_a_time_that_is_none_is_not_right(void **state)
{
    static const double times[] = {0, -1, NAN, INFINITY};

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        struct sample s = sample(1);

        s.real_ns = times[i];
        assert_false(sample_is_right(&s));
    }
}

static void test_wrong_missing_and_right_are_counted_apart(void **state)
{
    struct samples samples = {0};
    struct table table;
    struct sample s;

    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        s = sample(round);
        if (round == 2)
            s.status = STATUS_WRONG;
        if (round == 3 || round == 4)
            s.status = STATUS_CRASHED;
        add_sample(&samples, s);
    }
    add_sample(&samples, sample_of("counter", "null", "", 1, 1000));
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(table.n, 2);
    assert_int_equal(table.entries[0].n_right, 4);
    assert_int_equal(table.entries[0].wrong, 1);
    assert_int_equal(table.entries[0].missing, 2);
    assert_int_equal(table.entries[1].n_right, 1);
    table_finish(&table);
    free(samples.items);
}

/* Otherwise a time of one would be taken for one of another. */
static void test_sides_twins_and_trials_are_told_apart(void **state)
{
    struct samples samples = {0};
    struct table table;

    (void)state;
    for (int i = 0; i < 5; i++)
        add_sample(&samples, sample(1));
    strcpy(samples.items[1].side, "base");
    samples.items[2].twin = 1;
    samples.items[3].trial = 2;
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(table.n, 4);
    for (size_t i = 0; i < samples.n; i++)
        assert_ptr_equal(table_entry_of(&table, &samples.items[i]),
                         &table.entries[i % 4]);
    assert_int_equal(table.entries[0].n_right, 2);
    assert_ptr_equal(table_twin(&table, &table.entries[0]), &table.entries[2]);
    assert_null(table_twin(&table, &table.entries[1]));
    table_finish(&table);
    free(samples.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sample_that_ended_well_is_right),
        cmocka_unit_test(test_a_calibration_is_no_sample),
        cmocka_unit_test(test_no_other_status_is_right),
        cmocka_unit_test(test_injected_iterations_alone_have_no_time),
        cmocka_unit_test(test_a_time_that_is_none_is_not_right),
        cmocka_unit_test(test_wrong_missing_and_right_are_counted_apart),
        cmocka_unit_test(test_sides_twins_and_trials_are_told_apart),
    };

    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
