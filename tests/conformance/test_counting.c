/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every model that counts keeps its promise, task by task and turn by turn. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/sample/belongings.h"
#include "harness/sample/cell.h"
#include "tests/conformance/kit.h"
#include "workloads/clock.h"
#include "workloads/count.h"

struct parameters {
    uint64_t tasks, increments, per_turn;
    bool split;
};

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

    if (is > all || is < least(p) || (promise == PROMISE_EXACT && is != all))
        fail_msg("%s%s: %" PRIu64 " tasks x %" PRIu64 ", %" PRIu64
                 " per turn: counter %" PRIu64,
                 m->name, p->split ? " (split)" : "", p->tasks, p->increments,
                 p->per_turn, is);
    assert_int_equal(gate->entered, p->tasks);
    assert_int_equal(gate->left, p->tasks);
    assert_int_equal(gate->peak,
                     m->counting.at_once == AT_ONCE_ALL ? p->tasks : 1);
    assert_true(gate->opened_ns > 0 && gate->left_ns >= gate->opened_ns);
    assert_int_equal(f.lost_updates, all - is);
    assert_int_equal(f.wrong_iterations, is != all);
    assert_int_equal(f.broken_iterations, 0);
}

static void count(const struct model *m, const struct parameters *p,
                  unsigned repeats)
{
    struct trial t;

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
    const struct model *m;

    (void)state;
    for (size_t at = 0; (m = kit_next(&at, &kind_counting, false));) {
        uint64_t fds, threads;

        /* What a library opens once for good, it opens here. */
        count(m, &(struct parameters){1, 1, 0, false}, 1);
        fds = belongings_fds();
        threads = belongings_threads();
        for (size_t i = 0; i < COUNT(tasks); i++)
            for (size_t j = 0; j < COUNT(increments); j++)
                for (size_t k = 0; k < COUNT(turns); k++)
                    for (int split = 0; split < 2; split++)
                        count(m,
                              &(struct parameters){tasks[i], increments[j],
                                                   turns[k], split},
                              1);
        kit_assert_holds(fds, threads, m->name);
    }
}

static void test_a_run_can_be_repeated_often(void **state)
{
    const struct model *m;

    (void)state;
    for (size_t at = 0; (m = kit_next(&at, &kind_counting, false));) {
        count(m, &(struct parameters){7, 10, 0, false}, 200);
        count(m, &(struct parameters){7, 10, 3, true}, 200);
    }
}

/* One task has nobody to lose an update to. */
static void test_one_task_loses_nothing(void **state)
{
    const struct model *m;

    (void)state;
    for (size_t at = 0; (m = kit_next(&at, &kind_counting, false));)
        for (int split = 0; split < 2; split++) {
            struct trial t;

            open_trial(&t, &(struct parameters){1, 5000, 0, split});
            assert_int_equal(trial_run(&t, m), 0);
            trial_assert_right(&t, m->name);
            trial_finish(&t);
        }
}

/* What is lost is not by chance: each turn, all write the same value. */
static void test_a_cooperative_split_loses_all_but_one_share(void **state)
{
    static const uint64_t tasks[] = {2, 3, 100};
    const struct model *m = model_find("libuv");

    (void)state;
    assert_non_null(m);
    if (m->absent)
        skip();
    for (size_t i = 0; i < COUNT(tasks); i++)
        for (unsigned repeat = 0; repeat < 20; repeat++) {
            struct trial t;

            open_trial(&t, &(struct parameters){tasks[i], 100, 0, true});
            assert_int_equal(trial_run(&t, m), 0);
            assert_int_equal(results(&t)->counter, 100);
            trial_finish(&t);
        }
}

/*
 * The race is real: with two CPUs, updates are lost, not only in the split.
 * A machine may be so busy that the threads come one after another for once.
 */
static void assert_loses(const char *name, bool split)
{
    const struct model *m = model_find(name);
    cpu_set_t cpus;

    assert_non_null(m);
    if (m->absent)
        skip();
    sched_getaffinity(0, sizeof(cpus), &cpus);
    if (CPU_COUNT(&cpus) < 2 && !split) {
        print_message("# one CPU: threads are hardly ever cut in between\n");
        skip();
    }
    for (int i = 0; i < 50; i++) {
        const struct parameters p = {8, split ? 1000 : 200000, 0, split};
        struct trial t;
        uint64_t is;

        open_trial(&t, &p);
        assert_int_equal(trial_run(&t, m), 0);
        is = results(&t)->counter;
        trial_finish(&t);
        if (is < p.tasks * p.increments)
            return;
    }
    fail_msg("%s lost nothing in 50 runs", name);
}

