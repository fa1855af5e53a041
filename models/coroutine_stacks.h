/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_COROUTINE_STACKS_H
#define BATON_MODELS_COROUTINE_STACKS_H

#include <sanitizer/tsan_interface.h>
#include <stddef.h>
#include <sys/queue.h>

/*
 * Coroutines of one thread, each with a stack.  A switch saves the registers
 * that a function must keep, and loads those of the other stack.
 */
struct stacks;

struct coroutine {
    void *context;                  /* where it goes on */
    void *fiber;                    /* for ThreadSanitizer */
    struct stacks *stacks;          /* of all */
    size_t index;                   /* from 0 */
    STAILQ_ENTRY(coroutine) behind; /* in a queue of the model's */
};

struct stacks {
    struct coroutine thread;   /* the thread's own stack */
    struct coroutine *running; /* the one that was switched to last */
    struct coroutine *(*body)(struct coroutine *self);
    void *context; /* of the body */
    char *memory;
    size_t size, begun;
};

/*
 * Reserves n stacks.  Each coroutine runs body() once, which returns the one
 * to go on with when it has ended: another one, or &stacks->thread.
 * 0 or -ENOMEM.
 */
int stacks_init(struct stacks *s, size_t n,
                struct coroutine *(*body)(struct coroutine *self),
                void *context);
/* All have ended. */
void stacks_finish(struct stacks *s);

/* The next one, which stands at the beginning of its body. */
struct coroutine *stacks_begin(struct stacks *s);

/* Of Boost, which has the switch: "1_74". */
const char *stacks_version(void);

/* Boost.Context, whose own headers are for C++ only. */
struct transfer {
    void *context; /* of the coroutine that switched */
    void *data;    /* what it passed: itself */
};
extern struct transfer jump_fcontext(void *to, void *data);

/* Absent but under ThreadSanitizer, which must know of each switch. */
#pragma weak __tsan_create_fiber
#pragma weak __tsan_destroy_fiber
#pragma weak __tsan_get_current_fiber
#pragma weak __tsan_switch_to_fiber

/*
 * Goes on with `to`, until some other coroutine goes on with `from`.  Inline,
 * since the processor cannot predict the returns that come after a switch:
 * each takes 5 ns.
 *
 * It also exchanges the control word of floating point, which has the flags of
 * past results.  Where these differ, because one of the two has computed with
 * doubles since it began, some processors take 100 ns more.  Those that count
 * or pass a token do not.
 */
static inline void coroutine_switch(struct coroutine *from,
                                    struct coroutine *to)
{
    struct transfer back;

    from->stacks->running = to;
    if (__tsan_switch_to_fiber)
        __tsan_switch_to_fiber(to->fiber, 0);
    back = jump_fcontext(to->context, from);
    ((struct coroutine *)back.data)->context = back.context;
}

#endif
