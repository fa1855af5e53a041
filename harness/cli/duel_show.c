/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a duel. */
#include "harness/cli/duel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "models/model.h"

enum {
    NARROW = 24,    /* columns that hold each step in full */
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
    if (!duel_may_lose(&t->duel))
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
    int fewest = duel_may_lose(d) ? optimum_preemptions(&d->game) : -1;

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

static void print_store(const struct step *s, bool narrow, FILE *out)
{
    fprintf(out, "store %" PRIu64, s->value);
    if (s->erased && !narrow)
        fprintf(out, " over %" PRId64, s->erased + (int64_t)s->value - 1);
    if (s->erased > 0)
        fprintf(out, ": erases %" PRId64, s->erased);
    if (s->erased < 0)
        fprintf(out, ": brings back %" PRId64, -s->erased);
}

void duel_print_step(const struct step *s, bool narrow, FILE *out)
{
    static const char *const words[] = {
        [STEP_LOAD] = "load",       [STEP_STORE] = "store",
        [STEP_ADD] = "add 1:",      [STEP_CAS] = "swap in",
        [STEP_FAILED] = "no swap",  [STEP_LOCK] = "lock",
        [STEP_BLOCK] = "waits",     [STEP_WOKEN] = "gets the lock",
        [STEP_REFUSED] = "no lock", [STEP_UNLOCK] = "unlock",
        [STEP_YIELD] = "yield",     [STEP_TURN] = "turn",
    };

    if (s->kind == STEP_STORE) {
        print_store(s, narrow, out);
        return;
    }
    fputs(words[s->kind], out);
    if (s->kind == STEP_LOAD || s->kind == STEP_ADD || s->kind == STEP_CAS)
        fprintf(out, " %" PRIu64, s->value);
    if (s->kind == STEP_BLOCK && s->holder != STEP_NO_TASK)
        fprintf(out, " for task %" PRIu32, s->holder + 1);
}

/* Of a step in its task's column, or behind its task's number. */
static void print_cell(const struct duel_session *t, const struct step *s,
                       unsigned width, FILE *out)
{
    bool marked = s->kind == STEP_STORE && s->erased && is_coloured();

    if (t->duel.game.tasks <= DUEL_COLUMNS)
        fprintf(out, "%*s", (int)(s->task * width), "");
    else
        fprintf(out, "task %-4" PRIu32 "  ", s->task + 1);
    fputs(marked ? "\033[1;31m" : "", out);
    duel_print_step(s, t->duel.game.tasks <= DUEL_COLUMNS && width < NARROW,
                    out);
    fputs(marked ? "\033[0m\n" : "\n", out);
}

unsigned duel_width(const struct duel_session *t, unsigned columns)
{
    uint64_t tasks = t->duel.game.tasks;

    return (columns - 16) / (unsigned)(tasks <= DUEL_COLUMNS ? tasks : 1);
}

/* Steps of the log that belong to a move. */
static size_t move_end(const struct duel *d, size_t move)
{
    size_t n;

    stepper_log(d->stepper, &n);
    return move + 1 < d->n ? d->moves[move + 1].from : n;
}

static void print_steps(const struct duel_session *t, size_t from, size_t end,
                        unsigned width, FILE *out)
{
    size_t n;
    const struct step *log = stepper_log(t->duel.stepper, &n);

    for (size_t i = from; i < end; i++) {
        fprintf(out, "%6zu %7" PRIu64 "  ", i + 1, log[i].counter);
        print_cell(t, &log[i], width, out);
    }
}

size_t duel_move_lines(const struct duel *d, size_t move)
{
    size_t steps = move_end(d, move) - d->moves[move].from;

    return steps <= ONE_BY_ONE ? steps : 1;
}

/* "2000 steps: load 0 ... store 1000". */
static void print_many(const struct duel_session *t, size_t from, size_t end,
                       unsigned width, FILE *out)
{
    size_t n;
    const struct step *log = stepper_log(t->duel.stepper, &n);
    int indent = 0;

    fprintf(out, "%6zu %7" PRIu64 "  ", end, log[end - 1].counter);
    if (t->duel.game.tasks <= DUEL_COLUMNS)
        indent = (int)(log[from].task * width);
    else
        fprintf(out, "task %-4" PRIu32 "  ", log[from].task + 1);
    fprintf(out, "%*s%zu steps: ", indent, "", end - from);
    duel_print_step(&log[from], true, out);
    fputs(" ... ", out);
    duel_print_step(&log[end - 1], true, out);
    fputc('\n', out);
}

void duel_print_move(const struct duel_session *t, size_t move,
                     unsigned columns, FILE *out)
{
    unsigned width = duel_width(t, columns);
    size_t from = t->duel.moves[move].from, end = move_end(&t->duel, move);

    if (end - from <= ONE_BY_ONE)
        print_steps(t, from, end, width, out);
    else
        print_many(t, from, end, width, out);
}
