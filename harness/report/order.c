/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"

/*
 * Every measured sample in the order it was taken, relative to its cell, and
 * the CPU time that other virtual machines used. The axis is clipped, so that
 * one sample that took fifty times as long does not compress all others.
 */
struct mark {
    const struct sample *sample;
    double relative; /* to the median of its cell */
};

struct order {
    const struct results *r;
    struct mark *marks;
    size_t n;
    double last_s;
};

/* Axes, and the labels above 1; those below are their inverses. */
static const struct scale {
    double bound, factors[2]; /* the axis goes from 1/bound to bound */
} scales[] = {{1.25, {1.1, 1.2}}, {2, {1.4, 2}}, {4, {2, 4}}};
enum { N_SCALES = sizeof(scales) / sizeof(scales[0]) };

/* One sample in so many may lie beyond the axis. */
static const size_t clipped_one_in = 30;

/* What the name of a round takes of the axis, as the script sets it. */
static const double name_room = 0.1;

static double seconds(const struct sample *s)
{
    return (double)s->start_ns / 1e9;
}

static int by_time(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;

    return (x->sample > y->sample) - (x->sample < y->sample);
}

static int by_value(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;

    return (x->relative > y->relative) - (x->relative < y->relative);
}

static void find_marks(struct order *o)
{
    const struct table *t = o->r->table;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        double median = table_estimate(e, t->rounds, value_real_ns).median;

        for (unsigned r = 0; median > 0 && r < t->rounds; r++)
            if (e->by_round[r])
                o->marks[o->n++] = (struct mark){
                    e->by_round[r], value_real_ns(e->by_round[r]) / median};
    }
    qsort(o->marks, o->n, sizeof(*o->marks), by_time);
    for (size_t i = 0; i < o->r->recording->n; i++) {
        const struct sample *s = &o->r->recording->samples[i];

        if (s->round > 0)
            o->last_s = fmax(o->last_s, seconds(s) + (double)s->wall_ns / 1e9);
    }
}

/* 1 and -1: beyond the upper and the lower end. */
static int beyond(double relative, double bound)
{
    return (relative > bound) - (relative < 1 / bound);
}

/* The narrowest axis beyond which few samples lie. */
static const struct scale *find_scale(const struct order *o)
{
    const struct scale *scale = scales;
    size_t outside;

    for (;; scale++) {
        outside = 0;
        for (size_t i = 0; i < o->n; i++)
            outside += beyond(o->marks[i].relative, scale->bound) != 0;
        if (outside * clipped_one_in <= o->n || scale + 1 == scales + N_SCALES)
            return scale;
    }
}

/* Of very many samples the fastest, the median and the slowest of a stretch. */
static bool thin(struct order *o)
{
    size_t stretch = (3 * o->n + MOST_POINTS - 1) / MOST_POINTS, kept = 0;

    if (o->n <= MOST_POINTS)
        return false;
    for (size_t first = 0; first < o->n; first += stretch) {
        size_t n = o->n - first < stretch ? o->n - first : stretch;

        qsort(o->marks + first, n, sizeof(*o->marks), by_value);
        for (size_t i = 0; i < 3; i++)
            o->marks[kept++] = o->marks[first + i * (n - 1) / 2];
    }
    o->n = kept;
    return true;
}

/* Of the workloads of this build the place in the registry. */
static size_t style_of(const char *workload)
{
    size_t i = 0;

    while (i < n_workloads && strcmp(workloads[i]->name, workload) != 0)
        i++;
    return i;
}

static void write_samples(const struct order *o, double bound, FILE *out)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct mark *m = &o->marks[i];

        fprintf(out, "sample\t%zu\t%.2f\t%.4g\t%d\t\t%s\n",
                style_of(m->sample->workload), seconds(m->sample),
                fmax(1 / bound, fmin(bound, m->relative)),
                beyond(m->relative, bound), m->sample->workload);
    }
}

/* /proc/stat counts in hundredths of a second, whatever the kernel's HZ. */
static const double tick_ns = 1e7;

static double percent_stolen(const struct sample *s, double cpus)
{
    if (s->round == 0 || !s->steal_ticks || !s->wall_ns)
        return 0;
    return fmin(100, 100 * (double)s->steal_ticks * tick_ns /
                         ((double)s->wall_ns * cpus));
}

