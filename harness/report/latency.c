/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/results/histogram.h"
#include "models/model.h"

/*
 * Of the cells with the most items: which share of these took at least how
 * long, from the sums of the histograms of all right samples.
 */
struct curve {
    const struct entry *entry;
    unsigned style;
    struct histogram histogram;
    double end; /* the share of the slowest bucket */
};

struct latency {
    struct curve *curves;
    size_t n;
    struct axis ms, share;
};

/* A label's share of the axis. */
static const double label_gap = 0.07;

static const struct entry *find_head(const struct table *t,
                                     const char *workload)
{
    const struct entry *head = NULL;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (strcmp(e->workload, workload) == 0 && finding_is_timed(e) &&
            (!head || e->right[0]->items > head->right[0]->items))
            head = e;
    }
    return head;
}

static int add_curve(struct latency *l, const struct table *t,
                     const struct entry *e)
{
    struct curve *grown = reallocarray(l->curves, l->n + 1, sizeof(*l->curves));
    struct curve *c = grown ? &grown[l->n] : NULL;

    if (!grown)
        return -ENOMEM;
    l->curves = grown;
    *c = (struct curve){.entry = e, .style = chart_style(t, e->model)};
    for (size_t i = 0; i < e->n_right; i++)
        if (e->right[i]->latency_histogram)
            histogram_add_text(&c->histogram, e->right[i]->latency_histogram);
    l->n += c->histogram.n > 0;
    return 0;
}

static bool has_family(const struct latency *l, unsigned family)
{
    for (size_t i = 0; i < l->n; i++)
        if (chart_family(l->curves[i].entry->model) == family)
            return true;
    return false;
}

/* Where there are many models, a part for each family that has one. */
static void keep_part(struct latency *l, size_t part)
{
    unsigned family = 0;
    size_t kept = 0;

    for (; family <= FAMILY_N; family++)
        if (has_family(l, family) && part-- == 0)
            break;
    for (size_t i = 0; i < l->n; i++)
        if (chart_family(l->curves[i].entry->model) == family)
            l->curves[kept++] = l->curves[i];
    l->n = kept;
}

static int collect(struct latency *l, const struct table *t,
                   const struct subject *s)
{
    const struct entry *head = find_head(t, s->workload);
    int error = 0;

    for (size_t i = 0; head && i < t->n && !error; i++)
        if (finding_is_timed(&t->entries[i]) &&
            fact_same_group(head, &t->entries[i]))
            error = add_curve(l, t, &t->entries[i]);
    if (l->n > MOST_TOGETHER)
        keep_part(l, s->part);
    else if (s->part)
        l->n = 0;
    return error ? error : l->n ? 0 : -ENOENT;
}

static void write_curve(struct latency *l, struct curve *c, FILE *out)
{
    static const unsigned marks[] = {500, 900, 990, 999};
    const struct histogram *h = &c->histogram;
    uint64_t left = h->n;
    double ns;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double ms = histogram_time(i) / 1e6;
        double share = (double)left / (double)h->n;

        if (!h->counts[i])
            continue;
        fprintf(out, "point\t%u\t%.6g\t%.6g\t\n", c->style, ms, share);
        axis_add(&l->ms, ms);
        axis_add(&l->share, share);
        c->end = share;
        left -= h->counts[i];
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (histogram_percentile(h, marks[i], &ns))
            fprintf(out, "mark\t%u\t%.6g\t%.6g\t\n", c->style, ns / 1e6,
                    1 - marks[i] / 1000.0);
}

/* At the right, beside the ends of the curves. */
static void write_labels(const struct latency *l, double places[], FILE *out)
{
    for (size_t i = 0; i < l->n; i++)
        places[i] = l->curves[i].end;
    axis_spread(&l->share, places, l->n, label_gap);
    for (size_t i = 0; i < l->n; i++)
        fprintf(out, "model\t%u\t%.6g\t%.6g\t%s\n", l->curves[i].style,
                l->ms.high, places[i], fact_label_of(l->curves[i].entry));
}

static void write_axes(struct latency *l, FILE *out)
{
    static const struct {
        double share;
        const char *label;
    } ticks[] = {
        {1, "all"},
        {0.5, "1 in 2"},
        {0.1, "1 in 10"},
        {0.01, "1 in 100"},
        {0.001, "1 in 1,000"},
        {1e-4, "1 in 10,000"},
        {1e-5, "1 in 100,000"},
    };
    const struct workload *workload =
        workload_find(l->curves[0].entry->workload);
    char parameters[256];

    fact_parameters(l->curves[0].entry, ", ", parameters, sizeof(parameters));
    fprintf(out, "of\t\t\t\t%s\n", parameters);
    fprintf(out, "span\t\t\t\t%s\n", workload_times(workload)->span);
    for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++)
        if (ticks[i].share >= l->share.low)
            fprintf(out, "tick\t\t\t%g\t%s\n", ticks[i].share, ticks[i].label);
    l->ms.linear = l->ms.high < 10 * l->ms.low;
    l->share.low *= 0.4; /* for labels */
    axis_pad(&l->ms, l->ms.linear ? 1.02 : 1.1);
    fprintf(out, "low\t\t%.6g\t%.6g\t%s\n", l->ms.low, l->share.low,
            l->ms.linear ? "linear" : "logarithmic");
    fprintf(out, "high\t\t%.6g\t1\t\n", l->ms.high);
}

/* The rarest percentile that both of them have, as the figure marks it. */
static void find_longest(const struct latency *l, struct finding *ret)
{
    static const unsigned tails[] = {999, 990, 900};

    for (size_t i = 0; i < 3 && !ret->one_in; i++) {
        bool both = true;

        for (size_t j = 0; j < l->n; j++)
            for (size_t side = 0; side < 2; side++)
                if (l->curves[j].entry == (side ? ret->b : ret->a))
                    both &=
                        histogram_percentile(&l->curves[j].histogram, tails[i],
                                             &ret->longest_ns[side]);
        ret->one_in = both ? 1000 / (1000 - tails[i]) : 0;
    }
}

static void find_range(const struct latency *l, struct finding *ret)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct entry *e = l->curves[i].entry;

        finding_widen(ret, e,
                      finding_percentile(e, finding_metric(e, 500, false)));
    }
    ret->range = RANGE_LATENCY;
    find_longest(l, ret);
}

int latency_write(const struct results *r, const struct subject *s, FILE *out,
                  struct finding *ret_shown)
{
    struct latency l = {.ms = axis_empty, .share = axis_empty};
    int error = collect(&l, r->table, s);
    double *places = calloc(l.n + 1, sizeof(*places));

    if (!places)
        error = -ENOMEM;
    if (!error) {
        fputs("row\tstyle\tms\tshare\tlabel\n", out);
        for (size_t i = 0; i < l.n; i++)
            write_curve(&l, &l.curves[i], out);
        write_axes(&l, out);
        write_labels(&l, places, out);
        find_range(&l, ret_shown);
    }
    free(places);
    free(l.curves);
    return error;
}
