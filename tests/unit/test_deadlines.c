/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deadlines come out in the order of their times, each once. */
#include "tests/unit/unit.h"

#include <gsl/gsl_rng.h>

#include "models/wait/deadlines.h"

enum { MANY = 10000 };

static struct deadlines heap;
static struct deadline deadlines[MANY];

static int start(void **state)
{
    (void)state;
    heap = (struct deadlines){0};
    for (size_t i = 0; i < MANY; i++)
        deadlines[i] = (struct deadline){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    deadlines_finish(&heap);
    return 0;
}

static void set(size_t i, uint64_t due_ns)
{
    assert_int_equal(deadlines_put(&heap, &deadlines[i], due_ns), 0);
}

static void assert_pops(uint64_t now_ns, size_t i)
{
    assert_ptr_equal(deadlines_pop(&heap, now_ns), &deadlines[i]);
    assert_int_equal(deadlines[i].place, 0);
}

static void test_an_empty_heap_is_never_due(void **state)
{
    (void)state;
    assert_true(deadlines_earliest_ns(&heap) == UINT64_MAX);
    assert_null(deadlines_pop(&heap, UINT64_MAX));
}

static void test_deadlines_come_in_the_order_of_their_times(void **state)
{
    static const uint64_t due_ns[] = {30, 10, 20, 0, 25, 5, 15};
    static const size_t order[] = {3, 5, 1, 6, 2, 4, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(due_ns); i++)
        set(i, due_ns[i]);
    for (size_t i = 0; i < COUNT(order); i++) {
        assert_int_equal(deadlines_earliest_ns(&heap), due_ns[order[i]]);
        assert_pops(30, order[i]);
    }
    assert_null(deadlines_pop(&heap, 30));
}

static void test_a_deadline_comes_at_its_nanosecond_and_not_before(void **state)
{
    (void)state;
    set(0, 1000);
    assert_null(deadlines_pop(&heap, 999));
    assert_pops(1000, 0);
}

static void test_a_removed_deadline_does_not_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++)
        set(i, 100 - i);
    for (size_t i = 0; i < 100; i += 2) {
        deadlines_remove(&heap, &deadlines[i]);
        deadlines_remove(&heap, &deadlines[i]);
        assert_int_equal(deadlines[i].place, 0);
    }
    for (size_t i = 0; i < 50; i++)
        assert_pops(100, 99 - 2 * i);
    assert_int_equal(heap.n, 0);
}

static void
test_a_deadline_that_is_moved_comes_once_at_its_new_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++)
        set(i, 10 + i);
    /* The first becomes the last, the last the first. */
    set(0, 30);
    set(4, 1);
    assert_pops(9, 4);
    assert_null(deadlines_pop(&heap, 9));
    for (size_t i = 1; i < 4; i++)
        assert_pops(29, i);
    assert_null(deadlines_pop(&heap, 29));
    assert_pops(30, 0);
}

static void test_ten_thousand_come_in_order(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    const struct deadline *deadline;
    uint64_t before = 0;
    size_t n = MANY;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        set(i, gsl_rng_uniform_int(random, 100));
    for (size_t times = 0; times < MANY; times++) {
        size_t i = gsl_rng_uniform_int(random, MANY);

        n -= deadlines[i].place != 0;
        if (times % 2) {
            deadlines_remove(&heap, &deadlines[i]);
            continue;
        }
        set(i, gsl_rng_uniform_int(random, 100000));
        n++;
    }
    gsl_rng_free(random);
    assert_int_equal(heap.n, n);
    for (; (deadline = deadlines_pop(&heap, UINT64_MAX)); n--) {
        assert_true(deadline->at_ns >= before);
        before = deadline->at_ns;
    }
    assert_int_equal(n, 0);
}

int main(void)
{
#define ON_HEAP(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        ON_HEAP(test_an_empty_heap_is_never_due),
        ON_HEAP(test_deadlines_come_in_the_order_of_their_times),
        ON_HEAP(test_a_deadline_comes_at_its_nanosecond_and_not_before),
        ON_HEAP(test_a_removed_deadline_does_not_come),
        ON_HEAP(test_a_deadline_that_is_moved_comes_once_at_its_new_time),
        ON_HEAP(test_ten_thousand_come_in_order),
    };

    return cmocka_run_group_tests_name("deadline heap", tests, NULL, NULL);
}
