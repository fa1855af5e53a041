/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a figure shows, as a sentence. */
#include "harness/report/findings_shown.h"

void writer_mark(struct writer *w, size_t *part)
{
    fflush(w->out);
    *part = w->len;
}

void writer_interval(struct writer *w, const struct estimate *e,
                     void (*quantity)(double, char *, size_t))
{
    char text[3 * QUANTITY_SIZE];
    size_t len = fact_interval(e, quantity, text, sizeof(text));

    fputc(' ', w->out);
    writer_mark(w, &w->words->statement);
    fprintf(w->out, "%.*s", (int)len, text);
    writer_mark(w, &w->words->interval);
    fputs(text + len, w->out);
}

void quantity_share(double share, char *out, size_t size)
{
    snprintf(out, size, "%.3g %%", 100 * share);
}

void quantity_exponent(double exponent, char *out, size_t size)
{
    snprintf(out, size, "%.2f", exponent);
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

void writer_range(struct writer *w, const struct finding *f)
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

void writer_noise(struct writer *w, const struct finding *f)
{
    if (f->noise > 0)
        fprintf(w->out, "A/A pairs differ by up to %.3g times", f->noise);
    else
        fputs("A/A pairs have no interval", w->out);
}

void writer_spread(struct writer *w, const struct finding *f)
{
    fprintf(w->out,
            "95 %% of %zu samples took between 1/%.3g and %.3g times the "
            "median of their cell",
            f->estimate.n, f->estimate.median, f->estimate.median);
}

void writer_overlap(struct writer *w, const struct finding *f)
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

void writer_map(struct writer *w, const struct finding *f)
{
    fprintf(w->out, "%s by %s and %s: ", f->workload, f->over, f->down);
    writer_mark(w, &w->words->subject);
    if (f->a)
        fprintf(w->out, "%s is the fastest in %zu of %zu cells",
                fact_label_of(f->a), f->won, f->cells);
    else
        fputs("no model is clearly the fastest of a cell", w->out);
    if (f->even)
        fprintf(w->out, "%s the two fastest are within noise in %zu",
                f->a ? ";" : ":", f->even);
}
