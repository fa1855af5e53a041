/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every page is taken once and finished once, whoever does it. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/kinds/journal.h"
#include "workloads/web/judge.h"

enum { LANES = 8, PAGES = 20000 };

static struct journal *journal;

static struct journal *make(uint32_t lanes, uint32_t pages)
{
    size_t size = journal_size(pages);
    struct journal *j = aligned_alloc(64, size);

    assert_non_null(j);
    assert_int_equal(size % 64, 0);
    memset(j, 0, size);
    journal_init(j, lanes, pages);
    return j;
}

static void test_tickets_begin_behind_the_lanes(void **state)
{
    struct journal *j = make(3, 5);

    (void)state;
    assert_int_equal(j->lanes, 3);
    assert_int_equal(j->pages, 5);
    assert_int_equal(journal_take(j), 3);
    assert_int_equal(journal_take(j), 4);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(journal_take(j), UINT32_MAX);
    free(j);
}

static void test_the_order_is_that_of_finishing(void **state)
{
    struct journal *j = make(3, 3);
    _Atomic uint32_t *order = journal_order(j);

    (void)state;
    assert_int_equal(order[0], 0);
    journal_finish(j, 2);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 0);
    journal_finish(j, 0);
    journal_finish(j, 1);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
    assert_int_equal(j->finished, 3);
    free(j);
}

static void test_the_order_lies_behind_the_rows(void **state)
{
    (void)state;
    for (uint32_t pages = 1; pages < 100; pages++) {
        struct journal *j = make(1, pages);
        char *end = (char *)j + journal_size(pages);

        assert_ptr_equal(journal_order(j), &j->rows[pages]);
        assert_true((char *)(journal_order(j) + pages) <= end);
        free(j);
    }
}

static void finish(struct journal *j, uint32_t page, enum outcome outcome)
{
    j->rows[page].outcome = (uint16_t)outcome;
    j->rows[page].end_ns = 1;
    journal_finish(j, page);
}

static void test_begun_is_succeeded_and_errors_and_cancelled(void **state)
{
    struct journal *j = make(2, 6);
    struct tally t = {.by[OUTCOME_OK] = 100};

    (void)state;
    for (int i = 0; i < 5; i++)
        journal_begin(j);
    finish(j, 0, OUTCOME_OK);
    finish(j, 1, OUTCOME_REFUSED);
    finish(j, 4, OUTCOME_REFUSED);
    finish(j, 2, OUTCOME_NO_TITLE);
    assert_true(journal_tally(j, &t));
    assert_int_equal(t.begun, 5);
    assert_int_equal(t.cancelled, 1);
    assert_int_equal(t.by[OUTCOME_OK], 101); /* it adds */
    assert_int_equal(t.by[OUTCOME_REFUSED], 2);
    assert_int_equal(t.by[OUTCOME_NO_TITLE], 1);
    free(j);
}

static void test_a_sum_that_does_not_hold_is_told(void **state)
{
    struct journal *j = make(2, 6);
    struct tally t = {0};

    (void)state;
    journal_begin(j);
    finish(j, 0, OUTCOME_OK);
    assert_true(journal_tally(j, &t));
    journal_finish(j, 0); /* twice */
    assert_false(journal_tally(j, &t));
    journal_begin(j); /* one row for two that were begun and ended */
    assert_false(journal_tally(j, &t));
    finish(j, 3, OUTCOME_OK);
    assert_false(journal_tally(j, &t)); /* more ended than began */
    free(j);
}

static void test_too_many_finishes_overrun_nothing(void **state)
{
    struct journal *j = make(1, 1);
    size_t size = journal_size(1);
    char *copy;

    (void)state;
    journal_finish(j, 0);
    copy = malloc(size);
    memcpy(copy, j, size);
    journal_finish(j, 0);
    assert_int_equal(j->finished, 2);
    j->finished = 1;
    assert_memory_equal(copy, j, size);
    free(copy);
    free(j);
}

/* A lane: its own page, then those it gets by ticket. */
static void *run_lane(void *data)
{
    uint32_t lane = *(uint32_t *)data, page = lane;

    while (page != UINT32_MAX) {
        struct row *row = &journal->rows[page];

        row->lane = lane;
        row->dials++;
        journal_finish(journal, page);
        page = journal_take(journal);
    }
    return NULL;
}

static void test_every_page_has_one_lane(void **state)
{
    pthread_t threads[LANES];
    uint32_t lanes[LANES];
    static unsigned seen[PAGES];
    _Atomic uint32_t *order;

    (void)state;
    journal = make(LANES, PAGES);
    order = journal_order(journal);
    for (uint32_t i = 0; i < LANES; i++) {
        lanes[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, run_lane, &lanes[i]),
                         0);
    }
    for (size_t i = 0; i < LANES; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(journal->finished, PAGES);
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(journal->rows[i].dials, 1);
        assert_in_range(order[i], 1, PAGES);
        seen[order[i] - 1]++;
    }
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(seen[i], 1);
    free(journal);
}

/* What was handed over of all items. */
static struct {
    unsigned n, answered;
    uint64_t sum, first_sum;
} times;

static void take_time(struct findings *f, uint64_t ns, uint64_t first_ns)
{
    assert_non_null(f);
    times.n++;
    times.answered += first_ns > 0;
    times.sum += ns;
    times.first_sum += first_ns;
}

static void test_each_page_that_ended_has_its_times(void **state)
{
    struct journal *j = make(1, 101);
    struct findings f = {.take_time = take_time};

    (void)state;
    memset(&times, 0, sizeof(times));
    j->begun = j->finished = 100;
    j->peak = 3;
    for (uint32_t i = 0; i < 100; i++) /* the last page was never begun */
        j->rows[i] = (struct row){.start_ns = 1000,
                                  .first_ns = i ? 1000 + 200 - i : 0,
                                  .end_ns = 1000 + 10 * (100 - i)};
    assert_true(judge_account(j, 0, &f));
    assert_int_equal(f.iterations, 1);
    assert_int_equal(f.peak, 3);
    assert_int_equal(f.tally.begun, 100);
    assert_int_equal(times.n, 100);
    assert_int_equal(times.sum, 10 * 5050);
    assert_int_equal(times.answered, 99);
    assert_int_equal(times.first_sum, 99 * 200 - 4950);
    assert_true(judge_account(j, 7, &f));
    assert_int_equal(times.n, 193);
    assert_int_equal(times.sum, 10 * (2 * 5050 - (100 + 94) * 7 / 2));
    f.take_time = NULL;
    assert_true(judge_account(j, 0, &f));
    assert_int_equal(times.n, 193);
    free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets_begin_behind_the_lanes),
        cmocka_unit_test(test_the_order_is_that_of_finishing),
        cmocka_unit_test(test_the_order_lies_behind_the_rows),
        cmocka_unit_test(test_begun_is_succeeded_and_errors_and_cancelled),
        cmocka_unit_test(test_a_sum_that_does_not_hold_is_told),
        cmocka_unit_test(test_too_many_finishes_overrun_nothing),
        cmocka_unit_test(test_every_page_has_one_lane),
        cmocka_unit_test(test_each_page_that_ended_has_its_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
