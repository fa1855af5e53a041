/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `baton autopsy` prints: 80 columns. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/autopsy.h"
#include "harness/report/quantities.h"
#include "harness/results/text.h"

enum {
    COLUMNS = 80,
    FEW_ROWS = 3, /* without --long */
};

/* Lines of at most 80 columns, after an empty one. */
__attribute__((format(printf, 2, 3))) static void say(FILE *out,
                                                      const char *format, ...)
{
    char *text = NULL, *rest = NULL, *word;
    size_t column = 0, len;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    for (word = strtok_r(text, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        len = strlen(word);
        if (column && column + 1 + len > COLUMNS)
            column = 0;
        fprintf(out, "%s%s", column ? " " : "\n", word);
        column += len + (column > 0);
    }
    fputc('\n', out);
    free(text);
}

static void show_head(const struct autopsy *a, FILE *out)
{
    fprintf(out, "%s with %s: %s task%s x %s increment%s, %s expected\n",
            a->run.workload->name, a->model->name, GROUPED(a->runs.tasks),
            plural(a->runs.tasks), GROUPED(a->runs.increments),
            plural(a->runs.increments), GROUPED(a->items));
}

/* The last of the rows that are shown has all that follow, too. */
static size_t join_rows(struct outcome_row rows[], size_t n, size_t most)
{
    for (; n > most; n--) {
        struct outcome_row *last = &rows[n - 1], *before = last - 1;

        before->low = MIN(before->low, last->low);
        before->high = MAX(before->high, last->high);
        before->runs += last->runs;
        before->verdict = MAX(before->verdict, last->verdict);
    }
    return n;
}

static void show_rows(const struct autopsy *a, const struct outcomes *o,
                      const char *what, FILE *out)
{
    struct outcome_row rows[OUTCOME_ROWS];
    size_t n = outcomes_rows(o, rows);

    if (!a->full)
        n = join_rows(rows, n, FEW_ROWS);
    fprintf(out, "\n  %-24s %9s %9s\n", "last value", what, "share");
    for (size_t i = 0; i < n; i++) {
        char range[2 * GROUPED_SIZE + 8];

        snprintf(range, sizeof(range), "%s%s%s", GROUPED(rows[i].low),
                 rows[i].low < rows[i].high ? " to " : "",
                 rows[i].low < rows[i].high ? GROUPED(rows[i].high) : "");
        fprintf(out, "  %-24s %9s %7.*f %%  %s\n", range, GROUPED(rows[i].runs),
                o->n < 20000 ? 1 : 3, 100 * (double)rows[i].runs / (double)o->n,
                outcome_verdict_name(rows[i].verdict));
    }
}

static void show_runs(const struct autopsy *a, FILE *out)
{
    say(out, "%s run%s without a log, %.1f s:", GROUPED(a->runs.n),
        plural(a->runs.n), (double)a->runs_ns / 1e9);
    show_rows(a, &a->runs, "runs", out);
}

static void show_effect(const char *name, const struct outcomes *o, FILE *out)
{
    fprintf(out, "  %-10s %7s %14.1f %% %10.2f %%\n", name, GROUPED(o->n),
            100 * (double)outcomes_exact(o) / (double)o->n,
            100 * outcomes_mean_loss(o));
}

/* Without --long. */
static void show_cost(const struct autopsy *a, FILE *out)
{
    say(out,
        "Without a log the mean loss is %.2f %%, with it %.2f %%: it widens "
        "the "
        "gap.",
        100 * outcomes_mean_loss(&a->runs),
        100 * outcomes_mean_loss(&a->logged));
}

static void show_log(const struct autopsy *a, FILE *out)
{
    if (!a->full)
        return;
    say(out,
        "The log notes each value that is read between two stamps of %s. The "
        "second one stands between the load and the store. The log takes %.1f "
        "ns an increment, and widens the gap in which an update can be lost:",
        a->ticks ? "the CPU's counter" : "clock_gettime(2)", a->event_ns);
    fprintf(out, "\n  %-10s %7s %16s %12s\n", "log", "runs", "nothing lost",
            "mean loss");
    show_effect("without", &a->runs, out);
    show_effect("with", &a->logged, out);
}

static void show_worst(const struct autopsy *a, FILE *out)
{
    const struct erasures *found = &a->erasures;
    const struct erasure *e = &found->worst;
    uint64_t lost = a->items > a->final ? a->items - a->final : 0;

    say(out,
        "The worst lost update of %s logged run%s, in run %s, which ended at "
        "%s:\n",
        GROUPED(a->logged.n), plural(a->logged.n), GROUPED(a->number),
        GROUPED(a->final));
    autopsy_story(a, out);
    if (!a->full) {
        show_cost(a, out);
        return;
    }
    say(out,
        "Task %zu read %s and %s. %.1f us later it stored %s over %s of task "
        "%zu, which erased %s update%s of others.",
        e->read.task + 1, GROUPED(e->read.value), autopsy_held(a),
        autopsy_us(a, e->read.ticks, e->store.ticks), GROUPED(e->store.value),
        GROUPED(e->over.value), e->over.task + 1, GROUPED(e->erased),
        plural(e->erased));
    /* Where erased updates came back, the sum is larger than the loss. */
    if (!found->partial && found->sum <= lost)
        say(out,
            "Of the %s updates that run %s lost, %s such store%s erased %s.",
            GROUPED(lost), GROUPED(a->number), GROUPED(found->n),
            plural(found->n), GROUPED(found->sum));
}

static void show_beside(const struct autopsy *a, FILE *out)
{
    const struct episode *e = &a->beside.worst;
    char more[48] = "";

    if (!a->beside.n || !a->full)
        return;
    if (e->n > 2)
        snprintf(more, sizeof(more), " (and %zu more)", e->n - 2);
    say(out,
        "Another kind of loss, side by side: tasks on several CPUs count at "
        "the same time, each from its own store buffer, and no order of loads "
        "and stores explains it. In run %s tasks %zu and %zu%s did so for %.1f "
        "us: they made %s increments, and the counter grew by %s. In all, "
        "about %s updates were lost in this way.",
        GROUPED(a->number), e->tasks[0] + 1, e->tasks[1] + 1, more,
        autopsy_us(a, e->begin, e->end), GROUPED(e->increments),
        GROUPED(e->grown), GROUPED(a->beside.lost));
}

static void show_logged(const struct autopsy *a, FILE *out)
{
    show_log(a, out);
    if (!a->noted)
        say(out, "The model shows none of its loads: compile its file with "
                 "-DBATON_WATCHED.");
    else if (a->erasures.n)
        show_worst(a, out);
    else
        say(out,
            "In %s logged run%s, %.1f s, no task that held an old value stored "
            "it. That depends on what else the machine does: run it again, or "
            "with more increments.",
            GROUPED(a->logged.n), plural(a->logged.n),
            (double)a->logged_ns / 1e9);
    show_beside(a, out);
}

static void show_unseen(const struct autopsy *a, FILE *out)
{
    uint64_t values[OUTCOME_FEW];
    size_t n = outcomes_unseen(&a->pairs, values, OUTCOME_FEW);

    if (!n)
        return;
    fputs("\n  Possible, and not seen:", out);
    for (size_t i = 0; i < n && i < OUTCOME_FEW; i++)
        fprintf(out, "%s %" PRIu64, i ? "," : "", values[i]);
    fputs(".\n", out);
    say(out,
        "Which order of steps ends there? `baton duel --tasks 2 --increments "
        "%" PRIu64 " --goal %" PRIu64 "`",
        a->pairs.increments, values[0]);
}

static void show_pair(const struct autopsy *a, FILE *out)
{
    if (a->no_pair[0])
        say(out, "The bare pair is left out: %s.", a->no_pair);
    if (!a->pairs.n)
        return;
    say(out,
        "The bare pair, which is no run of a model: two threads that stand on "
        "CPU %d and CPU %d, and count in one counter after the other. %s "
        "samples, %.0f ms:",
        a->pair.cpus[0], a->pair.cpus[1], GROUPED(a->pairs.n),
        (double)a->pair_ns / 1e6);
    show_rows(a, &a->pairs, "samples", out);
    show_unseen(a, out);
}

void autopsy_show(const void *autopsy, FILE *out)
{
    const struct autopsy *a = autopsy;

    show_head(a, out);
    show_runs(a, out);
    if (a->why[0])
        say(out, "Nothing can be lost here: %s.", a->why);
    else
        show_logged(a, out);
    show_pair(a, out);
    if (!a->full && a->logged.n)
        fputs("--long: all values, what the log costs, losses side by side.\n",
              out);
}
