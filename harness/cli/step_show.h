/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_STEP_SHOW_H
#define BATON_HARNESS_CLI_STEP_SHOW_H

#include <stddef.h>

struct stepper;

/* Prints steps, a line each: in a column of each task where there is room. */
struct step_show {
    const struct stepper *stepper;
    size_t shown; /* so many of its log */
};

void step_show_head(const struct step_show *show);
/* Those that are new. */
void step_show_more(struct step_show *show);

#endif
