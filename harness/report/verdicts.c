/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/verdicts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/finding.h"
#include "harness/results/array.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"

/* The cells of an entry at a value that was measured. */
struct measured_row {
    const struct entry *cells[2];
    double value;
};

static const struct entry *find(const struct table *t, const struct claim *c,
                                const struct model *m, size_t i)
{
    uint64_t values[MAX_PARAMETERS];
    char parameters[256];

    claim_values(c, &c->values, i, values);
    cell_parameters(c->workload, values, parameters, sizeof(parameters));
    return m ? table_find(t, c->workload->name, m->name, parameters) : NULL;
}

static struct measured_row row_of(const struct table *t, const struct claim *c,
                                  size_t i)
{
    const struct model *a, *b = NULL;
    struct measured_row row = {.value =
                                   i < c->values.n ? c->values.items[i] : 0};

    if (c->statistic == STATISTIC_RATIO)
        claim_pair(c, 0, &a, &b);
    else
        a = model_find(c->models.items[0]);
    row.cells[0] = find(t, c, a, i);
    row.cells[1] = b ? find(t, c, b, i) : NULL;
    return row;
}

/* Those of which all cells are there; n, or -ENOMEM. */
static long find_rows(const struct table *t, const struct claim *c,
                      struct measured_row **ret)
{
    size_t most = c->values.n ? c->values.n : 1;
    long n = 0;

    *ret = calloc(most, sizeof(**ret));
    for (size_t i = 0; *ret && i < most; i++) {
        struct measured_row row = row_of(t, c, i);

        if (row.cells[0] && row.cells[0]->measured &&
            (c->statistic != STATISTIC_RATIO ||
             (row.cells[1] && row.cells[1]->measured)))
            (*ret)[n++] = row;
    }
    return *ret ? n : -ENOMEM;
}

/* Noise that is more than the margin widens the interval by what is beyond. */
static enum decision decide(const struct claim *c, struct estimate e,
                            double noise)
{
    double beyond = noise / ratio_margin;

    if (beyond > 1 && !c->metric &&
        (c->statistic == STATISTIC_RATIO || c->statistic == STATISTIC_GROWTH)) {
        e.low /= beyond;
        e.high *= beyond;
    }
    return rule_decide(&c->rule, c->statistic, &e);
}

static void decide_rows(struct setting_verdict *s, const struct table *t,
                        const struct measured_row *rows, size_t n)
{
    const struct claim *c = s->claim;
    double noise = noise_of(t, c->workload->name);

    for (size_t i = c->statistic == STATISTIC_GROWTH; i < n; i++) {
        struct decided *d = &s->values[s->n++];
        const struct entry *cells[2] = {rows[i].cells[0], rows[i].cells[1]};

        if (c->statistic == STATISTIC_GROWTH)
            cells[1] = rows[0].cells[0];
        *d = (struct decided){.at = rows[i].value,
                              .to = rows[i].value,
                              .estimate = claim_estimate(c, t, cells)};
        d->decision = decide(c, d->estimate, noise);
    }
    if (s->n)
        s->whole = s->values[s->n - 1];
}

static int decide_steps(struct setting_verdict *s, const struct table *t,
                        const struct measured_row *rows, size_t n)
{
    const struct entry **cells = calloc(n, sizeof(*cells));
    double *sizes = calloc(n, sizeof(*sizes));
    const struct claim *c = s->claim;

    for (size_t i = 0; cells && sizes && i < n; i++) {
        cells[i] = rows[i].cells[0];
        sizes[i] = rows[i].value;
    }
    for (size_t i = 0; cells && sizes && i < n; i++) {
        /* The last one is the whole. */
        size_t from = i + 1 < n ? i : 0, len = i + 1 < n ? 2 : n;
        struct decided d = {
            .at = sizes[from],
            .to = sizes[from + len - 1],
            .estimate = claim_exponent(c, t, cells + from, sizes + from, len)};

        d.decision = decide(c, d.estimate, 0);
        if (i + 1 < n)
            s->values[s->n++] = d;
        else
            s->whole = d;
    }
    free(cells);
    free(sizes);
    return n && (!cells || !sizes) ? -ENOMEM : 0;
}

