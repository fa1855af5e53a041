/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_SAMPLE_H
#define BATON_HARNESS_RESULTS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/kind.h"
#include "workloads/kinds/outcome.h"

/*
 * One sample: what one process measured of one cell, as plain values.  It is
 * a line of samples.tsv, and all that is known later is recomputed from it.
 */
enum status {
    STATUS_OK,
    STATUS_WRONG,     /* measured, and the result was not what it should be */
    STATUS_FAILED,    /* the model gave up (no more threads, say) */
    STATUS_CRASHED,   /* the process ended by a signal or out of turn */
    STATUS_HUNG,      /* and was ended */
    STATUS_DISTURBED, /* not judged, because the machine was busy */
    STATUS_N
};

const char *status_name(enum status status);

/*
 * "tasks=100,increments=1000,per_turn=0": room for MAX_PARAMETERS of them; of a
 * command, its arguments as a shell takes them.
 */
enum { SAMPLE_MODEL = 128, SAMPLE_PARAMETERS = 512 };
/* The workload of a sample whose model is a command's name. */
#define SAMPLE_COMMAND "command"

/* What the concurrency audit found; bits of `audit`. */
enum audit {
    AUDIT_OVERLAPPING = 1,  /* more at once than the model declares */
    AUDIT_SERIALISED = 2,   /* fewer at once */
    AUDIT_ORIGIN_BOUND = 4, /* the server was the bottleneck */
};

/* Whose process a sample of a check is. */
enum sample_side {
    SIDE_BASE,
    SIDE_CAND,
    SIDE_COPY, /* of base, byte by byte: the control */
    SIDE_N
};

extern const char *const side_names[SIDE_N]; /* "base", "cand", "copy" */
/* -1: no side's. */
int side_find(const char *name);

/* Heap that an iteration may leave, in the median round: more is a leak. */
enum { LEAK_BYTES = 4096 };

struct sample {
    /* Which one: a host, a cell, and the sample's place in the experiment. */
    char host[80]; /* of the machine that measured it; "": not recorded */
    uint32_t part; /* of the experiment (--shard), from 1; 0: not recorded */
    char workload[32], model[SAMPLE_MODEL];
    char parameters[SAMPLE_PARAMETERS];
    char side[8];   /* of a check: "base", "cand", "copy"; else "" */
    uint32_t cell;  /* of a check: which of its cells, from 0 */
    uint32_t stage; /* of a check: 1 screens, 2 confirms; else 0 */
    uint32_t trial; /* of a self-test, from 1; 0: of none */
    uint32_t twin;  /* 1: the second of an A/A pair */
    uint32_t round; /* from 1; 0: a calibration */
    uint32_t slot;  /* place within the round, from 0 */
    /* The last round its cell, or its stage, was to be in; 0: not recorded. */
    uint32_t most_rounds;
    /* What became of it. */
    uint32_t status;
    uint32_t audit;
    char text[192]; /* what was wrong, in words; or "" */
    /* Times, and the work that they are of. */
    uint64_t start_ns;  /* since the run began */
    uint64_t wall_ns;   /* from spawn to reaped */
    uint64_t inside_ns; /* warm-up and timed iterations */
    uint64_t iterations;
    uint64_t extra;  /* of the iterations: injected, beyond the others' count */
    uint64_t items;  /* in one iteration: increments, pages */
    double real_ns;  /* per iteration, Google Benchmark's */
    double cpu_ns;   /* per iteration, of the process tree */
    double clock_ns; /* per iteration, by our own clock */
    uint64_t steal_ticks; /* of the whole machine, during the sample */
    double load1;         /* load average before the sample */
    /* Metrics. */
    double inner_ns; /* per iteration: counting, gate to last increment */
    uint64_t wrong_iterations, broken_iterations, lost_updates, errors;
    struct tally tally; /* connections: outcomes, over the timed iterations */
    uint64_t voluntary, involuntary; /* context switches while timed */
    /* VmHWM less the pages of the results, and children_bytes. */
    uint64_t peak_rss_bytes;
    uint64_t
        children_bytes; /* at the peak: what child processes do not share */
    uint64_t threads_peak, fds_peak;
    uint64_t peak;        /* tasks or lanes inside at once */
    uint64_t origin_peak; /* requests the origin saw in flight at once */
    uint64_t origin_requests;
    uint64_t origin_delay_us; /* median of the delays it really made */
    uint64_t origin_cpu_ns;
    /* Of the process, when it was done with all its lanes and tasks. */
    uint64_t threads_left, fds_left, children_left, heap_left_bytes;
    double heap_growth_bytes; /* of an iteration after the first */
    /* The longest that a timer was late beside it, and one of its threads
       waited for a CPU, as far as they were seen. */
    uint64_t late_ns, cpu_wait_ns;
    double sink_cpu_ns; /* commands: the harness's, for their output */
    /* Of reference programs: the time that one says it took, per iteration;
       the CPU time that it used while it was stopped, before this sample. */
    double own_ns;
    uint64_t stopped_cpu_ns;
    /* Of a check with variants: which one of its side, from 1; 0: none. */
    uint32_t variant;
    uint64_t repeats; /* samples before it that were disturbed, and dropped */
    double metrics[MAX_METRICS]; /* of the kinds; see sample_metrics() */
    /* Of the times of items, as histogram.h writes them; NULL: none. */
    const char *latency_histogram, *first_byte_histogram;
};

