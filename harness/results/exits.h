/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_EXITS_H
#define BATON_HARNESS_RESULTS_EXITS_H

/*
 * What the exit status of the process means; 2 is make's and meson's, never
 * ours.
 */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_FINDING = 1, /* wrong where right was promised, or a regression */
    EXIT_INCONCLUSIVE = 3,
    EXIT_USAGE = 4,
    EXIT_BROKEN = 5, /* the measurement failed */
};

#endif
