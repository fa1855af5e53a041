/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/decide.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* The most that is looked for: e to the power of it, a factor of 20. */
static const double most_ln = 3;

double decide_sign_p(size_t k, size_t n)
{
    return k == 0 ? 1 : gsl_cdf_binomial_Q((unsigned)k - 1, 0.5, (unsigned)n);
}

/* Pairs whose candidate is slower, and faster. */
struct signs {
    size_t slower, faster;
};

/* Of the pairs that differ by more than `bound`. */
static struct signs count_signs(const double ln[], size_t n, double bound)
{
    struct signs s = {0};

    for (size_t i = 0; i < n; i++) {
        s.slower += ln[i] > bound;
        s.faster += ln[i] < -bound;
    }
    return s;
}

/* One-sided, to the side where more of the pairs are. */
static double p_of(struct signs s)
{
    size_t more = s.slower > s.faster ? s.slower : s.faster;

    return decide_sign_p(more, s.slower + s.faster);
}

/* Their levels, of those of the median. */
static const double far_screen = 0.2, far_alpha = 0.1;

double decide_far(const struct rules *rules)
{
    return log1p(5 * rules->threshold);
}

/* Are there more slower ones among those that are far off? */
static double far_p(struct signs s)
{
    return decide_sign_p(s.slower, s.slower + s.faster);
}

bool decide_suspect(const struct rules *rules, const double ln[], size_t n)
{
    return n >= DECIDE_FEWEST &&
           (p_of(count_signs(ln, n, 0)) <= rules->screen ||
            far_p(count_signs(ln, n, decide_far(rules))) <=
                rules->screen * far_screen);
}

/* The smallest slowdown that is detected with 90 % probability. */

/* The fewest of n that the sign test takes at this level; n + 1: none. */
static size_t fewest(size_t n, double level)
{
    size_t k = n / 2;

    while (k <= n && decide_sign_p(k, n) > level)
        k++;
    return k;
}

/* The share of pairs above `bound`, were all of them slower by `ln`. */
static double share_above(const double pairs[], size_t n, double middle,
                          double ln, double bound)
{
    size_t above = 0;

    for (size_t i = 0; i < n; i++)
        above += pairs[i] - middle + ln > bound;
    /* Never 0 nor 1: what n pairs did not show may happen all the same. */
    return ((double)above + 0.5) / ((double)n + 1);
}

static double at_least(size_t k, size_t n, double share)
{
    if (k > n)
        return 0;
    return k == 0 ? 1 : gsl_cdf_binomial_Q((unsigned)k - 1, share, (unsigned)n);
}

/* Of a whole check: it must become a suspect, and be confirmed as one. */
static double power(const struct rules *rules, const struct evidence *e,
                    const double pairs[], size_t n, double middle, double ln)
{
    double slower = share_above(pairs, n, middle, ln, 0);
    double beyond = share_above(pairs, n, middle, ln, log1p(rules->threshold));
    double sure =
        at_least(fewest(e->planned, rules->alpha), e->planned, slower);
    double large = at_least(e->planned / 2 + 1, e->planned, beyond);

    return at_least(fewest(e->n_screen, rules->screen), e->n_screen, slower) *
           (sure < large ? sure : large);
}

static bool is_confirmed(const struct evidence *e, const struct checked *c)
{
    return c->suspect && e->n_confirm >= DECIDE_FEWEST;
}

double decide_detectable(const struct rules *rules, const struct evidence *e,
                         const struct checked *c)
{
    const double *pairs = is_confirmed(e, c) ? e->confirm : e->screen;
    size_t n = is_confirmed(e, c) ? e->n_confirm : e->n_screen;
    double low = 0, high = most_ln, middle = log(c->ratio.median);

    if (n < DECIDE_FEWEST)
        return INFINITY;
    if (e->screen_of)
        return expm1(variants_detectable(&c->spread, c->spread.variants,
                                         rules->threshold));
    if (power(rules, e, pairs, n, middle, high) < 0.9)
        return INFINITY;
    while (high - low > 1e-4) {
        double ln = (low + high) / 2;

        if (power(rules, e, pairs, n, middle, ln) < 0.9)
            low = ln;
        else
            high = ln;
    }
    return expm1(high);
}

