/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo cooperative`: updates that one thread loses. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"

/* The parts of the demo: where its tasks yield. */
static const char *const between = NULL, *const split = "split";

/* What the runs of one model left. */
struct left {
    size_t runs;
    double least, most;
};

static struct left left_of(const struct show *s, const char *part, size_t model)
{
    size_t n;
    double *all = demo_left(s, part, demo_cell(s, part, 0, model), &n);
    struct left left = {n, n ? all[0] : 0, n ? all[n - 1] : 0};

    free(all);
    return left;
}

static size_t models_of(const struct show *s)
{
    return demo_claim(s, split)->models.n;
}

static void ask_between(const struct show *s)
{
    char each[32], all[32];

    demo_heading(s, "Cooperative: can one thread lose updates?");
    demo_say(
        s,
        "%g tasks share one thread, and nothing interrupts a task: it "
        "keeps the thread until it yields. Each adds 1 to one counter %s "
        "times, without a lock, and yields after each increment:",
        (double)demo_parameter(s, between, "tasks"),
        demo_count((double)demo_parameter(s, between, "increments"), each));
    puts("\n    load the counter\n    store what was loaded, plus 1\n    yield "
         "to the next task\n");
    demo_say(s, "%s increments are made. After the run",
             demo_count(demo_increments(s, between), all));
    puts("\n    a  all are left, in each run\n    b  some are lost, in some "
         "runs\n    c  some are lost, in each run");
}

/* Of the runs of all models. */
static void count_lossy(const struct show *s, const char *part, size_t *ret_n,
                        size_t *ret_lossy)
{
    *ret_n = *ret_lossy = 0;
    for (size_t model = 0; model < models_of(s); model++) {
        const struct entry *e = demo_cell(s, part, 0, model);

        *ret_n += e->iterations;
        *ret_lossy += e->wrong_iterations;
    }
}

static bool measure_between(const struct show *s, struct measured *ret)
{
    size_t n, lossy;

    count_lossy(s, between, &n, &lossy);
    ret->choice = !lossy ? 0 : lossy < n ? 1 : 2;
    return true;
}

static struct bars bars_of(const struct show *s, const char *part)
{
    struct bars b = {.label = "",
                     .text = "left in the counter",
                     .most = demo_increments(s, part)};

    for (size_t model = 0; model < models_of(s); model++) {
        struct left left = left_of(s, part, model);
        struct bar *bar = bars_add(&b, demo_label(s, part, model));
        char least[32], most[32];

        if (!bar)
            break;
        bar->ends[0] = (left.least + left.most) / 2;
        demo_count(left.least, least);
        demo_count(left.most, most);
        snprintf(bar->text, sizeof(bar->text), "%s%s%s", least,
                 left.least < left.most ? " to " : "",
                 left.least < left.most ? most : "");
    }
    return b;
}

static void print_bars(const struct show *s, const char *part)
{
    struct bars b = bars_of(s, part);

    demo_source(s);
    bars_print(&b, s->look.columns);
    putchar('\n');
    free(b.items);
}

static void show_between(const struct show *s)
{
    size_t n, lossy;

    count_lossy(s, between, &n, &lossy);
    demo_heading(s, "1. They yield between two increments");
    print_bars(s, between);
    if (lossy)
        demo_say(s,
                 "%zu of %zu runs lost updates: that is a defect of the "
                 "model.",
                 lossy, n);
    else
        demo_say(s,
                 "None of the %zu runs lost an update. Load and store are in "
                 "one turn, and during a turn no other task runs.",
                 n);
}

static void ask_split(const struct show *s)
{
    char all[32];

    demo_heading(s, "2. Now they yield in the middle");
    puts("    load the counter\n    yield to the next task\n    store what was "
         "loaded, plus 1\n");
    demo_say(s,
             "There is still one thread, and still nothing interrupts a task. "
             "Programs do this wherever a call between load and store waits: "
             "for a file, for a database, for another task.");
    putchar('\n');
    demo_say(s, "How many of the %s increments are left now?",
             demo_count(demo_increments(s, split), all));
}

/* One number that all runs of all models left. */
static bool is_exact(const struct show *s, double *ret_left)
{
    struct left first = left_of(s, split, 0);

    for (size_t model = 0; model < models_of(s); model++) {
        struct left left = left_of(s, split, model);

        if (left.least < left.most || left.least != first.least || !left.runs)
            return false;
    }
    *ret_left = first.least;
    return true;
}

static bool measure_split(const struct show *s, struct measured *ret)
{
    size_t n;
    double *left = demo_left(s, split, demo_cell(s, split, 0, 0), &n);

    ret->e = estimate_median(left, n);
    free(left);
    return n > 0;
}

static void explain(const struct show *s, double left)
{
    double each = (double)demo_parameter(s, split, "increments");
    double tasks = (double)demo_parameter(s, split, "tasks");
    char count[32];

    if (left != each || tasks < 2)
        return;
    puts("\n    round 1    each task loads 0\n    round 2    each task stores "
         "1, then loads 1\n    round 3    each task stores 2, then loads 2\n");
    demo_say(s,
             "The %g tasks take turns, so all have loaded the same value when "
             "the first one stores: %g increments count as one. What is left, "
             "%s, are the increments of a single task.",
             tasks, tasks, demo_count(each, count));
}

static void show_split(const struct show *s)
{
    size_t n, lossy;
    double left;

    count_lossy(s, split, &n, &lossy);
    demo_heading(s, "3. One thread, and updates are lost");
    print_bars(s, split);
    if (!lossy)
        demo_say(s, "None of the %zu runs lost an update here.", n);
    else if (!is_exact(s, &left))
        demo_say(s, "%zu of %zu runs lost updates.", lossy, n);
    else {
        demo_say(s,
                 "Each of the %zu runs left the same number: the order of the "
                 "turns is fixed, not left to chance as with threads.",
                 n);
        explain(s, left);
    }
}

static int figure(const struct show *s, FILE *out)
{
    struct bars b = bars_of(s, between), last = bars_of(s, split);

    for (size_t i = 0; i < last.n; i++) {
        struct bar *bar = bars_add(&b, last.items[i].label);
        char label[sizeof(bar->label)];

        if (!bar)
            break;
        *bar = last.items[i];
        snprintf(label, sizeof(label), "%.40s, in the middle", bar->label);
        memcpy(bar->label, label, sizeof(label));
    }
    free(last.items);
    b.title = "One thread: what is left when tasks yield between increments, "
              "and in the middle";
    return bars_write(&b, out);
}

static const struct demo_question asked_between = {
    .id = "cooperative-between", .choices = 3, .measured = measure_between};
static const struct demo_question asked_split = {
    .id = "cooperative-split", .unit = "increments", .measured = measure_split};

static const struct page pages[] = {{ask_between, &asked_between},
                                    {show_between, NULL},
                                    {ask_split, &asked_split},
                                    {show_split, NULL}};

const struct demo demo_cooperative = {
    .name = "cooperative",
    .summary = "one thread whose tasks yield in the middle of an increment:\n"
               "updates are lost without any second thread",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .rounds = 10,
    .single = true,
    .script = "bars",
    .figure = figure,
};
