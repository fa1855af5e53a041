/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a program speaks the protocol of docs/references.md. */
#include "harness/sample/reference_check.h"

#include "harness/sample/reference_checking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"
#include "harness/sample/reference_judge.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

static const uint64_t ready_ns = 10 * NS_PER_S;

void checking_record(struct checking *c, const char *name, bool passed,
                     const char *result, const char *remedy)
{
    struct reference_check *check = ARRAY_NEXT(c->checks->items, c->checks->n);

    if (!check)
        return;
    c->checks->n++;
    check->passed = passed;
    check->remedy = passed ? NULL : remedy;
    snprintf(check->name, sizeof(check->name), "%s", name);
    snprintf(check->result, sizeof(check->result), "%s", result);
}

int checking_start(struct checking *c, char *why, size_t size)
{
    int error;

    if (c->running)
        return 0;
    error = c->of ? reference_start(&c->reference, c->of, NULL, why, size)
                  : reference_start_command(&c->reference, c->words, ready_ns,
                                            why, size);
    if (error)
        reference_end(&c->reference);
    c->running = !error;
    return error;
}

void checking_stop(struct checking *c)
{
    if (c->running)
        reference_end(&c->reference);
    c->running = false;
}

static bool check_ready(struct checking *c)
{
    char why[256];
    bool starts = checking_start(c, why, sizeof(why)) == 0;

    checking_record(
        c, "READY", starts, starts ? c->reference.runtime : why,
        "write one line within 10 s, flushed: READY, 1, the runtime, and "
        "what is offered, with tabs between");
    c->offers = starts ? strdup(c->reference.offers) : NULL;
    return c->offers;
}

/* What it offers. */

struct offer {
    const struct workload *workload;
    char model[64];
    bool exact;
};

/* "counter/threads:exact": 0 or -EINVAL. */
static int read_offer(const struct item *item, struct offer *ret)
{
    char text[160], *model, *promise;

    snprintf(text, sizeof(text), "%.*s", (int)item->key_len, item->key);
    model = strchr(text, '/');
    promise = strchr(text, ':');
    if (!model || !promise || promise < model)
        return -EINVAL;
    *model++ = *promise++ = '\0';
    ret->workload = workload_find(text);
    ret->exact = strcmp(promise, "exact") == 0;
    snprintf(ret->model, sizeof(ret->model), "%s", model);
    return ret->workload && ret->workload->answer && *model &&
                   (ret->exact || strcmp(promise, "may-lose") == 0)
               ? 0
               : -EINVAL;
}

/* A small cell: three tasks of ten items, or three short pages. */
static void make_cell(const struct offer *offer, const struct model *model,
                      struct cell *ret)
{
    const struct workload *w = offer->workload;
    int at;

    *ret = (struct cell){.workload = w, .model = model};
    workload_presets(w, ret->setup.values);
    for (size_t i = 0; i < w->n_parameters; i++)
        if (w->parameters[i].size && w->parameters[i].always)
            ret->setup.values[i] = 3;
    at = workload_parameter(w, "bytes");
    if (at >= 0)
        ret->setup.values[at] = 1000;
}

static int aim(struct checking *c, struct reference_task *task, char *url,
               size_t size)
{
    static const enum numbered_kind kinds[] = {[ANSWER_SUM] = NUMBERED_PAGE,
                                               [ANSWER_TITLES] = NUMBERED_PLAIN,
                                               [ANSWER_BYTES] = NUMBERED_BULK};
    char target[NUMBERED_MAX_TARGET];

    snprintf(url, size, "-");
    if (!task->cell->workload->kind->served)
        return 0;
    task->nonce = (struct nonce){.seed = clock_ns(), .bytes = 1000};
    task->secret = c->origin.secret;
    numbered_target(&task->nonce, kinds[task->cell->workload->answer], target);
    snprintf(url, size, "http://127.0.0.1:%u%s", c->origin.port, target);
    return origin_mark(&c->origin);
}

/* Those that are there after a model's first request may stay. */
static void judge_children(struct checking *c, struct sample *s)
{
    struct tree tree;

    tree_look(c->reference.process.child.pid, &tree);
    if (!c->processes)
        c->processes = tree.processes;
    if (tree.processes <= c->processes)
        return;
    s->broken_iterations = 1;
    snprintf(s->text, sizeof(s->text),
             "it has %u processes more than after "
             "the first request",
             tree.processes - c->processes);
}

