/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/schedule.h"
#include "harness/watch/stepper.h"
#include "models/model.h"

struct game {
    const char *workload, *model;
    uint64_t tasks, increments;
};

static int begin(const struct game *g, struct stepper **ret, char why[256])
{
    const struct workload *w = workload_find(g->workload);
    struct setup setup = {0};
    const struct stepper_job job = {model_find(g->model), w, &setup};

    workload_presets(w, setup.values);
    setup.values[0] = g->tasks;
    setup.values[1] = g->increments;
    if (stepper_gap(&job)) {
        snprintf(why, 256, "%s", stepper_gap(&job));
        return -ENOTSUP;
    }
    return stepper_create(&job, ret, why, 256);
}

static struct stepper *start(const char *workload, const char *model,
                             uint64_t tasks, uint64_t increments)
{
    const struct game g = {workload, model, tasks, increments};
    struct stepper *s = NULL;
    char why[256] = "";

    if (begin(&g, &s, why))
        fail_msg("%s with %s: %s", workload, model, why);
    return s;
}

static int64_t erased(const struct stepper *s)
{
    size_t n;
    const struct step *log = stepper_log(s, &n);
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += log[i].erased;
    return sum;
}

static void play_randomly(const char *model, struct stepper *s, uint64_t seed)
{
    char why[256] = "";
    int error = 0;

    while (!error && !stepper_over(s))
        error = stepper_random(s, &seed);
    if (error && stepper_stuck(s, why, sizeof(why)))
        fail_msg("%s: %s", model, why);
    assert_int_equal(error, 0);
}

/* All but the times. */
static char *lines_of(const struct game *g)
{
    struct stepper *s = start(g->workload, g->model, g->tasks, g->increments);
    const struct step *log;
    char *text;
    size_t size, n;
    FILE *out = open_memstream(&text, &size);

    play_randomly(g->model, s, 7);
    log = stepper_log(s, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%u %d %u %d %d %d %d\n", log[i].task, (int)log[i].kind,
                log[i].holder, log[i].own, (int)log[i].value,
                (int)log[i].counter, (int)log[i].erased);
    fclose(out);
    stepper_destroy(s, NULL);
    return text;
}

static void test_the_same_seed_has_the_same_steps(void **state)
{
    static const struct game games[] = {
        {"counter", "locked", 3, 20},
        {"counter", "thread-per-socket", 3, 20},
        {"counter-split", "thread-per-socket", 3, 20},
        {"counter-split", "libuv", 3, 20},
        {"counter", "thread-pool", 20, 5},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(games); i++) {
        char *first;

        if (model_find(games[i].model)->absent)
            continue;
        first = lines_of(&games[i]);
        for (int again = 0; again < 4; again++) {
            char *next = lines_of(&games[i]);

            assert_string_equal(first, next);
            free(next);
        }
        free(first);
    }
}

/* Each model, and each of its increments where they are at the counter. */
static void test_what_stores_erase_is_what_is_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * n_models; i++) {
        const struct game g = {i % 2 ? "counter-split" : "counter",
                               models[i / 2]->name, 3, 4};
        struct stepper *s;
        char why[256] = "";
        uint64_t counter, items;
        int64_t sum;
        int error = begin(&g, &s, why);

        if (error == -ENOTSUP) {
            assert_true(why[0]);
            continue;
        }
        if (error)
            fail_msg("%s: %s", g.model, why);
        play_randomly(g.model, s, i);
        sum = erased(s);
        items = stepper_items(s);
        assert_int_equal(stepper_destroy(s, &counter), 0);
        assert_int_equal(items, 12);
        if ((int64_t)(items - counter) != sum)
            fail_msg("%s with %s: erased %d, and the counter is %d", g.workload,
                     g.model, (int)sum, (int)counter);
    }
}

static void test_a_waiter_sleeps_until_the_lock_is_free(void **state)
{
    struct stepper *s = start("counter", "locked", 2, 1);
    const struct step *log;
    uint64_t taken = 0;
    size_t n;

    (void)state;
    assert_int_equal(stepper_grant(s, 0, 2, &taken), 0); /* lock, load */
    assert_int_equal(taken, 2);
    assert_int_equal(stepper_grant(s, 1, 5, &taken), 0);
    assert_int_equal(taken, 1);
    assert_int_equal(stepper_task(s, 1).state, TASK_BLOCKED);
    assert_int_equal(stepper_task(s, 1).holder, 0);
    assert_int_equal(stepper_grant(s, 1, 1, NULL), -EBUSY);
    assert_int_equal(stepper_grant(s, 0, 2, NULL), 0); /* store, unlock */
    assert_int_equal(stepper_task(s, 0).state, TASK_DONE);
    assert_int_equal(stepper_task(s, 1).state, TASK_HELD);
    assert_int_equal(stepper_task(s, 1).next, STEP_LOAD);
    log = stepper_log(s, &n);
    assert_int_equal(log[n - 1].kind, STEP_WOKEN);
    assert_int_equal(log[n - 1].task, 1);
    assert_int_equal(stepper_grant(s, 1, 3, NULL), 0);
    assert_true(stepper_over(s));
    stepper_destroy(s, NULL);
}

