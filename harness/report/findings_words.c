/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding as a sentence, and as an object for programs. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/sweep.h"
#include "harness/results/traces.h"

/* A sentence while it is written: its parts end where they are marked. */
struct writer {
    const struct table *table;
    struct wording *words;
    FILE *out;
    size_t len;
};

static void mark(struct writer *w, size_t *part)
{
    fflush(w->out);
    *part = w->len;
}

static void write_interval(struct writer *w, const struct estimate *e,
                           void (*quantity)(double, char *, size_t))
{
    char text[3 * QUANTITY_SIZE];
    size_t len = fact_interval(e, quantity, text, sizeof(text));

    fputc(' ', w->out);
    mark(w, &w->words->statement);
    fprintf(w->out, "%.*s", (int)len, text);
    mark(w, &w->words->interval);
    fputs(text + len, w->out);
}

/* Wrong sides are compared, but never without saying so. */
static void write_wrong(struct writer *w, const struct entry *e)
{
    if (fact_is_rejected(e))
        fprintf(w->out, "; the concurrency check failed for %s",
                fact_label_of(e));
    if (e->wrong)
        fprintf(w->out, "; %s has wrong results in %u of %u samples",
                fact_label_of(e), e->wrong, e->measured);
}

/* A model with wrong results is neither slower nor faster than another. */
static void write_part(struct writer *w, const struct finding *f)
{
    char part[QUANTITY_SIZE];

    quantity_part(f->estimate.median, part, sizeof(part));
    fprintf(w->out, "%s takes %s %s of %s", fact_label_of(f->a), part,
            part_word(f->estimate.median), fact_label_of(f->b));
    write_interval(w, &f->estimate, quantity_part);
}

static void write_ratio(struct writer *w, const struct finding *f)
{
    struct estimate e = f->estimate;
    const char *word = ratio_word(&e), *a = fact_label_of(f->a);
    const char *b = fact_label_of(f->b);
    bool noisy = word && f->noise > e.median;

    if (word && !noisy && f->wrong) {
        write_part(w, f);
    } else if (word && !noisy) {
        fprintf(w->out, "%s is %.3g times %s than %s", a, e.median, word, b);
        write_interval(w, &e, quantity_ratio);
    } else {
        fprintf(w->out,
                noisy ? "%s is within noise of %s, %.3g times the time"
                      : "%s and %s do not differ significantly, %.3g times the "
                        "time",
                a, b, f->estimate.median);
        write_interval(w, &f->estimate, quantity_ratio);
    }
    if (noisy)
        fprintf(w->out, "; A/A pairs differ by up to %.3g times", f->noise);
    write_wrong(w, f->a);
    write_wrong(w, f->b);
}

/* Why a cell has no ratio: the first of its notes that is alarming. */
static void write_barred(struct writer *w, const struct finding *f)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(f->barred, notes), i = 0;

    while (i < n && !notes[i].alarm[0])
        i++;
    fprintf(w->out, "%s is not compared with %s: %s%s", fact_label_of(f->a),
            fact_label_of(f->b), fact_label_of(f->barred),
            f->barred->missing ? "" : " was ");
    if (f->barred->missing)
        fprintf(w->out, " is missing in %u of %u rounds", f->barred->missing,
                f->barred->missing + f->barred->measured);
    else
        fputs(i < n ? notes[i].alarm : "not measured", w->out);
}

/* What a model loses stands beside its ratio, so that it is not ranked. */
static void write_lost(struct writer *w, const struct entry *e)
{
    if (!e->wrong)
        return;
    fputs(" (wrong results", w->out);
    if (e->lost_updates)
        fprintf(w->out, ", %.3g %% of the updates lost",
                100.0 * (double)e->lost_updates /
                    ((double)e->iterations * (double)e->last->items));
    fputc(')', w->out);
}

