/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a plan to files and a report: what `run` and `report` share. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/check/certificate.h"
#include "harness/cli/cli.h"
#include "harness/measure/contents.h"
#include "harness/results/names.h"
#include "harness/results/sites.h"
#include "harness/results/store.h"
#include "harness/results/text.h"
#include "harness/results/traces.h"
#include "harness/sample/gbench.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

struct writer {
    struct session *session;
    struct store store;
    struct run_record record;
    bool terminal; /* stderr is one */
};

/* The header of samples.tsv: what a reader must know of the run. */

/* A model's gap stands for all its parameters; a machine's limit does not. */
static void name_gap(const struct gap *gap, char *out, size_t size)
{
    if (gap->by_limit)
        cell_name(gap->workload, gap->model->name, gap->setup.values, out,
                  size);
    else
        snprintf(out, size, "%s/%s", gap->workload->name, gap->model->name);
}

static bool said_before(const struct plan *plan, size_t i)
{
    const struct gap *gap = &plan->gaps[i];

    for (size_t j = 0; j < i; j++) {
        const struct gap *other = &plan->gaps[j];

        if (other->workload == gap->workload && other->model == gap->model &&
            other->by_limit == gap->by_limit &&
            (!gap->by_limit || memcmp(other->setup.values, gap->setup.values,
                                      sizeof(gap->setup.values)) == 0))
            return true;
    }
    return false;
}

static void print_gaps(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < plan->n_gaps; i++) {
        char name[256];

        if (said_before(plan, i))
            continue;
        name_gap(&plan->gaps[i], name, sizeof(name));
        fprintf(out, "# gap=%s: %s\n", name, plan->gaps[i].why);
    }
}

/* What a self-test found out about this machine, if there was one. */
static void print_certificate(FILE *out)
{
    char machine[192], sentence[600];

    machine_name(machine, sizeof(machine));
    certificate_quote(machine, sentence, sizeof(sentence));
    if (sentence[0])
        fprintf(out, "# certificate=%s\n", sentence);
}

static char *header_of(const struct session *s)
{
    const struct asked asked = {.seed = s->run.seed,
                                .cells = plan_hash(&s->plan, NULL),
                                .rounds = s->run.rounds,
                                .budget_ns = s->run.budget_ns};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    header_print(out, &asked);
    if (s->run.pin)
        fprintf(out, "# pin=%s\n", s->run.pin);
    if (s->run.pin_origin)
        fprintf(out, "# pin_origin=%s\n", s->run.pin_origin);
    if (s->audit)
        fprintf(out, "# audit=%s\n", s->audit);
    print_certificate(out);
    print_gaps(&s->plan, out);
    machine_describe(out);
    fclose(out);
    return text;
}

static int open_store(struct session *s, struct writer *w)
{
    char *header = header_of(s);
    int error =
        header ? store_open(&w->store, s->out, s->name, header) : -ENOMEM;

    w->record.recording.header = header;
    return error;
}

/* While it runs. */

static void on_progress(void *context, const struct progress *p)
{
    struct writer *w = context;
    const struct cell *cell;
    char name[256], of[24] = "";

    if (w->terminal && w->session->longer && p->round == 0 && p->slot == 0)
        session_announce(w->session, stderr);
    if (!w->terminal) {
        if (p->round == 0 && p->slot == 0)
            session_announce(w->session, stderr);
        else if (p->slot == 0 && p->round > 0)
            fprintf(stderr, "round %u, about %.0f s left\n", p->round,
                    (double)p->left_ns / 1e9);
        return;
    }
    cell = &w->session->plan.cells[p->cell];
    cell_name(cell->workload, cell->model->name, cell->setup.values, name,
              sizeof(name));
    if (p->rounds)
        snprintf(of, sizeof(of), "/%u", p->rounds);
    if (p->round == 0)
        fprintf(stderr, "\r\033[Kcalibrating %zu/%zu  %.0f s in all  %.44s",
                p->slot + 1, p->slots, (double)w->session->expected_ns / 1e9,
                name);
    else
        fprintf(stderr, "\r\033[Kround %u%s  %zu/%zu  ETA %.0f s  %.48s",
                p->round, of, p->slot + 1, p->slots, (double)p->left_ns / 1e9,
                name);
}

static void clear_progress(const struct writer *w)
{
    if (w->terminal)
        fputs("\r\033[K", stderr);
}

