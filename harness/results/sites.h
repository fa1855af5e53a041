/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_SITES_H
#define BATON_HARNESS_RESULTS_SITES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/results/sample.h"
#include "workloads/workload.h"

/*
 * What became of the sites of a run's samples, sites.tsv: a line for each site
 * of each sample of a workload whose pages differ from each other.
 */
struct site {
    uint32_t index;
    char name[24];  /* the group of its workload that it belongs to */
    char class[24]; /* outcome_name(); "cancelled": it has no end */
    uint32_t status, dials;
    uint64_t bytes, hash;
    uint64_t elapsed_us; /* from its begin to its end */
};

/* Those of one sample, which is the one of this round and slot. */
struct visit {
    uint32_t round, slot;
    char workload[32], model[SAMPLE_MODEL], parameters[SAMPLE_PARAMETERS];
    struct site *sites;
    size_t n;
};

struct sites {
    struct visit *items;
    size_t n;
};

/*
 * Adds what the journal of one iteration holds, of workload `w` (which has
 * sites) at `setup`.  0 or -ENOMEM.
 */
int sites_add(struct sites *s, const struct sample *sample,
              const struct workload *w, const struct setup *setup,
              const struct journal *j);
void sites_finish(struct sites *s);

/* The names of the file's columns, its first line but for the line's end. */
extern const char sites_columns[];

/* The file's text; ferror() shows whether it could be written. */
void sites_write(const void *sites, FILE *out);
/* 0 with n = 0 when there is no file; -errno; -EINVAL: it is not one. */
int sites_read(const char *dir, struct sites *ret);

#endif