/* Where the median meets the limit, on a log scale; 0: it has no such place. */
static double crossover(const struct rule *r, const struct decided *a,
                        const struct decided *b)
{
    double limits[] = {r->low, r->high};

    for (int i = 0; i < 2; i++) {
        double x = a->estimate.median, y = b->estimate.median, l = limits[i];

        if (isfinite(l) && (x - l) * (y - l) < 0 && x > 0 && y > 0 && l > 0 &&
            a->at > 0)
            return exp(log(a->at) +
                       log(b->at / a->at) * log(l / x) / log(y / x));
    }
    return 0;
}

/* The first two decided values that differ make it depend on the parameter. */
static bool depends(struct setting_verdict *s)
{
    const struct decided *last = NULL;

    for (size_t i = 0; i < s->n; i++) {
        const struct decided *d = &s->values[i];

        if (d->decision == UNDECIDED)
            continue;
        if (last && last->decision != d->decision) {
            s->low = last->to;
            s->high = d->at;
            s->before = last->decision;
            s->after = d->decision;
            if (s->claim->statistic != STATISTIC_EXPONENT)
                s->crossover = crossover(&s->claim->rule, last, d);
            return true;
        }
        last = d;
    }
    return false;
}

/*
 * An exponent too waits for each of its steps: one that is undecided may be
 * decided otherwise with more rounds, and then the verdict is DEPENDS.
 */
static enum decision conclude(struct setting_verdict *s)
{
    if (depends(s))
        return DEPENDS;
    for (size_t i = 0; i < s->n; i++)
        if (s->values[i].decision == UNDECIDED)
            return UNDECIDED;
    if (s->claim->statistic == STATISTIC_EXPONENT)
        return s->whole.decision;
    return s->n ? s->values[0].decision : UNDECIDED;
}

static void object(struct setting_verdict *s, enum obstacle obstacle,
                   const struct entry *cell)
{
    if (s->obstacle != OBSTACLE_NONE)
        return;
    s->obstacle = obstacle;
    s->cell = cell;
}

static void check_cells(struct setting_verdict *s,
                        const struct measured_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < 2; j++) {
            const struct entry *e = rows[i].cells[j];

            if (e && fact_breaks_promise(e))
                object(s, OBSTACLE_BROKEN, e);
            else if (e && fact_is_incomplete(e))
                object(s, OBSTACLE_MISSING, e);
        }
}

/* What was lost is lost, and code is code, whatever else the machine did. */
static bool is_certain(const struct setting_verdict *s)
{
    enum statistic of = s->claim->statistic;

    if (s->claim->metric && number_is_of_code(s->claim->metric))
        return true;
    return (of == STATISTIC_SHARE || of == STATISTIC_WRONG) &&
           s->claim->rule.high <= 0 && s->alone == REFUTED;
}

/* From a third of the looks on the machine was not quiet. */
static const double most_disturbed = 1.0 / 3;

static void judge(struct setting_verdict *s, const struct verdicts *v)
{
    s->alone = conclude(s);
    if (!estimate_has_interval(&s->whole.estimate))
        object(s, OBSTACLE_FEW, NULL);
    if (v->disturbed > most_disturbed && !is_certain(s))
        object(s, OBSTACLE_DISTURBED, NULL);
    s->decision = s->obstacle ? UNDECIDED : s->alone;
}

static int judge_entry(const struct results *r, const struct claim *c,
                       const struct verdicts *v, struct setting_verdict *s)
{
    struct measured_row *rows;
    long n = find_rows(r->table, c, &rows);
    int error = n < 0 ? (int)n : 0;

    *s = (struct setting_verdict){.claim = c};
    s->values = calloc((size_t)(n > 0 ? n : 1), sizeof(*s->values));
    if (!s->values || error) {
        free(rows);
        return -ENOMEM;
    }
    if (n == 0 || (c->statistic == STATISTIC_GROWTH && n < 2) ||
        (c->statistic == STATISTIC_EXPONENT && n < 2)) {
        object(s, OBSTACLE_ABSENT, NULL);
    } else {
        s->a = rows[0].cells[0];
        s->b = rows[0].cells[1];
        check_cells(s, rows, (size_t)n);
        if (c->statistic == STATISTIC_EXPONENT)
            error = decide_steps(s, r->table, rows, (size_t)n);
        else
            decide_rows(s, r->table, rows, (size_t)n);
        judge(s, v);
    }
    free(rows);
    return error;
}

