/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is noted in a trace: by many threads at once, by the gate, by the
 * connection layer, by the kernel; with each model that there is.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/sample/cell_protocol.h"
#include "harness/results/traces.h"
#include "harness/sample/cell_protocol.h"
#include "harness/measure/run.h"
#include "harness/sample/switches.h"
#include "workloads/clock.h"
#include "workloads/kinds/gate.h"
#include "workloads/ticks.h"

enum { NOTERS = 8, NOTES = 50000 };

static struct trace *make_trace(uint32_t capacity)
{
    struct trace *t = calloc(1, sizeof(*t) + capacity * sizeof(t->events[0]));

    assert_non_null(t);
    t->capacity = capacity;
    t->overflow_ns = UINT64_MAX;
    return t;
}

/* Many at once. */

static struct trace *shared;
static _Atomic unsigned ready;

static void *note_all(void *data)
{
    uint32_t lane = *(uint32_t *)data;

    ready++;
    while (ready < NOTERS) {
    }
    for (uint32_t i = 0; i < NOTES; i++)
        trace_note(shared, TRACE_TURN, lane, i);
    return NULL;
}

static void note_at_once(uint32_t capacity)
{
    pthread_t threads[NOTERS];
    uint32_t lanes[NOTERS];

    shared = make_trace(capacity);
    ready = 0;
    for (uint32_t i = 0; i < NOTERS; i++) {
        lanes[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, note_all, &lanes[i]),
                         0);
    }
    for (unsigned i = 0; i < NOTERS; i++)
        pthread_join(threads[i], NULL);
}

/* A lane's notes are whole, in their order, by one thread. */
static uint32_t check_noted(uint32_t kept)
{
    static const struct trace_event *last[NOTERS];
    uint32_t noted = 0;

    memset(last, 0, sizeof(last));
    for (uint32_t i = 0; i < kept; i++) {
        const struct trace_event *e = &shared->events[i], *before;

        assert_true(e->lane < NOTERS && e->value < NOTES);
        assert_int_equal(e->what, TRACE_TURN);
        before = last[e->lane];
        assert_true(!before ||
                    (before->value < e->value && before->ns <= e->ns &&
                     before->thread == e->thread));
        last[e->lane] = e;
        noted++;
    }
    for (unsigned i = 0; i < NOTERS; i++)
        for (unsigned j = 0; j < i; j++)
            if (last[i] && last[j])
                assert_int_not_equal(last[i]->thread, last[j]->thread);
    return noted;
}

static void test_many_threads_lose_no_event_and_double_none(void **state)
{
    (void)state;
    note_at_once(NOTERS * NOTES);
    assert_int_equal(shared->n, NOTERS * NOTES);
    assert_int_equal(check_noted(NOTERS * NOTES), NOTERS * NOTES);
    free(shared);
}

static void test_what_has_no_room_is_counted(void **state)
{
    struct trace_event none = {0};
    uint64_t before_ns = clock_ns(), after_ns;

    (void)state;
    note_at_once(NOTERS * NOTES);
    assert_true(shared->overflow_ns == UINT64_MAX);
    free(shared);
    note_at_once(2 * NOTES);
    after_ns = clock_ns();
    assert_in_range(shared->overflow_ns, before_ns, after_ns);
    /* The end of the room is its end. */
    shared->capacity--;
    shared->events[shared->capacity] = none;
    trace_note(shared, TRACE_TURN, 0, 0);
    assert_memory_equal(&shared->events[shared->capacity], &none, sizeof(none));
    assert_int_equal(shared->n, NOTERS * NOTES + 1);
    /* Of those without room it was not the first. */
    assert_true(shared->overflow_ns < after_ns);
    check_noted(shared->capacity);
    free(shared);
}

static void test_no_count_wraps_around_to_the_first_slots(void **state)
{
    struct trace *t = make_trace(4);

    (void)state;
    t->n = UINT32_MAX;
    trace_note(t, TRACE_TURN, 9, 9);
    trace_note(t, TRACE_TURN, 9, 9);
    assert_int_equal(t->n, (uint64_t)UINT32_MAX + 2);
    assert_int_equal(t->events[0].value, 0);
    free(t);
}

static void test_a_note_says_when_who_and_what(void **state)
{
    struct trace *t = make_trace(2);
    uint64_t before = clock_ns();

    (void)state;
    trace_note(t, TRACE_RECEIVED, 3, (uint64_t)UINT32_MAX + 7);
    assert_int_equal(t->n, 1);
    assert_in_range(t->events[0].ns, before, clock_ns());
    assert_int_equal(t->events[0].thread, gettid());
    assert_int_equal(t->events[0].lane, 3);
    assert_int_equal(t->events[0].what, TRACE_RECEIVED);
    assert_int_equal(t->events[0].value, UINT32_MAX);
    free(t);
}