/* One cell. */

/* What the pairs that are far off add to the mean of all. */
static double far_mean(const double ln[], size_t n, double bound)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs(ln[i]) > bound ? ln[i] : 0;
    return n ? sum / (double)n : 0;
}

/* In place of what the pairs alone have shown. */
static int describe_variants(const struct evidence *e, const double pairs[],
                             size_t n, struct checked *c)
{
    const struct drawn *of = c->stage == 2 ? e->confirm_of : e->screen_of;
    int error = variants_spread(pairs, of, n, &c->spread);

    if (error)
        return error;
    c->ratio = estimate_exp(variants_estimate(&c->spread, n));
    c->p = variants_p(&c->spread);
    return 0;
}

static int describe(const struct rules *rules, const struct evidence *e,
                    struct checked *c)
{
    bool confirmed = is_confirmed(e, c);
    const double *pairs = confirmed ? e->confirm : e->screen;
    size_t n = confirmed ? e->n_confirm : e->n_screen;
    double bound = decide_far(rules);
    struct signs signs = count_signs(pairs, n, 0);
    struct signs far = count_signs(pairs, n, bound);
    int error = estimate_copy(pairs, n, &c->ratio);

    if (error)
        return error;
    c->stage = confirmed ? 2 : 1;
    c->slower = signs.slower;
    c->faster = signs.faster;
    c->p = p_of(signs);
    c->far_slower = far.slower;
    c->far_faster = far.faster;
    c->far_p = far_p(far);
    c->far_mean = expm1(far_mean(pairs, n, bound));
    c->ratio = estimate_exp(c->ratio);
    if (e->screen_of)
        error = describe_variants(e, pairs, n, c);
    if (error)
        return error;
    error = estimate_copy(e->control, e->n_control, &c->control);
    c->control = estimate_exp(c->control);
    return error;
}

bool decide_doubtful(const struct rules *rules, const struct checked *c)
{
    return c->far_p <= far_screen * rules->screen;
}

/*
 * Whether a slowdown as large as the threshold is excluded, and nothing speaks
 * for one of a minority.
 */
static bool is_clean(const struct rules *rules, const struct checked *c)
{
    return estimate_has_interval(&c->ratio) &&
           c->ratio.high < 1 + rules->threshold && !decide_doubtful(rules, c);
}

/* By the interval alone: an unsuspected cell, or a suspect not confirmed. */
static void rule_by_interval(const struct rules *rules, struct checked *c)
{
    c->ruling = is_clean(rules, c) ? RULING_PASS : RULING_INCONCLUSIVE;
}

static void rule_confirmed(const struct rules *rules, struct checked *c)
{
    if (c->ratio.median > 1 + rules->threshold)
        c->ruling = RULING_REGRESSED;
    else if (c->ratio.median < 1 / (1 + rules->threshold))
        c->ruling = RULING_IMPROVED;
    else
        rule_by_interval(rules, c);
}

/* All cells. */

/* Without fresh pairs a suspect has shown nothing: it is behind all others. */
static double shown(const struct checked *c)
{
    return c->stage == 2 ? c->p : 1;
}

static int by_p(const void *a, const void *b)
{
    double x = shown(*(const struct checked *const *)a);
    double y = shown(*(const struct checked *const *)b);

    return (x > y) - (x < y);
}

/*
 * Holm: the i-th smallest p of `of` tests is held to alpha / (of - i), from 0;
 * m of them may be significant.
 */
static void confirm(const struct rules *rules, struct checked *suspects[],
                    size_t m, size_t of)
{
    bool rejects = true;

    qsort(suspects, m, sizeof(*suspects), by_p);
    for (size_t i = 0; i < m; i++) {
        struct checked *c = suspects[i];

        c->p_bound = rules->alpha / (double)(of - i);
        rejects = rejects && c->stage == 2 && c->p <= c->p_bound;
        if (rejects)
            rule_confirmed(rules, c);
        else if (c->stage == 2)
            rule_by_interval(rules, c);
        else
            c->ruling = RULING_INCONCLUSIVE;
    }
}

