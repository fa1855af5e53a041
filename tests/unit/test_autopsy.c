/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What made-up logs show, whose lost updates are known. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/autopsy.h"
#include "harness/watch/outcomes.h"
#include "harness/watch/pair.h"
#include "workloads/clock.h"

enum { MOST_TASKS = 5, ROOM = 400, US = 1000, INCREMENT = 20 };

static struct access items[MOST_TASKS][ROOM];
static struct task_log tasks[MOST_TASKS];
static struct increment_log made = {.tasks = tasks};
static struct erasures found;
static struct beside beside;

static int start(void **state)
{
    (void)state;
    memset(tasks, 0, sizeof(tasks));
    for (size_t i = 0; i < MOST_TASKS; i++)
        tasks[i].items = items[i];
    made = (struct increment_log){.tasks = tasks, .n = 2};
    return 0;
}

/* n increments of a task, from that value on; returns when the last one was. */
static uint64_t count(size_t task, uint64_t ticks, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        items[task][tasks[task].n++] =
            (struct access){ticks, ticks + 5, value + i};
        ticks += INCREMENT;
    }
    tasks[task].left = ticks;
    made.final = value + n;
    return ticks;
}

static void find(void)
{
    autopsy_erasures(&made, US, &found);
}

static void test_a_task_that_was_stopped_erases(void **state)
{
    const struct erasure *e = &found.worst;

    (void)state;
    count(0, 100, 0, 6); /* reads 5 at 200, and is stopped */
    count(1, 1000, 5, 100);
    count(0, 5000, 6, 1); /* it has stored 6, and reads it */
    count(1, 8000, 7, 3);
    find();
    assert_int_equal(found.n, 1);
    assert_int_equal(e->read.task, 0);
    assert_int_equal(e->read.value, 5);
    assert_int_equal(e->read.ticks, 200);
    assert_int_equal(e->store.value, 6);
    assert_int_equal(e->store.ticks, 5000);
    assert_int_equal(e->first.task, 1);
    assert_int_equal(e->first.value, 6);
    assert_int_equal(e->over.value, 105);
    assert_int_equal(e->others, 1);
    assert_int_equal(e->stores, 100);
    assert_int_equal(e->erased, 100);
    assert_int_equal(found.sum, 100);
    assert_true(e->read_again);
    assert_int_equal(e->again.task, 1);
    assert_int_equal(e->again.value, 7);
}

static void test_stopped_after_its_store_it_erases_nothing(void **state)
{
    (void)state;
    count(0, 100, 0, 6);
    count(1, 1000, 6, 100);
    count(0, 5000, 106, 1);
    find();
    assert_int_equal(found.n, 0);
}

static void test_stopped_before_its_load_it_erases_nothing(void **state)
{
    (void)state;
    count(0, 100, 0, 5);
    count(1, 1000, 5, 100);
    items[0][tasks[0].n++] = (struct access){200, 5000, 105};
    count(0, 5020, 106, 2);
    find();
    assert_int_equal(found.n, 0);
}

static void test_a_short_time_is_no_stop(void **state)
{
    (void)state;
    count(0, 100, 0, 6);
    count(1, 210, 5, 40);
    count(0, 200 + US - 1, 6, 1);
    count(1, 8000, 7, 3);
    find();
    assert_int_equal(found.n, 0);
}

/* As the counter of one CPU does whose store the other one never read. */
static void test_what_the_others_never_read_erased_nothing(void **state)
{
    (void)state;
    count(0, 100, 0, 6);
    count(1, 1000, 5, 100);
    count(0, 5000, 6, 1);
    count(1, 8000, 105, 3);
    find();
    assert_int_equal(found.n, 0);
}

static void test_the_last_increment_erases_too(void **state)
{
    (void)state;
    count(1, 1000, 5, 100);
    count(0, 100, 0, 6);
    tasks[0].left = 5000;
    find();
    assert_int_equal(found.n, 1);
    assert_int_equal(found.worst.erased, 100);
    assert_false(found.worst.read_again);
    made.final = 105; /* it was stopped when it had stored */
    find();
    assert_int_equal(found.n, 0);
}