static void test_threads_without_a_lock_lose_updates(void **state)
{
    (void)state;
    assert_loses("thread-per-socket", false);
}

static void test_threads_that_hand_over_in_between_lose_updates(void **state)
{
    (void)state;
    assert_loses("thread-per-socket", true);
}

/* The counter is not always the first thing in memory, nor always zero. */
static void test_counting_goes_on_from_what_is_there(void **state)
{
    const struct model *m;

    (void)state;
    for (size_t at = 0; (m = kit_next(&at, &kind_counting, false));) {
        struct trial t;

        if (m->counting.plain != PROMISE_EXACT)
            continue;
        open_trial(&t, &(struct parameters){7, 100, 0, false});
        trial_aim(&t);
        *((struct counting *)t.work.job)->counter = 1000000;
        assert_int_equal(model_run(m, t.workload->kind, t.work.job), 0);
        assert_int_equal(*((struct counting *)t.work.job)->counter, 1000700);
        trial_finish(&t);
    }
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

/* A model that cannot start all of its threads. */

static bool belongs_to(const char *status_path, unsigned uid, size_t *threads)
{
    FILE *file = fopen(status_path, "re");
    char line[256];
    unsigned owner = uid + 1;

    *threads = 0;
    while (file && fgets(line, sizeof(line), file)) {
        sscanf(line, "Uid: %u", &owner);
        sscanf(line, "Threads: %zu", threads);
    }
    if (file)
        fclose(file);
    return owner == uid;
}

static size_t tasks_of_user(uid_t uid)
{
    DIR *dir = opendir("/proc");
    struct dirent *e;
    size_t n = 0;

    while (dir && (e = readdir(dir))) {
        char path[300];
        size_t threads;

        snprintf(path, sizeof(path), "/proc/%s/status", e->d_name);
        if (belongs_to(path, uid, &threads))
            n += threads;
    }
    if (dir)
        closedir(dir);
    return n;
}

/* Room for some thirty more threads, of the 500 that will be asked for. */
static int leave_little_room(void)
{
    struct rlimit limit = {30, 30};
    uid_t uid = 54321;

    if (getuid() != 0)
        limit.rlim_cur = limit.rlim_max = tasks_of_user(getuid()) + 30;
    if (setrlimit(RLIMIT_NPROC, &limit))
        return -1;
    /* It does not bind root; this user has nobody else to be counted. */
    return getuid() == 0 ? setresuid(uid, uid, uid) : 0;
}

enum { CANNOT = 77, PLENTY = 500 };

static int give_up_counting(const void *context)
{
    const struct model *m = context;
    uint64_t fds = belongings_fds(), threads = belongings_threads();
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
    KIT_CHECK(kit_holds(fds, threads));
    trial_finish(&t);
    return 0;
}

static void test_a_model_without_enough_threads_gives_up(void **state)
{
    const struct model *m;

    (void)state;
    for (size_t at = 0; (m = kit_next(&at, &kind_counting, false));) {
        int rc;

        if (m->counting.unit != UNIT_THREAD)
            continue;
        rc = kit_in_child(give_up_counting, m, 30);
        if (rc == CANNOT)
            skip();
        if (rc)
            fail_msg("%s: the child ended with %d", m->name, rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_keeps_its_promise),
        cmocka_unit_test(test_a_run_can_be_repeated_often),
        cmocka_unit_test(test_one_task_loses_nothing),
        cmocka_unit_test(test_a_cooperative_split_loses_all_but_one_share),
        cmocka_unit_test(test_threads_without_a_lock_lose_updates),
        cmocka_unit_test(test_threads_that_hand_over_in_between_lose_updates),
        cmocka_unit_test(test_counting_goes_on_from_what_is_there),
        cmocka_unit_test(test_the_judge_tells_lost_from_broken),
        cmocka_unit_test(test_a_model_without_enough_threads_gives_up),
    };

    return cmocka_run_group_tests_name("counting", tests, NULL, NULL);
}
