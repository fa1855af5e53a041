/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/facts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/results/names.h"
#include "models/model.h"

const char *fact_label(const char *model, const char *workload)
{
    const struct model *m = model_find(model);
    const struct workload *w = workload ? workload_find(workload) : NULL;
    const char *own = m && w ? model_ability(m, w->kind).label : NULL;

    return own ? own : m ? m->label : model;
}

const char *fact_label_of(const struct entry *e)
{
    return fact_label(e->model, e->workload);
}

bool fact_is_floor(const char *model)
{
    const struct model *m = model_find(model);

    return m && model_is_in_memory(m);
}

unsigned fact_rank(const char *model)
{
    const struct model *m = model_find(model);

    return m ? 100 * m->family + m->mark : 100 * FAMILY_N;
}

void fact_parameters_but(const struct entry *e, const char *but,
                         const char *between, char *out, size_t size)
{
    const struct workload *w = workload_find(e->workload);
    uint64_t values[MAX_PARAMETERS];
    size_t len = 0;

    out[0] = '\0';
    if (!w || cell_values(w, e->parameters, values)) {
        snprintf(out, size, "%s", e->parameters);
        return;
    }
    for (size_t i = 0; i < w->n_parameters && len < size; i++) {
        const struct parameter *p = &w->parameters[i];

        if ((p->always || values[i] != p->preset) &&
            (!but || strcmp(but, p->name) != 0))
            len += (size_t)snprintf(out + len, size - len, "%s%s %" PRIu64,
                                    len ? between : "", p->name, values[i]);
    }
}

void fact_parameters(const struct entry *e, const char *between, char *out,
                     size_t size)
{
    fact_parameters_but(e, NULL, between, out, size);
}

bool fact_same_curve(const struct entry *a, const struct entry *b)
{
    return a->workload_first == b->workload_first &&
           a->model_first == b->model_first;
}

bool fact_same_group(const struct entry *a, const struct entry *b)
{
    return a->group_first == b->group_first;
}

bool fact_is_virtual(const struct entry *e)
{
    const struct workload *w = workload_find(e->workload);
    const struct model *m = model_find(e->model);

    return w && m && model_ability(m, w->kind).in_memory;
}

bool fact_is_reference(const struct entry *e)
{
    const struct model *m = model_find(e->model);

    return m && m->family == FAMILY_REFERENCES;
}

bool fact_is_rejected(const struct entry *e)
{
    return e->labelled && e->labelled * 2 > e->measured;
}

bool fact_is_wrong(const struct entry *e)
{
    return e->wrong || fact_is_rejected(e);
}

bool fact_is_incomplete(const struct entry *e)
{
    return !e->calibrated ||
           (e->measured < e->meant && (e->meant - e->measured) * 10 > e->meant);
}

bool fact_is_inconclusive(const struct entry *e)
{
    if (!e->calibrated)
        return e->last->status == STATUS_DISTURBED;
    return fact_is_incomplete(e) && e->missing && e->missing == e->disturbed;
}

/* What the processes of its samples had not given back at their ends. */
struct left {
    uint64_t threads, fds; /* the most that a sample left */
    unsigned samples;      /* that left one of these */
    double heap_bytes;     /* that an iteration leaves, in the median round */
};

static double value_heap_growth(const struct sample *s)
{
    return s->heap_growth_bytes;
}

static struct left left_open(const struct entry *e)
{
    struct left left = {
        .heap_bytes = table_estimate(e, e->meant, value_heap_growth).median};

    for (unsigned r = 0; r < e->meant; r++) {
        const struct sample *s = e->by_round[r];

        if (!s)
            continue;
        left.samples += s->threads_left || s->fds_left;
        if (s->threads_left > left.threads)
            left.threads = s->threads_left;
        if (s->fds_left > left.fds)
            left.fds = s->fds_left;
    }
    return left;
}

/* In most samples: a thread may be counted for a moment after it was joined. */
static bool leaks(const struct entry *e)
{
    struct left left = left_open(e);

    return left.samples * 2 > e->measured || left.heap_bytes > LEAK_BYTES;
}

bool fact_breaks_promise(const struct entry *e)
{
    const struct model *m = model_find(e->model);
    const struct workload *w = workload_find(e->workload);
    bool exact = !m || !w || cell_promised_exact(w, m);

    return e->broken_iterations || (e->wrong && exact) || fact_is_rejected(e) ||
           leaks(e);
}