static void test_what_is_brought_back_is_not_lost(void **state)
{
    (void)state;
    made.n = 3;
    count(0, 100, 0, 6);
    count(1, 1000, 5, 100);
    count(2, 3010, 104, 1); /* reads 104, and is stopped */
    count(0, 5000, 6, 50);  /* erases 100 */
    count(2, 8000, 105, 2); /* it has stored 105 over 56 */
    find();
    assert_int_equal(found.n, 0);
}

/* Both held a value; the second one erases what was counted since the first. */
static void test_of_two_erasers_each_has_its_own_victims(void **state)
{
    (void)state;
    made.n = 3;
    count(0, 100, 0, 6);
    count(2, 230, 5, 1);
    count(1, 1000, 5, 100);
    count(0, 5000, 6, 50); /* erases 100 */
    count(2, 8000, 6, 2);  /* 5 + 1 over 56: erases 51 */
    count(1, 9000, 8, 1);
    find();
    assert_int_equal(found.n, 2);
    assert_int_equal(found.worst.erased, 100);
    assert_int_equal(found.sum, 151);
}

/* Three tasks read 0, and store 1 each; and so on. */
static void test_of_tasks_that_yield_each_loss_is_found(void **state)
{
    (void)state;
    made.n = 3;
    made.yields = true;
    for (size_t turn = 0; turn < 4; turn++)
        for (size_t task = 0; task < 3; task++)
            count(task, 100 * turn + 10 * task, turn, 1);
    for (size_t task = 0; task < 3; task++)
        tasks[task].left = 400 + 10 * task;
    autopsy_erasures(&made, 1, &found);
    assert_int_equal(found.sum, 3 * 4 - 4);
    assert_int_equal(found.worst.erased, 1);
}

/* One CPU: tasks are stopped anywhere, and what each store erases is known. */
struct machine {
    gsl_rng *random;
    uint64_t now, counter, next[MOST_TASKS], held[MOST_TASKS];
    unsigned done[MOST_TASKS], step[MOST_TASKS];
    struct erasures truth;
};

enum { INCREMENTS = 60 };

static void store(struct machine *m, size_t task)
{
    uint64_t erased = m->counter + 1 - (m->held[task] + 1);
    const struct access *a = &items[task][tasks[task].n - 1];

    if (m->counter > m->held[task] + 1 && m->now - a->before >= US) {
        m->truth.n++;
        m->truth.sum += erased;
        if (erased > m->truth.worst.erased)
            m->truth.worst.erased = erased;
    }
    m->counter = m->held[task] + 1;
    m->done[task]++;
    tasks[task].left = m->now;
}

/* A task's next step: a stamp, a load, a stamp, a store. */
static void take_step(struct machine *m, size_t task)
{
    struct access *a = &items[task][tasks[task].n];

    m->now += 5;
    switch (m->step[task]++ % 4) {
    case 0:
        a->before = m->now;
        tasks[task].n++;
        break;
    case 1:
        m->held[task] = a[-1].value = m->counter;
        break;
    case 2:
        a[-1].after = m->now;
        break;
    default:
        store(m, task);
    }
}

static void run(struct machine *m, size_t n)
{
    size_t left = n, task = 0;

    while (left) {
        unsigned steps = (unsigned)gsl_rng_uniform_int(m->random, 100);

        task = (task + 1 + gsl_rng_uniform_int(m->random, n)) % n;
        m->now += 2 * US;
        for (; steps && m->done[task] < INCREMENTS; steps--) {
            take_step(m, task);
            left -= m->done[task] == INCREMENTS && m->step[task] % 4 == 0;
        }
    }
    made.final = m->counter;
}

/*
 * A task that is stopped again right after its store is not found, and one that
 * reads its own value by chance is taken for an eraser: both are rare.
 */
static void test_of_random_stops_the_worst_is_found(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    size_t exact = 0, most = 1000, with = 0, wrong = 0;

    for (size_t times = 0; times < most; times++) {
        struct machine m = {.random = random};

        start(state);
        made.n = 2 + times % (MOST_TASKS - 1);
        run(&m, made.n);
        find();
        assert_true(found.n <= m.truth.n);
        wrong += found.sum > m.truth.sum ||
                 found.worst.erased > m.truth.worst.erased;
        with += m.truth.n > 0;
        exact += m.truth.n && found.worst.erased == m.truth.worst.erased;
    }
    gsl_rng_free(random);
    print_message("%zu of %zu exact, %zu wrong\n", exact, with, wrong);
    assert_true(wrong <= with / 100);
    assert_true(with > most / 2);
    assert_true(exact >= with * 4 / 5);
}

