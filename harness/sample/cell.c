/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the process that takes one sample: prepare, one warm-up iteration,
 * k timed ones, report.  cell_protocol.h has the protocol.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/process/child.h"
#include "harness/results/exits.h"
#include "harness/sample/process_usage.h"
#include "harness/sample/cell_protocol.h"
#include "harness/sample/gbench.h"
#include "harness/sample/machine.h"
#include "harness/sample/switches.h"
#include "workloads/clock.h"
#include "workloads/ticks.h"

/* The sample. */

struct stage {
    struct request request;
    struct work work;
    char *results;
    size_t stride, slots; /* of `results`, the warm-up's included */
    size_t next;          /* slot */
    uint64_t timed;       /* iterations so far */
    struct trace *trace;  /* NULL: none is asked for */
    bool ticking;         /* times may be taken by ticks() */
    struct switches *switches;
    uint64_t running_since_ns, clock_ns;
    uint64_t runs;                  /* iterations of any kind */
    uint64_t heap_bytes, heap_runs; /* where its growth is counted from */
    double heap_left, heap_growth;  /* in all, and of an iteration */
    int error;
};

static uint64_t more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static int run_once(struct stage *stage)
{
    stage->runs++;
    return model_run(stage->request.model, stage->request.workload->kind,
                     stage->work.job);
}

/* What a model should have closed and joined when it returned. */
static void print_left(const struct stage *stage, uint64_t threads,
                       uint64_t fds)
{
    printf("threads_left=%" PRIu64 "\nfds_left=%" PRIu64
           "\nchildren_left=%" PRIu64 "\n",
           more(usage_threads(), threads), more(usage_fds(), fds),
           usage_children());
    printf("heap_left_bytes=%.0f\nheap_growth_bytes=%.17g\n",
           fmax(0, stage->heap_left), stage->heap_growth);
}

/*
 * What a first iteration sets up for all others is no growth: the heap counts
 * from the second one on where there is one.
 */
static void begin_heap(void *context)
{
    struct stage *stage = context;

    stage->heap_bytes = usage_heap();
    stage->heap_runs = stage->runs;
}

static void end_heap(void *context)
{
    struct stage *stage = context;
    uint64_t n = stage->runs - stage->heap_runs;

    stage->heap_left = (double)usage_heap() - (double)stage->heap_bytes;
    stage->heap_growth = n ? stage->heap_left / (double)n : 0;
}

/* Each iteration's trace replaces the one before. */
static void begin_trace(struct stage *stage)
{
    struct trace *trace = stage->trace;
    struct moment now = moment_now();
    int cpu;

    atomic_store_explicit(&trace->n, 0, memory_order_relaxed);
    atomic_store_explicit(&trace->overflow_ns, UINT64_MAX,
                          memory_order_relaxed);
    if (stage->switches)
        switches_reset(stage->switches);
    trace->begin_ns = now.ns;
    trace->begin_ticks = stage->ticking ? now.ticks : 0;
    /*
     * A thread that is never switched has no other event.  If it is switched
     * just now, switches_trim() makes one of the two.
     */
    cpu = sched_getcpu();
    if (stage->switches && cpu >= 0)
        trace_note(trace, TRACE_ON, TRACE_NO_LANE, (uint64_t)cpu);
}

static void aim(struct stage *stage)
{
    void *slot = stage->results + stage->next * stage->stride;

    /*
     * A calibration may run out of slots; its last ones are not judged, but
     * they are as long as the others only with nothing in their slot: a relay
     * that is over ends at once.
     */
    if (stage->next + 1 < stage->slots)
        stage->next++;
    else if (stage->request.calibrate_ns)
        memset(slot, 0, stage->stride);
    stage->request.workload->aim(&stage->work, &stage->request.setup, slot);
    if (stage->work.trace)
        begin_trace(stage);
}

/*
 * Our own clock runs beside Google Benchmark's and must agree with it: from
 * the first iteration to the end of the last one, less the resets.
 */
static void stop_clock(struct stage *stage)
{
    stage->clock_ns += clock_ns() - stage->running_since_ns;
}

/* Google Benchmark's clock is stopped around this. */
static void reset(void *context)
{
    struct stage *stage = context;

    if (stage->timed > 0)
        stop_clock(stage);
    aim(stage);
    stage->running_since_ns = clock_ns();
}

/* Per cent of extra work: a build that is slower, to be noticed by a check. */
#ifndef BATON_SLOWDOWN
#define BATON_SLOWDOWN 0
#endif

