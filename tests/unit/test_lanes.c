/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The swimlanes' data: what is drawn of a trace, and what is too narrow. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/findings.h"
#include "harness/results/slices.h"
#include "harness/results/traces.h"

/* What is narrower than the axis by this need not be seen. */
enum { COLUMNS = 800, LINE = 512, ROOM = 20000 };

struct lane_row {
    char row[16], state[16], label[128];
    unsigned panel;
    double place, to_place, left, right;
    int64_t begin_ns, end_ns;
};

static struct lane_row rows[ROOM];
static size_t n_rows;
static struct traces traces;
static struct finding shown;

static void add_trace(const char *workload, const char *model,
                      uint64_t duration_ns, unsigned threads,
                      const struct trace_event *events, size_t n)
{
    struct traced *t;

    traces.items = realloc(traces.items, (traces.n + 1) * sizeof(*t));
    assert_non_null(traces.items);
    t = &traces.items[traces.n++];
    *t = (struct traced){
        .duration_ns = duration_ns,
        .whole_ns = duration_ns,
        .threads = threads,
        .events = calloc(n + 1, sizeof(*events)),
        .n = n,
    };
    assert_non_null(t->events);
    snprintf(t->workload, sizeof(t->workload), "%s", workload);
    snprintf(t->model, sizeof(t->model), "%s", model);
    for (size_t i = 0; i < n; i++)
        t->events[i] = events[i];
}

/* A lane that runs from the beginning to the end. */
static void add_run(const char *workload, const char *model, uint64_t ns)
{
    const struct trace_event events[] = {
        {0, 0, 0, TRACE_START, 0},
        {ns, 0, 0, TRACE_DONE, 0},
    };

    add_trace(workload, model, ns, 1, events, COUNT(events));
}

static void forget_shown(void)
{
    free(shown.overlaps);
    shown = (struct finding){0};
}

static int forget(void **state)
{
    (void)state;
    forget_shown();
    traces_finish(&traces);
    n_rows = 0;
    return 0;
}

static int write_lanes(const char *workload, char **ret)
{
    const struct results results = {.traces = &traces};
    const struct subject subject = {.workload = workload};
    size_t size;
    FILE *out = open_memstream(ret, &size);
    int error;

    assert_non_null(out);
    forget_shown();
    error = lanes_write(&results, &subject, out, &shown);
    assert_int_equal(fclose(out), 0);
    return error;
}

/* The columns are found by their names. */
static void parse_row(char *line, char *names, struct lane_row *ret)
{
    char *name, *value;

    *ret = (struct lane_row){0};
    while ((name = strsep(&names, "\t")) && (value = strsep(&line, "\t"))) {
        if (strcmp(name, "row") == 0)
            snprintf(ret->row, sizeof(ret->row), "%s", value);
        else if (strcmp(name, "state") == 0)
            snprintf(ret->state, sizeof(ret->state), "%s", value);
        else if (strcmp(name, "label") == 0)
            snprintf(ret->label, sizeof(ret->label), "%s", value);
        else if (strcmp(name, "place") == 0)
            ret->place = strtod(value, NULL);
        else if (strcmp(name, "panel") == 0)
            ret->panel = (unsigned)strtoul(value, NULL, 10);
        else if (strcmp(name, "left") == 0)
            ret->left = strtod(value, NULL);
        else if (strcmp(name, "right") == 0)
            ret->right = strtod(value, NULL);
        else if (strcmp(name, "to_place") == 0)
            ret->to_place = strtod(value, NULL);
        else if (strcmp(name, "begin_ms") == 0)
            ret->begin_ns = llround(strtod(value, NULL) * 1e6);
        else if (strcmp(name, "end_ms") == 0)
            ret->end_ns = llround(strtod(value, NULL) * 1e6);
        else
            fail_msg("a column '%s'", name);
    }
    assert_null(names);
    assert_null(line);
}

