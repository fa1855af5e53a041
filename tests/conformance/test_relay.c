/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every model hands a token over in its order, and ends all of its runners. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/sample/process_usage.h"
#include "tests/conformance/suite.h"
#include "workloads/relay.h"

static const struct relay_results *results(const struct trial *t)
{
    return t->results;
}

static void open_trial(struct trial *t, uint64_t runners, uint64_t passes)
{
    trial_init(t, "relay", 0);
    trial_set(t, "runners", runners);
    trial_set(t, "passes", passes);
}

static void assert_relayed(const struct trial *t, const struct model *m,
                           uint64_t runners, uint64_t passes)
{
    const struct relay_token *token = &results(t)->token;
    const struct gate *gate = &results(t)->gate;
    struct findings f = trial_judge(t);

    if (token->made != passes || *f.text)
        fail_msg("%s: %" PRIu64 " runners, %" PRIu64 " passes: %s", m->name,
                 runners, passes, f.text);
    assert_int_equal(f.wrong_iterations, 0);
    assert_int_equal(gate->entered, runners);
    assert_int_equal(gate->left, runners);
    assert_int_equal(gate->peak, kit_at_once(m, &kind_relay, runners));
    assert_true(token->begun_ns && token->ended_ns >= token->begun_ns);
    assert_true((f.metrics[RELAY_PASS_NS] > 0) == (passes > 0));
}

static void relay(const struct model *m, uint64_t runners, uint64_t passes,
                  unsigned repeats)
{
    struct trial t;

    open_trial(&t, runners, passes);
    for (unsigned i = 0; i < repeats; i++) {
        int error = trial_run(&t, m);

        if (error)
            fail_msg("%s: %s", m->name, strerror(-error));
        assert_relayed(&t, m, runners, passes);
    }
    trial_finish(&t);
}

static void test_every_runner_has_its_turn(void **state)
{
    static const uint64_t runners[] = {1, 2, 3, 7, 100};
    static const uint64_t passes[] = {0, 1, 2, 99, 1000};
    struct kit_usage before;

    (void)state;
    /* What a library opens once for good, it opens here. */
    relay(suite_model, 1, 1, 1);
    before = kit_usage();
    for (size_t i = 0; i < COUNT(runners); i++)
        for (size_t j = 0; j < COUNT(passes); j++)
            relay(suite_model, runners[i], passes[j], 1);
    kit_assert_holds(&before, suite_model->name);
}

static void test_a_relay_can_be_repeated_often(void **state)
{
    (void)state;
    relay(suite_model, 7, 50, 200);
}

/* The look at the process, which the last runner to come triggers. */
static void test_all_threads_are_there_when_the_runners_are(void **state)
{
    struct relay_results *r;
    struct trial t;

    (void)state;
    if (suite_model->counting.unit < UNIT_THREAD)
        suite_leave_out("it has no threads or processes of its own");
    open_trial(&t, 10, 1000);
    trial_aim(&t);
    r = t.results;
    assert_int_equal(usage_share_peak(), 0);
    r->gate.sample_peak = usage_sample_peak;
    assert_int_equal(kit_run(suite_model, &kind_relay, t.work.job), 0);
    assert_true(usage_peak->threads >=
                1 + kit_at_once(suite_model, &kind_counting, 10));
    trial_finish(&t);
}

static void test_a_relay_without_runners_ends(void **state)
{
    struct trial t;

    (void)state;
    open_trial(&t, 1, 10);
    trial_aim(&t);
    ((struct relay *)t.work.job)->runners = 0;
    assert_int_equal(kit_run(suite_model, &kind_relay, t.work.job), 0);
    ((struct relay *)t.work.job)->runners = 1;
    trial_finish(&t);
}

/* A trace looks at every carry, and the relay is the same. */
static void test_a_traced_relay_has_a_turn_for_each_pass(void **state)
{
    enum { EVENTS = 4096, PASSES = 100 };
    size_t size = sizeof(struct trace) + EVENTS * sizeof(struct trace_event);
    struct trace *trace = kit_shared(size);
    size_t turns = 0, all = suite_model->relay.unit < UNIT_THREAD ? 0 : 7;
    struct trial t;

    (void)state;
    if (suite_model->counting.unit == UNIT_PROCESS)
        suite_leave_out("its processes are traced by the harness");
    trace->capacity = EVENTS;
    open_trial(&t, 7, PASSES);
    trial_aim(&t);
    t.work.trace = trace;
    assert_int_equal(trial_run(&t, suite_model), 0);
    assert_relayed(&t, suite_model, 7, PASSES);
    for (uint64_t i = 0; i < trace->n; i++)
        turns += trace->events[i].what == TRACE_TURN;
    /* A thread has one when it comes through the gate, too. */
    assert_int_equal(turns, all + PASSES + 1);
    trial_finish(&t);
    kit_free(trace, size);
}

/* A model that cannot start all of its threads. */

static int leave_little_room(void)
{
    const struct rlimit limit = {30, 30};
    uid_t uid = 55000 + (uid_t)suite_place;

    return setrlimit(RLIMIT_NPROC, &limit) || setresuid(uid, uid, uid);
}

enum { CANNOT = 77, PLENTY = 500 };

