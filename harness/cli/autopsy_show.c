/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `baton autopsy` prints: 80 columns. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/autopsy.h"
#include "harness/report/quantities.h"
#include "harness/results/text.h"

enum {
    COLUMNS = 80,
    RULER = 48
}; /* where the right column of the story begins */

const char *grouped(uint64_t value, char out[GROUPED_SIZE])
{
    char digits[GROUPED_SIZE];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, value), at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

/* Several of them in one call of printf. */
#define N(value) grouped(value, (char[GROUPED_SIZE]){0})

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

const char *autopsy_held(const struct autopsy *a)
{
    return a->run.workload->split ? "yielded" : "was stopped";
}

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
            a->run.workload->name, a->model->name, N(a->runs.tasks),
            plural(a->runs.tasks), N(a->runs.increments),
            plural(a->runs.increments), N(a->items));
}

static void show_rows(const struct outcomes *o, const char *what, FILE *out)
{
    struct outcome_row rows[OUTCOME_ROWS];
    size_t n = outcomes_rows(o, rows);

    fprintf(out, "\n  %-24s %9s %9s\n", "last value", what, "share");
    for (size_t i = 0; i < n; i++) {
        char range[2 * GROUPED_SIZE + 8];

        snprintf(range, sizeof(range), "%s%s%s", N(rows[i].low),
                 rows[i].low < rows[i].high ? " to " : "",
                 rows[i].low < rows[i].high ? N(rows[i].high) : "");
        fprintf(out, "  %-24s %9s %7.*f %%  %s\n", range, N(rows[i].runs),
                o->n < 20000 ? 1 : 3, 100 * (double)rows[i].runs / (double)o->n,
                outcome_verdict_name(rows[i].verdict));
    }
}

static void show_runs(const struct autopsy *a, FILE *out)
{
    say(out, "%s run%s without a log, %.1f s:", N(a->runs.n), plural(a->runs.n),
        (double)a->runs_ns / 1e9);
    show_rows(&a->runs, "runs", out);
}

static void show_effect(const char *name, const struct outcomes *o, FILE *out)
{
    fprintf(out, "  %-10s %7s %14.1f %% %10.2f %%\n", name, N(o->n),
            100 * (double)outcomes_exact(o) / (double)o->n,
            100 * outcomes_mean_loss(o));
}

static void show_log(const struct autopsy *a, FILE *out)
{
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

static double us_from(const struct autopsy *a, uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) / a->ticks_per_us : 0;
}

/* A line of the story; the left text may be empty, the right one too. */
static void show_line(const char *when, const char *left, const char *right,
                      FILE *out)
{
    char line[160];
    int len = snprintf(line, sizeof(line), "  %10s  %-*s  %s", when, RULER - 16,
                       left, right);

    while (len > 0 && line[len - 1] == ' ')
        line[--len] = '\0';
    fprintf(out, "%s\n", line);
}

struct line {
    const struct autopsy *a;
    char when[24], left[64], right[64];
};

static void at(struct line *l, uint64_t ticks)
{
    snprintf(l->when, sizeof(l->when), "%.1f",
             us_from(l->a, l->a->erasures.worst.read.ticks, ticks));
}

static void end_line(struct line *l, FILE *out)
{
    show_line(l->when, l->left, l->right, out);
    l->when[0] = l->left[0] = l->right[0] = '\0';
}

static void show_others(struct line *l, const struct erasure *e, FILE *out)
{
    at(l, e->first.ticks);
    snprintf(l->left, sizeof(l->left), "| %s, holds %s", autopsy_held(l->a),
             N(e->read.value));
    snprintf(l->right, sizeof(l->right), "stores %s (task %zu)",
             N(e->first.value), e->first.task + 1);
    end_line(l, out);
    snprintf(l->left, sizeof(l->left), "| for %.1f us",
             us_from(l->a, e->read.ticks, e->store.ticks));
    if (e->stores > 2)
        snprintf(l->right, sizeof(l->right), "%s stores", N(e->stores - 2));
    end_line(l, out);
    if (e->stores < 2)
        return;
    at(l, e->over.ticks);
    snprintf(l->left, sizeof(l->left), "|");
    snprintf(l->right, sizeof(l->right), "stores %s (task %zu)",
             N(e->over.value), e->over.task + 1);
    end_line(l, out);
}

