/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a sample ended, and whether the model did what it declares. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/results/names.h"
#include "harness/results/histogram.h"
#include "harness/sample/judgement.h"
#include "workloads/clock.h"
#include "workloads/count.h"

/* The models of these tests: they declare, and run nothing. */
static const struct model all_at_once = {
    .name = "all",
    .counting = {.plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.at_once = AT_ONCE_ALL},
};
static const struct model one_at_once = {
    .name = "one",
    .counting = {.plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ONE},
    .connections = {.at_once = AT_ONCE_ONE},
};
static const struct model pool = {
    .name = "pool",
    .counting = {.at_once = AT_ONCE_WORKERS},
};
static const struct model in_memory = {
    .name = "memory",
    .connections = {.at_once = AT_ONCE_ALL, .in_memory = true},
};

enum { TASKS = 10, PAGES = 20, ITERATIONS = 2, SLOTS = 1 + ITERATIONS };

/* A sample that was right and quick; each test changes what it is about. */
static struct {
    struct cell cell;
    struct child child;
    struct observer observer;
    struct slots slots;
    struct cell_report report;
    struct sample sample;
    uint64_t others_ns; /* 0: as long as a thread waited */
} t;

static int clear(void **state)
{
    (void)state;
    if (t.slots.bytes)
        slots_close(&t.slots);
    free(t.cell.expected);
    memset(&t, 0, sizeof(t));
    return 0;
}

static void set(const char *parameter, uint64_t value)
{
    int i = workload_parameter(t.cell.workload, parameter);

    assert_true(i >= 0);
    t.cell.setup.values[i] = value;
}

static void open_cell(const char *workload, const struct model *m)
{
    t.cell = (struct cell){.workload = workload_find(workload),
                           .model = m,
                           .iterations = ITERATIONS,
                           .iteration_ns = NS_PER_MS};
    assert_non_null(t.cell.workload);
    workload_presets(t.cell.workload, t.cell.setup.values);
    t.cell.setup.seed = 7;
    t.cell.setup.host = "test";
    t.report = (struct cell_report){.schema = CELL_SCHEMA, .ended = true};
    t.sample = (struct sample){.iterations = ITERATIONS,
                               .real_ns = (double)NS_PER_MS,
                               .wall_ns = 10 * NS_PER_MS,
                               .inside_ns = 5 * NS_PER_MS};
}

static void open_slots(void)
{
    const struct workload *w = t.cell.workload;

    assert_int_equal(slots_open(&t.cell, &t.slots), 0);
    t.report.results_bytes = t.slots.stride;
    if (w->expect)
        assert_int_equal(w->expect(&t.cell.setup, &t.cell.expected), 0);
    t.sample.items = w->items(&t.cell.setup);
}

static struct count_results *counted(size_t slot)
{
    return (void *)(t.slots.bytes + slot * t.slots.stride);
}

static struct journal *journal(size_t slot)
{
    return (void *)(t.slots.bytes + slot * t.slots.stride);
}

/* All iterations are right; `peak` tasks were inside at once. */
static void count(const char *workload, const struct model *m, uint32_t peak)
{
    clear(NULL);
    open_cell(workload, m);
    set("tasks", TASKS);
    open_slots();
    for (size_t i = 0; i < SLOTS; i++) {
        struct count_results *r = counted(i);

        r->counter = t.sample.items;
        r->gate.entered = r->gate.left = TASKS;
        r->gate.peak = peak;
        r->gate.opened_ns = 1000;
        r->gate.left_ns = 1000 + 500 * (i + 1);
    }
}

/* All pages are right; the server counters say so too. */
static void fetch(const char *workload, const struct model *m,
                  uint64_t origin_peak)
{
    const struct model *null = model_find("null");
    struct work work;

    clear(NULL);
    open_cell(workload, m);
    set("n", PAGES);
    set("bytes", 1000);
    open_slots();
    assert_int_equal(t.cell.workload->prepare(&work, &t.cell.setup), 0);
    for (size_t i = 0; i < SLOTS; i++) {
        t.cell.workload->aim(&work, &t.cell.setup, journal(i));
        assert_int_equal(model_run(null, t.cell.workload->kind, work.job), 0);
        journal(i)->peak = PAGES;
    }
    t.cell.workload->finish(&work);
    t.sample.origin_requests = (uint64_t)PAGES * SLOTS;
    t.sample.origin_peak = origin_peak;
}

