/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every model that counts keeps its promise, task by task and turn by turn. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/results/names.h"
#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/count.h"

struct parameters {
    uint64_t tasks, increments, per_turn;
    bool split;
    uint64_t hold, think, reads;
};

/* Of each model that promises to be exact. */
static unsigned exact_runs = 10;

static const struct count_results *results(const struct trial *t)
{
    return t->results;
}

static void open_trial(struct trial *t, const struct parameters *p)
{
    trial_init(t, p->split ? "counter-split" : "counter", 0);
    trial_set(t, "tasks", p->tasks);
    trial_set(t, "increments", p->increments);
    trial_set(t, "per-turn", p->per_turn);
    trial_set(t, "hold", p->hold);
    trial_set(t, "think", p->think);
    trial_set(t, "reads", p->reads);
}

/* So many tasks, or as many as the model can have. */
static uint64_t tasks_of(const struct model *m, uint64_t tasks)
{
    size_t most = m->counting.most_tasks;

    return most && most < tasks ? most : tasks;
}

/*
 * Threads can end at 2, however many they are: each stores once what it loaded
 * at the very beginning, the last one to do so a 2.  (A puzzle of Ben-Ari's.)
 */
static uint64_t least(const struct parameters *p)
{
    return p->tasks == 1 || p->increments < 2 ? p->increments : 2;
}

static void assert_count(const struct trial *t, const struct model *m,
                         const struct parameters *p)
{
    enum promise promise = p->split ? m->counting.split : m->counting.plain;
    uint64_t is = results(t)->counter, all = p->tasks * p->increments;
    const struct gate *gate = &results(t)->gate;
    struct findings f = trial_judge(t);

    if (gate->entered != p->tasks || gate->left != p->tasks)
        fail_msg("%s: %" PRIu32 " tasks reached the gate and %" PRIu32
                 " left it, should be %" PRIu64 "; counter %" PRIu64
                 ", should be %" PRIu64,
                 m->name, gate->entered, gate->left, p->tasks, is, all);
    if (is > all || is < least(p) || (promise == PROMISE_EXACT && is != all))
        fail_msg("%s%s: %" PRIu64 " tasks x %" PRIu64 ", %" PRIu64
                 " per turn: counter %" PRIu64 ", should be %" PRIu64,
                 m->name, p->split ? " (split)" : "", p->tasks, p->increments,
                 p->per_turn, is, all);
    if (gate->peak != kit_at_once(m, &kind_counting, p->tasks))
        fail_msg("%s: %" PRIu32 " tasks were inside the gate at once, should "
                 "be %zu (its .at_once)",
                 m->name, gate->peak, kit_at_once(m, &kind_counting, p->tasks));
    assert_true(gate->opened_ns > 0 && gate->left_ns >= gate->opened_ns);
    assert_int_equal(f.lost_updates, all - is);
    assert_int_equal(f.wrong_iterations, is != all);
    assert_int_equal(f.broken_iterations, 0);
}

static void count(const struct model *m, const struct parameters *asked,
                  unsigned repeats)
{
    struct parameters own = *asked, *p = &own;
    struct trial t;

    own.tasks = tasks_of(m, asked->tasks);
    open_trial(&t, p);
    for (unsigned i = 0; i < repeats; i++) {
        int error = trial_run(&t, m);

        if (error)
            fail_msg("%s: %s", m->name, strerror(-error));
        assert_count(&t, m, p);
    }
    trial_finish(&t);
}

static void test_every_model_keeps_its_promise(void **state)
{
    static const uint64_t tasks[] = {1, 2, 7, 100};
    static const uint64_t increments[] = {1, 1000};
    static const uint64_t turns[] = {0, 1, 3, 1000};
    const struct model *m = suite_model;

    struct kit_usage before;

    (void)state;
    /* What a library opens once for good, it opens here. */
    count(m, &(struct parameters){1, 1, 0, false}, 1);
    before = kit_usage();
    for (size_t i = 0; i < COUNT(tasks); i++)
        for (size_t j = 0; j < COUNT(increments); j++)
            for (size_t k = 0; k < COUNT(turns); k++)
                for (int split = 0; split < 2; split++)
                    count(m,
                          &(struct parameters){tasks[i], increments[j],
                                               turns[k], split},
                          1);
    kit_assert_holds(&before, m->name);
}

