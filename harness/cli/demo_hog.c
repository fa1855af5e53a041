/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo hog`: what the other sites pay when one keeps the CPU. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/report/quantities.h"

/* The models of the claim, in its order; the loop again with a helper. */
enum { THREADS, LOOP, SHOWN };
static const char *const offload = "offload";

static double hold_ns(const struct show *s)
{
    return (double)demo_parameter(s, NULL, "hold-ms") * 1e6;
}

static double median_of(const struct show *s, const char *part, size_t model)
{
    return demo_metric(s, demo_cell(s, part, 0, model), "page_p50_ns");
}

/* Of the time that the handler keeps the CPU: little, some, most of it. */
enum part_of { LITTLE, SOME, MOST };
static enum part_of part_of(const struct show *s, double ns)
{
    return ns < 0.25 * hold_ns(s)   ? LITTLE
           : ns < 0.75 * hold_ns(s) ? SOME
                                    : MOST;
}

/* "1 s", "50 ms" */
static const char *round_time(double ns, char out[32])
{
    snprintf(out, 32, ns < 1e8 ? "%g ms" : "%g s", ns / (ns < 1e8 ? 1e6 : 1e9));
    return out;
}

static void ask_loop(const struct show *s)
{
    char hold[32];

    round_time(hold_ns(s), hold);
    demo_heading(s, "Hog: one page keeps the CPU for %s", hold);
    demo_say(s,
             "%g sites are downloaded at once. Each server answers after %g "
             "ms. The handler of one page then computes for %s; the other "
             "sites are healthy.",
             (double)demo_parameter(s, NULL, "n"),
             (double)demo_parameter(s, NULL, "latency-ms"), hold);
    putchar('\n');
    demo_say(s,
             "One event loop downloads them all. How many ms does a healthy "
             "site take, from its connection to its last byte (the median)?");
}

static bool measure_loop(const struct show *s, struct measured *ret)
{
    ret->e = demo_estimate(s, demo_cell(s, NULL, 0, LOOP), "page_p50_ns");
    return ret->e.n > 0;
}

static void add(const struct show *s, struct bars *b, const char *part,
                size_t model)
{
    double ns = median_of(s, part, model);
    struct bar *bar = bars_add(b, demo_label(s, part, model));
    char label[sizeof(bar->label)];

    if (!bar)
        return;
    bar->ends[0] = ns;
    quantity_ns(ns, bar->text, sizeof(bar->text));
    if (part)
        snprintf(label, sizeof(label), "%.40s, offload", bar->label);
    if (part)
        memcpy(bar->label, label, sizeof(label));
}

static struct bars bars_of(const struct show *s, bool all)
{
    struct bars b = {.title =
                         "One page keeps the CPU: how long do the others take?",
                     .label = "healthy sites",
                     .text = "median"};

    for (size_t model = 0; model < SHOWN; model++)
        add(s, &b, NULL, model);
    if (all)
        add(s, &b, offload, 0);
    return b;
}

static void print_bars(const struct show *s, bool all)
{
    struct bars b = bars_of(s, all);

    demo_source(s);
    bars_print(&b, s->look.columns);
    putchar('\n');
    free(b.items);
}

static void show_loop(const struct show *s)
{
    demo_heading(s, "1. Threads, and a loop");
    print_bars(s, false);
    if (part_of(s, median_of(s, NULL, LOOP)) == MOST)
        demo_say(s,
                 "%s: its one thread computes, so the bytes of the healthy "
                 "sites wait in the kernel until the handler has ended.",
                 demo_label(s, NULL, LOOP));
    else
        demo_say(s,
                 "%s: here most of the healthy sites had ended before the "
                 "handler began.",
                 demo_label(s, NULL, LOOP));
    if (part_of(s, median_of(s, NULL, THREADS)) == LITTLE)
        demo_say(s,
                 "%s: each site has its own. The kernel lets them run on "
                 "another CPU, or interrupts the one that computes.",
                 demo_label(s, NULL, THREADS));
    else
        demo_say(s,
                 "%s: here they were slow, too. The kernel could interrupt the "
                 "handler; perhaps other programs kept the CPUs.",
                 demo_label(s, NULL, THREADS));
}

static void print_choices(const struct show *s)
{
    char hold[32], half[32];

    round_time(hold_ns(s), hold);
    printf("    a  not much longer than its server, less than a quarter of "
           "%s\n    b  about %s\n    c  about %s, or longer\n",
           hold, round_time(hold_ns(s) / 2, half), hold);
}

static void ask_offload(const struct show *s)
{
    demo_heading(s, "2. Can the loop be helped?");
    demo_say(s,
             "The loop hands the computation to a second thread, and goes on. "
             "When it has ended, the loop gets an event like any other. "
             "Libraries call that offload, or a worker.");
    putchar('\n');
    demo_say(s, "How long does a healthy site take now?");
    putchar('\n');
    print_choices(s);
}

static bool measure_offload(const struct show *s, struct measured *ret)
{
    double ns = median_of(s, offload, 0);

    ret->choice = part_of(s, ns);
    return ns > 0;
}

static void show_offload(const struct show *s)
{
    double with = median_of(s, offload, 0), without = median_of(s, NULL, LOOP);

    demo_heading(s, "3. With offload");
    print_bars(s, true);
    if (with > 0 && without > 2 * with)
        demo_say(s,
                 "With offload a healthy site takes 1/%.0f of the time. A "
                 "handler that computes for long does not belong in a loop.",
                 without / with);
    else
        demo_say(s, "Here offload made no great difference.");
    if (part_of(s, without) == MOST) {
        putchar('\n');
        demo_say(s, "In a loop each handler delays all other sites by its "
                    "whole length.");
    }
}

static int figure(const struct show *s, FILE *out)
{
    struct bars b = bars_of(s, true);

    return bars_write(&b, out);
}

static const struct demo_question asked_loop = {
    .id = "hog-loop", .unit = "ms", .scale = 1e6, .measured = measure_loop};
static const struct demo_question asked_offload = {
    .id = "hog-offload", .choices = 3, .measured = measure_offload};

static const struct page pages[] = {{ask_loop, &asked_loop},
                                    {show_loop, NULL},
                                    {ask_offload, &asked_offload},
                                    {show_offload, NULL}};

const struct demo demo_hog = {
    .name = "hog",
    .summary =
        "one page keeps the CPU: the other sites in a loop, in threads,\n"
        "and in a loop that hands the work to another thread",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .rounds = 2,
    .script = "bars",
    .figure = figure,
};