static void read_counter(void)
{
    char *text, *rest, *line, *head;

    assert_int_equal(write_lanes("counter", &text), 0);
    rest = text;
    head = strsep(&rest, "\n");
    n_rows = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        char names[LINE];

        snprintf(names, sizeof(names), "%s", head);
        assert_true(n_rows < ROOM);
        parse_row(line, names, &rows[n_rows++]);
    }
    free(text);
}

static const struct lane_row *nth(const char *kind, size_t n)
{
    for (size_t i = 0; i < n_rows; i++)
        if (strcmp(rows[i].row, kind) == 0 && n-- == 0)
            return &rows[i];
    return NULL;
}

static size_t count(const char *kind)
{
    size_t n = 0;

    while (nth(kind, n))
        n++;
    return n;
}

static void test_without_a_trace_there_is_no_figure(void **state)
{
    const struct results none = {0};
    const struct subject counter = {.workload = "counter"};
    char *text;

    (void)state;
    assert_int_equal(lanes_write(&none, &counter, stdout, &shown), -ENOENT);
    assert_int_equal(write_lanes("counter", &text), -ENOENT);
    free(text);
    add_run("download", "libuv", 1000);
    assert_int_equal(write_lanes("counter", &text), -ENOENT);
    free(text);
    assert_int_equal(write_lanes("download", &text), 0);
    free(text);
}

static void test_a_panel_for_each_trace_of_the_workload(void **state)
{
    const struct lane_row *first, *second;

    (void)state;
    add_run("counter", "sequential", 5000000);
    add_run("download", "sequential", 90000000);
    add_run("counter", "libuv", 3000000);
    read_counter();
    assert_int_equal(count("axis"), 1);
    assert_int_equal(nth("panel", 0)->end_ns, 5000000);
    assert_int_equal(nth("panel", 1)->end_ns, 5000000);
    assert_int_equal(count("panel"), 2);
    assert_int_equal(count("slice"), 2);
    first = nth("panel", 0);
    second = nth("panel", 1);
    assert_true(matches(first->label, "^sequential: 5.* on 1 thread$"));
    assert_true(matches(second->label, "libuv.*: 3.* on 1 thread$"));
    /* From top to bottom: words, its lane, words, its lane. */
    assert_true(first->place < nth("slice", 0)->place);
    assert_true(nth("slice", 0)->place < second->place);
    assert_true(second->place < nth("slice", 1)->place);
    assert_true(nth("slice", 1)->place <= nth("axis", 0)->place);
    assert_int_equal(nth("slice", 1)->end_ns, 3000000);
    assert_string_equal(nth("slice", 1)->state, "runs");
}

static void test_the_figure_tells_how_many_lanes_there_were_at_once(void **s)
{
    /* Three lanes, two of them at a time, and one runs. */
    const struct trace_event events[] = {
        {0, 0, 0, TRACE_START, 0},  {10, 0, 0, TRACE_WAIT, 0},
        {20, 0, 1, TRACE_START, 0}, {30, 0, 1, TRACE_WAIT, 0},
        {40, 0, 0, TRACE_TURN, 0},  {50, 0, 0, TRACE_DONE, 0},
        {50, 0, 2, TRACE_START, 0}, {60, 0, 2, TRACE_DONE, 0},
        {70, 0, 1, TRACE_TURN, 0},  {80, 0, 1, TRACE_DONE, 0},
    };

    (void)s;
    add_trace("counter", "libuv", 80, 1, events, COUNT(events));
    add_run("counter", "sequential", 100);
    add_trace("counter", "thread-per-socket", 80, 1, events, COUNT(events));
    traces.items[2].switches_error = EPERM;
    read_counter();
    assert_int_equal(shown.kind, FINDING_OVERLAP);
    assert_int_equal(shown.n_overlaps, 3);
    assert_string_equal(shown.overlaps[0].model, "libuv");
    assert_int_equal(shown.overlaps[0].begun, 2);
    assert_int_equal(shown.overlaps[0].running, 1);
    assert_int_equal(shown.overlaps[1].begun, 1);
    assert_int_equal(shown.overlaps[2].begun, 2);
    /* Not known without the switches of threads. */
    assert_int_equal(shown.overlaps[2].running, 0);
}

