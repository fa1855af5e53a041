/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which samples have a time, and whose they are. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/groups.h"

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
    assert_near(sample_real_ns(&s), 1000. * (double)s.iterations, 1e-9);
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
    struct recording r = {0};
    struct groups groups = {0};
    struct sample s;

    (void)state;
    for (uint32_t round = 0; round < 8; round++) {
        s = sample(round);
        if (round == 2)
            s.status = STATUS_WRONG;
        if (round == 3 || round == 4)
            s.status = STATUS_CRASHED;
        assert_int_equal(recording_add(&r, &s), 0);
    }
    s = sample_of("counter", "null", "", 1, 1000);
    assert_int_equal(recording_add(&r, &s), 0);
    assert_int_equal(groups_collect(&groups, &r, NULL, false), 0);
    assert_int_equal(groups.n, 2);
    assert_int_equal(groups.items[0]->n, 4);
    assert_int_equal(groups.items[0]->wrong, 1);
    assert_int_equal(groups.items[0]->missing, 2);
    assert_false(group_is_shown(groups.items[0]));
    assert_int_equal(groups.items[1]->n, 1);
    assert_true(group_is_shown(groups.items[1]));
    groups_finish(&groups);
    recording_finish(&r);
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
    };

    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