/* After few runs: those that leave threads soon cannot start any. */
static void test_a_run_leaves_nothing_open(void **state)
{
    const struct parameters p = {4, 10, 0, false};
    struct kit_usage before;

    (void)state;
    count(suite_model, &p, 1);
    before = kit_usage();
    count(suite_model, &p, 3);
    kit_assert_holds(&before, suite_model->name);
}

static void test_there_may_be_no_task(void **state)
{
    struct counting *work;
    struct trial t;

    (void)state;
    open_trial(&t, &(struct parameters){1, 10, 0, false});
    trial_aim(&t);
    work = t.work.job;
    work->tasks = 0;
    work->gate->expected = 0;
    assert_int_equal(kit_run(suite_model, &kind_counting, work), 0);
    assert_int_equal(results(&t)->counter, 0);
    assert_int_equal(work->gate->entered, 0);
    work->tasks = 1;
    trial_finish(&t);
}

static void test_a_run_can_be_repeated_often(void **state)
{
    const struct model *m = suite_model;

    (void)state;
    count(m, &(struct parameters){7, 10, 0, false}, 200);
    count(m, &(struct parameters){7, 10, 3, true}, 200);
}

/* Long enough for the tasks to meet: few of those that are shorter do. */
static void test_an_exact_model_is_exact_each_time(void **state)
{
    const struct counting_ability *a = &suite_model->counting;

    (void)state;
    if (a->plain != PROMISE_EXACT)
        suite_leave_out("it may lose updates");
    count(suite_model, &(struct parameters){8, 5000, 0, false}, exact_runs);
    if (a->split == PROMISE_EXACT)
        count(suite_model, &(struct parameters){8, 100, 0, true}, exact_runs);
}

static void test_what_an_increment_does_besides_changes_no_promise(void **state)
{
    static const uint64_t turns[] = {0, 1, 3};

    (void)state;
    for (size_t i = 0; i < COUNT(turns); i++)
        for (int split = 0; split < 2; split++) {
            struct parameters p = {7, 30, turns[i], split, 2000, 1000, 3};

            count(suite_model, &p, 3);
            p.hold = p.think = 0;
            count(suite_model, &p, 3);
        }
}

/* Of the run of one task, which nothing makes shorter. */
static uint64_t shortest_ns(const struct parameters *p)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < 3; i++) {
        struct trial t;
        uint64_t start_ns = clock_ns(), ns;

        open_trial(&t, p);
        assert_int_equal(trial_run(&t, suite_model), 0);
        ns = clock_ns() - start_ns;
        least = ns < least ? ns : least;
        trial_assert_right(&t, suite_model->name);
        trial_finish(&t);
    }
    return least;
}

static void test_hold_think_and_reads_take_their_time(void **state)
{
    enum { N = 100, EACH_NS = 50000 };

    (void)state;
    for (int split = 0; split < 2; split++) {
        struct parameters p = {.tasks = 1, .increments = N, .split = split};

        p.hold = EACH_NS;
        assert_true(shortest_ns(&p) >= N * EACH_NS);
        p.reads = 2; /* each of them holds as long */
        assert_true(shortest_ns(&p) >= N * 3 * EACH_NS);
        p.hold = p.reads = 0;
        p.think = EACH_NS;
        assert_true(shortest_ns(&p) >= N * EACH_NS);
    }
}

/* In ten runs. */
static uint64_t lost(const struct parameters *p)
{
    uint64_t sum = 0;
    struct trial t;

    open_trial(&t, p);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(trial_run(&t, suite_model), 0);
        sum += trial_judge(&t).lost_updates;
    }
    trial_finish(&t);
    return sum;
}

