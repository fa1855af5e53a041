/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/findings.h"

/*
 * All ratios of the findings, each beside 1, the noise of its workload's A/A
 * pairs, and what the tutorial claimed. Those of more than MOST_TOGETHER models
 * are sorted by their families.
 */
enum { MOST_LINES = 10 }; /* of a part */

struct line {
    const struct entry *of;
    const struct finding *finding; /* NULL: of an A/A pair */
    struct estimate estimate;
    unsigned rank;
};

struct ratios {
    const struct table *table;
    const struct finding_list *findings;
    struct line *lines;
    size_t n, n_pairs;
    struct axis axis;
    bool grouped, noise; /* the noise of any workload is known */
    unsigned place;      /* of the line written last */
    bool claimed;        /* a claim was written */
};

static void add_line(struct ratios *s, const struct entry *of,
                     const struct finding *f, struct estimate estimate)
{
    s->lines[s->n++] = (struct line){of, f, chart_estimate(estimate), 0};
    axis_add_interval(&s->axis, &estimate);
    for (size_t i = 0; f && f->claim && i < f->claim->claimed.n; i++)
        axis_add(&s->axis, f->claim->claimed.items[i]);
}

static int compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->of->workload, y->of->workload);

    if (order)
        return order;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->finding < y->finding ? -1 : 1;
}

/* Sorts the pairs if they are of many models. */
static void group(struct ratios *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_pairs; i++) {
        bool known = false;

        for (size_t j = 0; j < i && !known; j++)
            known = strcmp(s->lines[j].of->model, s->lines[i].of->model) == 0;
        n += !known;
        s->lines[i].rank = fact_rank(s->lines[i].of->model);
    }
    s->grouped = n > MOST_TOGETHER;
    if (s->grouped)
        qsort(s->lines, s->n_pairs, sizeof(*s->lines), compare);
}

static void find_lines(struct ratios *s)
{
    bool claims = false;

    s->axis = axis_empty;
    axis_add(&s->axis, 1);
    /* Where claims lead, the table has the ratios to the base. */
    for (size_t i = 0; i < s->findings->n; i++)
        claims |= s->findings->items[i].claim && s->findings->items[i].b;
    for (size_t i = 0; i < s->findings->n; i++) {
        const struct finding *f = &s->findings->items[i];

        if (f->b && f->estimate.n && f->kind != FINDING_CROSSOVER &&
            (f->claim || !claims))
            add_line(s, f->a, f, f->estimate);
    }
    s->n_pairs = s->n;
    group(s);
    for (size_t i = 0; i < s->table->n; i++) {
        const struct entry *e = &s->table->entries[i];
        struct estimate ratio = noise_of_pair(s->table, e);

        if (ratio.n == 0)
            continue;
        add_line(s, e, NULL, ratio);
        axis_add(&s->axis, noise_of(s->table, e->workload));
        s->noise = s->noise || noise_of(s->table, e->workload) > 0;
    }
    /* 1 is in the middle: slower and faster by as much are as far from it. */
    axis_add(&s->axis, 1 / s->axis.low);
    axis_add(&s->axis, 1 / s->axis.high);
    axis_pad(&s->axis, 1.3);
}

/* A/A pairs have parts of their own unless all fits into one. */
static void find_part(const struct ratios *s, size_t part, size_t *ret_first,
                      size_t *ret_end)
{
    size_t n = s->n <= MOST_LINES ? s->n : s->n_pairs;
    size_t parts = (n + MOST_LINES - 1) / MOST_LINES;

    *ret_first = MOST_LINES * part;
    if (part >= parts) {
        *ret_first = n + MOST_LINES * (part - parts);
        n = s->n;
    }
    *ret_end = n < *ret_first + MOST_LINES ? n : *ret_first + MOST_LINES;
}

/* The noise behind lines of one workload. */
static void write_band(const struct ratios *s, const char *workload,
                       unsigned from, unsigned until, FILE *out)
{
    double noise = noise_of(s->table, workload);

    if (noise > 0 && from <= until)
        fprintf(out, "band\t\t\t\t%.6g\t%.6g\t%u\t%u\t%s\t\t\t\n", 1 / noise,
                noise, from, until, workload);
}

/*
 * "2.95 times slower" and "[2.53, 3.27]", as in the sentences; of wrong results
 * a part of the time, which ranks neither side.
 */