/* Bonferroni's, over the same suspects. */
static void confirm_far(const struct rules *rules, struct checked *suspects[],
                        size_t m)
{
    double bound = far_alpha * rules->alpha / (double)m;

    for (size_t i = 0; i < m; i++) {
        struct checked *c = suspects[i];

        c->by_far = c->stage == 2 && c->far_p <= bound &&
                    c->far_mean > rules->threshold &&
                    c->ruling != RULING_REGRESSED;
        if (c->by_far)
            c->ruling = RULING_REGRESSED;
    }
}

static int rule_all(const struct rules *rules, size_t n, bool variants,
                    struct checked cells[])
{
    struct checked **suspects = calloc(n ? n : 1, sizeof(*suspects));
    size_t m = 0;

    if (!suspects)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (cells[i].suspect)
            suspects[m++] = &cells[i];
        else
            rule_by_interval(rules, &cells[i]);
    }
    confirm(rules, suspects, m, variants ? n : m);
    if (!variants)
        confirm_far(rules, suspects, m);
    free(suspects);
    return 0;
}

/* The controls. */

/*
 * Not by chance, and not by a trifle: two-sided.  A copy that differs in a
 * minority of its pairs does so, too, at the share that these have of alpha.
 */
static bool is_disturbed(const struct rules *rules, const double ln[], size_t n,
                         double median, double level)
{
    double bound = decide_far(rules), trifle = log1p(rules->threshold) / 2;

    return n >= DECIDE_FEWEST &&
           ((2 * p_of(count_signs(ln, n, 0)) <= level &&
             fabs(log(median)) > trifle) ||
            (2 * p_of(count_signs(ln, n, bound)) <= far_alpha * level &&
             fabs(far_mean(ln, n, bound)) > trifle));
}

static bool find_disturbed(const struct rules *rules,
                           const struct evidence evidence[], size_t n,
                           struct checked cells[])
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = &evidence[i];

        /* Bonferroni's, for one is enough. */
        cells[i].disturbed =
            is_disturbed(rules, e->control, e->n_control,
                         cells[i].control.median, rules->control / (double)n);
        any |= cells[i].disturbed;
    }
    return any;
}

static int pool_controls(const struct rules *rules,
                         const struct evidence evidence[], size_t n,
                         struct estimate *ret)
{
    size_t total = 0, at = 0;
    double *all;
    int result;

    for (size_t i = 0; i < n; i++)
        total += evidence[i].n_control;
    all = malloc((total ? total : 1) * sizeof(*all));
    if (!all)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < evidence[i].n_control; j++)
            all[at++] = evidence[i].control[j];
    *ret = estimate_exp(estimate_median(all, total));
    result = is_disturbed(rules, all, total, ret->median, rules->control);
    free(all);
    return result;
}

/*
 * Nothing passes.  What was called slower stays so where its own control and
 * all of them together are quiet: another cell's is no excuse for it.
 */
static void silence(size_t n, struct checked cells[], bool all)
{
    for (size_t i = 0; i < n; i++)
        if (all || cells[i].disturbed || cells[i].ruling != RULING_REGRESSED) {
            cells[i].ruling = RULING_INCONCLUSIVE;
            cells[i].by_far = false;
        }
}

int decide(const struct rules *rules, const struct evidence evidence[],
           size_t n, struct checked cells[], struct estimate *ret_control)
{
    int error = 0, disturbed;

    for (size_t i = 0; i < n && !error; i++) {
        const struct evidence *e = &evidence[i];

        cells[i].p_bound = 0;
        cells[i].suspect = decide_suspect(rules, e->screen, e->n_screen);
        error = describe(rules, e, &cells[i]);
        cells[i].spread.level = rules->alpha / (double)n;
        cells[i].spread.needed =
            variants_needed(&cells[i].spread, 0.05, rules->threshold);
    }
    if (!error)
        error = rule_all(rules, n, n && evidence[0].screen_of, cells);
    if (error)
        return error;
    disturbed = pool_controls(rules, evidence, n, ret_control);
    if (disturbed < 0)
        return disturbed;
    if (!find_disturbed(rules, evidence, n, cells) && !disturbed)
        return 0;
    silence(n, cells, disturbed);
    return 1;
}