/* A column of a file: which member of a struct it is, and how it is written. */
enum column_type {
    COLUMN_U32,
    COLUMN_U64,
    COLUMN_HEX, /* uint64_t, in 16 hexadecimal digits */
    COLUMN_REAL,
    COLUMN_TEXT,
    COLUMN_STATUS,
    COLUMN_AUDIT,    /* words, separated by blanks */
    COLUMN_OUTCOMES, /* of a struct tally: "refused=2 reset=1" */
    COLUMN_HISTOGRAM /* const char *, of histogram_keep() */
};

struct column {
    const char *name; /* of a measured value: "metric.NAME" */
    const char *old;  /* its name in schema 1; NULL: it had none */
    enum column_type type;
    bool needed;         /* no file is without it */
    size_t offset, size; /* in the struct */
};
#define COLUMN_AT(type, member)                                                \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/*
 * Writes a struct as the fields of a line, tabs between them and a newline
 * behind; the length, or -ENOSPC.  Tabs and line ends inside texts become
 * blanks.
 */
int columns_format(const struct column columns[], size_t n, const void *from,
                   char *out, size_t size);

/* Sets the member of a column: 0 or -EINVAL. */
int column_set(const struct column *c, const char *text, void *to);

/* The columns of samples.tsv, in the order of the file. */
extern struct column sample_columns[];
extern size_t n_sample_columns;

/* Its texts become what terminals, JSON and XML take, each a line. */
void sample_clean(struct sample *s);

/* Where the metrics of a kind stand, in its order. */
double *sample_metrics(struct sample *s, const struct kind *kind);

/* The name without "metric.". */
const char *column_key(const struct column *c);

/* By the name of either schema, or by column_key(); NULL: there is none. */
const struct column *sample_column(const char *name);

/* Writes one line with its newline; the length, or -ENOSPC. */
int sample_format(const struct sample *s, char *out, size_t size);

/*
 * Which column stands where in a file, from its line of names; columns that
 * this version does not know are passed over.  -EINVAL: a column is missing
 * that each file has.
 */
struct layout {
    const struct column **columns; /* NULL: unknown */
    size_t n;
};
int sample_layout(const char *names, struct layout *ret);
void layout_finish(struct layout *l);

/* Reads one line without its newline, which it takes apart; 0 or -EINVAL. */
int sample_parse(char *line, const struct layout *layout, struct sample *ret);

/* The number in a column; -EINVAL: it holds none. */
int column_number(const struct column *c, const struct sample *s, double *ret);

#endif
