/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/command.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/results/clean.h"
#include "harness/results/text.h"
#include "harness/process/child.h"
#include "harness/process/drain.h"
#include "harness/sample/machine.h"
#include "harness/sample/process_usage.h"
#include "workloads/clock.h"

static const uint64_t target_ns = 20 * NS_PER_MS;
/* Of a candidate far slower than base, a sample has fewer runs. */
static const uint64_t most_ns = 200 * NS_PER_MS;

struct commands {
    struct taker taker;
    struct commands_setup setup;
    char ***variants[2]; /* [setup.variants]: the words of each; or NULL */
    gsl_rng *random;
    struct drain drain;
    int output; /* what standard output is; `file`: of this process */
    bool file;
    uint64_t runs, cand_runs; /* in a sample; 0 until calibrated */
    uint64_t run_ns;
};

/* With the first line of what it wrote before it failed. */
static void describe_failure(const struct child *child, struct sample *s)
{
    char line[100] = "", end[128];

    s->status = child->hung                       ? STATUS_HUNG
                : WIFSIGNALED(child->wait_status) ? STATUS_CRASHED
                                                  : STATUS_FAILED;
    child_describe_end(child, end, sizeof(end));
    if (!child->hung)
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(child->report, "\n"),
                 child->report);
    snprintf(s->text, sizeof(s->text), "%s%s%s", end, line[0] ? " " : "", line);
}

static char **words_of(const struct commands *c, enum sample_side side)
{
    bool cand = side == SIDE_CAND;
    unsigned n = c->taker.variant;

    return c->variants[cand] ? c->variants[cand][n ? n - 1 : 0]
                             : c->setup.words[cand];
}

/* Its report is its standard error; 0 or -errno. */
static int spawn(struct commands *c, enum sample_side side, struct child *child)
{
    const struct child_setup setup = {
        .program = words_of(c, side)[0],
        .argv = words_of(c, side),
        .padding = gsl_rng_uniform_int(c->random, CHILD_PADDING),
        .fds = (const struct child_fd[]){{c->output, STDOUT_FILENO}, {-1, -1}},
        .heard = STDERR_FILENO,
    };
    int error;

    /* A device has no size. */
    if (c->file && ftruncate(c->output, 0) == 0)
        lseek(c->output, 0, SEEK_SET);
    error = child_spawn(child, &setup);
    if (!error && child->pidfd < 0) {
        child_reap(child);
        return -ENOSYS; /* its end could not be waited for */
    }
    return error;
}

static uint64_t thread_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* One run; 0, also when it failed: then s->status is set. */
static int run_once(struct commands *c, enum sample_side side, struct sample *s)
{
    char said[CHILD_REPORT];
    struct child child = {.report = said, .drain = &c->drain};
    uint64_t cpu_ns;
    int error = spawn(c, side, &child);

    if (error) {
        snprintf(c->taker.why, sizeof(c->taker.why), "cannot run %.160s: %s",
                 words_of(c, side)[0], strerror(-error));
        return error;
    }
    child.deadline_ns =
        child.spawned_ns +
        (c->run_ns ? 10 * (c->run_ns < NS_PER_S ? NS_PER_S : c->run_ns)
                   : c->setup.patience_ns);
    cpu_ns = thread_cpu_ns();
    error = child_attend(&child);
    s->sink_cpu_ns += (double)(thread_cpu_ns() - cpu_ns);
    child_reap(&child);
    s->children_left += usage_end_children();
    s->real_ns += (double)(child.ended_ns - child.spawned_ns);
    s->cpu_ns += child_cpu_ns(&child.usage);
    s->voluntary += (uint64_t)child.usage.ru_nvcsw;
    s->involuntary += (uint64_t)child.usage.ru_nivcsw;
    if (!error && (child.hung || child.wait_status != 0))
        describe_failure(&child, s);
    return error;
}

/* What is too long ends in a hash of all of it, so that no two are one. */
static void fit(const char *text, char *out, size_t size)
{
    char end[24];

    clean_text(text, false, out, size);
    if (strlen(text) < size)
        return;
    snprintf(end, sizeof(end), "...%016" PRIx64,
             (uint64_t)XXH3_64bits(text, strlen(text)));
    out[clean_length(text, (int)(size - sizeof(end)))] = '\0';
    strcat(out, end);
}

static void identify(const struct commands *c, enum sample_side side,
                     struct sample *s)
{
    bool cand = side == SIDE_CAND;
    const char *name = c->setup.names[cand];

    machine_host(s->host, sizeof(s->host));
    s->part = 1;
    strcpy(s->workload, SAMPLE_COMMAND);
    /* All its variants are one cell. */
    fit(name ? name : basename(c->setup.words[cand][0]), s->model,
        sizeof(s->model));
    fit(c->setup.arguments[cand], s->parameters, sizeof(s->parameters));
    s->items = 1;
}