/* Of very many samples the worst one of a stretch. */
static void write_steal(const struct recording *r, FILE *out)
{
    size_t stretch = r->n / MOST_POINTS + 1;
    double cpus = recording_real(r, "cpus_online"), most = 10;

    for (size_t first = 0; first < r->n && cpus > 0; first += stretch) {
        double percent = 0, at = 0;

        for (size_t i = first; i < first + stretch && i < r->n; i++)
            if (percent_stolen(&r->samples[i], cpus) > percent) {
                percent = percent_stolen(&r->samples[i], cpus);
                at = seconds(&r->samples[i]);
            }
        most = fmax(most, percent);
        if (percent > 0)
            fprintf(out, "steal\t\t%.2f\t\t\t%.3g\t\n", at, percent);
    }
    fprintf(out, "axis steal\t\t\t\t\t%.3g\t%s\n", most,
            cpus > 0 ? "nothing" : "unknown: of how many CPUs is not known");
}

/* Where each round begins; named where there is room for it. */
static void write_rounds(const struct order *o, FILE *out)
{
    uint32_t round = 0;
    double named = -o->last_s;

    for (size_t i = 0; i < o->r->recording->n; i++) {
        const struct sample *s = &o->r->recording->samples[i];

        if (s->round <= round)
            continue;
        if (round == 0 && seconds(s) > name_room * o->last_s)
            fputs("round\t\t0\t\t\t\tcalibration\n", out);
        round = s->round;
        fprintf(out, "round\t\t%.2f\t\t\t\t", seconds(s));
        if (seconds(s) - named > name_room * o->last_s) {
            fprintf(out, "round %u", round);
            named = seconds(s);
        }
        fputc('\n', out);
    }
}

/* In the order of the table, which is the same in every run of a kind. */
static void write_workloads(const struct table *t, FILE *out)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].workload_first == i)
            fprintf(out, "workload\t%zu\t\t\t\t\t%s\n",
                    style_of(t->entries[i].workload), t->entries[i].workload);
}

static void write_axes(const struct order *o, const struct scale *scale,
                       FILE *out)
{
    fputs("tick\t\t\t1\t\t\t1\n", out);
    for (size_t i = 0; i < 2; i++)
        fprintf(out, "tick\t\t\t%.4g\t\t\t%g\ntick\t\t\t%.4g\t\t\t1/%g\n",
                scale->factors[i], scale->factors[i], 1 / scale->factors[i],
                scale->factors[i]);
    fprintf(out, "axis\t\t%.4g\t%.4g\t\t\t\n", o->last_s, scale->bound);
}

static const double most_samples = 0.95;

/* How far from the median of their cells most samples are, either way. */
static struct estimate find_spread(const struct order *o)
{
    double *logs = calloc(o->n + 1, sizeof(*logs));
    struct estimate ret = {.n = logs ? o->n : 0};

    for (size_t i = 0; i < ret.n; i++)
        logs[i] = fabs(log(o->marks[i].relative));
    gsl_sort(logs, 1, ret.n);
    if (ret.n)
        ret.median = exp(logs[(size_t)(most_samples * (double)(ret.n - 1))]);
    free(logs);
    return ret;
}

int order_write(const struct results *r, const struct subject *of, FILE *out,
                struct finding *ret_shown)
{
    struct order o = {.r = r, .last_s = 1e-3};
    const struct scale *scale;
    bool thinned;

    (void)of;
    o.marks = calloc(r->recording->n + 1, sizeof(*o.marks));
    if (!o.marks)
        return -ENOMEM;
    find_marks(&o);
    scale = find_scale(&o);
    *ret_shown =
        (struct finding){.kind = FINDING_SPREAD, .estimate = find_spread(&o)};
    thinned = thin(&o);
    fputs("row\tstyle\tseconds\trelative\tclipped\tsteal\tlabel\n", out);
    write_workloads(r->table, out);
    write_samples(&o, scale->bound, out);
    write_rounds(&o, out);
    write_steal(r->recording, out);
    write_axes(&o, scale, out);
    free(o.marks);
    return o.n ? thinned : -ENOENT;
}