static void write_compared(struct writer *w, const struct finding *f)
{
    struct estimate e = f->estimate;
    bool part = f->wrong && !f->within_noise;
    const char *word = f->within_noise || part ? NULL : ratio_word(&e);
    void (*quantity)(double, char *, size_t) =
        part ? quantity_part : quantity_ratio;
    char ratio[QUANTITY_SIZE];

    if (f->barred) {
        write_barred(w, f);
        return;
    }
    quantity(e.median, ratio, sizeof(ratio));
    fputs(fact_label_of(f->a), w->out);
    write_lost(w, f->a);
    if (f->within_noise)
        fputs(" is within noise of ", w->out);
    else if (part)
        fprintf(w->out, " takes %s %s of ", ratio, part_word(e.median));
    else
        fprintf(w->out, " is %s times %s than ", ratio, word);
    fputs(fact_label_of(f->b), w->out);
    write_lost(w, f->b);
    if (f->within_noise)
        fprintf(w->out, ", %s times the time", ratio);
    write_interval(w, &e, quantity);
}

static void write_crossover(struct writer *w, const struct finding *f)
{
    bool slower = f->estimate.median > 1;

    fprintf(w->out, "%s is %s than %s at %s %.0f and %s at %s %.0f",
            fact_label_of(f->a), slower ? "faster" : "slower",
            fact_label_of(f->b), f->over, f->low, slower ? "slower" : "faster",
            f->over, f->high);
}

static void quantity_share(double share, char *out, size_t size)
{
    snprintf(out, size, "%.3g %%", 100 * share);
}

static void write_share(struct writer *w, const struct finding *f)
{
    const struct entry *e = f->a;
    uint64_t items = e->last->items;
    double iterations = (double)e->iterations;

    fprintf(w->out, "%s ", fact_label_of(e));
    if (e->lost_updates == 0 && e->wrong) {
        fprintf(w->out, "is wrong in %u of %u samples: %s", e->wrong,
                e->measured, e->text);
        return;
    }
    if (e->lost_updates == 0) {
        fprintf(w->out, "lost no update in %" PRIu64 " iterations",
                e->iterations);
        return;
    }
    fprintf(w->out, "loses %.3g %% of the updates", 100 * f->estimate.median);
    write_interval(w, &f->estimate, quantity_share);
    fprintf(w->out,
            ", wrong in %u of %u samples and %.0f %% of the iterations; over "
            "all of these %.3g %% are lost and the counter ends at %.0f, "
            "should be %" PRIu64,
            e->wrong, e->measured,
            100.0 * (double)e->wrong_iterations / iterations,
            100.0 * (double)e->lost_updates / (iterations * (double)items),
            (double)items - (double)e->lost_updates / iterations, items);
}

static void quantity_exponent(double exponent, char *out, size_t size)
{
    snprintf(out, size, "%.2f", exponent);
}

enum { MOST_STEPS = 8 }; /* more are no sentence */