static void test_the_overlap_is_said_model_by_model(void **state)
{
    struct overlap overlaps[] = {{"sequential", 1, 1},
                                 {"libuv", 8, 1},
                                 {"null", 1, 1},
                                 {"locked", 8, 0}};
    const struct finding finding = {.kind = FINDING_OVERLAP,
                                    .workload = "counter",
                                    .parameters = "tasks=8,increments=9",
                                    .overlaps = overlaps,
                                    .n_overlaps = COUNT(overlaps)};
    const struct table none = {0};
    struct wording words;

    (void)state;
    assert_int_equal(finding_words(&finding, &none, 1, &words), 0);
    assert_string_equal(words.text,
                        "counter, tasks 8, increments 9: at once, sequential "
                        "has at most 1 task in progress, 1 running; event loop "
                        "(libuv) 8, 1 running; CPU floor 1, 1 running; "
                        "threads + mutex 8");
    assert_true(words.sure);
    free(words.text);
}

static void test_a_model_of_another_build_has_its_name(void **state)
{
    (void)state;
    add_run("counter", "no-such-model", 1000);
    read_counter();
    assert_true(matches(nth("panel", 0)->label, "^no-such-model: "));
}

static void test_what_differs_less_than_tenfold_shares_an_axis(void **state)
{
    (void)state;
    add_run("counter", "libuv", 1000000);
    add_run("counter", "locked", 8999990);
    add_run("counter", "sequential", 900000);
    read_counter();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(nth("panel", i)->end_ns, 8999990);
        assert_null(strstr(nth("panel", i)->label, "axis"));
    }
}

static void test_what_differs_tenfold_has_axes_of_its_own_and_says_so(void **s)
{
    static const int64_t lengths[] = {1000000, 10000000, 3000000};

    (void)s;
    for (size_t i = 0; i < 3; i++)
        add_run("counter", "libuv", (uint64_t)lengths[i]);
    read_counter();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(nth("panel", i)->end_ns, lengths[i]);
        assert_int_equal(nth("slice", i)->end_ns, lengths[i]);
        assert_non_null(strstr(nth("panel", i)->label, ", own axis"));
    }
}

static void test_one_panel_alone_fills_its_axis(void **state)
{
    (void)state;
    add_run("counter", "locked", 10000000);
    read_counter();
    assert_int_equal(nth("panel", 0)->end_ns, 10000000);
    assert_null(strstr(nth("panel", 0)->label, "axis"));
}

static void test_lanes_have_names_that_do_not_touch(void **state)
{
    static const unsigned lanes[] = {8, 100};

    for (size_t i = 0; i < COUNT(lanes); i++) {
        struct trace_event events[100];

        for (unsigned lane = 0; lane < lanes[i]; lane++)
            events[lane] = (struct trace_event){lane, 0, lane, TRACE_START, 0};
        for (size_t j = 0; j < 4; j++)
            add_trace("counter", "libuv", 1000, 1, events, lanes[i]);
        read_counter();
        assert_string_equal(nth("name", 0)->label, "task 1");
        assert_true(lanes[i] > 8 || count("name") == 4 * 8);
        for (size_t j = 1; j < count("name"); j++)
            if (nth("name", j)->panel == nth("name", j - 1)->panel)
                assert_true(nth("name", j)->place - nth("name", j - 1)->place >=
                            22);
        forget(state);
    }
}

static void test_panels_do_not_touch_and_fit_a_screen(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++)
        add_run("counter", "libuv", 1000000);
    read_counter();
    assert_int_equal(count("panel"), 6);
    assert_true(nth("axis", 0)->place <= 680);
    for (size_t i = 1; i < 6; i++) {
        const struct lane_row *p = nth("panel", i),
                              *before = nth("panel", i - 1);

        assert_true(p->left > before->right ||
                    p->place > nth("slice", i - 1)->place + 40);
    }
}