/* Each child has one thread, and an id that its parent did not have. */
static void test_children_write_to_the_trace_of_their_parent(void **state)
{
    enum { CHILDREN = 4, EACH = 3000000, ROOM = 100000 };
    size_t size = sizeof(*shared) + ROOM * sizeof(shared->events[0]);
    uint32_t threads[CHILDREN] = {0};
    int gate[2];

    (void)state;
    shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    shared->capacity = ROOM;
    assert_int_equal(trace_over_fork(), 0);
    trace_note(shared, TRACE_TURN, CHILDREN, 0);
    /* Together, or each might be done before the next one begins. */
    assert_int_equal(pipe(gate), 0);
    for (uint32_t lane = 0; lane < CHILDREN; lane++)
        if (fork() == 0) {
            char end;

            close(gate[1]);
            if (read(gate[0], &end, 1) != 0)
                _exit(1);
            for (uint32_t i = 0; i < EACH; i++)
                trace_note(shared, TRACE_TURN, lane, i);
            _exit(0);
        }
    close(gate[1]);
    for (int i = 0; i < CHILDREN; i++)
        wait(NULL);
    close(gate[0]);
    assert_int_equal(shared->n, CHILDREN * EACH + 1);
    assert_int_equal(shared->events[0].thread, gettid());
    for (uint32_t i = 1; i < ROOM; i++) {
        const struct trace_event *e = &shared->events[i];

        assert_true(e->lane < CHILDREN && e->thread);
        assert_int_not_equal(e->thread, gettid());
        assert_true(!threads[e->lane] || threads[e->lane] == e->thread);
        threads[e->lane] = e->thread;
    }
    for (unsigned i = 0; i < CHILDREN; i++)
        for (unsigned j = 0; j < i; j++)
            assert_true(!threads[i] || threads[i] != threads[j]);
    munmap(shared, size);
}

/* Ticks become the time at which they were counted. */
static void test_ticks_are_settled_into_nanoseconds(void **state)
{
    struct trace *t = make_trace(3);
    struct moment begin = moment_now(), end;
    uint64_t told[4];

    (void)state;
    t->begin_ns = begin.ns;
    t->begin_ticks = begin.ticks;
    for (int i = 0; i < 4; i++) {
        usleep(3000);
        told[i] = clock_ns();
        trace_note(t, TRACE_TURN, 0, 0);
    }
    end = moment_now();
    trace_settle(t, &end);
    for (int i = 0; i < 3; i++)
        assert_in_range(t->events[i].ns, told[i] - 100000, end.ns);
    for (int i = 0; i < 2; i++) /* a line, so a stretch is a stretch */
        assert_in_range(t->events[i + 1].ns - t->events[i].ns, 2900000,
                        end.ns - begin.ns);
    assert_in_range(t->overflow_ns, told[3] - 100000, end.ns);
    assert_int_equal(t->begin_ticks, 0);
    told[0] = t->events[0].ns;
    trace_settle(t, &end); /* once is enough */
    assert_true(t->events[0].ns == told[0]);
    free(t);
}

/* The gate. */

static void assert_noted(const struct trace *t, const char *words)
{
    char text[512] = "";

    for (uint32_t i = 0; i < t->n; i++) {
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%s%s %u", i ? ", " : "",
                 trace_what_name(t->events[i].what), t->events[i].lane);
    }
    assert_string_equal(text, words);
}

static void test_the_gate_of_one_thread_notes_turns(void **state)
{
    struct trace *t = make_trace(16);
    struct gate gate = {.expected = 2, .trace = t};

    (void)state;
    gate_enter(&gate, 0);
    gate_enter(&gate, 1);
    gate_turn(&gate, 0);
    gate_turn(&gate, 1);
    gate_leave(&gate, 1);
    gate_leave(&gate, 0);
    assert_noted(t, "start 0, start 1, turn 0, turn 1, done 1, done 0");
    free(t);
}

static void test_the_gate_of_threads_notes_the_wait_at_it(void **state)
{
    struct trace *t = make_trace(16);
    struct gate gate = {.expected = 1, .trace = t};

    (void)state;
    gate_wait(&gate, 7);
    gate_leave(&gate, 7);
    assert_noted(t, "start 7, wait 7, turn 7, done 7");
    free(t);
}

