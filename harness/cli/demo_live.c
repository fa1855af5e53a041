/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demos that measure: the loop of `run`, with the cells of the demo. */
#include <stdio.h>

#include "harness/cli/demo.h"
#include "harness/measure/contents.h"
#include "harness/measure/estimate.h"
#include "harness/process/interrupt.h"
#include "harness/results/text.h"
#include "harness/sample/busy.h"
#include "harness/sample/gbench.h"
#include "harness/sample/sampler.h"
#include "workloads/clock.h"

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
    char busy[256];

    (void)context;
    if (busy_describe(busy, sizeof(busy)))
        fprintf(out, "# busy=%s\n", busy);
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
