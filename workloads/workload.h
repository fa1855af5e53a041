/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WORKLOAD_H
#define BATON_WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "workloads/kinds/connections.h"
#include "workloads/kinds/counting.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/kind.h"
#include "workloads/kinds/sleeping.h"

/*
 * A workload: what is to be done, its parameters as data, and how to tell
 * whether it was done right.  It knows nothing of threads or loops.
 */

/* A parameter is data: options, sweeps, help and result keys come from it. */
struct parameter {
    const char *name; /* as an option, "latency-ms"; '_' for '-' in files */
    const char *unit; /* "ms", "bytes", ... for the help; NULL: a count */
    uint64_t preset, min, max;
    uint64_t beside; /* `run` takes this value too unless told; 0: none */
    bool kib;        /* takes KiB, MiB, GiB */
    bool size;   /* how much is to be done: exponents of time are about it */
    bool always; /* stands in a cell's name even when it is the preset */
    bool served; /* what a page is and when it comes: the server's part */
    /*
     * Recorded and named only when it is not the preset: a parameter that was
     * added later changes no name of a cell.
     */
    bool implied;
    const char *help;
};

enum { MAX_PARAMETERS = 24 };

/* Of every workload whose kind gives `workers` to the model. */
#define PARAMETER_WORKERS                                                      \
    {                                                                          \
        .name = "workers", .max = 1024, .implied = true,                       \
        .help = "workers of models that have a fixed number of them"           \
                " (0: the model's own number, 8)",                             \
    }

/* Of a workload whose tasks differ by the CPUs that they share. */
#define PARAMETER_CPUS                                                         \
    {                                                                          \
        .name = "cpus", .max = 1024, .beside = 1, .always = true,              \
        .help = "how many CPUs the tasks share (0: all; `run` takes 1 as"      \
                " well)",                                                      \
    }

/* Everything that a cell's work depends on, as values. */
struct setup {
    uint64_t values[MAX_PARAMETERS]; /* in the order of the parameters */
    uint64_t seed;
    struct dial server; /* connections: where the pages are */
    /* So many addresses from that one on have them; 0: that one alone. */
    uint64_t addresses;
    const char *host; /* "127.0.0.1:8080", for the Host header */
    /* A foreign server's path, the same for every page; NULL: our origin. */
    const char *path;
    /* Of a foreign page, fetched once before the run. */
    uint64_t reference_hash, reference_bytes;
    /* Of the server: without a listener; with a full queue. */
    uint64_t refused_port, full_port;
    uint64_t names_port; /* of its name server; 0: no names are asked for */
    /* Of the server with TLS; 0: there is no TLS. */
    uint64_t tls_port;
    const char *authority;    /* then, as text: workloads/web/authority.h */
    const char *link, *title; /* XPath; NULL: the workload's own */
};

/* One iteration after the other of a cell's work, in the process that runs. */
struct work {
    void *job; /* what the model is given: the kind's own struct */
    /* A look at the process while all its tasks are there; NULL: none. */
    void (*sample_peak)(void);
    /* Which task ran when is noted there; NULL: not traced. */
    struct trace *trace;
    void *state; /* the workload's own */
};

/* What the judge found; sums over the iterations it was shown. */
struct findings {
    uint64_t iterations, wrong_iterations;
    uint64_t broken_iterations; /* wrong in a way that no promise allows */
    uint64_t lost_updates;
    uint64_t errors;    /* pages that did not end as they should */
    struct tally tally; /* connections: what became of the pages */
    uint64_t inner_ns;  /* counting: gate's opening to the last increment */
    uint32_t peak;      /* most tasks or lanes inside at once */
    double metrics[MAX_METRICS]; /* of the kind, sums over the iterations */
    char text[192]; /* the first thing that was wrong, in words; or "" */
    /*
     * The harness's: called with the time of each item that ended, and of its
     * first byte (0: none came), both from its start.  NULL: not wanted.
     */
    void (*take_time)(struct findings *f, uint64_t ns, uint64_t first_ns);
    /* Besides, where it is known: until the model's wait returned. */
    void (*take_noticed)(struct findings *f, uint64_t ns);
};

/* Limits that a cell will meet, for refusing before anything starts. */
struct demand {
    uint64_t tasks;     /* units of concurrency: tasks or lanes */
    bool sockets;       /* each takes a descriptor and a port on both sides */
    uint64_t addresses; /* to which they connect; 0: one */
};

/* What is behind pages of a workload whose pages differ from each other. */
struct page_group {
    const char *name, *text; /* "not-found", "404 Not Found" */
    enum outcome outcome;    /* what every model has to make of it */
    bool same_bytes;         /* all models get the same bytes of it */
    uint64_t deadline_ms;    /* what ends it; 0: the server does */
};

enum row_result {
    ROW_RIGHT,
    ROW_WRONG, /* it ended as it should, with something else */
    ROW_ERROR, /* it did not end as it should */
};

/*
 * Judges row i of a journal, which is done; `why` is for the words about one
 * that is not right.
 */
