/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From events to what each task and lane did, and from that to Chrome's text.
 */
#include "tests/unit/unit.h"

#include <gsl/gsl_rng.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/chrome.h"
#include "harness/results/slices.h"

enum { LINE = 4096, NONE = -1 };

/* An event as the tests write it; lane NONE: a thread's, of CPU `value`. */
struct event {
    uint64_t ns;
    uint32_t thread;
    int lane;
    enum trace_what what;
    uint32_t value;
};

static struct traced traced;
static struct timeline timeline;

static void build_until(const struct event *events, size_t n, unsigned threads,
                        uint64_t whole_ns)
{
    traced = (struct traced){
        .workload = "counter",
        .model = "test",
        .parameters = "tasks=2",
        .duration_ns = 1000,
        .whole_ns = whole_ns,
        .threads = threads,
        .events = calloc(n + 1, sizeof(*traced.events)),
        .n = n,
    };
    assert_non_null(traced.events);
    for (size_t i = 0; i < n; i++)
        traced.events[i] = (struct trace_event){
            .ns = events[i].ns,
            .thread = events[i].thread,
            .lane = (uint32_t)events[i].lane,
            .what = events[i].what,
            .value = events[i].value,
        };
    assert_int_equal(timeline_build(&traced, &timeline), 0);
}

#define BUILD(threads, ...)                                                    \
    do {                                                                       \
        const struct event events_[] = {__VA_ARGS__};                          \
        build_until(events_, COUNT(events_), threads, 1000);                   \
    } while (0)

static int finish(void **state)
{
    (void)state;
    timeline_finish(&timeline);
    free(traced.events);
    traced = (struct traced){0};
    return 0;
}

__attribute__((format(printf, 2, 3))) static void
append(char *text, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + len, LINE - len, format, args);
    va_end(args);
}

/* "runs 10-20 cpu 1, waits 20-30": what a lane did. */
static void assert_lane(uint32_t lane, const char *words)
{
    char text[LINE] = "";

    for (size_t i = 0; i < timeline.n; i++) {
        const struct slice *s = &timeline.slices[i];

        if (s->lane != lane)
            continue;
        append(text, "%s%s %d-%d", *text ? ", " : "",
               slice_state_name(s->state), (int)s->begin_ns, (int)s->end_ns);
        if (s->cpu >= 0)
            append(text, " cpu %d", s->cpu);
    }
    assert_string_equal(text, words);
}

/* "cpu 1 10-20 off": where a thread was. */
static void assert_thread(uint32_t thread, const char *words)
{
    char text[LINE] = "";

    for (size_t i = 0; i < timeline.n_stays; i++) {
        const struct stay *s = &timeline.stays[i];

        if (s->thread == thread)
            append(text, "%scpu %d %d-%d %s", *text ? ", " : "", s->cpu,
                   (int)s->begin_ns, (int)s->end_ns, trace_what_name(s->until));
    }
    assert_string_equal(text, words);
}

/* "0>1 at 20-25": from lane to lane, from the end of one to the next. */
static void assert_hand_overs(const char *words)
{
    char text[LINE] = "";

    for (size_t i = 0; i < timeline.n_hand_overs; i++) {
        const struct slice *from =
            &timeline.slices[timeline.hand_overs[i].from];
        const struct slice *to = &timeline.slices[timeline.hand_overs[i].to];

        append(text, "%s%u>%u at %d-%d", *text ? ", " : "", from->lane,
               to->lane, (int)from->end_ns, (int)to->begin_ns);
    }
    assert_string_equal(text, words);
}

/* The rules, one by one. */

static void test_no_events_are_no_slices(void **state)
{
    (void)state;
    build_until(NULL, 0, 1, 1000);
    assert_int_equal(timeline.n, 0);
    assert_int_equal(timeline.n_stays, 0);
    assert_int_equal(timeline.n_hand_overs, 0);
    assert_int_equal(timeline.lanes, 0);
}

static void test_a_lane_runs_when_something_came_and_waits_after(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_START}, {20, 0, 0, TRACE_DIAL},
          {50, 0, 0, TRACE_OPENED}, {60, 0, 0, TRACE_WAIT},
          {90, 0, 0, TRACE_RECEIVED, 7}, {95, 0, 0, TRACE_WAIT},
          {200, 0, 0, TRACE_EXPIRED}, {201, 0, 0, TRACE_DIAL},
          {300, 0, 0, TRACE_ENDED, 111}, {305, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20, waits 20-50, runs 50-60, waits 60-90, "
                   "runs 90-95, waits 95-200, runs 200-201, waits 201-300, "
                   "runs 300-305");
    assert_int_equal(timeline.slices[1].cause, TRACE_DIAL);
    assert_int_equal(timeline.slices[2].cause, TRACE_OPENED);
    assert_int_equal(timeline.slices[6].cause, TRACE_EXPIRED);
    assert_hand_overs("");
    assert_int_equal(timeline.n_stays, 0);
}

