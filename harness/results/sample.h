/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_SAMPLE_H
#define BATON_HARNESS_RESULTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One sample: what one process measured of one cell, as plain values.  It is
 * a line of samples.tsv, and all that is known later is recomputed from it.
 */
enum status {
    STATUS_OK,
    STATUS_WRONG,   /* measured, and the result was not what it should be */
    STATUS_FAILED,  /* the model gave up (no more threads, say) */
    STATUS_CRASHED, /* the process ended by a signal or out of turn */
    STATUS_HUNG,    /* and was ended */
    STATUS_N
};

const char *status_name(enum status status);

/* "tasks=100,increments=1000,per_turn=0": room for MAX_PARAMETERS of them. */
enum { SAMPLE_PARAMETERS = 512 };

struct sample {
    uint32_t round; /* from 1; 0: a calibration */
    uint32_t slot;  /* place within the round, from 0 */
    char workload[32], model[32];
    char parameters[SAMPLE_PARAMETERS];
    uint32_t twin; /* 1: the identical second of a pair, for the noise */
    uint32_t status;
    uint64_t start_ns;  /* since the run began */
    uint64_t wall_ns;   /* from spawn to reaped */
    uint64_t inside_ns; /* warm-up and timed iterations */
    uint64_t iterations;
    uint64_t items;  /* in one iteration: increments, pages */
    double real_ns;  /* per iteration, Google Benchmark's */
    double cpu_ns;   /* per iteration, of the process tree */
    double clock_ns; /* per iteration, by our own clock */
    double inner_ns; /* per iteration: counting, gate to last increment */
    uint64_t wrong_iterations, broken_iterations, lost_updates, errors;
    uint64_t voluntary, involuntary; /* context switches while timed */
    uint64_t peak_rss_bytes;         /* VmHWM less the pages of the results */
    uint64_t threads_peak, fds_peak;
    uint64_t peak;        /* tasks or lanes inside at once */
    uint64_t origin_peak; /* requests the origin saw in flight at once */
    uint64_t origin_requests;
    uint64_t origin_delay_us; /* median of the delays it really made */
    uint64_t origin_cpu_ns;
    uint64_t steal_ticks; /* of the whole machine, during the sample */
    double load1;
    char labels[64]; /* "origin-bound serialised", or "" */
    char text[192];  /* what was wrong, in words; or "" */
    /* Connections: what became of the pages, over the timed iterations. */
    uint64_t begun, succeeded, cancelled;
    char classes[224]; /* the others: "refused=2 reset=1", or "" */
    /* Of the process, when it was done with all its lanes and tasks. */
    uint64_t threads_left, fds_left, heap_left_bytes;
    /* The last round its cell, or its stage, was to be in; 0: not said. */
    uint32_t most_rounds;
    /* Of a check (harness/check/pairs.h), where a round is a block. */
    char side[8];   /* "base", "cand", "copy"; "": of no check */
    uint32_t cell;  /* which of the cells that are checked, from 0 */
    uint32_t stage; /* 1: the screen, 2: the confirmation; 0: neither */
    uint32_t trial; /* of a self-test, from 1; 0: of none */
    uint64_t extra; /* of the iterations: injected, beyond the others' count */
};

/* One column of samples.tsv; the order of this table is the file's. */
enum column_type {
    COLUMN_U32,
    COLUMN_U64,
    COLUMN_REAL,
    COLUMN_TEXT,
    COLUMN_STATUS
};

struct column {
    const char *name;
    enum column_type type;
    size_t offset, size; /* in struct sample */
    const char *help;
    bool later; /* older files lack it; then it is 0 */
};

extern const struct column sample_columns[];
extern const size_t n_sample_columns;

/*
 * Writes one line with its newline to `out`; the length, or -ENOSPC.  Tabs
 * and line ends inside texts become blanks.
 */
int sample_format(const struct sample *s, char *out, size_t size);

/*
 * Which column stands where in a file, from its line of names: one that this
 * version does not know is passed over.  -EINVAL: more than MAX_COLUMNS, or
 * one is missing that every version has.
 */
enum { MAX_COLUMNS = 64 };
struct layout {
    const struct column *columns[MAX_COLUMNS]; /* NULL: unknown */
    size_t n;
};
int sample_layout(const char *names, struct layout *ret);

/*
 * Reads one line without its newline; 0 or -EINVAL.  `layout` NULL: all of
 * sample_columns, in their order.
 */
int sample_parse(const char *line, const struct layout *layout,
                 struct sample *ret);

#endif
