/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which a check takes its samples. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/measure/order.h"

enum { CELLS = 7, ROUNDS = 300 };

struct rounds {
    struct order_step steps[ROUNDS][ORDER_MOST * CELLS];
    size_t n[ROUNDS];
};

static void draw(struct rounds *r, uint64_t seed, unsigned trial,
                 unsigned stage, bool naive)
{
    struct order *o = order_create(seed, trial, stage, CELLS, naive, false);

    assert_non_null(o);
    memset(r, 0, sizeof(*r));
    for (size_t i = 0; i < ROUNDS; i++) {
        r->n[i] = order_round(o, r->steps[i]);
        assert_in_range(r->n[i], 4 * CELLS, ORDER_MOST * CELLS);
    }
    order_destroy(o);
}

static bool same(const struct rounds *a, const struct rounds *b)
{
    for (size_t i = 0; i < ROUNDS; i++) {
        if (a->n[i] != b->n[i])
            return false;
        for (size_t j = 0; j < a->n[i]; j++)
            if (a->steps[i][j].cell != b->steps[i][j].cell ||
                a->steps[i][j].side != b->steps[i][j].side)
                return false;
    }
    return true;
}

static struct rounds first, second;

static void test_a_seed_gives_one_order(void **state)
{
    (void)state;
    draw(&first, 42, 0, 1, false);
    draw(&second, 42, 0, 1, false);
    assert_true(same(&first, &second));
    draw(&second, 43, 0, 1, false);
    assert_false(same(&first, &second));
}

static void test_trials_and_stages_have_orders_of_their_own(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 8; a++)
        for (unsigned b = a + 1; b < 8; b++) {
            draw(&first, 42, a / 2, 1 + a % 2, false);
            draw(&second, 42, b / 2, 1 + b % 2, false);
            assert_false(same(&first, &second));
        }
}

/* What a block of four is: its other side, or -1; its cell is *ret_cell. */
static int other_side(const struct order_step s[4], uint32_t *ret_cell)
{
    enum sample_side other = s[0].side == SIDE_BASE ? s[1].side : s[0].side;

    *ret_cell = s[0].cell;
    for (size_t i = 0; i < 4; i++)
        if (s[i].cell != s[0].cell ||
            (s[i].side != SIDE_BASE && s[i].side != other))
            return -1;
    return other == SIDE_BASE ? -1 : (int)other;
}

struct counts {
    unsigned blocks, controls, base_first, control_base_first;
    unsigned places[CELLS][CELLS]; /* how often a cell was the i-th */
};

static void count_round(const struct order_step steps[], size_t n,
                        struct counts *counts)
{
    bool seen[CELLS] = {false};
    size_t place = 0;

    assert_int_equal(n % 4, 0);
    for (size_t i = 0; i < n; i += 4) {
        uint32_t cell, before;
        int other = other_side(steps + i, &cell);
        bool base_first = steps[i].side == SIDE_BASE;

        assert_in_range(cell, 0, CELLS - 1);
        if (other == SIDE_CAND) {
            assert_false(seen[cell]);
            seen[cell] = true;
            counts->blocks++;
            counts->base_first += base_first;
            counts->places[cell][place++]++;
            continue;
        }
        /* A control follows the block of its own cell. */
        assert_int_equal(other, SIDE_COPY);
        assert_true(i > 0);
        assert_int_equal(other_side(steps + i - 4, &before), SIDE_CAND);
        assert_int_equal(before, cell);
        counts->controls++;
        counts->control_base_first += base_first;
    }
    for (size_t i = 0; i < CELLS; i++)
        assert_true(seen[i]);
}

static void count_all(const struct rounds *r, struct counts *counts)
{
    *counts = (struct counts){0};
    for (size_t i = 0; i < ROUNDS; i++)
        count_round(r->steps[i], r->n[i], counts);
    assert_int_equal(counts->blocks, ROUNDS * CELLS);
}

