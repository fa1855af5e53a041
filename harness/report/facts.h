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
 * What there is to say of a run and of its cells: the terminal and the page
 * set it differently, but neither says more or less than the other.
 */

/* What charts call the model; its name when it is not of this build. */
const char *fact_label(const char *model);
/* Models in their order: by family and mark, the unknown ones last. */
unsigned fact_rank(const char *model);

/*
 * "tasks 100  increments 1000" with two blanks between: the parameters that
 * name the cell; those of the file when this build does not know them.
 */
void fact_parameters(const struct entry *e, const char *between, char *out,
                     size_t size);

/* Cells of one workload with the same parameters are compared. */
bool fact_same_group(const struct entry *a, const struct entry *b);
bool fact_leads_group(const struct table *t, size_t i);

/* The first cell of each workload or model leads the others. */
bool fact_leads_workload(const struct table *t, size_t i);
bool fact_leads_model(const struct table *t, size_t i);

/* Its time is virtual, no time of this world: it waits in memory. */
bool fact_is_virtual(const struct entry *e);
/* The audit objects to most of its samples. */
bool fact_is_rejected(const struct entry *e);
/* Never ranked: its results were wrong, or the audit objects to most. */
bool fact_is_wrong(const struct entry *e);

/*
 * A table shows at most so many right cells of a group.  Where there are more,
 * it shows the first of each family, and folds the others: never one that is
 * wrong or has something alarming to say.
 */
enum { MOST_ROWS = 8 };
bool fact_is_folded(const struct table *t, const struct entry *e);
/* How many cells of the group of `head` are. */
size_t fact_folded(const struct table *t, const struct entry *head);

/* The columns of a cell that was measured. */
struct fact_row {
    char time[QUANTITY_SIZE], interval[QUANTITY_SIZE], item[QUANTITY_SIZE];
    char cpu[QUANTITY_SIZE], switches[QUANTITY_SIZE], memory[QUANTITY_SIZE];
    uint64_t threads, peak;
};
void fact_row(const struct entry *e, unsigned rounds, struct fact_row *ret);

/* What must be said beside the columns: first what is alarming, then why. */
struct fact_note {
    char alarm[96]; /* or "" */
    char text[512];
};
enum { MAX_NOTES = 5 };
size_t fact_notes(const struct entry *e, struct fact_note ret[MAX_NOTES]);

/* Shown, and never a reason to drop a sample. */
struct fact_noise {
    uint64_t stolen_ms; /* of all CPUs together */
    double load_low, load_high;
};
void fact_noise(const struct recording *r, struct fact_noise *ret);

/* "a", "a and b", "a, b and c": what stands before item i of n. */
const char *fact_comma(size_t i, size_t n);
/* Samples of rounds, measured or not. */
size_t fact_samples(const struct recording *r);

#endif
