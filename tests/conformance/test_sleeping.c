/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every model that sleeps wakes each task, at its time or later. */
#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/sleepers.h"

struct parameters {
    uint64_t tasks, sleep_ms, spread_ms, waits;
};

static struct sleep_results *results(const struct trial *t)
{
    return t->results;
}

static struct sleeping *job(const struct trial *t)
{
    return t->work.job;
}

static void open_trial(struct trial *t, const struct parameters *p)
{
    trial_init(t, "sleepers", 0);
    trial_set(t, "tasks", p->tasks);
    trial_set(t, "sleep-ms", p->sleep_ms);
    trial_set(t, "spread-ms", p->spread_ms);
    trial_set(t, "waits", p->waits);
}

static uint64_t wakes(const struct sleep_results *r)
{
    uint64_t n = 0;

    for (size_t i = 0; i < COUNT(r->counts); i++)
        n += r->counts[i];
    return n;
}

/* How long all of it took, as far as the last deadline tells. */
static uint64_t sleep_all(const struct model *m, const struct parameters *p)
{
    uint64_t took_ns;
    struct trial t;
    int error;

    open_trial(&t, p);
    error = trial_run(&t, m);
    if (error)
        fail_msg("%s: %s", m->name, strerror(-error));
    trial_assert_right(&t, m->name);
    assert_int_equal(wakes(results(&t)), p->tasks * p->waits);
    assert_int_equal(results(&t)->gate.peak,
                     kit_at_once(m, &kind_sleeping, p->tasks));
    took_ns = results(&t)->gate.left_ns - results(&t)->gate.opened_ns;
    trial_finish(&t);
    return took_ns;
}

static void test_every_model_wakes_each_task_in_time(void **state)
{
    static const uint64_t tasks[] = {1, 2, 7, 100}, spread_ms[] = {0, 3};
    const struct model *m = suite_model;
    struct kit_usage before;

    (void)state;
    /* What a library opens once for good, it opens here. */
    sleep_all(m, &(struct parameters){1, 1, 0, 1});
    before = kit_usage();
    for (size_t i = 0; i < COUNT(tasks); i++)
        for (size_t j = 0; j < COUNT(spread_ms); j++)
            for (uint64_t waits = 1; waits < 4; waits += 2)
                sleep_all(
                    m, &(struct parameters){tasks[i], 2, spread_ms[j], waits});
    kit_assert_holds(&before, m->name);
}

static void test_waits_of_a_task_follow_each_other(void **state)
{
    const struct model *m = suite_model;

    (void)state;
    if (m->sleeping.in_memory)
        suite_leave_out("its time is simulated");
    assert_true(sleep_all(m, &(struct parameters){3, 20, 0, 3}) >=
                60 * NS_PER_MS);
}

static void test_tasks_sleep_at_once_as_far_as_the_model_can(void **state)
{
    const struct model *m = suite_model;
    uint64_t tasks = 40, waves = tasks / kit_at_once(m, &kind_sleeping, tasks);
    uint64_t took_ns;

    (void)state;
    if (m->sleeping.in_memory)
        suite_leave_out("its time is simulated");
    took_ns = sleep_all(m, &(struct parameters){tasks, 50, 0, 1});
    assert_true(took_ns >= waves * 50 * NS_PER_MS);
    /* With room for a busy machine; one after another they take 2 s. */
    if (waves == 1)
        assert_true(took_ns < 1500 * NS_PER_MS);
}

static void test_a_deadline_may_have_passed(void **state)
{
    (void)state;
    sleep_all(suite_model, &(struct parameters){1, 0, 0, 1});
    sleep_all(suite_model, &(struct parameters){100, 0, 0, 3});
    /* Some of them have, some have not. */
    sleep_all(suite_model, &(struct parameters){100, 0, 2, 3});
}

static void test_there_may_be_no_task(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, &(struct parameters){1, 1, 0, 1});
    trial_aim(&t);
    job(&t)->tasks = 0;
    job(&t)->gate->expected = 0;
    assert_int_equal(kit_run(suite_model, &kind_sleeping, job(&t)), 0);
    assert_int_equal(wakes(results(&t)), 0);
    assert_int_equal(job(&t)->gate->entered, 0);
    job(&t)->tasks = 1;
    trial_finish(&t);
}

static void test_a_run_can_be_repeated_often(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        sleep_all(suite_model, &(struct parameters){7, 1, 1, 2});
}

/* Room for some thirty more threads, of the 500 that will be asked for. */
static int leave_little_room(void)
{
    const struct rlimit limit = {30, 30};
    /* A user of this model alone, with no other process. */
    uid_t uid = 55000 + (uid_t)suite_place;

    return setrlimit(RLIMIT_NPROC, &limit) || setresuid(uid, uid, uid);
}

enum { CANNOT = 77, PLENTY = 500 };