/* The claims that a recording was made for, "a,b"; "": those of a report. */
static void read_judged(const struct results *r, char *list, size_t size)
{
    recording_key(r->recording, "judged", list, size);
}

/*
 * Whether an entry is judged at all: a report judges those that have its flag,
 * and not another one because some of its cells are there.
 */
static bool is_asked_for(const struct results *r, const struct claim *c)
{
    char list[4096];

    if (!c->rule.kind)
        return false;
    read_judged(r, list, sizeof(list));
    return r->judges_all || *list ||
           (c->flags & (CLAIM_DEFAULT | CLAIM_QUICK)) != 0;
}

/* Another entry before it is of the same claim. */
static bool is_known(const struct results *r, size_t i)
{
    const struct claim *items = r->claims->items;

    for (size_t j = 0; j < i; j++)
        if (is_asked_for(r, &items[j]) &&
            strcmp(claim_id(&items[j]), claim_id(&items[i])) == 0)
            return true;
    return false;
}

/* The setting of its own where it was measured, else the first one that was. */
static const struct setting_verdict *head_of(const struct claim_verdict *v)
{
    const struct setting_verdict *head = NULL;

    for (size_t i = 0; i < v->n; i++) {
        const struct setting_verdict *s = &v->settings[i];

        if (s->a && (!head || (s->claim->own && !head->claim->own)))
            head = s;
    }
    return head;
}

static int judge_claim(const struct results *r, size_t first,
                       const struct verdicts *v, struct claim_verdict *ret)
{
    const struct claims *claims = r->claims;
    int error = 0;

    *ret = (struct claim_verdict){.id = claim_id(&claims->items[first])};
    ret->words = claims_quote(claims, ret->id);
    for (size_t i = first; i < claims->n && !error; i++) {
        const struct claim *c = &claims->items[i];

        if (!is_asked_for(r, c) || strcmp(claim_id(c), ret->id) != 0)
            continue;
        if (!ARRAY_ROOM(ret->settings, ret->n))
            return -ENOMEM;
        error = judge_entry(r, c, v, &ret->settings[ret->n++]);
    }
    ret->head = head_of(ret);
    return error;
}

static void claim_verdict_finish(struct claim_verdict *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->settings[i].values);
    free(c->settings);
}

void verdicts_finish(struct verdicts *v)
{
    for (size_t i = 0; i < v->n; i++)
        claim_verdict_finish(&v->items[i]);
    free(v->items);
    *v = (struct verdicts){0};
}

/* "2/7" of the looks; of recordings without looks, one before the run. */
static double disturbed_share(const struct recording *r)
{
    char text[256];
    double found, looks;

    recording_key(r, "disturbed", text, sizeof(text));
    if (sscanf(text, "%lf/%lf", &found, &looks) == 2 && looks > 0)
        return found / looks;
    recording_key(r, "busy", text, sizeof(text));
    return *text ? 1 : 0;
}

/*
 * A run of `verdict` says which claims it was made for; a report decides those
 * that are a part of it.
 */
static bool is_judged(const struct results *r, size_t i)
{
    const struct claim *c = &r->claims->items[i];
    const char *id = claim_id(c);
    char list[4096];
    size_t len;

    if (!is_asked_for(r, c) || is_known(r, i))
        return false;
    read_judged(r, list, sizeof(list));
    if (r->judges_all || !*list)
        return true;
    for (const char *at = list; *at; at += len + (at[len] == ',')) {
        len = strcspn(at, ",");
        if (strlen(id) == len && memcmp(at, id, len) == 0)
            return true;
    }
    return false;
}

int verdicts_make(const struct results *r, struct verdicts *ret)
{
    int error = 0;

    *ret = (struct verdicts){.disturbed = disturbed_share(r->recording)};
    for (size_t i = 0; r->claims && i < r->claims->n && !error; i++) {
        struct claim_verdict v;

        if (!is_judged(r, i))
            continue;
        error = judge_claim(r, i, ret, &v);
        if (!error && v.head && ARRAY_ROOM(ret->items, ret->n)) {
            ret->items[ret->n++] = v;
            continue;
        }
        error = v.head && !error ? -ENOMEM : error;
        claim_verdict_finish(&v);
    }
    return error;
}

bool verdict_is_open(const struct setting_verdict *s)
{
    return s->a && s->alone == UNDECIDED && s->obstacle != OBSTACLE_BROKEN;
}
