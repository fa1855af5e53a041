/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a duel: on a screen, or from a pipe, with lines for an answer. */
#include "harness/cli/duel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/screen.h"

__attribute__((format(printf, 2, 3))) static void
answer(struct duel_session *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(t->message, sizeof(t->message), format, args);
    va_end(args);
}

/* After each move: whether it was the last. */
static void judge(struct duel_session *t)
{
    char why[400];

    t->result = duel_result(&t->duel, why, sizeof(why));
    if (t->result == DUEL_WON)
        answer(t, "The goal is reached with %" PRIu64 " preemption%s%s.%s",
               t->duel.preemptions, t->duel.preemptions == 1 ? "" : "s",
               (int64_t)t->duel.preemptions == duel_fewest(&t->duel)
                   ? ", the fewest"
                   : "",
               t->level ? " s: save it, n: next level." : " s: save it.");
    else if (t->result != DUEL_ON)
        answer(t, "%s%s", why,
               t->result == DUEL_MISSED ? " u: undo, r: restart." : "");
}

static void press_task(struct duel_session *t, uint64_t task)
{
    const struct schedule_run run = {.first = task, .last = task, .steps = 1};

    if (task > t->duel.game.tasks)
        answer(t, "There is no task %" PRIu64 "; tasks are 1 to %" PRIu64 ".",
               task, t->duel.game.tasks);
    else if (!duel_run(&t->duel, &run, t->message, sizeof(t->message)))
        judge(t);
}

/* "2 4" as in a schedule. */
static void press_line(struct duel_session *t)
{
    struct schedule_run run;

    if (!schedule_read_run(t->typed, t->duel.game.tasks, &run, t->message,
                           sizeof(t->message)) &&
        !duel_run(&t->duel, &run, t->message, sizeof(t->message)))
        judge(t);
}

/* A name that no file has. */
static FILE *create_file(const struct duel_session *t, char *path, size_t size)
{
    const struct game *g = &t->duel.game;
    int fd = -1;

    for (unsigned i = 1; fd < 0 && (i == 1 || errno == EEXIST); i++) {
        char number[16] = "";

        if (i > 1)
            snprintf(number, sizeof(number), "-%u", i);
        snprintf(path, size,
                 "duel-%" PRIu64 "x%" PRIu64 "-%" PRIu64 "%s.schedule",
                 g->tasks, g->increments, g->goal, number);
        fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    }
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static void press_save(struct duel_session *t)
{
    struct schedule s;
    char path[128];
    FILE *file;

    if (t->result == DUEL_ON) {
        answer(t, "The game is not over: a schedule that is saved goes to its "
                  "end.");
        return;
    }
    file =
        duel_schedule(&t->duel, &s) ? NULL : create_file(t, path, sizeof(path));
    if (file)
        schedule_write(&s, file);
    if (!file || fclose(file))
        answer(t, "The schedule was not saved: %s.", strerror(errno));
    else
        answer(t, "Saved: `baton duel --schedule %s` plays it again.", path);
    schedule_finish(&s);
}

static int start_again(struct duel_session *t, size_t level)
{
    const struct game *g =
        level == t->level ? &t->duel.game : &duel_levels[level - 1].game;
    struct game game = *g;
    size_t before = t->level;
    int error;

    t->level = level;
    error = duel_begin(t, &game, t->message, sizeof(t->message));
    if (error)
        t->level = before;
    return error;
}

static int press_next(struct duel_session *t)
{
    if (t->level == 0)
        answer(t, "This game belongs to no level: --level 1 begins with one.");
    else if (t->level == n_duel_levels)
        answer(t, "This is the last level.");
    else
        return start_again(t, t->level + 1);
    return 0;
}

/* 0, or -errno where there is no game any more, with a message. */
static int press(struct duel_session *t, int key)
{
    int error = 0;

    t->message[0] = '\0';
    if (key >= '1' && key <= '9')
        press_task(t, (uint64_t)(key - '0'));
    else if (key == 'h')
        duel_hint(&t->duel, t->message, sizeof(t->message));
    else if (key == 's')
        press_save(t);
    else if (key == 'u')
        error = duel_undo(&t->duel, 1, t->message, sizeof(t->message));
    else if (key == 'r')
        error = start_again(t, t->level);
    else if (key == 'n')
        error = press_next(t);
    else
        answer(t, "Keys: 1-9 : u h r s n q");
    if (key == 'u' && !error)
        judge(t);
    return error == -ENODATA ? 0 : error;
}

/* Of the line that is being typed. */
static void type(struct duel_session *t, int key)
{
    size_t len = strlen(t->typed);

    if (key == '\n' || key == '\r') {
        t->typing = false;
        press_line(t);
    } else if (key == 033) {
        t->typing = false;
    } else if ((key == 0177 || key == '\b') && len) {
        t->typed[len - 1] = '\0';
    } else if (key >= ' ' && key < 0177 && len + 1 < sizeof(t->typed)) {
        t->typed[len] = (char)key;
        t->typed[len + 1] = '\0';
    }
}

static int take_key(struct duel_session *t, int key)
{
    if (t->typing) {
        type(t, key);
        return 0;
    }
    if (key != ':')
        return press(t, key);
    t->message[0] = t->typed[0] = '\0';
    t->typing = true;
    return 0;
}

static void show(const struct duel_session *t)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    unsigned columns, rows;

    screen_size(&columns, &rows);
    if (!out)
        return;
    /* On a smaller terminal screen_show() prints its own sentence instead. */
    duel_print_frame(t, columns < 80 ? 80 : columns, rows < 24 ? 24 : rows,
                     out);
    fclose(out);
    screen_show(text);
    free(text);
}

static int on_screen(struct duel_session *t)
{
    int error = 0;

    while (!error) {
        int key;

        show(t);
        key = screen_key();
        if ((key == 'q' && !t->typing) || key == SCREEN_END)
            break;
        if (key == SCREEN_AGAIN)
            continue;
        error = take_key(t, key);
    }
    screen_close();
    return error;
}

/* What the last key has changed; `before` moves were there. */
static void print_change(const struct duel_session *t, int key, size_t before)
{
    if (key == 'r' || (key == 'n' && !t->message[0]))
        duel_print_head(t, stdout);
    else if (key == 'u' && t->duel.n < before)
        puts("The last move is taken back.");
    for (size_t move = before; move < t->duel.n; move++)
        duel_print_move(t, move, 80, stdout);
    if (t->message[0])
        puts(t->message);
    fflush(stdout);
}

/* Keys from anything that is no terminal: blanks between them mean nothing. */
static int in_lines(struct duel_session *t)
{
    int key = 0, error = 0;

    duel_print_head(t, stdout);
    while (!error && (key = getchar()) != EOF && (key != 'q' || t->typing)) {
        size_t before = t->duel.n;

        if (!t->typing && strchr(" \t\r\n", key))
            continue;
        error = take_key(t, key);
        if (!error && !t->typing)
            print_change(t, key, before);
    }
    return error;
}

int duel_play_keys(struct duel_session *t)
{
    char why[160];
    int error = screen_open(80, 24, why, sizeof(why));

    if (error == -ERANGE)
        return complain_usage("%s", why);
    if (error && error != -ENOTTY)
        return complain_broken("%s", why);
    error = error ? in_lines(t) : on_screen(t);
    if (!error)
        duel_print_score(t, stdout);
    return error ? complain_broken("%s", t->message) : EXIT_DONE;
}