static void test_a_store_over_others_is_counted(void **state)
{
    struct stepper *s = start("counter", "thread-per-socket", 2, 2);
    const struct step *log;
    uint64_t counter;
    size_t n;

    (void)state;
    assert_int_equal(stepper_grant(s, 0, 0, NULL), -EINVAL);
    stepper_grant(s, 0, 1, NULL);
    assert_true(stepper_task(s, 0).loaded);
    assert_int_equal(stepper_task(s, 0).value, 0);
    stepper_grant(s, 1, 4, NULL);
    assert_int_equal(stepper_counter(s), 2);
    stepper_grant(s, 0, 1, NULL);
    log = stepper_log(s, &n);
    assert_int_equal(log[n - 1].erased, 2);
    assert_int_equal(log[n - 1].counter, 1);
    stepper_grant(s, 0, 2, NULL);
    assert_true(stepper_over(s));
    assert_int_equal(stepper_destroy(s, &counter), 0);
    assert_int_equal(counter, 2);
}

/* The text's schedule; why it was refused, or "". */
static uint64_t play(const char *model, const char *text, char why[256])
{
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    struct schedule schedule = {0};
    struct stepper *s;
    uint64_t counter = 0;

    why[0] = '\0';
    if (schedule_read(file, &schedule, why, 256))
        fail_msg("%s", why);
    fclose(file);
    s = start("counter", model, schedule.tasks, schedule.increments);
    stepper_play(s, &schedule, NULL, NULL, why, 256);
    stepper_destroy(s, &counter);
    schedule_finish(&schedule);
    return counter;
}

static void test_a_schedule_leaves_two_of_a_hundred_thousand(void **state)
{
    char why[256];
    uint64_t counter =
        play("thread-per-socket",
             "baton-schedule 1 counter tasks=100 increments=1000\n"
             "1 1\n3-100 *\n2 1998\n1 1\n2 1\n1 *\n2 *\n",
             why);

    (void)state;
    assert_string_equal(why, "");
    assert_int_equal(counter, 2);
}

static void test_a_wrong_schedule_is_refused_with_its_line(void **state)
{
#define HEAD "baton-schedule 1 counter tasks=2 increments=2\n"
    static const struct {
        const char *model, *text, *part;
    } wrong[] = {
        {"thread-per-socket", HEAD "1 *\n1 1\n2 *\n", "line 3: task 1 has fin"},
        {"thread-per-socket", HEAD "1 5\n", "line 2: task 1 was to take 5"},
        {"thread-per-socket", HEAD "1 *\n2 3\n", "task 2 for one"},
        {"locked", HEAD "1 1\n\n2 1\n2 1\n", "line 5: task 2 waits for the lo"},
        {"locked", HEAD "1 1\n2 *\n", "line 3: task 2 waits for the lo"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char why[256];

        play(wrong[i].model, wrong[i].text, why);
        if (!strstr(why, wrong[i].part))
            fail_msg("\"%s\" is not in \"%s\"", wrong[i].part, why);
    }
}

static void test_tasks_of_one_thread_run_by_turn(void **state)
{
    struct stepper *s;
    char why[256];
    size_t held = 0;

    (void)state;
    if (model_find("libuv")->absent)
        skip();
    s = start("counter", "libuv", 3, 2);
    for (size_t i = 0; i < 3; i++) {
        held += stepper_task(s, i).state == TASK_HELD;
        if (stepper_task(s, i).state == TASK_HELD)
            continue;
        assert_int_equal(stepper_task(s, i).state, TASK_QUEUED);
        stepper_explain(s, i, why, sizeof(why));
        assert_non_null(strstr(why, "hands over"));
    }
    assert_int_equal(held, 1);
    stepper_destroy(s, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_has_the_same_steps),
        cmocka_unit_test(test_what_stores_erase_is_what_is_missing),
        cmocka_unit_test(test_a_waiter_sleeps_until_the_lock_is_free),
        cmocka_unit_test(test_a_store_over_others_is_counted),
        cmocka_unit_test(test_a_schedule_leaves_two_of_a_hundred_thousand),
        cmocka_unit_test(test_a_wrong_schedule_is_refused_with_its_line),
        cmocka_unit_test(test_tasks_of_one_thread_run_by_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
