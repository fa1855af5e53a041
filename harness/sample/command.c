/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/command.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/results/clean.h"
#include "harness/process/child.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

static const uint64_t target_ns = 20 * NS_PER_MS;
/* Ten times what the calibration took; what it should take is not known. */
static const uint64_t first_patience_ns = 600 * NS_PER_S;

struct commands {
    struct taker taker;
    char **argv[SIDE_N];
    gsl_rng *random;
    int nowhere; /* /dev/null */
    uint64_t start_ns;
    uint64_t runs; /* in a sample; 0 until calibrated */
    uint64_t run_ns;
};

/* With the first line of what it wrote before it failed. */
static void describe_failure(const struct child *child, struct sample *s)
{
    char line[100], words[100] = "", end[128];

    s->status = child->hung                       ? STATUS_HUNG
                : WIFSIGNALED(child->wait_status) ? STATUS_CRASHED
                                                  : STATUS_FAILED;
    child_describe_end(child, end, sizeof(end));
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(child->report, "\n"),
             child->report);
    if (!child->hung)
        clean_text(line, false, words, sizeof(words));
    snprintf(s->text, sizeof(s->text), "%s%s%s", end, words[0] ? " " : "",
             words);
}

/* Its standard error is heard; 0 or -errno. */
static int spawn(struct commands *c, enum sample_side side, struct child *child)
{
    const struct child_setup setup = {
        .program = c->argv[side][0],
        .argv = c->argv[side],
        .padding = gsl_rng_uniform_int(c->random, CHILD_PADDING),
        .fds = (const struct child_fd[]){{c->nowhere, STDOUT_FILENO}, {-1, -1}},
        .heard = STDERR_FILENO,
    };
    int error = child_spawn(child, &setup);

    if (!error && child->pidfd < 0) {
        child_reap(child);
        return -ENOSYS; /* its end could not be waited for */
    }
    return error;
}

/* One run; 0, also when it failed, which s->status says. */
static int run_once(struct commands *c, enum sample_side side, struct sample *s)
{
    char said[CHILD_REPORT];
    struct child child = {.report = said};
    int error = spawn(c, side, &child);

    if (error) {
        snprintf(c->taker.why, sizeof(c->taker.why), "cannot run %.160s: %s",
                 c->argv[side][0], strerror(-error));
        return error;
    }
    child.deadline_ns =
        child.spawned_ns +
        (c->run_ns ? 10 * (c->run_ns < NS_PER_S ? NS_PER_S : c->run_ns)
                   : first_patience_ns);
    error = child_attend(&child);
    child_reap(&child);
    s->real_ns += (double)(child.ended_ns - child.spawned_ns);
    s->cpu_ns += child_cpu_ns(&child.usage);
    s->voluntary += (uint64_t)child.usage.ru_nvcsw;
    s->involuntary += (uint64_t)child.usage.ru_nivcsw;
    if (!error && (child.hung || child.wait_status != 0))
        describe_failure(&child, s);
    return error;
}

static void identify(const struct commands *c, enum sample_side side,
                     struct sample *s)
{
    const char *name = strrchr(c->argv[side][0], '/');

    machine_host(s->host, sizeof(s->host));
    s->part = 1;
    strcpy(s->workload, "command");
    snprintf(s->model, sizeof(s->model), "%s",
             name ? name + 1 : c->argv[side][0]);
    s->items = 1;
}

static int run_all(struct commands *c, enum sample_side side, uint64_t runs,
                   struct sample *s)
{
    int error = 0;

    for (uint64_t i = 0; i < runs && !error && s->status == STATUS_OK; i++) {
        error = run_once(c, side, s);
        s->iterations += !error;
    }
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
    s.start_ns = begin_ns - c->start_ns;
    error = run_all(c, side, c->runs ? c->runs : 3, &s);
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

struct commands *commands_create(char **base, char **cand, uint64_t seed,
                                 uint64_t start_ns)
{
    struct commands *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->random = gsl_rng_alloc(gsl_rng_mt19937);
    c->nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (!c->random || c->nowhere < 0) {
        commands_destroy(c);
        return NULL;
    }
    gsl_rng_set(c->random, (unsigned long)seed);
    c->argv[SIDE_BASE] = c->argv[SIDE_COPY] = base;
    c->argv[SIDE_CAND] = cand;
    c->start_ns = start_ns;
    c->taker = (struct taker){
        .n = 1, .take = take, .expected_ns = expected_ns, .context = c};
    return c;
}

void commands_destroy(struct commands *c)
{
    if (!c)
        return;
    if (c->random)
        gsl_rng_free(c->random);
    if (c->nowhere >= 0)
        close(c->nowhere);
    free(c);
}

struct taker *commands_taker(struct commands *c)
{
    return &c->taker;
}
