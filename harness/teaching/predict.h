/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_TEACHING_PREDICT_H
#define BATON_HARNESS_TEACHING_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/results/statistics.h"
#include "harness/teaching/questions.h"

/*
 * A prediction: a command adds its questions, guesses are read or typed, the
 * command runs and gives the answers, and each guess is shown beside what was
 * measured.  Numbers are in ns for a time, in percent for "%".
 *
 *     prediction_begin(&p, complain);
 *     prediction_add(&p, "step-final", NULL, NULL, NULL, 0);
 *     prediction_read(&p, "guesses.tsv");
 *     prediction_ask(&p, stdin, stdout, true);
 *     ... run ...
 *     prediction_answer(&p, 0, prediction_exact(2));
 *     prediction_show(&p, stdout);
 *     prediction_finish(&p);
 */

/* A place holder of a question's text, as "model" for "{model}". */
struct blank {
    const char *name, *value; /* name NULL: the last one */
};

/* One of the things that are to be put in order. */
struct choice {
    const char *name, *label; /* as typed; as shown */
};

/* The places that an choice may have in the order: equal where it is sure. */
struct place {
    size_t first, last; /* from 0 */
};

enum { MOST_CHOICES = 26 }; /* they have letters */

/* What was predicted, and by whose name. */
struct guess {
    char *name; /* "" where there is none */
    char *text; /* as it was written */
    bool typed; /* and is in no file yet */
    double number;
    size_t order[MOST_CHOICES]; /* ORDER: choices, the fastest first */
};

/* A question as it is asked, and its answer. */
struct predicted {
    const struct question *question;
    char *id, *text; /* "run-ratio:MODEL" of the subject "MODEL" */
    struct {
        char *name, *label;
    } choices[MOST_CHOICES];
    size_t n_choices;
    struct guess *guesses;
    size_t n_guesses;
    bool answered;
    struct estimate measured;
    struct place places[MOST_CHOICES]; /* ORDER: of each choice */
    char note[128];                    /* behind the answer, or "" */
};

struct prediction {
    struct questions questions;
    struct predicted *items;
    size_t n;
    void (*say)(const char *format, ...); /* of what is wrong */
    bool typed;                           /* a guess was, and is to be kept */
};

/* 0, or -errno after saying why.  prediction_finish() in any case. */
int prediction_begin(struct prediction *p,
                     void (*say)(const char *format, ...));
void prediction_finish(struct prediction *p);

/*
 * Adds a question of that id: of a subject, a model's name (NULL: none),
 * with its blanks (NULL: none); of an ORDER with its choices.  Its index, or
 * -ENOENT, -ENOMEM or -E2BIG.
 */
long prediction_add(struct prediction *p, const char *id, const char *subject,
                    const struct blank blanks[], const struct choice choices[],
                    size_t n);

struct predicted *prediction_find(const struct prediction *p, const char *id);
/* Adds a guess: 0 and "" in `why`, or -errno and why it cannot be used. */
int prediction_guess(struct predicted *q, const char *name, const char *text,
                     char *why, size_t size);

/*
 * Reads the guesses of a file: name, question id and guess with its unit, with
 * tabs between.  Lines that cannot be used are named and passed over; guesses
 * for other questions are no error.  0 or -errno after saying why.
 */
int prediction_read(struct prediction *p, const char *path);

/*
 * Prints each question to `out` and reads a line from `in`: a guess, or several
 * as "Ann: 3; Bob: 5", or an empty line for none.  On a `terminal` a line that
 * cannot be used is asked again.  The end of `in` ends it.
 */
void prediction_ask(struct prediction *p, FILE *in, FILE *out, bool terminal);

/* All guesses, as lines of such a file. */
void prediction_write(const struct prediction *p, FILE *out);
/* Adds all guesses that were typed to a file, 0 or -errno after saying why. */
int prediction_save(const struct prediction *p, const char *path);

/* An answer that is certain. */
struct estimate prediction_exact(double value);
/* `at` is what prediction_add() returned; a negative one is passed over. */
void prediction_answer(struct prediction *p, long at, struct estimate e);
void prediction_answer_order(struct prediction *p, long at,
                             const struct place places[]);
/* What else is to be known of the answer: "the results of X were wrong". */
__attribute__((format(printf, 3, 4))) void
prediction_note(struct prediction *p, long at, const char *format, ...);

/* Each question with its answer and all guesses beside it. */
void prediction_show(const struct prediction *p, FILE *out);

/*
 * Reads a guess: 0, or -EINVAL and what a guess should be.  guess_finish() in
 * any case.
 */
int guess_read(const struct predicted *q, const char *name, const char *text,
               struct guess *ret, char *why, size_t size);
void guess_finish(struct guess *g);

/* The guess beside the answer in words: "inside the interval". */
void guess_compare(const struct predicted *q, const struct guess *g, char *out,
                   size_t size);
/* Whether it is right, as far as is known. */
bool guess_is_right(const struct predicted *q, const struct guess *g);

#endif
