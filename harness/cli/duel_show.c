/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a duel. */
#include "harness/cli/duel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/watch/step_words.h"
#include "models/model.h"

enum {
    BESIDE = 34,    /* columns of numbers and marks */
    ONE_BY_ONE = 6, /* steps of a move that are shown each */
};

void duel_print_head(const struct duel_session *t, FILE *out)
{
    const struct game *g = &t->duel.game;
    int fewest = optimum_preemptions(g);

    fputs("baton duel", out);
    if (t->level)
        fprintf(out, ", level %zu of %zu", t->level, n_duel_levels);
    fprintf(out, ": %s, %" PRIu64 " tasks x %" PRIu64 " increments\n",
            t->model->name, g->tasks, g->increments);
    fprintf(out, "Goal: the counter ends at %" PRIu64 ", not at %" PRIu64 ". ",
            g->goal, g->tasks * g->increments);
    if (t->workload->split)
        fputs("Tasks yield between load and store.", out);
    else if (!duel_may_lose(&t->duel))
        fprintf(out, "Without a lock %d preemption%s enough.", fewest,
                fewest == 1 ? " is" : "s are");
    else
        fprintf(out, "Fewest preemptions: %d", fewest);
    if (t->chance > 0)
        fprintf(out, " (chance %.2g %%)", 100 * t->chance);
    fputs("\n", out);
}

static void print_count(const char *what, uint64_t n, FILE *out)
{
    fprintf(out, ", %" PRIu64 " %s%s", n, what, n == 1 ? "" : "es");
}

void duel_print_score(const struct duel_session *t, FILE *out)
{
    const struct duel *d = &t->duel;
    int fewest = duel_fewest(d);

    fprintf(out, "Counter %" PRIu64 ". %" PRIu64 " preemption%s",
            stepper_counter(d->stepper), d->preemptions,
            d->preemptions == 1 ? "" : "s");
    if (fewest >= 0)
        fprintf(out, " (fewest %d)", fewest);
    print_count("switch", d->switches, out);
    if (fewest >= 0)
        fprintf(out, " (fewest %" PRIu64 ")",
                optimum_switches(&d->game, (uint64_t)fewest));
    fprintf(out, ", %" PRIu64 " step%s\n", d->steps, d->steps == 1 ? "" : "s");
}

static bool in_columns(const struct duel_session *t)
{
    return t->duel.game.tasks <= DUEL_COLUMNS;
}

unsigned duel_width(const struct duel_session *t, unsigned columns)
{
    uint64_t tasks = t->duel.game.tasks;

    return (columns - BESIDE) / (unsigned)(in_columns(t) ? tasks : 1);
}

/* Step `number` of a task, in its column or behind its number. */
static void print_row(const struct duel_session *t, size_t number,
                      const struct step *s, const char *words, unsigned width,
                      FILE *out)
{
    int all = (int)width * (in_columns(t) ? (int)t->duel.game.tasks : 1);
    int before = in_columns(t) ? (int)(s->task * width) : 0;
    bool coloured = s->erased && is_coloured();
    char mark[48];

    fprintf(out, "%6zu %7" PRIu64 "  %*s", number, s->counter, before, "");
    if (!in_columns(t))
        before += fprintf(out, "task %-4" PRIu32 "  ", s->task + 1);
    step_mark(s, mark, sizeof(mark));
    if (mark[0])
        fprintf(out, "%-*s  %s%s%s\n", all - before, words,
                coloured ? "\033[1;31m" : "", mark, coloured ? "\033[0m" : "");
    else
        fprintf(out, "%s\n", words);
}

/* Steps of the log that belong to a move. */
static size_t move_end(const struct duel *d, size_t move)
{
    size_t n;

    stepper_log(d->stepper, &n);
    return move + 1 < d->n ? d->moves[move + 1].from : n;
}

size_t duel_move_lines(const struct duel *d, size_t move)
{
    size_t steps = move_end(d, move) - d->moves[move].from;

    return steps <= ONE_BY_ONE ? steps : 1;
}

/* "2000 steps: loads 0 ... stores 1000". */
static void print_many(const struct duel_session *t, const struct step log[],
                       size_t from, size_t end, unsigned width, FILE *out)
{
    char first[64], last[64], words[192];

    step_words(&log[from], first, sizeof(first));
    step_words(&log[end - 1], last, sizeof(last));
    snprintf(words, sizeof(words), "%zu steps: %s ... %s", end - from, first,
             last);
    print_row(t, end, &log[end - 1], words, width, out);
}

void duel_print_move(const struct duel_session *t, size_t move,
                     unsigned columns, FILE *out)
{
    unsigned width = duel_width(t, columns);
    size_t from = t->duel.moves[move].from, end = move_end(&t->duel, move), n;
    const struct step *log = stepper_log(t->duel.stepper, &n);
    char words[64];

    if (end - from > ONE_BY_ONE) {
        print_many(t, log, from, end, width, out);
        return;
    }
    for (size_t i = from; i < end; i++) {
        step_words(&log[i], words, sizeof(words));
        print_row(t, i + 1, &log[i], words, width, out);
    }
}
