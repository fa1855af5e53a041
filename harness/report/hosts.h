/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_HOSTS_H
#define BATON_HARNESS_REPORT_HOSTS_H

#include <jansson.h>

#include "harness/report/finding.h"
#include "harness/report/results.h"

/* What one host measured: its samples are never compared with another's. */
struct host {
    const char *name; /* borrowed from its samples */
    struct table table;
    struct finding_list findings;
};

/* The ratio of two cells on each host. */
struct comparison {
    const struct finding **of;   /* [hosts]; NULL: that host has none */
    const struct finding *first; /* of them */
    size_t measured;             /* hosts */
    size_t slower, faster;       /* of these, beyond interval and noise */
    double low, high;            /* the least and the greatest median */
    struct estimate pooled;      /* n = 0: of too few hosts */
};

/* The runs of several hosts that `baton merge` has joined. */
struct host_runs {
    struct host *items;
    size_t n;
    struct comparison *comparisons;
    size_t n_comparisons;
    bool claims; /* some comparison is of a claim */
};

/*
 * n stays 0 where the recording is of no hosts beside each other.  Rounds of
 * the samples are numbered through, so that all of them fit into one table
 * afterwards; borrows them.  0 or -ENOMEM; ends with host_runs_finish().
 */
int host_runs_make(struct recording *r, const struct claims *claims,
                   struct host_runs *ret);
void host_runs_finish(struct host_runs *h);

/* Where claims lead, the ratios to the base are in the JSON alone. */
bool host_runs_shows(const struct host_runs *h, const struct comparison *c);

/* "slower", "faster", or why it is neither. */
const char *host_word(const struct finding *f);
/* "slower on 2, faster on 1 of 4 hosts". */
void host_runs_agreement(const struct host_runs *h, const struct comparison *c,
                         char *out, size_t size);
/* "counter, 100 x 1000: threads against sequential". */
void host_runs_title(const struct comparison *c, char *out, size_t size);

json_t *host_runs_json(const struct host_runs *h, const struct recording *r);

#endif
