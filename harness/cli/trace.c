/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/chrome.h"
#include "harness/results/names.h"
#include "harness/results/store.h"
#include "harness/results/text.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"

enum { KEY_MODEL = 1000, KEY_SEED, KEY_OUT, KEY_PIN };

struct command {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    bool seeded;
    const char *out, *pin;
    struct sample sample; /* the traced one */
    struct traces traces;
};

static const struct argp_option fixed_options[] = {
    {"model", KEY_MODEL, "M", 0, "Which model (needed)", 1},
    MODEL_FILE_OPTION(1),
    {"out", KEY_OUT, "FILE", 0, "Write there (default: standard output)", 1},
    {"seed", KEY_SEED, "S", 0, "Of the pages (default: random)", 1},
    {"pin", KEY_PIN, "CPUS", 0, "The sample runs on these CPUs, as 0-2,5", 1},
};
enum { N_FIXED = sizeof(fixed_options) / sizeof(fixed_options[0]) };

static void parse_value(struct command *c, size_t index, const char *arg,
                        struct argp_state *state)
{
    const struct parameter *p = &c->workload->parameters[index];

    if (parameter_read(p, arg, &c->setup.values[index]))
        argp_error(state,
                   "--%s takes one number from %" PRIu64 " to %" PRIu64
                   "%s, not '%s'",
                   p->name, p->min, p->max,
                   p->kib ? " (KiB, MiB, GiB understood)" : "", arg);
}

static const struct setting settings[] = {
    SETTING(KEY_OUT, TEXT, out),
    SETTING_GIVEN(KEY_SEED, SEED, setup.seed, seeded),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;

    if (key >= KEY_PARAMETER && key < KEY_PARAMETER + MAX_PARAMETERS) {
        parse_value(c, (size_t)(key - KEY_PARAMETER), arg, state);
        return 0;
    }
    switch (key) {
    case KEY_MODEL:
        c->model = read_model(arg);
        return 0;
    case KEY_PIN:
        if (machine_check_pin(arg))
            argp_error(state,
                       "cannot run on the CPUs '%s'; write them as 0-2,5", arg);
        c->pin = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "one workload only; '%s' is too much", arg);
        return 0;
    case ARGP_KEY_END:
        if (!c->model)
            argp_error(state, "which model? --model NAME; `baton list` "
                              "shows them");
        return 0;
    default:
        return setting_take(settings, key, arg, state);
    }
}

static int parse_command(struct command *c, int argc, char *argv[])
{
    const struct workload *w = c->workload;
    struct argp_option options[MAX_PARAMETERS + N_FIXED + 1] = {0};
    char help[MAX_PARAMETERS][OPTION_HELP], doc[1024];
    static char name[64];
    struct argp argp = {.options = options, .parser = parse, .doc = doc};
    size_t n = parameter_options(w, "N", options, help);

    memcpy(options + n, fixed_options, sizeof(fixed_options));
    if (!options_known(argc - 1, argv + 1, options))
        return EINVAL;
    snprintf(doc, sizeof(doc),
             "%s: %s. Traces one iteration of one model: who ran when, waited "
             "for what, and handed over to whom. What is written opens in "
             "Perfetto (ui.perfetto.dev) and chrome://tracing.\v"
             "Examples:\n"
             "  baton trace %s --model libuv --out trace.json\n"
             "  baton trace %s --model thread-per-socket --%s 8 > trace.json",
             w->name, w->summary, w->name, w->name, w->parameters[0].name);
    snprintf(name, sizeof(name), "baton trace %s", w->name);
    argv[1] = name;
    return argp_parse(&argp, argc - 1, argv + 1, 0, NULL, c);
}