bool fact_is_broken(const struct entry *e)
{
    return fact_breaks_promise(e) || fact_is_incomplete(e);
}

/* Cells that stand beside each other in a table. */
static bool is_row(const struct entry *e, const struct entry *head)
{
    return !e->twin && e->measured && fact_same_group(e, head) &&
           !fact_is_wrong(e);
}

static size_t count_rows(const struct table *t, const struct entry *head)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += is_row(&t->entries[i], head);
    return n;
}

/* The CPU floor is shown besides the first of each family. */
static unsigned family_of(const struct entry *e)
{
    const struct model *m = model_find(e->model);

    if (!m)
        return FAMILY_N;
    return model_is_in_memory(m) ? FAMILY_N + 1 : m->family;
}

bool fact_is_folded(const struct table *t, const struct entry *e)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(e, notes);

    if (!is_row(e, e) || count_rows(t, e) <= MOST_ROWS)
        return false;
    for (size_t i = 0; i < n; i++)
        if (notes[i].alarm[0])
            return false;
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *o = &t->entries[i];

        if (o != e && is_row(o, e) && family_of(o) == family_of(e) &&
            (fact_rank(o->model) < fact_rank(e->model) ||
             (fact_rank(o->model) == fact_rank(e->model) && o < e)))
            return true;
    }
    return false;
}

size_t fact_folded(const struct table *t, const struct entry *head)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += fact_same_group(&t->entries[i], head) &&
             fact_is_folded(t, &t->entries[i]);
    return n;
}

void quantity_ratio(double ratio, char *out, size_t size)
{
    /* No "2.08e+03", and of small ones what fits into a table. */
    snprintf(out, size,
             ratio >= 999.5 ? "%.0f"
             : ratio < 0.01 ? "%.2g"
                            : "%.3g",
             ratio);
}

static const double half = 0.5;

static void quantity_fraction(double ratio, char *out, size_t size)
{
    char text[QUANTITY_SIZE - 2];

    quantity_ratio(1 / ratio, text, sizeof(text));
    snprintf(out, size, "1/%s", text);
}

void quantity_part(double ratio, char *out, size_t size)
{
    (ratio < half ? quantity_fraction : quantity_ratio)(ratio, out, size);
}

const char *part_word(double ratio)
{
    return ratio < half ? "of the time" : "times the time";
}

size_t fact_brackets(const struct estimate *e,
                     void (*quantity)(double, char *, size_t), char *out,
                     size_t size)
{
    char low[QUANTITY_SIZE], high[QUANTITY_SIZE];

    if (!estimate_has_interval(e))
        return (size_t)snprintf(out, size, "no interval");
    /* Both ends have one form. */
    if (quantity == quantity_part)
        quantity = e->median < half && e->high < 1 ? quantity_fraction
                                                   : quantity_ratio;
    quantity(e->low, low, sizeof(low));
    quantity(e->high, high, sizeof(high));
    return (size_t)snprintf(out, size, "[%s, %s]", low, high);
}

size_t fact_interval(const struct estimate *e,
                     void (*quantity)(double, char *, size_t), char *out,
                     size_t size)
{
    size_t len = fact_brackets(e, quantity, out, size);

    if (!estimate_has_interval(e))
        return (size_t)snprintf(out, size, "(no interval, %zu round%s)", e->n,
                                e->n == 1 ? "" : "s");
    snprintf(out + len, size - len, " (%.1f %%, %zu rounds)", 100 * e->coverage,
             e->n);
    return len;
}

__attribute__((format(printf, 2, 3))) static void
write_text(struct fact_note *note, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(note->text, sizeof(note->text), format, args);
    va_end(args);
}

static void note_wrong(const struct entry *e, struct fact_note *ret)
{
    const struct workload *w = workload_find(e->workload);
    char lost[64] = "", failed[64] = "";

    if (e->lost_updates)
        snprintf(lost, sizeof(lost), ", %.3g %% of the updates lost",
                 100.0 * (double)e->lost_updates /
                     ((double)e->iterations * (double)e->last->items));
    if (e->errors)
        snprintf(failed, sizeof(failed), ", %" PRIu64 " %s%s failed", e->errors,
                 w ? w->item : "page", e->errors == 1 ? "" : "s");
    snprintf(ret->alarm, sizeof(ret->alarm), "wrong in %u of %u samples",
             e->wrong, e->measured);
    write_text(ret, "%s%s; for example: %s", lost, failed, e->text);
}

