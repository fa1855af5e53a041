/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_KIND_H
#define BATON_WORKLOADS_KINDS_KIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a model declares for each kind of work that it runs.  The harness
 * compares all of it with what it measures.
 */

/* About results: what a wrong one means. */
enum promise {
    PROMISE_EXACT,    /* a defect: exit 1 */
    PROMISE_MAY_LOSE, /* lost updates are what the model demonstrates */
};

/* How many tasks or lanes are in flight at once. */
enum at_once {
    AT_ONCE_ONE,     /* one after another */
    AT_ONCE_WORKERS, /* as many as the model has workers */
    AT_ONCE_ALL,
};

/* Workers of a model that is asked for no other number. */
enum { MODEL_WORKERS = 8 };

/* What one of those in flight costs the kernel: limits are checked for it. */
enum unit {
    UNIT_NONE,    /* a struct */
    UNIT_STACK,   /* a stack of its own in user space */
    UNIT_THREAD,  /* limits of the user, the machine, the cgroup */
    UNIT_PROCESS, /* the same limits, descriptors of its own, most memory */
};

/* What the abilities of all kinds have in common. */
struct ability {
    bool runs;
    const char *label; /* of the model at this work; NULL: that of all work */
    const char *gap;   /* why it does not run; NULL: not written yet */
    enum promise plain, split; /* without and with a hand-over inside */
    enum at_once at_once;
    enum unit unit;
    size_t most_tasks;    /* more are a gap; 0: there is no limit */
    const char *most_why; /* of that limit */
    bool in_memory; /* no server sees what it does, and its time is virtual */
    size_t keeps_threads; /* that its runtime cannot join: more are a leak */
    bool can_offload;     /* heavy work of a lane can be another thread's */
    size_t offload_keeps_threads; /* then, besides */
};

/* Of n tasks, as many as are in flight at once; workers 0: its own number. */
size_t ability_at_once(const struct ability *a, size_t n, size_t workers);

/* Of a kind whose items are timed: words for tables and figures of these. */
struct item_times {
    const char *name; /* "Time" */
    const char *span; /* "from the first dial to the last byte" */
    const char *text; /* of these and of other times, a sentence */
    const char *most; /* half of the pages ... 11.7 ms: "take at most" */
    const char *more; /* one in 100 ... 20 ms: "takes longer than" */
};

/* What results of a kind do not show, for readers of a report. */
struct caveat {
    const char *name, *text;
    bool in_memory; /* only where a model's peer is in memory */
};

/* Memory that is there while all tasks are, and was not before, by task. */
enum growth {
    GROWTH_NONE,
    GROWTH_ALL,    /* of the processes and the kernel */
    GROWTH_KERNEL, /* of the kernel alone */
};

/* What a kind measures beside time; column metric.NAME of the samples. */
struct metric {
    const char *name; /* "page_p50_ns" */
    const char *unit; /* "ns", "bytes", "bytes/s"; NULL: a count */
    const char *help;
    const char *words; /* in a sentence: "peak memory"; NULL: its name */
    bool mean;         /* over the iterations; false: their sum */
    bool per_second;   /* of an iteration's time, besides */
    bool optional;     /* some workloads have it; 0: this is none of them */
    /*
     * Of the times of all items in a sample, the one that so many in 1,000 do
     * not exceed; 1000: the longest.  0: no percentile.
     */
    unsigned permille;
    bool first_byte; /* of the times to the first byte */
    bool noticed;    /* of the times until the model's wait returned */
    /* Measured by the harness, while all tasks are there. */
    enum growth growth;
    /*
     * Of one item, without what starts and ends the tasks: figures of cost show
     * it, and not the whole time.
     */
    bool price;
};
enum { MAX_METRICS = 32 }; /* of all kinds together */

/*
 * A kind of work: what a model is given to run.  All that differs from kind to
 * kind outside workloads/ and models/ is data and functions here.
 */
struct kind {
    const char *name; /* also that of the member in struct model */
    bool served;      /* a server answers, and counts what it sees */
    bool loses;       /* updates can be lost: results have a share of them */
    bool paced;       /* deadlines set the time: it says nothing of a model */
    /* `own` is the model's member for this kind. */
    struct ability (*ability)(const void *own);
    /* `job` is the kind's own struct; 0 or -errno, as model.h says. */
    int (*run)(const void *own, void *job);
    /*
     * A job without tasks, run before anything is counted: what a library
     * sets up at its first use was not left open by the model.  NULL: none.
     */
    int (*run_empty)(const void *own);
    const struct caveat *caveats;
    size_t n_caveats;
    const struct item_times *times; /* NULL: no item is timed */
    const struct metric *metrics;   /* in the order of findings.metrics */
    size_t n_metrics;
};

/* By its name; NULL: it has no such metric. */
const struct metric *kind_metric(const struct kind *kind, const char *name);

/* Whether one of its metrics is memory. */
bool kind_weighs(const struct kind *kind);

/* Generated from the rows of workloads/meson.build, in their order. */
extern const struct kind *const kind_list[];
extern const size_t n_kinds;

extern const struct kind kind_counting, kind_connections, kind_relay,
    kind_sleeping;

#endif