static int on_sample(void *context, const struct sample *s)
{
    (void)context;
    (void)s;
    return 0;
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
    struct plan plan = {0}, traced = {0};
    struct run run = {
        .plan = &plan,
        .traced = &traced,
        .pin = c->pin,
        .on_sample = on_sample,
        .on_trace = on_trace,
        .context = c,
    };
    char why[256];
    int error = EXIT_DONE;

    if (c->workload->check(&c->setup, why, sizeof(why))) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    if (plan_add(&traced, c->workload, c->model, &c->setup) < 0) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    if (traced.n_gaps) {
        complain("not applicable: %s cannot run %s: %s", c->model->name,
                 c->workload->name, traced.gaps[0].why);
        error = EXIT_USAGE;
    } else {
        interrupt_catch();
        if (run_cells(&run)) {
            complain("%s", run.why);
            error = EXIT_BROKEN;
        }
        interrupt_release();
    }
    plan_finish(&traced);
    return error;
}

/* What the reader of the trace must know, and does not see in it. */
static int describe(const struct command *c, const struct traced *t)
{
    if (c->sample.status != STATUS_OK && c->sample.status != STATUS_WRONG) {
        complain("%s with %s %s: %s", t->workload, t->model,
                 status_name(c->sample.status), c->sample.text);
        return EXIT_BROKEN;
    }
    fprintf(stderr, "%s with %s: %.3f ms, %zu events, %u thread%s\n",
            t->workload, t->model, (double)t->duration_ns / 1e6, t->n,
            t->threads, t->threads == 1 ? "" : "s");
    if (c->sample.status == STATUS_WRONG) {
        fprintf(stderr, "the result was wrong: %s\n", c->sample.text);
        if (c->sample.broken_iterations ||
            cell_promised_exact(c->workload, c->model))
            return EXIT_FINDING;
    }
    if (t->dropped)
        fprintf(stderr,
                "it shows the first %.3f ms: there was no room for %" PRIu64
                " later events or more; a smaller workload shows all\n",
                (double)t->whole_ns / 1e6, t->dropped);
    if (t->switches_error)
        fprintf(stderr,
                "the kernel does not tell its switches (%s): the trace cannot "
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

    if (!error) {
        text = chrome_trace(t, &line);
        error = text ? output_text(c->out, text) : -ENOMEM;
    }
    if (error)
        complain("cannot write %s: %s", c->out ? c->out : "standard output",
                 strerror(-error));
    free(text);
    timeline_finish(&line);
    return error ? EXIT_BROKEN : status;
}

static int trace(struct command *c)
{
    int status = take(c);

    if (!status && c->traces.n == 0) {
        complain("there is no trace: %s", c->sample.text);
        status = EXIT_BROKEN;
    }
    if (!status)
        status = describe(c, &c->traces.items[0]);
    /* What was wrong can be seen in it. */
    if (status == EXIT_DONE || status == EXIT_FINDING)
        status = write_trace(c, &c->traces.items[0], status);
    traces_finish(&c->traces);
    return status;
}

static int help(FILE *out, int status)
{
    fputs("Usage: baton trace WORKLOAD --model M [OPTION...]\n\nWorkloads:\n",
          out);
    for (size_t i = 0; i < n_workloads; i++)
        fprintf(out, "  %-14s %s\n", workloads[i]->name, workloads[i]->summary);
    fputs("\nExamples:\n"
          "  baton trace download --model libuv --n 8 > trace.json\n"
          "  baton trace counter --model locked --tasks 8 --out trace.json\n\n"
          "The file opens in Perfetto (ui.perfetto.dev).\n"
          "`baton trace WORKLOAD --help` lists its options.\n",
          out);
    return status;
}

int cli_trace(int argc, char *argv[])
{
    struct command c = {0};

    if (argc < 2)
        return help(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)
        return help(stdout, EXIT_DONE);
    if (argv[1][0] == '-') {
        complain("the workload comes first: baton trace WORKLOAD --model M");
        return EXIT_USAGE;
    }
    if (read_workload(argv[1], &c.workload))
        return EXIT_USAGE;
    workload_presets(c.workload, c.setup.values);
    if (parse_command(&c, argc, argv))
        return EXIT_USAGE;
    if (!c.seeded)
        c.setup.seed = random_seed();
    return trace(&c);
}
