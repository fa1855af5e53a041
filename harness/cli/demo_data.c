/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a demo, and their samples. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/measure/contents.h"
#include "harness/measure/estimate.h"
#include "harness/process/interrupt.h"
#include "harness/report/facts.h"
#include "harness/results/text.h"
#include "harness/sample/gbench.h"
#include "harness/sample/sampler.h"
#include "workloads/clock.h"

static void print_id(const struct show *s, const char *part, char *out,
                     size_t size)
{
    snprintf(out, size, "demo-%s%s%s", s->demo->name, part ? "-" : "",
             part ? part : "");
}

const struct claim *demo_claim(const struct show *s, const char *part)
{
    char id[64];

    print_id(s, part, id, sizeof(id));
    for (size_t i = 0; i < s->claims.n; i++)
        if (strcmp(s->claims.items[i].id, id) == 0)
            return &s->claims.items[i];
    return NULL;
}

static const struct entry *find(const struct show *s, const struct claim *c,
                                size_t value, size_t model)
{
    uint64_t values[MAX_PARAMETERS];
    char parameters[SAMPLE_PARAMETERS];

    claim_values(c, &c->values, value, values);
    cell_parameters(c->workload, values, parameters, sizeof(parameters));
    return table_find(&s->table, c->workload->name, c->models.items[model],
                      parameters);
}

const struct entry *demo_cell(const struct show *s, const char *part,
                              size_t value, size_t model)
{
    return find(s, demo_claim(s, part), value, model);
}

uint64_t demo_parameter(const struct show *s, const char *part,
                        const char *name)
{
    const struct claim *c = demo_claim(s, part);
    uint64_t values[MAX_PARAMETERS];

    claim_values(c, &c->values, 0, values);
    return values[workload_parameter(c->workload, name)];
}

double demo_increments(const struct show *s, const char *part)
{
    return (double)(demo_parameter(s, part, "tasks") *
                    demo_parameter(s, part, "increments"));
}

double *demo_left(const struct show *s, const char *part, const struct entry *e,
                  size_t *ret_n)
{
    double *left = calloc(s->table.rounds + 1, sizeof(*left));

    *ret_n = 0;
    for (unsigned i = 0; left && i < s->table.rounds; i++) {
        const struct sample *sample = e->by_round[i];

        if (sample && sample->iterations)
            left[(*ret_n)++] =
                demo_increments(s, part) - (double)sample->lost_updates;
    }
    if (left)
        estimate_median(left, *ret_n);
    return left;
}

struct estimate demo_estimate(const struct show *s, const struct entry *e,
                              const char *metric)
{
    return table_estimate_metric(e->by_round, s->table.rounds, metric, true);
}

double demo_metric(const struct show *s, const struct entry *e,
                   const char *metric)
{
    return demo_estimate(s, e, metric).median;
}

const char *demo_label(const struct show *s, const char *part, size_t model)
{
    const struct claim *c = demo_claim(s, part);

    return fact_label(c->models.items[model], c->workload->name);
}

static bool is_traced(const struct show *s, const struct claim *c)
{
    for (size_t i = 0; i < s->record.traces.n; i++)
        if (strcmp(s->record.traces.items[i].workload, c->workload->name) == 0)
            return true;
    return false;
}

static int complain_cell(const struct show *s, const struct claim *c,
                         size_t value, size_t model)
{
    uint64_t values[MAX_PARAMETERS];
    char name[CELL_NAME_SIZE];

    claim_values(c, &c->values, value, values);
    cell_name(c->workload, c->models.items[model], values, name, sizeof(name));
    return complain_usage(
        "there is no measured sample%s of %s; `baton demo %s --live --out DIR` "
        "records what this demo shows",
        c->flags & CLAIM_TRACE ? " with a trace" : "", name, s->demo->name);
}

static int check_claim(const struct show *s, const struct claim *c)
{
    size_t value = 0;

    if (c->flags & CLAIM_TRACE)
        return is_traced(s, c) ? EXIT_DONE : complain_cell(s, c, 0, 0);
    do {
        for (size_t model = 0; model < c->models.n; model++) {
            const struct entry *e = find(s, c, value, model);

            if (!e || !e->measured)
                return complain_cell(s, c, value, model);
            if (s->demo->single && e->iterations != e->measured)
                return complain_usage(
                    "samples of %s are of several runs each; `baton demo %s "
                    "--live --out DIR` records single ones",
                    e->workload, s->demo->name);
        }
    } while (++value < c->values.n);
    return EXIT_DONE;
}

