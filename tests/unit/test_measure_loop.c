/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measuring loop of `run` and `report`, on samples that nobody measured. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/measure/loop.h"
#include "workloads/clock.h"

enum { CELLS = 3, MOST = 64 };

/* In place of the C library's: no time passes but what samples take. */
static uint64_t now_ns;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    ret->tv_sec = (time_t)(now_ns / NS_PER_S);
    ret->tv_nsec = (long)(now_ns % NS_PER_S);
    return 0;
}

static struct {
    struct loop loop;
    struct loop_cell cells[CELLS];
    struct taker taker;
    uint64_t sample_ns;      /* what each takes */
    uint64_t more_ns[CELLS]; /* and more than that in a round */
    bool fails[CELLS], hangs[CELLS], calibrated[CELLS];
    unsigned stop_at; /* the sample that is interrupted, from 1; 0: none */

    unsigned taken, calibrations[CELLS], samples[CELLS];
    uint64_t left_ns[MOST]; /* as each round began */
} m;

static uint64_t expected_ns(void *context, size_t cell)
{
    (void)context;
    return m.calibrated[cell] ? m.sample_ns : 0;
}

static int take(void *context, size_t cell, enum sample_side side,
                struct sample *ret)
{
    (void)context;
    assert_int_equal(side, SIDE_BASE);
    if (++m.taken == m.stop_at)
        return -EINTR;
    *ret = sample_of("counter", "null", "", 0, 1e5);
    if (m.fails[cell])
        ret->status = STATUS_CRASHED;
    else if (m.hangs[cell])
        ret->status = STATUS_HUNG;
    else
        m.calibrated[cell] = true;
    now_ns += m.sample_ns + (m.calibrations[cell] ? m.more_ns[cell] : 0);
    return 0;
}

static int on_sample(void *context, const struct sample *s)
{
    (void)context;
    assert_string_equal(s->side, "");
    assert_int_equal(s->cell, 0);
    if (s->round)
        m.samples[m.loop.last]++;
    else
        m.calibrations[m.loop.last]++;
    return 0;
}

static void on_progress(void *context, const struct progress *p)
{
    (void)context;
    if (p->slot == 0)
        m.left_ns[p->round] = p->left_ns;
}

static int clear(void **state)
{
    (void)state;
    memset(&m, 0, sizeof(m));
    now_ns = 0;
    m.sample_ns = NS_PER_MS;
    m.taker =
        (struct taker){.n = CELLS, .take = take, .expected_ns = expected_ns};
    m.loop = (struct loop){.taker = &m.taker,
                           .cells = m.cells,
                           .attempts = 3,
                           .on_sample = on_sample,
                           .on_progress = on_progress};
    return 0;
}

/* `rounds` 0: for `budget_ns`.  How many there were. */
static unsigned run(unsigned rounds, uint64_t budget_ns)
{
    struct stage stage = {.order = order_chains(1, CELLS, NULL, 0),
                          .rounds = rounds,
                          .fewest = 1,
                          .end_ns = budget_ns};

    assert_int_equal(loop_calibrate(&m.loop), 0);
    assert_int_equal(loop_stage(&m.loop, &stage), 0);
    order_destroy(stage.order);
    return stage.done;
}

static void test_each_cell_is_calibrated_once_then_in_each_round(void **state)
{
    (void)state;
    assert_int_equal(run(7, 0), 7);
    for (size_t i = 0; i < CELLS; i++) {
        assert_int_equal(m.calibrations[i], 1);
        assert_int_equal(m.samples[i], 7);
    }
    assert_int_equal(m.left_ns[1], 7 * CELLS * NS_PER_MS);
}

static void test_a_cell_is_due_until_its_last_round(void **state)
{
    (void)state;
    m.cells[1].most_rounds = 2;
    run(5, 0);
    assert_int_equal(m.samples[0], 5);
    assert_int_equal(m.samples[1], 2);
    assert_int_equal(m.left_ns[1], (5 + 2 + 5) * NS_PER_MS);
    assert_int_equal(m.left_ns[2], (4 + 1 + 4) * NS_PER_MS);
}