static void write_words(const struct line *l, FILE *out)
{
    const struct finding *f = l->finding;
    struct estimate e = l->estimate;
    const char *word = f ? ratio_word(&e) : "";
    bool noisy = word && f && f->noise > e.median;
    bool part = word && !noisy && f && f->wrong;
    void (*quantity)(double, char *, size_t) =
        part ? quantity_part : quantity_ratio;
    char ratio[QUANTITY_SIZE], interval[3 * QUANTITY_SIZE];

    if (part || noisy)
        e = l->estimate;
    fact_brackets(&e, quantity, interval, sizeof(interval));
    quantity(e.median, ratio, sizeof(ratio));
    if (!word || noisy)
        fprintf(out, "%s\t%s %s\n", noisy ? "within noise" : "not significant",
                ratio, interval);
    else if (part)
        fprintf(out, "%s %s\t%s\n", ratio, part_word(e.median), interval);
    else
        fprintf(out, "%s times %s\t%s\n", ratio, word, interval);
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

static void write_line(struct ratios *s, const struct line *l, FILE *out)
{
    const struct finding *f = l->finding;
    const struct claim *claim = f ? f->claim : NULL;
    char task[320];

    snprintf(task, sizeof(task), "%s, ", l->of->workload);
    fact_parameters(l->of, ", ", task + strlen(task),
                    sizeof(task) - strlen(task));
    fprintf(out, "%s\t%u\t%d\t%.6g\t%.6g\t%.6g\t%u\t\t%s against %s\t%s\t",
            f ? "ratio" : "twin", chart_style(s->table, l->of->model),
            f ? f->wrong : fact_is_wrong(l->of), l->estimate.median,
            l->estimate.low, l->estimate.high, ++s->place, fact_label_of(l->of),
            f ? fact_label_of(f->b) : "itself", claim ? claim->title : task);
    write_words(l, out);
    for (size_t i = 0; claim && i < claim->claimed.n; i++)
        write_claim(s, claim->claimed.items[i], out);
}

/* What stands above line i; true: the band of the lines before ends there. */
static bool write_headings(struct ratios *s, size_t first, size_t i, FILE *out)
{
    const struct line *l = &s->lines[i];
    const char *text = NULL;

    if (!l->finding && (i == first || l[-1].finding))
        text = s->noise ? "A/A pairs: the grey band" : "A/A pairs";
    else if (l->finding && s->grouped &&
             (i == first ||
              chart_family(l[-1].of->model) != chart_family(l->of->model)))
        text = chart_family_name(l->of->model);
    if (text)
        fprintf(out, "group\t\t\t\t\t\t%u\t\t%s\t\t\t\n", ++s->place, text);
    return text;
}

static void write_lines(struct ratios *s, size_t first, size_t end, FILE *out)
{
    const char *workload = s->lines[first].of->workload;
    unsigned from = 1;

    for (size_t i = first; i < end; i++) {
        const struct line *l = &s->lines[i];
        unsigned until = s->place;

        if (write_headings(s, first, i, out) ||
            strcmp(workload, l->of->workload) != 0) {
            write_band(s, workload, from, until, out);
            from = s->place + 1;
            workload = l->of->workload;
        }
        write_line(s, l, out);
    }
    write_band(s, workload, from, s->place, out);
}

/* What the first line says; of A/A pairs what they differ by. */
static struct finding find_shown(const struct ratios *s, const struct line *l)
{
    return l->finding
               ? *l->finding
               : (struct finding){.kind = FINDING_NOISE,
                                  .a = l->of,
                                  .noise = noise_of(s->table, l->of->workload)};
}

int ratios_write(const struct results *r, const struct subject *of, FILE *out,
                 struct finding *ret_shown)
{
    struct ratios s = {.table = r->table, .findings = r->findings};
    size_t first, end;

    s.lines = calloc(r->findings->n + r->table->n + 1, sizeof(*s.lines));
    if (!s.lines)
        return -ENOMEM;
    find_lines(&s);
    find_part(&s, of->part, &first, &end);
    if (first < end) {
        *ret_shown = find_shown(&s, &s.lines[first]);
        fputs(RATIO_COLUMNS, out);
        write_lines(&s, first, end, out);
        axis_write_ratios(&s.axis, s.place, out);
    }
    free(s.lines);
    return first < end ? 0 : -ENOENT;
}