static int give_up_relaying(const void *context)
{
    const struct model *m = context;
    struct kit_usage before = kit_usage();
    struct trial t;

    if (leave_little_room())
        return CANNOT;
    open_trial(&t, PLENTY, 1000);
    for (int i = 0; i < 3; i++) {
        const struct gate *gate;

        KIT_CHECK(trial_run(&t, m) == -EAGAIN);
        gate = ((struct relay *)t.work.job)->gate;
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
    int rc;

    (void)state;
    if (suite_model->relay.unit < UNIT_THREAD)
        suite_leave_out("it starts no thread for each runner");
    if (suite_model->relay.at_once == AT_ONCE_WORKERS)
        suite_leave_out("its workers are few");
    if (getuid() != 0)
        suite_leave_out("only root can be a user with nothing else running");
    rc = kit_in_child(give_up_relaying, suite_model, 30);
    if (rc == CANNOT)
        skip();
    if (rc)
        fail_msg("%s: the child ended with %d", suite_model->name, rc);
}

/* Kills one of this process's children, once the token goes round. */
static void *kill_a_runner(void *context)
{
    const struct relay_token *token = context;
    char path[64];
    FILE *file;
    pid_t pid = 0;

    while (token->made < 100)
        usleep(1000);
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    file = fopen(path, "r");
    if (file && fscanf(file, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    if (file)
        fclose(file);
    return NULL;
}

static void test_a_killed_runner_is_not_waited_for(void **state)
{
    struct kit_usage before;
    pthread_t killer;
    struct trial t;

    (void)state;
    if (suite_model->counting.unit != UNIT_PROCESS)
        suite_leave_out("it has no processes that could be killed");
    open_trial(&t, 10, UINT64_C(1000000000000));
    before = kit_usage();
    trial_aim(&t);
    pthread_create(&killer, NULL, kill_a_runner,
                   ((struct relay *)t.work.job)->token);
    assert_int_equal(kit_run(suite_model, &kind_relay, t.work.job), -ECHILD);
    pthread_join(killer, NULL);
    assert_true(results(&t)->token.made >= 100);
    kit_assert_holds(&before, suite_model->name);
    trial_finish(&t);
}

/* The judge, and models that are wrong. */

static void come_and_leave(struct relay *work)
{
    for (size_t i = 0; i < work->runners; i++)
        gate_enter(work->gate, i);
    for (size_t i = 0; i < work->runners; i++)
        gate_leave(work->gate, i);
}

static int end_early(struct relay *work)
{
    come_and_leave(work);
    relay_carry(work, relay_carry(work, 0));
    return 0;
}

static int use_two_tokens(struct relay *work)
{
    size_t a = 0, b = 1;

    come_and_leave(work);
    while (a != SIZE_MAX && b != SIZE_MAX) {
        a = relay_carry(work, a);
        b = relay_carry(work, b);
    }
    return 0;
}

static int carry_twice(struct relay *work)
{
    size_t runner = 0;

    come_and_leave(work);
    while (runner != SIZE_MAX) {
        relay_carry(work, runner);
        runner = relay_carry(work, runner);
    }
    return 0;
}

static int leave_one_out(struct relay *work)
{
    size_t runner = 0;

    come_and_leave(work);
    while (runner != SIZE_MAX)
        runner = relay_carry(work, runner == 2 ? 3 : runner);
    return 0;
}

static int forget_a_runner(struct relay *work)
{
    size_t runner = 0;

    while (runner != SIZE_MAX)
        runner = relay_carry(work, runner);
    come_and_leave(
        &(struct relay){.runners = work->runners - 1, .gate = work->gate});
    return 0;
}

static void test_a_wrong_relay_is_found(void **state)
{
    static const struct {
        int (*run)(struct relay *work);
        const char *text;
    } wrong[] = {
        {end_early, "passes made 2, should be 100"},
        {use_two_tokens, "at pass 3 runner 1 carried the token, and it was the "
                         "turn of runner 2"},
        {carry_twice, "at pass 2 runner 0 carried the token, and it was the "
                      "turn of runner 1"},
        {leave_one_out, "at pass 3 runner 3 carried the token, and it was the "
                        "turn of runner 2"},
        {forget_a_runner, "3 runners came and 3 left, should be 4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct relay_ability own = {.run = wrong[i].run};
        struct findings f;
        struct trial t;

        open_trial(&t, 4, 100);
        trial_aim(&t);
        assert_int_equal(kind_relay.run(&own, t.work.job), 0);
        f = trial_judge(&t);
        assert_int_equal(f.broken_iterations, 1);
        assert_string_equal(f.text, wrong[i].text);
        trial_finish(&t);
    }
}

static void test_a_broken_relay_is_over_for_all(void **state)
{
    struct relay *work;
    struct trial t;

    (void)state;
    open_trial(&t, 3, 100);
    trial_aim(&t);
    work = t.work.job;
    assert_int_equal(relay_carry(work, 0), 1);
    assert_int_equal(relay_carry(work, 1), 2);
    relay_break(work);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(relay_carry(work, i), SIZE_MAX);
    assert_int_equal(trial_judge(&t).broken_iterations, 1);
    trial_finish(&t);
}

int suite_relay(int argc, char *argv[])
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_runner_has_its_turn),
        cmocka_unit_test(test_a_relay_can_be_repeated_often),
        cmocka_unit_test(test_all_threads_are_there_when_the_runners_are),
        cmocka_unit_test(test_a_relay_without_runners_ends),
        cmocka_unit_test(test_a_traced_relay_has_a_turn_for_each_pass),
        cmocka_unit_test(test_a_model_without_enough_threads_gives_up),
        cmocka_unit_test(test_a_killed_runner_is_not_waited_for),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_a_wrong_relay_is_found),
        cmocka_unit_test(test_a_broken_relay_is_over_for_all),
    };
    const struct suite suite = {
        .name = "relay",
        .kind = &kind_relay,
        .computes = true,
        .each = each,
        .n_each = COUNT(each),
        .once = once,
        .n_once = COUNT(once),
    };

    (void)argc;
    (void)argv;
    return suite_run(&suite);
}
