/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton autopsy`: its options, and runs without a log. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/cli/autopsy.h"
#include "harness/results/array.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

enum { USUAL_RUNS = 1000, MOST_RUNS = 1000000, MOST_PLACES = 8000000 };
static const uint64_t usual_ns = 4 * NS_PER_S;

#define AT(member) offsetof(struct autopsy, member)
static const struct option_row rows[] = {
    {"model", "M", "The model (default: the first that may lose updates)",
     OPTION_MODEL, AT(model), 0, NULL},
    {"runs", "N", "Runs without a log (default: 1000, or 4 s of them)",
     OPTION_NUMBER, AT(n_runs), 0, NULL, 'r', 1, MOST_RUNS},
    {"pin", "CPUS|none", "All tasks run on these CPUs, as 0-2,5", OPTION_PIN,
     ASKED(pin), ASKED(pinned), NULL},
    {"long", NULL,
     "Show all values, what the log costs, and losses side by side", OPTION_ON,
     AT(full), 0, NULL, 'l'},
    {"finals", "FD", NULL, OPTION_NUMBER, AT(finals_fd), 0, NULL, 0, 3,
     1 << 20},
    {0},
};

static bool read_options(struct autopsy *a, int argc, char *argv[])
{
    const struct workload *w = a->sweeps.workload;
    char doc[1400];
    const struct options options = {.tables = {rows},
                                    .common = COMMON_MODEL_FILE | COMMON_JSON,
                                    .sweeps = &a->sweeps,
                                    .doc = doc};

    snprintf(doc, sizeof(doc),
             "%s: %s. Shows which last values many runs end with; then logs "
             "runs of a second build of the model, for up to 2 s, until a lost "
             "update is found, and explains the worst one: which task read "
             "what, how long it held the value, and what it stored over. Tiny "
             "work (2 tasks of at most 20 increments) is also counted by two "
             "bare threads on two CPUs, a million times.\v"
             "Examples:\n"
             "  baton autopsy %s\n"
             "  baton autopsy %s --long\n"
             "  baton autopsy %s --tasks 2 --increments 5\n"
             "  baton autopsy %s --model locked --runs 100 --json",
             w->name, w->summary, w->name, w->name, w->name, w->name);
    return options_read(&options, argc, argv, a);
}

/* The limits of the log, and those that any run has. */
static int check(struct autopsy *a)
{
    const struct cell_parts parts = {.workload = a->run.workload,
                                     .model = a->model};
    struct plan plan = {0};
    int status = choose_cell(&plan, &parts, &a->run.setup, true);

    plan_finish(&plan);
    if (status)
        return status;
    a->items = a->run.workload->items(&a->run.setup);
    a->runs.tasks = a->run.workload->tasks(&a->run.setup);
    a->runs.increments = a->items / a->runs.tasks;
    if (a->items + a->runs.tasks > MOST_PLACES)
        return complain_usage("the log has room for %d increments: choose "
                              "fewer tasks or increments",
                              MOST_PLACES);
    return EXIT_DONE;
}

int autopsy_read(int argc, char *argv[], struct autopsy *a)
{
    const struct workload *w;
    int status = read_command_workload(
        argc, argv, "[OPTION...]",
        "  baton autopsy counter\n\n"
        "Explains a lost update of a real run, and shows how runs end.",
        &w);

    if (status || !w)
        return status ? status : -1;
    sweeps_init(&a->sweeps, w, 1);
    if (!read_options(a, argc, argv))
        return EXIT_USAGE;
    if (w->kind != &kind_counting)
        return complain_usage("%s has no counter: `baton list` shows which "
                              "workloads are of the kind %s",
                              w->name, kind_counting.name);
    if (!a->model)
        a->model = first_losing(w);
    if (!a->model)
        return complain_usage(
            "which model? --model NAME; `baton list` shows them");
    a->run = (struct free_run){.workload = w, .model = a->model};
    for (size_t i = 0; i < w->n_parameters; i++)
        a->run.setup.values[i] = a->sweeps.of[i].values[0];
    a->exact = cell_promised_exact(w, a->model);
    return check(a);
}

static void on_alarm(int signal)
{
    static const char text[] =
        "baton: a run of the model takes too long: it hangs, or is too large\n";

    (void)signal;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(EXIT_BROKEN);
    _exit(EXIT_BROKEN);
}

int autopsy_prepare(struct autopsy *a)
{
    int error = a->asked.pin ? machine_pin(a->asked.pin) : 0;

    if (!error)
        error = free_run_prepare(&a->run);
    signal(SIGALRM, on_alarm);
    return error ? complain_broken("%s cannot be prepared: %s", a->model->name,
                                   strerror(-error))
                 : EXIT_DONE;
}

int autopsy_take_run(struct autopsy *a, uint64_t **finals, size_t *n)
{
    uint64_t patience_ns = a->run.workload->patience_ns(&a->run.setup), final;
    int error;

    alarm((unsigned)(10 + patience_ns / NS_PER_S));
    error = free_run_once(&a->run, &final);
    alarm(0);
    if (error == -EPROTO)
        return complain_broken("not all tasks of %s came to the gate and left",
                               a->model->name);
    if (!error && !ARRAY_ROOM(*finals, *n))
        error = -ENOMEM;
    if (error)
        return complain_broken("%s failed: %s", a->model->name,
                               strerror(-error));
    (*finals)[(*n)++] = final;
    return EXIT_DONE;
}

/* Those that the measured program has taken. */
static int receive(struct autopsy *a)
{
    off_t size = lseek((int)a->finals_fd, 0, SEEK_END);
    size_t n = size > 0 ? (size_t)size / sizeof(*a->finals) : 0;
    ssize_t got;

    /* The first number is the time that they took. */
    if (n < 2)
        return complain_usage("--finals is not for people");
    a->finals = calloc(n, sizeof(*a->finals));
    got = a->finals ? pread((int)a->finals_fd, a->finals, (size_t)size, 0) : -1;
    close((int)a->finals_fd);
    if (got != size)
        return complain_broken("the runs cannot be read: %s", strerror(errno));
    a->runs_ns = a->finals[0];
    a->runs.n = n - 1;
    memmove(a->finals, a->finals + 1, (n - 1) * sizeof(*a->finals));
    a->runs.finals = a->finals;
    return EXIT_DONE;
}

int autopsy_take_runs(struct autopsy *a)
{
    uint64_t begin_ns = clock_ns(), most = a->n_runs ? a->n_runs : USUAL_RUNS;
    int status = EXIT_DONE;

    if (a->finals_fd)
        return receive(a);
    if (!a->n_runs && isatty(STDERR_FILENO))
        fputs("up to 4 s of runs, then up to 3 s with a log\n", stderr);
    while (!status && a->runs.n < most &&
           (a->n_runs || clock_ns() - begin_ns < usual_ns))
        status = autopsy_take_run(a, &a->finals, &a->runs.n);
    a->runs_ns = clock_ns() - begin_ns;
    a->runs.finals = a->finals;
    return status;
}

void autopsy_finish(struct autopsy *a)
{
    free_run_finish(&a->run);
    free(a->finals);
    free(a->logged_finals);
    free(a->pair_finals);
}