static int give_up_sleeping(const void *context)
{
    const struct model *m = context;
    struct kit_usage before = kit_usage();
    struct trial t;

    if (leave_little_room())
        return CANNOT;
    open_trial(&t, &(struct parameters){PLENTY, 10, 0, 1});
    KIT_CHECK(trial_run(&t, m) == -EAGAIN);
    KIT_CHECK(results(&t)->gate.entered < PLENTY);
    KIT_CHECK(trial_judge(&t).broken_iterations == 1);
    KIT_CHECK(kit_holds(&before));
    trial_finish(&t);
    return 0;
}

static void test_a_model_without_enough_threads_gives_up(void **state)
{
    const struct model *m = suite_model;
    int rc;

    (void)state;
    if (m->sleeping.unit < UNIT_THREAD)
        suite_leave_out("it starts no threads");
    if (m->sleeping.at_once == AT_ONCE_WORKERS)
        suite_leave_out("its workers are few");
    if (getuid() != 0)
        suite_leave_out("only root can be a user with nothing else running");
    rc = kit_in_child(give_up_sleeping, m, 30);
    if (rc == CANNOT)
        skip();
    if (rc)
        fail_msg("%s: the child ended with %d", m->name, rc);
}

/* Models that are wrong, and the judge. */

/* 0: right; else what it does wrong at its last task. */
enum fault { NONE, EARLY, NEVER, TWICE, UNBEGUN, STAYS };
static enum fault fault;

static void wait_for(uint64_t until_ns)
{
    while (clock_ns() < until_ns) {
    }
}

static int sleep_wrongly(struct sleeping *work)
{
    for (size_t task = 0; task < work->tasks; task++) {
        bool last = task + 1 == work->tasks;
        enum fault is = last ? fault : NONE;
        uint64_t until_ns;

        gate_enter(work->gate, task);
        until_ns = is == UNBEGUN ? 0 : sleeper_begin(work, task);
        if (is != EARLY)
            wait_for(until_ns);
        if (is != NEVER)
            assert_int_equal(sleeper_woke(work, task), 0);
        if (is == TWICE)
            assert_int_equal(sleeper_woke(work, task), 0);
        if (is != STAYS)
            gate_leave(work->gate, task);
    }
    return 0;
}

static const struct model wrong = {
    .name = "wrong",
    .sleeping = {.run = sleep_wrongly, .at_once = AT_ONCE_ONE},
};

static struct findings findings_with(enum fault with)
{
    struct findings f;
    struct trial t;

    fault = with;
    open_trial(&t, &(struct parameters){3, 1, 0, 1});
    /* The second run finds what the first one left. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(trial_run(&t, &wrong), 0);
        f = trial_judge(&t);
        assert_int_equal(f.wrong_iterations, with != NONE);
        assert_int_equal(f.broken_iterations, with != NONE);
    }
    trial_finish(&t);
    return f;
}

static void test_a_task_that_wakes_early_is_a_defect(void **state)
{
    struct findings f = findings_with(EARLY);

    (void)state;
    assert_non_null(strstr(f.text, "1 of 3 wakes came before their deadline"));
}

static void test_a_task_that_never_wakes_is_a_defect(void **state)
{
    (void)state;
    assert_string_equal(findings_with(NEVER).text, "2 wakes, should be 3");
}

static void test_a_task_that_wakes_twice_is_a_defect(void **state)
{
    (void)state;
    assert_string_equal(findings_with(TWICE).text,
                        "1 wakes of tasks that did not sleep");
}

static void test_a_wake_without_a_deadline_is_a_defect(void **state)
{
    (void)state;
    assert_string_equal(findings_with(UNBEGUN).text,
                        "1 wakes of tasks that did not sleep");
}

static void test_a_task_that_does_not_leave_is_a_defect(void **state)
{
    (void)state;
    assert_string_equal(findings_with(STAYS).text,
                        "3 tasks came and 2 left, should be 3");
}

static void test_a_model_without_a_fault_is_right(void **state)
{
    (void)state;
    assert_string_equal(findings_with(NONE).text, "");
}

int suite_sleeping(int argc, char *argv[])
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_model_wakes_each_task_in_time),
        cmocka_unit_test(test_waits_of_a_task_follow_each_other),
        cmocka_unit_test(test_tasks_sleep_at_once_as_far_as_the_model_can),
        cmocka_unit_test(test_a_deadline_may_have_passed),
        cmocka_unit_test(test_there_may_be_no_task),
        cmocka_unit_test(test_a_run_can_be_repeated_often),
        cmocka_unit_test(test_a_model_without_enough_threads_gives_up),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_a_task_that_wakes_early_is_a_defect),
        cmocka_unit_test(test_a_task_that_never_wakes_is_a_defect),
        cmocka_unit_test(test_a_task_that_wakes_twice_is_a_defect),
        cmocka_unit_test(test_a_wake_without_a_deadline_is_a_defect),
        cmocka_unit_test(test_a_task_that_does_not_leave_is_a_defect),
        cmocka_unit_test(test_a_model_without_a_fault_is_right),
    };
    const struct suite suite = {
        .name = "sleeping",
        .kind = &kind_sleeping,
        .each = each,
        .n_each = COUNT(each),
        .once = once,
        .n_once = COUNT(once),
    };

    (void)argc;
    (void)argv;
    return suite_run(&suite);
}
