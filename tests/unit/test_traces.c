/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the memory of a sample to events.tsv, and back. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/slices.h"
#include "harness/results/traces.h"

enum { ROOM = 16, SWITCHES = 8, BEGIN = 1000, END = 2000, MAIN = 700 };

static char *dir;

static int make_dir(void **state)
{
    (void)state;
    dir = make_scratch();
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    remove_scratch(dir);
    return 0;
}

/* The memory of a sample, an iteration from 1000 to 2000 ns. */
static struct trace *fresh_trace(void)
{
    struct trace *t =
        calloc(1, sizeof(*t) + (ROOM + SWITCHES) * sizeof(t->events[0]));

    assert_non_null(t);
    t->capacity = ROOM;
    t->switches_capacity = SWITCHES;
    t->overflow_ns = UINT64_MAX;
    t->begin_ns = BEGIN;
    t->end_ns = END;
    t->main_thread = MAIN;
    return t;
}

static void note(struct trace *t, uint64_t ns, uint32_t thread, uint32_t lane,
                 enum trace_what what, uint32_t value)
{
    uint64_t slot = t->n++;

    if (slot < t->capacity)
        t->events[slot] = (struct trace_event){ns, thread, lane, what, value};
    else if (ns < t->overflow_ns)
        t->overflow_ns = ns;
}

static void note_switch(struct trace *t, uint64_t ns, uint32_t thread,
                        enum trace_what what, uint32_t cpu)
{
    t->events[t->capacity + t->switches++] =
        (struct trace_event){ns, thread, TRACE_NO_LANE, what, cpu};
}

static struct traced *add(struct traces *traces, struct trace *t)
{
    struct sample s = sample_of("counter", "libuv", "tasks=8", 1, 1000);

    assert_int_equal(traces_add(traces, &s, t), 0);
    free(t);
    return &traces->items[traces->n - 1];
}

/* One event in words: "100 0/3 turn 0". */
static void assert_event(const struct traced *t, size_t i, const char *words)
{
    const struct trace_event *e = &t->events[i];
    char text[128];

    assert_true(i < t->n);
    snprintf(text, sizeof(text), "%llu %u/%d %s %u", (unsigned long long)e->ns,
             e->thread, (int)e->lane, trace_what_name(e->what), e->value);
    assert_string_equal(text, words);
}

static void test_events_are_in_the_order_of_time_from_the_beginning(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 1500, MAIN, 3, TRACE_DONE, 0);
    note(t, 1100, MAIN, 3, TRACE_TURN, 0);
    note(t, 1000, MAIN, 3, TRACE_START, 0);
    note(t, 2000, MAIN, 4, TRACE_START, 0);
    item = add(&traces, t);
    assert_int_equal(item->n, 4);
    assert_event(item, 0, "0 0/3 start 0");
    assert_event(item, 1, "100 0/3 turn 0");
    assert_event(item, 2, "500 0/3 done 0");
    assert_event(item, 3, "1000 0/4 start 0");
    assert_int_equal(item->duration_ns, 1000);
    assert_int_equal(item->whole_ns, 1000);
    assert_int_equal(item->dropped, 0);
    assert_string_equal(item->workload, "counter");
    assert_string_equal(item->model, "libuv");
    traces_finish(&traces);
    assert_int_equal(traces.n, 0);
}

static void test_what_was_before_and_after_the_iteration_is_left_out(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 999, MAIN, 0, TRACE_START, 0);
    note(t, 2001, MAIN, 0, TRACE_DONE, 0);
    note(t, 1001, MAIN, 0, TRACE_TURN, 0);
    note(t, 1001, MAIN, 0, TRACE_WHAT_N, 0);
    note_switch(t, 500, MAIN, TRACE_OFF, 0);
    note_switch(t, 2500, MAIN, TRACE_OFF, 0);
    item = add(&traces, t);
    assert_int_equal(item->n, 1);
    assert_event(item, 0, "1 0/0 turn 0");
    assert_int_equal(item->dropped, 0);
    traces_finish(&traces);
}

