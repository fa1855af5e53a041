/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The C library's locks and sched_yield(), defined in the hooked program: its
 * symbols come before those of libraries, for shared objects as well, so that
 * no model has to be changed.
 */

#include "harness/watch/hooks.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <threads.h>

/* The library's own function of that name, looked up at its first use. */
static void *real(const char *name, void *_Atomic *found)
{
    void *function = atomic_load_explicit(found, memory_order_relaxed);

    if (!function) {
        function = dlsym(RTLD_NEXT, name);
        atomic_store_explicit(found, function, memory_order_relaxed);
    }
    return function;
}

/* real_NAME(lock): the library's. */
#define REAL(name)                                                             \
    static int real_##name(void *lock)                                         \
    {                                                                          \
        static void *_Atomic found;                                            \
        int (*function)(void *) = (int (*)(void *))real(#name, &found);        \
                                                                               \
        return function(lock);                                                 \
    }

/* The program's function of that name: to take a lock, or to give it back. */
#define TAKES(name, type, without_waiting)                                     \
    REAL(name)                                                                 \
    int name(type *lock)                                                       \
    {                                                                          \
        const struct watcher *w = watcher_now();                               \
        const struct lock_call call = {lock, real_##name,                      \
                                       real_##without_waiting};                \
                                                                               \
        return w->lock ? w->lock(w->context, &call) : real_##name(lock);       \
    }
#define GIVES(name, type)                                                      \
    REAL(name)                                                                 \
    int name(type *lock)                                                       \
    {                                                                          \
        const struct watcher *w = watcher_now();                               \
        const struct lock_call call = {lock, real_##name, NULL};               \
                                                                               \
        return w->unlock ? w->unlock(w->context, &call) : real_##name(lock);   \
    }

/* It never waits: what takes the lock is what looks whether it is free. */
#define TRIES(name, type)                                                      \
    REAL(name)                                                                 \
    int name(type *lock)                                                       \
    {                                                                          \
        const struct watcher *w = watcher_now();                               \
        const struct lock_call call = {lock, real_##name, real_##name};        \
                                                                               \
        return w->lock ? w->lock(w->context, &call) : real_##name(lock);       \
    }

TRIES(pthread_mutex_trylock, pthread_mutex_t)
TRIES(pthread_rwlock_tryrdlock, pthread_rwlock_t)
TRIES(pthread_rwlock_trywrlock, pthread_rwlock_t)
TRIES(sem_trywait, sem_t)
TRIES(mtx_trylock, mtx_t)

TAKES(pthread_mutex_lock, pthread_mutex_t, pthread_mutex_trylock)
GIVES(pthread_mutex_unlock, pthread_mutex_t)
TAKES(pthread_rwlock_rdlock, pthread_rwlock_t, pthread_rwlock_tryrdlock)
TAKES(pthread_rwlock_wrlock, pthread_rwlock_t, pthread_rwlock_trywrlock)
GIVES(pthread_rwlock_unlock, pthread_rwlock_t)
TAKES(sem_wait, sem_t, sem_trywait)
GIVES(sem_post, sem_t)
TAKES(mtx_lock, mtx_t, mtx_trylock)
GIVES(mtx_unlock, mtx_t)

/* A condition variable gives its mutex back, and takes it again. */
static int real_wait(const struct wait_call *call)
{
    static void *_Atomic wait, *_Atomic timed;

    if (!call->until)
        return ((int (*)(void *, void *))real("pthread_cond_wait", &wait))(
            call->condition, call->mutex);
    return ((int (*)(void *, void *, const struct timespec *))real(
        "pthread_cond_timedwait", &timed))(call->condition, call->mutex,
                                           call->until);
}

static int wait_until(const struct wait_call *call)
{
    const struct watcher *w = watcher_now();

    return w->wait ? w->wait(w->context, call) : real_wait(call);
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait_until(&(struct wait_call){condition, mutex, NULL, real_wait});
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    return wait_until(&(struct wait_call){condition, mutex, until, real_wait});
}

#define WAKES(name)                                                            \
    REAL(name)                                                                 \
    int name(pthread_cond_t *condition)                                        \
    {                                                                          \
        const struct watcher *w = watcher_now();                               \
        int error = real_##name(condition);                                    \
                                                                               \
        if (w->signalled)                                                      \
            w->signalled(w->context);                                          \
        return error;                                                          \
    }

WAKES(pthread_cond_signal)
WAKES(pthread_cond_broadcast)

int sched_yield(void)
{
    static void *_Atomic found;
    const struct watcher *w = watcher_now();

    return w->yield ? w->yield(w->context)
                    : ((int (*)(void))real("sched_yield", &found))();
}
