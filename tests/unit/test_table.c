/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples become cells, and cells are compared round by round. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/table.h"

static const double flat[12] = {5e6, 5e6, 5e6, 5e6, 5e6, 5e6,
                                5e6, 5e6, 5e6, 5e6, 5e6, 5e6};

static struct samples samples;
static struct table table;

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    table = (struct table){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    table_finish(&table);
    free(samples.items);
    return 0;
}

static void build(void)
{
    table_finish(&table);
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
}

static struct sample *find_sample(const char *model, uint32_t round)
{
    for (size_t i = 0; i < samples.n; i++)
        if (strcmp(samples.items[i].model, model) == 0 &&
            samples.items[i].round == round)
            return &samples.items[i];
    fail_msg("no sample");
    return NULL;
}

static const struct entry *entry_of(const char *model)
{
    for (size_t i = 0; i < table.n; i++)
        if (strcmp(table.entries[i].model, model) == 0)
            return &table.entries[i];
    fail_msg("no entry");
    return NULL;
}

static void test_cells_stand_in_order_of_appearance(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "null", "tasks=4", flat, 2);
    add_cell(&samples, "counter", "locked", "", flat, 3);
    add_cell(&samples, "counter", "null", "", flat, 1);
    build();
    assert_int_equal(table.n, 3);
    assert_int_equal(table.rounds, 3);
    assert_string_equal(table.entries[0].parameters,
                        "tasks=4,increments=1000,per_turn=0");
    assert_string_equal(table.entries[1].model, "locked");
    assert_string_equal(table.entries[2].model, "null");
    assert_ptr_equal(table_find(&table, "counter", "null",
                                "tasks=100,increments=1000,per_turn=0"),
                     &table.entries[2]);
    assert_null(table_find(&table, "counter", "null", "tasks=5"));
    assert_null(table_find(&table, "counter-split", "null",
                           "tasks=100,increments=1000,per_turn=0"));
}

static void test_no_samples_are_no_cells(void **state)
{
    (void)state;
    build();
    assert_int_equal(table.n, 0);
    assert_int_equal(table.rounds, 0);
}

static void test_what_was_not_measured_is_missing(void **state)
{
    static const uint32_t not [] = {STATUS_FAILED, STATUS_CRASHED, STATUS_HUNG};
    const struct entry *e;

    (void)state;
    add_cell(&samples, "counter", "null", "", flat, 7);
    for (uint32_t i = 0; i < 3; i++)
        find_sample("null", 2 * i + 1)->status = not [i];
    strcpy(find_sample("null", 3)->text, "second");
    strcpy(find_sample("null", 1)->text, "first");
    build();
    e = entry_of("null");
    assert_int_equal(e->measured, 4);
    assert_int_equal(e->missing, 3);
    assert_null(e->by_round[0]);
    assert_ptr_equal(e->by_round[1], find_sample("null", 2));
    assert_null(e->by_round[2]);
    assert_string_equal(e->missing_text, "first");
    assert_string_equal(e->text, "");
    assert_int_equal(e->iterations, 4 * 7);
    assert_int_equal(table_estimate(e, table.rounds, value_real_ns).n, 4);
}

static void test_the_calibration_is_no_measurement(void **state)
{
    struct estimate e;

    (void)state;
    add_cell(&samples, "counter", "null", "", flat, 2);
    find_sample("null", 0)->real_ns = 1;
    find_sample("null", 0)->lost_updates = 1000;
    build();
    assert_true(entry_of("null")->calibrated);
    assert_int_equal(entry_of("null")->measured, 2);
    assert_int_equal(entry_of("null")->lost_updates, 0);
    e = table_estimate(entry_of("null"), table.rounds, value_real_ns);
    assert_int_equal(e.n, 2);
    assert_near(e.median, 5e6, 0);
    find_sample("null", 0)->status = STATUS_CRASHED;
    build();
    assert_false(entry_of("null")->calibrated);
}

