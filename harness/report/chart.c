/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/names.h"
#include "models/model.h"

/* Models of another build, in the order in which the table has them. */
/* A model left out of this build may have no mark: it is a stranger, too. */
static const struct model *known(const char *name)
{
    const struct model *m = model_find(name);

    return m && m->mark ? m : NULL;
}

static unsigned count_strangers(const struct table *t, const char *model)
{
    unsigned n = 0;

    for (size_t i = 0; i < t->n; i++) {
        const char *name = t->entries[i].model;
        bool seen = known(name) != NULL;

        if (strcmp(name, model) == 0)
            break;
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(t->entries[j].model, name) == 0;
        n += !seen;
    }
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
        return 1 + count_strangers(t, model);
    return model_is_in_memory(m) ? 0 : 100 * (m->family + 1) + m->mark;
}

static int compare_numbers(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

size_t chart_thin(double values[], size_t n, size_t most)
{
    qsort(values, n, sizeof(*values), compare_numbers);
    if (n <= most)
        return n;
    for (size_t i = 0; i < most; i++)
        values[i] = values[most > 1 ? i * (n - 1) / (most - 1) : n / 2];
    return most;
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
    *ret_n = values ? chart_thin(values, n, most) : 0;
    *thinned = *thinned || *ret_n < n;
    return values;
}

void chart_number(double value, char end, FILE *out)
{
    if (isfinite(value))
        fprintf(out, "%.6g", value);
    fputc(end, out);
}

void chart_interval(const struct estimate *e, double scale, FILE *out)
{
    bool any = estimate_has_interval(e);

    chart_number(any ? e->low * scale : NAN, '\t', out);
    chart_number(any ? e->high * scale : NAN, '\t', out);
}

/* Axes. */

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
    axis_add(a, e->median);
    if (!estimate_has_interval(e))
        return;
    axis_add(a, e->low);
    axis_add(a, e->high);
}

void axis_pad(struct axis *a, double factor)
{
    a->low /= factor;
    a->high *= factor;
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

/* Ascending; each moves the next ones up, then the end moves them back. */
static void push_apart(double places[], size_t n, double gap)
{
    double limit = 1;

    for (size_t i = 1; i < n; i++)
        places[i] = fmax(places[i], places[i - 1] + gap);
    for (size_t i = n; i-- > 0; limit = places[i] - gap)
        places[i] = fmin(places[i], limit);
}

/*
 * Pushing upwards puts the second of a pair beside its wish by a whole gap;
 * half of it each way looks better, so the two directions are averaged.
 */
static void spread(double places[], double mirrored[], size_t n, double gap)
{
    for (size_t i = 0; i < n; i++)
        mirrored[i] = 1 - places[n - 1 - i];
    push_apart(places, n, gap);
    push_apart(mirrored, n, gap);
    for (size_t i = 0; i < n; i++)
        places[i] = (places[i] + 1 - mirrored[n - 1 - i]) / 2;
}

/* Which value is the i-th smallest. */
static void sort(const double values[], size_t n, size_t order[])
{
    for (size_t i = 0; i < n; i++) {
        size_t j = i;

        for (; j > 0 && values[order[j - 1]] > values[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

void axis_spread(const struct axis *a, double values[], size_t n, double gap)
{
    double *places = calloc(2 * n + 1, sizeof(*places));
    size_t *order = calloc(n + 1, sizeof(*order));

    if (places && order) {
        sort(values, n, order);
        for (size_t i = 0; i < n; i++)
            places[i] = place_of(a, values[order[i]]);
        spread(places, places + n, n,
               n > 1 ? fmin(gap, 1 / (double)(n - 1)) : gap);
        for (size_t i = 0; i < n; i++)
            values[order[i]] = value_at(a, places[i]);
    }
    free(places);
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

double chart_round_up(double value)
{
    double unit = pow(10, floor(log10(value)));

    return value <= 1 * unit   ? unit
           : value <= 2 * unit ? 2 * unit
           : value <= 5 * unit ? 5 * unit
                               : 10 * unit;
}

void chart_count(uint64_t value, char *out, size_t size)
{
    char digits[32];
    size_t len, n = 0;

    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    len = strlen(digits);
    for (size_t i = 0; i < len && n + 2 < size; i++) {
        if (i && value >= 10000 && (len - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = '\0';
}

void chart_others(const char *workload, const char *parameters, const char *key,
                  char *out, size_t size)
{
    const struct workload *w = workload_find(workload);
    uint64_t values[MAX_PARAMETERS];
    size_t len = 0;
    char count[32];

    out[0] = '\0';
    if (!w || cell_values(w, parameters, values))
        return;
    for (size_t i = 0; i < w->n_parameters && len < size; i++) {
        const struct parameter *p = &w->parameters[i];

        if (strcmp(p->name, key) == 0 || (!p->always && values[i] == p->preset))
            continue;
        chart_count(values[i], count, sizeof(count));
        len +=
            (size_t)snprintf(out + len, size - len, ", %s %s", p->name, count);
    }
}

void chart_rounds(const struct table *t, char *out, size_t size)
{
    struct estimate e;
    double nothing[64] = {0};

    e = estimate_median(nothing, t->rounds < 64 ? t->rounds : 64);
    out[0] = '\0';
    if (!estimate_has_interval(&e))
        snprintf(out, size, "no intervals: %u round%s, 6 are needed", t->rounds,
                 t->rounds == 1 ? "" : "s");
}