static void test_who_gets_a_turn_takes_the_thread_from_another(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_START}, {20, 0, 1, TRACE_START},
          {30, 0, 0, TRACE_TURN}, {40, 0, 1, TRACE_TURN},
          {50, 0, 1, TRACE_DONE}, {60, 0, 0, TRACE_TURN},
          {70, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20, ready 20-30, runs 30-40, ready 40-60, "
                   "runs 60-70");
    assert_lane(1, "runs 20-30, ready 30-40, runs 40-50");
    assert_hand_overs("0>1 at 20-20, 1>0 at 30-30, 0>1 at 40-40, "
                      "1>0 at 50-60");
}

static void test_who_waits_or_is_done_leaves_the_thread(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_START}, {20, 0, 0, TRACE_WAIT},
          {30, 0, 1, TRACE_START}, {40, 0, 1, TRACE_DONE},
          {50, 0, 2, TRACE_START}, {60, 0, 2, TRACE_DONE},
          {70, 0, 0, TRACE_RECEIVED}, {80, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20, waits 20-70, runs 70-80");
    assert_lane(1, "runs 30-40");
    assert_lane(2, "runs 50-60");
    assert_hand_overs("0>1 at 20-30, 1>2 at 40-50, 2>0 at 60-70");
}

static void test_an_open_gate_makes_all_ready_that_waited_at_it(void **state)
{
    (void)state;
    BUILD(4, {10, 1, 0, TRACE_START}, {11, 1, 0, TRACE_WAIT},
          {12, 2, 1, TRACE_START}, {13, 2, 1, TRACE_WAIT},
          {20, 3, 2, TRACE_START}, {21, 3, 2, TRACE_WAIT},
          {22, 3, 2, TRACE_TURN}, {30, 3, 2, TRACE_DONE},
          {40, 2, 1, TRACE_TURN}, {41, 2, 1, TRACE_DONE},
          {90, 1, 0, TRACE_TURN}, {95, 1, 0, TRACE_DONE});
    assert_lane(0, "runs 10-11, waits 11-22, ready 22-90, runs 90-95");
    assert_lane(1, "runs 12-13, waits 13-22, ready 22-40, runs 40-41");
    assert_lane(2, "runs 20-21, waits 21-22, runs 22-30");
    assert_int_equal(timeline.slices[timeline.n - 1].thread, 1);
}

static void test_a_gate_opens_once_and_for_tasks_only(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_START}, {20, 0, 0, TRACE_DIAL},
          {30, 0, 1, TRACE_START}, {40, 0, 1, TRACE_TURN},
          {50, 0, 1, TRACE_WAIT}, {60, 0, 2, TRACE_TURN},
          {70, 0, 2, TRACE_DONE});
    assert_lane(0, "runs 10-20, waits 20-1000");
    assert_lane(1, "runs 30-40, runs 40-50, waits 50-1000");
}

static void test_a_second_turn_in_a_row_takes_it_from_nobody(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_START}, {20, 0, 0, TRACE_TURN},
          {30, 0, 0, TRACE_TURN}, {40, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20, runs 20-30, runs 30-40");
    assert_hand_overs("");
}

static void test_the_lane_of_a_stopped_thread_is_ready(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 3}, {10, 0, 0, TRACE_START},
          {20, 0, NONE, TRACE_CUT, 3}, {30, 0, NONE, TRACE_ON, 5},
          {40, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20 cpu 3, ready 20-30, runs 30-40 cpu 5");
    assert_thread(0, "cpu 3 0-20 cut, cpu 5 30-1000 on");
    assert_hand_overs("");
}

static void test_the_lane_of_a_sleeping_thread_waits(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 3}, {10, 0, 0, TRACE_TURN},
          {20, 0, NONE, TRACE_OFF, 3}, {30, 0, NONE, TRACE_ON, 3},
          {40, 0, 0, TRACE_DONE});
    assert_lane(0, "runs 10-20 cpu 3, waits 20-30, runs 30-40 cpu 3");
    assert_int_equal(timeline.slices[1].cause, TRACE_OFF);
    assert_int_equal(timeline.slices[2].cause, TRACE_ON);
    assert_thread(0, "cpu 3 0-20 off, cpu 3 30-1000 on");
}