static void test_threads_are_numbered_as_they_come_the_main_one_first(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 1300, MAIN, 0, TRACE_TURN, 0);
    note(t, 1200, 12, 2, TRACE_TURN, 0);
    note(t, 1100, 90000, 1, TRACE_TURN, 0);
    note_switch(t, 1400, 12, TRACE_OFF, 1);
    note_switch(t, 1500, 5, TRACE_ON, 1);
    item = add(&traces, t);
    assert_int_equal(item->threads, 4);
    assert_event(item, 0, "100 1/1 turn 0");
    assert_event(item, 1, "200 2/2 turn 0");
    assert_event(item, 2, "300 0/0 turn 0");
    assert_event(item, 3, "400 2/-1 off 1");
    assert_event(item, 4, "500 3/-1 on 1");
    traces_finish(&traces);
}

static void test_a_silent_main_thread_is_a_thread(void **s)
{
    struct traces traces = {0};

    (void)s;
    assert_int_equal(add(&traces, fresh_trace())->threads, 1);
    traces_finish(&traces);
}

static void test_at_one_time_a_thread_comes_first_and_goes_last(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 1100, MAIN, 0, TRACE_START, 0);
    note(t, 1100, MAIN, 0, TRACE_DIAL, 0);
    note(t, 1100, MAIN, 1, TRACE_START, 0);
    note(t, 1100, MAIN, 1, TRACE_DIAL, 0);
    note_switch(t, 1100, MAIN, TRACE_ON, 0);
    note_switch(t, 1100, MAIN, TRACE_OFF, 0);
    item = add(&traces, t);
    assert_event(item, 0, "100 0/-1 on 0");
    assert_event(item, 1, "100 0/0 start 0");
    assert_event(item, 2, "100 0/0 dial 0");
    assert_event(item, 3, "100 0/1 start 0");
    assert_event(item, 4, "100 0/1 dial 0");
    assert_event(item, 5, "100 0/-1 off 0");
    traces_finish(&traces);
}

static void test_what_had_no_room_ends_what_is_whole(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    for (uint32_t i = 0; i < ROOM + 5; i++)
        note(t, 1100 + 10 * i, MAIN, 0, TRACE_TURN, 0);
    note_switch(t, 1150, MAIN, TRACE_CUT, 0);
    note_switch(t, 1900, MAIN, TRACE_ON, 0);
    item = add(&traces, t);
    assert_int_equal(item->duration_ns, 1000);
    assert_int_equal(item->whole_ns, 100 + 10 * ROOM);
    assert_int_equal(item->n, ROOM + 1);
    /* Those without room, and the switch that nobody can place. */
    assert_int_equal(item->dropped, 5 + 1);
    traces_finish(&traces);
}

static void test_no_event_is_kept_that_came_after_one_without_room(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    for (uint32_t i = 0; i < ROOM - 1; i++)
        note(t, 1100 + 10 * i, MAIN, 0, TRACE_TURN, 0);
    /* The last one there is room for, by one who looked at the clock late. */
    note(t, 1800, 5, 1, TRACE_TURN, 0);
    note(t, 1700, MAIN, 0, TRACE_TURN, 0);
    item = add(&traces, t);
    assert_int_equal(item->whole_ns, 700);
    assert_int_equal(item->n, ROOM - 1);
    assert_int_equal(item->dropped, 2);
    traces_finish(&traces);
}

static void test_lost_switches_end_what_is_whole(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 1100, MAIN, 0, TRACE_START, 0);
    note(t, 1700, MAIN, 0, TRACE_DONE, 0);
    note_switch(t, 1400, MAIN, TRACE_CUT, 0);
    t->switches_lost = 1;
    t->switches_lost_ns = 1400;
    item = add(&traces, t);
    assert_int_equal(item->whole_ns, 400);
    assert_int_equal(item->n, 2);
    assert_int_equal(item->dropped, 2);
    traces_finish(&traces);
}

static void test_switches_lost_after_the_end_are_missed_by_nobody(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    note(t, 1100, MAIN, 0, TRACE_START, 0);
    t->switches_lost = 3;
    t->switches_lost_ns = 2100;
    item = add(&traces, t);
    assert_int_equal(item->whole_ns, 1000);
    assert_int_equal(item->dropped, 0);
    traces_finish(&traces);
}

static void test_an_iteration_that_never_ended_has_no_events(void **s)
{
    struct trace *t = fresh_trace();
    struct traces traces = {0};
    const struct traced *item;

    (void)s;
    t->end_ns = 0;
    note(t, 1100, MAIN, 0, TRACE_START, 0);
    item = add(&traces, t);
    assert_int_equal(item->n, 0);
    assert_int_equal(item->duration_ns, 0);
    assert_int_equal(item->whole_ns, 0);
    traces_finish(&traces);
}

/* The file. */

