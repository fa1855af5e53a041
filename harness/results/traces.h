/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_TRACES_H
#define BATON_HARNESS_RESULTS_TRACES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/results/sample.h"
#include "workloads/trace.h"

/*
 * The traces of a run's directory, events.tsv: for each traced sample a line
 * of "# trace" with key=value words, then its events in the order of time, then
 * a blank line.  Times are from the beginning of the iteration; threads are
 * numbered from 0, the main one, in the order in which they first appear.
 */
struct traced {
    char workload[32], model[SAMPLE_MODEL], parameters[SAMPLE_PARAMETERS];
    uint64_t duration_ns; /* of the iteration */
    /* Until then no event is missing; none is kept that came later. */
    uint64_t whole_ns;
    uint64_t dropped;   /* so many at least came later */
    int switches_error; /* 0: the kernel's switches are among the events */
    unsigned threads;
    struct trace_event *events;
    size_t n;
};

struct traces {
    struct traced *items;
    size_t n;
};

/* Adds a trace as it came from the sample.  0 or -ENOMEM. */
int traces_add(struct traces *t, const struct sample *s,
               const struct trace *trace);
void traces_finish(struct traces *t);

/* The file's text; ferror() shows whether it could be written. */
void traces_write(const void *traces, FILE *out);
/* 0 with n = 0 when there is no file; -errno; -EINVAL: it is not one. */
int traces_read(const char *dir, struct traces *ret);

const char *trace_what_name(enum trace_what what);

#endif