static void test_a_switch_moves_only_the_lane_that_has_the_thread(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_START},
          {20, 0, 0, TRACE_WAIT}, {30, 0, 1, TRACE_START},
          {40, 0, NONE, TRACE_CUT, 0}, {50, 0, NONE, TRACE_ON, 0},
          {60, 0, 1, TRACE_DONE}, {70, 0, NONE, TRACE_OFF, 0},
          {80, 0, NONE, TRACE_ON, 0}, {90, 0, 0, TRACE_RECEIVED});
    assert_lane(0, "runs 10-20 cpu 0, waits 20-90, runs 90-1000 cpu 0");
    assert_lane(1, "runs 30-40 cpu 0, ready 40-50, runs 50-60 cpu 0");
}

static void test_who_is_switched_off_first_was_on_from_the_start(void **state)
{
    (void)state;
    BUILD(2, {10, 1, 0, TRACE_START}, {20, 1, NONE, TRACE_OFF, 6},
          {30, 0, NONE, TRACE_ON, 6}, {40, 0, NONE, TRACE_OFF, 6});
    assert_thread(1, "cpu 6 0-20 off");
    assert_thread(0, "cpu 6 30-40 off");
    assert_lane(0, "runs 10-20 cpu 6, waits 20-1000");
}

static void test_without_the_kernel_no_cpu_is_known(void **state)
{
    (void)state;
    BUILD(2, {10, 1, 0, TRACE_START}, {20, 0, 1, TRACE_START},
          {30, 1, 0, TRACE_DONE}, {40, 0, 1, TRACE_DONE});
    assert_lane(0, "runs 10-30");
    assert_lane(1, "runs 20-40");
    assert_int_equal(timeline.n_stays, 0);
    assert_hand_overs("");
}

static void test_what_is_open_ends_with_the_trace(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_START},
          {20, 0, 0, TRACE_WAIT}, {30, 0, 1, TRACE_START});
    assert_lane(0, "runs 10-20 cpu 0, waits 20-1000");
    assert_lane(1, "runs 30-1000 cpu 0");
    assert_thread(0, "cpu 0 0-1000 on");
}

static void test_what_is_open_ends_with_what_is_whole(void **state)
{
    static const struct event events[] = {
        {0, 0, NONE, TRACE_ON, 0},
        {10, 0, 0, TRACE_START},
        {20, 0, 1, TRACE_START},
    };

    (void)state;
    build_until(events, COUNT(events), 1, 300);
    assert_lane(0, "runs 10-20 cpu 0, ready 20-300");
    assert_lane(1, "runs 20-300 cpu 0");
    assert_thread(0, "cpu 0 0-300 on");
}

static void test_what_lasts_no_time_is_no_slice(void **state)
{
    (void)state;
    BUILD(1, {10, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_START},
          {10, 0, 0, TRACE_DIAL}, {20, 0, 1, TRACE_START},
          {20, 0, 1, TRACE_DONE}, {20, 0, 0, TRACE_OPENED},
          {30, 0, NONE, TRACE_CUT, 0}, {30, 0, NONE, TRACE_ON, 0},
          {40, 0, 0, TRACE_DONE}, {40, 0, NONE, TRACE_OFF, 0});
    assert_lane(0, "waits 10-20, runs 20-30 cpu 0, runs 30-40 cpu 0");
    assert_lane(1, "");
    assert_thread(0, "cpu 0 10-30 cut, cpu 0 30-40 off");
    assert_hand_overs("");
}

static void test_done_without_a_start_is_nothing(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_DONE}, {20, 0, 1, TRACE_START},
          {30, 0, 0, TRACE_DONE}, {40, 0, 1, TRACE_DONE});
    assert_lane(0, "");
    assert_lane(1, "runs 20-40");
    assert_hand_overs("");
}

static void test_a_wait_without_a_start_is_a_wait(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 0, TRACE_WAIT}, {20, 0, 0, TRACE_TURN},
          {30, 0, 0, TRACE_DONE});
    assert_lane(0, "waits 10-20, runs 20-30");
}

static void test_lanes_that_never_came_have_no_slices(void **state)
{
    (void)state;
    BUILD(1, {10, 0, 5, TRACE_START}, {20, 0, 5, TRACE_DONE});
    assert_int_equal(timeline.lanes, 6);
    assert_int_equal(timeline.n, 1);
    assert_lane(5, "runs 10-20");
}

