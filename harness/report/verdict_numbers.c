/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statistics of claims, as numbers with intervals. */
#include <math.h>
#include <stdlib.h>

#include "harness/report/findings.h"
#include "harness/report/verdicts.h"
#include "harness/results/derived.h"

/* The claim's metric of a sample, or its time; 0: it has none. */
static double number_of(const struct claim *c, const struct sample *s)
{
    double value = 0;

    if (!c->metric)
        return value_real_ns(s);
    return sample_number(s, c->metric, &value) ? 0 : value;
}

static struct estimate ratio(const struct claim *c, const struct table *t,
                             const struct entry *a, const struct entry *b)
{
    double *logs = calloc(t->rounds + 1, sizeof(*logs));
    double factor = c->factor > 0 ? c->factor : 1;
    struct estimate e = {0};
    size_t n = 0;

    for (unsigned r = 0; logs && r < t->rounds; r++) {
        double x, y;

        if (!sample_meets(a->by_round[r], b->by_round[r]))
            continue;
        x = number_of(c, a->by_round[r]);
        y = number_of(c, b->by_round[r]);
        if (x > 0 && y > 0)
            logs[n++] = log(factor * x / y);
    }
    if (logs)
        e = estimate_exp(estimate_median(logs, n));
    free(logs);
    return e;
}

static double wrong_share(const struct sample *s)
{
    return (double)s->wrong_iterations / (double)s->iterations;
}

struct estimate claim_estimate(const struct claim *c, const struct table *t,
                               const struct entry *const cells[2])
{
    const struct entry *e = cells[0];

    switch (c->statistic) {
    case STATISTIC_RATIO:
    case STATISTIC_GROWTH:
        return ratio(c, t, cells[0], cells[1]);
    case STATISTIC_SHARE:
        return table_estimate(e, t->rounds, value_lost_share);
    case STATISTIC_WRONG:
        return table_estimate(e, t->rounds, wrong_share);
    case STATISTIC_PERCENTILE:
        return finding_percentile(e, c->metric);
    case STATISTIC_COUNT:
        return table_estimate_metric(e->by_round, t->rounds, c->metric, false);
    default:
        return (struct estimate){0};
    }
}

/* The logarithms of all cells in a round; false: they cannot be compared. */
static bool round_of(const struct claim *c, unsigned r,
                     const struct entry *const cells[], size_t n, double y[])
{
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = cells[i]->by_round[r];
        double value =
            sample_meets(cells[0]->by_round[r], s) ? number_of(c, s) : 0;

        if (value <= 0)
            return false;
        y[i] = log(value);
    }
    return true;
}

struct estimate claim_exponent(const struct claim *c, const struct table *t,
                               const struct entry *const cells[],
                               const double sizes[], size_t n)
{
    double *slopes = calloc(t->rounds + 1, sizeof(*slopes));
    double *x = calloc(n, sizeof(*x)), *y = calloc(n, sizeof(*y));
    struct estimate e = {0};
    size_t found = 0;

    for (size_t i = 0; x && i < n; i++)
        x[i] = log(sizes[i]);
    for (unsigned r = 0; slopes && x && y && n > 1 && r < t->rounds; r++)
        if (round_of(c, r, cells, n, y))
            slopes[found++] = slope(x, y, n);
    if (slopes)
        e = estimate_median(slopes, found);
    free(slopes);
    free(x);
    free(y);
    return e;
}
