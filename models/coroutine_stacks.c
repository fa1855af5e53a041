/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stacks of coroutine.c, and the switch from one to another. */
#include "models/coroutine_stacks.h"

#include <boost/version.hpp> /* macros, for C too */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

/* Boost.Context, whose own headers are for C++ only. */
extern void *make_fcontext(void *top, size_t size,
                           void (*enter)(struct transfer from));

enum {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    STACK = 512 * 1024, /* its frames are larger */
#else
    STACK = 64 * 1024, /* 32 KiB for a callback, talk()'s own, the guard */
#endif
    PAGE = 4096,
    LINE = 64, /* of the cache */
};

/*
 * Below each stack is a page that ends the process when it is touched.  Linux
 * 6.13 marks it in the page table.  An older kernel splits the mapping, twice
 * for each stack, and a process may have 65,530 mappings by default: then the
 * first stacks get a guard, and half of the mappings stay free.
 */
enum { MARK_GUARD = 102, MOST_SPLIT = 16 * 1024 }; /* MADV_GUARD_INSTALL */

static void guard(char *page, size_t index)
{
    if (madvise(page, PAGE, MARK_GUARD) && index < MOST_SPLIT)
        mprotect(page, PAGE, PROT_NONE);
}

int stacks_init(struct stacks *s, size_t n,
                struct coroutine *(*body)(struct coroutine *self),
                void *context)
{
    size_t size = (n + 1) * STACK;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    /* A stack is to take the pages that it uses, not 2 MiB. */
    madvise(memory, size, MADV_NOHUGEPAGE);
    *s = (struct stacks){.thread.stacks = s,
                         .body = body,
                         .context = context,
                         .memory = memory,
                         .size = size};
    if (__tsan_get_current_fiber)
        s->thread.fiber = __tsan_get_current_fiber();
    return 0;
}

/* It stands at the top of its own stack, each in another line of the cache. */
static struct coroutine *at_top(struct stacks *s, size_t index)
{
    char *top = s->memory + (index + 1) * STACK - index % 32 * LINE;

    return (struct coroutine *)top - 1;
}

void stacks_finish(struct stacks *s)
{
    for (size_t i = 0; __tsan_destroy_fiber && i < s->begun; i++)
        __tsan_destroy_fiber(at_top(s, i)->fiber);
    /* AddressSanitizer remembers the frames of those that ended. */
    ASAN_UNPOISON_MEMORY_REGION(s->memory, s->size);
    munmap(s->memory, s->size);
}

/* The first function on a stack.  It ends with a switch, and never returns. */
static void enter(struct transfer from)
{
    struct coroutine *last = from.data, *self = last->stacks->running, *next;

    last->context = from.context;
    next = self->stacks->body(self);
    coroutine_switch(self, next);
}

struct coroutine *stacks_begin(struct stacks *s)
{
    size_t index = s->begun++;
    char *bottom = s->memory + index * STACK;
    struct coroutine *co = at_top(s, index);

    guard(bottom, index);
    co->stacks = s;
    co->index = index;
    co->context = make_fcontext(co, (size_t)((char *)co - bottom), enter);
    if (__tsan_create_fiber)
        co->fiber = __tsan_create_fiber(0);
    return co;
}

const char *stacks_version(void)
{
    return BOOST_LIB_VERSION;
}