static void test_a_lane_may_go_on_on_another_thread(void **state)
{
    (void)state;
    /* Thread 0 goes on to sleep with nothing in its hand. */
    BUILD(2, {0, 0, NONE, TRACE_ON, 0}, {0, 1, NONE, TRACE_ON, 1},
          {10, 0, 0, TRACE_TURN}, {20, 1, 0, TRACE_TURN},
          {30, 0, NONE, TRACE_OFF, 0}, {40, 1, 0, TRACE_WAIT},
          {50, 1, NONE, TRACE_OFF, 1});
    assert_lane(0, "runs 10-20 cpu 0, runs 20-40 cpu 1, waits 40-1000");
}

static void test_a_thread_that_has_ended_is_on_no_cpu(void **state)
{
    (void)state;
    BUILD(2, {0, 0, NONE, TRACE_ON, 0}, {5, 1, NONE, TRACE_ON, 1},
          {10, 1, 0, TRACE_START}, {20, 1, 0, TRACE_DONE},
          {25, 1, NONE, TRACE_GONE, 1}, {30, 0, NONE, TRACE_OFF, 0});
    assert_thread(1, "cpu 1 5-25 gone");
    assert_thread(0, "cpu 0 0-30 off");
}

static void test_a_cpu_has_one_thread_at_a_time(void **state)
{
    (void)state;
    /* That thread 0 left, and that 1 left for CPU 2, was not told. */
    BUILD(2, {0, 0, NONE, TRACE_ON, 1}, {10, 0, 0, TRACE_START},
          {20, 1, NONE, TRACE_ON, 1}, {30, 1, 1, TRACE_START},
          {40, 1, NONE, TRACE_ON, 2}, {50, 0, NONE, TRACE_ON, 1});
    assert_thread(0, "cpu 1 0-20 cut, cpu 1 50-1000 on");
    assert_thread(1, "cpu 1 20-40 cut, cpu 2 40-1000 on");
    assert_lane(0, "runs 10-20 cpu 1, ready 20-50, runs 50-1000 cpu 1");
    assert_lane(1, "runs 30-40 cpu 1, runs 40-1000 cpu 2");
}

static void test_what_is_told_twice_changes_nothing(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 1}, {10, 0, 0, TRACE_START},
          {20, 0, NONE, TRACE_ON, 1}, {30, 0, NONE, TRACE_OFF, 1},
          {35, 0, NONE, TRACE_OFF, 1}, {40, 0, NONE, TRACE_ON, 1});
    assert_thread(0, "cpu 1 0-30 off, cpu 1 40-1000 on");
    assert_lane(0, "runs 10-30 cpu 1, waits 30-35, waits 35-40, "
                   "runs 40-1000 cpu 1");
}

static void test_on_one_thread_the_baton_goes_from_cpu_to_cpu(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_START},
          {20, 0, 0, TRACE_DONE}, {30, 0, NONE, TRACE_OFF, 0},
          {40, 0, NONE, TRACE_ON, 1}, {50, 0, 1, TRACE_START},
          {60, 0, 1, TRACE_DONE}, {65, 0, NONE, TRACE_OFF, 1},
          {70, 0, NONE, TRACE_ON, 0}, {80, 0, 2, TRACE_START},
          {90, 0, 2, TRACE_DONE});
    assert_hand_overs("0>1 at 20-50, 1>2 at 60-80");
}

static void test_back_on_a_cpu_nobody_hands_over_to_himself(void **state)
{
    (void)state;
    /* Lane 1 runs on CPU 1, then on CPU 0, where lane 0 was long ago. */
    BUILD(1, {0, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_START},
          {20, 0, 0, TRACE_DONE}, {30, 0, NONE, TRACE_OFF, 0},
          {40, 0, NONE, TRACE_ON, 1}, {50, 0, 1, TRACE_START},
          {60, 0, NONE, TRACE_CUT, 1}, {70, 0, NONE, TRACE_ON, 0},
          {80, 0, 1, TRACE_DONE});
    assert_hand_overs("0>1 at 20-50");
}

static void test_threads_hand_over_the_cpu_that_they_share(void **state)
{
    (void)state;
    BUILD(3, {0, 1, NONE, TRACE_ON, 0}, {5, 2, NONE, TRACE_ON, 1},
          {10, 1, 0, TRACE_TURN}, {10, 2, 1, TRACE_TURN},
          {20, 1, NONE, TRACE_CUT, 0}, {25, 2, NONE, TRACE_CUT, 1},
          {30, 2, NONE, TRACE_ON, 0}, {40, 2, NONE, TRACE_CUT, 0},
          {50, 1, NONE, TRACE_ON, 0}, {60, 1, 0, TRACE_DONE});
    assert_hand_overs("0>1 at 20-30, 1>0 at 40-50");
}

