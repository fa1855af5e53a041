/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_LESSON_H
#define BATON_HARNESS_CLI_LESSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/teaching/lesson.h"

/* How a lesson is shown. */
struct lesson_view {
    bool stepwise; /* a terminal: it waits for Enter */
    bool runs;     /* without a terminal: runs the commands */
    bool colour;
    const char *options;   /* more of them for commands that ask; or NULL */
    unsigned from;         /* the section that it begins with */
    size_t width;          /* of lines */
    unsigned rows, filled; /* of the screen; since the last wait */
    enum part_kind last;   /* that was shown */
    /* Runs commands, the last of which is to exit with `expected`. */
    void (*run)(void *context, const char *commands, int expected);
    void *context;
};

/* Where the commands of a lesson run; made when the first ones do. */
struct lesson_place {
    const char *folder; /* of the lessons */
    const char *out;    /* --out, or NULL */
    uint64_t number;    /* of the lesson */
    bool ready;
};
/* A `run` of a view, whose context is a place. */
void lesson_run(void *place, const char *commands, int expected);

/* Text without marks of Markdown, for free(); NULL: no memory. */
char *lesson_plain(const struct lesson_view *v, const char *text);
/* A part, whose text is plain. */
void lesson_write(const struct lesson_view *v, const struct part *part,
                  char *text, FILE *out);
void lesson_show(struct lesson_view *v, const struct lesson *l);

#endif