static void slow_down(uint64_t begin_ns)
{
    uint64_t now = clock_ns(),
             end = now + (now - begin_ns) * BATON_SLOWDOWN / 100;

    while (clock_ns() < end) {
    }
}

static int iterate(void *context)
{
    struct stage *stage = context;
    uint64_t begin_ns = BATON_SLOWDOWN ? clock_ns() : 0;

    if (!stage->request.workload->aim_is_work) {
        if (stage->timed == 0)
            stage->running_since_ns = clock_ns();
        aim(stage);
    }
    stage->error = run_once(stage);
    if (BATON_SLOWDOWN)
        slow_down(begin_ns);
    if (stage->work.trace)
        stage->trace->end_ns = clock_ns();
    if (++stage->timed == stage->request.iterations)
        stop_clock(stage);
    return stage->error;
}

static uint64_t warm_up(struct stage *stage)
{
    uint64_t start;

    stage->work.sample_peak = usage_sample_peak;
    aim(stage);
    stage->work.sample_peak = NULL;
    start = clock_ns();
    stage->error = run_once(stage);
    return clock_ns() - start;
}

/* The quickest of three bursts, so that one disturbance does not decide. */
static uint64_t calibrate(struct stage *stage, uint64_t first_ns)
{
    uint64_t burst_ns = stage->request.calibrate_ns / 15, best_ns = first_ns;

    if (first_ns >= stage->request.calibrate_ns)
        return first_ns;
    for (int burst = 0; burst < 3 && !stage->error; burst++) {
        uint64_t n = 0, spent_ns = 0;

        while (spent_ns < burst_ns && n < 100000 && !stage->error) {
            uint64_t start;

            aim(stage);
            start = clock_ns();
            stage->error = run_once(stage);
            spent_ns += clock_ns() - start;
            n++;
        }
        if (n && spent_ns / n < best_ns)
            best_ns = spent_ns / n;
    }
    return best_ns ? best_ns : 1;
}

/* Of this process and of the children that it has reaped. */
struct usage {
    long voluntary, involuntary;
    double children_cpu_ns;
};

static struct usage usage_now(void)
{
    struct rusage own, children;

    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return (struct usage){
        .voluntary = own.ru_nvcsw + children.ru_nvcsw,
        .involuntary = own.ru_nivcsw + children.ru_nivcsw,
        .children_cpu_ns = child_cpu_ns(&children),
    };
}

static int measure(struct stage *stage)
{
    struct gbench_run run = {
        .name = stage->request.model->name,
        .iterations = (int64_t)stage->request.iterations,
        .iteration = iterate,
        .reset = stage->request.workload->aim_is_work ? reset : NULL,
        .begin = begin_heap,
        .end = end_heap,
        .context = stage,
    };
    struct gbench_result result = {0};
    struct usage before, after;
    int error;

    gbench_start();
    before = usage_now();
    stage->work.trace = stage->trace;
    error = gbench_measure(&run, &result);
    after = usage_now();
    if (error)
        return stage->error ? stage->error : error;
    printf("real_ns=%.17g\ncpu_ns=%.17g\niterations=%" PRId64 "\n",
           result.real_ns,
           result.cpu_ns + (after.children_cpu_ns - before.children_cpu_ns) /
                               (double)result.iterations,
           result.iterations);
    printf("clock_ns=%.17g\n",
           (double)stage->clock_ns / (double)result.iterations);
    printf("voluntary=%ld\ninvoluntary=%ld\n",
           after.voluntary - before.voluntary,
           after.involuntary - before.involuntary);
    return 0;
}

