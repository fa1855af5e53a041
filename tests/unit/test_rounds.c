/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a check spends its budget: on samples that nobody measured. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/check/check.h"
#include "harness/measure/order.h"
#include "workloads/clock.h"

enum { CELLS = 2, MOST = 8 };

/* A machine as it might be, and what was seen of the check. */
static struct {
    struct check check;
    struct taker taker;
    struct recording recording;
    double slower[CELLS];   /* the candidate: 0.1 is 10 % */
    unsigned failing[MOST]; /* which of the candidate's samples, from 1 */
    bool base_fails, calibrated[CELLS];
    uint64_t said_ns, really_ns; /* what a sample takes */
    unsigned cands;

    unsigned samples[3]; /* of each stage */
    unsigned done[3], planned[3] /* rounds */;
    uint64_t took_ns[3]; /* from the beginning to the end of each stage */
    bool fresh[CELLS];
} m;

/*
 * In place of the C library's, so that no time passes but what samples take:
 * how many rounds there are is then no matter of the machine.
 */
static uint64_t now_ns;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    ret->tv_sec = (time_t)(now_ns / NS_PER_S);
    ret->tv_nsec = (long)(now_ns % NS_PER_S);
    return 0;
}

static bool fails(enum sample_side side)
{
    if (side == SIDE_BASE)
        return m.base_fails;
    if (side != SIDE_CAND)
        return false;
    m.cands++;
    for (size_t i = 0; i < MOST && m.failing[i]; i++)
        if (m.failing[i] == m.cands)
            return true;
    return false;
}

/* Known from the first sample of base on. */
static uint64_t expected_ns(void *context, size_t cell)
{
    (void)context;
    return m.calibrated[cell] ? NS_PER_MS : 0;
}

static int take(void *context, size_t cell, enum sample_side side,
                struct sample *ret)
{
    /* Not all alike, or all of them would be ties. */
    double noise = 1 + 1e-4 * (double)(rand() % 100);
    double ns = 1e5 * noise * (side == SIDE_CAND ? 1 + m.slower[cell] : 1);

    (void)context;
    *ret = sample_of("counter", "null", "", 0, ns);
    ret->iterations = 100;
    ret->wall_ns = m.said_ns;
    if (fails(side))
        ret->status = STATUS_CRASHED;
    m.calibrated[cell] |= ret->status == STATUS_OK;
    now_ns += m.really_ns;
    return 0;
}

static int on_sample(void *context, const struct sample *s)
{
    (void)context;
    m.samples[s->stage]++;
    if (s->round > m.done[s->stage])
        m.done[s->stage] = s->round;
    m.planned[s->stage] = s->most_rounds;
    m.took_ns[s->stage] = now_ns;
    if (s->stage == 2)
        m.fresh[s->cell] = true;
    return 0;
}

static int clear(void **state)
{
    (void)state;
    recording_finish(&m.recording);
    memset(&m, 0, sizeof(m));
    m.taker =
        (struct taker){.n = CELLS, .take = take, .expected_ns = expected_ns};
    m.check = (struct check){.taker = &m.taker,
                             .rules = rules_default,
                             .seed = 5,
                             .budget_ns = NS_PER_S,
                             .on_sample = on_sample,
                             .recording = &m.recording};
    m.said_ns = NS_PER_MS;
    now_ns = 0;
    srand(1);
    return 0;
}

static void run(void)
{
    assert_int_equal(check_run(&m.check), 0);
}

/* Seven tenths of a second, by rounds of two blocks of 16/3 ms. */
enum { SCREEN = 65 };

static void test_the_screen_takes_seven_tenths(void **state)
{
    (void)state;
    run();
    assert_int_equal(m.planned[1], SCREEN);
    assert_int_equal(m.done[1], m.planned[1]);
    assert_int_equal(m.samples[2], 0);
    /* Each cell: a calibration, and one of each side. */
    assert_int_equal(m.samples[0], CELLS * (1 + SIDE_N));
}

static void test_only_suspects_get_fresh_pairs_twice_as_many(void **state)
{
    (void)state;
    m.slower[1] = 0.1;
    run();
    assert_false(m.fresh[0]);
    assert_true(m.fresh[1]);
    assert_int_equal(m.planned[2], 2 * m.planned[1]);
    assert_int_equal(m.done[2], m.planned[2]);
}

static void test_a_suspect_has_pairs_enough_to_be_convicted(void **state)
{
    (void)state;
    m.slower[0] = m.slower[1] = 0.1;
    m.check.budget_ns = 1; /* the fewest of all */
    run();
    assert_int_equal(m.done[1], CHECK_FEWEST);
    /* 2^-n is to be below 0.002 / 2. */
    assert_int_equal(m.done[2], 10);
}

static void test_time_that_is_up_ends_each_stage(void **state)
{
    const uint64_t most_ns = 16 * NS_PER_MS; /* a round: 2 cells, 8 samples */

    (void)state;
    m.slower[0] = m.slower[1] = 0.1;
    m.check.budget_ns = 200 * NS_PER_MS;
    m.said_ns = 100000;
    m.really_ns = NS_PER_MS;
    run();
    assert_true(m.done[1] < m.planned[1]);
    assert_true(m.done[2] < m.planned[2]);
    /* By a round less, and with this seed never by one that is longer. */
    for (unsigned stage = 1; stage <= 2; stage++)
        assert_in_range(m.took_ns[stage], stage * m.check.budget_ns - most_ns,
                        stage * m.check.budget_ns);
    assert_in_range(m.done[2], 10, m.planned[2] / 2);
}