static void test_more_panels_than_fit_have_parts(void **state)
{
    const struct results results = {.traces = &traces};
    struct subject subject = {.workload = "counter"};

    (void)state;
    for (size_t i = 0; i < 8; i++)
        add_run("counter", i < 6 ? "libuv" : "locked", 1000000);
    for (subject.part = 0; subject.part < 3; subject.part++) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        forget_shown();
        assert_int_equal(lanes_write(&results, &subject, out, &shown),
                         subject.part < 2 ? 0 : -ENOENT);
        fclose(out);
        assert_true(subject.part != 1 || strstr(text, "threads + mutex"));
        assert_true(subject.part != 1 || !strstr(text, "libuv"));
        free(text);
    }
}

static void test_a_trace_without_its_end_says_so(void **state)
{
    (void)state;
    add_run("counter", "locked", 1000000);
    traces.items[0].whole_ns = 400000;
    traces.items[0].n = 1;
    read_counter();
    assert_int_equal(nth("slice", 0)->end_ns, 400000);
    assert_non_null(strstr(nth("panel", 0)->label, "the beginning"));
}

static void test_an_empty_trace_is_an_empty_panel(void **state)
{
    (void)state;
    add_trace("counter", "libuv", 0, 1, NULL, 0);
    add_trace("counter", "locked", 1000000, 1, NULL, 0);
    read_counter();
    assert_int_equal(count("panel"), 2);
    assert_int_equal(count("slice"), 0);
}

static void test_on_one_thread_hand_overs_are_lines(void **state)
{
    static const struct trace_event events[] = {
        {0, 0, 0, TRACE_START, 0},     {100000, 0, 1, TRACE_START, 0},
        {200000, 0, 0, TRACE_TURN, 0}, {300000, 0, 0, TRACE_DONE, 0},
        {300000, 0, 1, TRACE_TURN, 0}, {1000000, 0, 1, TRACE_DONE, 0},
    };

    (void)state;
    add_trace("counter", "libuv", 1000000, 1, events, COUNT(events));
    read_counter();
    assert_int_equal(count("hand"), 3);
    assert_int_equal(nth("hand", 0)->begin_ns, 100000);
    assert_true(nth("hand", 0)->place < nth("hand", 0)->to_place);
    assert_near(nth("hand", 1)->to_place, nth("hand", 0)->place, 0);
    assert_int_equal(nth("hand", 2)->begin_ns, 300000);
}

static void test_threads_hand_over_nothing_that_is_drawn(void **state)
{
    static const struct trace_event events[] = {
        {0, 1, TRACE_NO_LANE, TRACE_ON, 0},
        {0, 1, 0, TRACE_TURN, 0},
        {400000, 1, TRACE_NO_LANE, TRACE_CUT, 0},
        {400000, 2, TRACE_NO_LANE, TRACE_ON, 0},
        {400000, 2, 1, TRACE_TURN, 0},
    };

    (void)state;
    add_trace("counter", "locked", 1000000, 3, events, COUNT(events));
    read_counter();
    assert_true(matches(nth("panel", 0)->label, "on 2 threads$"));
    assert_int_equal(count("hand"), 0);
}

/* What is too narrow to be seen. */

/* Slices come in steps of 10 ns, which is how fine the data is. */
static size_t randomize(gsl_rng *random, struct trace_event *events,
                        size_t most, uint64_t duration_ns, uint32_t lanes)
{
    static const enum trace_what whats[] = {TRACE_TURN, TRACE_WAIT, TRACE_TURN,
                                            TRACE_OPENED};
    uint64_t ns = 0, column = duration_ns / COLUMNS;
    size_t n = 0;

    while (n < most && ns < duration_ns) {
        uint32_t lane = (uint32_t)gsl_rng_uniform_int(random, lanes);

        events[n++] = (struct trace_event){
            ns, 0, lane, whats[gsl_rng_uniform_int(random, COUNT(whats))], 0};
        /* Most are narrow, some just so, a few wide. */
        ns += 10 * (1 + gsl_rng_uniform_int(random, column / 20));
        if (gsl_rng_uniform_int(random, 8) == 0)
            ns += column - 10 + 10 * gsl_rng_uniform_int(random, 3);
    }
    return n;
}