static void write_text(const char *text, size_t len)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/events.tsv", dir);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_traces(const struct traces *t)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    traces_write(t, out);
    assert_int_equal(fclose(out), 0);
    write_text(text, len);
    free(text);
}

static void assert_same_traces(const struct traces *a, const struct traces *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct traced *x = &a->items[i], *y = &b->items[i];

        assert_string_equal(x->workload, y->workload);
        assert_string_equal(x->model, y->model);
        assert_string_equal(x->parameters, y->parameters);
        assert_int_equal(x->duration_ns, y->duration_ns);
        assert_int_equal(x->whole_ns, y->whole_ns);
        assert_int_equal(x->dropped, y->dropped);
        assert_int_equal(x->switches_error, y->switches_error);
        assert_int_equal(x->threads, y->threads);
        assert_int_equal(x->n, y->n);
        if (x->n)
            assert_memory_equal(x->events, y->events,
                                x->n * sizeof(x->events[0]));
    }
}

static void assert_survives(const struct traces *t)
{
    struct traces back;

    write_traces(t);
    assert_int_equal(traces_read(dir, &back), 0);
    assert_same_traces(t, &back);
    traces_finish(&back);
}

static void test_no_file_is_no_traces(void **s)
{
    struct traces back = {.n = 77};

    (void)s;
    assert_int_equal(traces_read(dir, &back), 0);
    assert_int_equal(back.n, 0);
    assert_null(back.items);
    assert_int_equal(traces_read("/nowhere/at/all", &back), 0);
    assert_int_equal(back.n, 0);
}

static void test_a_directory_in_its_place_is_an_error(void **s)
{
    struct traces back;
    char path[512];

    (void)s;
    snprintf(path, sizeof(path), "%s/events.tsv", dir);
    assert_int_equal(store_make_directory(path), 0);
    assert_int_equal(traces_read(dir, &back), -EIO);
}

static void test_the_file_says_all_that_a_trace_is(void **s)
{
    struct traces traces = {0};

    (void)s;
    for (uint32_t what = 0; what < TRACE_WHAT_N; what++) {
        struct trace *t = fresh_trace();

        t->switches_error = (int32_t)what;
        if (what < TRACE_ON)
            note(t, 1100, 9, what, what, UINT32_MAX - what);
        else
            note_switch(t, 1100, 9, what, 65535 - what);
        add(&traces, t)->dropped = UINT64_MAX;
    }
    assert_survives(&traces);
    traces_finish(&traces);
}

static uint32_t below(gsl_rng *random, uint32_t bound)
{
    return (uint32_t)gsl_rng_uniform_int(random, bound);
}

static void randomize(gsl_rng *random, struct trace *t)
{
    uint32_t n = below(random, ROOM + 4);

    for (uint32_t i = 0; i < n; i++)
        note(t, 900 + below(random, 1200), MAIN + below(random, 4),
             below(random, 5000), below(random, TRACE_ON), below(random, 9));
    for (uint64_t ns = 900; t->switches < SWITCHES; ns += below(random, 300))
        note_switch(t, ns, MAIN + below(random, 4),
                    TRACE_ON + below(random, TRACE_WHAT_N - TRACE_ON),
                    below(random, 4));
    t->switches_lost = below(random, 2);
    t->switches_lost_ns = 900 + below(random, 1200);
    t->switches_error = (int32_t)below(random, 40);
}

static void test_random_traces_survive(void **s)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)s;
    for (unsigned times = 0; times < 300; times++) {
        struct traces traces = {0};

        for (unsigned i = below(random, 4); i > 0; i--) {
            struct trace *t = fresh_trace();

            randomize(random, t);
            add(&traces, t);
        }
        assert_survives(&traces);
        traces_finish(&traces);
    }
    gsl_rng_free(random);
}

#define HEAD                                                                   \
    "# trace workload=counter model=libuv parameters=tasks=8 "                 \
    "duration_ns=1000 whole_ns=900 dropped=0 switches_error=0 threads=2\n"
#define COLUMNS "ns\tthread\tlane\twhat\tvalue\n"