static void test_without_a_trace_a_gate_notes_nothing(void **state)
{
    struct gate gate = {.expected = 1};

    (void)state;
    gate_enter(&gate, 0);
    gate_turn(&gate, 0);
    gate_leave(&gate, 0);
    gate = (struct gate){.expected = 1};
    gate_wait(&gate, 0);
    gate_leave(&gate, 0);
    assert_int_equal(gate.left, 1);
}

/* Whole samples, in processes of their own: main() is their program too. */

struct taken {
    struct traces traces;
    struct sample sample;
};

static int on_sample(void *context, const struct sample *sample)
{
    (void)context;
    (void)sample;
    return 0;
}

static int on_trace(void *context, const struct sample *sample,
                    const struct trace *trace)
{
    struct taken *taken = context;

    taken->sample = *sample;
    return traces_add(&taken->traces, sample, trace);
}

static struct taken take(const char *workload, const struct model *m,
                         const char *parameters)
{
    const struct workload *w = workload_find(workload);
    struct setup setup = {.seed = 5};
    struct plan plan = {0}, traced = {0};
    struct taken taken = {0};
    struct run run = {.plan = &plan,
                      .traced = &traced,
                      .on_sample = on_sample,
                      .on_trace = on_trace,
                      .context = &taken};

    assert_non_null(w);
    assert_int_equal(cell_values(w, parameters, setup.values), 0);
    assert_true(plan_add(&traced, w, m, &setup) >= 0);
    if (run_cells(&run))
        fail_msg("%s/%s: %s", workload, m->name, run.why);
    assert_int_equal(taken.traces.n, 1);
    if (taken.sample.status != STATUS_OK && taken.sample.status != STATUS_WRONG)
        fail_msg("%s/%s: %s", workload, m->name, taken.sample.text);
    plan_finish(&traced);
    return taken;
}

static bool can(const struct model *m, const struct kind *kind)
{
    return !model_gap(m, kind) && (!m->probe || m->probe() == 0);
}

/* The events of a lane in words: "start wait turn done". */
static void lane_words(const struct traced *t, uint32_t lane, char *out,
                       size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < t->n; i++) {
        size_t len = strlen(out);

        if (t->events[i].lane == lane)
            snprintf(out + len, size - len, "%s%s", len ? " " : "",
                     trace_what_name(t->events[i].what));
    }
}

static uint32_t count_lanes(const struct traced *t)
{
    uint32_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->events[i].what < TRACE_ON && t->events[i].lane >= n)
            n = t->events[i].lane + 1;
    return n;
}

/* Tasks that cost the kernel nothing, and several threads that run them. */
static bool has_workers(const struct model *m)
{
    return m->family == FAMILY_ACTORS || strcmp(m->name, "epoll-mt") == 0;
}

/* How many turns is up to the mailboxes, or to a lock that others may have. */
static const char *turns_of(const struct model *m, const char *turns)
{
    if (!has_workers(m))
        return turns;
    return m->family == FAMILY_ACTORS ? "( turn){7,41}" : "( turn){4,12}";
}

static void check_counting(const char *workload, const char *parameters,
                           uint32_t tasks, const char *turns)
{
    for (size_t i = 0; i < n_models; i++) {
        struct taken taken;

        if (!can(models[i], &kind_counting))
            continue;
        taken = take(workload, models[i], parameters);
        assert_int_equal(count_lanes(&taken.traces.items[0]), tasks);
        for (uint32_t lane = 0; lane < tasks; lane++) {
            char words[1024], expression[128];

            lane_words(&taken.traces.items[0], lane, words, sizeof(words));
            snprintf(expression, sizeof(expression),
                     "^start( wait turn|%s)* done$",
                     turns_of(models[i], turns));
            assert_true(matches(words, expression));
        }
        traces_finish(&taken.traces);
    }
}

static void test_tasks_start_have_turns_and_are_done(void **state)
{
    (void)state;
    check_counting("counter", "tasks=5,increments=40,per_turn=10", 5,
                   "( turn){4}");
}

static void test_tasks_that_hand_over_have_more_turns(void **state)
{
    (void)state;
    check_counting("counter-split", "tasks=3,increments=6", 3, "( turn){7}");
}

/* Something comes, an answer follows, until it is done. */
static const char talk[] =
    "^start dial( (opened|received|ended|expired) (wait|dial))* "
    "(received|ended) done$";

static uint64_t count_bytes(const struct traced *t)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->events[i].what == TRACE_RECEIVED)
            bytes += t->events[i].value;
    return bytes;
}

