/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds are random, but for the pairs that will be compared. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "harness/measure/order.h"

enum { MAX_CELLS = 40, ROUNDS = 200 };

/* The cells of the next round, which has one sample of each. */
static void next_round(struct order *o, size_t order[])
{
    struct order_step steps[MAX_CELLS * ORDER_MOST];
    size_t n = order_round(o, steps);

    for (size_t i = 0; i < n; i++) {
        order[i] = steps[i].cell;
        assert_int_equal(steps[i].side, SIDE_BASE);
    }
}

static size_t place_of(const size_t order[], size_t n, size_t cell)
{
    for (size_t i = 0; i < n; i++)
        if (order[i] == cell)
            return i;
    fail_msg("cell %zu is not there", cell);
    return n;
}

static bool neighbours(const size_t order[], size_t n, struct pair p)
{
    size_t a = place_of(order, n, p.a), b = place_of(order, n, p.b);

    return a + 1 == b || b + 1 == a;
}

/* ROUNDS rounds, each a permutation that keeps the first `kept` pairs. */
static void check(uint64_t seed, size_t n, const struct pair *pairs,
                  size_t n_pairs, size_t kept)
{
    struct order *o = order_chains(seed, n, pairs, n_pairs);
    size_t order[MAX_CELLS];

    assert_non_null(o);
    for (unsigned round = 0; round < ROUNDS; round++) {
        memset(order, 0xff, sizeof(order));
        next_round(o, order);
        for (size_t cell = 0; cell < n; cell++)
            place_of(order, n, cell);
        if (n < MAX_CELLS)
            assert_int_equal(order[n], SIZE_MAX);
        for (size_t i = 0; i < kept; i++)
            assert_true(neighbours(order, n, pairs[i]));
    }
    order_destroy(o);
}

static void test_a_round_runs_every_cell_once(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MAX_CELLS; n++)
        check(n, n, NULL, 0, 0);
    order_destroy(NULL);
}

static void test_pairs_are_neighbours_in_every_round(void **state)
{
    const struct pair pairs[] = {{0, 9}, {4, 3}, {7, 12}};

    (void)state;
    check(1, 20, pairs, 3, 3);
}

static void test_pairs_that_share_a_cell_form_a_chain(void **state)
{
    /* 5-2-8-0-11-3, given out of order and in both directions. */
    const struct pair pairs[] = {{2, 8}, {11, 3}, {2, 5}, {0, 8}, {11, 0}};

    (void)state;
    check(2, 13, pairs, 5, 5);
    check(3, 12, pairs, 5, 5);
}

static void test_a_pair_given_twice_is_one(void **state)
{
    const struct pair pairs[] = {{1, 2}, {2, 1}, {1, 2}};

    (void)state;
    check(4, 6, pairs, 3, 3);
}

static void test_pairs_that_cannot_all_be_kept_are_tolerated(void **state)
{
    /* A ring, a star and a cell with itself. */
    const struct pair ring[] = {{0, 1}, {1, 2}, {2, 0}};
    const struct pair star[] = {{0, 1}, {0, 2}, {0, 3}, {0, 4}};
    const struct pair spokes[] = {{1, 0}, {2, 0}, {3, 0}, {4, 0}};
    const struct pair self[] = {{1, 2}, {3, 3}};

    (void)state;
    check(5, 5, ring, 3, 2);
    check(5, 3, ring, 3, 2);
    check(6, 6, star, 4, 2);
    check(6, 6, spokes, 4, 2);
    check(7, 5, self, 2, 1);
}

static void take(uint64_t seed, size_t *orders, size_t n)
{
    const struct pair pairs[] = {{0, 1}, {2, 3}};
    struct order *o = order_chains(seed, n, pairs, 2);

    for (unsigned round = 0; round < 8; round++)
        next_round(o, orders + round * n);
    order_destroy(o);
}

static void test_the_seed_is_the_order(void **state)
{
    enum { N = 12 };
    size_t a[8 * N], b[8 * N];

    (void)state;
    take(1, a, N);
    take(1, b, N);
    assert_memory_equal(a, b, sizeof(a));
    take(2, b, N);
    assert_memory_not_equal(a, b, sizeof(a));
    /* And one round is not like the other. */
    assert_memory_not_equal(a, a + N, N * sizeof(a[0]));
}

static void test_both_directions_of_a_pair_are_tossed(void **state)
{
    const struct pair pair = {2, 5};
    struct order *o = order_chains(9, 8, &pair, 1);
    size_t order[8], forward = 0;

    (void)state;
    for (unsigned round = 0; round < 1000; round++) {
        next_round(o, order);
        forward += place_of(order, 8, 2) < place_of(order, 8, 5);
    }
    /* Six sigma around half of them. */
    assert_in_range(forward, 405, 595);
    order_destroy(o);
}

static void test_a_cell_runs_at_every_place(void **state)
{
    const struct pair pair = {2, 5};
    struct order *o = order_chains(10, 8, &pair, 1);
    size_t order[8];
    unsigned seen[8][8] = {{0}};

    (void)state;
    for (unsigned round = 0; round < 4000; round++) {
        next_round(o, order);
        for (size_t i = 0; i < 8; i++)
            seen[order[i]][i]++;
    }
    for (size_t cell = 0; cell < 8; cell++)
        for (size_t i = 0; i < 8; i++)
            assert_in_range(seen[cell][i], 200, 1100);
    order_destroy(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_round_runs_every_cell_once),
        cmocka_unit_test(test_pairs_are_neighbours_in_every_round),
        cmocka_unit_test(test_pairs_that_share_a_cell_form_a_chain),
        cmocka_unit_test(test_a_pair_given_twice_is_one),
        cmocka_unit_test(test_pairs_that_cannot_all_be_kept_are_tolerated),
        cmocka_unit_test(test_the_seed_is_the_order),
        cmocka_unit_test(test_both_directions_of_a_pair_are_tossed),
        cmocka_unit_test(test_a_cell_runs_at_every_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
