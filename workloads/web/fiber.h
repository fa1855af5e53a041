/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FIBER_H
#define BATON_WORKLOADS_WEB_FIBER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the sanitizers are told before and after swapcontext(); empty in other
 * builds.
 */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define FIBER_ADDRESS 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define FIBER_THREAD 1
#include <sanitizer/tsan_interface.h>
#endif

struct fiber {
    char *stack;
    size_t size;
    const void *caller_stack;
    size_t caller_size;
    void *own, *caller; /* a sanitizer's */
};

static inline void fiber_init(struct fiber *f, char *stack, size_t size)
{
    f->stack = stack;
    f->size = size;
#ifdef FIBER_THREAD
    f->own = __tsan_create_fiber(0);
#endif
}

/* Before the fiber is switched to. */
static inline void fiber_enter(struct fiber *f)
{
#ifdef FIBER_ADDRESS
    __sanitizer_start_switch_fiber(&f->caller, f->stack, f->size);
#elif defined(FIBER_THREAD)
    f->caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->own, 0);
#else
    (void)f;
#endif
}

/* In the fiber, first of all. */
static inline void fiber_entered(struct fiber *f)
{
#ifdef FIBER_ADDRESS
    __sanitizer_finish_switch_fiber(f->own, &f->caller_stack, &f->caller_size);
#else
    (void)f;
#endif
}

/* Before its caller is switched to. */
static inline void fiber_leave(struct fiber *f, bool for_ever)
{
    (void)for_ever;
#ifdef FIBER_ADDRESS
    __sanitizer_start_switch_fiber(for_ever ? NULL : &f->own, f->caller_stack,
                                   f->caller_size);
#elif defined(FIBER_THREAD)
    __tsan_switch_to_fiber(f->caller, 0);
#else
    (void)f;
#endif
}

/* In the caller again. */
static inline void fiber_left(struct fiber *f)
{
#ifdef FIBER_ADDRESS
    __sanitizer_finish_switch_fiber(f->caller, NULL, NULL);
#else
    (void)f;
#endif
}

static inline void fiber_finish(struct fiber *f)
{
#ifdef FIBER_ADDRESS
    /* Another mapping may take the place of the stack. */
    __asan_unpoison_memory_region(f->stack, f->size);
#elif defined(FIBER_THREAD)
    __tsan_destroy_fiber(f->own);
#else
    (void)f;
#endif
}

#endif
