/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of free runs, in the hooked program. */
#include "tests/unit/unit.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/free_run.h"
#include "harness/watch/guard.h"
#include "harness/watch/log.h"

enum { TASKS = 3, INCREMENTS = 50 };

static struct free_run run;
static struct log *noted;

static void prepare(const char *workload, const char *model)
{
    run = (struct free_run){.workload = workload_find(workload),
                            .model = model_find(model)};
    workload_presets(run.workload, run.setup.values);
    run.setup.values[0] = TASKS;
    run.setup.values[1] = INCREMENTS;
    assert_int_equal(free_run_prepare(&run), 0);
    assert_int_equal(log_create(TASKS, INCREMENTS, &noted), 0);
    log_clear(noted);
}

static int finish(void **state)
{
    (void)state;
    free_run_finish(&run);
    log_destroy(noted);
    noted = NULL;
    return 0;
}

static struct increment_log take(const struct watcher *watcher)
{
    struct increment_log log;
    uint64_t final;

    watch(watcher);
    assert_int_equal(free_run_once(&run, &final), 0);
    watch(NULL);
    log = log_read(noted);
    log.final = final;
    return log;
}

static void check(const char *workload, const char *model)
{
    struct increment_log log;

    prepare(workload, model);
    log = take(log_watcher(noted));
    assert_int_equal(log.n, TASKS);
    for (size_t task = 0; task < TASKS; task++) {
        const struct task_log *own = &log.tasks[task];

        if (own->n != INCREMENTS)
            fail_msg("%s with %s: task %zu has %zu", workload, model, task,
                     own->n);
        for (size_t i = 0; i < own->n; i++) {
            assert_true(own->items[i].before <= own->items[i].after);
            assert_true(i == 0 ||
                        own->items[i - 1].after <= own->items[i].before);
            assert_true(own->items[i].value < TASKS * INCREMENTS);
        }
        assert_true(own->left >= own->items[own->n - 1].after);
    }
}

static void test_each_increment_is_noted(void **state)
{
    check("counter", "thread-per-socket");
    finish(state);
    check("counter-split", "thread-per-socket");
    finish(state);
    check("counter", "sequential");
    finish(state);
    check("counter-split", "epoll");
    finish(state);
    if (model_find("coroutine")->absent)
        return;
    finish(state);
    check("counter-split", "coroutine");
}

static void test_processes_note_in_shared_memory(void **state)
{
    (void)state;
    check("counter", "process");
}

static void test_of_tasks_that_yield_the_whole_loss_is_explained(void **state)
{
    struct increment_log log;
    struct erasures found;

    (void)state;
    prepare("counter-split", "epoll");
    log = take(log_watcher(noted));
    log.yields = true;
    autopsy_erasures(&log, 1, &found);
    assert_int_equal(log.final, INCREMENTS);
    assert_int_equal(found.sum, TASKS * INCREMENTS - INCREMENTS);
}

/*
 * The first task that reads 5 is held at its store until the others are done.
 */
static const struct watcher *inner;
static _Atomic(size_t) left;
static atomic_bool held;
static _Atomic(uint64_t) before;

static uint64_t on_load(void *context, const _Atomic(uint64_t) *counter)
{
    return inner->load(context, counter);
}

static void on_store(void *context, _Atomic(uint64_t) *counter, uint64_t value)
{
    if (value == 6 && !atomic_exchange(&held, true)) {
        while (left < TASKS - 1)
            sched_yield();
        before = *counter;
    }
    inner->store(context, counter, value);
}

static void on_begin(void *context, size_t task)
{
    inner->begin(context, task);
}

static void on_leave(void *context, size_t task)
{
    inner->leave(context, task);
    left++;
}