/* What holds for all. */

static uint32_t below(gsl_rng *random, uint32_t bound)
{
    return (uint32_t)gsl_rng_uniform_int(random, bound);
}

enum { THREADS = 4, LANES = 5, CPUS = 3, EVENTS = 60 };

/* Anything, but a lane that is done stays done. */
static size_t randomize(gsl_rng *random, struct event events[])
{
    bool done[LANES] = {0};
    size_t n = below(random, EVENTS + 1);
    uint64_t ns = 0;

    for (size_t i = 0; i < n; i++) {
        struct event *e = &events[i];

        ns += below(random, 3) ? below(random, 20) : 0;
        *e = (struct event){.ns = ns, .thread = below(random, THREADS)};
        e->what = below(random, TRACE_WHAT_N);
        e->lane = e->what < TRACE_ON ? (int)below(random, LANES) : NONE;
        if (e->lane == NONE || done[e->lane]) {
            e->lane = NONE;
            e->what = TRACE_ON + e->what % (TRACE_WHAT_N - TRACE_ON);
            e->value = below(random, CPUS);
        } else {
            done[e->lane] = e->what == TRACE_DONE;
        }
    }
    return n;
}

static void check_slice(size_t at)
{
    const struct slice *s = &timeline.slices[at];
    bool within = s->cpu < 0;

    assert_true(s->begin_ns < s->end_ns && s->end_ns <= traced.whole_ns);
    assert_true(s->lane < timeline.lanes && s->thread < traced.threads);
    for (size_t i = 0; i < at; i++) {
        const struct slice *t = &timeline.slices[i];

        assert_true(t->begin_ns <= s->begin_ns);
        if (t->lane == s->lane ||
            (t->thread == s->thread && t->state == SLICE_RUNS &&
             s->state == SLICE_RUNS))
            assert_true(t->end_ns <= s->begin_ns);
    }
    for (size_t i = 0; i < timeline.n_stays; i++) {
        const struct stay *t = &timeline.stays[i];

        within |= t->thread == s->thread && t->cpu == s->cpu &&
                  t->begin_ns <= s->begin_ns && s->end_ns <= t->end_ns;
    }
    assert_true(within);
}

static void check_gaps(uint32_t lane)
{
    uint64_t end_ns = 0;

    for (size_t i = 0; i < timeline.n; i++) {
        const struct slice *s = &timeline.slices[i];

        if (s->lane != lane)
            continue;
        assert_true(end_ns == 0 || s->begin_ns == end_ns);
        end_ns = s->end_ns;
    }
}

static void check_stay(size_t at)
{
    const struct stay *s = &timeline.stays[at];

    assert_true(s->begin_ns < s->end_ns && s->end_ns <= traced.whole_ns);
    for (size_t i = 0; i < at; i++) {
        const struct stay *t = &timeline.stays[i];

        if (t->thread == s->thread || t->cpu == s->cpu)
            assert_true(t->end_ns <= s->begin_ns || s->end_ns <= t->begin_ns);
    }
}

static void check_timeline(void)
{
    for (size_t i = 0; i < timeline.n; i++)
        check_slice(i);
    for (uint32_t i = 0; i < timeline.lanes; i++)
        check_gaps(i);
    for (size_t i = 0; i < timeline.n_stays; i++)
        check_stay(i);
    for (size_t i = 0; i < timeline.n_hand_overs; i++) {
        const struct slice *from =
            &timeline.slices[timeline.hand_overs[i].from];
        const struct slice *to = &timeline.slices[timeline.hand_overs[i].to];

        assert_true(from->state == SLICE_RUNS && to->state == SLICE_RUNS);
        assert_int_not_equal(from->lane, to->lane);
        assert_true(from->end_ns <= to->begin_ns);
        assert_true(from->thread == to->thread ||
                    (from->cpu >= 0 && from->cpu == to->cpu));
    }
}

/* Chrome's text. */

static const json_t *field(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);

    assert_non_null(value);
    return value;
}

static int64_t ns_of(const json_t *event, const char *key)
{
    const json_t *value = field(event, key);

    assert_true(json_is_real(value));
    return llround(json_real_value(value) * 1000);
}

static bool is(const json_t *event, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(event, key));

    return value && strcmp(value, text) == 0;
}