static void write_exponent(struct writer *w, const struct finding *f)
{
    struct sweep s;

    finding_sweep(f, w->table, &s);
    fprintf(w->out, "%s grows as %s^%.2f", fact_label_of(f->a),
            f->claim ? f->claim->over : f->over, f->estimate.median);
    write_interval(w, &f->estimate, quantity_exponent);
    if (s.n)
        fprintf(w->out, " from %.0f to %.0f", s.sizes[0], s.sizes[s.n - 1]);
    for (size_t i = 0; s.n > 2 && s.n <= MOST_STEPS && i + 1 < s.n; i++)
        fprintf(w->out, "%s %.2f", i ? "," : "; between successive values",
                sweep_step(&s, i, w->table->rounds).median);
    sweep_finish(&s);
    if (f->wrong)
        write_wrong(w, f->a);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

/* Of the kind; no metric: it is one of every sample. */
static struct metric metric_of_claim(const struct claim *claim)
{
    const struct metric *m = kind_metric(claim->workload->kind, claim->metric);

    return m ? *m : (struct metric){0};
}

/* The unit is the end of the column's name. */
static void write_metric(struct writer *w, const struct finding *f)
{
    const char *metric = f->claim->metric;
    void (*quantity)(double, char *, size_t) =
        ends_with(metric, "_ns")           ? quantity_ns
        : ends_with(metric, "_bytes")      ? quantity_bytes
        : ends_with(metric, "bytes_per_s") ? quantity_rate
                                           : quantity_count;
    const struct metric m = metric_of_claim(f->claim);
    const struct workload *of = f->claim->workload;
    char text[QUANTITY_SIZE];

    quantity(f->estimate.median, text, sizeof(text));
    if (m.price)
        fprintf(w->out, "%s: one %s takes %s", fact_label_of(f->a), of->item,
                text);
    else if (m.permille == 500 && !m.first_byte && !m.noticed)
        fprintf(w->out, "%s: half of the %ss %s %s", fact_label_of(f->a),
                of->item, workload_times(of)->most, text);
    else if (m.growth == GROWTH_ALL)
        fprintf(w->out, "%s: one task takes %s of memory", fact_label_of(f->a),
                text);
    else
        fprintf(w->out, "%s has %s %s", fact_label_of(f->a), metric, text);
    write_interval(w, &f->estimate, quantity);
    write_wrong(w, f->a);
}

/* The words before and behind an item or a parameter, and behind a number. */
static const struct {
    const char *before, *behind, *with;
    void (*quantity)(double, char *, size_t);
} ranges[] = {
    [RANGE_COST] = {"one ", " takes ", "", quantity_ns},
    [RANGE_LATENCY] = {"half of the ", "s ", "", quantity_ns},
    [RANGE_GROWTH] = {"time grows with ", " to the power of ", "",
                      quantity_exponent},
    [RANGE_LOST] = {NULL, NULL, " of the updates are lost", quantity_share},
};

/* "11.7 ms [11.7 ms, 11.9 ms] with event loop (libuv)". */
static void write_with(struct writer *w, const struct finding *f,
                       const struct estimate *e, const struct entry *of)
{
    void (*quantity)(double, char *, size_t) = ranges[f->range].quantity;
    char number[QUANTITY_SIZE], interval[3 * QUANTITY_SIZE];
    size_t len = fact_interval(e, quantity, interval, sizeof(interval));

    quantity(e->median, number, sizeof(number));
    if (estimate_has_interval(e))
        interval[len] = '\0';
    fprintf(w->out, "%s %s%s with %s", number, interval, ranges[f->range].with,
            fact_label_of(of));
}

/* Of a kind whose items are timed. */
static const struct item_times *times_of(const struct finding *f)
{
    return workload_times(workload_find(f->a->workload));
}

static void write_longest(struct writer *w, const struct finding *f)
{
    char longest[2][QUANTITY_SIZE];

    quantity_ns(f->longest_ns[0], longest[0], QUANTITY_SIZE);
    quantity_ns(f->longest_ns[1], longest[1], QUANTITY_SIZE);
    fprintf(w->out, "; over all samples 1 in %u %s %s", f->one_in,
            times_of(f)->more, longest[0]);
    if (f->a != f->b)
        fprintf(w->out, " and %s", longest[1]);
}

static void write_range(struct writer *w, const struct finding *f)
{
    const struct workload *work = workload_find(f->a->workload);
    const char *item = work ? work->item : "item";

    if (ranges[f->range].before)
        fprintf(w->out, "%s%s%s", ranges[f->range].before,
                f->over ? f->over : item, ranges[f->range].behind);
    if (f->range == RANGE_LATENCY)
        fprintf(w->out, "%s ", times_of(f)->most);
    write_with(w, f, &f->estimate, f->a);
    if (f->a != f->b) {
        fputs(", ", w->out);
        write_with(w, f, &f->most, f->b);
    }
    if (f->one_in)
        write_longest(w, f);
}

static void write_noise(struct writer *w, const struct finding *f)
{
    if (f->noise > 0)
        fprintf(w->out, "A/A pairs differ by up to %.3g times", f->noise);
    else
        fputs("A/A pairs have no interval", w->out);
}

static void write_spread(struct writer *w, const struct finding *f)
{
    fprintf(w->out,
            "95 %% of %zu samples took between 1/%.3g and %.3g times the "
            "median of their cell",
            f->estimate.n, f->estimate.median, f->estimate.median);
}

static void write_overlap(struct writer *w, const struct finding *f)
{
    const struct workload *work = workload_find(f->workload);
    const struct entry e = {.workload = f->workload,
                            .parameters = f->parameters};
    const char *item = work && work->kind->served ? work->item : "task";
    char parameters[256];

    fact_parameters(&e, ", ", parameters, sizeof(parameters));
    fprintf(w->out, "%s, %s: at once, ", e.workload, parameters);
    for (size_t i = 0; i < f->n_overlaps; i++) {
        const struct overlap *o = &f->overlaps[i];

        fprintf(w->out, i ? "; %s %u" : "%s has at most %u",
                fact_label(o->model, f->workload), o->begun);
        if (!i)
            fprintf(w->out, " %s%s in progress", item,
                    o->begun == 1 ? "" : "s");
        if (o->running)
            fprintf(w->out, ", %u running", o->running);
    }
}

static void write_map(struct writer *w, const struct finding *f)
{
    fprintf(w->out, "%s by %s and %s: ", f->workload, f->over, f->down);
    mark(w, &w->words->subject);
    if (f->a)
        fprintf(w->out, "%s is the fastest in %zu of %zu cells",
                fact_label_of(f->a), f->won, f->cells);
    else
        fputs("no model is clearly the fastest of a cell", w->out);
    if (f->even)
        fprintf(w->out, "%s the two fastest are within noise in %zu",
                f->a ? ";" : ":", f->even);
}

static void write_made(struct writer *w, const struct finding *f)
{
    static void (*const writers[])(struct writer *, const struct finding *) = {
        [FINDING_RATIO] = write_compared,
        [FINDING_CROSSOVER] = write_crossover,
        [FINDING_GROWTH] = write_exponent,
        [FINDING_RANGE] = write_range,
        [FINDING_NOISE] = write_noise,
        [FINDING_OVERLAP] = write_overlap,
        [FINDING_SPREAD] = write_spread,
    };
    char parameters[256] = "";

    if (f->a && f->kind != FINDING_NOISE)
        fact_parameters_but(f->a, f->over, ", ", parameters,
                            sizeof(parameters));
    if (f->a)
        fprintf(w->out, "%s%s%s: ", f->a->workload, *parameters ? ", " : "",
                parameters);
    mark(w, &w->words->subject);
    writers[f->kind](w, f);
}

static void write_claim(struct writer *w, const struct finding *f)
{
    static void (*const writers[])(struct writer *, const struct finding *) = {
        [STATISTIC_RATIO] = write_ratio,  [STATISTIC_EXPONENT] = write_exponent,
        [STATISTIC_SHARE] = write_share,  [STATISTIC_PERCENTILE] = write_metric,
        [STATISTIC_COUNT] = write_metric,
    };

    fprintf(w->out, "%s: ", f->claim->title);
    mark(w, &w->words->subject);
    writers[f->claim->statistic](w, f);
    if (f->claim->note)
        fprintf(w->out, " (%s)", f->claim->note);
}

static void write_sites(struct writer *w, const struct finding *f, size_t most)
{
    char task[320];

    matrix_task(f->matrix, task, sizeof(task));
    fprintf(w->out, "%s: ", task);
    mark(w, &w->words->subject);
    matrix_print_finding(f->matrix, most, w->out);
}

static void write_cell(struct writer *w, const struct finding *f)
{
    const char *label = fact_label_of(f->a);
    char parameters[256];

    fact_parameters(f->a, ", ", parameters, sizeof(parameters));
    fprintf(w->out, "%s, %s: ", f->a->workload, parameters);
    mark(w, &w->words->subject);
    if (strcmp(f->note->alarm, label) != 0)
        fprintf(w->out, "%s: ", label);
    fputs(f->note->alarm, w->out);
    mark(w, &w->words->statement);
    mark(w, &w->words->interval);
    fputs(f->note->text, w->out);
}

int finding_words(const struct finding *f, const struct table *t, size_t most,
                  struct wording *ret)
{
    struct writer w = {.table = t, .words = ret};

    *ret = (struct wording){0};
    w.out = open_memstream(&ret->text, &w.len);
    if (!w.out)
        return -ENOMEM;
    if (f->kind == FINDING_CLAIM)
        write_claim(&w, f);
    else if (f->kind == FINDING_SITES)
        write_sites(&w, f, most);
    else if (f->kind == FINDING_CELL)
        write_cell(&w, f);
    else if (f->kind == FINDING_MAP)
        write_map(&w, f);
    else
        write_made(&w, f);
    ret->sure = estimate_has_interval(&f->estimate) ||
                f->kind == FINDING_SITES || f->kind == FINDING_CELL ||
                f->kind > FINDING_RANGE;
    if (fclose(w.out)) {
        free(ret->text);
        return -ENOMEM;
    }
    if (!ret->statement)
        ret->statement = ret->interval = w.len;
    /* No line begins with what joins it to the one before. */
    ret->interval +=
        ret->text[ret->interval] == ';' || ret->text[ret->interval] == ',';
    return 0;
}

/* A number that JSON has no word for is left out. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : NULL;
}

static json_t *models_of(const struct finding *f)
{
    json_t *names = json_array();

    for (size_t i = 0; f->matrix && i < f->matrix->n_models; i++)
        json_array_append_new(names, json_string(f->matrix->models[i]));
    for (size_t i = 0; i < f->n_overlaps; i++)
        json_array_append_new(names, json_string(f->overlaps[i].model));
    if (f->a)
        json_array_append_new(names, json_string(f->a->model));
    if (f->b && f->b != f->a)
        json_array_append_new(names, json_string(f->b->model));
    return names;
}

static json_t *estimate_of(const struct estimate *e, double noise)
{
    bool has = estimate_has_interval(e);

    return json_pack("{s:o*, s:I, s:o*, s:o*, s:o*, s:o*}", "estimate",
                     number(e->median), "rounds", (json_int_t)e->n, "low",
                     has ? number(e->low) : NULL, "high",
                     has ? number(e->high) : NULL, "coverage",
                     has ? number(e->coverage) : NULL, "noise",
                     noise > 0 ? number(noise) : NULL);
}

/* Of each traced sample: how many were begun, and ran, at once. */
static json_t *overlaps_of(const struct finding *f)
{
    json_t *begun = json_array(), *running = json_array();

    for (size_t i = 0; i < f->n_overlaps; i++) {
        json_array_append_new(begun, json_integer(f->overlaps[i].begun));
        json_array_append_new(running,
                              f->overlaps[i].running
                                  ? json_integer(f->overlaps[i].running)
                                  : json_null());
    }
    return json_pack("{s:o, s:o}", "begun", begun, "running", running);
}

/* What only findings of its kind have. */
static void add_details(json_t *object, const struct finding *f)
{
    if (f->kind == FINDING_RATIO)
        json_object_update_new(object,
                               json_pack("{s:s, s:b}", "base", f->b->model,
                                         "within_noise", f->within_noise));
    if (f->kind == FINDING_CROSSOVER)
        json_object_update_new(
            object, json_pack("{s:f, s:f}", "from", f->low, "to", f->high));
    else if (f->estimate.n || f->kind == FINDING_NOISE)
        json_object_update_new(object, estimate_of(&f->estimate, f->noise));
    if (f->kind == FINDING_RANGE)
        json_object_set_new(object, "most", estimate_of(&f->most, 0));
    if (f->kind == FINDING_OVERLAP)
        json_object_update_new(object, overlaps_of(f));
    if (f->kind == FINDING_MAP)
        json_object_update_new(
            object, json_pack("{s:s, s:I, s:I, s:I}", "down", f->down, "cells",
                              (json_int_t)f->cells, "fastest",
                              (json_int_t)f->won, "even", (json_int_t)f->even));
}

static json_t *object_of(const struct finding *f, const struct table *t)
{
    static const char *const kinds[] = {
        [FINDING_RATIO] = "ratio",     [FINDING_CROSSOVER] = "crossover",
        [FINDING_GROWTH] = "exponent", [FINDING_SITES] = "sites",
        [FINDING_CELL] = "cell",       [FINDING_RANGE] = "range",
        [FINDING_NOISE] = "noise",     [FINDING_OVERLAP] = "overlap",
        [FINDING_SPREAD] = "spread",   [FINDING_MAP] = "map"};
    static const struct claim none = {0};
    const struct claim *c = f->claim ? f->claim : &none;
    struct wording words;
    json_t *object;

    if (finding_words(f, t, SIZE_MAX, &words))
        return NULL;
    object = json_pack(
        "{s:s*, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:o, s:b, s:s}",
        "claim", c->id, "kind",
        f->claim ? statistic_names[c->statistic] : kinds[f->kind], "over",
        f->claim ? c->over : f->over, "metric", c->metric, "figure", c->figure,
        "lesson", c->lesson, "workload", f->a ? f->a->workload : f->workload,
        "parameters", f->a ? f->a->parameters : f->parameters, "models",
        models_of(f), "wrong", f->wrong, "text", words.text);
    add_details(object, f);
    free(words.text);
    return object;
}

/* Percentiles of right samples; other metrics of all that were measured. */
static struct estimate metric_of(const struct metric *m, const struct entry *e)
{
    if (m->permille)
        return finding_is_timed(e) ? finding_percentile(e, m->name)
                                   : (struct estimate){0};
    return table_estimate_metric(e->by_round, e->meant, m->name, true);
}

static void add_metrics(json_t *array, const struct entry *e)
{
    const struct workload *w = workload_find(e->workload);

    for (size_t i = 0; w && i < w->kind->n_metrics; i++) {
        const struct metric *m = &w->kind->metrics[i];
        struct finding f = {.a = e, .estimate = metric_of(m, e)};
        json_t *object;

        if (!f.estimate.n)
            continue;
        object = json_pack("{s:s, s:s, s:s, s:s, s:o}", "kind",
                           m->permille ? "percentile" : "metric", "metric",
                           m->name, "workload", e->workload, "parameters",
                           e->parameters, "models", models_of(&f));
        json_object_update_new(object, estimate_of(&f.estimate, 0));
        json_array_append_new(array, object);
    }
}

/* What figures show that no other finding says. */
static void add_shown(json_t *array, const struct drawings *d,
                      const struct table *t)
{
    for (size_t i = 0; d && i < d->n; i++) {
        const struct finding *f = &d->items[i].shown;
        json_t *object;

        if (f->kind < FINDING_RANGE)
            continue;
        object = object_of(f, t);
        json_object_set_new(object, "figure", json_string(d->items[i].name));
        json_array_append_new(array, object);
    }
}

json_t *findings_json(const struct finding_list *f, const struct table *t,
                      const struct drawings *d)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n; i++)
        json_array_append_new(array, object_of(&f->items[i], t));
    for (size_t i = 0; i < t->n; i++)
        if (!t->entries[i].twin)
            add_metrics(array, &t->entries[i]);
    add_shown(array, d, t);
    return array;
}
