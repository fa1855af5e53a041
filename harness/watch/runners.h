/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_RUNNERS_H
#define BATON_HARNESS_WATCH_RUNNERS_H

/*
 * What the stepper and the threads that it holds share.  Of all threads that
 * run tasks only one goes on at a time, the one with a grant (and one more from
 * a wake-up to its next step), so that what follows is no matter of locks.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/watch/probe.h"
#include "harness/watch/step.h"

enum runner_state {
    RUNNER_RUNS,
    RUNNER_HELD,    /* before `next` */
    RUNNER_BLOCKED, /* in `lock`, or on the way into it */
    RUNNER_WAKES,   /* has woken another one, and goes on when that is held */
    RUNNER_GONE,    /* the thread has ended */
};

/* A thread that runs tasks. */
struct runner {
    _Atomic uint32_t state; /* enum runner_state */
    _Atomic uint32_t moves; /* changes of its state */
    _Atomic uint32_t go;    /* futex word: 1: granted */
    _Atomic uint64_t
        budget;            /* steps that it may take before it is held again */
    _Atomic uint32_t task; /* STEP_NO_TASK: none, and it is not held */
    enum step_kind next;
    void *lock;
    _Atomic bool keeps; /* it adds to the log, which may have to grow */
    bool entered; /* tasks come one after another; none has its turn yet */
    pid_t tid;
    /* The stepper's own. */
    struct probe probe;
    bool probed; /* that is open */
    bool asleep, spins;
    uint32_t seen;   /* its moves when these were found */
    unsigned vain;   /* looks since its last step, see rest.c */
    unsigned naps;   /* looks in a row that found it asleep */
    uint64_t left;   /* of its budget, at the last look */
    uint64_t cpu_ns; /* when it was last let go */
    struct runner *after;
};

/* A task. */
struct stepped {
    struct runner *_Atomic runner; /* NULL: it has not come */
    _Atomic bool done;
    _Atomic bool loaded;
    _Atomic uint64_t value, steps;
};

struct owner {
    const void *lock;
    uint32_t task;
};

struct stepper {
    uint64_t number; /* from 1, of the steppers of this process */
    struct stepper_job job;
    struct setup setup;
    struct work work;
    struct counting *counting; /* work.job */
    void *results;
    pthread_t driver;
    int error; /* of the model */
    _Atomic uint32_t returned;
    _Atomic uint32_t reports; /* futex word: something has changed */
    _Atomic bool free;        /* no thread is held any more */
    atomic_flag busy;         /* the log, owners and the list of runners */
    struct runner *_Atomic runners;
    _Atomic size_t begun; /* tasks that have passed the gate */
    _Atomic size_t left;  /* tasks that are done */
    struct stepped *tasks;
    struct step *log;
    size_t n;
    bool log_failed;
    bool came; /* all tasks that can run have come to their first step */
    struct owner *owners;
    size_t n_owners;
};

/* The stepper that watches; NULL: none does. */
void runners_watch(struct stepper *s);

void futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t timeout_ns);
void futex_wake(_Atomic uint32_t *word);
/* Something has changed that the stepper waits for. */
void runners_report(struct stepper *s);
/* Lets a thread go on that is held. */
void runners_go(struct runner *r);
bool runners_is_held(const struct runner *r);
/*
 * Waits until no thread goes on before the next grant, or the model has
 * returned.  0; -ETIMEDOUT: they come to no rest, or the model does not return;
 * -ENOMEM: the log is not complete.
 */
int runners_rest(struct stepper *s);
/* Of a lock; or STEP_NO_TASK. */
uint32_t runners_owner(struct stepper *s, const void *lock);

/* What a thread that is held does on its own side. */
struct wait_call;
struct lock_call; /* harness/watch/hooks.h */

/* The calling thread; only where runner_holder() is not NULL. */
extern _Thread_local struct runner *runner_self;
/* The stepper, where the calling thread runs a task of its; else NULL. */
struct stepper *runner_holder(void *context);
/* Held before a step, until that is granted. */
void runner_hold(struct stepper *s, enum step_kind next);
/* Until the stepper lets it go, or another thread takes its task over. */
void runner_stop(struct stepper *s, struct runner *r, enum runner_state state);
void runner_settle(struct stepper *s, struct runner *r,
                   enum runner_state state);
/* Adds a step of its task to the log. */
void runner_keep(struct stepper *s, struct step step);
void runner_keep_kind(struct stepper *s, enum step_kind kind, uint32_t holder);
/* Around the log, the owners of locks and the list of runners. */
void runners_enter(struct stepper *s);
void runners_leave(struct stepper *s);

/* Of the watcher. */
uint64_t runner_on_load(void *context, const _Atomic(uint64_t) *counter);
void runner_on_store(void *context, _Atomic(uint64_t) *counter, uint64_t value);
uint64_t runner_on_add(void *context, _Atomic(uint64_t) *counter, uint64_t n);
bool runner_on_cas(void *context, _Atomic(uint64_t) *counter,
                   uint64_t *expected, uint64_t value);
int runner_on_yield(void *context);
int runner_on_lock(void *context, const struct lock_call *call);
int runner_on_unlock(void *context, const struct lock_call *call);
void runner_on_signalled(void *context);
int runner_on_wait(void *context, const struct wait_call *call);

#endif