/* What each phase must have, by the format's description. */
static void check_keys(const json_t *e)
{
    assert_true(json_is_integer(field(e, "pid")));
    assert_true(json_is_integer(field(e, "tid")));
    assert_true(json_is_string(field(e, "name")));
    if (is(e, "ph", "M")) {
        const json_t *args = field(e, "args");

        assert_true(is(e, "name", "process_name") ||
                            is(e, "name", "thread_name")
                        ? json_is_string(field(args, "name"))
                        : json_is_integer(field(args, "sort_index")) &&
                              (is(e, "name", "process_sort_index") ||
                               is(e, "name", "thread_sort_index")));
        return;
    }
    assert_true(json_is_string(field(e, "cat")));
    assert_true(ns_of(e, "ts") >= 0);
    if (is(e, "ph", "X"))
        assert_true(ns_of(e, "dur") > 0);
    else
        assert_true(json_is_integer(field(e, "id")));
    assert_true(is(e, "ph", "X") || is(e, "ph", "s") ||
                (is(e, "ph", "f") && is(e, "bp", "e")));
}

struct span {
    int64_t row, begin, end;
    size_t at; /* in the file: of two that begin at once the first is outside */
};

static int by_row_and_begin(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* As a reader of the format does it, with a stack for each row. */
static void check_nesting(struct span *spans, size_t n)
{
    int64_t ends[64];
    size_t depth = 0;

    qsort(spans, n, sizeof(*spans), by_row_and_begin);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || spans[i].row != spans[i - 1].row)
            depth = 0;
        while (depth > 0 && ends[depth - 1] <= spans[i].begin)
            depth--;
        if (depth > 0)
            assert_true(spans[i].end <= ends[depth - 1]);
        assert_true(depth < 64);
        ends[depth++] = spans[i].end;
    }
}

static size_t check_spans(const json_t *events)
{
    struct span *spans = calloc(json_array_size(events) + 1, sizeof(*spans));
    size_t n = 0, i;
    const json_t *e;

    assert_non_null(spans);
    json_array_foreach(events, i, e) if (is(e, "ph", "X"))
    {
        spans[n] = (struct span){json_integer_value(field(e, "tid")),
                                 ns_of(e, "ts"), 0, i};
        spans[n].end = spans[n].begin + ns_of(e, "dur");
        n++;
    }
    check_nesting(spans, n);
    free(spans);
    return n;
}

/* A row has one group and one name; the caller's to decref. */
static json_t *names_of_rows(const json_t *events)
{
    json_t *names = json_object(), *groups = json_object();
    size_t i;
    const json_t *e;

    json_array_foreach(events, i, e)
    {
        char row[32];
        json_t *group = json_object_get(e, "pid"), *known;

        snprintf(row, sizeof(row), "%lld",
                 (long long)json_integer_value(field(e, "tid")));
        known = json_object_get(groups, row);
        assert_true(!known || json_equal(known, group));
        json_object_set(groups, row, group);
        if (!is(e, "name", "thread_name"))
            continue;
        assert_null(json_object_get(names, row));
        json_object_set(names, row,
                        json_object_get(json_object_get(e, "args"), "name"));
    }
    json_decref(groups);
    return names;
}

static size_t count(const json_t *events, const char *key, const char *text)
{
    size_t n = 0, i;
    const json_t *e;

    json_array_foreach(events, i, e) n += is(e, key, text);
    return n;
}

/* Names first, and then by time. */
static void check_order(const json_t *events)
{
    int64_t last_ns = -1;
    const json_t *e;
    size_t i;

    json_array_foreach(events, i, e)
    {
        int64_t ns = is(e, "ph", "M") ? -1 : ns_of(e, "ts");

        assert_true(ns >= last_ns);
        last_ns = ns;
    }
}