static void test_two_that_count_side_by_side_lose_half(void **state)
{
    (void)state;
    count(0, 0, 0, 101);
    count(1, 0, 0, 101);
    assert_int_equal(autopsy_beside(&made, US, &beside), 0);
    assert_int_equal(beside.n, 1);
    assert_int_equal(beside.worst.n, 2);
    assert_int_equal(beside.worst.begin, 0);
    assert_int_equal(beside.worst.end, 100 * INCREMENT);
    assert_int_equal(beside.worst.increments, 200);
    assert_int_equal(beside.worst.grown, 100);
    assert_int_equal(beside.lost, 100);
    find();
    assert_int_equal(found.n, 0);
}

static void test_one_after_another_is_not_side_by_side(void **state)
{
    (void)state;
    count(0, 0, 0, 100);
    count(1, 100 * INCREMENT, 100, 100);
    assert_int_equal(autopsy_beside(&made, US, &beside), 0);
    assert_int_equal(beside.n, 0);
}

/* Task 0 is stopped, and erases: it did not count meanwhile. */
static void test_a_stopped_task_is_not_side_by_side(void **state)
{
    (void)state;
    count(0, 100, 0, 6);
    count(1, 1000, 5, 100);
    count(0, 5000, 6, 1);
    count(1, 8000, 7, 3);
    assert_int_equal(autopsy_beside(&made, US, &beside), 0);
    assert_int_equal(beside.n, 0);
}

/* Task 0 pauses for a while, and task 1 goes on alone. */
static void test_a_pause_ends_an_episode(void **state)
{
    uint64_t ticks;

    (void)state;
    ticks = count(0, 0, 0, 50);
    count(0, ticks + 2 * US, 150, 50);
    count(1, 0, 0, 400);
    assert_int_equal(autopsy_beside(&made, US, &beside), 0);
    assert_int_equal(beside.n, 2);
    assert_int_equal(beside.worst.end - beside.worst.begin, 49 * INCREMENT);
    assert_int_equal(beside.worst.increments, 2 * 49);
}

static void test_an_empty_log_shows_nothing(void **state)
{
    (void)state;
    find();
    assert_int_equal(found.n, 0);
    assert_int_equal(autopsy_beside(&made, US, &beside), 0);
    assert_int_equal(beside.n, 0);
}

/* Outcomes. */

#define OUTCOMES(n, k, ...)                                                    \
    const uint64_t finals[] = {__VA_ARGS__};                                   \
    const struct outcomes o = {n, k, finals, COUNT(finals)};                   \
    struct outcome_row rows[OUTCOME_ROWS];                                     \
    size_t n_rows = outcomes_rows(&o, rows)

static void assert_row(const struct outcome_row *row, uint64_t low,
                       uint64_t high, size_t runs, const char *verdict)
{
    assert_int_equal(row->low, low);
    assert_int_equal(row->high, high);
    assert_int_equal(row->runs, runs);
    assert_string_equal(outcome_verdict_name(row->verdict), verdict);
}

static void test_last_values_are_rows_from_the_highest_on(void **state)
{
    OUTCOMES(100, 1000, 100000, 90000, 99999, 2, 100000, 6000, 100001, 1,
             95000);

    (void)state;
    assert_int_equal(n_rows, 5);
    assert_row(&rows[0], 100001, 100001, 1, "impossible");
    assert_row(&rows[1], 100000, 100000, 2, "expected");
    assert_row(&rows[2], 90000, 99999, 3, "lost updates");
    assert_row(&rows[3], 2, 6000, 2, "lost updates");
    assert_row(&rows[4], 1, 1, 1, "impossible");
    assert_int_equal(outcomes_exact(&o), 2);
}

