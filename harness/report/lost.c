/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/headlines.h"

/*
 * How many updates are lost and how often, against the number of tasks.  The
 * axis of shares is linear, for it must show 0.  Models that lost nothing at
 * all would be drawn over each other there: they are named below it instead.
 */
static const char key[] = "tasks";

enum { WRAP = 88 };

/* What a label takes of its axis, as the script sets it. */
static const double label_gap = 0.1, label_gap_below = 0.17, line_gap = 0.1;
static const double tick_gap = 0.05;

struct loser {
    const char *model;
    double place, place_below; /* of its label */
};

struct lost {
    const struct table *table;
    const char *workload, *like; /* the sweep */
    struct loser losers[MOST_LABELS];
    size_t n;
    const char *exact[MOST_LABELS]; /* models that lost nothing */
    size_t n_exact;
    uint64_t exact_iterations;
    struct axis tasks, share; /* share in percent */
};

static double percent_lost(const struct sample *s)
{
    return 100 * value_lost_share(s);
}

static double percent_wrong(const struct entry *e)
{
    return 100 * (double)e->wrong_iterations / (double)e->iterations;
}

static void collect(const struct lost *l, const char *model, struct sweep *ret)
{
    sweep_collect(l->table, l->workload, model, key, l->like, ret);
}

/* Of the workloads that count, the first that was run with several. */
static int find_sweep(struct lost *l)
{
    for (size_t i = 0; i < n_workloads; i++) {
        if (workloads[i]->kind != &kind_counting)
            continue;
        l->workload = workloads[i]->name;
        l->like = sweep_choose(l->table, l->workload, key);
        if (l->like)
            return 0;
    }
    return -ENOENT;
}

static bool is_known(const struct lost *l, const char *model)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->losers[i].model, model) == 0)
            return true;
    for (size_t i = 0; i < l->n_exact; i++)
        if (strcmp(l->exact[i], model) == 0)
            return true;
    return false;
}

static void add_model(struct lost *l, const char *model)
{
    uint64_t iterations = 0, wrong = 0;
    struct sweep s;

    collect(l, model, &s);
    for (size_t i = 0; i < s.n; i++) {
        iterations += s.entries[i]->iterations;
        wrong += s.entries[i]->wrong_iterations + s.entries[i]->lost_updates;
    }
    if (s.n && wrong && l->n < MOST_LABELS) {
        l->losers[l->n++].model = model;
    } else if (s.n && !wrong && l->n_exact < MOST_LABELS) {
        l->exact[l->n_exact++] = model;
        l->exact_iterations += iterations;
    }
}

static void find_models(struct lost *l)
{
    for (size_t i = 0; i < l->table->n; i++)
        if (!is_known(l, l->table->entries[i].model))
            add_model(l, l->table->entries[i].model);
}

/* Up to the next of 1, 2, 5, 10, ... */
static double round_up(double value)
{
    double unit = pow(10, floor(log10(value)));

    return value <= 1 * unit   ? unit
           : value <= 2 * unit ? 2 * unit
           : value <= 5 * unit ? 5 * unit
                               : 10 * unit;
}

/* What the tutorial said of one of the cells, in percent. */
static bool find_claim(const struct lost *l, const struct headline *h,
                       double *ret, double *ret_size)
{
    const struct entry *e = headline_entry(&h->a, l->table);
    struct sweep s;

    if (h->statistic != STATISTIC_LOST || !h->claims[0] || !e ||
        strcmp(e->workload, l->workload) != 0)
        return false;
    collect(l, e->model, &s);
    for (size_t i = 0; i < s.n; i++) {
        if (s.entries[i] != e)
            continue;
        *ret = 100 * h->claims[0];
        *ret_size = s.sizes[i];
        return true;
    }
    return false;
}

static void find_axes(struct lost *l, const double sizes[], size_t n)
{
    double claim, size;

    l->tasks = axis_empty;
    for (size_t i = 0; i < n; i++)
        axis_add(&l->tasks, sizes[i]);
    axis_pad(&l->tasks, 1.15);
    l->share = (struct axis){.high = 0.1, .linear = true};
    for (size_t i = 0; i < n_headlines; i++)
        if (find_claim(l, &headlines[i], &claim, &size))
            axis_add(&l->share, 1.3 * claim);
    for (size_t i = 0; i < l->n; i++) {
        struct sweep s;

        collect(l, l->losers[i].model, &s);
        for (size_t j = 0; j < s.n; j++)
            for (unsigned r = 0; r < l->table->rounds; r++)
                if (s.entries[j]->by_round[r])
                    axis_add(&l->share,
                             1.05 * percent_lost(s.entries[j]->by_round[r]));
    }
}

static void place_labels(struct lost *l)
{
    const struct axis wrong = {.high = 100, .linear = true};
    double places[MOST_LABELS], below[MOST_LABELS];

    for (size_t i = 0; i < l->n; i++) {
        const struct entry *last;
        struct sweep s;

        collect(l, l->losers[i].model, &s);
        last = s.entries[s.n - 1];
        places[i] = table_estimate(last, l->table->rounds, percent_lost).median;
        below[i] = percent_wrong(last);
    }
    axis_spread(&l->share, places, l->n, label_gap);
    axis_spread(&wrong, below, l->n, label_gap_below);
    for (size_t i = 0; i < l->n; i++) {
        l->losers[i].place = places[i];
        l->losers[i].place_below = below[i];
    }
}

/* Rows. */