static void download(const struct model *m, uint64_t origin_peak)
{
    fetch("download", m, origin_peak);
}

static bool judged(bool origin)
{
    t.observer.child = &t.child;
    return judgement_of(&t.cell, &t.observer, &t.slots, &t.report, origin,
                        &t.sample);
}

/* `audit`: all that it found. */
static void assert_audit(bool origin, uint32_t audit)
{
    assert_true(judged(origin));
    assert_int_equal(t.sample.status, STATUS_OK);
    assert_int_equal(t.sample.audit, audit);
    assert_string_equal(t.sample.text, "");
}

/* What was at once, and what is declared. */

static void test_one_at_a_time_overlaps_from_two_on(void **state)
{
    (void)state;
    count("counter", &one_at_once, 1);
    assert_audit(false, 0);
    count("counter", &one_at_once, 2);
    assert_audit(false, AUDIT_OVERLAPPING);
}

static void test_all_at_once_may_overlap(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    assert_audit(false, 0);
}

static void test_fewer_than_half_at_once_are_serialised(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS / 2);
    assert_audit(false, 0);
    count("counter", &all_at_once, TASKS / 2 - 1);
    assert_audit(false, AUDIT_SERIALISED);
}

static void test_a_pool_has_as_many_at_once_as_workers(void **state)
{
    (void)state;
    count("counter", &pool, 8);
    assert_audit(false, 0);
    count("counter", &pool, 9);
    assert_audit(false, AUDIT_OVERLAPPING);
    count("counter", &pool, 3);
    assert_audit(false, AUDIT_SERIALISED);
    count("counter", &pool, 3);
    set("workers", 3);
    assert_audit(false, 0);
    counted(0)->gate.peak = 4;
    assert_audit(false, AUDIT_OVERLAPPING);
}

static void test_the_peak_is_that_of_the_warm_up_too(void **state)
{
    (void)state;
    count("counter", &one_at_once, 1);
    counted(0)->gate.peak = 3;
    assert_audit(false, AUDIT_OVERLAPPING);
    assert_int_equal(t.sample.peak, 3);
}

static void test_the_origin_sees_what_is_at_once(void **state)
{
    (void)state;
    /* The journal says 20 in both; the origin is nearer to the truth. */
    download(&all_at_once, PAGES / 2);
    assert_audit(true, 0);
    download(&all_at_once, PAGES / 2 - 1);
    assert_audit(true, AUDIT_SERIALISED);
    download(&one_at_once, 1);
    assert_audit(true, 0);
    download(&one_at_once, 2);
    assert_audit(true, AUDIT_OVERLAPPING);
}

/* Pages that are answered at once need not have been asked for at once. */
static void test_quick_pages_do_not_tell_the_width(void **state)
{
    (void)state;
    download(&all_at_once, 1);
    set("latency-ms", 0);
    assert_audit(true, 0);
}

/* The origin. */

static void test_an_origin_busy_for_seven_tenths_is_the_bound(void **state)
{
    (void)state;
    download(&all_at_once, PAGES);
    t.sample.inside_ns = 1000;
    t.sample.origin_cpu_ns = 700;
    assert_audit(true, 0);
    download(&all_at_once, PAGES);
    t.sample.inside_ns = 1000;
    t.sample.origin_cpu_ns = 701;
    assert_audit(true, AUDIT_ORIGIN_BOUND);
}

static void test_what_the_audit_finds_stands_together(void **state)
{
    (void)state;
    download(&all_at_once, 1);
    t.sample.inside_ns = 1000;
    t.sample.origin_cpu_ns = 900;
    assert_audit(true, AUDIT_SERIALISED | AUDIT_ORIGIN_BOUND);
}

static void test_what_the_origin_did_not_see_was_not_downloaded(void **state)
{
    (void)state;
    download(&all_at_once, PAGES);
    t.sample.origin_requests--;
    assert_true(judged(true));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.broken_iterations, 1);
    assert_string_equal(t.sample.text,
                        "the origin saw fewer requests than pages");
}

static void test_a_cold_sample_has_no_warm_up_to_be_seen(void **state)
{
    (void)state;
    download(&all_at_once, PAGES);
    t.cell.iteration_ns = 10 * NS_PER_S;
    assert_true(cell_is_cold(&t.cell));
    t.sample.origin_requests = (uint64_t)PAGES * ITERATIONS;
    assert_audit(true, 0);
}