static void test_lanes_answer_whatever_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        const struct traced *t;
        struct taken taken;
        char words[4096];

        if (!can(models[i], &kind_connections))
            continue;
        taken = take("download", models[i],
                     "n=7,concurrency=3,requests_per_connection=2,"
                     "latency_ms=1,bytes=1000");
        t = &taken.traces.items[0];
        assert_int_equal(taken.sample.status, STATUS_OK);
        assert_int_equal(count_lanes(t), 3);
        for (uint32_t lane = 0; lane < 3; lane++) {
            lane_words(t, lane, words, sizeof(words));
            assert_true(matches(words, talk));
        }
        /* Seven bodies, and what stands before each. */
        assert_in_range(count_bytes(t), 7 * 1000 + 7 * 17, 7 * 1000 + 7 * 500);
        traces_finish(&taken.traces);
    }
}

/* One that is not, such as a sanitizer's own, may be there already. */
static bool takes_part(const struct traced *t, uint32_t thread)
{
    bool noted = thread == 0;

    for (size_t i = 0; i < t->n && !noted; i++)
        noted = t->events[i].thread == thread && t->events[i].what < TRACE_ON;
    return noted;
}

/*
 * Of each thread by turns: on, and off, stopped or gone.  Its end may come
 * after that of the iteration: who joins it is woken a little before.
 */
static unsigned check_switches(const struct traced *t)
{
    unsigned gone = 0;

    for (uint32_t thread = 0; thread < t->threads; thread++) {
        uint32_t last = TRACE_WHAT_N;

        if (!takes_part(t, thread))
            continue;
        for (size_t i = 0; i < t->n; i++) {
            const struct trace_event *e = &t->events[i];

            if (e->thread != thread)
                continue;
            if (e->what < TRACE_ON) {
                /* Nobody does anything while he is on no CPU. */
                assert_int_equal(last, TRACE_ON);
                continue;
            }
            assert_true((e->what == TRACE_ON) != (last == TRACE_ON));
            last = e->what;
            gone += last == TRACE_GONE;
        }
    }
    return gone;
}

/* Of the notes; the main thread may have made one, too. */
static uint32_t count_threads(const struct traced *t)
{
    uint32_t n = 0;

    for (uint32_t thread = 1; thread < t->threads; thread++)
        n += takes_part(t, thread);
    return n;
}

static uint32_t threads_of(const struct model *m, const char *parameters)
{
    struct taken taken = take("counter", m, parameters);
    uint32_t n = count_threads(&taken.traces.items[0]);

    traces_finish(&taken.traces);
    return n;
}

/* One worker may have done all before another has woken: in a later try. */
static void check_actors(const struct model *m)
{
    int tries = 0;
    uint32_t n;

    do
        n = threads_of(m, "tasks=6,increments=10000");
    while (n < 2 && ++tries < 100);
    assert_in_range(n, 2, MODEL_WORKERS);
}

static void test_a_thread_or_process_of_each_task_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        const struct counting_ability *a = &models[i]->counting;
        uint32_t n;

        if (!can(models[i], &kind_counting))
            continue;
        n = threads_of(models[i], "tasks=6,increments=100");
        if (models[i]->family == FAMILY_ACTORS)
            check_actors(models[i]);
        else if (a->unit < UNIT_THREAD && !has_workers(models[i]))
            assert_int_equal(n, 0);
        else /* the main thread may be one of the workers */
            assert_in_range(n, a->at_once == AT_ONCE_WORKERS ? 5 : 6, 6);
    }
}

static void test_a_thread_is_on_a_cpu_when_it_does_something(void **state)
{
    bool refused = false, threads = false;
    unsigned gone = 0;

    (void)state;
    for (size_t i = 0; i < n_models && !refused; i++) {
        struct taken taken;

        if (!can(models[i], &kind_counting))
            continue;
        taken = take("counter", models[i], "tasks=4,increments=20000");
        refused = taken.traces.items[0].switches_error;
        if (!refused)
            gone += check_switches(&taken.traces.items[0]);
        threads |= models[i]->counting.unit == UNIT_THREAD;
        traces_finish(&taken.traces);
    }
    if (refused)
        skip();
    assert_true(!threads || gone > 0);
}

/* What the kernel tells of a trace that begins while its thread is stopped. */

enum { MAIN = 7, OTHER = 8 };

static void add_switch(struct trace *t, uint64_t ns, uint32_t thread,
                       enum trace_what what, uint32_t cpu)
{
    t->events[t->capacity + t->switches++] =
        (struct trace_event){ns, thread, TRACE_NO_LANE, what, cpu};
}

static struct trace *begin_at_100(void)
{
    struct trace *t = make_trace(16);

    t->capacity = t->switches_capacity = 8;
    t->n = 2;
    t->events[0] = (struct trace_event){100, MAIN, TRACE_NO_LANE, TRACE_ON, 2};
    t->events[1] = (struct trace_event){120, MAIN, 0, TRACE_TURN, 0};
    return t;
}