static json_t *parse_chrome(void)
{
    char *text = chrome_trace(&traced, &timeline);
    json_t *root;

    assert_non_null(text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(root);
    return root;
}

static void check_chrome(void)
{
    json_t *root = parse_chrome(), *names;
    const json_t *events = field(root, "traceEvents"), *e;
    size_t runs = 0, i;

    json_array_foreach(events, i, e) check_keys(e);
    check_order(events);
    for (i = 0; i < timeline.n; i++)
        runs += timeline.slices[i].state == SLICE_RUNS;
    assert_int_equal(count(events, "cat", "lane"), timeline.n);
    assert_int_equal(count(events, "cat", "run"), runs);
    assert_int_equal(count(events, "cat", "thread"), timeline.n_stays);
    assert_int_equal(count(events, "ph", "s"), timeline.n_hand_overs);
    assert_int_equal(count(events, "ph", "f"), timeline.n_hand_overs);
    assert_int_equal(count(events, "name", "process_name"), 2);
    check_spans(events);
    names = names_of_rows(events);
    assert_int_equal(json_object_size(names),
                     count(events, "cat", "life") + traced.threads);
    json_decref(names);
    json_decref(root);
}

static void test_random_events_keep_the_rules(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    struct event events[EVENTS];
    size_t slices = 0, stays = 0, hand_overs = 0;

    for (unsigned times = 0; times < 1000; times++) {
        size_t n = randomize(random, events);

        build_until(events, n, THREADS, 1000 + EVENTS * 20);
        check_timeline();
        if (times % 10 == 0)
            check_chrome();
        slices += timeline.n;
        stays += timeline.n_stays;
        hand_overs += timeline.n_hand_overs;
        finish(state);
    }
    assert_true(slices > 1000 && stays > 1000 && hand_overs > 1000);
    gsl_rng_free(random);
}

static const json_t *find(const json_t *events, const char *key,
                          const char *text, size_t nth)
{
    const json_t *e;
    size_t i;

    json_array_foreach(events, i,
                       e) if (is(e, key, text) && nth-- == 0) return e;
    fail_msg("no %s '%s'", key, text);
    return NULL;
}

static void test_the_text_shows_lanes_threads_and_arrows(void **state)
{
    const json_t *events, *e;
    json_t *root;

    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 3}, {1, 0, 0, TRACE_START},
          {2, 0, 0, TRACE_DIAL}, {5, 0, 1, TRACE_START}, {7, 0, 1, TRACE_DONE},
          {901, 0, 0, TRACE_OPENED}, {999, 0, 0, TRACE_DONE});
    root = parse_chrome();
    events = field(root, "traceEvents");
    assert_true(is(find(events, "cat", "life", 0), "name", "lane 0"));
    assert_true(is(find(events, "cat", "life", 1), "name", "lane 1"));
    e = find(events, "cat", "lane", 1);
    assert_true(is(e, "name", "waits"));
    assert_int_equal(ns_of(e, "ts"), 2);
    assert_int_equal(ns_of(e, "dur"), 899);
    assert_true(is(field(e, "args"), "since", "dial"));
    e = find(events, "cat", "run", 1);
    assert_true(is(e, "name", "lane 1"));
    e = find(events, "cat", "thread", 0);
    assert_true(is(e, "name", "on CPU 3"));
    assert_true(is(field(e, "args"), "until", "the trace ended"));
    e = find(events, "ph", "s", 0);
    assert_int_equal(ns_of(e, "ts"), 1);
    e = find(events, "ph", "f", 0);
    assert_int_equal(ns_of(e, "ts"), 5);
    json_decref(root);
}

/* "preempted 20, ended 60": why, and when the one before ended. */
static void assert_passings(const char *words)
{
    char text[LINE] = "";

    for (size_t i = 0; i < timeline.n_hand_overs; i++) {
        const struct slice *from =
            &timeline.slices[timeline.hand_overs[i].from];
        const struct slice *to = &timeline.slices[timeline.hand_overs[i].to];

        append(text, "%s%s %d", *text ? ", " : "", slice_passing(from, to),
               (int)from->end_ns);
    }
    assert_string_equal(text, words);
}

static void
test_a_stopped_thread_is_preempted_and_hands_over_nothing(void **state)
{
    const json_t *events, *e;
    json_t *root;

    (void)state;
    BUILD(3, {0, 1, NONE, TRACE_ON, 0}, {10, 1, 0, TRACE_TURN},
          {20, 1, NONE, TRACE_CUT, 0}, {30, 2, NONE, TRACE_ON, 0},
          {31, 2, 1, TRACE_TURN}, {40, 2, NONE, TRACE_OFF, 0},
          {50, 1, NONE, TRACE_ON, 0}, {60, 1, 0, TRACE_DONE},
          {61, 1, NONE, TRACE_GONE, 0}, {70, 2, NONE, TRACE_ON, 0},
          {80, 2, 1, TRACE_DONE});
    assert_passings("preempted 20, waits 40, ended 60");
    root = parse_chrome();
    events = field(root, "traceEvents");
    assert_int_equal(count(events, "name", "hand-over"), 0);
    e = find(events, "cat", "preempted", 0);
    assert_true(is(e, "name", "preempted"));
    assert_int_equal(ns_of(e, "ts"), 19);
    assert_int_equal(ns_of(find(events, "cat", "lane", 1), "ts"), 20);
    assert_true(is(find(events, "cat", "lane", 1), "name", "preempted"));
    assert_true(is(field(find(events, "cat", "thread", 0), "args"), "until",
                   "preempted"));
    json_decref(root);
}