static void test_few_values_have_a_row_each(void **state)
{
    OUTCOMES(2, 5, 10, 5, 5, 9, 1, 0, 11);
    uint64_t unseen[2];

    (void)state;
    assert_int_equal(n_rows, 5);
    assert_row(&rows[0], 11, 11, 1, "impossible");
    assert_row(&rows[1], 10, 10, 1, "expected");
    assert_row(&rows[2], 9, 9, 1, "lost updates");
    assert_row(&rows[3], 5, 5, 2, "lost updates");
    assert_row(&rows[4], 0, 1, 2, "impossible");
    /* 2, 3, 4, 6, 7, 8; there is room for two. */
    assert_int_equal(outcomes_unseen(&o, unseen, 2), 6);
    assert_int_equal(unseen[0], 2);
    assert_int_equal(unseen[1], 3);
}

static void test_up_to_40_values_have_a_row_each(void **state)
{
    OUTCOMES(2, 20, 39, 38, 37);

    (void)state;
    (void)o;
    assert_int_equal(n_rows, 3);
    assert_row(&rows[2], 37, 37, 1, "lost updates");
}

static void test_the_rows_hold_all_runs(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    struct outcome_row rows[OUTCOME_ROWS];
    uint64_t finals[500];

    (void)state;
    for (uint64_t times = 0; times < 200; times++) {
        struct outcomes o = {1 + times % 7, 1 + times, finals, COUNT(finals)};
        size_t n, sum = 0;

        for (size_t i = 0; i < COUNT(finals); i++)
            finals[i] = gsl_rng_uniform_int(random, o.tasks * o.increments + 3);
        n = outcomes_rows(&o, rows);
        for (size_t i = 0; i < n; i++) {
            assert_true(rows[i].runs > 0 && rows[i].low <= rows[i].high);
            assert_true(i == 0 || rows[i].high < rows[i - 1].low);
            sum += rows[i].runs;
        }
        assert_int_equal(sum, COUNT(finals));
    }
    gsl_rng_free(random);
}

static void test_the_mean_loss_is_a_share_of_what_is_expected(void **state)
{
    OUTCOMES(2, 5, 10, 5, 10, 10);

    (void)state;
    (void)rows;
    assert_int_equal(n_rows, 2);
    assert_near(outcomes_mean_loss(&o), 0.125, 1e-12);
}

static void
test_a_bare_pair_takes_as_many_samples_as_its_time_allows(void **state)
{
    struct bare_pair pair = {.increments = 3, .limit_ns = 20 * NS_PER_S};
    static uint64_t finals[6400];
    size_t n;
    int error = pair_run(&pair, finals, COUNT(finals), &n);

    (void)state;
    if (error == -ENODEV)
        skip();
    assert_int_equal(error, 0);
    assert_int_equal(n, COUNT(finals));
    assert_int_not_equal(pair.cpus[0], pair.cpus[1]);
    for (size_t i = 0; i < n; i++)
        assert_in_range(finals[i], 2, 6);
    pair.limit_ns = 0;
    assert_int_equal(pair_run(&pair, finals, COUNT(finals), &n), 0);
    assert_true(n < COUNT(finals));
}

#define TEST(test) cmocka_unit_test_setup(test, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_task_that_was_stopped_erases),
        TEST(test_stopped_after_its_store_it_erases_nothing),
        TEST(test_stopped_before_its_load_it_erases_nothing),
        TEST(test_a_short_time_is_no_stop),
        TEST(test_what_the_others_never_read_erased_nothing),
        TEST(test_the_last_increment_erases_too),
        TEST(test_what_is_brought_back_is_not_lost),
        TEST(test_of_two_erasers_each_has_its_own_victims),
        TEST(test_of_tasks_that_yield_each_loss_is_found),
        TEST(test_of_random_stops_the_worst_is_found),
        TEST(test_two_that_count_side_by_side_lose_half),
        TEST(test_one_after_another_is_not_side_by_side),
        TEST(test_a_stopped_task_is_not_side_by_side),
        TEST(test_a_pause_ends_an_episode),
        TEST(test_an_empty_log_shows_nothing),
        TEST(test_last_values_are_rows_from_the_highest_on),
        TEST(test_few_values_have_a_row_each),
        TEST(test_up_to_40_values_have_a_row_each),
        TEST(test_the_rows_hold_all_runs),
        TEST(test_the_mean_loss_is_a_share_of_what_is_expected),
        TEST(test_a_bare_pair_takes_as_many_samples_as_its_time_allows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
