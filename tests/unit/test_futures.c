/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdint.h>

#include "models/wait/futures.h"

enum { MANY = 1000000 };

static struct {
    long results[8];
    size_t n, cancelled, left;
    uintptr_t lowest; /* address on the stack */
} seen;

static struct later later;

static int clear(void **state)
{
    (void)state;
    seen = (typeof(seen)){.lowest = UINTPTR_MAX};
    STAILQ_INIT(&later);
    return 0;
}

static long add_one(struct future *f, long result)
{
    (void)f;
    seen.results[seen.n++] = result;
    return result + 1;
}

static long wait_for_more(struct future *f, long result)
{
    add_one(f, result);
    return FUTURE_PENDING;
}

static long resolve_at_once(struct future *f, long result)
{
    future_resolve(f, 10 * result);
    return FUTURE_PENDING;
}

static void note_cancelled(struct future *f)
{
    (void)f;
    seen.cancelled++;
}

static void test_each_callback_gets_what_the_one_before_returned(void **state)
{
    struct future f;

    (void)state;
    future_init(&f, NULL);
    future_then(future_then(&f, add_one), add_one);
    assert_int_equal(seen.n, 0);
    future_resolve(&f, 5);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.results[0], 5);
    assert_int_equal(seen.results[1], 6);
    assert_int_equal(f.result, 7);
}

static void test_a_chain_waits_for_an_operation_that_is_pending(void **state)
{
    struct future f;

    (void)state;
    future_init(&f, NULL);
    future_then(future_then(&f, wait_for_more), add_one);
    future_resolve(&f, 1);
    assert_int_equal(seen.n, 1);
    future_resolve(&f, 3);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.results[1], 3);
}

static void test_an_operation_may_be_over_at_once(void **state)
{
    struct future f;

    (void)state;
    future_init(&f, NULL);
    future_then(future_then(&f, resolve_at_once), add_one);
    future_resolve(&f, 2);
    assert_int_equal(seen.results[0], 20);
}

static void test_a_callback_that_comes_late_is_called_at_once(void **state)
{
    struct future f;

    (void)state;
    future_init(&f, NULL);
    future_resolve(&f, 1);
    future_then(&f, add_one);
    assert_int_equal(seen.n, 1);
    assert_int_equal(f.result, 2);
}

static long again(struct future *f, long result)
{
    uintptr_t here = (uintptr_t)&here;

    if (seen.left % 1000 == 0 && here < seen.lowest)
        seen.lowest = here;
    if (seen.left-- > 0)
        future_then(f, again);
    return result;
}

static void test_a_long_chain_takes_no_stack(void **state)
{
    struct future f;
    uintptr_t here = (uintptr_t)&here;

    (void)state;
    seen.left = MANY;
    future_init(&f, NULL);
    future_then(&f, again);
    future_resolve(&f, 0);
    assert_true(here - seen.lowest < 64 * 1024);
    assert_int_equal(f.n, 0);
}

static void test_cancelling_stops_what_is_pending(void **state)
{
    struct future f;

    (void)state;
    future_init(&f, note_cancelled);
    future_then(&f, add_one);
    future_cancel(&f);
    assert_int_equal(seen.cancelled, 1);
    assert_int_equal(seen.results[0], -ECANCELED);
}

static void
test_all_of_several_are_over_when_the_last_chain_has_ended(void **state)
{
    struct future f[3];
    struct gather g;

    (void)state;
    gather_init(&g, 3);
    for (size_t i = 0; i < 3; i++) {
        future_init(&f[i], NULL);
        gather_add(&g, &f[i]);
    }
    future_then(&f[1], wait_for_more);
    for (size_t i = 0; i < 3; i++)
        future_resolve(&f[i], 0);
    assert_int_equal(g.all.result, FUTURE_PENDING);
    future_resolve(&f[1], 0);
    assert_int_equal(g.all.result, 0);
    gather_init(&g, 0);
    assert_int_equal(g.all.result, 0);
}

static void test_later_ones_have_their_turn_in_order(void **state)
{
    struct future f[2];

    (void)state;
    for (long i = 0; i < 2; i++) {
        future_init(&f[i], NULL);
        future_later(&later, future_then(&f[i], wait_for_more));
    }
    assert_int_equal(seen.n, 0);
    assert_true(future_turn(&later));
    assert_int_equal(f[0].n, 0);
    assert_int_equal(f[1].n, 1);
    future_later(&later, future_then(&f[0], wait_for_more));
    assert_true(future_turn(&later));
    assert_int_equal(f[1].n, 0);
    assert_int_equal(f[0].n, 1);
    assert_true(future_turn(&later));
    assert_false(future_turn(&later));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            test_each_callback_gets_what_the_one_before_returned, clear),
        cmocka_unit_test_setup(
            test_a_chain_waits_for_an_operation_that_is_pending, clear),
        cmocka_unit_test_setup(test_an_operation_may_be_over_at_once, clear),
        cmocka_unit_test_setup(
            test_a_callback_that_comes_late_is_called_at_once, clear),
        cmocka_unit_test_setup(test_a_long_chain_takes_no_stack, clear),
        cmocka_unit_test_setup(test_cancelling_stops_what_is_pending, clear),
        cmocka_unit_test_setup(
            test_all_of_several_are_over_when_the_last_chain_has_ended, clear),
        cmocka_unit_test_setup(test_later_ones_have_their_turn_in_order, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