static void test_what_was_heard_before_the_note_is_forgotten(void **state)
{
    struct trace *t = begin_at_100();

    (void)state;
    add_switch(t, 80, MAIN, TRACE_CUT, 2);
    add_switch(t, 85, OTHER, TRACE_ON, 4);
    add_switch(t, 90, MAIN, TRACE_ON, 3);
    add_switch(t, 95, OTHER, TRACE_OFF, 5);
    add_switch(t, 100, OTHER, TRACE_ON, 5);
    add_switch(t, 110, MAIN, TRACE_OFF, 3);
    switches_trim(t);
    assert_int_equal(t->n, 2);
    assert_int_equal(t->switches, 2);
    assert_int_equal(t->events[8].ns, 100);
    assert_int_equal(t->events[8].thread, OTHER);
    assert_int_equal(t->events[9].ns, 110);
    assert_int_equal(t->events[9].what, TRACE_OFF);
    /* It is where it came back to, since it began. */
    assert_int_equal(t->events[0].ns, 100);
    assert_int_equal(t->events[0].value, 3);
    free(t);
}

static void test_what_was_heard_since_the_note_is_kept(void **state)
{
    struct trace *t = begin_at_100();

    (void)state;
    add_switch(t, 101, MAIN, TRACE_CUT, 2);
    add_switch(t, 130, MAIN, TRACE_ON, 3);
    switches_trim(t);
    assert_int_equal(t->switches, 2);
    assert_int_equal(t->events[0].value, 2);
    assert_int_equal(t->events[8].ns, 101);
    /* Without that note there is none that is older. */
    t->events[0] = t->events[1];
    switches_trim(t);
    assert_int_equal(t->switches, 2);
    t->n = 0;
    t->events[0].what = TRACE_ON;
    switches_trim(t);
    assert_int_equal(t->switches, 2);
    free(t);
}

/* A kernel that refuses: its children inherit the filter. */

static int forbid_perf(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(filter), filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* 0: as it should be; 77: no filter can be had. */
static int trace_without_perf(void)
{
    struct taken taken;
    char words[256];
    int status;

    if (forbid_perf())
        return 77;
    taken = take("counter", model_find("thread-per-socket"),
                 "tasks=3,increments=10");
    status = taken.traces.items[0].switches_error != EACCES;
    status |= count_lanes(&taken.traces.items[0]) != 3;
    status |= taken.traces.items[0].threads < 3;
    lane_words(&taken.traces.items[0], 2, words, sizeof(words));
    status |= strcmp(words, "start wait turn done") != 0;
    for (size_t i = 0; i < taken.traces.items[0].n; i++)
        status |= taken.traces.items[0].events[i].what >= TRACE_ON;
    traces_finish(&taken.traces);
    return status;
}

static void test_a_kernel_that_refuses_costs_its_switches_only(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    if (!model_find("thread-per-socket"))
        skip();
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(trace_without_perf());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        /* First: this process has had no second thread yet. */
        cmocka_unit_test(test_children_write_to_the_trace_of_their_parent),
        cmocka_unit_test(test_many_threads_lose_no_event_and_double_none),
        cmocka_unit_test(test_what_has_no_room_is_counted),
        cmocka_unit_test(test_no_count_wraps_around_to_the_first_slots),
        cmocka_unit_test(test_a_note_says_when_who_and_what),
        cmocka_unit_test(test_ticks_are_settled_into_nanoseconds),
        cmocka_unit_test(test_the_gate_of_one_thread_notes_turns),
        cmocka_unit_test(test_the_gate_of_threads_notes_the_wait_at_it),
        cmocka_unit_test(test_without_a_trace_a_gate_notes_nothing),
        cmocka_unit_test(test_tasks_start_have_turns_and_are_done),
        cmocka_unit_test(test_tasks_that_hand_over_have_more_turns),
        cmocka_unit_test(test_lanes_answer_whatever_comes),
        cmocka_unit_test(test_a_thread_or_process_of_each_task_is_told_apart),
        cmocka_unit_test(test_a_thread_is_on_a_cpu_when_it_does_something),
        cmocka_unit_test(test_what_was_heard_before_the_note_is_forgotten),
        cmocka_unit_test(test_what_was_heard_since_the_note_is_kept),
        cmocka_unit_test(test_a_kernel_that_refuses_costs_its_switches_only),
    };

    if (argc > 1 && strcmp(argv[1], "cell") == 0)
        return cell_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "origin") == 0)
        return cli_origin(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
