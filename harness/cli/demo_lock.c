/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo lock`: the queue at a mutex. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/report/chart.h"
#include "harness/report/quantities.h"
#include "harness/results/slices.h"

static const char *const queue = "queue"; /* the traced part */

static const struct claim *costs(const struct show *s)
{
    return demo_claim(s, NULL);
}

static double threads_at(const struct show *s, size_t value)
{
    return costs(s)->values.items[value];
}

static size_t last_of(const struct show *s)
{
    return costs(s)->values.n - 1;
}

static double cost_ns(const struct show *s, size_t value)
{
    return demo_metric(s, demo_cell(s, NULL, value, 0), "item_ns");
}

static void ask_cost(const struct show *s)
{
    char one[QUANTITY_SIZE], each[32];

    demo_heading(s, "Lock: what does a mutex cost that many threads want?");
    puts("    lock the mutex\n    add 1 to the counter\n    unlock the "
         "mutex\n");
    quantity_ns(cost_ns(s, 0), one, sizeof(one));
    demo_say(s,
             "One thread does this %s times. Nothing else wants the mutex, and "
             "one increment takes %s.",
             demo_count((double)demo_parameter(s, NULL, "increments"), each),
             one);
    putchar('\n');
    demo_say(s,
             "Now %g threads use the same mutex, each for as many increments. "
             "How long does one increment take then: the time of the run, "
             "divided by all increments?",
             threads_at(s, last_of(s)));
}

static bool measure_cost(const struct show *s, struct measured *ret)
{
    ret->e = demo_estimate(s, demo_cell(s, NULL, last_of(s), 0), "item_ns");
    return ret->e.n > 0;
}

static struct bars bars_of(const struct show *s)
{
    struct bars b = {.label = "threads", .text = "one increment"};

    for (size_t i = 0; i <= last_of(s); i++) {
        char label[32];
        struct bar *bar;

        snprintf(label, sizeof(label), "%g", threads_at(s, i));
        bar = bars_add(&b, label);
        if (!bar)
            break;
        bar->ends[0] = cost_ns(s, i);
        quantity_ns(cost_ns(s, i), bar->text, sizeof(bar->text));
    }
    return b;
}

static void conclude_cost(const struct show *s)
{
    double threads = threads_at(s, last_of(s));
    double ratio = cost_ns(s, last_of(s)) / cost_ns(s, 0);

    if (ratio > 1.2)
        demo_say(s,
                 "With %g threads one increment takes %.1f times as long as "
                 "with one. Only the holder of the mutex can count, so more "
                 "threads do no more work at a time: they only hand the mutex "
                 "over.",
                 threads, ratio);
    else if (ratio > 1 / 1.2)
        demo_say(s,
                 "Here %g threads take about as long as one for each "
                 "increment. More threads do no more work at a time: only the "
                 "holder of the mutex can count.",
                 threads);
    else
        demo_say(s,
                 "Here one increment of %g threads takes 1/%.1f of the time of "
                 "one thread.",
                 threads, 1 / ratio);
}

static void show_cost(const struct show *s)
{
    struct bars b = bars_of(s);
    const struct entry *most = demo_cell(s, NULL, last_of(s), 0);

    demo_heading(s, "1. One increment, by threads");
    demo_source(s);
    bars_print(&b, s->look.columns);
    free(b.items);
    putchar('\n');
    conclude_cost(s);
    demo_say(s, "The %g threads went to sleep %.3g times in 1,000 increments.",
             threads_at(s, last_of(s)),
             1000 * demo_metric(s, most, "voluntary_per_item"));
}

static const struct traced *trace_of(const struct show *s)
{
    const struct claim *c = demo_claim(s, queue);

    for (size_t i = 0; i < s->record.traces.n; i++)
        if (strcmp(s->record.traces.items[i].workload, c->workload->name) == 0)
            return &s->record.traces.items[i];
    return NULL;
}

static void ask_queue(const struct show *s)
{
    demo_heading(s, "2. A mutex that is held for long");
    demo_say(s,
             "Now the counter is behind slow work: %g threads, each holds the "
             "mutex for %g us at each of %g increments, then computes for %g "
             "us without it.",
             (double)demo_parameter(s, queue, "tasks"),
             (double)demo_parameter(s, queue, "hold") / 1e3,
             (double)demo_parameter(s, queue, "increments"),
             (double)demo_parameter(s, queue, "think") / 1e3);
    putchar('\n');
    demo_say(s, "What part of its time does a thread wait for the mutex?");
    puts("\n    a  less than a third\n    b  between one and two thirds\n    c"
         "  more than two thirds");
}

/* How long all tasks were in a state, from their first turn to their end. */
struct states {
    double ns[SLICE_STATE_N], all;
};

static struct states states_of(const struct traced *t)
{
    struct states states = {0};
    struct timeline line = {0};
    bool *begun = NULL;

    if (timeline_build(t, &line) == 0)
        begun = calloc(line.lanes + 1, sizeof(*begun));
    for (size_t i = 0; begun && i < line.n; i++) {
        const struct slice *slice = &line.slices[i];
        double ns = (double)(slice->end_ns - slice->begin_ns);

        begun[slice->lane] |= slice->cause == TRACE_TURN;
        if (!begun[slice->lane])
            continue;
        states.ns[slice->state] += ns;
        states.all += ns;
    }
    free(begun);
    timeline_finish(&line);
    return states;
}

static bool measure_queue(const struct show *s, struct measured *ret)
{
    const struct traced *t = trace_of(s);
    struct states states = states_of(t);
    double share = states.all > 0 ? states.ns[SLICE_WAITS] / states.all : 0;

    ret->choice = share < 1.0 / 3 ? 0 : share < 2.0 / 3 ? 1 : 2;
    return states.all > 0 && t->switches_error == 0;
}

static void print_share(const char *what, double ns, double all)
{
    printf("  %-42s %3.0f %%\n", what, 100 * ns / all);
}

static void conclude_queue(const struct show *s, const struct states *states)
{
    double waits = states->ns[SLICE_WAITS];

    if (waits >= states->ns[SLICE_RUNS] && waits >= states->ns[SLICE_READY])
        demo_say(s, "Most of the time they sleep in the queue: one of them "
                    "holds the mutex, and is the only one that counts.");
    else if (states->ns[SLICE_READY] > waits)
        demo_say(s, "Here they lacked a CPU for longer than they waited for "
                    "the mutex: other programs were running, perhaps.");
    else
        demo_say(s, "Here they ran for longer than they waited.");
}

static void show_queue(const struct show *s)
{
    const struct traced *t = trace_of(s);
    struct states states = states_of(t);

    demo_heading(s, "3. The queue");
    demo_source(s);
    demo_picture(s->picture);
    putchar('\n');
    if (t->switches_error) {
        demo_say(s,
                 "The kernel did not record when threads slept (%s), so that "
                 "no waiting is visible here.",
                 strerror(t->switches_error));
        return;
    }
    print_share("threads wait, for the mutex", states.ns[SLICE_WAITS],
                states.all);
    print_share("they run, with or without it", states.ns[SLICE_RUNS],
                states.all);
    print_share("they could run, but have no CPU", states.ns[SLICE_READY],
                states.all);
    putchar('\n');
    conclude_queue(s, &states);
}

static int figure(const struct show *s, FILE *out)
{
    const struct claim *c = demo_claim(s, queue);
    const struct results results = {.traces = &s->record.traces};
    const struct subject of = {.workload = c->workload->name};
    struct finding shown = {0};
    int error = lanes_write(&results, &of, out, &shown);

    free(shown.overlaps);
    return error < 0 ? error : 0;
}

static const struct demo_question asked_cost = {
    .id = "lock-cost", .unit = "ns", .measured = measure_cost};
static const struct demo_question asked_queue = {
    .id = "lock-queue", .choices = 3, .measured = measure_queue};

static const struct page pages[] = {{ask_cost, &asked_cost},
                                    {show_cost, NULL},
                                    {ask_queue, &asked_queue},
                                    {show_queue, NULL}};

const struct demo demo_lock = {
    .name = "lock",
    .summary = "the queue at a mutex: what an increment costs by threads, and\n"
               "when each of them waits",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .rounds = 7,
    .script = "lanes",
    .title = "Which thread runs, and which waits for the mutex?",
    .draws = true,
    .figure = figure,
};