static void test_nothing_is_asked_of_the_origin_of_a_peer_in_memory(void **s)
{
    (void)s;
    download(&in_memory, 0);
    t.sample.origin_requests = 0;
    t.sample.origin_cpu_ns = 1 << 30;
    assert_audit(true, 0);
    download(&all_at_once, 0);
    t.sample.origin_requests = 0;
    t.sample.origin_cpu_ns = 1 << 30;
    assert_audit(false, 0);
}

/* Results. */

static void test_lost_updates_are_counted(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    counted(1)->counter -= 3;
    counted(2)->counter -= 4;
    assert_true(judged(false));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.lost_updates, 7);
    assert_int_equal(t.sample.wrong_iterations, 2);
    assert_int_equal(t.sample.broken_iterations, 0);
    assert_string_equal(t.sample.text, "counter 9997, should be 10000");
    assert_near(t.sample.inner_ns, (1000 + 1500) / 2., 1e-9);
}

/* The warm-up is not timed; a promise binds it all the same. */
static void test_a_wrong_warm_up_is_wrong_where_exactness_is_promised(void **s)
{
    (void)s;
    count("counter", &all_at_once, TASKS);
    counted(0)->counter--;
    assert_true(judged(false));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.broken_iterations, 1);
    assert_int_equal(t.sample.lost_updates, 0);
    assert_string_equal(t.sample.text, "counter 9999, should be 10000");

    count("counter-split", &all_at_once, TASKS);
    counted(0)->counter--;
    assert_audit(false, 0);
}

static void test_no_promise_allows_a_warm_up_that_counts_too_much(void **state)
{
    (void)state;
    count("counter-split", &all_at_once, TASKS);
    counted(0)->counter++;
    assert_true(judged(false));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.broken_iterations, 1);
}

/* Of the timed iterations, and not of the warm-up. */
static void test_the_times_of_all_pages_are_counted(void **state)
{
    static struct histogram h;
    double *metrics;
    uint64_t ns = 0;

    (void)state;
    download(&all_at_once, PAGES);
    for (size_t i = 0; i < SLOTS; i++)
        for (size_t j = 0; j < PAGES; j++) {
            struct row *row = &journal(i)->rows[j];

            row->start_ns = 1000;
            ns += i > 0;
            row->end_ns = 1000 + (i ? 1000000 * ns : 1);
            row->first_ns = i && ns % 2 ? 1000 + 1000 * ns : 0;
        }
    assert_true(judged(true));
    h = (struct histogram){0};
    assert_int_equal(histogram_add_text(&h, t.sample.latency_histogram), 0);
    assert_int_equal(h.n, ns);
    h = (struct histogram){0};
    assert_int_equal(histogram_add_text(&h, t.sample.first_byte_histogram), 0);
    assert_int_equal(h.n, (ns + 1) / 2);
    metrics = sample_metrics(&t.sample, &kind_connections);
    assert_near(metrics[PAGE_MAX_NS], 1e6 * (double)ns, 0);
    assert_near(metrics[PAGE_P50_NS], 20e6, 0.01);
    assert_near(metrics[PAGE_P99_NS], 0, 0);
    assert_int_equal(ns, 40); /* so 20 of them were answered */
    assert_near(metrics[FIRST_BYTE_P50_NS], 19000, 0.01);
    assert_near(metrics[FIRST_BYTE_P90_NS], 0, 0);
}

static void test_bytes_are_counted_by_the_second(void **state)
{
    (void)state;
    fetch("bulk", &all_at_once, PAGES);
    assert_true(judged(true));
    assert_int_equal(t.sample.status, STATUS_OK);
    /* In 1 ms. */
    assert_near(sample_metrics(&t.sample, &kind_connections)[BYTES_PER_S],
                PAGES * 1000 * 1000.0, 1);
    fetch("download", &all_at_once, PAGES);
    assert_true(judged(true));
    assert_near(sample_metrics(&t.sample, &kind_connections)[BYTES_PER_S], 0,
                0);
}

static void test_a_page_without_a_row_is_wrong(void **state)
{
    struct row *row;

    (void)state;
    download(&all_at_once, PAGES);
    row = &journal(2)->rows[3];
    memset(row, 0, sizeof(*row));
    assert_true(judged(true));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.wrong_iterations, 1);
    assert_string_equal(t.sample.text, "page 3 was never finished");
}

