/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads' side of the stepper: they are held here. */
#include "harness/watch/runners.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/results/array.h"
#include "harness/watch/hooks.h"
#include "workloads/clock.h"

/* Of the stepper with that number: a thread may outlive one. */
_Thread_local struct runner *runner_self;
static _Thread_local uint64_t self_of;
static struct stepper *_Atomic watching;
static pthread_key_t at_exit;

void futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / NS_PER_S),
                               .tv_nsec = (long)(timeout_ns % NS_PER_S)};

    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
            timeout_ns ? &timeout : NULL, NULL, 0);
}

void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void runners_report(struct stepper *s)
{
    atomic_fetch_add(&s->reports, 1);
    futex_wake(&s->reports);
}

/* No mutex: that would be a lock that is watched. */
void runners_enter(struct stepper *s)
{
    while (atomic_flag_test_and_set(&s->busy)) {
    }
}

void runners_leave(struct stepper *s)
{
    atomic_flag_clear(&s->busy);
}

void runner_settle(struct stepper *s, struct runner *r, enum runner_state state)
{
    atomic_fetch_add(&r->moves, 1);
    atomic_store(&r->state, state);
    runners_report(s);
}

/* Until the stepper lets it go, or another thread takes its task over. */
void runner_stop(struct stepper *s, struct runner *r, enum runner_state state)
{
    runner_settle(s, r, state);
    while (!atomic_load(&r->go) && r->task != STEP_NO_TASK)
        futex_wait(&r->go, 0, 0);
    atomic_store(&r->go, 0);
    atomic_store(&r->state, RUNNER_RUNS);
}

/* The stepper, where the calling thread is to be held; else NULL. */
struct stepper *runner_holder(void *context)
{
    struct stepper *s = context;

    return self_of == s->number && runner_self->task != STEP_NO_TASK &&
                   !atomic_load(&s->free)
               ? s
               : NULL;
}

void runner_hold(struct stepper *s, enum step_kind next)
{
    struct runner *r = runner_self;

    if (r->budget == 0) {
        r->next = next;
        r->lock = NULL;
        runner_stop(s, r, RUNNER_HELD);
    }
    if (r->budget > 0)
        r->budget--;
    if (r->task != STEP_NO_TASK)
        s->tasks[r->task].steps++;
}

void runner_keep(struct stepper *s, struct step step)
{
    if (runner_self->task == STEP_NO_TASK)
        return; /* another thread has taken the task over */
    step.ns = clock_ns();
    step.task = runner_self->task;
    atomic_store(&runner_self->keeps, true);
    runners_enter(s);
    if (ARRAY_ROOM(s->log, s->n))
        s->log[s->n++] = step;
    else
        s->log_failed = true;
    runners_leave(s);
    atomic_store(&runner_self->keeps, false);
}

void runner_keep_kind(struct stepper *s, enum step_kind kind, uint32_t holder)
{
    runner_keep(s, (struct step){.kind = kind,
                                 .holder = holder,
                                 .counter = atomic_load(s->counting->counter)});
}

/* A thread that has run no task before. */
static void become_runner(struct stepper *s)
{
    struct runner *r = calloc(1, sizeof(*r));

    if (!r)
        abort();
    r->tid = gettid();
    r->task = STEP_NO_TASK;
    runners_enter(s);
    r->after = s->runners;
    atomic_store(&s->runners, r);
    runners_leave(s);
    runner_self = r;
    self_of = s->number;
    pthread_setspecific(at_exit, r);
}

/* A task that goes on on another thread: the one before is not held for it. */
static void hand_over(struct runner *before, size_t task)
{
    if (!before || before == runner_self || before->task != task)
        return;
    before->task = STEP_NO_TASK;
    futex_wake(&before->go); /* where it is held */
}

/* From here on the thread runs this task.  False: no thread is held. */
static bool take_task(struct stepper *s, size_t task)
{
    if (atomic_load(&s->free) || task >= s->counting->tasks)
        return false;
    if (self_of != s->number)
        become_runner(s);
    if (runner_self->task != task)
        runner_self->budget = 0;
    hand_over(s->tasks[task].runner, task);
    runner_self->task = (uint32_t)task;
    atomic_store(&s->tasks[task].runner, runner_self);
    return true;
}

static void on_begin(void *context, size_t task)
{
    struct stepper *s = context;

    if (!take_task(s, task))
        return;
    runner_self->entered = !atomic_load(&s->counting->gate->open);
    atomic_fetch_add(&s->begun, 1);
}

static void on_turn(void *context, size_t task)
{
    struct stepper *s = context;

    if (!take_task(s, task))
        return;
    runner_self->entered = false;
    runner_hold(s, STEP_TURN);
    runner_keep_kind(s, STEP_TURN, STEP_NO_TASK);
}

static void on_leave(void *context, size_t task)
{
    struct stepper *s = context;

    if (atomic_load(&s->free) || task >= s->counting->tasks)
        return;
    if (!atomic_exchange(&s->tasks[task].done, true))
        atomic_fetch_add(&s->left, 1);
    if (self_of == s->number && runner_self->task == task) {
        runner_self->task = STEP_NO_TASK;
        runner_self->budget = 0;
        runner_self->lock = NULL;
    }
    runners_report(s);
}

static void on_exit_of(void *runner)
{
    struct stepper *s = atomic_load(&watching);

    if (s && self_of == s->number)
        runner_settle(s, runner, RUNNER_GONE);
}

static void make_key(void)
{
    if (pthread_key_create(&at_exit, on_exit_of))
        abort();
}

void runners_watch(struct stepper *s)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static struct watcher watcher = {
        .load = runner_on_load,
        .store = runner_on_store,
        .add = runner_on_add,
        .cas = runner_on_cas,
        .begin = on_begin,
        .turn = on_turn,
        .leave = on_leave,
        .lock = runner_on_lock,
        .unlock = runner_on_unlock,
        .wait = runner_on_wait,
        .signalled = runner_on_signalled,
        .yield = runner_on_yield,
    };

    pthread_once(&once, make_key);
    atomic_store(&watching, s);
    watcher.context = s;
    watch(s ? &watcher : NULL);
}