static void test_a_task_that_is_held_is_found_with_its_figures(void **state)
{
    struct watcher holding = {.load = on_load,
                              .store = on_store,
                              .begin = on_begin,
                              .leave = on_leave};
    struct increment_log log;
    struct erasures found;

    (void)state;
    prepare("counter", "thread-per-socket");
    inner = log_watcher(noted);
    holding.context = inner->context;
    log = take(&holding);
    autopsy_erasures(&log, (uint64_t)log_ticks_per_us(noted), &found);
    assert_true(held && before > 6);
    assert_true(found.n >= 1);
    assert_int_equal(found.worst.read.value, 5);
    assert_int_equal(found.worst.store.value, 6);
    assert_int_equal(found.worst.over.value, before);
    assert_int_equal(found.worst.erased, before - 5);
    assert_int_equal(found.worst.others, TASKS - 1);
    assert_false(found.worst.read_again);
    /* What it counted after that is all that is left beside. */
    assert_true(log.final >= 6 && log.final <= 6 + INCREMENTS);
}

static void test_what_has_no_room_is_not_kept(void **state)
{
    const struct watcher *w;
    _Atomic(uint64_t) counter = 0;
    struct increment_log log;

    (void)state;
    prepare("counter", "sequential");
    w = log_watcher(noted);
    w->begin(w->context, TASKS - 1);
    for (uint64_t i = 0; i < 3 * INCREMENTS; i++)
        w->store(w->context, &counter, w->load(w->context, &counter) + 1);
    w->leave(w->context, TASKS - 1);
    w->begin(w->context, TASKS); /* there is none */
    w->store(w->context, &counter, w->load(w->context, &counter) + 1);
    log = log_read(noted);
    assert_int_equal(counter, 3 * INCREMENTS + 1);
    assert_int_equal(log.tasks[TASKS - 1].n, INCREMENTS);
    for (size_t i = 0; i < INCREMENTS; i++)
        assert_int_equal(log.tasks[TASKS - 1].items[i].value, i);
}

static void test_without_a_task_nothing_is_noted(void **state)
{
    struct increment_log log;

    (void)state;
    prepare("counter", "atomic");
    log = take(log_watcher(noted));
    assert_int_equal(log.final, TASKS * INCREMENTS);
    for (size_t task = 0; task < TASKS; task++)
        assert_int_equal(log.tasks[task].n, 0);
}

static void test_what_guards_a_counter_is_seen(void **state)
{
    static const struct {
        const char *workload, *model, *words;
    } cases[] = {
        {"counter", "locked", "has a lock from its load to its store"},
        {"counter", "semaphore", "has a lock from its load to its store"},
        {"counter-split", "locked", "has a lock from its load to its store"},
        {"counter", "atomic", "one indivisible step"},
        {"counter", "cas", "one indivisible step"},
        {"counter", "epoll", "hand over by themselves"},
        {"counter", "sequential", "one task runs after another"},
        {"counter", "spinlock", "the model guards the counter: "},
        {"counter-split", "actor", "the model guards the counter: "},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct guard guard;
        char words[192];

        if (model_find(cases[i].model)->absent)
            continue;
        prepare(cases[i].workload, cases[i].model);
        assert_int_equal(guard_find(&run, &guard), 0);
        guard_describe(&guard, &run, words, sizeof(words));
        if (!strstr(words, cases[i].words))
            fail_msg("%s: %s", cases[i].model, words);
        finish(state);
    }
}

static void test_a_note_costs_something(void **state)
{
    double ns;

    (void)state;
    prepare("counter", "thread-per-socket");
    ns = log_event_ns(noted);
    print_message("%.1f ns by %s\n", ns,
                  log_ticks(noted) ? "the CPU's counter" : "clock_gettime");
    assert_true(ns > 0 && ns < 10000);
    assert_true(log_ticks_per_us(noted) > 1);
}

#define TEST(test) cmocka_unit_test_teardown(test, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_increment_is_noted),
        TEST(test_processes_note_in_shared_memory),
        TEST(test_of_tasks_that_yield_the_whole_loss_is_explained),
        TEST(test_a_task_that_is_held_is_found_with_its_figures),
        TEST(test_what_has_no_room_is_not_kept),
        TEST(test_without_a_task_nothing_is_noted),
        TEST(test_what_guards_a_counter_is_seen),
        TEST(test_a_note_costs_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
