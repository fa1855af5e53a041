/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_RESULTS_H
#define BATON_HARNESS_REPORT_RESULTS_H

#include <stdbool.h>

#include "harness/results/store.h"
#include "harness/results/table.h"

struct against;  /* harness/report/against.h */
struct claims;   /* harness/results/claims.h */
struct drawings; /* harness/report/figures.h */
struct finding_list;
struct host_runs; /* harness/report/hosts.h */
struct matrices;  /* harness/report/matrix.h */
struct verdicts;  /* harness/report/verdicts.h */
struct traces;    /* harness/results/traces.h */

/* All that is known of a run. */
struct results {
    const struct recording *recording;
    const struct table *table;
    const struct traces *traces;         /* NULL: none were taken */
    const struct matrices *matrices;     /* NULL: no sites are known */
    const struct claims *claims;         /* NULL: none */
    const struct finding_list *findings; /* made from all of these */
    const struct verdicts *verdicts;     /* NULL: none */
    bool judges_all;                 /* claims; else those of default reports */
    const struct drawings *drawings; /* NULL: no figures are wanted */
    const struct against *against;   /* NULL: no earlier run */
    const struct host_runs *hosts;   /* NULL: it is of one host */
    const char *predicted;           /* and measured: lines; NULL: nothing */
    bool map; /* the terminal is to show which model is the fastest where */
};

/* What a figure is drawn of; NULL where it shows all of them. */
struct subject {
    const char *workload;
    const char *parameter; /* that takes several values */
    size_t part;           /* of what is too much for one screen, from 0 */
};

/* Of a panel: where there are more, fewer stand for them. */
enum { MOST_POINTS = 2000 };

#endif
