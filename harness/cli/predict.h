/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_PREDICT_H
#define BATON_HARNESS_CLI_PREDICT_H

#include "harness/cli/cli.h"
#include "harness/results/table.h"
#include "harness/teaching/predict.h"

/* Whether --predict or --guesses was given. */
bool predict_wanted(const struct asked *asked);
/*
 * After prediction_begin() and the questions: reads the file of --guesses, and
 * with --predict asks: on a terminal, else reads lines of standard input where
 * there is no file.  EXIT_DONE, or the exit status after complaining.
 */
int predict_ask(struct prediction *p, const struct asked *asked);
/* The answers and the guesses, on standard output; with --json on stderr. */
void predict_show(const struct prediction *p, const struct asked *asked);

/* The cells that a question is about. */
struct asked_cells {
    const struct cell *of[MOST_CHOICES]; /* of an order all, else one */
    size_t n;
    const struct cell *base; /* of a ratio */
};

/* What `run` asks, and which cells answer it. */
struct run_prediction {
    struct prediction prediction;
    struct asked_cells *subjects; /* of each question */
    const struct session *session;
};

/*
 * Asks the questions of `run` that go with the session's plan, if they are
 * wanted.  EXIT_DONE, or the exit status after complaining;
 * run_prediction_finish() in any case.
 */
int run_prediction_ask(struct run_prediction *r, struct session *s);
/* Answers them from the cells of a table. */
void run_prediction_show(struct run_prediction *r, const struct table *t,
                         bool silent);
/* The same as text, and the guesses as a file; for free(); NULL: no memory. */
char *run_prediction_text(struct run_prediction *r, const struct table *t);
char *run_prediction_guesses(const struct run_prediction *r);
void run_prediction_finish(struct run_prediction *r);

#endif
