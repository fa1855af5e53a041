/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_PIECES_H
#define BATON_HARNESS_CHECK_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "harness/results/store.h"

/*
 * What one machine measured of a check: all of it, or a part (--shard) that
 * `baton merge` has joined with the others.  Each numbers its cells from 0.
 */
struct piece {
    struct recording r; /* borrows header and samples */
    size_t cells;
    uint64_t elapsed_ns;
    struct piece_rounds {
        unsigned done, planned; /* planned 0: not recorded */
    } rounds[2];                /* of the screen, and of the fresh pairs */
};

/*
 * Those of a trial's samples, which follow each other.  0, -ENOMEM, or -EINVAL:
 * another trial's samples are among them, stages are out of turn (calibration,
 * screen, fresh pairs), or samples are not in the order of the seed.  variants:
 * of each build, 0: it is one program.  free() of *ret in any case.
 */
int pieces_find(const struct recording *r, unsigned trial, uint64_t seed,
                size_t variants, struct piece **ret, size_t *ret_n);

#endif
