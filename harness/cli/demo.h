/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_DEMO_H
#define BATON_HARNESS_CLI_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/check/demo_noise.h"
#include "harness/results/table.h"
#include "harness/results/store.h"

/* All that is shown, computed before the first step. */
struct answers {
    const struct recording *recording;
    const struct entry *cell;
    double *times; /* ns of each sample, in run order */
    size_t n;
    uint64_t seed;
    bool *b_first; /* by pair */
    struct noise_blocks blocks;
    struct noise_pairs pairs;
    struct noise_windows windows;
    char *picture; /* in characters; NULL: it could not be drawn */
};

struct screen {
    bool stepwise, colour;
    unsigned columns, rows;
};

/* What standard output is; on a terminal the steps wait for Enter. */
struct screen demo_screen(void);

/* Prints the steps, or as many as the user wants to see. */
void demo_show(const struct screen *s, const struct answers *a);

#endif
