/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo race`: how many increments are left without a lock. */
#include <math.h>
#include <stdlib.h>

#include "harness/cli/demo.h"
#include "harness/report/quantities.h"

/* The models of the claim, in its order. */
enum { UNGUARDED, LOOP, MUTEX };

static double increments(const struct show *s)
{
    return demo_increments(s, NULL);
}

/* Ranges of a tenth each, from the top to the last that has a run. */
static void add_ranges(struct bars *b, const double left[], size_t n,
                       double all)
{
    enum { RANGES = 10 };
    double ends[RANGES + 1];
    char low[32], high[32], label[64];

    for (int i = 0; i <= RANGES; i++)
        ends[i] = ceil(all * (RANGES - i) / RANGES);
    for (int range = -1; range < RANGES && (range < 0 || left[0] < ends[range]);
         range++) {
        double from = range < 0 ? all : ends[range + 1];
        double to = range < 0 ? all : ends[range] - 1;
        struct bar *bar;
        size_t runs = 0;

        for (size_t i = 0; i < n; i++)
            runs += left[i] >= from && left[i] <= to;
        snprintf(label, sizeof(label), range < 0 ? "exactly %s" : "%s to %s",
                 demo_count(from, low), demo_count(to, high));
        bar = bars_add(b, label);
        if (bar) {
            bar->ends[0] = (double)runs;
            snprintf(bar->text, sizeof(bar->text), "%zu", runs);
        }
    }
}

static struct bars distribution(const struct show *s)
{
    struct bars b = {.title = "How many increments are left?",
                     .label = "left in the counter",
                     .text = "runs"};
    size_t n;
    double *left = demo_left(s, NULL, demo_cell(s, NULL, 0, UNGUARDED), &n);

    b.failed = !left;
    if (n)
        add_ranges(&b, left, n, increments(s));
    free(left);
    return b;
}

static void ask_left(const struct show *s)
{
    char each[32], all[32];

    demo_heading(s, "Race: how many increments are left?");
    demo_say(s,
             "%g threads add 1 to one counter, %s times each, without a lock. "
             "An increment is three steps: load the counter, add 1, store the "
             "sum.",
             (double)demo_parameter(s, NULL, "tasks"),
             demo_count((double)demo_parameter(s, NULL, "increments"), each));
    puts("\n    thread 1    loads 41                 stores 42\n"
         "    thread 2              loads 41                 stores 42\n");
    demo_say(s, "Two increments, and the counter has grown by 1: an update is "
                "lost.");
    putchar('\n');
    demo_say(s,
             "%s increments are made. How many are left in the counter at "
             "the end?",
             demo_count(increments(s), all));
}

static bool measure_left(const struct show *s, struct measured *ret)
{
    size_t n;
    double *left = demo_left(s, NULL, demo_cell(s, NULL, 0, UNGUARDED), &n);

    ret->e = estimate_median(left, n);
    free(left);
    return n > 0;
}

static void conclude_left(const struct show *s, const double left[], size_t n)
{
    size_t lossy = 0;
    char least[32], median[32];

    while (lossy < n && left[lossy] < increments(s))
        lossy++;
    demo_count(left[0], least);
    demo_count((left[(n - 1) / 2] + left[n / 2]) / 2, median);
    putchar('\n');
    if (!lossy)
        demo_say(s,
                 "None of the %zu runs lost an update here. The program is "
                 "wrong nevertheless: no rule forbids the order on the page "
                 "before. More runs may show it.",
                 n);
    else
        demo_say(s,
                 "%zu of %zu runs lost updates. The median run left %s, the "
                 "worst %s.",
                 lossy, n, median, least);
    if (lossy && lossy < n)
        demo_say(s,
                 "The other %zu had the right result by luck: a test that runs "
                 "once may find nothing.",
                 n - lossy);
}

static void show_left(const struct show *s)
{
    struct bars b = distribution(s);
    size_t n;
    double *left = demo_left(s, NULL, demo_cell(s, NULL, 0, UNGUARDED), &n);

    demo_heading(s, "1. The same program, %zu times", n);
    demo_source(s);
    bars_print(&b, s->look.columns);
    if (left && n)
        conclude_left(s, left, n);
    free(b.items);
    free(left);
}

static void ask_safe(const struct show *s)
{
    const struct claim *c = demo_claim(s, NULL);

    demo_heading(s, "2. Which of these loses no update?");
    printf("The same increments, made in two other ways:\n\n");
    for (size_t model = LOOP; model <= MUTEX; model++) {
        const struct model *m = model_find(c->models.items[model]);

        printf("    %s: %s\n", demo_label(s, NULL, model), m ? m->summary : "");
    }
    printf("\nAll increments are left\n\n"
           "    a  only with %s\n    b  only with %s\n"
           "    c  with both\n    d  with neither\n",
           demo_label(s, NULL, LOOP), demo_label(s, NULL, MUTEX));
}

static bool loses(const struct show *s, size_t model)
{
    return demo_cell(s, NULL, 0, model)->lost_updates > 0;
}

static bool measure_safe(const struct show *s, struct measured *ret)
{
    bool loop = loses(s, LOOP), mutex = loses(s, MUTEX);

    ret->choice = loop && mutex ? 3 : loop ? 1 : mutex ? 0 : 2;
    return true;
}

static void print_model(const struct show *s, size_t model)
{
    const struct entry *e = demo_cell(s, NULL, 0, model);
    struct estimate time = table_estimate(e, s->table.rounds, value_real_ns);
    char text[QUANTITY_SIZE];

    quantity_ns(time.median, text, sizeof(text));
    printf("  %-22s %5u  %9u  %12.4g %%  %10s\n", demo_label(s, NULL, model),
           e->measured, (unsigned)e->wrong_iterations,
           100 * (double)e->lost_updates /
               (increments(s) * (double)e->iterations),
           text);
}

static void conclude_safe(const struct show *s)
{
    putchar('\n');
    if (!loses(s, LOOP))
        demo_say(s,
                 "%s: one thread runs all tasks, and a task keeps it until it "
                 "hands over. None hands over between load and store, so no "
                 "update can be lost.",
                 demo_label(s, NULL, LOOP));
    if (!loses(s, MUTEX))
        demo_say(s,
                 "%s: load and store are one critical section, so each load "
                 "sees the last store.",
                 demo_label(s, NULL, MUTEX));
    for (size_t model = LOOP; model <= MUTEX; model++)
        if (loses(s, model))
            demo_say(s, "%s lost updates: that is a defect of the model.",
                     demo_label(s, NULL, model));
}

static void show_safe(const struct show *s)
{
    demo_heading(s, "3. All three");
    demo_source(s);
    printf("  %-22s %5s  %9s  %14s  %10s\n", "", "runs", "with loss",
           "updates lost", "time");
    for (size_t model = UNGUARDED; model <= MUTEX; model++)
        print_model(s, model);
    puts("\n  time: of one run, median");
    conclude_safe(s);
}

static int figure(const struct show *s, FILE *out)
{
    struct bars b = distribution(s);

    return bars_write(&b, out);
}

static const struct demo_question left = {
    .id = "race-left", .unit = "increments", .measured = measure_left};
static const struct demo_question safe = {
    .id = "race-safe", .choices = 4, .measured = measure_safe};

static const struct page pages[] = {
    {ask_left, &left}, {show_left, NULL}, {ask_safe, &safe}, {show_safe, NULL}};

const struct demo demo_race = {
    .name = "race",
    .summary = "threads without a lock, an event loop and a mutex: how many\n"
               "increments are left",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .rounds = 40,
    .single = true,
    .script = "bars",
    .figure = figure,
};