static int on_sample(void *context, const struct sample *sample)
{
    struct writer *w = context;
    int error = store_append(&w->store, sample);

    if (error) {
        snprintf(w->session->run.why, sizeof(w->session->run.why),
                 "cannot write %.160s/samples.tsv: %s", w->store.dir,
                 strerror(-error));
        return error;
    }
    if (sample->status != STATUS_OK && sample->status != STATUS_WRONG) {
        clear_progress(w);
        complain("%s/%s (%s) %s: %s", sample->workload, sample->model,
                 sample->parameters, status_name(sample->status), sample->text);
    }
    return recording_add(&w->record.recording, sample);
}

static int on_sites(void *context, const struct sample *sample,
                    const struct cell *cell, const struct journal *journal)
{
    struct writer *w = context;

    return sites_add(&w->record.sites, sample, cell->workload, &cell->setup,
                     journal);
}

static int on_round(void *context)
{
    struct writer *w = context;
    int error = store_sync(&w->store);

    if (error)
        snprintf(w->session->run.why, sizeof(w->session->run.why),
                 "cannot write %.160s/samples.tsv: %s", w->store.dir,
                 strerror(-error));
    return error;
}

/* Afterwards: everything is computed from what the files hold. */

static int on_trace(void *context, const struct sample *sample,
                    const struct trace *trace)
{
    struct writer *w = context;

    if (sample->status != STATUS_OK && sample->status != STATUS_WRONG) {
        clear_progress(w);
        complain("%s/%s (%s) was not traced: %s", sample->workload,
                 sample->model, sample->parameters, sample->text);
        return 0;
    }
    return traces_add(&w->record.traces, sample, trace);
}

/* The text of a file, for free(); NULL: no memory. */
static char *text_of(void (*write)(const struct writer *w, FILE *out),
                     const struct writer *w)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    write(w, out);
    return text_close(out, &text);
}

static void write_events(const struct writer *w, FILE *out)
{
    traces_write(&w->record.traces, out);
}

static void write_sites(const struct writer *w, FILE *out)
{
    sites_write(&w->record.sites, out);
}

/* What only some runs have; 0 or -errno. */
static int publish_extras(const struct writer *w)
{
    const struct {
        const char *name;
        size_t n;
        void (*write)(const struct writer *w, FILE *out);
    } files[] = {
        {"events.tsv", w->record.traces.n, write_events},
        {"sites.tsv", w->record.sites.n, write_sites},
    };
    int error = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *text = files[i].n ? text_of(files[i].write, w) : NULL;
        int failed =
            files[i].n ? publish_file(w->store.dir, files[i].name, text) : 0;

        free(text);
        error = error ? error : failed;
    }
    return error;
}

static int conclude(struct writer *w)
{
    const struct session *s = w->session;
    struct publication p = {
        .from = w->store.dir,
        .to = w->store.dir,
        .record = &w->record,
        .silent = s->json,
        .term = s->term,
        .claims = &s->claims,
    };
    char *context;
    int error = publish_extras(w), verdict;

    gbench_start();
    p.context = context = gbench_context();
    verdict = publish(&p);
    free(context);
    return error ? EXIT_BROKEN : verdict;
}

int session_run(struct session *s)
{
    struct writer w = {.session = s, .terminal = isatty(STDERR_FILENO)};
    struct pair *pairs;
    int error, verdict = session_budget(s);

    if (verdict)
        return verdict;
    if (contents_pairs(&s->claims, &s->plan, &pairs, &s->run.n_pairs))
        return EXIT_BROKEN;
    if (open_store(s, &w)) {
        recording_finish(&w.record.recording);
        free(pairs);
        return EXIT_BROKEN;
    }
    interrupt_catch();
    s->run.plan = &s->plan;
    s->run.traced = &s->traced;
    s->run.pairs = pairs;
    s->run.on_progress = on_progress;
    s->run.on_sample = on_sample;
    s->run.on_sites = on_sites;
    s->run.on_round = on_round;
    s->run.on_trace = on_trace;
    s->run.context = &w;
    error = run_cells(&s->run);
    clear_progress(&w);
    error = store_end(&w.store, &w.record.recording, error);
    store_close(&w.store);
    if (error)
        complain("%s; %zu finished samples are kept in %s", s->run.why,
                 w.record.recording.n, w.store.dir);
    verdict = conclude(&w);
    free(pairs);
    return error ? EXIT_BROKEN : verdict;
}