static void test_the_fresh_pairs_end_with_twice_the_budget(void **state)
{
    (void)state;
    m.slower[0] = m.slower[1] = 0.1;
    m.check.budget_ns = 200 * NS_PER_MS;
    m.said_ns = 4 * NS_PER_MS; /* and none of it is really spent */
    run();
    /* 400 ms by rounds of 42.7 ms are 9, and 10 are the fewest. */
    assert_int_equal(m.planned[1], CHECK_FEWEST);
    assert_int_equal(m.planned[2], 10);
    clear(NULL);
    m.slower[0] = m.slower[1] = 0.1;
    m.check.budget_ns = 800 * NS_PER_MS;
    m.said_ns = 2 * NS_PER_MS;
    m.check.rules.screen = 1; /* all are suspects */
    run();
    assert_int_equal(m.planned[1], 26);
    assert_int_equal(m.planned[2], 2 * m.planned[1]);
}

/* What the screen took is no longer there: 1.3 budgets, not 1.4. */
static void test_fresh_pairs_get_what_is_left_of_twice_the_budget(void **state)
{
    (void)state;
    m.taker.n = 1;
    m.slower[0] = 0.1;
    m.check.budget_ns = 400 * NS_PER_MS;
    m.really_ns = NS_PER_MS;
    run();
    /* A cell's round is 16/3 ms. */
    assert_int_equal(m.planned[1], 7 * (400 - m.samples[0]) * 3 / 16 / 10);
    assert_int_equal(m.planned[2], (800 - m.took_ns[1] / NS_PER_MS) * 3 / 16);
    assert_true(m.planned[2] < 2 * m.planned[1]);
}

/* 24 rounds with a control in a third would be too short to do with so few. */
static void test_a_short_screen_has_a_control_in_each_block(void **state)
{
    (void)state;
    m.taker.n = 1;
    m.slower[0] = 0.1;
    m.check.budget_ns = 200 * NS_PER_MS;
    m.really_ns = NS_PER_MS;
    run();
    assert_int_equal(m.planned[1], 7 * (200 - m.samples[0]) / 8 / 10);
    assert_int_equal(m.samples[1], 8 * m.planned[1]);
    /* The fresh pairs do without. */
    assert_true(m.samples[2] < 7 * m.planned[2]);
}

static void test_a_cell_that_never_runs_is_given_up_at_once(void **state)
{
    (void)state;
    m.base_fails = true;
    run();
    assert_int_equal(m.samples[0], CELLS);
    assert_int_equal(m.samples[1] + m.samples[2], 0);
    clear(NULL);
    for (unsigned i = 0; i < CELLS; i++)
        m.failing[i] = i + 1;
    run();
    assert_int_equal(m.samples[1] + m.samples[2], 0);
}

static void test_a_cell_that_fails_often_is_given_up(void **state)
{
    (void)state;
    m.taker.n = 1;
    for (unsigned i = 0; i < 3; i++)
        m.failing[i] = 4 + i;
    run();
    assert_int_equal(m.done[1], 3);
}

/* Round r has the candidate's samples 2r and 2r + 1. */
static void fail_in_rounds(unsigned a, unsigned b, unsigned c)
{
    m.taker.n = 1;
    m.failing[0] = 2 * a;
    m.failing[1] = 2 * b;
    m.failing[2] = 2 * c;
    run();
}

static void test_a_cell_is_given_up_beyond_four_failures_in_ten(void **state)
{
    (void)state;
    fail_in_rounds(5, 6, 7);
    assert_int_equal(m.done[1], 7);
    clear(NULL);
    fail_in_rounds(6, 7, 8);
    assert_int_equal(m.done[1], m.planned[1]);
}

static void test_two_failures_are_no_reason_to_give_up(void **state)
{
    (void)state;
    m.taker.n = 1;
    m.failing[0] = 2;
    m.failing[1] = 3;
    run();
    assert_int_equal(m.done[1], m.planned[1]);
}

/* What failed in the screen does not end the fresh pairs early. */
static void test_each_stage_counts_its_own_failures(void **state)
{
    unsigned screen = 2 * SCREEN;

    (void)state;
    m.taker.n = 1;
    m.check.budget_ns /= 2; /* as many rounds of one cell as of two */
    m.slower[0] = 0.1;
    for (unsigned i = 0; i < 6; i++)
        m.failing[i] = screen - 60 + 8 * i;
    m.failing[6] = screen + 4;
    run();
    assert_true(m.fresh[0]);
    assert_int_equal(m.done[2], m.planned[2]);
}

static int finish(void **state)
{
    (void)state;
    recording_finish(&m.recording);
    return 0;
}

#define CHECKED(test) cmocka_unit_test_setup(test, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHECKED(test_the_screen_takes_seven_tenths),
        CHECKED(test_only_suspects_get_fresh_pairs_twice_as_many),
        CHECKED(test_a_suspect_has_pairs_enough_to_be_convicted),
        CHECKED(test_time_that_is_up_ends_each_stage),
        CHECKED(test_the_fresh_pairs_end_with_twice_the_budget),
        CHECKED(test_fresh_pairs_get_what_is_left_of_twice_the_budget),
        CHECKED(test_a_short_screen_has_a_control_in_each_block),
        CHECKED(test_a_cell_that_never_runs_is_given_up_at_once),
        CHECKED(test_a_cell_that_fails_often_is_given_up),
        CHECKED(test_a_cell_is_given_up_beyond_four_failures_in_ten),
        CHECKED(test_two_failures_are_no_reason_to_give_up),
        CHECKED(test_each_stage_counts_its_own_failures),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