static int ask(struct checking *c, const struct offer *offer,
               struct reference_task *task, struct sample *s, char *why,
               size_t size)
{
    const struct cell *cell = task->cell;
    bool served = cell->workload->kind->served;
    struct reference_answer answer = {0};
    char url[256];
    int error = aim(c, task, url, sizeof(url));
    struct reference_request q = {
        .workload = cell->workload->name,
        .model = offer->model,
        .n = served ? s->items : cell->workload->tasks(&cell->setup),
        .m = served
                 ? task->nonce.bytes * (cell->workload->answer == ANSWER_BYTES)
                 : s->items / cell->workload->tasks(&cell->setup),
        .repetitions = task->repetitions,
        .url = url,
        .deadline_ns = clock_ns() + CHECK_PATIENCE_NS};

    if (!error)
        error = reference_ask(&c->reference, &q, &answer, why, size);
    if (error == -EREMOTE)
        snprintf(why, size, "it refused: %s", answer.refusal);
    if (error == -ECANCELED)
        checking_stop(c);
    if (!error && served)
        error = origin_look(&c->origin, &task->origin);
    if (!error && !reference_judge(task, &answer, s))
        judge_children(c, s);
    free(answer.fields);
    return error;
}

/* Two requests of two repetitions, verified as those of a run. */
static void check_offer(struct checking *c, const struct offer *offer)
{
    const struct model model = {
        .family = FAMILY_REFERENCES,
        .counting = {.run = reference_count, .at_once = AT_ONCE_ALL},
        .connections = {.run = reference_talk, .at_once = AT_ONCE_ALL}};
    struct cell cell;
    struct reference_task task = {.cell = &cell, .repetitions = 2};
    char name[64], why[256] = "as it should be";
    struct sample s;
    bool passed = checking_start(c, why, sizeof(why)) == 0;

    make_cell(offer, &model, &cell);
    c->processes = 0;
    for (int i = 0; i < 2 && passed; i++) {
        s = (struct sample){.items = cell.workload->items(&cell.setup)};
        passed = ask(c, offer, &task, &s, why, sizeof(why)) == 0;
    }
    if (passed && s.text[0])
        snprintf(why, sizeof(why), "%s", s.text);
    if (passed && (s.status == STATUS_FAILED || s.broken_iterations ||
                   (s.wrong_iterations && offer->exact)))
        passed = false;
    snprintf(name, sizeof(name), "%.20s/%.40s", offer->workload->name,
             offer->model);
    checking_record(c, name, passed, why,
                    "see the table of results in docs/references.md");
}

static void check_offers(struct checking *c)
{
    const char *list = c->offers;
    struct offer offer;
    struct item item;

    while (text_next(&list, ',', &item)) {
        char name[64];

        snprintf(name, sizeof(name), "%.*s",
                 (int)(item.key_len < 60 ? item.key_len : 60), item.key);
        if (read_offer(&item, &offer))
            checking_record(c, name, false,
                            "it is no workload/model:exact or :may-lose",
                            "offer what docs/references.md names");
        else
            check_offer(c, &offer);
    }
}

/* READY has all that the row of a program names; titles need a parser. */
static void check_table(struct checking *c)
{
    for (size_t i = 0; i < n_reference_models; i++) {
        const struct reference_offer *offer = &reference_offers[i];
        const char *list = offer->workloads;
        struct item w;

        if (&reference_programs[offer->program] != c->of)
            continue;
        while (text_next(&list, ',', &w)) {
            char name[160];
            bool exact = !memchr(w.key, ':', w.key_len);
            int len = (int)strcspn(w.key, ",:");

            snprintf(name, sizeof(name), "%.*s/%s:%s", len, w.key, offer->model,
                     exact ? "exact" : "may-lose");
            if (!reference_has(&c->reference, name))
                checking_record(c, name, false, "its READY does not have it",
                                "offer it, or correct its row in "
                                "references/meson.build");
        }
    }
}

bool checking_find_served(const struct checking *c, const struct workload **ret,
                          char model[64])
{
    const char *list = c->offers;
    struct offer offer;
    struct item item;

    while (text_next(&list, ',', &item))
        if (!read_offer(&item, &offer) && offer.workload->kind->served) {
            *ret = offer.workload;
            strcpy(model, offer.model);
            return true;
        }
    return false;
}

int reference_check(const struct reference_program *of, char *words[],
                    struct reference_checks *ret)
{
    struct checking c = {.of = of, .words = words, .checks = ret};
    int error = origin_start(&c.origin, NULL);

    *ret = (struct reference_checks){0};
    if (!error && check_ready(&c)) {
        check_table(&c);
        check_offers(&c);
        checking_misuse(&c);
    }
    checking_stop(&c);
    free(c.offers);
    origin_stop(&c.origin);
    return error;
}
