/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sample: one process, spawned, heard, bounded in time, and judged. */
#include "harness/run/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/cell.h"
#include "harness/run/child.h"
#include "harness/run/machine.h"
#include "workloads/clock.h"

enum {
    RESULTS_FD = 3,
    TRACE_FD = 4,
    MAX_ARGS = 32,
    MAX_SLOTS = 200000,
    CALIBRATION_SLOTS = 256,
};

/*
 * What a first iteration pays besides (page faults, late binding) is below a
 * millisecond: no 0.4 % of an iteration this long, and a second one is dear.
 */
static const uint64_t cold_ns = 250 * NS_PER_MS;

static const size_t max_results = (size_t)256 << 20; /* bytes a sample */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void sampler_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

void sampler_release_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t none;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        signal(numbers[i], SIG_IGN); /* forgets the one that ended the run */
        signal(numbers[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int sampler_interrupted(void)
{
    sigset_t pending;

    sigpending(&pending);
    return interrupted || sigismember(&pending, SIGINT) ||
           sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

/* The memory that the child writes its results to. */
struct results {
    int fd;
    char *bytes;
    size_t stride, slots;
};

static uint64_t most_iterations(const struct cell *cell)
{
    size_t stride = cell->workload->results_size(&cell->setup);
    uint64_t most = max_results / stride;

    if (most > MAX_SLOTS)
        most = MAX_SLOTS;
    return most > 2 ? most - 1 : 1;
}

static int open_results(const struct cell *cell, struct results *ret)
{
    struct results r = {.fd = memfd_create("baton-results", MFD_CLOEXEC)};
    uint64_t most = most_iterations(cell);

    if (r.fd < 0)
        return -errno;
    r.stride = cell->workload->results_size(&cell->setup);
    r.slots = 1 + cell->iterations;
    if (!cell->iterations)
        r.slots = 1 + (most < CALIBRATION_SLOTS ? most : CALIBRATION_SLOTS);
    r.bytes = MAP_FAILED;
    if (ftruncate(r.fd, (off_t)(r.slots * r.stride)) == 0)
        r.bytes = mmap(NULL, r.slots * r.stride, PROT_READ | PROT_WRITE,
                       MAP_SHARED, r.fd, 0);
    if (r.bytes == MAP_FAILED) {
        int error = -errno;

        close(r.fd);
        return error;
    }
    *ret = r;
    return 0;
}

static const struct journal *journal_at(const struct results *r, size_t slot)
{
    return (const void *)(r->bytes + slot * r->stride);
}

static int keep_journal(const struct cell *cell, const struct results *r,
                        struct journal **ret)
{
    size_t size = journal_size(cell->workload->items(&cell->setup));
    size_t slot = r->slots - 1;

    while (slot > 0 && !journal_at(r, slot)->begun)
        slot--;
    *ret = malloc(size);
    if (!*ret)
        return -ENOMEM;
    memcpy(*ret, journal_at(r, slot), size);
    return 0;
}

static void close_results(struct results *r)
{
    munmap(r->bytes, r->slots * r->stride);
    close(r->fd);
}

/* The child's arguments: the request of harness/run/cell.h. */
struct request {
    char *argv[MAX_ARGS];
    size_t n;
    char text[8192];
    size_t used;
    bool full;
    bool exact_heap; /* calibrations count what is left over */
};

__attribute__((format(printf, 2, 3))) static void add(struct request *r,
                                                      const char *format, ...)
{
    size_t left = sizeof(r->text) - r->used;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(r->text + r->used, left, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= left || r->n + 1 >= MAX_ARGS) {
        r->full = true;
        return;
    }
    r->argv[r->n++] = r->text + r->used;
    r->used += (size_t)len + 1;
}

static void add_server(struct request *r, const struct setup *s)
{
    const struct sockaddr *peer = (const struct sockaddr *)&s->server.peer;
    char host[64], port[16];

    if (!s->server.peer_len ||
        getnameinfo(peer, s->server.peer_len, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    add(r, peer->sa_family == AF_INET6 ? "server=[%s]:%s" : "server=%s:%s",
        host, port);
    add(r, "host=%s", s->host);
    if (s->refused_port)
        add(r, "refused_port=%u", s->refused_port);
    if (s->deaf_port)
        add(r, "deaf_port=%u", s->deaf_port);
    if (s->path) {
        add(r, "path=%s", s->path);
        add(r, "reference_bytes=%" PRIu64, s->reference_bytes);
    }
}

static bool is_cold(const struct cell *cell)
{
    return cell->iterations && cell->iteration_ns >= cold_ns;
}

static uint64_t target_ns(const struct sampler *sampler)
{
    return sampler->target_ns ? sampler->target_ns : SAMPLER_TARGET_NS;
}

static int write_request(const struct sampler *sampler, const struct cell *cell,
                         struct request *r)
{
    const struct workload *w = cell->workload;

    *r = (struct request){0};
    add(r, "baton");
    add(r, "cell");
    add(r, "schema=%d", CELL_SCHEMA);
    if (sampler->pin)
        add(r, "pin=%s", sampler->pin);
    add(r, "workload=%s", w->name);
    add(r, "model=%s", cell->model->name);
    add(r, "seed=%" PRIu64, cell->setup.seed);
    for (size_t i = 0; i < w->n_parameters; i++) {
        char key[48];

        parameter_key(&w->parameters[i], key, sizeof(key));
        add(r, "%s=%" PRIu64, key, cell->setup.values[i]);
    }
    add_server(r, &cell->setup);
    if (cell->setup.link)
        add(r, "link=%s", cell->setup.link);
    if (cell->setup.title)
        add(r, "title=%s", cell->setup.title);
    if (cell->iterations)
        add(r, "iterations=%" PRIu64, cell->iterations);
    if (is_cold(cell))
        add(r, "cold=1");
    r->exact_heap = !cell->iterations;
    if (!cell->iterations)
        add(r, "calibrate_ns=%" PRIu64, target_ns(sampler));
    add(r, "results_fd=%d", RESULTS_FD);
    if (sampler->trace_fd >= 0)
        add(r, "trace_fd=%d", TRACE_FD);
    return r->full ? -E2BIG : 0;
}

/* The child. */

static int start(struct child *child, const struct sampler *sampler,
                 struct request *request, int results_fd)
{
    static char exact[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0";
    /* Google Benchmark takes flags from there: BENCHMARK_REPETITIONS, say. */
    static const char *const dropped[] = {"BENCHMARK_", NULL, NULL};
    static const char *const dropped_exact[] = {"BENCHMARK_",
                                                "GLIBC_TUNABLES=", NULL};
    size_t padding = (size_t)sampler->random(sampler->context, CHILD_PADDING);
    /* Or what a thread keeps for its next malloc() would count as left over. */
    char **env = request->exact_heap
                     ? child_environment(padding, dropped_exact, exact)
                     : child_environment(padding, dropped, NULL);
    int fds[2], error;

    if (!env)
        return -ENOMEM;
    if (pipe2(fds, O_CLOEXEC)) {
        error = -errno;
        free(env);
        return error;
    }
    error = child_spawn(
        child, sampler->program ? sampler->program : "/proc/self/exe",
        request->argv, env,
        (const struct child_fd[]){
            {fds[1], STDOUT_FILENO},
            {results_fd, RESULTS_FD},
            /* Above the others, so that nothing has replaced it. */
            {sampler->trace_fd, TRACE_FD},
            {-1, -1},
        });
    close(fds[1]);
    free(env);
    child->pipe = fds[0];
    if (error)
        close(fds[0]);
    return error;
}

/* A hung one is ended after 10 s, or ten times what can be expected. */
static uint64_t patience_ns(const struct cell *cell)
{
    uint64_t expected_ns = cell->iterations
                               ? cell->iteration_ns * (cell->iterations + 1)
                               : cell->workload->patience_ns(&cell->setup);

    return 10 * (expected_ns < NS_PER_S ? NS_PER_S : expected_ns);
}

/* The judgement. */

static void judge_slots(const struct cell *cell, const struct results *r,
                        size_t first, size_t end, struct findings *f)
{
    *f = (struct findings){0};
    for (size_t i = first; i < end && i < r->slots; i++)
        cell->workload->judge(&cell->setup, cell->expected,
                              r->bytes + i * r->stride, f);
}

static void label(struct sample *s, const char *words)
{
    size_t len = strlen(s->labels);

    snprintf(s->labels + len, sizeof(s->labels) - len, "%s%s", len ? " " : "",
             words);
}

/* A defect, whatever was promised. */
static void condemn(struct sample *s, const char *words)
{
    s->status = STATUS_WRONG;
    s->broken_iterations += s->broken_iterations == 0;
    if (!s->text[0])
        snprintf(s->text, sizeof(s->text), "%s", words);
}

static void describe_tally(const struct tally *t, struct sample *s)
{
    size_t len = 0;

    s->begun = t->begun;
    s->succeeded = t->by[OUTCOME_OK];
    s->cancelled = t->cancelled;
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N; i++)
        if (t->by[i] && len < sizeof(s->classes))
            len += (size_t)snprintf(s->classes + len, sizeof(s->classes) - len,
                                    "%s%s=%" PRIu64, len ? " " : "",
                                    outcome_name((enum outcome)i), t->by[i]);
}

static void judge(const struct cell *cell, const struct results *r,
                  struct sample *s)
{
    struct findings warm, f;

    judge_slots(cell, r, 0, !is_cold(cell), &warm);
    judge_slots(cell, r, 1, 1 + s->iterations, &f);
    s->wrong_iterations = f.wrong_iterations;
    s->broken_iterations = f.broken_iterations;
    s->lost_updates = f.lost_updates;
    s->errors = f.errors;
    describe_tally(&f.tally, s);
    s->peak = f.peak > warm.peak ? f.peak : warm.peak;
    s->inner_ns =
        s->iterations ? (double)f.inner_ns / (double)s->iterations : 0;
    snprintf(s->text, sizeof(s->text), "%s", f.text);
    s->status = f.wrong_iterations ? STATUS_WRONG : STATUS_OK;
    if (warm.broken_iterations ||
        (warm.wrong_iterations &&
         cell_promised_exact(cell->workload, cell->model)))
        condemn(s, warm.text);
}

/* Did as many work at once as the model declares? */
static void audit(const struct sampler *sampler, const struct cell *cell,
                  struct sample *s)
{
    bool witnessed = sampler->origin && !cell->model->in_memory &&
                     cell->workload->kind == KIND_CONNECTIONS;
    uint64_t seen = witnessed ? s->origin_peak : s->peak;
    uint64_t requests = cell->workload->requests
                            ? cell->workload->requests(&cell->setup)
                            : s->items;
    struct demand demand;

    cell->workload->demand(&cell->setup, &demand);
    if (cell->model->width == WIDTH_ONE && seen > 1)
        label(s, "overlapping");
    if (cell->model->width == WIDTH_ALL &&
        cell->workload->tells_width(&cell->setup) && seen * 2 < demand.tasks)
        label(s, "serialised");
    if (witnessed && s->errors == 0 &&
        s->origin_requests < requests * (s->iterations + !is_cold(cell)))
        condemn(s, "the origin saw fewer requests than pages");
    if (witnessed && s->inside_ns && s->origin_cpu_ns * 10 > s->inside_ns * 7)
        label(s, "origin-bound");
}

static void describe_end(const struct cell *cell, const struct child *child,
                         const struct results *r,
                         const struct cell_report *report, struct sample *s)
{
    uint64_t all = !is_cold(cell) + cell->iterations, whole;
    struct findings f;

    if (report->error) {
        s->status = STATUS_FAILED;
        snprintf(s->text, sizeof(s->text), "the model gave up: %s %.100s",
                 strerror(-report->error), report->sample.text);
        return;
    }
    judge_slots(cell, r, is_cold(cell), 1 + cell->iterations, &f);
    whole = f.iterations - f.wrong_iterations;
    s->status = child->hung ? STATUS_HUNG : STATUS_CRASHED;
    if (child->hung)
        snprintf(s->text, sizeof(s->text),
                 "ended after %.0f s, %" PRIu64 " of %" PRIu64
                 " iterations done; %.80s",
                 (double)(child->deadline_ns - child->spawned_ns) / 1e9, whole,
                 all, f.text);
    else if (WIFSIGNALED(child->wait_status))
        snprintf(s->text, sizeof(s->text),
                 "signal %d (%s), %" PRIu64 " of %" PRIu64
                 " iterations done; %.80s",
                 WTERMSIG(child->wait_status),
                 strsignal(WTERMSIG(child->wait_status)), whole, all, f.text);
    else
        snprintf(s->text, sizeof(s->text), "exit status %d out of turn",
                 WEXITSTATUS(child->wait_status));
}

void sampler_identify(const struct cell *cell, struct sample *s)
{
    const struct workload *w = cell->workload;

    snprintf(s->workload, sizeof(s->workload), "%s", w->name);
    snprintf(s->model, sizeof(s->model), "%s", cell->model->name);
    cell_parameters(w, cell->setup.values, s->parameters,
                    sizeof(s->parameters));
    s->twin = cell->twin;
    s->most_rounds = cell->most_rounds;
    s->items = w->items(&cell->setup);
    s->extra = cell->extra;
}

static void set_iterations(struct cell *cell, uint64_t target,
                           uint64_t iteration_ns)
{
    uint64_t most = most_iterations(cell);
    /* 10 % more, for the calibration may have been slow. */
    uint64_t wanted = target + target / 10;

    cell->iteration_ns = iteration_ns;
    cell->iterations =
        iteration_ns >= target ? 1 : (wanted + iteration_ns - 1) / iteration_ns;
    if (cell->iterations > most)
        cell->iterations = most;
}

/* Whether a process of this kind can be heard and judged at all. */
static bool is_understood(const struct results *r,
                          const struct cell_report *report, struct sample *s)
{
    if (report->schema != CELL_SCHEMA)
        snprintf(s->text, sizeof(s->text),
                 report->schema ? "it speaks `baton cell` of schema %" PRIu64
                                : "it does not speak `baton cell`: is it a "
                                  "build of Baton?",
                 report->schema);
    else if (report->results_bytes && report->results_bytes != r->stride)
        snprintf(s->text, sizeof(s->text),
                 "its results take %" PRIu64 " bytes, not %zu: it was built "
                 "from too different a version",
                 report->results_bytes, r->stride);
    else
        return true;
    s->status = STATUS_FAILED;
    return false;
}

/* Another count is another amount of work, however long it took. */
static bool is_other_work(const struct cell *cell, struct sample *s)
{
    if (s->iterations == cell->iterations)
        return false;
    snprintf(s->text, sizeof(s->text),
             "it made %" PRIu64 " iterations, not %" PRIu64, s->iterations,
             cell->iterations);
    s->status = STATUS_FAILED;
    return true;
}

/* No clock that only goes forward says so. */
static bool is_impossible(struct sample *s)
{
    double timed_ns = s->real_ns * (double)s->iterations;

    if (timed_ns > 0 && timed_ns <= (double)s->wall_ns)
        return false;
    s->status = STATUS_FAILED;
    if (!(timed_ns > 0)) {
        snprintf(s->text, sizeof(s->text), "it reported no time");
        return true;
    }
    snprintf(s->text, sizeof(s->text),
             "it timed %.3g s in a process that lived for %.3g s: a clock "
             "stepped",
             timed_ns / 1e9, (double)s->wall_ns / 1e9);
    return true;
}

/* What the child said and what stands in its results become the sample. */
static void conclude(const struct sampler *sampler, struct cell *cell,
                     const struct child *child, const struct results *r,
                     struct cell_report *report, struct sample *s)
{
    bool calibration = cell->iterations == 0;

    s->real_ns = report->sample.real_ns;
    s->cpu_ns = report->sample.cpu_ns;
    s->clock_ns = report->sample.clock_ns;
    s->iterations = report->sample.iterations;
    s->inside_ns = report->sample.inside_ns;
    s->voluntary = report->sample.voluntary;
    s->involuntary = report->sample.involuntary;
    s->peak_rss_bytes = report->sample.peak_rss_bytes;
    s->threads_left = report->sample.threads_left;
    s->fds_left = report->sample.fds_left;
    if (calibration)
        cell->heap_left_bytes = report->sample.heap_left_bytes;
    s->heap_left_bytes = cell->heap_left_bytes;
    if (!is_cold(cell)) {
        cell->threads_peak = report->sample.threads_peak;
        cell->fds_peak = report->sample.fds_peak;
    }
    s->threads_peak = cell->threads_peak;
    s->fds_peak = cell->fds_peak;
    if (child->hung || !report->ended || child->wait_status != 0) {
        if (child->hung || WIFSIGNALED(child->wait_status) ||
            is_understood(r, report, s))
            describe_end(cell, child, r, report, s);
        return;
    }
    if (!is_understood(r, report, s) ||
        (!calibration && (is_other_work(cell, s) || is_impossible(s))))
        return;
    judge(cell, r, s);
    if (calibration)
        set_iterations(cell, target_ns(sampler), report->iteration_ns);
    else
        audit(sampler, cell, s);
}

static int view_origin(const struct sampler *sampler, struct sample *s)
{
    struct origin_view view;
    int error = origin_read(sampler->origin, &view);

    if (error)
        return error == -ETIMEDOUT ? error : -EPIPE;
    s->origin_peak = view.peak;
    s->origin_requests = view.requests;
    s->origin_delay_us = view.delay_us;
    s->origin_cpu_ns = view.cpu_ns;
    return 0;
}

static int run_child(const struct sampler *sampler, struct cell *cell,
                     struct results *r, struct sample *s)
{
    bool origin = sampler->origin && cell->workload->kind == KIND_CONNECTIONS;
    struct child child = {.pidfd = -1, .pipe = -1};
    struct cell_report report;
    struct request request;
    uint64_t steal = machine_steal();
    int error = write_request(sampler, cell, &request);

    if (!error && origin)
        error = origin_reset(sampler->origin);
    if (!error)
        error = start(&child, sampler, &request, r->fd);
    if (error)
        return error;
    child.deadline_ns = child.spawned_ns + patience_ns(cell);
    error = child_attend(&child);
    child_reap(&child);
    s->start_ns = child.spawned_ns - sampler->start_ns;
    s->wall_ns = clock_ns() - child.spawned_ns;
    s->steal_ticks = machine_steal() - steal;
    if (!error && origin)
        error = view_origin(sampler, s);
    if (error)
        return error;
    cell_parse_report(child.report, &report);
    conclude(sampler, cell, &child, r, &report, s);
    return 0;
}

int sampler_take(const struct sampler *sampler, struct cell *cell,
                 struct sample *ret)
{
    struct sample s = {.load1 = machine_load()};
    struct results results = {0};
    int error;

    sampler_identify(cell, &s);
    error = open_results(cell, &results);
    if (error)
        return error;
    error = run_child(sampler, cell, &results, &s);
    if (!error && sampler->journal && cell->workload->site)
        error = keep_journal(cell, &results, sampler->journal);
    close_results(&results);
    if (!error)
        *ret = s;
    return error;
}
