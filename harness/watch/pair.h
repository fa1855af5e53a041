/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_PAIR_H
#define BATON_HARNESS_WATCH_PAIR_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bare pair, after the tests of jcstress: two standing threads, each on a
 * CPU of its own, count in one counter after the other at the same moment.  It
 * is no model's run, which starts its threads anew: of tiny work the first one
 * has then finished before the second one begins.
 */
struct bare_pair {
    uint64_t increments; /* of each of the two */
    uint64_t limit_ns;
    int cpus[2]; /* found by pair_run() */
};

/*
 * Takes `most` samples, or those that the time allows; finals[] has room for
 * them.  0; -ENODEV: there is one CPU; or another -errno.
 */
int pair_run(struct bare_pair *pair, uint64_t finals[], size_t most,
             size_t *ret_n);

#endif
