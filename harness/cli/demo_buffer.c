/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo buffer`: how long received bytes wait in the kernel. */
#include <math.h>
#include <stdlib.h>

#include "harness/cli/demo.h"
#include "harness/report/quantities.h"

/* The models of the claim, and its values: without and with a busy handler. */
enum { LOOP, THREADS, MODELS };
enum { IDLE, BUSY, VALUES };

/* What happens to a record, in this order: times since it was sent. */
enum { NOTICED, READ, HANDLED, EVENTS };
struct wait {
    double ns[EVENTS];
};

/* What 99 of 100 records do not exceed, the median over the rounds. */
static struct wait wait_of(const struct show *s, size_t value, size_t model)
{
    static const char *const metrics[EVENTS] = {
        "noticed_p99_ns", "first_byte_p99_ns", "page_p99_ns"};
    const struct entry *e = demo_cell(s, NULL, value, model);
    struct wait wait;

    for (size_t i = 0; i < EVENTS; i++)
        wait.ns[i] = demo_metric(s, e, metrics[i]);
    return wait;
}

static double busy_ns(const struct show *s)
{
    const struct claim *c = demo_claim(s, NULL);

    return c->values.items[BUSY] * 1e3;
}

static void ask_wait(const struct show *s)
{
    demo_heading(s, "Buffer: where do received bytes wait?");
    demo_say(s, "Bytes that arrive stay in a buffer of the kernel until the "
                "program takes them:");
    puts("\n    sent --> in the kernel's buffer --> noticed --> read --> "
         "handled\n");
    demo_say(s,
             "%g connections bring a record every %g ms. The handler of one "
             "connection computes for %g ms at each of its records, a quarter "
             "of the time.",
             (double)demo_parameter(s, NULL, "connections"),
             (double)demo_parameter(s, NULL, "interval-us") / 1e3,
             busy_ns(s) / 1e6);
    putchar('\n');
    demo_say(s, "One event loop reads them all. Take the records of the other "
                "connections: 99 of 100 have been handled within how many ms, "
                "counted from their sending?");
}

static bool measure_wait(const struct show *s, struct measured *ret)
{
    ret->e = demo_estimate(s, demo_cell(s, NULL, BUSY, LOOP), "page_p99_ns");
    return ret->e.n > 0;
}

static void add(const struct show *s, struct bars *b, size_t value,
                size_t model, bool parts)
{
    struct wait wait = wait_of(s, value, model);
    struct bar *bar;
    char label[64];

    snprintf(label, sizeof(label), "%s, %.40s", value ? "busy" : "idle",
             demo_label(s, NULL, model));
    bar = bars_add(b, label);
    if (!bar)
        return;
    quantity_ns(wait.ns[HANDLED], bar->text, sizeof(bar->text));
    bar->ends[0] = parts ? wait.ns[NOTICED] : wait.ns[HANDLED];
    for (size_t i = 1; parts && i < EVENTS; i++)
        bar->ends[i] = fmax(wait.ns[i], bar->ends[i - 1]);
}

static struct bars bars_of(const struct show *s, bool parts)
{
    struct bars b = {.title = "How long do received bytes wait?",
                     .label = "one handler is",
                     .text = "99 of 100 within"};

    for (size_t value = 0; value < VALUES; value++)
        for (size_t model = 0; model < MODELS; model++)
            add(s, &b, value, model, parts);
    if (parts) {
        b.parts[NOTICED] = "until noticed";
        b.parts[READ] = "until read";
        b.parts[HANDLED] = "until handled";
    }
    return b;
}

static void print_bars(const struct show *s, bool parts)
{
    struct bars b = bars_of(s, parts);

    demo_source(s);
    bars_print(&b, s->look.columns);
    putchar('\n');
    free(b.items);
}

/* "1.5 times as long as" */
static void compare(const struct show *s, size_t value, const char *when)
{
    double loop = wait_of(s, value, LOOP).ns[HANDLED];
    double threads = wait_of(s, value, THREADS).ns[HANDLED];
    const char *a = demo_label(s, NULL, LOOP);
    const char *b = demo_label(s, NULL, THREADS);

    if (loop > 1.5 * threads)
        demo_say(s, "%s, records wait %.1f times as long in the %s as in %s.",
                 when, loop / threads, a, b);
    else if (threads > 1.5 * loop)
        demo_say(s, "%s, records wait %.1f times as long in %s as in the %s.",
                 when, threads / loop, b, a);
    else
        demo_say(s, "%s, records wait about equally long in both.", when);
}

static void show_wait(const struct show *s)
{
    demo_heading(s, "1. Without and with a busy handler");
    print_bars(s, false);
    compare(s, IDLE, "While no handler is busy");
    compare(s, BUSY, "While one is busy");
    putchar('\n');
    demo_say(s,
             "These are the slowest records. Half of them wait less than %.0f "
             "us in each of the four.",
             ceil(fmax(fmax(demo_metric(s, demo_cell(s, NULL, IDLE, LOOP),
                                        "page_p50_ns"),
                            demo_metric(s, demo_cell(s, NULL, IDLE, THREADS),
                                        "page_p50_ns")),
                       fmax(demo_metric(s, demo_cell(s, NULL, BUSY, LOOP),
                                        "page_p50_ns"),
                            demo_metric(s, demo_cell(s, NULL, BUSY, THREADS),
                                        "page_p50_ns"))) /
                  1e3));
}

static void ask_where(const struct show *s)
{
    demo_heading(s, "2. Where does a record wait?");
    demo_say(s,
             "Take the loop with the busy handler. Most of that time a record "
             "waits");
    puts("\n    a  in the kernel's buffer: the program has not noticed it\n"
         "    b  noticed, but not read: events before it are handled first\n"
         "    c  read, in its own handler");
}

static unsigned longest_part(const struct wait *w)
{
    double most = w->ns[NOTICED];
    unsigned part = NOTICED;

    for (unsigned i = READ; i < EVENTS; i++)
        if (w->ns[i] - w->ns[i - 1] > most) {
            most = w->ns[i] - w->ns[i - 1];
            part = i;
        }
    return part;
}

static bool measure_where(const struct show *s, struct measured *ret)
{
    struct wait wait = wait_of(s, BUSY, LOOP);

    ret->choice = longest_part(&wait);
    return wait.ns[NOTICED] > 0;
}

static void show_where(const struct show *s)
{
    static const char *const words[EVENTS] = {
        "was not noticed: the loop's thread computed, and did not ask the "
        "kernel for events",
        "was noticed, but not read: the handlers of other events came first",
        "was in its own handler"};
    struct wait wait = wait_of(s, BUSY, LOOP);
    unsigned part = longest_part(&wait);
    double ns = wait.ns[part] - (part ? wait.ns[part - 1] : 0);
    char time[QUANTITY_SIZE], all[QUANTITY_SIZE];

    demo_heading(s, "3. Noticed, read, handled");
    print_bars(s, true);
    quantity_ns(ns, time, sizeof(time));
    quantity_ns(wait.ns[HANDLED], all, sizeof(all));
    demo_say(s,
             "In the loop with the busy handler, for about %s of the %s a "
             "record %s.",
             time, all, words[part]);
    putchar('\n');
    demo_say(s, "Each bar has the 99th percentile of three times since the "
                "sending; the slowest records need not be the same in each.");
}

static int figure(const struct show *s, FILE *out)
{
    struct bars b = bars_of(s, true);

    return bars_write(&b, out);
}

static const struct demo_question asked_wait = {
    .id = "buffer-wait", .unit = "ms", .scale = 1e6, .measured = measure_wait};
static const struct demo_question asked_where = {
    .id = "buffer-where", .choices = EVENTS, .measured = measure_where};

static const struct page pages[] = {{ask_wait, &asked_wait},
                                    {show_wait, NULL},
                                    {ask_where, &asked_where},
                                    {show_where, NULL}};

const struct demo demo_buffer = {
    .name = "buffer",
    .summary = "bytes that wait in the kernel while the program computes: in\n"
               "a loop and in threads",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .rounds = 7,
    .script = "bars",
    .figure = figure,
};
