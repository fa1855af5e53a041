/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_AGAINST_H
#define BATON_HARNESS_REPORT_AGAINST_H

#include <jansson.h>

#include "harness/report/results.h"
#include "harness/results/statistics.h"

/* A cell of a run beside the same cell of an earlier run. */
struct against_cell {
    const struct entry *now, *then; /* NULL: it is not in that run */
    struct estimate ratio;          /* time now / time then; n = 0: none */
    const char *why;                /* there is no ratio; or "" */
};

/* A key of the headers whose values differ. */
struct against_difference {
    const char *about; /* "machine", "version", "experiment" */
    char key[64], now[256], then[256];
};

/*
 * A run compared with an earlier one, cell by cell.  Their samples are not
 * paired: whatever changed on the machine in between is part of each ratio.
 */
struct against {
    const char *name;                  /* of the earlier run */
    const struct recording *recording; /* of the earlier run */
    const struct table *now;
    struct table then;
    struct against_cell *cells; /* twins are none */
    /* The rest has no interval, or wrong results. */
    size_t n_cells, slower, faster, not_separated;
    struct against_difference *differences;
    size_t n_differences;
};

/*
 * Why the two runs cannot be compared, for free(); "": they can be; NULL: no
 * memory.
 */
char *against_refusal(const struct recording *now, const struct recording *then,
                      const char *name);

/* Borrows all of these.  0 or -ENOMEM; ends with against_finish(). */
int against_make(const struct results *now, const struct recording *then,
                 const char *name, struct against *ret);
void against_finish(struct against *a);

/* Why there is no ratio, "wrong results", "no interval", "slower" and so on. */
const char *against_word(const struct against_cell *c);

json_t *against_json(const struct against *a);

#endif
