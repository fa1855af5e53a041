/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a plan and writes its files and its report: shared by `run` and
 * `report`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/session_about.h"
#include "harness/measure/contents.h"
#include "harness/measure/estimate.h"
#include "harness/results/text.h"
#include "harness/sample/gbench.h"
#include "harness/process/interrupt.h"
#include "harness/sample/busy.h"
#include "workloads/clock.h"

struct writer {
    struct session *session;
    struct run run;
    struct recorder recorder;
    struct traces traces;
    struct sites sites;
    unsigned looks, disturbed; /* between rounds; so many found a program */
};

/* Once the cells are calibrated it is known how slow this machine is now. */
static void announce_extension(const struct writer *w, uint64_t left_ns)
{
    uint64_t all_ns = clock_ns() - w->run.loop.begin_ns + left_ns;
    uint64_t budget_ns = w->session->asked.budget_ns;

    if (w->session->asked.rounds || all_ns < budget_ns + budget_ns / 10)
        return;
    recorder_progress(&w->recorder, "%s", "");
    fprintf(stderr,
            "six rounds take %.0f s on this machine as it is now, not %.0f s\n",
            session_seconds(all_ns), session_seconds(budget_ns));
}

static void on_progress(void *context, const struct progress *p)
{
    struct writer *w = context;
    const struct session *s = w->session;
    const struct recorder *r = &w->recorder;
    const struct cell *cell = &s->plan.cells[p->cell];
    double left_s = (double)p->left_ns / 1e9;
    char name[256], of[24] = "";

    if (p->round == 0 && p->slot == 0 &&
        (s->longer || session_has_few_rounds(s) || !r->terminal))
        session_announce(s);
    if (p->round == 1 && p->slot == 0)
        announce_extension(w, p->left_ns);
    if (!r->terminal && p->slot == 0 && p->round > 0)
        fprintf(stderr, "round %u, about %.0f s left\n", p->round, left_s);
    cell_name(cell->workload, cell->model->name, cell->setup.values, name,
              sizeof(name));
    if (p->rounds)
        snprintf(of, sizeof(of), "/%u", p->rounds);
    if (p->round == 0)
        recorder_progress(r, "calibrating %zu/%zu  %.0f s in all  %.44s",
                          p->slot + 1, p->slots, (double)s->expected_ns / 1e9,
                          name);
    else
        recorder_progress(r, "round %u%s  %zu/%zu  ETA %.0f s  %.48s", p->round,
                          of, p->slot + 1, p->slots, left_s, name);
}

/* Calibrations are no measurements, so their sites are not recorded. */
static int on_sample(void *context, const struct sample *sample)
{
    struct writer *w = context;
    const struct session *s = w->session;
    const struct cell *cell = &s->plan.cells[w->run.loop.last];
    const struct journal *journal = w->run.loop.taker->journal;
    struct sample kept = *sample;
    int error;

    if (s->asked.shard.parts)
        kept.part = s->asked.shard.part;
    error = recorder_keep(&w->recorder, &kept, w->run.why);
    if (!error)
        error = recording_add(&w->recorder.recording, &kept);
    if (error || !sample->round || !journal ||
        sample->status == STATUS_DISTURBED)
        return error;
    return sites_add(&w->sites, sample, cell->workload, &cell->setup, journal);
}

/* Between rounds no process of this run does anything. */
static void look_around(struct writer *w)
{
    w->looks++;
    w->disturbed += busy_others() > busy_limit;
}

/*
 * After 6, 12, 24 rounds and so on: looked at after each round, an interval
 * would decide by chance too often.
 */
static bool is_time_to_choose(unsigned rounds)
{
    unsigned due = ESTIMATE_ROUNDS;

    while (due < rounds)
        due *= 2;
    return due == rounds;
}

static int on_round(void *context)
{
    struct writer *w = context;
    struct session *s = w->session;
    int error = 0;

    if (s->judges)
        look_around(w);
    if (s->choose && is_time_to_choose(w->looks - 1))
        error = s->choose(s, &w->recorder.recording, w->run.loop.cells);
    return error ? error : recorder_sync(&w->recorder, w->run.why);
}

static int note_looks(struct writer *w)
{
    char text[64];

    if (!w->looks)
        return 0;
    snprintf(text, sizeof(text), "%u/%u", w->disturbed, w->looks);
    return store_note(&w->recorder.store, &w->recorder.recording, "disturbed",
                      text);
}

static int on_trace(void *context, const struct sample *sample,
                    const struct trace *trace)
{
    struct writer *w = context;

    if (sample->status != STATUS_OK && sample->status != STATUS_WRONG) {
        recorder_progress(&w->recorder, "%s", "");
        complain("%s/%s (%s) was not traced: %s", sample->workload,
                 sample->model, sample->parameters, sample->text);
        return 0;
    }
    return traces_add(&w->traces, sample, trace);
}

