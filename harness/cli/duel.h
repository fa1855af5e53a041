/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_DUEL_H
#define BATON_HARNESS_CLI_DUEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/watch/duel.h"

struct level {
    struct game game;
    const char *text; /* what is new in it */
};
extern const struct level duel_levels[];
extern const size_t n_duel_levels;

/* A player's session, level after level. */
struct duel_session {
    const struct model *model;
    const struct workload *workload;
    struct setup setup;
    size_t level; /* from 1; 0: a game of its own */
    struct duel duel;
    double chance; /* that the game is won by chance; 0: not known */
    enum duel_result result;
    char message[480]; /* about the last key; or "" */
    char typed[64];    /* a line of a schedule, until Enter */
    bool typing;
};

/* Starts a game in place of that one: 0, or -errno and why. */
int duel_begin(struct duel_session *t, const struct game *game, char *why,
               size_t size);
/* The keys, until q or the end of the input; the exit status. */
int duel_play_keys(struct duel_session *t);

/* What it is about: a line, and one with the goal. */
void duel_print_head(const struct duel_session *t, FILE *out);
/* The score, beside the fewest that there can be. */
void duel_print_score(const struct duel_session *t, FILE *out);
/* A move: its steps, or a line where they are many. */
void duel_print_move(const struct duel_session *t, size_t move,
                     unsigned columns, FILE *out);
/* How many lines that takes. */
size_t duel_move_lines(const struct duel *d, size_t move);
/* So many tasks have a column each, this wide. */
enum { DUEL_COLUMNS = 3 };
unsigned duel_width(const struct duel_session *t, unsigned columns);
/* All of it, for a screen. */
void duel_print_frame(const struct duel_session *t, unsigned columns,
                      unsigned rows, FILE *out);

#endif
