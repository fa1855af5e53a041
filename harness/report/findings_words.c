/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding as a sentence. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/findings_shown.h"
#include "harness/report/matrix.h"
#include "harness/report/sweep.h"

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
    writer_interval(w, &f->estimate, quantity_part);
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
        writer_interval(w, &e, quantity_ratio);
    } else {
        fprintf(w->out,
                noisy ? "%s is within noise of %s, %.3g times the time"
                      : "%s and %s do not differ significantly, %.3g times the "
                        "time",
                a, b, f->estimate.median);
        writer_interval(w, &f->estimate, quantity_ratio);
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
    writer_interval(w, &e, quantity);
}

static void write_crossover(struct writer *w, const struct finding *f)
{
    bool slower = f->estimate.median > 1;

    fprintf(w->out, "%s is %s than %s at %s %.0f and %s at %s %.0f",
            fact_label_of(f->a), slower ? "faster" : "slower",
            fact_label_of(f->b), f->over, f->low, slower ? "slower" : "faster",
            f->over, f->high);
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
    writer_interval(w, &f->estimate, quantity_share);
    fprintf(w->out,
            ", wrong in %u of %u samples and %.0f %% of the iterations; over "
            "all of these %.3g %% are lost and the counter ends at %.0f, "
            "should be %" PRIu64,
            e->wrong, e->measured,
            100.0 * (double)e->wrong_iterations / iterations,
            100.0 * (double)e->lost_updates / (iterations * (double)items),
            (double)items - (double)e->lost_updates / iterations, items);
}

enum { MOST_STEPS = 8 }; /* more are no sentence */

static void write_exponent(struct writer *w, const struct finding *f)
{
    struct sweep s;

    finding_sweep(f, w->table, &s);
    fprintf(w->out, "%s grows as %s^%.2f", fact_label_of(f->a),
            f->claim ? f->claim->over : f->over, f->estimate.median);
    writer_interval(w, &f->estimate, quantity_exponent);
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
    writer_interval(w, &f->estimate, quantity);
    write_wrong(w, f->a);
}

static void write_made(struct writer *w, const struct finding *f)
{
    static void (*const writers[])(struct writer *, const struct finding *) = {
        [FINDING_RATIO] = write_compared,
        [FINDING_CROSSOVER] = write_crossover,
        [FINDING_GROWTH] = write_exponent,
        [FINDING_RANGE] = writer_range,
        [FINDING_NOISE] = writer_noise,
        [FINDING_OVERLAP] = writer_overlap,
        [FINDING_SPREAD] = writer_spread,
    };
    char parameters[256] = "";

    if (f->a && f->kind != FINDING_NOISE)
        fact_parameters_but(f->a, f->over, ", ", parameters,
                            sizeof(parameters));
    if (f->a)
        fprintf(w->out, "%s%s%s: ", f->a->workload, *parameters ? ", " : "",
                parameters);
    writer_mark(w, &w->words->subject);
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
    writer_mark(w, &w->words->subject);
    writers[f->claim->statistic](w, f);
    if (f->claim->note)
        fprintf(w->out, " (%s)", f->claim->note);
}

static void write_sites(struct writer *w, const struct finding *f, size_t most)
{
    char task[320];

    matrix_task(f->matrix, task, sizeof(task));
    fprintf(w->out, "%s: ", task);
    writer_mark(w, &w->words->subject);
    matrix_print_finding(f->matrix, most, w->out);
}

static void write_cell(struct writer *w, const struct finding *f)
{
    const char *label = fact_label_of(f->a);
    char parameters[256];

    fact_parameters(f->a, ", ", parameters, sizeof(parameters));
    fprintf(w->out, "%s, %s: ", f->a->workload, parameters);
    writer_mark(w, &w->words->subject);
    if (strcmp(f->note->alarm, label) != 0)
        fprintf(w->out, "%s: ", label);
    fputs(f->note->alarm, w->out);
    writer_mark(w, &w->words->statement);
    writer_mark(w, &w->words->interval);
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
        writer_map(&w, f);
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
