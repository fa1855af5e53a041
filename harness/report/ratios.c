/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/findings.h"

/*
 * All ratios of the findings, each beside what it may be held against: 1, the
 * noise of its workload's A/A pairs, and what the tutorial claimed.
 */
struct ratios {
    const struct table *table;
    const struct finding_list *findings;
    struct axis axis;
    unsigned place; /* of the line written last */
    bool claimed;   /* a claim was written */
    /* The lines since `band_from` are of this workload; NULL: none are. */
    const char *band;
    unsigned band_from;
};

/* What the label of a tick takes of the axis. */
static const double tick_room = 0.07;

static void find_axis(struct ratios *s)
{
    s->axis = axis_empty;
    axis_add(&s->axis, 1);
    for (size_t i = 0; i < s->findings->n; i++) {
        const struct finding *f = &s->findings->items[i];

        if (!f->b || !f->claim)
            continue;
        axis_add_interval(&s->axis, &f->estimate);
        for (size_t j = 0; j < f->claim->claimed.n; j++)
            axis_add(&s->axis, f->claim->claimed.items[j]);
    }
    for (size_t i = 0; i < s->table->n; i++) {
        const struct entry *entry = &s->table->entries[i];
        struct estimate e = noise_of_pair(s->table, entry);

        if (e.n == 0)
            continue;
        axis_add_interval(&s->axis, &e);
        axis_add(&s->axis, noise_of(s->table, entry->workload));
    }
    /* 1 is in the middle: slower and faster by as much are as far from it. */
    axis_add(&s->axis, 1 / s->axis.low);
    axis_add(&s->axis, 1 / s->axis.high);
    axis_pad(&s->axis, 1.3);
}

/* Rows. */

/* The noise behind the lines written so far. */
static void end_band(struct ratios *s, FILE *out)
{
    double noise = s->band ? noise_of(s->table, s->band) : 0;

    if (noise > 0)
        fprintf(out, "band\t\t\t\t%.6g\t%.6g\t%u\t%u\t%s\t\t\t\n", 1 / noise,
                noise, s->band_from, s->place, s->band);
    s->band = NULL;
}

/* A line below the others; neighbours of one workload share a band. */
static void next_line(struct ratios *s, const char *workload, FILE *out)
{
    if (s->band && strcmp(s->band, workload) != 0)
        end_band(s, out);
    s->place++;
    if (!s->band)
        s->band_from = s->place;
    s->band = workload;
}

static void write_estimate(const struct ratios *s, const char *row,
                           const struct entry *of, bool hollow,
                           const struct estimate *e, FILE *out)
{
    struct estimate shown = chart_estimate(*e);

    fprintf(out, "%s\t%u\t%d\t%.6g\t%.6g\t%.6g\t%u\t\t", row,
            chart_style(s->table, of->model), hollow, shown.median, shown.low,
            shown.high, s->place);
}

/* "2.95 times slower" and "[2.53, 3.27]", as the sentences say it. */
static void write_words(struct estimate e, FILE *out)
{
    const char *word = ratio_word(&e);

    if (!estimate_has_interval(&e))
        fprintf(out, "%.3g times %s\tno interval", e.median, word);
    else if (word)
        fprintf(out, "%.3g times %s\t[%.3g, %.3g]", e.median, word, e.low,
                e.high);
    else
        fprintf(out, "not separated\t%.3g [%.3g, %.3g]", e.median, e.low,
                e.high);
}

/* The first one is named in the drawing; they all look like it. */
static void write_claim(struct ratios *s, double claim, FILE *out)
{
    bool slower = claim >= 1;

    fprintf(out, "claim\t\t\t%.6g\t\t\t%u\t\t%s\t\t%.3g times %s\t\n", claim,
            s->place, s->claimed ? "" : "claimed", slower ? claim : 1 / claim,
            slower ? "slower" : "faster");
    s->claimed = true;
}

static void write_ratio(struct ratios *s, const struct finding *f, FILE *out)
{
    next_line(s, f->a->workload, out);
    write_estimate(s, "ratio", f->a, f->wrong, &f->estimate, out);
    fprintf(out, "%s against %s\t%s\t", fact_label(f->a->model),
            fact_label(f->b->model), f->claim->title);
    write_words(f->estimate, out);
    fputc('\n', out);
    for (size_t i = 0; i < f->claim->claimed.n; i++)
        write_claim(s, f->claim->claimed.items[i], out);
}

static void write_twin(struct ratios *s, const struct entry *e, FILE *out)
{
    struct estimate ratio = noise_of_pair(s->table, e);
    char parameters[256];

    if (ratio.n == 0)
        return;
    next_line(s, e->workload, out);
    write_estimate(s, "twin", e, fact_is_wrong(e), &ratio, out);
    fact_parameters(e, ", ", parameters, sizeof(parameters));
    fprintf(out, "%s against itself\t%s, %s\t", fact_label(e->model),
            e->workload, parameters);
    if (estimate_has_interval(&ratio))
        fprintf(out, "%.3g times\t[%.3g, %.3g]\n", ratio.median, ratio.low,
                ratio.high);
    else
        fprintf(out, "%.3g times\tno interval\n", ratio.median);
}

/* In pairs, as many as have room. */
static void write_ticks(const struct ratios *s, FILE *out)
{
    static const double factors[] = {1.1, 1.2, 1.5, 2,   3,   5,  10,
                                     30,  100, 300, 1e3, 1e4, 1e5};
    double room = pow(s->axis.high, 2 * tick_room), last = 1;

    fputs("tick\t\t\t1\t\t\t\t\t1\t\t\t\n", out);
    for (size_t i = 0; i < sizeof(factors) / sizeof(*factors); i++) {
        double factor = factors[i];

        if (factor < last * room || factor > s->axis.high)
            continue;
        last = factor;
        fprintf(out,
                "tick\t\t\t%.6g\t\t\t\t\t1/%g\t\t\t\n"
                "tick\t\t\t%.6g\t\t\t\t\t%g\t\t\t\n",
                1 / factor, factor, factor, factor);
    }
}

/* Below the others, under a heading; nothing when no cell has a twin. */
static void write_twins(struct ratios *s, FILE *out)
{
    unsigned heading = ++s->place;
    bool noise = false;

    for (size_t i = 0; i < s->table->n; i++) {
        write_twin(s, &s->table->entries[i], out);
        noise = noise || noise_of(s->table, s->table->entries[i].workload);
    }
    end_band(s, out);
    if (s->place == heading)
        s->place--;
    else
        fprintf(out, "group\t\t\t\t\t\t%u\t\tA/A pairs%s\t\t\t\n", heading,
                noise ? ": the grey band" : "");
}

int ratios_write(const struct results *r, const struct subject *of, FILE *out)
{
    struct ratios s = {.table = r->table, .findings = r->findings};

    (void)of;
    find_axis(&s);
    fputs("row\tstyle\thollow\tratio\tlow\thigh\tplace\tuntil\tlabel\ttask\ttex"
          "t\t"
          "interval\n",
          out);
    for (size_t i = 0; i < r->findings->n; i++)
        if (r->findings->items[i].b && r->findings->items[i].claim)
            write_ratio(&s, &r->findings->items[i], out);
    end_band(&s, out);
    write_twins(&s, out);
    if (s.place == 0)
        return -ENOENT;
    write_ticks(&s, out);
    fprintf(out, "axis\t\t\t\t%.6g\t%.6g\t%u\t\t\t\t\t\n", s.axis.low,
            s.axis.high, s.place);
    return 0;
}