/* All of the memory behind a descriptor; NULL: errno has the reason. */
static void *map(uint64_t fd, size_t *ret_size)
{
    struct stat stat;
    void *memory;

    if (fstat((int)fd, &stat))
        return NULL;
    *ret_size = (size_t)stat.st_size;
    memory = mmap(NULL, *ret_size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_POPULATE, (int)fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static int map_results(struct stage *stage)
{
    const struct request *r = &stage->request;
    size_t size;

    stage->stride = r->workload->results_size(&r->setup);
    printf("results_bytes=%zu\n", stage->stride);
    stage->results = map(r->results_fd, &size);
    if (!stage->results)
        return -errno;
    stage->slots = size / stage->stride;
    return stage->slots < 1 + (r->calibrate_ns ? 1 : r->iterations) ? -EINVAL
                                                                    : 0;
}

static int map_trace(struct stage *stage)
{
    struct trace *trace;
    size_t size;
    int error;

    if (!stage->request.trace_fd)
        return 0;
    stage->trace = trace = map(stage->request.trace_fd, &size);
    if (!trace)
        return -errno;
    if (size < sizeof(*trace) ||
        (size - sizeof(*trace)) / sizeof(trace->events[0]) <
            (uint64_t)trace->capacity + trace->switches_capacity)
        return -EINVAL;
    trace->main_thread = (uint32_t)gettid();
    stage->ticking = machine_ticks();
    error = trace_over_fork();
    if (error)
        return error;
    trace->switches_error = -switches_start(&stage->switches);
    return 0;
}

/* The pages of the results are the harness's, not the model's: not counted. */
static uint64_t peak_rss_bytes(const struct stage *stage)
{
    uint64_t all = usage_status("VmHWM:") * 1024;
    uint64_t results = stage->slots * stage->stride;

    return all > results ? all - results : 0;
}

static int prepare(struct stage *stage)
{
    const struct request *r = &stage->request;
    uint64_t cpus = workload_cpus(r->workload, r->setup.values);
    int error = usage_share_peak();

    if (!error && cpus)
        error = machine_narrow(cpus);
    if (!error)
        error = map_results(stage);
    if (!error)
        error = map_trace(stage);
    return error ? error : r->workload->prepare(&stage->work, &r->setup);
}

/*
 * What a first iteration sets up for all others is no growth of the heap: that
 * is counted from the second one on, where a calibration has one.
 */
static void run_calibration(struct stage *stage, uint64_t first_ns)
{
    const struct request *r = &stage->request;

    if (first_ns < r->calibrate_ns || r->workload->group)
        begin_heap(stage);
    if (!stage->error && r->workload->group)
        warm_up(stage);
    if (!stage->error)
        printf("iteration_ns=%" PRIu64 "\n", calibrate(stage, first_ns));
    end_heap(stage);
}

static int take_sample(struct stage *stage)
{
    const struct request *r = &stage->request;
    uint64_t start_ns, first_ns = 0, waited_ns = usage_cpu_wait();
    uint64_t threads, fds;
    int error = prepare(stage);

    if (error)
        return error;
    /* What a library sets up at its first use, and keeps, is no leak. */
    model_run_empty(r->model, r->workload->kind);
    if (!r->cold && kind_weighs(r->workload->kind))
        usage_begin_growth();
    threads = usage_threads();
    fds = usage_fds();
    begin_heap(stage);
    start_ns = clock_ns();
    if (r->cold)
        stage->next = 1; /* the warm-up's results stay zeroes */
    else
        first_ns = warm_up(stage);
    if (r->calibrate_ns)
        run_calibration(stage, first_ns);
    else if (!stage->error)
        stage->error = measure(stage);
    /* After all threads have ended: no event is missing. */
    if (stage->switches)
        switches_collect(stage->switches, stage->trace);
    switches_stop(stage->switches);
    printf("threads_peak=%" PRIu64 "\nfds_peak=%" PRIu64
           "\nchildren_bytes=%" PRIu64 "\n",
           usage_peak->threads, usage_peak->fds, usage_peak->children_bytes);
    printf("inside_ns=%" PRIu64 "\n", clock_ns() - start_ns);
    print_left(stage, threads, fds);
    printf("peak_rss_bytes=%" PRIu64 "\ncpu_wait_ns=%" PRIu64 "\n",
           peak_rss_bytes(stage), more(usage_cpu_wait(), waited_ns));
    if (kind_weighs(r->workload->kind))
        printf("own_growth=%" PRIu64 "\nkernel_growth=%" PRIu64 "\n",
               usage_peak->own_growth, usage_peak->kernel_growth);
    r->workload->finish(&stage->work);
    return stage->error;
}

int cell_main(int argc, char *argv[])
{
    struct stage stage = {0};
    struct pollfd report = {.fd = STDOUT_FILENO};
    int error;

    /* A run that was killed must not leave samples behind. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The process that reads the report may have died before that. */
    if (poll(&report, 1, 0) > 0 && (report.revents & POLLERR))
        return EXIT_BROKEN;
    printf("schema=%d\n", CELL_SCHEMA);
    error = request_parse(argc, argv, &stage.request);
    if (!error)
        error = take_sample(&stage);
    if (error)
        printf("error=%d\n", error);
    else
        printf("end=ok\n");
    return fflush(stdout) || error ? EXIT_BROKEN : EXIT_DONE;
}
