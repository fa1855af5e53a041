/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token goes round a ring of runners: the price of one hand-over. */
#include "workloads/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/workload.h"

enum { RUNNERS, PASSES, CPUS, N_WORKERS, N_PARAMETERS };

static const struct parameter parameters[N_PARAMETERS] = {
    [RUNNERS] = {.name = "runners",
                 .preset = 100,
                 .min = 1,
                 .max = 100000,
                 .size = true,
                 .always = true,
                 .help = "runners that pass one token on, in a ring"},
    [PASSES] = {.name = "passes",
                .preset = 10000,
                .min = 1,
                .max = UINT64_C(1000000000000),
                .size = true,
                .always = true,
                .help = "how often it is passed on"},
    [CPUS] = PARAMETER_CPUS,
    [N_WORKERS] = PARAMETER_WORKERS,
};

static int check(const struct setup *s, char *why, size_t size)
{
    (void)s;
    (void)why;
    (void)size;
    return 0;
}

static uint64_t passes(const struct setup *s)
{
    return s->values[PASSES];
}

static uint64_t runners(const struct setup *s)
{
    return s->values[RUNNERS];
}

/* Between a call and a thread that is woken; one takes 10 us to start. */
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    return passes(s) * (at_once > 1 ? 1000 : 2) + runners(s) * 10000;
}

/* On a busy machine each hand-over may cost a scheduler's slice. */
static uint64_t patience_ns(const struct setup *s)
{
    return passes(s) * 100000 + runners(s) * 200000;
}

static size_t results_size(const struct setup *s)
{
    (void)s;
    return sizeof(struct relay_results);
}

static size_t slots_size(const struct setup *s)
{
    return runners(s) * sizeof(struct relay_slot);
}

/*
 * The slots are no results, and the same ones for each iteration: new ones
 * would be in no cache when the token comes for the first time.
 */
static int prepare(struct work *w, const struct setup *s)
{
    struct relay *job = calloc(1, sizeof(*job));
    void *slots = mmap(NULL, slots_size(s), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (!job || slots == MAP_FAILED) {
        if (slots != MAP_FAILED)
            munmap(slots, slots_size(s));
        free(job);
        return -ENOMEM;
    }
    *job = (struct relay){.runners = runners(s),
                          .passes = passes(s),
                          .workers = s->values[N_WORKERS],
                          .slots = slots};
    *w = (struct work){.job = job};
    return 0;
}

static void aim(struct work *w, const struct setup *s, void *results)
{
    struct relay_results *r = results;
    struct relay *job = w->job;

    memset(job->slots, 0, slots_size(s));
    r->gate.expected = (uint32_t)runners(s);
    r->gate.sample_peak = w->sample_peak;
    r->gate.trace = w->trace;
    job->token = &r->token;
    job->gate = &r->gate;
}

static void finish(struct work *w)
{
    struct relay *job = w->job;

    munmap(job->slots, job->runners * sizeof(*job->slots));
    free(job);
    w->job = NULL;
}

/* What was wrong, in words; "": nothing. */
static void describe(const struct setup *s, const struct relay_results *r,
                     char *text, size_t size)
{
    const struct relay_token *t = &r->token;

    *text = '\0';
    if (t->wrong != t->right)
        snprintf(text, size,
                 "at pass %" PRIu64 " runner %" PRIu64
                 " carried the token, and it was the turn of runner %" PRIu64,
                 t->made + 1, t->wrong, t->right);
    else if (t->made != passes(s) || !t->ended_ns)
        snprintf(text, size, "passes made %" PRIu64 ", should be %" PRIu64,
                 t->made, passes(s));
    else if (r->gate.entered != runners(s) || r->gate.left != runners(s))
        snprintf(text, size,
                 "%" PRIu32 " runners came and %" PRIu32
                 " left, should be %" PRIu64,
                 r->gate.entered, r->gate.left, runners(s));
}

static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results, struct findings *f)
{
    const struct relay_results *r = results;
    uint64_t ns = r->token.ended_ns - r->token.begun_ns;
    char text[sizeof(f->text)];

    (void)w;
    (void)expected;
    f->iterations++;
    if (r->gate.peak > f->peak)
        f->peak = r->gate.peak;
    describe(s, r, text, sizeof(text));
    if (!*text) {
        f->inner_ns += ns;
        f->metrics[RELAY_PASS_NS] +=
            passes(s) ? (double)ns / (double)passes(s) : 0;
        return;
    }
    f->wrong_iterations++;
    f->broken_iterations++;
    if (!f->text[0])
        memcpy(f->text, text, sizeof(text));
}

const struct workload workload_relay = {
    .name = "relay",
    .summary = "runners in a ring pass one token on",
    .kind = &kind_relay,
    .item = "pass",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .check = check,
    .items = passes,
    .tasks = runners,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .results_size = results_size,
    .prepare = prepare,
    .aim = aim,
    .finish = finish,
    .judge = judge,
};
