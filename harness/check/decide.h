/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_DECIDE_H
#define BATON_HARNESS_CHECK_DECIDE_H

#include "harness/check/ruling.h"

/*
 * From the logarithms of ratios inside pairs to rulings: the arithmetic of the
 * gate, which knows of no samples.  All arrays are the caller's.
 */
struct evidence {
    const double *screen; /* ln(candidate / base) of the screen's pairs */
    size_t n_screen;
    const double *confirm; /* of fresh pairs: a suspect's */
    size_t n_confirm;
    const double *control; /* ln(copy / base), of both stages */
    size_t n_control;
    size_t planned; /* fresh pairs that a suspect gets */
    /* Where sides have variants: those of each pair; NULL: they have none. */
    const struct drawn *screen_of, *confirm_of;
};

/* Fewer pairs have no interval of 95 %, so nothing is decided by them. */
enum { DECIDE_FEWEST = 6 };
/* A suspect gets as many times the pairs of the screen, where time allows. */
enum { DECIDE_FRESH = 2 };

/*
 * P(at least `k` of `n` tosses of a fair coin): the one-sided exact sign test
 * (Conover, Practical Nonparametric Statistics, 3rd ed., section 3.4).
 */
double decide_sign_p(size_t k, size_t n);

/*
 * Pairs are far off that are slower or faster by more than this, as ln of a
 * ratio: by five times the threshold.
 */
double decide_far(const struct rules *rules);

/* Whether these speak for a slowdown of a minority: then it does not pass. */
bool decide_doubtful(const struct rules *rules, const struct checked *c);

/* Whether the screen's pairs make the cell one to look at again. */
bool decide_suspect(const struct rules *rules, const double ln[], size_t n);

/*
 * Rules all cells at once, for the corrections are over all of them: sets
 * ruling, stage, suspect, ratio, slower, faster, p, p_bound, far_..., by_far,
 * control and disturbed of each cells[i], which are overwritten, and
 * *ret_control, of all controls.  Returns 1 where the controls are not quiet,
 * in which case no cell passes, and none is slower whose own control or all
 * together are not; 0; or -ENOMEM.
 *
 * Sides with variants are ruled by the means of these, see variants.h.  The
 * same variants are in the screen and in fresh pairs, so that these are not
 * fresh of layout: Holm's correction is over all cells, not over suspects.
 * Pairs that are far off make a cell doubtful, never slower.
 */
int decide(const struct rules *rules, const struct evidence evidence[],
           size_t n, struct checked cells[], struct estimate *ret_control);

/*
 * The smallest slowdown of a cell that decide() has ruled which nine of ten
 * such checks would have called one, were its pairs' scatter the same: 0.05 is
 * 5 %.  Infinite: none up to a factor of 20.
 */
double decide_detectable(const struct rules *rules, const struct evidence *e,
                         const struct checked *c);

#endif