/* The count is settled by each side's first sample, and none later. */
static int run_all(struct commands *c, enum sample_side side, struct sample *s)
{
    bool first = side == SIDE_CAND && !c->cand_runs;
    uint64_t runs = !c->runs                            ? 3
                    : side == SIDE_CAND && c->cand_runs ? c->cand_runs
                                                        : c->runs;
    int error = 0;

    for (uint64_t i = 0; i < runs && !error && s->status == STATUS_OK &&
                         !(first && s->real_ns >= (double)most_ns);
         i++) {
        error = run_once(c, side, s);
        s->iterations += !error;
    }
    if (first && !error && s->status == STATUS_OK)
        c->cand_runs = s->iterations;
    return error;
}

static int take(void *context, size_t cell, enum sample_side side,
                struct sample *ret)
{
    struct commands *c = context;
    uint64_t begin_ns = clock_ns(), steal = machine_steal();
    struct sample s = {.status = STATUS_OK, .load1 = machine_load()};
    int error;

    (void)cell;
    identify(c, side, &s);
    s.start_ns = begin_ns - c->setup.start_ns;
    error = run_all(c, side, &s);
    if (error) {
        if (error == -EINTR)
            snprintf(c->taker.why, sizeof(c->taker.why), "interrupted");
        return error;
    }
    s.wall_ns = clock_ns() - begin_ns;
    s.inside_ns = s.wall_ns;
    s.steal_ticks = machine_steal() - steal;
    if (s.iterations) {
        s.real_ns /= (double)s.iterations;
        s.cpu_ns /= (double)s.iterations;
        s.sink_cpu_ns /= (double)s.iterations;
        s.clock_ns = s.real_ns;
    }
    if (!c->runs && s.status == STATUS_OK) {
        c->run_ns = (uint64_t)s.real_ns + 1;
        c->runs = 1 + target_ns / c->run_ns;
    }
    *ret = s;
    return 0;
}

static uint64_t expected_ns(void *context, size_t cell)
{
    const struct commands *c = context;

    (void)cell;
    return c->runs * c->run_ns;
}

/* 0 or -errno. */
static int open_output(struct commands *c, const char *output)
{
    const char *path = strcmp(output, "null") == 0 ? "/dev/null" : output;

    c->file = strcmp(output, "pipe") != 0;
    c->output = c->file ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)
                        : c->drain.write;
    return c->output < 0 ? -errno : 0;
}

static char **number_words(char *const words[], unsigned number)
{
    char text[16], **result;
    size_t n = 0;

    while (words[n])
        n++;
    result = calloc(n + 1, sizeof(*result));
    snprintf(text, sizeof(text), "%u", number);
    for (size_t i = 0; result && i < n; i++)
        if (!(result[i] = text_replace(words[i], "{n}", text)))
            return NULL;
    return result;
}

static int number_all(struct commands *c)
{
    for (int side = 0; side < 2 && c->setup.variants; side++) {
        c->variants[side] = calloc(c->setup.variants, sizeof(char **));
        if (!c->variants[side])
            return -ENOMEM;
        for (unsigned i = 0; i < c->setup.variants; i++) {
            c->variants[side][i] = number_words(c->setup.words[side], i + 1);
            if (!c->variants[side][i])
                return -ENOMEM;
        }
    }
    return 0;
}

static void free_words(struct commands *c, char ***variants)
{
    for (unsigned i = 0; variants && i < c->setup.variants; i++) {
        for (char **word = variants[i]; word && *word; word++)
            free(*word);
        free(variants[i]);
    }
    free(variants);
}

int commands_create(const struct commands_setup *setup, struct commands **ret)
{
    struct commands *c = calloc(1, sizeof(*c));
    int error;

    if (!c)
        return -ENOMEM;
    c->drain = (struct drain){-1, -1, -1};
    c->output = -1;
    c->setup = *setup;
    c->random = gsl_rng_alloc(gsl_rng_mt19937);
    error = c->random ? drain_open(&c->drain) : -ENOMEM;
    if (!error)
        error = number_all(c);
    if (!error)
        error = open_output(c, setup->output);
    if (error) {
        commands_destroy(c);
        return error;
    }
    gsl_rng_set(c->random, (unsigned long)setup->seed);
    c->taker = (struct taker){
        .n = 1, .take = take, .expected_ns = expected_ns, .context = c};
    *ret = c;
    return 0;
}

void commands_destroy(struct commands *c)
{
    if (!c)
        return;
    if (c->random)
        gsl_rng_free(c->random);
    if (c->file && c->output >= 0)
        close(c->output);
    drain_close(&c->drain);
    free_words(c, c->variants[0]);
    free_words(c, c->variants[1]);
    free(c);
}

struct taker *commands_taker(struct commands *c)
{
    return &c->taker;
}
