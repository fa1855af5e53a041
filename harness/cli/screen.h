/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCREEN_H
#define BATON_HARNESS_CLI_SCREEN_H

/*
 * The whole terminal: its other screen, keys without Enter, no cursor.  There
 * is one.  However the program ends, by a signal too, the terminal becomes as
 * it was; where it is stopped (Ctrl-Z), until it continues.
 */
#include <stdbool.h>
#include <stddef.h>

/*
 * Takes it: 0; -ENOTTY: standard input or output is none, or one without escape
 * sequences, and plain lines are to be printed; -ERANGE and a sentence in
 * `why`: it has fewer columns or rows than that.
 */
int screen_open(unsigned columns, unsigned rows, char *why, size_t size);
void screen_close(void);

/*
 * Pages of plain lines, whose keys are typed with Enter: a new one begins at
 * the top.  Nothing where standard output is no terminal with sequences.
 */
void screen_clear(void);
/* Whether it has fewer columns or rows than that, and a sentence in `why`. */
bool screen_is_small(unsigned columns, unsigned rows, char *why, size_t size);

/* How large it is; 80 x 24 where that is not known. */
void screen_size(unsigned *ret_columns, unsigned *ret_rows);

enum screen_key {
    SCREEN_END = -1,   /* the input has ended */
    SCREEN_AGAIN = -2, /* the size is another one: show it again */
    SCREEN_OTHER = -3, /* an arrow, and what else is no character */
};
/* Waits for a key: its character, or one of these. */
int screen_key(void);

/*
 * Shows these lines, all at once, in place of those before; what does not fit
 * is cut.  In place of them a sentence, while the terminal is too small.
 */
void screen_show(const char *text);

#endif