static void test_a_longer_hold_loses_more(void **state)
{
    struct parameters p = {.tasks = 4, .increments = 1000};
    uint64_t before;

    (void)state;
    if (suite_model->counting.plain == PROMISE_EXACT)
        suite_leave_out("it promises to lose none");
    before = lost(&p);
    p.hold = 10000;
    if (lost(&p) <= before)
        fail_msg("%s: %" PRIu64 " updates lost without a hold, no more with",
                 suite_model->name, before);
}

/*
 * How many of the tasks had begun and not ended when the first one finished;
 * those that had not begun have the share 0.
 */
static unsigned tasks_in_progress(const struct trial *t, uint64_t tasks,
                                  unsigned *ret_untouched)
{
    unsigned n = 0;

    *ret_untouched = 0;
    for (uint64_t i = 0; i < tasks; i++) {
        n += results(t)->shares[i] > 1;
        *ret_untouched += results(t)->shares[i] == 1;
    }
    return n;
}

static void test_the_progress_of_each_task_is_recorded(void **state)
{
    const struct parameters p = {tasks_of(suite_model, 4), 200, .per_turn = 10,
                                 .hold = 20000};
    bool one = suite_model->counting.at_once == AT_ONCE_ONE;
    unsigned in_progress = 0, untouched;
    struct trial t;

    (void)state;
    open_trial(&t, &p);
    /* A busy machine may run the tasks one after another for once. */
    for (int i = 0; i < 50 && !in_progress; i++) {
        assert_int_equal(trial_run(&t, suite_model), 0);
        in_progress = tasks_in_progress(&t, p.tasks, &untouched);
        assert_true(in_progress + untouched < p.tasks);
        if (one)
            break;
    }
    if (one)
        assert_int_equal(untouched, p.tasks - 1);
    if (one == (in_progress > 0))
        fail_msg("%s: %u tasks in progress when the first one finished; does "
                 "its loop ask counter_more()?",
                 suite_model->name, in_progress);
    trial_finish(&t);
}

/* One task has nobody to lose an update to. */
static void test_one_task_loses_nothing(void **state)
{
    const struct model *m = suite_model;

    (void)state;
    for (int split = 0; split < 2; split++) {
        struct trial t;

        open_trial(&t, &(struct parameters){1, 5000, 0, split});
        assert_int_equal(trial_run(&t, m), 0);
        trial_assert_right(&t, m->name);
        trial_finish(&t);
    }
}

/* After so many hand-overs, all tasks store the same value. */
static void assert_one_share_is_left(const struct model *m, uint64_t tasks,
                                     unsigned passes)
{
    struct trial t;

    open_trial(&t, &(struct parameters){tasks, 100, 0, true});
    for (unsigned repeat = 0; repeat < 20; repeat++) {
        trial_aim(&t);
        ((struct counting *)t.work.job)->passes = passes;
        assert_int_equal(model_run(m, &kind_counting, t.work.job), 0);
        if (results(&t)->counter != 100)
            fail_msg("%s: %" PRIu64 " tasks, %u passes: counter %" PRIu64,
                     m->name, tasks, passes, results(&t)->counter);
    }
    trial_finish(&t);
}

/* What is lost is not by chance where tasks hand over by themselves. */
static void test_a_cooperative_split_loses_all_but_one_share(void **state)
{
    const struct counting_ability *a = &suite_model->counting;

    (void)state;
    if (a->plain != PROMISE_EXACT || a->split != PROMISE_MAY_LOSE)
        suite_leave_out("its tasks do not interleave in turns");
    for (unsigned passes = 1; passes <= 3; passes++) {
        assert_one_share_is_left(suite_model, 2, passes);
        assert_one_share_is_left(suite_model, 3, passes);
        assert_one_share_is_left(suite_model, 100, passes);
    }
}

/*
 * The race is real: with two CPUs, updates are lost, not only in the split.
 * A machine may be so busy that the threads come one after another for once,
 * so each of them counts for longer than a scheduler's slice.
 */