static void test_the_text_is_as_it_is_documented(void **s)
{
    static const char text[] = HEAD COLUMNS "0\t0\t-\ton\t1\n"
                                            "10\t0\t7\tstart\t0\n"
                                            "900\t1\t7\treceived\t4294967295\n"
                                            "\n" HEAD COLUMNS "\n";
    struct traces back;
    char *again;

    (void)s;
    write_text(text, strlen(text));
    assert_int_equal(traces_read(dir, &back), 0);
    assert_int_equal(back.n, 2);
    assert_int_equal(back.items[1].n, 0);
    assert_event(&back.items[0], 0, "0 0/-1 on 1");
    assert_event(&back.items[0], 1, "10 0/7 start 0");
    assert_event(&back.items[0], 2, "900 1/7 received 4294967295");
    write_traces(&back);
    again = read_file(dir, "events.tsv", NULL);
    assert_string_equal(again, text);
    free(again);
    traces_finish(&back);
}

/* Each is one fault away from a right file. */
#define SIXTEEN  "0123456789abcdef"
#define FOUR(s)  s s s s
#define TOO_LONG FOUR(SIXTEEN) FOUR(SIXTEEN) /* for SAMPLE_MODEL */
static const char *const damaged[] = {
    "0\t0\t-\ton\t1\n",
    COLUMNS HEAD,
    "\n" HEAD,
    "nonsense\n",
    HEAD COLUMNS "0\t0\t-\ton\t1",        /* no newline */
    HEAD COLUMNS "0\t0\t-\ton\n",         /* a field too few */
    HEAD COLUMNS "0\t0\t-\ton\t1\t1\n",   /* too many */
    HEAD COLUMNS "0\t0\t-\ton \t1\n",     /* what? */
    HEAD COLUMNS "0\t0\t-\tunknown\t1\n", /* what? */
    HEAD COLUMNS "0\t0\t-\tturn\t1\n",    /* a lane's, of none */
    HEAD COLUMNS "0\t0\t0\toff\t1\n",     /* a thread's, of one */
    HEAD COLUMNS "0\t0\t4294967295\tturn\t1\n",
    HEAD COLUMNS "0\t0\t1048577\tturn\t1\n",
    HEAD COLUMNS "0\t2\t-\ton\t1\n", /* there are two threads */
    HEAD COLUMNS "0\t4294967296\t-\ton\t1\n",
    HEAD COLUMNS "0\t0\t-\ton\t65537\n", /* no machine has that CPU */
    HEAD COLUMNS "0\t0\t1\tturn\t4294967296\n",
    HEAD COLUMNS "901\t0\t-\ton\t1\n", /* later than what is whole */
    HEAD COLUMNS "9\t0\t-\ton\t1\n8\t0\t-\toff\t1\n",
    HEAD COLUMNS "-1\t0\t-\ton\t1\n",
    HEAD COLUMNS " 1\t0\t-\ton\t1\n",
    HEAD COLUMNS "+1\t0\t-\ton\t1\n",
    HEAD COLUMNS "\t0\t-\ton\t1\n",
    HEAD COLUMNS "1.5\t0\t-\ton\t1\n",
    HEAD COLUMNS "18446744073709551616\t0\t-\ton\t1\n",
    "# trace model=libuv duration_ns=0 whole_ns=0 threads=1\n",
    "# trace workload=counter duration_ns=0 whole_ns=0 threads=1\n",
    "# trace workload=counter model=libuv threads=0\n",
    "# trace workload=counter model=libuv\n",
    "# trace workload=counter model=libuv threads=1048577\n",
    "# trace workload=counter model=libuv threads=-1\n",
    "# trace workload=counter model=libuv threads=1 "
    "switches_error=99999999999\n",
    "# trace workload=counter model=libuv threads=1 duration_ns=\n",
    "# trace workload=counter model=libuv threads=1 whole_ns=1\n",
    "# trace workload=counter model=libuv threads=1 more=1\n",
    "# trace workload=counter model=libuv threads=1 more\n",
    "# trace workload=counter model=" TOO_LONG " threads=1\n",
    "# trace \n",
};

static void test_what_is_no_such_file_is_refused(void **s)
{
    (void)s;
    for (size_t i = 0; i < COUNT(damaged); i++) {
        struct traces back;
        int error;

        write_text(damaged[i], strlen(damaged[i]));
        error = traces_read(dir, &back);
        if (error != -EINVAL)
            fail_msg("%d for:\n%s", error, damaged[i]);
        assert_int_equal(back.n, 0);
        assert_null(back.items);
    }
}

static void test_a_nul_is_refused(void **s)
{
    static const char text[] = HEAD COLUMNS "0\t0\t-\ton\t1\0more\n";
    struct traces back;

    (void)s;
    write_text(text, sizeof(text) - 1);
    assert_int_equal(traces_read(dir, &back), -EINVAL);
}

