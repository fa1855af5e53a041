/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_MATRIX_H
#define BATON_HARNESS_REPORT_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/results/sites.h"
#include "harness/results/table.h"
#include "workloads/workload.h"

/*
 * Whether every model makes the same of each kind of site: the class in which
 * a site of the kind ends, in all samples; and where the server closes the
 * connection, the bytes that came until then, site by site.
 */
struct matrix_cell {
    size_t n;             /* sites of this kind, over all samples; 0: none */
    char class[24];       /* what all of them came to; or "differs" */
    char classes[96];     /* the same; or all that there are: "reset, empty" */
    bool wrong;           /* it is not the class that it has to be */
    bool other_bytes;     /* than the other models have, of the same class */
    uint64_t least, most; /* bytes of a site */
    double *times;        /* in ms, of those that have an end, ascending */
    size_t ended;         /* so many of them */
    double ms;            /* their median */
};

struct matrix_kind {
    char name[24];
    struct page_group group;
    size_t rank;               /* of it in the workload */
    bool known;                /* by this build; else group is unset */
    bool alike;                /* no cell is marked */
    struct matrix_cell *cells; /* one for each model */
};

/* Of the samples of one workload with the same parameters. */
struct matrix {
    const char *workload, *parameters; /* the sites' */
    const char **models;               /* by family and mark */
    size_t n_models;
    struct matrix_kind *kinds; /* in the order of its groups */
    size_t n_kinds;
};

struct matrices {
    struct matrix *items;
    size_t n;
};

/* Borrows the sites.  0 or -ENOMEM. */
int matrices_build(struct matrices *m, const struct sites *s);
void matrices_finish(struct matrices *m);

/* Something is wrong with the server, as far as this build knows. */
bool matrix_is_fault(const struct matrix_kind *k);
/* The bytes of a site are the same for all models with right results. */
bool matrix_has_bytes(const struct matrix_kind *k);
bool matrix_is_marked(const struct matrix_cell *c);
bool matrix_is_alike(const struct matrix *m);

/* What charts call one of its models. */
const char *matrix_label(const struct matrix *m, size_t model);
/* "faults, n 25". */
void matrix_task(const struct matrix *m, char *out, size_t size);
/*
 * In words, without a line end: "each of the 23 faults and 5 healthy kinds got
 * ...", or which kinds differ, at most `most` of them; and the outcomes of one
 * that differs.
 */
void matrix_print_finding(const struct matrix *m, size_t most, FILE *out);
void matrix_print_differences(const struct matrix *m,
                              const struct matrix_kind *k, FILE *out);

#endif