static void assert_loses(const struct model *m, bool split)
{
    for (int i = 0; i < 50; i++) {
        const struct parameters p = {8, split ? 1000 : 10000000, 0, split};
        struct trial t;
        uint64_t is;

        open_trial(&t, &p);
        assert_int_equal(trial_run(&t, m), 0);
        is = results(&t)->counter;
        trial_finish(&t);
        if (is < p.tasks * p.increments)
            return;
    }
    fail_msg("%s lost nothing in 50 runs", m->name);
}

static void test_a_model_that_may_lose_updates_loses_some(void **state)
{
    cpu_set_t cpus;

    (void)state;
    if (suite_model->counting.plain == PROMISE_EXACT)
        suite_leave_out("it promises to lose none");
    sched_getaffinity(0, sizeof(cpus), &cpus);
    if (CPU_COUNT(&cpus) < 2)
        suite_leave_out("on one CPU a thread is hardly ever interrupted");
    assert_loses(suite_model, false);
}

static void test_a_split_that_may_lose_updates_loses_some(void **state)
{
    (void)state;
    if (suite_model->counting.split == PROMISE_EXACT)
        suite_leave_out("it promises to lose none");
    assert_loses(suite_model, true);
}

/* The counter is not always the first thing in memory, nor always zero. */
static void test_counting_goes_on_from_what_is_there(void **state)
{
    const struct model *m = suite_model;

    struct trial t;

    (void)state;
    if (m->counting.plain != PROMISE_EXACT)
        suite_leave_out("it may lose updates");
    open_trial(&t, &(struct parameters){7, 100, 0, false});
    trial_aim(&t);
    *((struct counting *)t.work.job)->counter = 1000000;
    assert_int_equal(kit_run(m, t.workload->kind, t.work.job), 0);
    assert_int_equal(*((struct counting *)t.work.job)->counter, 1000700);
    trial_finish(&t);
}

/* The judge. */

static void test_the_judge_tells_lost_from_broken(void **state)
{
    struct trial t;
    struct count_results *r;
    struct findings f;

    (void)state;
    open_trial(&t, &(struct parameters){4, 100, 0, false});
    trial_aim(&t);
    r = t.results;
    r->gate.entered = r->gate.left = 4;
    r->counter = 400;
    assert_int_equal(trial_judge(&t).wrong_iterations, 0);

    r->counter = 397;
    f = trial_judge(&t);
    assert_int_equal(f.wrong_iterations, 1);
    assert_int_equal(f.broken_iterations, 0);
    assert_int_equal(f.lost_updates, 3);
    assert_string_equal(f.text, "counter 397, should be 400");

    r->counter = 401; /* no promise allows that */
    f = trial_judge(&t);
    assert_int_equal(f.wrong_iterations, 1);
    assert_int_equal(f.broken_iterations, 1);
    assert_int_equal(f.lost_updates, 0);

    r->counter = 400;
    r->gate.left = 3;
    f = trial_judge(&t);
    assert_int_equal(f.broken_iterations, 1);
    assert_string_equal(f.text, "4 tasks came and 3 left, should be 4");
    trial_finish(&t);
}

static void test_fairness_is_jains_index_of_the_shares(void **state)
{
    static const uint16_t shares[] = {0, 1, 1 + (UINT16_MAX - 1) / 2, 1};
    struct findings f;
    struct trial t;

    (void)state;
    open_trial(&t, &(struct parameters){COUNT(shares), 100, 0, false});
    trial_aim(&t);
    f = trial_judge(&t);
    assert_float_equal(f.metrics[COUNTING_FAIRNESS], 1, 1e-9);
    assert_float_equal(f.metrics[COUNTING_LEAST_SHARE], 1, 1e-9);
    memcpy(((struct count_results *)t.results)->shares, shares, sizeof(shares));
    f = trial_judge(&t);
    /* Of 1, 0, 1/2, 0: (3/2)^2 / (4 * 5/4) */
    assert_float_equal(f.metrics[COUNTING_FAIRNESS], 0.45, 1e-9);
    assert_float_equal(f.metrics[COUNTING_LEAST_SHARE], 0, 1e-9);
    trial_finish(&t);
}

