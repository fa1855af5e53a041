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

REAL(pthread_mutex_trylock)
REAL(pthread_rwlock_tryrdlock)
REAL(pthread_rwlock_trywrlock)
REAL(sem_trywait)
REAL(mtx_trylock)

TAKES(pthread_mutex_lock, pthread_mutex_t, pthread_mutex_trylock)
GIVES(pthread_mutex_unlock, pthread_mutex_t)
TAKES(pthread_rwlock_rdlock, pthread_rwlock_t, pthread_rwlock_tryrdlock)
TAKES(pthread_rwlock_wrlock, pthread_rwlock_t, pthread_rwlock_trywrlock)
GIVES(pthread_rwlock_unlock, pthread_rwlock_t)
TAKES(sem_wait, sem_t, sem_trywait)
GIVES(sem_post, sem_t)
TAKES(mtx_lock, mtx_t, mtx_trylock)
GIVES(mtx_unlock, mtx_t)

int sched_yield(void)
{
    static void *_Atomic found;
    const struct watcher *w = watcher_now();

    return w->yield ? w->yield(w->context)
                    : ((int (*)(void))real("sched_yield", &found))();
}