static void test_a_page_that_was_never_begun_breaks_the_sum(void **state)
{
    (void)state;
    download(&all_at_once, PAGES);
    journal(1)->begun--;
    assert_true(judged(true));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_true(t.sample.broken_iterations > 0);
}

static void test_outcomes_are_counted_by_class(void **state)
{
    (void)state;
    download(&all_at_once, PAGES);
    journal(1)->rows[4].outcome = OUTCOME_REFUSED;
    journal(2)->rows[5].outcome = OUTCOME_REFUSED;
    journal(2)->rows[6].outcome = OUTCOME_RESET;
    assert_true(judged(true));
    assert_int_equal(t.sample.tally.begun, 2 * PAGES);
    assert_int_equal(t.sample.tally.by[OUTCOME_OK], 2 * PAGES - 3);
    assert_int_equal(t.sample.tally.by[OUTCOME_REFUSED], 2);
    assert_int_equal(t.sample.tally.by[OUTCOME_RESET], 1);
}

static void test_a_child_that_is_left_open_is_wrong(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.sample.children_left = 1;
    assert_true(judged(false));
    assert_int_equal(t.sample.status, STATUS_WRONG);
    assert_int_equal(t.sample.broken_iterations, 1);
    assert_string_equal(t.sample.text, "child processes are left open");
}

/* Ends. */

static void assert_end(enum status status, const char *expression)
{
    assert_false(judged(false));
    assert_int_equal(t.sample.status, status);
    assert_true(matches(t.sample.text, expression));
    assert_int_equal(t.sample.audit, 0);
}

static void test_a_crash_is_told_with_what_was_done_before_it(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    counted(2)->counter = 5;
    t.child.wait_status = SIGSEGV;
    t.report.ended = false;
    assert_end(STATUS_CRASHED,
               "^signal 11 \\(.*\\), 2 of 3 iterations done; counter 5,");
}

static void test_a_hung_one_is_told_with_the_time_that_it_had(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    counted(1)->counter = counted(2)->counter = 0;
    t.child.hung = true;
    t.child.wait_status = SIGKILL;
    t.child.spawned_ns = NS_PER_S;
    t.child.deadline_ns = 11 * NS_PER_S;
    t.observer.looked_ns = t.child.deadline_ns;
    t.observer.changed_ns = 2 * NS_PER_S;
    t.observer.threads.waiting = 9;
    t.observer.threads.running = 1;
    strcpy(t.observer.threads.waits_in, "futex_wait");
    assert_end(STATUS_HUNG, "^ended after 10 s, 1 of 3 iterations done; "
                            "blocked: no progress for 9 s; threads: 1 running, "
                            "9 waiting \\(futex_wait\\); counter 0, ");
    t.observer.changed_ns = t.observer.looked_ns - NS_PER_S;
    assert_end(STATUS_HUNG, "too slow for its limit: progress until the end");
}

static void test_tasks_that_did_not_reach_the_gate_are_told(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    counted(1)->counter = 0;
    counted(1)->gate.entered = TASKS - 1;
    assert_true(judged(false));
    assert_true(matches(t.sample.text, "counter 0, should be [0-9]*, 9 of 10 "
                                       "tasks reached the gate$"));
}

/* A quarter of the deadline of 5 s, or of the limit of 10 s. */
static void assert_disturbed(uint64_t late_ns, uint64_t wait_ns,
                             enum status status)
{
    t.sample.late_ns = late_ns;
    t.sample.cpu_wait_ns = wait_ns;
    t.observer.others_ns = t.others_ns ? t.others_ns : wait_ns;
    judged(true);
    assert_int_equal(t.sample.status, status);
    if (status != STATUS_DISTURBED)
        return;
    assert_true(matches(t.sample.text, "^the machine was busy \\(timer "));
    assert_int_equal(t.sample.broken_iterations, 0);
    assert_int_equal(t.sample.errors, 0);
}

static void miss_a_deadline(size_t slot)
{
    download(&all_at_once, PAGES);
    journal(slot)->rows[4].outcome = OUTCOME_HEADER_TIMEOUT;
}