static void show_story(const struct autopsy *a, FILE *out)
{
    const struct erasure *e = &a->erasures.worst;
    struct line l = {.a = a};

    snprintf(l.when, sizeof(l.when), "time us");
    snprintf(l.left, sizeof(l.left), "task %zu (the eraser)", e->read.task + 1);
    snprintf(l.right, sizeof(l.right), "%zu other%s", e->others,
             plural(e->others));
    end_line(&l, out);
    at(&l, e->read.ticks);
    snprintf(l.left, sizeof(l.left), "reads %s", N(e->read.value));
    end_line(&l, out);
    show_others(&l, e, out);
    at(&l, e->store.ticks);
    snprintf(l.left, sizeof(l.left), "stores %s over %s", N(e->store.value),
             N(e->over.value));
    snprintf(l.right, sizeof(l.right), "<- erases %s update%s", N(e->erased),
             plural(e->erased));
    end_line(&l, out);
    if (!e->read_again)
        return;
    at(&l, e->again.ticks);
    snprintf(l.right, sizeof(l.right), "reads %s (task %zu)", N(e->again.value),
             e->again.task + 1);
    end_line(&l, out);
}

static void show_worst(const struct autopsy *a, FILE *out)
{
    const struct erasure *e = &a->erasures.worst;

    say(out,
        "The worst lost update of %s logged run%s, in run %s, which ended at "
        "%s:\n",
        N(a->logged.n), plural(a->logged.n), N(a->number), N(a->final));
    show_story(a, out);
    say(out,
        "Task %zu read %s and %s. %.1f us later it stored %s over %s, which "
        "erased %s update%s of others.",
        e->read.task + 1, N(e->read.value), autopsy_held(a),
        us_from(a, e->read.ticks, e->store.ticks), N(e->store.value),
        N(e->over.value), N(e->erased), plural(e->erased));
}

/* Where erased updates came back, the sums are larger than the loss. */
static void show_sums(const struct autopsy *a, FILE *out)
{
    uint64_t lost = a->items > a->final ? a->items - a->final : 0;
    char beside[80] = "";

    if (a->beside.n && a->erasures.sum + a->beside.lost <= lost + lost / 10)
        snprintf(beside, sizeof(beside), "; about %s were lost side by side",
                 N(a->beside.lost));
    if (a->erasures.sum <= lost)
        say(out,
            "Of the %s updates that run %s lost, %zu such store%s erased "
            "%s%s.",
            N(lost), N(a->number), a->erasures.n, plural(a->erasures.n),
            N(a->erasures.sum), beside);
}

static void show_beside(const struct autopsy *a, FILE *out)
{
    const struct episode *e = &a->beside.worst;
    char more[48] = "";

    if (!a->beside.n)
        return;
    if (e->n > 2)
        snprintf(more, sizeof(more), " (and %zu more)", e->n - 2);
    say(out,
        "Another kind of loss, side by side: tasks on several CPUs count at "
        "the same time, each from its own store buffer, and no order of loads "
        "and stores explains it. In run %s tasks %zu and %zu%s did so for %.1f "
        "us: they made %s increments, and the counter grew by %s.",
        N(a->number), e->tasks[0] + 1, e->tasks[1] + 1, more,
        us_from(a, e->begin, e->end), N(e->increments), N(e->grown));
}

static void show_logged(const struct autopsy *a, FILE *out)
{
    show_log(a, out);
    if (a->erasures.n)
        show_worst(a, out);
    else
        say(out,
            "In %s logged run%s, %.1f s, no task that held an old value stored "
            "it. That depends on what else the machine does: run it again, or "
            "with more increments.",
            N(a->logged.n), plural(a->logged.n), (double)a->logged_ns / 1e9);
    show_beside(a, out);
    if (a->erasures.n)
        show_sums(a, out);
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
    fputs(".\n  `baton duel`: find an order of steps that ends there.\n", out);
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
        a->pair.cpus[0], a->pair.cpus[1], N(a->pairs.n),
        (double)a->pair_ns / 1e6);
    show_rows(&a->pairs, "samples", out);
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
}