static void test_each_block_is_turned_inside_out(void **state)
{
    (void)state;
    draw(&first, 5, 0, 1, false);
    for (size_t i = 0; i < ROUNDS; i++)
        for (size_t j = 0; j < first.n[i]; j += 4) {
            const struct order_step *s = &first.steps[i][j];

            assert_int_equal(s[0].side, s[3].side);
            assert_int_equal(s[1].side, s[2].side);
            assert_true((s[0].side == SIDE_BASE) != (s[1].side == SIDE_BASE));
        }
}

/* Of 2100 tosses, four standard deviations are 92; a third: 86. */
static void test_sides_places_and_controls_are_tossed_for(void **state)
{
    struct counts c;

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        draw(&first, seed, 0, 1, false);
        count_all(&first, &c);
        assert_in_range(c.base_first, 1050 - 92, 1050 + 92);
        assert_in_range(c.controls, 700 - 86, 700 + 86);
        assert_in_range(c.control_base_first, c.controls / 2 - 53,
                        c.controls / 2 + 53);
        for (size_t i = 0; i < CELLS; i++)
            for (size_t j = 0; j < CELLS; j++)
                assert_in_range(c.places[i][j], 43 - 25, 43 + 25);
    }
}

static void test_naive_puts_base_first(void **state)
{
    struct counts c;

    (void)state;
    draw(&first, 5, 0, 1, true);
    count_all(&first, &c);
    assert_int_equal(c.base_first, c.blocks);
    assert_int_equal(c.control_base_first, c.controls);
    assert_in_range(c.controls, 700 - 86, 700 + 86);
    for (size_t i = 0; i < ROUNDS; i++)
        for (size_t j = 0; j < first.n[i]; j++)
            assert_int_equal(first.steps[i][j].side == SIDE_BASE, j % 2 == 0);
}

static void test_where_blocks_are_few_all_have_a_control(void **state)
{
    struct order *o = order_create(1, 0, 1, CELLS, false, true);
    struct order_step steps[ORDER_MOST * CELLS];

    (void)state;
    assert_non_null(o);
    for (unsigned i = 0; i < 50; i++) {
        size_t n = order_round(o, steps);

        assert_int_equal(n, 8 * CELLS);
        for (size_t j = 0; j < n; j++)
            assert_true(steps[j].side != (j % 8 < 4 ? SIDE_COPY : SIDE_CAND));
    }
    order_destroy(o);
    assert_true(order_is_short(1, 39) && order_is_short(9, 4));
    assert_false(order_is_short(1, 40) || order_is_short(10, 4));
}

static void test_one_cell_is_enough(void **state)
{
    struct order *o = order_create(1, 0, 1, 1, false, false);
    struct order_step steps[ORDER_MOST];

    (void)state;
    assert_non_null(o);
    for (unsigned i = 0; i < 50; i++) {
        size_t n = order_round(o, steps);

        assert_true(n == 4 || n == 8);
        for (size_t j = 0; j < n; j++)
            assert_int_equal(steps[j].cell, 0);
    }
    order_destroy(o);
    order_destroy(NULL);
}

static void test_arms_have_names(void **state)
{
    (void)state;
    for (int side = 0; side < SIDE_N; side++)
        assert_int_equal(side_find(side_names[side]), side);
    assert_string_equal(side_names[SIDE_COPY], "copy");
    assert_int_equal(side_find(""), -1);
    assert_int_equal(side_find("candidate"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_gives_one_order),
        cmocka_unit_test(test_trials_and_stages_have_orders_of_their_own),
        cmocka_unit_test(test_each_block_is_turned_inside_out),
        cmocka_unit_test(test_sides_places_and_controls_are_tossed_for),
        cmocka_unit_test(test_naive_puts_base_first),
        cmocka_unit_test(test_where_blocks_are_few_all_have_a_control),
        cmocka_unit_test(test_one_cell_is_enough),
        cmocka_unit_test(test_arms_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
