/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/chrome.h"
#include "harness/process/interrupt.h"
#include "harness/sample/tracer.h"

struct command {
    struct asked asked;
    struct sweeps sweeps; /* of one value each */
    const struct model *model;
    struct sample sample; /* the traced one */
    struct traces traces;
};

static const struct option_row rows[] = {
    {"model", "M", "The model (required)", OPTION_MODEL,
     offsetof(struct command, model), 0, NULL},
    {"out", "FILE", "Write there (default: standard output)", OPTION_TEXT,
     ASKED(out), 0, NULL},
    {"pin", "CPUS|none", "The sample runs on these CPUs, as 0-2,5", OPTION_PIN,
     ASKED(pin), ASKED(pinned), NULL},
    {0},
};

static bool parse_command(struct command *c, int argc, char *argv[])
{
    const struct workload *w = c->sweeps.workload;
    char doc[1024];
    const struct options options = {.tables = {rows},
                                    .common = COMMON_MODEL_FILE | COMMON_SEED,
                                    .sweeps = &c->sweeps,
                                    .doc = doc};

    snprintf(doc, sizeof(doc),
             "%s: %s. Records one iteration of one model: when each task ran, "
             "what it waited for, and which task ran next: after a hand-over, "
             "or because a thread was preempted, slept or ended. Perfetto "
             "(ui.perfetto.dev) and chrome://tracing open the file.\v"
             "Examples:\n"
             "  baton trace %s --model libuv --out trace.json\n"
             "  baton trace %s --model thread-per-socket --%s 8 > trace.json",
             w->name, w->summary, w->name, w->name, w->parameters[0].name);
    if (!options_read(&options, argc, argv, c))
        return false;
    if (!c->model)
        complain("which model? --model NAME; `baton list` shows them");
    return c->model;
}

/* About so much of an increment that yields is in the file. */
enum { ITEM_BYTES = 600, LARGE_BYTES = 10000000 };

/*
 * Before anything starts.  What fits into the tracer's memory is the most that
 * there can be.
 */
static void warn_of_size(const struct command *c, const struct setup *setup)
{
    const struct workload *w = c->sweeps.workload;
    uint64_t items = w->items(setup);
    double bytes = ITEM_BYTES *
                   (double)(items < TRACER_CAPACITY ? items : TRACER_CAPACITY);

    if (!w->split || bytes < LARGE_BYTES)
        return;
    fprintf(stderr,
            "each %s yields once: the file can become as large as %.0f MB;"
            " smaller:",
            w->item, bytes / 1e6);
    for (size_t i = 0; i < w->n_parameters; i++)
        if (w->parameters[i].size)
            fprintf(stderr, " --%s", w->parameters[i].name);
    fputc('\n', stderr);
}

static int on_trace(void *context, const struct sample *s,
                    const struct trace *trace)
{
    struct command *c = context;

    c->sample = *s;
    return trace ? traces_add(&c->traces, s, trace) : 0;
}

static int take(struct command *c)
{
    const struct cell_parts parts = {.workload = c->sweeps.workload,
                                     .model = c->model};
    struct setup setup = {.seed = c->asked.seed};
    struct plan plan = {0}, traced = {0};
    struct run run = {
        .plan = &plan,
        .traced = &traced,
        .pin = c->asked.pin,
        .on_trace = on_trace,
        .context = c,
    };
    int status;

    for (size_t i = 0; i < parts.workload->n_parameters; i++)
        setup.values[i] = c->sweeps.of[i].values[0];
    status = choose_cell(&traced, &parts, &setup, true);
    if (!status) {
        warn_of_size(c, &setup);
        interrupt_catch();
        if (run_cells(&run))
            status = complain_broken("%s", run.why);
        interrupt_release();
    }
    plan_finish(&traced);
    return status;
}

/* Prints what the trace itself does not show. */
static int describe(const struct command *c, const struct traced *t)
{
    if (c->sample.status != STATUS_OK && c->sample.status != STATUS_WRONG)
        return complain_broken("%s with %s %s: %s", t->workload, t->model,
                               status_name(c->sample.status), c->sample.text);
    fprintf(stderr, "%s with %s: %.3f ms, %zu events, %u thread%s\n",
            t->workload, t->model, (double)t->duration_ns / 1e6, t->n,
            t->threads, t->threads == 1 ? "" : "s");
    if (c->sample.status == STATUS_WRONG) {
        fprintf(stderr, "the result was wrong: %s\n", c->sample.text);
        if (c->sample.broken_iterations ||
            cell_promised_exact(c->sweeps.workload, c->model))
            return EXIT_FINDING;
    }
    if (t->dropped)
        fprintf(stderr,
                "the trace buffer was full after %.3f ms: at least %" PRIu64
                " later events are missing; use a smaller workload\n",
                (double)t->whole_ns / 1e6, t->dropped);
    if (t->switches_error)
        fprintf(stderr,
                "context switches are not recorded (%s): the trace cannot "
                "show when a thread was stopped%s\n",
                strerror(t->switches_error),
                t->switches_error == EACCES || t->switches_error == EPERM
                    ? "; as root, `sysctl kernel.perf_event_paranoid=2` allows "
                      "it where no container forbids it"
                    : "");
    return EXIT_DONE;
}

static int write_trace(const struct command *c, const struct traced *t,
                       int status)
{
    struct timeline line = {0};
    char *text = NULL;
    int error = timeline_build(t, &line);

    if (!error)
        text = chrome_trace(t, &line);
    if (text)
        fprintf(stderr, "writing %.1f MB%s%s\n", (double)strlen(text) / 1e6,
                c->asked.out ? " to " : "", c->asked.out ? c->asked.out : "");
    error = output_text(c->asked.out, text);
    free(text);
    timeline_finish(&line);
    return error ? EXIT_BROKEN : status;
}

static int trace(struct command *c)
{
    int status;

    if (output_check(c->asked.out))
        return EXIT_BROKEN;
    status = take(c);
    if (!status && c->traces.n == 0)
        status = complain_broken("there is no trace: %s", c->sample.text);
    if (!status)
        status = describe(c, &c->traces.items[0]);
    /* A wrong result can be seen in the trace. */
    if (status == EXIT_DONE || status == EXIT_FINDING)
        status = write_trace(c, &c->traces.items[0], status);
    traces_finish(&c->traces);
    return status;
}

int cli_trace(int argc, char *argv[])
{
    struct command c = {0};
    const struct workload *w;
    int status = read_command_workload(
        argc, argv, "--model M [OPTION...]",
        "  baton trace download --model libuv --n 8 > trace.json\n"
        "  baton trace counter --model locked --tasks 8 --out trace.json\n\n"
        "The file opens in Perfetto (ui.perfetto.dev).",
        &w);

    if (status || !w)
        return status;
    sweeps_init(&c.sweeps, w, 1);
    if (!parse_command(&c, argc, argv))
        return EXIT_USAGE;
    return trace(&c);
}
