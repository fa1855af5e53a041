/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCRAPE_LANE_H
#define BATON_HARNESS_CLI_SCRAPE_LANE_H

#include "harness/origin/loop.h"
#include "workloads/kinds/layers.h"

/* A lane that the resolver's loop drives, as a model drives those of a pass. */
struct driven {
    struct watch watch; /* first; no descriptor at first: -1 */
    struct timer timer;
    struct loop *loop;
    struct conn *conn;
    bool connecting;
    void (*done)(struct driven *d); /* once, after CONN_DONE; may free it */
};

/* From the lane's first verb on; `d` is zero but for loop, conn and done. */
void driven_begin(struct driven *d, enum verb verb);

#endif