static void test_a_missed_deadline_of_a_busy_machine_is_not_wrong(void **state)
{
    const uint64_t quarter = 1250 * NS_PER_MS;

    (void)state;
    for (size_t slot = 0; slot <= 1; slot++) { /* the warm-up's as well */
        miss_a_deadline(slot);
        assert_disturbed(quarter, quarter, STATUS_WRONG);
        miss_a_deadline(slot);
        assert_disturbed(quarter + 1, 0, STATUS_DISTURBED);
        miss_a_deadline(slot);
        assert_disturbed(0, quarter + 1, STATUS_DISTURBED);
    }
    /* Another fault has no such excuse, nor is what is right in doubt. */
    download(&all_at_once, PAGES);
    journal(1)->rows[4].outcome = OUTCOME_RESET;
    assert_disturbed(10 * quarter, 0, STATUS_WRONG);
    download(&all_at_once, PAGES);
    assert_disturbed(10 * quarter, 0, STATUS_OK);
}

/* An iteration of 20 pages of 10 ms takes 11.3 ms: a delay must be longer. */
static void test_too_few_at_once_on_a_busy_machine_is_no_verdict(void **state)
{
    static const uint64_t all_ns = 34 * NS_PER_MS / 3;

    (void)state;
    for (int late = 0; late < 2; late++) {
        uint64_t ns = all_ns + (uint64_t)late;

        download(&all_at_once, PAGES / 2 - 1);
        assert_disturbed(ns, 0, late ? STATUS_DISTURBED : STATUS_OK);
        assert_int_equal(t.sample.audit, late ? 0 : AUDIT_SERIALISED);
        download(&all_at_once, PAGES / 2 - 1);
        assert_disturbed(0, ns, late ? STATUS_DISTURBED : STATUS_OK);
        download(&one_at_once, 2);
        assert_disturbed(ns * PAGES, 0, STATUS_DISTURBED);
        assert_true(matches(t.sample.text, ": more requests at once than "));
    }
    /* What is right or wrong without the width stays so. */
    download(&all_at_once, PAGES / 2);
    assert_disturbed(2 * all_ns, 0, STATUS_OK);
    download(&all_at_once, PAGES / 2 - 1);
    journal(1)->rows[4].outcome = OUTCOME_RESET;
    assert_disturbed(2 * all_ns, 0, STATUS_WRONG);
    assert_int_equal(t.sample.audit, AUDIT_SERIALISED);
}

/* They have waited for each other at the gate. */
static void test_a_delay_does_not_change_how_many_tasks_count_at_once(void **s)
{
    (void)s;
    count("counter", &all_at_once, TASKS / 2 - 1);
    assert_disturbed(0, NS_PER_S, STATUS_OK);
    assert_int_equal(t.sample.audit, AUDIT_SERIALISED);
}

static void test_a_slow_end_on_a_busy_machine_is_not_its_own(void **state)
{
    (void)state;
    for (uint64_t more = 0; more <= 1; more++) {
        count("counter", &all_at_once, TASKS);
        t.child.hung = true;
        t.child.deadline_ns = 10 * NS_PER_S;
        assert_disturbed(0, 2500 * NS_PER_MS + more,
                         more ? STATUS_DISTURBED : STATUS_HUNG);
    }
}

/* 100 threads on two CPUs wait for each other for most of the time. */
static void test_threads_that_wait_for_each_other_are_no_busy_machine(void **s)
{
    (void)s;
    for (uint64_t more = 0; more <= 1; more++) {
        count("counter", &all_at_once, TASKS);
        t.child.hung = true;
        t.child.deadline_ns = 10 * NS_PER_S;
        t.others_ns = 2500 * NS_PER_MS + more;
        assert_disturbed(0, 9 * NS_PER_S,
                         more ? STATUS_DISTURBED : STATUS_HUNG);
    }
    miss_a_deadline(1);
    t.others_ns = NS_PER_MS;
    assert_disturbed(0, 9 * NS_PER_S, STATUS_WRONG);
    miss_a_deadline(1);
    t.others_ns = NS_PER_MS;
    assert_disturbed(9 * NS_PER_S, 0, STATUS_DISTURBED);
}

static void test_a_model_that_gives_up_says_why(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.report.error = -EAGAIN;
    t.child.wait_status = 5 << 8;
    assert_end(STATUS_FAILED, "^the model gave up: Resource temporarily");
}

static void test_an_exit_out_of_turn_is_a_crash(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.report.ended = false;
    t.child.wait_status = 3 << 8;
    assert_end(STATUS_CRASHED, "^ended early: exit status 3$");
    /* The end of a report does not excuse the exit status. */
    count("counter", &all_at_once, TASKS);
    t.child.wait_status = 3 << 8;
    assert_end(STATUS_CRASHED, "^ended early: exit status 3$");
}

