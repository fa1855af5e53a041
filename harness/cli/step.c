/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a model's tasks, one at a time: by chance, or by a schedule. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/predict.h"
#include "harness/cli/step_show.h"
#include "harness/watch/schedule.h"
#include "harness/watch/step_words.h"
#include "harness/watch/stepper.h"

/* Each increment is some lines and some hundred bytes of memory. */
enum { MOST_INCREMENTS = 10000000 };

struct command {
    struct asked asked;
    const struct workload *workload;
    const struct model *model;
    const char *file, *trace;
    uint64_t tasks, increments;
    bool typed_tasks, typed_increments;
    struct schedule schedule;
    struct setup setup;
    struct prediction prediction;
    struct step_show show;
};

static const struct option_row rows[] = {
    {"model", "M", "The model (required, unless the schedule names it)",
     OPTION_MODEL, offsetof(struct command, model), 0, NULL, 'm'},
    {"tasks", "N", "Tasks that count at once (default: 2)", OPTION_NUMBER,
     offsetof(struct command, tasks), offsetof(struct command, typed_tasks),
     NULL, 0, 1, 10000},
    {"increments", "N", "Increments that each task makes (default: 2)",
     OPTION_NUMBER, offsetof(struct command, increments),
     offsetof(struct command, typed_increments), NULL, 0, 1, MOST_INCREMENTS},
    {"seed", "S",
     "Seed for the choice of the next task (default: random, printed)",
     OPTION_NUMBER, ASKED(seed), ASKED(seeded), NULL, 's', 0, UINT32_MAX},
    {"schedule", "FILE", "Take the steps of this schedule; -: standard input",
     OPTION_TEXT, offsetof(struct command, file), 0, NULL},
    {"trace", "FILE", "Write the steps as a trace for Perfetto", OPTION_TEXT,
     offsetof(struct command, trace), 0, NULL},
    {0},
};

static const char *mixture(const void *command)
{
    const struct command *c = command;

    return c->file && c->asked.seeded
               ? "--seed and --schedule exclude each other"
               : NULL;
}

static bool parse(struct command *c, int argc, char *argv[])
{
    char name[128], doc[1024];
    const struct options options = {.tables = {rows},
                                    .common =
                                        COMMON_MODEL_FILE | COMMON_PREDICT,
                                    .doc = doc,
                                    .mixture = mixture};

    snprintf(name, sizeof(name), "%s %s", argv[0], c->workload->name);
    snprintf(doc, sizeof(doc),
             "%s: %s. Holds each task of a model before each load and store "
             "of the counter, and before locks and hand-overs; lets one go on "
             "at a time, and prints each step.\v"
             "Examples:\n"
             "  baton %s --model thread-per-socket --seed 7\n"
             "  baton %s --model locked --tasks 3\n"
             "  baton %s --schedule lost.txt",
             c->workload->name, c->workload->summary, name, name, name);
    argv[1] = name;
    return options_read(&options, argc - 1, argv + 1, c);
}

/* What is not typed, the schedule says. */
static int read_schedule(struct command *c)
{
    char why[256] = "";

    if (!c->file)
        return EXIT_DONE;
    if (schedule_read_file(c->file, &c->schedule, why, sizeof(why)))
        return complain_usage("%s", why);
    if (!c->typed_tasks)
        c->tasks = c->schedule.tasks;
    if (!c->typed_increments)
        c->increments = c->schedule.increments;
    if (!c->model && c->schedule.model[0])
        c->model = model_find(c->schedule.model);
    if (!c->model && c->schedule.model[0])
        return complain_model(c->schedule.model);
    if (c->model &&
        schedule_fits(&c->schedule, c->workload->name, c->model->name, c->tasks,
                      c->increments, why, sizeof(why)))
        return complain_usage("%s", why);
    return EXIT_DONE;
}

static void set(struct command *c, const char *name, uint64_t value)
{
    for (size_t i = 0; i < c->workload->n_parameters; i++)
        if (strcmp(c->workload->parameters[i].name, name) == 0)
            c->setup.values[i] = value;
}

static int check(struct command *c, const struct stepper_job *job)
{
    char why[256];

    if (!c->model)
        return complain_usage(
            "which model? --model NAME; `baton list` shows them");
    workload_presets(c->workload, c->setup.values);
    set(c, "tasks", c->tasks);
    set(c, "increments", c->increments);
    if (stepper_gap(job))
        return complain_usage("%s with %s: %s", c->workload->name,
                              c->model->name, stepper_gap(job));
    if (c->increments > MOST_INCREMENTS / c->tasks)
        return complain_usage("%" PRIu64 " tasks with %" PRIu64
                              " increments are too many steps: at most %d "
                              "increments in all",
                              c->tasks, c->increments, MOST_INCREMENTS);
    if (c->workload->check && c->workload->check(&c->setup, why, sizeof(why)))
        return complain_usage("%s", why);
    if (model_probe(c->model))
        return complain_broken("%s: %s", c->model->name,
                               strerror(-model_probe(c->model)));
    return output_check(c->trace) ? EXIT_BROKEN : EXIT_DONE;
}

