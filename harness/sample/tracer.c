/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/sample/switches.h"
#include "workloads/ticks.h"

static const size_t trace_size =
    sizeof(struct trace) +
    (TRACER_CAPACITY + TRACER_SWITCHES) * sizeof(struct trace_event);

/*
 * Above all descriptors that a sample is handed under a fixed number, and well
 * below any limit on them.
 */
enum { FIRST_FD = 8 };

static int open_memory(void)
{
    int fd = memfd_create("baton-trace", MFD_CLOEXEC), high;

    if (fd < 0)
        return -errno;
    high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
    if (high < 0 || ftruncate(high, (off_t)trace_size)) {
        int error = -errno;

        close(fd);
        if (high >= 0)
            close(high);
        return error;
    }
    close(fd);
    return high;
}

int tracer_take(const struct sampler *sampler, struct cell *cell,
                struct sample *ret, struct trace **ret_trace)
{
    struct sampler traced = *sampler;
    struct trace *trace;
    struct moment now;
    int error;

    traced.trace_fd = open_memory();
    if (traced.trace_fd < 0)
        return traced.trace_fd;
    trace = mmap(NULL, trace_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                 traced.trace_fd, 0);
    if (trace == MAP_FAILED) {
        error = -errno;
        close(traced.trace_fd);
        return error;
    }
    trace->capacity = TRACER_CAPACITY;
    trace->switches_capacity = TRACER_SWITCHES;
    /* One iteration, which may take as long as its workload says. */
    cell->iterations = 1;
    cell->iteration_ns = cell->workload->patience_ns(&cell->setup);
    error = sampler_take(&traced, cell, ret);
    close(traced.trace_fd);
    now = moment_now();
    trace_settle(trace, &now);
    switches_trim(trace);
    if (error)
        tracer_release(trace);
    else
        *ret_trace = trace;
    return error;
}

void tracer_release(struct trace *trace)
{
    munmap(trace, trace_size);
}
