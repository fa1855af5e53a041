/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counting task that keeps no stack, turn by turn. */
#include "tests/unit/unit.h"

#include "models/wait/turns.h"

static _Atomic uint64_t counter;
static struct gate gate;

static struct counting work_of(uint64_t increments, uint64_t per_turn,
                               unsigned passes)
{
    counter = 0;
    gate = (struct gate){.expected = 1};
    gate_enter(&gate, 0);
    return (struct counting){
        .tasks = 1,
        .increments = increments,
        .per_turn = per_turn,
        .passes = passes,
        .counter = &counter,
        .gate = &gate,
    };
}

static unsigned turns_until_it_leaves(const struct counting *work)
{
    struct turns t = {0};
    unsigned n = 1;

    for (; turns_take(work, &t, 0); n++)
        assert_int_equal(gate.left, 0);
    assert_int_equal(gate.left, 1);
    assert_int_equal(counter, work->increments);
    return n;
}

static void expect_turns(uint64_t increments, uint64_t per_turn,
                         unsigned passes, unsigned turns)
{
    struct counting work = work_of(increments, per_turn, passes);

    assert_int_equal(turns_until_it_leaves(&work), turns);
}

static void test_a_turn_has_so_many_increments(void **state)
{
    (void)state;
    expect_turns(10, 0, 0, 1);
    expect_turns(10, 1, 0, 10);
    expect_turns(10, 3, 0, 4);
    expect_turns(10, 100, 0, 1);
    expect_turns(0, 0, 0, 1);
}

/* One turn more: the first one only loads. */
static void test_each_pass_takes_a_turn_for_each_increment(void **state)
{
    (void)state;
    expect_turns(10, 0, 1, 11);
    expect_turns(10, 0, 3, 31);
    expect_turns(10, 4, 1, 11);
    expect_turns(0, 0, 1, 1);
}

static void test_the_value_in_hand_is_what_was_loaded(void **state)
{
    struct counting work = work_of(2, 0, 2);
    struct turns t = {0};

    (void)state;
    assert_true(turns_take(&work, &t, 0));
    counter = 100; /* another task, while this one has handed over */
    assert_true(turns_take(&work, &t, 0));
    assert_int_equal(counter, 100);
    assert_true(turns_take(&work, &t, 0));
    assert_int_equal(counter, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_turn_has_so_many_increments),
        cmocka_unit_test(test_each_pass_takes_a_turn_for_each_increment),
        cmocka_unit_test(test_the_value_in_hand_is_what_was_loaded),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
