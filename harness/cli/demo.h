/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_DEMO_H
#define BATON_HARNESS_CLI_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/report/demo_cells.h"
#include "harness/report/demo_noise.h"
#include "harness/results/store.h"

/* The answers, all computed before anything is shown. */
struct answers {
    const struct demo_cell *cell;
    const struct recording *recording;
    struct noise_blocks blocks;
    struct noise_pairs pairs;
    struct noise_windows windows;
    bool *b_first;
    uint64_t seed;
    char *picture; /* in characters; NULL: it could not be drawn */
};

struct screen {
    bool stepwise, colour;
    unsigned columns, rows;
};

/* What standard output is: a terminal goes step by step. */
struct screen demo_screen(void);

/* Prints the steps, until whoever looks on has seen enough. */
void demo_show(const struct screen *s, const struct answers *a);

#endif
