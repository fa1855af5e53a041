/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_AUTOPSY_H
#define BATON_HARNESS_WATCH_AUTOPSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a log of increments shows about lost updates.  Two kinds are told from
 * each other: a task that was stopped with an old value stores it over what the
 * others did meanwhile; and tasks on several CPUs count side by side, each from
 * its own store buffer, which no order of time stamps explains.
 */

/* An increment: the value that was read, and a stamp before and after that. */
struct access {
    uint64_t before, after; /* ticks */
    uint64_t value;
};

struct task_log {
    const struct access *items; /* in the order of time */
    size_t n;
    uint64_t left; /* ticks when its last increment was made */
};

/* The first access that began at `ticks` or later. */
size_t task_log_from(const struct task_log *log, uint64_t ticks);

struct increment_log {
    const struct task_log *tasks;
    size_t n;
    uint64_t final; /* the counter's last value */
    bool yields;    /* each task does between its load and its store */
};

/* What a task did at a time. */
struct moment_of_task {
    size_t task;
    uint64_t ticks, value;
};

struct erasure {
    struct moment_of_task read;  /* by the eraser: the old value */
    struct moment_of_task store; /* by it: that value + 1, at the latest then */
    struct moment_of_task first; /* of the others, meanwhile: a store */
    struct moment_of_task over;  /* the last of these: what was erased */
    struct moment_of_task again; /* read by another task after that */
    bool read_again;
    size_t others;   /* tasks that stored meanwhile */
    uint64_t stores; /* theirs */
    uint64_t erased; /* over.value - read.value, at least 2; 1 of a yield */
};

struct erasures {
    struct erasure worst;
    size_t n;     /* 0: none, and `worst` is zeroes */
    uint64_t sum; /* of what they erased */
    bool partial; /* not all were looked at: they would be too many */
};

/*
 * Tasks that held a value for `least` ticks or more, while others stored, and
 * stored it then.  Each such time is compared with all tasks: after
 * AUTOPSY_LOOKS of these it ends, which takes about a second.
 */
#define AUTOPSY_LOOKS UINT64_C(20000000)
void autopsy_erasures(const struct increment_log *log, uint64_t least,
                      struct erasures *ret);

/* While a set of tasks, and no other, was counting. */
struct episode {
    size_t tasks[2]; /* two of them */
    size_t n;        /* how many there were */
    uint64_t begin, end;
    uint64_t increments, grown; /* theirs, and of the counter meanwhile */
};

struct beside {
    struct episode worst;
    size_t n;      /* 0: there was none that lost an update */
    uint64_t lost; /* in all of them, about */
};

/*
 * A task counts from a stamp to the next one where less than `least` ticks are
 * between.  0 or -ENOMEM.
 */
int autopsy_beside(const struct increment_log *log, uint64_t least,
                   struct beside *ret);

#endif
