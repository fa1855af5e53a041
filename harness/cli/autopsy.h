/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_AUTOPSY_H
#define BATON_HARNESS_CLI_AUTOPSY_H

#include <stdio.h>

#include "harness/cli/cli.h"
#include "harness/watch/autopsy.h"
#include "harness/watch/free_run.h"
#include "harness/watch/outcomes.h"
#include "harness/watch/pair.h"

/* `baton autopsy`: what it is asked, and what it finds. */
struct autopsy {
    struct asked asked;
    bool full; /* --long */
    struct sweeps sweeps;
    const struct model *model;
    uint64_t n_runs;    /* 0: by the time that they take */
    uint64_t finals_fd; /* last values, from the measured program; 0: none */
    struct free_run run;
    uint64_t items;
    bool exact; /* the model promises to lose nothing */
    /* Many runs without a log. */
    struct outcomes runs;
    uint64_t *finals, runs_ns;
    /* Runs with one; n = 0: none. */
    struct outcomes logged;
    uint64_t *logged_finals, logged_ns;
    bool ticks, noted; /* noted: some increment */
    double ticks_per_us, event_ns;
    /* Of the one with the worst lost update; else of the last one. */
    uint64_t final;
    size_t number; /* from 1 */
    struct erasures erasures;
    struct beside beside;
    char why[192]; /* nothing can be lost; or "" */
    /* Tiny work; n = 0: none. */
    struct bare_pair pair;
    struct outcomes pairs;
    uint64_t *pair_finals, pair_ns;
    char no_pair[96];
};

/* EXIT_DONE, or the exit status after complaining. */
int autopsy_read(int argc, char *argv[], struct autopsy *a);
/* autopsy_finish() in any case. */
int autopsy_prepare(struct autopsy *a);
int autopsy_take_runs(struct autopsy *a);
/*
 * One of them: its last value is added to *finals, of which there are *n.  0,
 * or EXIT_BROKEN after complaining.
 */
int autopsy_take_run(struct autopsy *a, uint64_t **finals, size_t *n);
void autopsy_finish(struct autopsy *a);

void autopsy_show(const void *autopsy, FILE *out);
/* For free(); NULL: no memory. */
char *autopsy_json(const struct autopsy *a);

/* The worst lost update in two columns. */
void autopsy_story(const struct autopsy *a, FILE *out);
/* What a task did between its load and its store: "was stopped". */
const char *autopsy_held(const struct autopsy *a);
double autopsy_us(const struct autopsy *a, uint64_t from, uint64_t to);

/* "1,000"; GROUPED may stand several times in one call. */
enum { GROUPED_SIZE = 32 };
const char *grouped(uint64_t value, char out[GROUPED_SIZE]);
#define GROUPED(value) grouped(value, (char[GROUPED_SIZE]){0})
const char *plural(uint64_t n); /* "s", but for 1 */

#endif