/* Whatever is accepted can be drawn. */
static void use_all(const struct traces *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct timeline line;

        assert_int_equal(timeline_build(&t->items[i], &line), 0);
        timeline_finish(&line);
    }
}

static void test_random_damage_is_refused_or_harmless(void **s)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    struct traces traces = {0};
    unsigned accepted = 0;
    char *text;
    size_t len;

    (void)s;
    for (unsigned i = 0; i < 3; i++) {
        struct trace *t = fresh_trace();

        randomize(random, t);
        add(&traces, t);
    }
    write_traces(&traces);
    text = read_file(dir, "events.tsv", &len);
    for (unsigned times = 0; times < 600; times++) {
        static const char likely[] = "0123456789\t\n -=on";
        size_t at = below(random, (uint32_t)len);
        char before = text[at];
        struct traces back;
        int error;

        text[at] = times % 2 ? likely[below(random, sizeof(likely) - 1)]
                             : (char)below(random, 256);
        write_text(text, times % 5 ? len : at);
        error = traces_read(dir, &back);
        if (error)
            assert_int_equal(error, -EINVAL);
        else
            use_all(&back);
        accepted += !error;
        traces_finish(&back);
        text[at] = before;
    }
    /* Otherwise nothing was tried but the refusal. */
    assert_in_range(accepted, 30, 570);
    free(text);
    traces_finish(&traces);
    gsl_rng_free(random);
}

static void test_every_event_has_a_name_of_its_own(void **s)
{
    (void)s;
    for (uint32_t i = 0; i < TRACE_WHAT_N; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_string_not_equal(trace_what_name(i), trace_what_name(j));
    assert_string_equal(trace_what_name(TRACE_WHAT_N), "unknown");
}

/* The table rows of the manual that begin with this word, or a list of it. */
static bool is_documented(const char *manual, const char *word)
{
    char expression[128];

    snprintf(expression, sizeof(expression),
             "\n\\| ([a-z, ]+, )?%s(,[a-z, ]+)? "
             "\\| ",
             word);
    return matches(manual, expression);
}

static void test_the_manual_knows_every_event_and_column(void **s)
{
    char *manual = read_file(SOURCE_ROOT "/results", "README.md", NULL);
    const char *events = strstr(manual, "`events.tsv` has for each");

    (void)s;
    assert_non_null(events);
    for (uint32_t i = 0; i < TRACE_WHAT_N; i++)
        assert_true(is_documented(events, trace_what_name(i)));
    assert_true(is_documented(events, "ns"));
    assert_true(is_documented(events, "thread"));
    assert_true(is_documented(events, "lane"));
    assert_true(is_documented(events, "what"));
    assert_true(is_documented(events, "value"));
    free(manual);
}

#define IN_SCRATCH(test)                                                       \
    cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_events_are_in_the_order_of_time_from_the_beginning),
        cmocka_unit_test(
            test_what_was_before_and_after_the_iteration_is_left_out),
        cmocka_unit_test(
            test_threads_are_numbered_as_they_come_the_main_one_first),
        cmocka_unit_test(test_a_silent_main_thread_is_a_thread),
        cmocka_unit_test(test_at_one_time_a_thread_comes_first_and_goes_last),
        cmocka_unit_test(test_what_had_no_room_ends_what_is_whole),
        cmocka_unit_test(
            test_no_event_is_kept_that_came_after_one_without_room),
        cmocka_unit_test(test_lost_switches_end_what_is_whole),
        cmocka_unit_test(test_switches_lost_after_the_end_are_missed_by_nobody),
        cmocka_unit_test(test_an_iteration_that_never_ended_has_no_events),
        cmocka_unit_test(test_every_event_has_a_name_of_its_own),
        cmocka_unit_test(test_the_manual_knows_every_event_and_column),
        IN_SCRATCH(test_no_file_is_no_traces),
        IN_SCRATCH(test_a_directory_in_its_place_is_an_error),
        IN_SCRATCH(test_the_file_says_all_that_a_trace_is),
        IN_SCRATCH(test_random_traces_survive),
        IN_SCRATCH(test_the_text_is_as_it_is_documented),
        IN_SCRATCH(test_what_is_no_such_file_is_refused),
        IN_SCRATCH(test_a_nul_is_refused),
        IN_SCRATCH(test_random_damage_is_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