static void test_sums_run_over_the_measured(void **state)
{
    const struct entry *e;

    (void)state;
    add_cell(&samples, "counter", "libuv", "", flat, 3);
    for (uint32_t round = 1; round <= 3; round++) {
        struct sample *s = find_sample("libuv", round);

        s->wrong_iterations = round;
        s->lost_updates = 10 * round;
        s->broken_iterations = 100 * round;
        s->errors = 1000 * round;
        s->status = round == 3 ? STATUS_HUNG : STATUS_WRONG;
    }
    find_sample("libuv", 1)->audit = AUDIT_SERIALISED;
    find_sample("libuv", 2)->audit = AUDIT_ORIGIN_BOUND | AUDIT_OVERLAPPING;
    build();
    e = entry_of("libuv");
    assert_int_equal(e->wrong, 2);
    assert_int_equal(e->wrong_iterations, 3);
    assert_int_equal(e->lost_updates, 30);
    assert_int_equal(e->broken_iterations, 300);
    assert_int_equal(e->errors, 3000);
    assert_int_equal(e->labelled, 2);
    assert_false(e->origin_bound);
    find_sample("libuv", 1)->audit = AUDIT_ORIGIN_BOUND;
    build();
    assert_true(entry_of("libuv")->origin_bound);
}

static void test_values_are_per_iteration(void **state)
{
    struct sample s = sample_of("counter", "null", "", 1, 4e6);

    (void)state;
    s.voluntary = 30;
    s.involuntary = 5;
    s.lost_updates = 7 * 25000;
    assert_near(value_real_ns(&s), 4e6, 0);
    assert_near(value_cpu_ns(&s), 2e6, 0);
    assert_near(value_switches(&s), 5, 1e-12);
    assert_near(value_lost_share(&s), 0.25, 1e-12);
}

static void test_an_estimate_is_over_the_rounds(void **state)
{
    static const double times[] = {7, 1, 6, 2, 5, 3, 4};
    struct estimate e;

    (void)state;
    add_cell(&samples, "counter", "null", "", times, 7);
    build();
    e = table_estimate(entry_of("null"), table.rounds, value_real_ns);
    assert_near(e.median, 4, 0);
    assert_near(e.low, 1, 0);
    assert_near(e.high, 7, 0);
}

/* The noise of a busy machine: it lasts longer than a pair. */
static const double drift[8] = {1, 30, 2, 70, 0.1, 9, 400, 5};

static void test_a_drift_that_both_share_divides_out(void **state)
{
    double a[8], b[8];
    struct estimate e;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        a[i] = 3e6 * drift[i];
        b[i] = 1e6 * drift[7 - i];
    }
    add_cell(&samples, "counter", "locked", "", a, 8);
    add_cell(&samples, "counter", "null", "", b, 8);
    /* The other way round in the file: rounds count, not lines. */
    for (uint32_t round = 1; round <= 8; round++)
        find_sample("null", round)->round += 100;
    for (uint32_t round = 1; round <= 8; round++)
        find_sample("null", 100 + round)->round = 9 - round;
    build();
    e = table_ratio(entry_of("locked"), entry_of("null"), table.rounds,
                    value_real_ns);
    assert_int_equal(e.n, 8);
    assert_near(e.median, 3, 1e-12);
    assert_near(e.low, 3, 1e-12);
    assert_near(e.high, 3, 1e-12);
    e = table_ratio(entry_of("null"), entry_of("locked"), table.rounds,
                    value_real_ns);
    assert_near(e.median, 1.0 / 3, 1e-12);
}

static void test_a_round_without_both_sides_gives_no_pair(void **state)
{
    struct estimate e;

    (void)state;
    add_cell(&samples, "counter", "locked", "", flat, 9);
    add_cell(&samples, "counter", "null", "", flat, 8);
    find_sample("locked", 2)->status = STATUS_FAILED;
    find_sample("null", 5)->status = STATUS_HUNG;
    find_sample("null", 7)->real_ns = 0;
    build();
    e = table_ratio(entry_of("locked"), entry_of("null"), table.rounds,
                    value_real_ns);
    assert_int_equal(e.n, 5);
    assert_near(e.median, 1, 1e-12);
    assert_false(estimate_has_interval(&e));
}