static void write_cell(const struct lost *l, size_t i, const struct entry *e,
                       double size, FILE *out)
{
    struct estimate share = table_estimate(e, l->table->rounds, percent_lost);

    fprintf(out, "cell\t%zu\t%u\t%d\t%.0f\t", i + 1,
            chart_style(l->table, e->model), fact_is_wrong(e), size);
    chart_number(share.median, '\t', out);
    chart_interval(&share, 1, out);
    chart_number(percent_wrong(e), '\t', out);
    fprintf(out, "\t\t%s\n", fact_label(e->model));
}

static void write_samples(const struct lost *l, size_t i, const struct entry *e,
                          double size, FILE *out)
{
    for (unsigned r = 0; r < l->table->rounds; r++) {
        const struct sample *s = e->by_round[r];

        if (!s)
            continue;
        fprintf(out, "sample\t%zu\t%u\t%d\t%.0f\t", i + 1,
                chart_style(l->table, e->model), fact_is_wrong(e), size);
        chart_number(percent_lost(s), '\t', out);
        fputs("\t\t", out);
        chart_number(100 * (double)s->wrong_iterations / (double)s->iterations,
                     '\t', out);
        fprintf(out, "\t\t%s\n", fact_label(e->model));
    }
}

static void write_model(const struct lost *l, size_t i, FILE *out)
{
    const struct loser *loser = &l->losers[i];
    const struct entry *last;
    struct sweep s;

    collect(l, loser->model, &s);
    for (size_t j = 0; j < s.n; j++)
        write_cell(l, i, s.entries[j], s.sizes[j], out);
    for (size_t j = 0; j < s.n; j++)
        write_samples(l, i, s.entries[j], s.sizes[j], out);
    last = s.entries[s.n - 1];
    fprintf(out, "label\t%zu\t%u\t%d\t%.0f\t", i + 1,
            chart_style(l->table, loser->model), fact_is_wrong(last),
            s.sizes[s.n - 1]);
    chart_number(table_estimate(last, l->table->rounds, percent_lost).median,
                 '\t', out);
    fputs("\t\t", out);
    chart_number(percent_wrong(last), '\t', out);
    chart_number(loser->place, '\t', out);
    chart_number(loser->place_below, '\t', out);
    fprintf(out, "%s\n", fact_label(loser->model));
}

static void write_line(const struct lost *l, unsigned line, const char *text,
                       FILE *out)
{
    fputs("exact\t\t\t\t\t\t\t\t\t", out);
    chart_number(-line_gap * line * l->share.high, '\t', out);
    fprintf(out, "\t%s\n", text);
}

/* In lines; how many there are. */
static unsigned write_exact(const struct lost *l, FILE *out)
{
    char text[2 * WRAP], count[32];
    unsigned lines = 0;
    size_t len;

    if (l->n_exact == 0)
        return 0;
    chart_count(l->exact_iterations, count, sizeof(count));
    len = (size_t)snprintf(text, sizeof(text),
                           "nothing lost in %s iterations: ", count);
    for (size_t i = 0; i < l->n_exact; i++) {
        const char *label = fact_label(l->exact[i]);

        if (len + strlen(label) > WRAP && i) {
            write_line(l, ++lines, text, out);
            len = 0;
        }
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.80s%s",
                                label, i + 1 < l->n_exact ? "; " : "");
    }
    write_line(l, ++lines, text, out);
    return lines;
}

static void write_claims(const struct lost *l, FILE *out)
{
    double claim, size;

    for (size_t i = 0; i < n_headlines; i++)
        if (find_claim(l, &headlines[i], &claim, &size))
            fprintf(out,
                    "claim\t\t\t\t%.0f\t%.6g\t\t\t\t\t\tthe tutorial: "
                    "%.3g %%\n",
                    size, claim, claim);
}

static void write_axes(const struct lost *l, const double sizes[], size_t n,
                       unsigned lines, FILE *out)
{
    bool labelled[MAX_SIZES];
    char text[96], others[256];

    axis_ticks(&l->tasks, sizes, n, tick_gap, labelled);
    for (size_t i = 0; i < n; i++)
        if (labelled[i])
            fprintf(out, "tick\t\t\t\t%.0f\t\t\t\t\t\t\t%.0f\n", sizes[i],
                    sizes[i]);
    fprintf(out, "axis tasks\t\t\t\t\t\t%.6g\t%.6g\t\t\t\t%s\n", l->tasks.low,
            l->tasks.high, key);
    chart_others(l->workload, l->like, key, others, sizeof(others));
    /* The step between ticks stands in the column of the place. */
    fprintf(out, "axis lost\t\t\t\t\t\t%.6g\t%.6g\t\t%.6g\t\t%s%s\n",
            -line_gap * (lines + 0.6) * l->share.high, l->share.high,
            round_up(l->share.high / 5), l->workload, others);
    chart_rounds(l->table, text, sizeof(text));
    if (*text)
        fprintf(out, "note\t\t\t\t\t\t\t\t\t\t\t%s\n", text);
}

int lost_write(const struct results *r, FILE *out)
{
    struct lost l = {.table = r->table};
    double sizes[MAX_SIZES];
    size_t n;
    unsigned lines;

    if (find_sweep(&l))
        return -ENOENT;
    find_models(&l);
    n = sweep_sizes(l.table, l.workload, key, l.like, sizes);
    find_axes(&l, sizes, n);
    place_labels(&l);
    fputs("row\tseries\tstyle\thollow\ttasks\tlost\tlow\thigh\twrong\tplace\t"
          "place_below\tlabel\n",
          out);
    for (size_t i = 0; i < l.n; i++)
        write_model(&l, i, out);
    lines = write_exact(&l, out);
    write_claims(&l, out);
    write_axes(&l, sizes, n, lines, out);
    return 0;
}