int demo_check(const struct show *s)
{
    int status = EXIT_DONE;

    for (size_t i = 0; i < s->claims.n && !status; i++)
        if (s->claims.items[i].flags & CLAIM_CHOSEN)
            status = check_claim(s, &s->claims.items[i]);
    return status;
}

/* Live. */

static uint64_t target_ns(const struct show *s)
{
    return s->demo->single ? 1 : SAMPLER_TARGET_NS;
}

static unsigned rounds_of(const struct show *s, const struct asked *asked)
{
    return asked->rounds ? (unsigned)asked->rounds : s->demo->rounds;
}

struct live {
    struct show *show;
    struct recorder recorder;
    struct plan plan, traced;
    struct run run;
};

/* plan_finish() of both in any case. */
static int make_plan(struct live *l, uint64_t seed)
{
    return contents_plan(&l->show->claims, CLAIM_CHOSEN, false, seed, &l->plan,
                         &l->traced);
}

double demo_seconds(const struct show *s, const struct asked *asked)
{
    struct live l = {.show = (struct show *)s};
    uint64_t ns = 0;

    if (s->demo->rounds && !make_plan(&l, asked->seed)) {
        ns = estimate_run_ns(&l.plan, &l.traced, 0);
        for (size_t i = 0; i < l.plan.n; i++)
            ns += rounds_of(s, asked) *
                  estimate_sample_ns(&l.plan.cells[i], target_ns(s));
    }
    plan_finish(&l.plan);
    plan_finish(&l.traced);
    return (double)((ns + NS_PER_S - 1) / NS_PER_S);
}

static void describe(const void *context, FILE *out)
{
    (void)context;
    (void)out;
}

static int on_sample(void *context, const struct sample *s)
{
    struct live *l = context;
    int error = recorder_keep(&l->recorder, s, l->run.why);

    return error ? error : recording_add(&l->recorder.recording, s);
}

static void on_progress(void *context, const struct progress *p)
{
    const struct live *l = context;

    if (p->rounds)
        recorder_progress(&l->recorder, "measuring: round %u of %u", p->round,
                          p->rounds);
    else
        recorder_progress(&l->recorder, "calibrating");
}

static int on_round(void *context)
{
    struct live *l = context;

    return recorder_sync(&l->recorder, l->run.why);
}

static int on_trace(void *context, const struct sample *s,
                    const struct trace *trace)
{
    struct live *l = context;

    return trace ? traces_add(&l->show->record.traces, s, trace) : 0;
}

static int publish_traces(const struct live *l)
{
    const struct traces *traces = &l->show->record.traces;

    if (!traces->n)
        return 0;
    return publish_file(l->recorder.store.dir, "events.tsv",
                        text_of(traces_write, traces));
}

static int take(struct live *l, const struct asked *asked)
{
    char name[48];
    int error;

    snprintf(name, sizeof(name), "demo-%s", l->show->demo->name);
    if (recorder_open(&l->recorder, asked, name, plan_hash(&l->plan, NULL),
                      describe, NULL))
        return EXIT_BROKEN;
    gbench_start();
    interrupt_catch();
    error = run_cells(&l->run);
    error = store_end(&l->recorder.store, &l->recorder.recording, error);
    interrupt_release();
    if (recorder_end(&l->recorder, error, l->run.why) || publish_traces(l))
        return EXIT_BROKEN;
    fprintf(stderr, "Samples: %s\n", l->recorder.store.dir);
    l->show->record.recording = l->recorder.recording;
    l->recorder.recording = (struct recording){0};
    return EXIT_DONE;
}

int demo_measure(struct show *s, const struct asked *asked)
{
    struct live l = {.show = s, .recorder.store.fd = -1};
    int error = make_plan(&l, asked->seed), status = EXIT_BROKEN;

    l.run = (struct run){.plan = &l.plan,
                         .traced = &l.traced,
                         .seed = asked->seed,
                         .rounds = rounds_of(s, asked),
                         .target_ns = target_ns(s),
                         .on_progress = on_progress,
                         .on_sample = on_sample,
                         .on_round = on_round,
                         .on_trace = on_trace,
                         .context = &l};
    if (!error && l.plan.n_gaps)
        status = complain_usage("%s cannot be measured here: %s",
                                l.plan.gaps[0].model->name, l.plan.gaps[0].why);
    else if (!error)
        status = take(&l, asked);
    s->live = status == EXIT_DONE;
    recorder_close(&l.recorder);
    plan_finish(&l.plan);
    plan_finish(&l.traced);
    return status;
}
