/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_STEPPER_H
#define BATON_HARNESS_WATCH_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/workload.h"

struct model;
struct schedule;

/*
 * Runs one counting job of a model with its real threads, or its own tasks, and
 * holds each task before its next step; steps are granted one task at a time.
 *
 * In the hooked program only.  One stepper at a time in a process, and all
 * functions are for the thread that created it.  Tasks are counted from 0.
 */

/* What a task did, or is held before. */
enum step_kind {
    STEP_LOAD,
    STEP_STORE,
    STEP_ADD,    /* load, addition and store as one */
    STEP_CAS,    /* compare-and-swap that stored */
    STEP_FAILED, /* one that did not: the counter had changed */
    STEP_LOCK,   /* it has the lock now */
    STEP_BLOCK, /* another task has the lock: the thread sleeps in the kernel */
    STEP_WOKEN, /* it has the lock it slept for; needs no grant, counts none */
    STEP_REFUSED, /* another task has the lock, and this one does not wait */
    STEP_UNLOCK,
    STEP_YIELD, /* sched_yield() */
    STEP_TURN,  /* of tasks that share a thread this one runs now */
};

#define STEP_NO_TASK UINT32_MAX

struct step {
    uint32_t task;
    uint32_t holder; /* of the lock: BLOCK and REFUSED; or STEP_NO_TASK */
    enum step_kind kind;
    bool own;         /* a counter that only this task uses */
    uint64_t value;   /* LOAD: was read; STORE, ADD, CAS: was stored */
    uint64_t counter; /* its value after the step; with `own`, that one's */
    /*
     * How many increments a store undoes: value before it + 1 - value after it.
     * Over all stores the sum is what is missing in the end.  Negative: a high
     * value that was read long ago comes back.
     */
    int64_t erased;
    uint64_t ns; /* clock_ns() just after it */
};

enum task_state {
    TASK_COMING,  /* no thread runs it yet, as in a pool with fewer workers */
    TASK_HELD,    /* a step can be granted */
    TASK_QUEUED,  /* shares a thread with a task that has its turn */
    TASK_BLOCKED, /* sleeps until it gets a lock */
    TASK_WAITS,   /* sleeps in something else: a condition variable, a pipe */
    TASK_SPINS,   /* uses the CPU without coming to a step */
    TASK_DONE,
};

struct task_view {
    enum task_state state;
    enum step_kind next; /* HELD: STEP_CAS and STEP_LOCK may turn out others */
    uint32_t holder;     /* BLOCKED: of the lock; or STEP_NO_TASK */
    uint64_t steps;      /* that it has taken */
    bool loaded;         /* it has read `value`, and not stored since */
    uint64_t value;
};

struct stepper_job {
    const struct model *model;
    const struct workload *workload; /* of the kind counting */
    const struct setup *setup;
};

/*
 * Why the steps of this job cannot be held, in a sentence; NULL: they can.  Of
 * a model made of processes, which are not this program's threads.
 */
const char *stepper_gap(const struct stepper_job *job);

/*
 * Starts the model and waits until each task that can run is held.  0, or
 * -errno and a sentence in `why`: of a model that fails, or whose tasks do not
 * come (then threads may be left).
 */
struct stepper;
int stepper_create(const struct stepper_job *job, struct stepper **ret,
                   char *why, size_t size);

size_t stepper_tasks(const struct stepper *s);
struct task_view stepper_task(const struct stepper *s, size_t task);
/* All steps so far, in their order; valid until the next grant. */
const struct step *stepper_log(const struct stepper *s, size_t *ret_n);
/* The shared counter's value now, and what it should be in the end. */
uint64_t stepper_counter(const struct stepper *s);
uint64_t stepper_items(const struct stepper *s);

/*
 * Grants n > 0 steps to a task, and returns when all tasks are held, asleep or
 * done again.  It ends early where the task is blocked, has left, or hands over
 * to another task of its thread.  0 and how many steps were taken, or -EBUSY:
 * the task is not HELD; or -EINVAL: n is 0; or -ETIMEDOUT: the model did not
 * come to rest.  (-ENOMEM: the log is not complete.)
 */
int stepper_grant(struct stepper *s, size_t task, uint64_t n,
                  uint64_t *ret_taken);

/* The task is not HELD: why, in words that follow "task 2 ". */
void stepper_explain(const struct stepper *s, size_t task, char *out,
                     size_t size);
/* All tasks have left and the model has returned: its result; or not yet. */
bool stepper_over(const struct stepper *s);
/* Not over, and no task is HELD: why, in a sentence ("deadlock: ..."). */
bool stepper_stuck(const struct stepper *s, char *why, size_t size);

/*
 * Plays a schedule (see schedule.h), which has to be of this job, to its end.
 * After each grant `shown` is called, which may be NULL.  0, or -errno and a
 * sentence with the line in `why`: of a task that is not HELD, or has fewer
 * steps left, or of steps that are left at the end (-ERANGE).
 */
int stepper_play(struct stepper *s, const struct schedule *schedule,
                 void (*shown)(void *context), void *context, char *why,
                 size_t size);
/*
 * One step of a task that is HELD, each as likely as the others; the same seed
 * has the same steps.  *random is the seed before the first.  As
 * stepper_grant(), or -EDEADLK: no task is HELD.
 */
int stepper_random(struct stepper *s, uint64_t *random);

/*
 * Lets all tasks run on freely and waits until the model has returned: 0 or its
 * -errno and the counter's value; or -ETIMEDOUT: it does not return within 5 s
 * (after a deadlock, say), and its threads and memory are left.  Frees all.
 */
int stepper_destroy(struct stepper *s, uint64_t *ret_counter);

#endif