static void test_a_report_without_an_end_is_not_one(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.report.ended = false;
    assert_end(STATUS_CRASHED, "^ended early: exit status 0$");
}

static void test_a_program_that_is_no_baton_is_told(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.report.schema = 0;
    assert_end(STATUS_FAILED, "is it a build of Baton");
    count("counter", &all_at_once, TASKS);
    t.report.schema = CELL_SCHEMA + 1;
    assert_end(STATUS_FAILED, "schema [0-9]");
    count("counter", &all_at_once, TASKS);
    t.report.results_bytes += 64;
    assert_end(STATUS_FAILED, "^its results take [0-9]+ bytes, not [0-9]+: ");
}

static void test_another_count_of_iterations_is_other_work(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.sample.iterations = ITERATIONS - 1;
    assert_end(STATUS_FAILED, "^it made 1 iterations, not 2$");
}

static void test_a_time_that_cannot_be_is_none(void **state)
{
    (void)state;
    count("counter", &all_at_once, TASKS);
    t.sample.real_ns = 0;
    assert_end(STATUS_FAILED, "^it reported no time$");
    count("counter", &all_at_once, TASKS);
    t.sample.wall_ns = (uint64_t)(ITERATIONS * t.sample.real_ns) - 1;
    assert_end(STATUS_FAILED, "a clock stepped$");
    count("counter", &all_at_once, TASKS);
    t.sample.wall_ns = (uint64_t)(ITERATIONS * t.sample.real_ns);
    assert_audit(false, 0);
}

/* How many there were is not known yet: nothing is said of the width. */
static void test_a_calibration_is_judged_and_not_audited(void **state)
{
    (void)state;
    count("counter", &one_at_once, TASKS);
    t.cell.iterations = 0;
    t.sample.real_ns = 0;
    assert_audit(false, 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_at_a_time_overlaps_from_two_on),
        TEST(test_all_at_once_may_overlap),
        TEST(test_fewer_than_half_at_once_are_serialised),
        TEST(test_a_pool_has_as_many_at_once_as_workers),
        TEST(test_the_peak_is_that_of_the_warm_up_too),
        TEST(test_the_origin_sees_what_is_at_once),
        TEST(test_quick_pages_do_not_tell_the_width),
        TEST(test_an_origin_busy_for_seven_tenths_is_the_bound),
        TEST(test_what_the_audit_finds_stands_together),
        TEST(test_what_the_origin_did_not_see_was_not_downloaded),
        TEST(test_a_cold_sample_has_no_warm_up_to_be_seen),
        TEST(test_nothing_is_asked_of_the_origin_of_a_peer_in_memory),
        TEST(test_lost_updates_are_counted),
        TEST(test_a_wrong_warm_up_is_wrong_where_exactness_is_promised),
        TEST(test_no_promise_allows_a_warm_up_that_counts_too_much),
        TEST(test_the_times_of_all_pages_are_counted),
        TEST(test_bytes_are_counted_by_the_second),
        TEST(test_a_page_without_a_row_is_wrong),
        TEST(test_a_page_that_was_never_begun_breaks_the_sum),
        TEST(test_outcomes_are_counted_by_class),
        TEST(test_a_child_that_is_left_open_is_wrong),
        TEST(test_a_crash_is_told_with_what_was_done_before_it),
        TEST(test_a_hung_one_is_told_with_the_time_that_it_had),
        TEST(test_tasks_that_did_not_reach_the_gate_are_told),
        TEST(test_a_missed_deadline_of_a_busy_machine_is_not_wrong),
        TEST(test_too_few_at_once_on_a_busy_machine_is_no_verdict),
        TEST(test_a_delay_does_not_change_how_many_tasks_count_at_once),
        TEST(test_a_slow_end_on_a_busy_machine_is_not_its_own),
        TEST(test_threads_that_wait_for_each_other_are_no_busy_machine),
        TEST(test_a_model_that_gives_up_says_why),
        TEST(test_an_exit_out_of_turn_is_a_crash),
        TEST(test_a_report_without_an_end_is_not_one),
        TEST(test_a_program_that_is_no_baton_is_told),
        TEST(test_another_count_of_iterations_is_other_work),
        TEST(test_a_time_that_cannot_be_is_none),
        TEST(test_a_calibration_is_judged_and_not_audited),
    };

    return cmocka_run_group_tests_name("judgement", tests, NULL, NULL);
}