static void test_wrong_samples_are_compared_too(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "locked", "", flat, 7);
    add_cell(&samples, "counter", "thread-per-socket", "", flat, 7);
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("thread-per-socket", round)->status = STATUS_WRONG;
    build();
    assert_int_equal(table_ratio(entry_of("locked"),
                                 entry_of("thread-per-socket"), table.rounds,
                                 value_real_ns)
                         .n,
                     7);
}

static void test_an_exponent_is_per_round(void **state)
{
    static const char *const parameters[] = {"n=1", "n=10", "n=100"};
    const double sizes[] = {1, 10, 100};
    const struct entry *entries[3];
    struct estimate e;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        double times[8];

        for (size_t round = 0; round < 8; round++)
            times[round] = drift[round] * pow(sizes[i], 1.5);
        add_cell(&samples, "download", "null", parameters[i], times, 8);
    }
    build();
    for (size_t i = 0; i < 3; i++)
        entries[i] = &table.entries[i];
    e = table_exponent(entries, sizes, 3, table.rounds);
    assert_int_equal(e.n, 8);
    assert_near(e.low, 1.5, 1e-9);
    assert_near(e.median, 1.5, 1e-9);
    assert_near(e.high, 1.5, 1e-9);
    /* A round that lacks a size is left out, whichever it is. */
    samples.items[1].status = STATUS_CRASHED;
    samples.items[samples.n - 1].status = STATUS_CRASHED;
    build();
    for (size_t i = 0; i < 3; i++)
        entries[i] = &table.entries[i];
    assert_int_equal(table_exponent(entries, sizes, 3, table.rounds).n, 6);
    assert_int_equal(table_exponent(entries, sizes, 1, table.rounds).n, 0);
}

static void test_what_became_of_pages_is_added_up(void **state)
{
    const struct tally *t;

    (void)state;
    add_cell(&samples, "download", "libuv", "", flat, 3);
    for (uint32_t round = 0; round <= 3; round++) {
        struct sample *s = find_sample("libuv", round);

        s->tally.begun = 10;
        s->tally.by[OUTCOME_OK] = 6;
        s->tally.cancelled = 1;
        s->tally.by[round == 2 ? OUTCOME_RESET : OUTCOME_REFUSED] = 3;
    }
    build();
    t = &entry_of("libuv")->tally;
    /* Not in the calibration. */
    assert_int_equal(t->begun, 30);
    assert_int_equal(t->by[OUTCOME_OK], 18);
    assert_int_equal(t->by[OUTCOME_REFUSED], 6);
    assert_int_equal(t->by[OUTCOME_RESET], 3);
    assert_int_equal(t->cancelled, 3);
}

static void test_some_cells_are_meant_for_the_first_rounds_only(void **state)
{
    (void)state;
    add_cell(&samples, "download", "libuv", "", flat, 2);
    for (uint32_t round = 0; round <= 2; round++)
        find_sample("libuv", round)->most_rounds = 5;
    build();
    assert_int_equal(entry_of("libuv")->meant, 2);
    add_cell(&samples, "download", "null", "", flat, 9);
    build();
    assert_int_equal(entry_of("libuv")->meant, 5);
    assert_int_equal(entry_of("null")->meant, 9);
}

int main(void)
{
#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        WITH_TABLE(test_cells_stand_in_order_of_appearance),
        WITH_TABLE(test_no_samples_are_no_cells),
        WITH_TABLE(test_what_was_not_measured_is_missing),
        WITH_TABLE(test_the_calibration_is_no_measurement),
        WITH_TABLE(test_sums_run_over_the_measured),
        WITH_TABLE(test_values_are_per_iteration),
        WITH_TABLE(test_an_estimate_is_over_the_rounds),
        WITH_TABLE(test_a_drift_that_both_share_divides_out),
        WITH_TABLE(test_a_round_without_both_sides_gives_no_pair),
        WITH_TABLE(test_wrong_samples_are_compared_too),
        WITH_TABLE(test_an_exponent_is_per_round),
        WITH_TABLE(test_what_became_of_pages_is_added_up),
        WITH_TABLE(test_some_cells_are_meant_for_the_first_rounds_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