/* The files that only some runs have; 0 or -errno after complaining. */
static int publish_extras(const struct writer *w)
{
    const char *dir = w->recorder.store.dir;
    int error = 0;

    if (w->traces.n)
        error |=
            publish_file(dir, "events.tsv", text_of(traces_write, &w->traces));
    if (w->sites.n)
        error |=
            publish_file(dir, "sites.tsv", text_of(sites_write, &w->sites));
    return error;
}

/* The report is computed from the files alone. */
static int conclude(struct writer *w)
{
    const struct session *s = w->session;
    struct run_record record = {w->recorder.recording, w->traces, w->sites};
    struct publication p = {
        .from = w->recorder.store.dir,
        .to = w->recorder.store.dir,
        .record = &record,
        .silent = s->asked.json,
        .term = s->asked.term,
        .map = s->asked.map,
        .verdicts = s->verdicts,
        .predicted = s->predicted,
        .part = s->asked.shard.parts > 1,
        .claims = &s->claims,
    };
    char *context;
    int error = publish_extras(w), verdict;

    gbench_start();
    p.context = context = gbench_context();
    w->recorder.recording = (struct recording){0};
    verdict = publish(&p);
    free(context);
    return error ? EXIT_BROKEN : verdict;
}

/* Warns before the measurement if the machine is busy. */
static void warn(const struct writer *w)
{
    const struct plan *plan = &w->session->plan;
    char busy[256];
    size_t i = 1;

    recording_key(&w->recorder.recording, "busy", busy, sizeof(busy));
    if (*busy)
        complain("this machine is busy (%s): times and ratios will vary more "
                 "than on a quiet one",
                 busy);
    while (i < plan->n && plan->cells[i].model == plan->cells[0].model)
        i++;
    if (i == plan->n && w->session->asked.shard.parts < 2)
        complain("one model is measured (%s), so there are no ratios; "
                 "--models M1,M2 measures several",
                 plan->cells[0].model->name);
}

/* A version that could not be written is missing, and no more. */
static void on_runtime(void *context, const char *program, const char *runtime)
{
    struct writer *w = context;
    char key[64];

    snprintf(key, sizeof(key), "reference.%.40s", program);
    store_note(&w->recorder.store, &w->recorder.recording, key, runtime);
}

static int measure(struct session *s, uint64_t cells, const struct pair pairs[],
                   size_t n)
{
    struct writer w = {.session = s,
                       .run = {.plan = &s->plan,
                               .traced = &s->traced,
                               .seed = s->asked.seed,
                               .rounds = s->asked.rounds,
                               .budget_ns = s->asked.budget_ns,
                               .fewest = ESTIMATE_ROUNDS,
                               .pin = s->asked.pin,
                               .pin_origin = s->asked.pin_origin,
                               .pairs = pairs,
                               .n_pairs = n,
                               .on_progress = on_progress,
                               .on_sample = on_sample,
                               .on_round = on_round,
                               .on_trace = on_trace,
                               .on_runtime = on_runtime,
                               .context = &w}};
    int status = recorder_open(&w.recorder, &s->asked, s->name, cells,
                               session_describe, s);

    if (!status) {
        int error;

        warn(&w);
        if (s->judges)
            look_around(&w);
        error = run_cells(&w.run);
        if (!error || error == -EINTR)
            error = note_looks(&w) ? -EIO : error;
        error = store_end(&w.recorder.store, &w.recorder.recording, error);
        error = recorder_end(&w.recorder, error, w.run.why);
        status = conclude(&w);
        status = error ? EXIT_BROKEN : status;
    }
    recorder_close(&w.recorder);
    return status;
}

/* EXIT_DONE, or the exit status after complaining. */
static int cut(struct session *s)
{
    const struct shard *shard = &s->asked.shard;
    size_t n = s->plan.n;

    if (!shard->parts)
        return EXIT_DONE;
    if (shard_cut(shard, &s->plan, &s->traced))
        return complain_broken("out of memory");
    if (s->plan.n || s->traced.n)
        return EXIT_DONE;
    return complain_usage("part %u of %u has no cell, for there are %zu cells "
                          "in all; take fewer parts",
                          shard->part, shard->parts, n);
}

int session_run(struct session *s)
{
    uint64_t cells = plan_hash(&s->plan, NULL);
    int lock = -1, status = cut(s);
    struct pair *pairs;
    size_t n;

    if (!status)
        status = session_plan_time(s);
    if (status)
        return status;
    if (contents_pairs(&s->claims, &s->plan, s->base, &pairs, &n))
        return EXIT_BROKEN;
    interrupt_catch();
    if (s->asked.shard.parts && !s->asked.no_lock)
        status = turn_take(&lock, &s->waited_ns);
    if (!status)
        status = measure(s, cells, pairs, n);
    if (lock >= 0)
        close(lock);
    free(pairs);
    return status;
}
