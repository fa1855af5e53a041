/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "harness/report/facts.h"
#include "harness/results/names.h"
#include "models/model.h"

/* A model that this build leaves out may have no mark: it counts as unknown. */
static const struct model *known(const char *name)
{
    const struct model *m = model_find(name);

    return m && m->mark ? m : NULL;
}

/* From 1, in the order in which the table has them. */
static unsigned number_of_unknown(const struct table *t, const char *model)
{
    unsigned n = 1;

    for (size_t i = 0; i < t->n && strcmp(t->entries[i].model, model) != 0; i++)
        n += !known(t->entries[i].model) && t->entries[i].model_first == i;
    return n;
}

unsigned chart_family(const char *model)
{
    const struct model *m = known(model);

    return m ? m->family : FAMILY_N;
}

const char *chart_family_name(const char *model)
{
    const struct model *m = known(model);

    return m ? family_name(m->family) : "models of another build";
}

unsigned chart_style(const struct table *t, const char *model)
{
    const struct model *m = known(model);

    if (!m)
        return number_of_unknown(t, model);
    return model_is_in_memory(m) ? 0 : 100 * (m->family + 1) + m->mark;
}

double *chart_samples(const struct entry *e, unsigned rounds,
                      sample_value value, size_t most, size_t *ret_n,
                      bool *thinned)
{
    double *values = calloc(rounds + 1, sizeof(*values));
    size_t n = 0;

    for (unsigned r = 0; values && r < rounds; r++)
        if (e->by_round[r])
            values[n++] = value(e->by_round[r]);
    *ret_n = n < most ? n : most;
    *thinned = *thinned || *ret_n < n;
    if (values)
        gsl_sort(values, 1, n);
    for (size_t i = 0; *ret_n < n && i < most; i++)
        values[i] = values[most > 1 ? i * (n - 1) / (most - 1) : n / 2];
    return values;
}

struct estimate chart_estimate(struct estimate e)
{
    if (!estimate_has_interval(&e))
        e.low = e.high = NAN;
    return e;
}

const struct axis axis_empty = {.low = INFINITY, .high = -INFINITY};

void axis_add(struct axis *a, double value)
{
    if (!isfinite(value) || (value <= 0 && !a->linear))
        return;
    a->low = fmin(a->low, value);
    a->high = fmax(a->high, value);
}

void axis_add_interval(struct axis *a, const struct estimate *e)
{
    struct estimate shown = chart_estimate(*e);

    axis_add(a, shown.median);
    axis_add(a, shown.low);
    axis_add(a, shown.high);
}

void axis_pad(struct axis *a, double factor)
{
    a->low /= factor;
    a->high *= factor;
}

void axis_widen(struct axis *a)
{
    while (isfinite(a->low) && a->high < 10 * a->low)
        axis_pad(a, 1.2);
}

/* From 0 to 1 along the axis. */
static double place_of(const struct axis *a, double value)
{
    return a->linear ? (value - a->low) / (a->high - a->low)
                     : log(value / a->low) / log(a->high / a->low);
}

static double value_at(const struct axis *a, double place)
{
    return a->linear ? a->low + place * (a->high - a->low)
                     : a->low * pow(a->high / a->low, place);
}

void axis_spread(const struct axis *a, double values[], size_t n, double gap)
{
    size_t *order = calloc(n + 1, sizeof(*order));
    double limit = 1;

    if (!order)
        return;
    gsl_sort_index(order, values, 1, n);
    gap = n > 1 ? fmin(gap, 1 / (double)(n - 1)) : gap;
    /*
     * Each label moves the next one up; then the end of the axis moves them
     * back.
     */
    for (size_t i = 0; i < n; i++) {
        double *value = &values[order[i]];

        *value = fmax(0, place_of(a, *value));
        if (i > 0)
            *value = fmax(*value, values[order[i - 1]] + gap);
    }
    for (size_t i = n; i-- > 0;) {
        double place = fmin(values[order[i]], limit);

        limit = place - gap;
        values[order[i]] = value_at(a, place);
    }
    free(order);
}

void axis_ticks(const struct axis *a, const double values[], size_t n,
                double gap, bool ret[])
{
    double last = n ? place_of(a, values[n - 1]) : 0, before = -1;

    for (size_t i = 0; i < n; i++) {
        double place = place_of(a, values[i]);

        ret[i] = i + 1 == n || (place - before >= gap && last - place >= gap);
        if (ret[i])
            before = place;
    }
}

void chart_rounds(const struct table *t, char *out, size_t size)
{
    out[0] = '\0';
    if (t->rounds < 6)
        snprintf(out, size, "no intervals: %u round%s, 6 are needed", t->rounds,
                 t->rounds == 1 ? "" : "s");
}

/* What a letter of a tick's label takes of the axis. */
static const double letter = 0.02;

/* In pairs, as many as have room. */
static void write_ticks(const struct axis *a, FILE *out)
{
    static const double factors[] = {1.1, 1.2, 1.5, 2,   3,   5,  10,
                                     30,  100, 300, 1e3, 1e4, 1e5};
    double last = 1;

    fputs("tick\t\t\t1\t\t\t\t\t1\t\t\t\n", out);
    for (size_t i = 0; i < sizeof(factors) / sizeof(*factors); i++) {
        double factor = factors[i];
        int letters = snprintf(NULL, 0, "1/%g ", factor);

        if (factor < last * pow(a->high, 2 * letter * letters) ||
            factor > a->high)
            continue;
        last = factor;
        fprintf(out,
                "tick\t\t\t%.6g\t\t\t\t\t1/%g\t\t\t\n"
                "tick\t\t\t%.6g\t\t\t\t\t%g\t\t\t\n",
                1 / factor, factor, factor, factor);
    }
}

void axis_write_ratios(const struct axis *a, unsigned rows, FILE *out)
{
    write_ticks(a, out);
    fprintf(out, "axis\t\t\t\t%.6g\t%.6g\t%u\t\t\t\t\t\n", a->low, a->high,
            rows);
}