static void test_what_is_left_is_told_at_the_pace_of_the_rounds(void **state)
{
    (void)state;
    m.more_ns[1] = 40 * NS_PER_MS;
    run(3, 0);
    assert_int_equal(m.left_ns[1], 3 * CELLS * NS_PER_MS);
    assert_int_equal(m.left_ns[2], 2 * (CELLS + 40) * NS_PER_MS);
    assert_int_equal(m.left_ns[3], (CELLS + 40) * NS_PER_MS);
}

static void test_each_round_is_announced_by_its_first_sample(void **state)
{
    (void)state;
    m.fails[0] = m.fails[1] = true;
    run(3, 0);
    for (unsigned round = 1; round <= 3; round++)
        assert_int_equal(m.left_ns[round], (4 - round) * NS_PER_MS);
}

static void test_a_budget_ends_at_the_nearest_round(void **state)
{
    (void)state;
    /* The calibration takes 3 ms, and so does each round. */
    assert_int_equal(run(0, 30 * NS_PER_MS), 9);
    clear(NULL);
    assert_int_equal(run(0, 31 * NS_PER_MS), 9);
    clear(NULL);
    assert_int_equal(run(0, 32 * NS_PER_MS), 10);
    clear(NULL);
    assert_int_equal(run(0, 1), 1);
}

static void test_what_cannot_be_calibrated_is_given_up(void **state)
{
    (void)state;
    m.fails[2] = true;
    run(4, 0);
    assert_int_equal(m.calibrations[2], 3);
    assert_int_equal(m.samples[2], 0);
    assert_int_equal(m.samples[0], 4);
    assert_false(loop_is_over(&m.loop));
}

static void test_what_hangs_when_it_is_calibrated_is_not_repeated(void **state)
{
    (void)state;
    m.hangs[2] = true;
    run(4, 0);
    assert_int_equal(m.calibrations[2], 1);
    assert_int_equal(m.samples[2], 0);
}

static void test_the_second_of_an_aa_pair_follows_the_first(void **state)
{
    (void)state;
    m.cells[2].follows = true;
    m.cells[2].as = 1;
    run(2, 0);
    assert_int_equal(m.calibrations[2], 0);
    assert_int_equal(m.samples[2], 2);
    clear(NULL);
    m.cells[2].follows = true;
    m.cells[2].as = 1;
    m.fails[1] = true;
    run(2, 0);
    assert_int_equal(m.samples[2], 0);
}

/* Three in a row at the beginning, and more than one in ten. */
static void test_a_cell_that_fails_often_is_given_up(void **state)
{
    struct stage stage = {
        .order = order_chains(1, CELLS, NULL, 0), .rounds = 20, .fewest = 1};

    (void)state;
    assert_int_equal(loop_calibrate(&m.loop), 0);
    m.fails[0] = true;
    assert_int_equal(loop_stage(&m.loop, &stage), 0);
    assert_int_equal(m.samples[0], 3);
    assert_int_equal(m.samples[1], 20);
    order_destroy(stage.order);
}

static void test_what_is_interrupted_is_no_round(void **state)
{
    struct stage stage = {
        .order = order_chains(1, CELLS, NULL, 0), .rounds = 20, .fewest = 1};

    (void)state;
    m.stop_at = 3 * CELLS;
    assert_int_equal(loop_calibrate(&m.loop), 0);
    assert_int_equal(loop_stage(&m.loop, &stage), -EINTR);
    assert_int_equal(stage.done, 1);
    order_destroy(stage.order);
}

int main(void)
{
#define CLEAR(test) cmocka_unit_test_setup(test, clear)
    const struct CMUnitTest tests[] = {
        CLEAR(test_each_cell_is_calibrated_once_then_in_each_round),
        CLEAR(test_a_cell_is_due_until_its_last_round),
        CLEAR(test_what_is_left_is_told_at_the_pace_of_the_rounds),
        CLEAR(test_each_round_is_announced_by_its_first_sample),
        CLEAR(test_a_budget_ends_at_the_nearest_round),
        CLEAR(test_what_cannot_be_calibrated_is_given_up),
        CLEAR(test_what_hangs_when_it_is_calibrated_is_not_repeated),
        CLEAR(test_the_second_of_an_aa_pair_follows_the_first),
        CLEAR(test_a_cell_that_fails_often_is_given_up),
        CLEAR(test_what_is_interrupted_is_no_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
