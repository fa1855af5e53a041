/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"

/*
 * Every measured sample in the order it was taken, relative to its cell, and
 * what the machine lost meanwhile.  The axis is clipped: one sample that took
 * fifty times as long must not press all others into a line.
 */
struct order {
    const struct results *r;
    double bound; /* the axis goes from 1/bound to bound */
    double last_s;
    bool thinned;
};

/* Axes, and the labels above 1; those below are their inverses. */
static const struct scale {
    double bound, factors[2];
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

/* The cell that the sample counts in, or NULL. */
static const struct entry *find_entry(const struct table *t,
                                      const struct sample *s)
{
    for (size_t i = 0; s->round > 0 && i < t->n; i++)
        if (t->entries[i].by_round[s->round - 1] == s)
            return &t->entries[i];
    return NULL;
}

/* 0: it is none that was measured. */
static double relative(const struct order *o, const struct sample *s)
{
    const struct entry *e = find_entry(o->r->table, s);
    struct estimate time;

    if (!e)
        return 0;
    time = table_estimate(e, o->r->table->rounds, value_real_ns);
    return time.median > 0 ? s->real_ns / time.median : 0;
}

/* The narrowest axis beyond which few samples lie. */
static const struct scale *find_scale(struct order *o, const double times[],
                                      size_t n)
{
    size_t scale = 0, outside, measured = 0;

    for (size_t i = 0; i < n; i++)
        measured += times[i] > 0;
    for (;; scale++) {
        o->bound = scales[scale].bound;
        outside = 0;
        for (size_t i = 0; i < n; i++)
            outside += times[i] > o->bound ||
                       (times[i] > 0 && times[i] < 1 / o->bound);
        if (outside * clipped_one_in <= measured || scale + 1 == N_SCALES)
            return &scales[scale];
    }
}

/* Of the workloads of this build the place in the registry. */
static size_t style_of(const char *workload)
{
    size_t i = 0;

    while (i < n_workloads && strcmp(workloads[i]->name, workload) != 0)
        i++;
    return i;
}

/* Of the samples of a stretch, the one whose time is the k-th smallest. */
static size_t nth_smallest(const double times[], size_t first, size_t end,
                           size_t k)
{
    for (size_t i = first; i < end; i++) {
        size_t before = 0;

        for (size_t j = first; j < end; j++)
            before += times[j] > 0 &&
                      (times[j] < times[i] || (times[j] == times[i] && j < i));
        if (times[i] > 0 && before == k)
            return i;
    }
    return first;
}

/*
 * Of very many samples, the fastest, the median and the slowest of each
 * stretch: the times of the others become 0.
 */
static void thin(struct order *o, double times[], size_t n, size_t measured)
{
    size_t stretch = (3 * measured + MOST_POINTS - 1) / MOST_POINTS, first = 0;

    o->thinned = measured > MOST_POINTS;
    while (o->thinned && first < n) {
        size_t end = first, m = 0, kept[3];

        for (; end < n && m < stretch; end++)
            m += times[end] > 0;
        for (size_t i = 0; i < 3 && m > 3; i++)
            kept[i] = nth_smallest(times, first, end, i * (m - 1) / 2);
        for (size_t i = first; i < end && m > 3; i++)
            if (i != kept[0] && i != kept[1] && i != kept[2])
                times[i] = 0;
        first = end;
    }
}

static void write_samples(struct order *o, const double times[], FILE *out)
{
    for (size_t i = 0; i < o->r->recording->n; i++) {
        const struct sample *s = &o->r->recording->samples[i];
        int clipped = (times[i] > o->bound) - (times[i] < 1 / o->bound);

        if (s->round > 0)
            o->last_s = fmax(o->last_s, seconds(s) + (double)s->wall_ns / 1e9);
        if (times[i] <= 0)
            continue;
        fprintf(out, "sample\t%zu\t%.2f\t%.4g\t%d\t\t%s\n",
                style_of(s->workload), seconds(s),
                clipped > 0   ? o->bound
                : clipped < 0 ? 1 / o->bound
                              : times[i],
                clipped, s->workload);
    }
}

/* /proc/stat counts in hundredths of a second, whatever the kernel's HZ. */
static const double jiffy_ns = 1e7;

static double percent_stolen(const struct sample *s, double cpus)
{
    if (s->round == 0 || !s->steal_ticks || !s->wall_ns)
        return 0;
    return fmin(100, 100 * (double)s->steal_ticks * jiffy_ns /
                         ((double)s->wall_ns * cpus));
}

static void write_steal(const struct order *o, FILE *out)
{
    const struct recording *r = o->r->recording;
    size_t stretch = r->n / MOST_POINTS + 1;
    char text[32];
    double cpus, most = 10;

    recording_key(r, "cpus_online", text, sizeof(text));
    cpus = atof(text);
    for (size_t first = 0; first < r->n && cpus > 0; first += stretch) {
        size_t i = first;

        for (size_t j = first; j < first + stretch && j < r->n; j++)
            if (percent_stolen(&r->samples[j], cpus) >
                percent_stolen(&r->samples[i], cpus))
                i = j;
        if (!(percent_stolen(&r->samples[i], cpus) > 0))
            continue;
        most = fmax(most, percent_stolen(&r->samples[i], cpus));
        fprintf(out, "steal\t\t%.2f\t\t\t%.3g\t\n", seconds(&r->samples[i]),
                percent_stolen(&r->samples[i], cpus));
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
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        bool known = !e->measured;

        for (size_t j = 0; j < i && !known; j++)
            known = t->entries[j].measured &&
                    strcmp(t->entries[j].workload, e->workload) == 0;
        if (!known)
            fprintf(out, "workload\t%zu\t\t\t\t\t%s\n", style_of(e->workload),
                    e->workload);
    }
}

static void write_axes(const struct order *o, const struct scale *scale,
                       FILE *out)
{
    fputs("tick\t\t\t1\t\t\t1\n", out);
    for (size_t i = 0; i < 2; i++)
        fprintf(out, "tick\t\t\t%.4g\t\t\t%g\ntick\t\t\t%.4g\t\t\t1/%g\n",
                scale->factors[i], scale->factors[i], 1 / scale->factors[i],
                scale->factors[i]);
    fprintf(out, "axis\t\t%.4g\t%.4g\t\t\t\n", o->last_s, o->bound);
}

static int write_all(struct order *o, double times[], FILE *out)
{
    const struct scale *scale;
    size_t n = o->r->recording->n, measured = 0;

    for (size_t i = 0; i < n; i++) {
        times[i] = relative(o, &o->r->recording->samples[i]);
        measured += times[i] > 0;
    }
    if (!measured)
        return -ENOENT;
    scale = find_scale(o, times, n);
    thin(o, times, n, measured);
    fputs("row\tstyle\tseconds\trelative\tclipped\tsteal\tlabel\n", out);
    write_workloads(o->r->table, out);
    write_samples(o, times, out);
    write_rounds(o, out);
    write_steal(o, out);
    write_axes(o, scale, out);
    return 0;
}

int order_write(const struct results *r, const struct subject *of, FILE *out)
{
    struct order o = {.r = r, .last_s = 1e-3};
    double *times = calloc(r->recording->n + 1, sizeof(*times));
    int error;

    (void)of;
    if (!times)
        return -ENOMEM;
    error = write_all(&o, times, out);
    free(times);
    return error ? error : o.thinned;
}