typedef enum row_result row_judge(const struct setup *s, const void *expected,
                                  const struct journal *j, uint32_t i,
                                  char *why, size_t size);

/*
 * What a reference program answers a request for a workload with; a request is
 * for items in tasks, or for pages.
 */
enum answer_form {
    ANSWER_NONE,   /* there is no such request */
    ANSWER_COUNT,  /* the counter's last value, for each repetition */
    ANSWER_SUM,    /* of the numbers of all pages */
    ANSWER_TITLES, /* of all blogs */
    ANSWER_BYTES,  /* the sum, and how many bytes came */
};

struct workload {
    const char *name, *summary;
    const struct kind *kind;
    const char *item; /* what is counted per second, "increment", "page" */
    /* What is verified besides lengths and checksums, for a report, or NULL. */
    const char *verified;
    /* Of its items; NULL: those of the kind, which may be NULL as well. */
    const struct item_times *times;
    enum answer_form answer; /* of a reference program */
    bool split;              /* models promise differently for it */
    bool patterns; /* setup.link and setup.title mean something to it */
    const struct parameter *parameters;
    size_t n_parameters;

    /* 0, or -EINVAL and why in words (at most `size` bytes). */
    int (*check)(const struct setup *s, char *why, size_t size);
    uint64_t (*items)(const struct setup *s); /* in one iteration */
    /* Requests that the origin sees of it at least; NULL: as many as items. */
    uint64_t (*requests)(const struct setup *s);
    uint64_t (*tasks)(const struct setup *s); /* units of concurrency */
    /*
     * About how long one iteration takes where so many are in flight at once;
     * within a factor of two over all models that there are, not for each.
     */
    uint64_t (*expected_ns)(const struct setup *s, uint64_t at_once);
    /* A generous guess of one iteration, for telling slow from hung. */
    uint64_t (*patience_ns)(const struct setup *s);
    /*
     * An iteration that is expected to take longer, by so many at once as the
     * model can, is not run.  0: there is no such limit.
     */
    uint64_t longest_ns;
    /*
     * Whether an iteration is long enough for the audit to expect all tasks
     * at once; otherwise it just prints the number.  NULL: always.
     */
    bool (*tells_width)(const struct setup *s);
    /* Bytes of results of one iteration; a multiple of 64. */
    size_t (*results_size)(const struct setup *s);

    /* Where the work is done.  prepare() returns 0 or -errno. */
    int (*prepare)(struct work *w, const struct setup *s);
    /* Points the next iteration at its results, which are zeroes. */
    void (*aim)(struct work *w, const struct setup *s, void *results);
    bool aim_is_work; /* aim() costs enough to stop the clock for it */
    void (*finish)(struct work *w);

    /*
     * Where it is judged.  expect() computes once what judge() compares with
     * each iteration's results: 0 and memory for free(), or -errno.  NULL: it
     * needs nothing.
     */
    int (*expect)(const struct setup *s, void **ret);
    void (*judge)(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results,
                  struct findings *f);
    row_judge *judge_row; /* for judge_journal() */
    /* Connections: so many rows at first, whose times are not counted. */
    uint32_t (*untimed)(const struct setup *s);
    /*
     * Connections whose pages differ from each other: the group of page
     * `index`, and what a group is, by which results and figures name it;
     * false: there is no such group.  NULL: all pages are alike.
     */
    size_t (*group_of)(const struct setup *s, uint32_t index);
    bool (*group)(const struct setup *s, size_t group, struct page_group *ret);
    /*
     * Workloads that can run against a foreign server: takes the results of
     * one iteration as the reference.  0, or -EBADMSG and why in words.
     * NULL: never foreign.
     */
    int (*refer)(struct setup *s, const void *results, char *why, size_t size);
};

/* Generated from the rows of workloads/meson.build, in their order. */
extern const struct workload *const workloads[];
extern const size_t n_workloads;

const struct workload *workload_find(const char *name); /* or NULL */

/* The index of a parameter, or -1. */
int workload_parameter(const struct workload *w, const char *name);
/* The value of `workers`; 0 where there is no such parameter. */
uint64_t workload_workers(const struct workload *w, const uint64_t values[]);
/* The value of `cpus`; 0 where there is no such parameter. */
uint64_t workload_cpus(const struct workload *w, const uint64_t values[]);
/* The value of `offload`; false where there is no such parameter. */
bool workload_offloads(const struct workload *w, const uint64_t values[]);
/* The value of `names`; 0 where there is no such parameter. */
uint64_t workload_names(const struct workload *w, const uint64_t values[]);
/* The value of `tls`; 0 where there is no such parameter. */
uint64_t workload_tls(const struct workload *w, const uint64_t values[]);
/* How long a phase of a page may take; 0: there is no deadline. */
uint64_t workload_deadline_ns(const struct workload *w,
                              const uint64_t values[]);
const struct item_times *workload_times(const struct workload *w);
void workload_presets(const struct workload *w, uint64_t values[]);

#endif
