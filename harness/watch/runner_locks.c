/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task is held before a lock, and sleeps in it where another one has it. */
#include <stdatomic.h>

#include "harness/results/array.h"
#include "harness/watch/hooks.h"
#include "harness/watch/runners.h"

/* Locks that some task has. */
static struct owner *find_owner(struct stepper *s, const void *lock)
{
    for (size_t i = 0; i < s->n_owners; i++)
        if (s->owners[i].lock == lock)
            return &s->owners[i];
    return NULL;
}

uint32_t runners_owner(struct stepper *s, const void *lock)
{
    const struct owner *owner;
    uint32_t task;

    runners_enter(s);
    owner = find_owner(s, lock);
    task = owner ? owner->task : STEP_NO_TASK;
    runners_leave(s);
    return task;
}

static void own(struct stepper *s, const void *lock, uint32_t task)
{
    struct owner *owner;

    runners_enter(s);
    owner = find_owner(s, lock);
    if (!owner && ARRAY_ROOM(s->owners, s->n_owners))
        owner = &s->owners[s->n_owners++];
    if (owner)
        *owner = (struct owner){lock, task};
    runners_leave(s);
}

static void disown(struct stepper *s, const void *lock)
{
    struct owner *owner;

    runners_enter(s);
    owner = find_owner(s, lock);
    if (owner)
        *owner = s->owners[--s->n_owners];
    runners_leave(s);
}

/* Sleeps as the model would, and is the next to have the lock. */
static int wait_for(struct stepper *s, const struct lock_call *call)
{
    struct runner *r = runner_self;
    int error;

    runner_keep_kind(s, STEP_BLOCK, runners_owner(s, call->lock));
    r->budget = 0;
    r->lock = call->lock;
    runner_settle(s, r, RUNNER_BLOCKED);
    error = call->make(call->lock);
    if (!error)
        own(s, call->lock, r->task);
    if (!error && !atomic_load(&s->free))
        runner_keep_kind(s, STEP_WOKEN, STEP_NO_TASK);
    runner_settle(s, r, RUNNER_RUNS);
    return error;
}

int runner_on_lock(void *context, const struct lock_call *call)
{
    struct stepper *s = runner_holder(context);
    int error;

    if (!s || runner_self->entered)
        return call->make(call->lock);
    runner_hold(s, STEP_LOCK);
    if (atomic_load(&s->free))
        return call->make(call->lock);
    error = call->check(call->lock);
    if (error && call->check != call->make)
        return wait_for(s, call);
    if (!error)
        own(s, call->lock, runner_self->task);
    runner_keep_kind(s, error ? STEP_REFUSED : STEP_LOCK,
                     error ? runners_owner(s, call->lock) : STEP_NO_TASK);
    return error;
}

static bool is_waited_for(struct stepper *s, const void *lock)
{
    for (struct runner *r = s->runners; r; r = r->after)
        if (atomic_load(&r->state) == RUNNER_BLOCKED && r->lock == lock)
            return true;
    return false;
}

/* The one that is woken comes to its next step before this one goes on. */
int runner_on_unlock(void *context, const struct lock_call *call)
{
    struct stepper *s = runner_holder(context);
    bool wakes;
    int error;

    if (!s || runner_self->entered)
        return call->make(call->lock);
    runner_hold(s, STEP_UNLOCK);
    runner_keep_kind(s, STEP_UNLOCK, STEP_NO_TASK);
    disown(s, call->lock);
    wakes = is_waited_for(s, call->lock);
    error = call->make(call->lock);
    if (wakes && !atomic_load(&s->free))
        runner_stop(s, runner_self, RUNNER_WAKES);
    return error;
}

/*
 * The mutex is given back and taken again; in between the thread sleeps, as one
 * that waits for the mutex: a task that unlocks it waits until this one is at
 * rest.
 */
int runner_on_wait(void *context, const struct wait_call *call)
{
    struct stepper *s = runner_holder(context);
    int error;

    if (!s || runner_self->entered)
        return call->make(call);
    runner_hold(s, STEP_UNLOCK);
    runner_keep_kind(s, STEP_UNLOCK, STEP_NO_TASK);
    disown(s, call->mutex);
    runner_self->budget = 0;
    runner_self->lock = call->mutex;
    runner_settle(s, runner_self, RUNNER_BLOCKED);
    error = call->make(call);
    own(s, call->mutex, runner_self->task);
    if (!atomic_load(&s->free))
        runner_keep_kind(s, STEP_WOKEN, STEP_NO_TASK);
    runner_settle(s, runner_self, RUNNER_RUNS);
    return error;
}

/* The one that is woken is at rest, in the queue of the mutex, before this one
   goes on. */
void runner_on_signalled(void *context)
{
    struct stepper *s = runner_holder(context);

    if (s && !runner_self->entered && !atomic_load(&s->free))
        runner_stop(s, runner_self, RUNNER_WAKES);
}
