/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FACTS_H
#define BATON_HARNESS_REPORT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/report/quantities.h"
#include "harness/results/store.h"
#include "harness/results/table.h"

/*
 * Values and texts of a run and of its cells, which the terminal and the page
 * have in common.
 */

/*
 * What charts call the model, and what they call it at the work (NULL: at any);
 * its name when it is not of this build.
 */
const char *fact_label(const char *model, const char *workload);
const char *fact_label_of(const struct entry *e);
/* The CPU floor under all others: its peer is in memory. */
bool fact_is_floor(const char *model);
/* Models in their order: by family and mark, the unknown ones last. */
unsigned fact_rank(const char *model);

/*
 * "tasks 100  increments 1000" with two blanks between: the parameters that
 * name the cell; those of the file when this build does not know them.
 */
void fact_parameters(const struct entry *e, const char *between, char *out,
                     size_t size);
/* The same without one of them. */
void fact_parameters_but(const struct entry *e, const char *but,
                         const char *between, char *out, size_t size);

/* Cells of one workload with the same parameters are compared. */
bool fact_same_group(const struct entry *a, const struct entry *b);
/* Of one model at one workload. */
bool fact_same_curve(const struct entry *a, const struct entry *b);

/* Its time is virtual: the model waits in memory. */
bool fact_is_virtual(const struct entry *e);
/* Its model is one of a reference program, which is kept running. */
bool fact_is_reference(const struct entry *e);
/* The audit objects to most of its samples. */
bool fact_is_rejected(const struct entry *e);
/* Never ranked: its results were wrong, or the audit objects to most. */
bool fact_is_wrong(const struct entry *e);

/* More than a tenth of its samples are missing, or the calibration is. */
bool fact_is_incomplete(const struct entry *e);
/* It is so because the machine was busy, and for no other reason. */
bool fact_is_inconclusive(const struct entry *e);
/*
 * A promise is broken: right results, tasks at once, nothing left open.
 * fact_is_broken(): or samples are missing.
 */
bool fact_breaks_promise(const struct entry *e);
bool fact_is_broken(const struct entry *e);

/*
 * A table shows at most so many right cells of a group. Where there are more,
 * it shows the first of each family and folds the others, but none that is
 * wrong or has an alarming note.
 */
enum { MOST_ROWS = 8 };
bool fact_is_folded(const struct table *t, const struct entry *e);
/* How many cells of the group of `head` are. */
size_t fact_folded(const struct table *t, const struct entry *head);

/* A note beside the columns: first what is alarming, then why. */
struct fact_note {
    char alarm[96]; /* or "" */
    char text[512];
};
enum { MAX_NOTES = 7 };
size_t fact_notes(const struct entry *e, struct fact_note ret[MAX_NOTES]);

/*
 * "[1.08, 1.31]" or "no interval"; `quantity` writes a number with its unit.
 * Its length.
 */
size_t fact_brackets(const struct estimate *e,
                     void (*quantity)(double, char *, size_t), char *out,
                     size_t size);
/*
 * "[1.08, 1.31] (98.4 %, 7 rounds)" or "(no interval, 5 rounds)".  The length
 * of the part in the first brackets.
 */
size_t fact_interval(const struct estimate *e,
                     void (*quantity)(double, char *, size_t), char *out,
                     size_t size);
void quantity_ratio(double ratio, char *out, size_t size); /* "1.08" */
/* The same without ranking: of less than a half "1/53". */
void quantity_part(double ratio, char *out, size_t size);
/* What stands behind it: "times the time", or "of the time". */
const char *part_word(double ratio);

/* Samples of rounds, measured or not. */
size_t fact_samples(const struct recording *r);

#endif
