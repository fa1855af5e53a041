/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_DEMO_H
#define BATON_HARNESS_CLI_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/cli/cli.h"
#include "harness/results/table.h"
#include "harness/teaching/predict.h"

/*
 * A demonstration for a class is one file and a row in the table of demo.c.
 * The cells of `baton demo NAME` are the claims "demo-NAME" and
 * "demo-NAME-PART"; a recording of them is in results/demos/NAME.  Its pages
 * compute what they show, and all that they conclude, from the samples.
 */
struct show;

/* What was measured, as the answer to a question. */
struct measured {
    struct estimate e; /* of a number: in ns where it is a time */
    unsigned choice;   /* from 0 */
};

/* Asked below a page, answered on the next one. */
struct demo_question {
    /* Of a number also a file of questions/, for --predict and --guesses. */
    const char *id;
    unsigned choices; /* "a", "b", ...: so many; 0: a number is asked */
    const char *unit; /* of the number as it is typed */
    double scale;     /* what was measured is divided by this; 0: by 1 */
    /* False: these samples have no answer. */
    bool (*measured)(const struct show *s, struct measured *ret);
};

struct page {
    void (*print)(const struct show *s);
    const struct demo_question *question; /* or NULL */
};

struct demo {
    const char *name, *summary; /* of the help: lines of 70 columns */
    const struct page *pages;
    size_t n_pages;
    unsigned rounds;      /* that are measured live; 0: it is recorded only */
    bool single;          /* a sample is one run: one iteration */
    const char *recorded; /* the folder below the program's; NULL: NAME's */
    const char *script;   /* its figure is drawn by plots/SCRIPT.gp */
    const char *title;    /* where the script takes one; or NULL */
    bool draws;           /* and a page shows it in characters */
    /*
     * Computes what the pages share: EXIT_DONE, or the exit status after
     * complaining.  finish() in any case.  Either may be NULL.
     */
    int (*prepare)(struct show *s);
    void (*finish)(struct show *s);
    /* The data of the figure.  0, -ENOENT: there are none; -errno. */
    int (*figure)(const struct show *s, FILE *out);
};

extern const struct demo demo_buffer, demo_cooperative, demo_hog, demo_lock,
    demo_noise, demo_race;

/* What standard output is; on a terminal the pages wait for Enter. */
struct look {
    bool stepwise, colour;
    unsigned columns, rows;
};
struct look demo_look(void);

/* A demo while it is shown. */
struct show {
    const struct demo *demo;
    struct look look;
    const struct asked *asked;
    struct claims claims; /* those of the demo have CLAIM_CHOSEN */
    struct run_record record;
    struct table table;
    bool live;        /* measured just now */
    uint64_t seed;    /* of what is drawn at random */
    const char *cell; /* of several; or NULL */
    char *picture;    /* in characters; NULL: there is none */
    void *own;        /* the demo's */
};

/* The claim "demo-NAME" (part NULL) or "demo-NAME-PART". */
const struct claim *demo_claim(const struct show *s, const char *part);
/* Its cell at a value of `over` with one of its models; NULL: not measured. */
const struct entry *demo_cell(const struct show *s, const char *part,
                              size_t value, size_t model);
/* Its value of a parameter. */
uint64_t demo_parameter(const struct show *s, const char *part,
                        const char *name);
/* What charts call one of its models. */
const char *demo_label(const struct show *s, const char *part, size_t model);
/* A metric over the rounds, and its median; 0: not known. */
struct estimate demo_estimate(const struct show *s, const struct entry *e,
                              const char *metric);
double demo_metric(const struct show *s, const struct entry *e,
                   const char *metric);
/* Counting: increments of all tasks, and what is left of them after each run,
   ascending; for free(), NULL: no memory. */
double demo_increments(const struct show *s, const char *part);
double *demo_left(const struct show *s, const char *part, const struct entry *e,
                  size_t *ret_n);
/*
 * The cells of a demo are there: EXIT_DONE, or EXIT_USAGE after complaining of
 * the first that is not.
 */
int demo_check(const struct show *s);

/*
 * Takes the samples, that many rounds (0: as many as the demo wants), into
 * the record and a run's directory.  EXIT_DONE, or EXIT_BROKEN after
 * complaining.
 */
int demo_measure(struct show *s, const struct asked *asked);
/* About how long that takes. */
double demo_seconds(const struct show *s, const struct asked *asked);

/* Prints the pages; true where 'l' was typed on the last one: measure. */
bool demo_pages(const struct show *s, double live_seconds);
/* What was typed below a question; starts with all zeroes. */
struct demo_answer {
    double *items; /* guesses, or hands for each choice */
    size_t n;
    bool predicted; /* by --predict or --guesses */
    struct prediction prediction;
};
/* Whether it is asked: on a terminal, or of guesses in a file. */
bool demo_asks(const struct show *s, const struct demo_question *q);
/* False: q was typed, or the input has ended. */
bool demo_ask(const struct show *s, const struct demo_question *q,
              struct demo_answer *ret);
/* Shows it beside the measured answer. */
void demo_reveal(const struct show *s, const struct demo_question *q,
                 struct demo_answer *answer);
void demo_answer_finish(struct demo_answer *answer);

void demo_heading(const struct show *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A paragraph; lines end at blanks. */
void demo_say(const struct show *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void demo_picture(const char *picture);
/* "Recorded 2026-11-30 on ...", or that it was measured now. */
void demo_source(const struct show *s);
/* "100,000" */
const char *demo_count(double value, char out[32]);

/* Bars: lines of characters on the terminal, and plots/bars.gp. */
struct bar {
    char label[64], text[80];
    double ends[3]; /* of its parts, ascending; 0: no such part */
};
struct bars {
    const char *title, *label, *text; /* of the figure and its columns */
    const char *parts[3];             /* their meaning; NULL: it has one */
    struct bar *items;                /* for free() */
    size_t n;
    double most; /* the length of a full bar; 0: the longest one */
    bool failed; /* there was no memory for one */
};
/* The new bar, or NULL. */
struct bar *bars_add(struct bars *b, const char *label);
void bars_print(const struct bars *b, unsigned columns);
/* Also frees the items.  0 or -ENOMEM. */
int bars_write(struct bars *b, FILE *out);

#endif