/* A model that cannot start all of its threads. */

/* Room for some thirty more threads, of the 500 that will be asked for. */
static int leave_little_room(void)
{
    const struct rlimit limit = {30, 30};
    /* A user of this model alone, with nobody else to be counted. */
    uid_t uid = 54000 + (uid_t)suite_place;

    return setrlimit(RLIMIT_NPROC, &limit) || setresuid(uid, uid, uid);
}

enum { CANNOT = 77, PLENTY = 500 };

static int give_up_counting(const void *context)
{
    const struct model *m = context;
    struct kit_usage before = kit_usage();
    struct trial t;

    if (leave_little_room())
        return CANNOT;
    open_trial(&t, &(struct parameters){PLENTY, 10, 0, false});
    for (int i = 0; i < 3; i++) {
        struct gate *gate;

        KIT_CHECK(trial_run(&t, m) == -EAGAIN);
        gate = ((struct counting *)t.work.job)->gate;
        KIT_CHECK(gate->entered > 0 && gate->entered < PLENTY);
        KIT_CHECK(gate->left == gate->entered);
        KIT_CHECK(trial_judge(&t).broken_iterations == 1);
    }
    KIT_CHECK(kit_holds(&before));
    trial_finish(&t);
    return 0;
}

static void test_a_model_without_enough_threads_gives_up(void **state)
{
    const struct model *m = suite_model;

    int rc;

    (void)state;
    if (m->counting.unit < UNIT_THREAD)
        suite_leave_out("it starts no threads");
    if (m->counting.at_once == AT_ONCE_WORKERS)
        suite_leave_out("its workers are few");
    if (tasks_of(m, PLENTY) < PLENTY)
        suite_leave_out("it has a limit of its own");
    if (getuid() != 0)
        suite_leave_out("only root can be a user with nothing else running");
    rc = kit_in_child(give_up_counting, m, 30);
    if (rc == CANNOT)
        skip();
    if (rc)
        fail_msg("%s: the child ended with %d", m->name, rc);
}

int suite_counting(int argc, char *argv[])
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_model_keeps_its_promise),
        cmocka_unit_test(test_a_run_leaves_nothing_open),
        cmocka_unit_test(test_there_may_be_no_task),
        cmocka_unit_test(test_a_run_can_be_repeated_often),
        cmocka_unit_test(test_an_exact_model_is_exact_each_time),
        cmocka_unit_test(
            test_what_an_increment_does_besides_changes_no_promise),
        cmocka_unit_test(test_hold_think_and_reads_take_their_time),
        cmocka_unit_test(test_a_longer_hold_loses_more),
        cmocka_unit_test(test_the_progress_of_each_task_is_recorded),
        cmocka_unit_test(test_one_task_loses_nothing),
        cmocka_unit_test(test_a_cooperative_split_loses_all_but_one_share),
        cmocka_unit_test(test_a_model_that_may_lose_updates_loses_some),
        cmocka_unit_test(test_a_split_that_may_lose_updates_loses_some),
        cmocka_unit_test(test_counting_goes_on_from_what_is_there),
        cmocka_unit_test(test_a_model_without_enough_threads_gives_up),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_the_judge_tells_lost_from_broken),
        cmocka_unit_test(test_fairness_is_jains_index_of_the_shares),
    };
    const struct CMUnitTest often[] = {
        cmocka_unit_test(test_an_exact_model_is_exact_each_time),
    };
    struct suite suite = {
        .name = "counting",
        .kind = &kind_counting,
        .computes = true,
        .each = each,
        .n_each = COUNT(each),
        .once = once,
        .n_once = COUNT(once),
    };

    if (argc == 2 && strcmp(argv[1], "often") == 0) {
        exact_runs = 200;
        suite.each = often;
        suite.n_each = COUNT(often);
        suite.n_once = 0;
        suite.in_turn = true;
    }
    return suite_run(&suite);
}