/* How long the lane was continuously in other states than the one drawn. */
static int64_t longest_other(const struct timeline *t, uint32_t lane,
                             const struct lane_row *drawn)
{
    int64_t longest = 0, stretch = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct slice *s = &t->slices[i];
        int64_t begin = (int64_t)s->begin_ns, end = (int64_t)s->end_ns;

        if (s->lane != lane || end <= drawn->begin_ns || begin >= drawn->end_ns)
            continue;
        assert_true(begin >= drawn->begin_ns && end <= drawn->end_ns);
        stretch = strcmp(slice_state_name(s->state), drawn->state) == 0
                      ? 0
                      : stretch + end - begin;
        if (stretch > longest)
            longest = stretch;
    }
    return longest;
}

static bool is_drawn(const struct slice *s, double place)
{
    for (size_t i = 0; i < n_rows; i++)
        if (strcmp(rows[i].row, "slice") == 0 && rows[i].place == place &&
            strcmp(rows[i].state, "runs") == 0 &&
            rows[i].begin_ns <= (int64_t)s->begin_ns &&
            rows[i].end_ns >= (int64_t)s->end_ns)
            return true;
    return false;
}

static void check_lane(const struct timeline *t, uint32_t lane, double place,
                       int64_t column)
{
    int64_t end_ns = -1;

    for (size_t i = 0; i < n_rows; i++) {
        const struct lane_row *r = &rows[i];

        if (strcmp(r->row, "slice") != 0 || r->place != place)
            continue;
        assert_true(r->begin_ns < r->end_ns);
        assert_true(end_ns < 0 || end_ns == r->begin_ns);
        assert_true(longest_other(t, lane, r) < column);
        end_ns = r->end_ns;
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->slices[i].lane == lane && t->slices[i].state == SLICE_RUNS)
            assert_true(is_drawn(&t->slices[i], place));
}

static void test_what_runs_is_seen_and_no_state_outgrows_a_column(void **state)
{
    enum { MOST = 400, LANES = 3, DURATION = 1000000 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    size_t drawn = 0, there = 0;

    for (unsigned times = 0; times < 60; times++) {
        struct trace_event events[MOST];
        struct timeline line;
        size_t n = randomize(random, events, MOST, DURATION, LANES);

        add_trace("counter", "libuv", DURATION, 1, events, n);
        read_counter();
        assert_int_equal(timeline_build(&traces.items[0], &line), 0);
        for (uint32_t lane = 0; lane < line.lanes; lane++)
            check_lane(&line, lane, nth("name", lane)->place,
                       DURATION / COLUMNS);
        drawn += count("slice");
        there += line.n;
        timeline_finish(&line);
        forget(state);
    }
    /* Or else nothing was merged. */
    assert_true(drawn < there * 9 / 10 && drawn > 100);
    gsl_rng_free(random);
}

#define FIGURE(test) cmocka_unit_test_teardown(test, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIGURE(test_without_a_trace_there_is_no_figure),
        FIGURE(test_a_panel_for_each_trace_of_the_workload),
        FIGURE(test_the_figure_tells_how_many_lanes_there_were_at_once),
        FIGURE(test_the_overlap_is_said_model_by_model),
        FIGURE(test_a_model_of_another_build_has_its_name),
        FIGURE(test_what_differs_less_than_tenfold_shares_an_axis),
        FIGURE(test_what_differs_tenfold_has_axes_of_its_own_and_says_so),
        FIGURE(test_one_panel_alone_fills_its_axis),
        FIGURE(test_lanes_have_names_that_do_not_touch),
        FIGURE(test_panels_do_not_touch_and_fit_a_screen),
        FIGURE(test_more_panels_than_fit_have_parts),
        FIGURE(test_a_trace_without_its_end_says_so),
        FIGURE(test_an_empty_trace_is_an_empty_panel),
        FIGURE(test_on_one_thread_hand_overs_are_lines),
        FIGURE(test_threads_hand_over_nothing_that_is_drawn),
        FIGURE(test_what_runs_is_seen_and_no_state_outgrows_a_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