static int ask(struct command *c)
{
    if (!predict_wanted(&c->asked))
        return EXIT_DONE;
    if (prediction_begin(&c->prediction, complain))
        return EXIT_BROKEN;
    prediction_add(&c->prediction, "step-final", NULL, NULL, NULL, 0);
    prediction_add(&c->prediction, "step-erased", NULL, NULL, NULL, 0);
    return predict_ask(&c->prediction, &c->asked);
}

static void show_more(void *context)
{
    step_show_more(context);
}

static int take_steps(struct command *c, struct stepper *s, char *why,
                      size_t size)
{
    uint64_t random = c->asked.seed;
    int error = 0;

    if (c->file)
        return stepper_play(s, &c->schedule, show_more, &c->show, why, size);
    while (!error && !stepper_over(s)) {
        error = stepper_random(s, &random);
        step_show_more(&c->show);
        if (ferror(stdout))
            return -EPIPE;
    }
    if (error && !stepper_stuck(s, why, size))
        snprintf(why, size, "%s", strerror(-error));
    return error;
}

static void print_head(const struct command *c)
{
    printf("%s with %s: %" PRIu64 " task%s, %" PRIu64 " increment%s each, ",
           c->workload->name, c->model->name, c->tasks,
           c->tasks == 1 ? "" : "s", c->increments,
           c->increments == 1 ? "" : "s");
    if (c->file)
        printf("schedule %s\n", c->file);
    else
        printf("seed %" PRIu64 "\n", c->asked.seed);
    step_show_head(&c->show);
}

static int64_t sum_erased(const struct stepper *s)
{
    size_t n;
    const struct step *log = stepper_log(s, &n);
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += log[i].erased;
    return sum;
}

/* All steps are taken. */
static int conclude(struct command *c, struct stepper *s)
{
    uint64_t items = stepper_items(s), counter = stepper_counter(s);
    int64_t erased = sum_erased(s);
    char reasons[1024];

    printf("The counter is %" PRIu64 " of %" PRIu64, counter, items);
    if (erased)
        printf(": stores have erased %" PRId64 " update%s.\n", erased,
               erased == 1 ? "" : "s");
    else
        printf("%s.\n", counter == items ? ": no update is lost" : "");
    stepper_reasons(s, reasons, sizeof(reasons));
    if (!erased)
        printf("%s", reasons);
    if (predict_wanted(&c->asked)) {
        prediction_answer(&c->prediction, 0, prediction_exact((double)counter));
        prediction_answer(&c->prediction, 1, prediction_exact((double)erased));
        predict_show(&c->prediction, &c->asked);
    }
    if (c->trace && output_text(c->trace, stepper_trace(s)))
        return EXIT_BROKEN;
    return counter != items && cell_promised_exact(c->workload, c->model)
               ? EXIT_FINDING
               : EXIT_DONE;
}

/* A deadlock is the model's, anything else the schedule's or the machine's. */
static int give_up(const struct command *c, const struct stepper *s, int error,
                   const char *why)
{
    char stuck[512];

    if (error == -EPIPE && output_flush()) /* it has complained */
        return EXIT_BROKEN;
    if (stepper_stuck(s, stuck, sizeof(stuck))) {
        printf("%s\n", stuck);
        return EXIT_FINDING;
    }
    return c->file && (error == -EINVAL || error == -ERANGE)
               ? complain_usage("%s: %s", c->file, why)
               : complain_broken("%s", why);
}

static int run(struct command *c, const struct stepper_job *job)
{
    struct stepper *s;
    char why[512] = "";
    int error = stepper_create(job, &s, why, sizeof(why)), status;

    if (error)
        return complain_broken("%s with %s: %s", c->workload->name,
                               c->model->name, why);
    c->show.stepper = s;
    print_head(c);
    error = take_steps(c, s, why, sizeof(why));
    /* Its threads may wait without end: they go with the program. */
    if (error)
        return give_up(c, s, error, why);
    status = conclude(c, s);
    stepper_destroy(s, NULL);
    return status;
}

int cli_step(int argc, char *argv[])
{
    struct command c = {.tasks = 2, .increments = 2};
    int status = read_command_workload(
        argc, argv, "--model M [OPTION...]",
        "  baton step counter --model thread-per-socket --seed 7\n"
        "  baton step counter-split --model libuv --tasks 3\n"
        "  baton step counter --model locked --predict",
        &c.workload);

    if (status || !c.workload)
        return status;
    if (!parse(&c, argc, argv))
        return EXIT_USAGE;
    if (!c.file && !c.asked.seeded)
        c.asked.seed = random_seed();
    status = read_schedule(&c);
    if (!status) {
        const struct stepper_job job = {c.model, c.workload, &c.setup};

        status = check(&c, &job);
        if (!status)
            status = ask(&c);
        if (!status)
            status = run(&c, &job);
    }
    prediction_finish(&c.prediction);
    schedule_finish(&c.schedule);
    return status;
}