/*
 * The outcomes of the pages, where not all succeeded. Broken sites are in the
 * fault matrix.
 */
static bool note_classes(const struct entry *e, struct fact_note *ret)
{
    const struct workload *w = workload_find(e->workload);
    const struct tally *t = &e->tally;
    size_t len;

    if (t->by[OUTCOME_OK] == t->begun || (w && w->group && !e->wrong))
        return false;
    write_text(ret, "of %" PRIu64 " %s%s %" PRIu64 " succeeded", t->begun,
               w ? w->item : "item", t->begun == 1 ? "" : "s",
               t->by[OUTCOME_OK]);
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N; i++) {
        len = strlen(ret->text);
        if (t->by[i])
            snprintf(ret->text + len, sizeof(ret->text) - len,
                     ", %" PRIu64 " %s", t->by[i],
                     outcome_name((enum outcome)i));
    }
    len = strlen(ret->text);
    if (t->cancelled)
        snprintf(ret->text + len, sizeof(ret->text) - len,
                 ", %" PRIu64 " cancelled", t->cancelled);
    return true;
}

static bool note_left(const struct entry *e, struct fact_note *ret)
{
    struct left left = left_open(e);
    char fds[48] = "", threads[48] = "";

    if (!left.samples)
        return false;
    if (left.fds)
        snprintf(fds, sizeof(fds), "%" PRIu64 " descriptor%s%s", left.fds,
                 left.fds == 1 ? "" : "s", left.threads ? " and " : "");
    if (left.threads)
        snprintf(threads, sizeof(threads), "%" PRIu64 " thread%s", left.threads,
                 left.threads == 1 ? "" : "s");
    snprintf(leaks(e) ? ret->alarm : ret->text, sizeof(ret->alarm),
             "%s%s left open in %u of %u samples", fds, threads, left.samples,
             e->measured);
    return true;
}

static bool note_heap(const struct entry *e, struct fact_note *ret)
{
    double bytes = left_open(e).heap_bytes;
    char text[QUANTITY_SIZE];

    if (bytes <= LEAK_BYTES)
        return false;
    quantity_bytes(bytes, text, sizeof(text));
    snprintf(ret->alarm, sizeof(ret->alarm),
             "each iteration leaves %s of memory allocated", text);
    return true;
}

/* Samples that are not there; false: all are, and at the first attempt. */
static bool note_missing(const struct entry *e, struct fact_note *ret)
{
    const char *label = fact_label_of(e);
    const char *why = fact_is_inconclusive(e) ? "inconclusive, " : "";

    if (!e->calibrated)
        write_text(ret, " %snot measured: %s", why,
                   e->missing_text[0] ? e->missing_text : "interrupted");
    else if (e->missing)
        write_text(ret, ": %s%u of %u samples missing: %s", why, e->missing,
                   e->missing + e->measured, e->missing_text);
    else if (e->missing_text[0])
        write_text(ret, "%s: calibrated again after %s", label,
                   e->missing_text);
    else if (!e->measured)
        write_text(ret, "%s: the run ended before it was measured", label);
    else
        return false;
    if (!e->calibrated || e->missing)
        snprintf(ret->alarm, sizeof(ret->alarm), "%s", label);
    return true;
}

size_t fact_notes(const struct entry *e, struct fact_note ret[MAX_NOTES])
{
    size_t n = 0;

    memset(ret, 0, MAX_NOTES * sizeof(*ret));
    if (e->wrong)
        note_wrong(e, &ret[n++]);
    n += note_classes(e, &ret[n]);
    if (fact_is_rejected(e))
        snprintf(ret[n++].alarm, sizeof(ret->alarm),
                 "audit: %s at once than it declares, in %u of %u samples",
                 e->overlapping ? "more" : "fewer", e->labelled, e->measured);
    if (e->origin_bound)
        write_text(&ret[n++],
                   "origin-bound: the origin took over 70 %% of a core; this "
                   "times the origin as well");
    n += note_left(e, &ret[n]);
    n += note_heap(e, &ret[n]);
    n += note_missing(e, &ret[n]);
    return n;
}

size_t fact_samples(const struct recording *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->samples[i].round > 0;
    return n;
}
