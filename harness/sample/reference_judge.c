/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/reference_judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/results/text.h"
#include "workloads/clock.h"

static int bad_form(struct sample *s, const char *what)
{
    snprintf(s->text, sizeof(s->text), "its result is not %s", what);
    s->status = STATUS_FAILED;
    return -EBADMSG;
}

/* A defect, whatever was promised. */
static void condemn(struct sample *s, uint64_t iterations)
{
    s->status = STATUS_WRONG;
    s->wrong_iterations = iterations;
    s->broken_iterations = iterations;
}

/* A counter may lose updates; it never has more than there were. */
static int judge_counts(const struct reference_task *t,
                        const struct reference_answer *a, struct sample *s)
{
    uint64_t should = s->items, is;

    if (a->n != t->repetitions)
        return bad_form(s, "one value for each repetition");
    for (size_t i = 0; i < a->n; i++) {
        if (text_u64(a->fields[i], &is))
            return bad_form(s, "decimal numbers");
        if (is == should)
            continue;
        if (!s->text[0])
            snprintf(s->text, sizeof(s->text),
                     "counter %" PRIu64 ", should be %" PRIu64, is, should);
        s->status = STATUS_WRONG;
        s->wrong_iterations++;
        s->broken_iterations += is > should;
        s->lost_updates += is < should ? should - is : 0;
    }
    return 0;
}

static uint64_t sum_of_numbers(const struct reference_task *t, uint64_t n)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < n; i++)
        sum += numbered_number(t->secret, &t->nonce, i);
    return sum;
}

static int judge_sum(const struct reference_task *t,
                     const struct reference_answer *a, struct sample *s)
{
    uint64_t n = s->items * t->repetitions, is;
    uint64_t should = sum_of_numbers(t, n);

    if (a->n < 1 || text_u64(a->fields[0], &is))
        return bad_form(s, "a decimal number");
    if (is == should)
        return 0;
    condemn(s, t->repetitions);
    snprintf(s->text, sizeof(s->text),
             "the numbers of all pages sum up to %" PRIu64
             ", should be %" PRIu64,
             is, should);
    return 0;
}

static int judge_bytes(const struct reference_task *t,
                       const struct reference_answer *a, struct sample *s)
{
    uint64_t should = s->items * t->repetitions * t->nonce.bytes, is;
    int error = judge_sum(t, a, s);

    if (error)
        return error;
    if (a->n != 2 || text_u64(a->fields[1], &is))
        return bad_form(s, "two decimal numbers");
    if (is == should || s->status == STATUS_WRONG)
        return 0;
    condemn(s, t->repetitions);
    snprintf(s->text, sizeof(s->text),
             "%" PRIu64 " bytes were read, should be %" PRIu64, is, should);
    return 0;
}

static int judge_titles(const struct reference_task *t,
                        const struct reference_answer *a, struct sample *s)
{
    char should[BLOG_MAX_TITLE];

    if (a->n != s->items * t->repetitions)
        return bad_form(s, "one title for each blog");
    for (size_t i = 0; i < a->n; i++) {
        numbered_title(t->secret, &t->nonce, i, should);
        if (strcmp(a->fields[i], should) == 0)
            continue;
        condemn(s, t->repetitions);
        snprintf(s->text, sizeof(s->text),
                 "blog %zu: title '%.60s', should be '%.60s'", i, a->fields[i],
                 should);
        break;
    }
    return 0;
}

/* How many it has at once, as the table says. */
static uint64_t declared_width(const struct cell *cell)
{
    struct ability a = model_ability(cell->model, cell->workload->kind);

    return ability_at_once(
        &a, cell->workload->tasks(&cell->setup),
        workload_workers(cell->workload, cell->setup.values));
}

/* What the origin counted: pages served, most at once, when the last left. */
static void judge_served(const struct reference_task *t,
                         const struct reference_answer *a, struct sample *s)
{
    const struct workload *w = t->cell->workload;
    const struct origin_view *o = &t->origin;
    uint64_t each = w->requests ? w->requests(&t->cell->setup) : s->items;
    uint64_t width = declared_width(t->cell);
    /* The origin may have been interrupted before it read the clock. */
    uint64_t slack_ns = 2 * NS_PER_MS + o->late_ns;

    if (o->peak > width)
        s->audit |= AUDIT_OVERLAPPING;
    /* Some runtimes take longer to start a task than a page takes. */
    if ((!w->tells_width || w->tells_width(&t->cell->setup)) && o->peak == 1 &&
        width > 1)
        s->audit |= AUDIT_SERIALISED;
    if (o->requests == each * t->repetitions && !o->in_flight &&
        o->last_ns <= a->heard_ns + slack_ns)
        return;
    condemn(s, t->repetitions);
    if (s->text[0])
        return;
    if (o->requests != each * t->repetitions)
        snprintf(s->text, sizeof(s->text),
                 "the origin served %" PRIu64 " pages, should be %" PRIu64,
                 o->requests, each * t->repetitions);
    else
        snprintf(s->text, sizeof(s->text),
                 "it answered before the origin had sent all pages");
}

int reference_judge(const struct reference_task *t,
                    const struct reference_answer *a, struct sample *s)
{
    int (*const judges[])(const struct reference_task *t,
                          const struct reference_answer *a,
                          struct sample *s) = {
        [ANSWER_COUNT] = judge_counts,
        [ANSWER_SUM] = judge_sum,
        [ANSWER_TITLES] = judge_titles,
        [ANSWER_BYTES] = judge_bytes,
    };
    int error;

    s->status = STATUS_OK;
    error = judges[t->cell->workload->answer](t, a, s);
    if (!error && t->cell->workload->kind->served)
        judge_served(t, a, s);
    return error;
}