static void test_only_tasks_of_one_thread_hand_over(void **state)
{
    (void)state;
    BUILD(1, {0, 0, NONE, TRACE_ON, 0}, {10, 0, 0, TRACE_TURN},
          {20, 0, 1, TRACE_TURN}, {30, 0, 1, TRACE_WAIT},
          {35, 0, 0, TRACE_TURN}, {40, 0, 0, TRACE_DONE},
          {50, 0, 1, TRACE_TURN}, {60, 0, 1, TRACE_DONE});
    assert_passings("hand-over 20, hand-over 30, ended 40");
}

static void test_tasks_are_called_tasks(void **state)
{
    json_t *root;

    (void)state;
    BUILD(1, {1, 0, 0, TRACE_START}, {2, 0, 0, TRACE_DONE});
    root = parse_chrome();
    assert_true(is(find(field(root, "traceEvents"), "cat", "life", 0), "name",
                   "task 0"));
    json_decref(root);
}

static void test_the_text_says_what_was_traced(void **state)
{
    const json_t *about;
    json_t *root;

    (void)state;
    build_until(NULL, 0, 1, 700);
    traced.dropped = 12;
    root = parse_chrome();
    about = field(root, "otherData");
    assert_true(is(about, "workload", "counter"));
    assert_true(is(about, "model", "test"));
    assert_true(is(about, "parameters", "tasks=2"));
    assert_true(is(about, "kernel_switches", "recorded"));
    assert_int_equal(json_integer_value(field(about, "duration_ns")), 1000);
    assert_int_equal(json_integer_value(field(about, "whole_ns")), 700);
    assert_int_equal(json_integer_value(field(about, "events_dropped")), 12);
    json_decref(root);
    traced.switches_error = 13;
    root = parse_chrome();
    assert_true(is(field(root, "otherData"), "kernel_switches", strerror(13)));
    json_decref(root);
}

static void test_each_of_many_lanes_has_a_life(void **state)
{
    enum { MANY = 30000 };
    struct event *events = calloc(MANY, sizeof(*events));
    json_t *root;

    (void)state;
    assert_non_null(events);
    for (int i = 0; i < MANY; i++)
        events[i] = (struct event){i / 100, 0, i, TRACE_START, 0};
    build_until(events, MANY, 1, 1000);
    free(events);
    root = parse_chrome();
    assert_int_equal(count(field(root, "traceEvents"), "cat", "life"), MANY);
    json_decref(root);
}

#define RULE(test) cmocka_unit_test_teardown(test, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(test_no_events_are_no_slices),
        RULE(test_a_lane_runs_when_something_came_and_waits_after),
        RULE(test_who_gets_a_turn_takes_the_thread_from_another),
        RULE(test_who_waits_or_is_done_leaves_the_thread),
        RULE(test_an_open_gate_makes_all_ready_that_waited_at_it),
        RULE(test_a_gate_opens_once_and_for_tasks_only),
        RULE(test_a_second_turn_in_a_row_takes_it_from_nobody),
        RULE(test_the_lane_of_a_stopped_thread_is_ready),
        RULE(test_the_lane_of_a_sleeping_thread_waits),
        RULE(test_a_switch_moves_only_the_lane_that_has_the_thread),
        RULE(test_who_is_switched_off_first_was_on_from_the_start),
        RULE(test_without_the_kernel_no_cpu_is_known),
        RULE(test_what_is_open_ends_with_the_trace),
        RULE(test_what_is_open_ends_with_what_is_whole),
        RULE(test_what_lasts_no_time_is_no_slice),
        RULE(test_done_without_a_start_is_nothing),
        RULE(test_a_wait_without_a_start_is_a_wait),
        RULE(test_lanes_that_never_came_have_no_slices),
        RULE(test_a_lane_may_go_on_on_another_thread),
        RULE(test_a_thread_that_has_ended_is_on_no_cpu),
        RULE(test_a_cpu_has_one_thread_at_a_time),
        RULE(test_what_is_told_twice_changes_nothing),
        RULE(test_on_one_thread_the_baton_goes_from_cpu_to_cpu),
        RULE(test_back_on_a_cpu_nobody_hands_over_to_himself),
        RULE(test_threads_hand_over_the_cpu_that_they_share),
        cmocka_unit_test(test_random_events_keep_the_rules),
        RULE(test_the_text_shows_lanes_threads_and_arrows),
        RULE(test_a_stopped_thread_is_preempted_and_hands_over_nothing),
        RULE(test_only_tasks_of_one_thread_hand_over),
        RULE(test_tasks_are_called_tasks),
        RULE(test_the_text_says_what_was_traced),
        RULE(test_each_of_many_lanes_has_a_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
