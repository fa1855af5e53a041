/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A frame of a duel: the steps, what comes next, the score and the keys. */
#include "harness/cli/duel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { AROUND = 12 }; /* lines that are not of the steps */

/* The last moves, in `rows` lines at most. */
static void print_history(const struct duel_session *t, unsigned columns,
                          unsigned rows, FILE *out)
{
    const struct duel *d = &t->duel;
    size_t first = d->n, lines = 0;

    while (first > 0 && lines + duel_move_lines(d, first - 1) <= rows)
        lines += duel_move_lines(d, --first);
    for (size_t move = first; move < d->n; move++)
        duel_print_move(t, move, columns, out);
    for (; lines < rows; lines++)
        fputc('\n', out);
}

static void print_state(const struct task_view *v, FILE *out)
{
    static const char *const states[] = {
        [TASK_COMING] = "not begun",      [TASK_QUEUED] = "not its turn",
        [TASK_BLOCKED] = "sleeps",        [TASK_WAITS] = "sleeps",
        [TASK_SPINS] = "spins (no step)", [TASK_DONE] = "finished",
    };
    static const char *const next[] = {
        [STEP_LOAD] = "load",   [STEP_STORE] = "store",
        [STEP_ADD] = "add 1",   [STEP_CAS] = "compare, swap",
        [STEP_LOCK] = "lock",   [STEP_UNLOCK] = "unlock",
        [STEP_YIELD] = "yield", [STEP_TURN] = "turn",
    };

    if (v->state != TASK_HELD)
        fputs(states[v->state], out);
    else if (v->next == STEP_STORE && v->loaded)
        fprintf(out, "store %" PRIu64, v->value + 1);
    else
        fputs(v->next < sizeof(next) / sizeof(next[0]) && next[v->next]
                  ? next[v->next]
                  : "?",
              out);
}

/* What each task does next, in its column. */
static void print_next(const struct duel_session *t, unsigned columns,
                       FILE *out)
{
    unsigned width = duel_width(t, columns);

    fputs(" next           ", out);
    for (size_t i = 0; i < t->duel.game.tasks; i++) {
        struct task_view v = stepper_task(t->duel.stepper, i);
        char *text = NULL;
        size_t size;
        FILE *cell = open_memstream(&text, &size);

        if (!cell)
            continue;
        print_state(&v, cell);
        fclose(cell);
        fprintf(out, "%-*.*s", (int)width, (int)width, text);
        free(text);
    }
    fputc('\n', out);
}

/* Of many tasks: the first ones that have begun, and how many have not. */
static void print_begun(const struct duel_session *t, FILE *out)
{
    size_t done = 0, begun = 0, shown = 0;

    for (size_t i = 0; i < t->duel.game.tasks; i++) {
        struct task_view v = stepper_task(t->duel.stepper, i);

        done += v.state == TASK_DONE;
        begun += v.state != TASK_DONE && v.steps > 0;
        if (v.state == TASK_DONE || v.steps == 0 || ++shown > 3)
            continue;
        fprintf(out, "%s %zu: ", shown > 1 ? ";" : " next: task", i + 1);
        print_state(&v, out);
    }
    fprintf(out, "%s%zu finished, %zu not begun\n", shown ? "; " : " ", done,
            t->duel.game.tasks - done - begun);
}

/* The task that has the lock; STEP_NO_TASK: none, or there is no lock. */
static uint32_t holder_of(const struct duel *d)
{
    size_t n;
    const struct step *log = stepper_log(d->stepper, &n);
    uint32_t holder = STEP_NO_TASK;

    for (size_t i = 0; i < n; i++)
        if (log[i].kind == STEP_LOCK || log[i].kind == STEP_WOKEN)
            holder = log[i].task;
        else if (log[i].kind == STEP_UNLOCK)
            holder = STEP_NO_TASK;
    return holder;
}

static void print_lock(const struct duel_session *t, FILE *out)
{
    uint32_t holder = holder_of(&t->duel);
    const char *between = "; waiting: ";

    if (holder == STEP_NO_TASK) {
        fputc('\n', out);
        return;
    }
    fprintf(out, " lock: task %" PRIu32 " has it", holder + 1);
    for (size_t i = 0; i < t->duel.game.tasks; i++)
        if (stepper_task(t->duel.stepper, i).state == TASK_BLOCKED) {
            fprintf(out, "%s%zu", between, i + 1);
            between = ", ";
        }
    fputc('\n', out);
}

static void print_titles(const struct duel_session *t, unsigned columns,
                         FILE *out)
{
    unsigned width = duel_width(t, columns);

    fputs("\n  step counter  ", out);
    if (t->duel.game.tasks > DUEL_COLUMNS)
        fputs("task       step\n", out);
    for (size_t i = 0;
         t->duel.game.tasks <= DUEL_COLUMNS && i < t->duel.game.tasks; i++)
        fprintf(out, "task %-*zu", (int)width - 5, i + 1);
    if (t->duel.game.tasks <= DUEL_COLUMNS)
        fputc('\n', out);
}

/* What was typed, or what the last key led to, in two lines of 80. */
static void print_message(const struct duel_session *t, FILE *out)
{
    const char *text = t->message;
    size_t len = strlen(text), first = len;

    if (t->typing) {
        fprintf(out, "Line of a schedule, then Enter (Esc: none): %s_\n\n",
                t->typed);
        return;
    }
    if (len > 79)
        for (first = 79; first > 0 && text[first] != ' ';)
            first--;
    fprintf(out, "%.*s\n%s\n", (int)first, text,
            first < len ? text + first + 1 : "");
}

void duel_print_frame(const struct duel_session *t, unsigned columns,
                      unsigned rows, FILE *out)
{
    duel_print_head(t, out);
    print_titles(t, columns, out);
    print_history(t, columns, rows - AROUND, out);
    fputc('\n', out);
    if (t->duel.game.tasks <= DUEL_COLUMNS)
        print_next(t, columns, out);
    else
        print_begun(t, out);
    print_lock(t, out);
    duel_print_score(t, out);
    print_message(t, out);
    fputs("1-9 a step of that task   : several, as \"2 4\" or \"3-7 *\"   "
          "u undo   h hint\n"
          "r restart   s save the schedule   n next level   q quit\n",
          out);
}
