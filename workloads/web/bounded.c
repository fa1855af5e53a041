/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/bounded.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "workloads/clock.h"
#include "workloads/web/fiber.h"

enum {
    GUARD = 4096,
    STEP = 16,
    SMALL = 512, /* above it, classes are powers of 2 */
    CLASSES = SMALL / STEP + 32,
    CLOCK_EVERY = 16,  /* allocations */
    CLOCK_SIZE = 4096, /* and each of this size */
};

struct block {
    size_t class;
    struct block *next; /* freed; else what it holds begins here */
};

/* Behind the guard page and the stack; the arena follows. */
struct bounded {
    char *at, *end; /* of what was never handed out */
    struct block *freed[CLASSES];
    enum bounded_state state;
    unsigned countdown;
    uint64_t piece_end_ns, cpu_ns;
    ucontext_t body_context, caller;
    struct fiber fiber;
    void (*body)(struct bounded *b, void *context);
    void *context;
};

static _Thread_local struct bounded *running;

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static char *mapping_of(struct bounded *b)
{
    return (char *)b - BOUNDED_STACK - GUARD;
}

static void leave(struct bounded *b, enum bounded_state state)
{
    b->state = state;
    fiber_leave(&b->fiber, state != BOUNDED_MORE);
    swapcontext(&b->body_context, &b->caller);
    fiber_entered(&b->fiber);
}

static void enter(void)
{
    struct bounded *b = running;

    fiber_entered(&b->fiber);
    b->body(b, b->context);
    leave(b, BOUNDED_DONE);
}

_Noreturn void bounded_give_up(struct bounded *b)
{
    leave(b, BOUNDED_EXCEEDED);
    abort();
}

static void set_stack(ucontext_t *context, char *stack)
{
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = BOUNDED_STACK;
    makecontext(context, enter, 0);
}

struct bounded *bounded_create(void (*body)(struct bounded *b, void *context))
{
    size_t size = GUARD + BOUNDED_STACK + BOUNDED_MEMORY;
    char *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct bounded *b;

    if (mapping == MAP_FAILED)
        return NULL;
    mprotect(mapping, GUARD, PROT_NONE);
    /* Most pages need little of it. */
    madvise(mapping, size, MADV_NOHUGEPAGE);
    b = (struct bounded *)(mapping + GUARD + BOUNDED_STACK);
    b->at = (char *)(b + 1);
    b->end = mapping + size;
    b->body = body;
    set_stack(&b->body_context, mapping + GUARD);
    fiber_init(&b->fiber, mapping + GUARD, BOUNDED_STACK);
    return b;
}

void bounded_set_context(struct bounded *b, void *context)
{
    b->context = context;
}

enum bounded_state bounded_run(struct bounded *b)
{
    uint64_t began = cpu_ns();

    b->piece_end_ns = clock_ns() + BOUNDED_PIECE_NS;
    running = b;
    fiber_enter(&b->fiber);
    swapcontext(&b->caller, &b->body_context);
    fiber_left(&b->fiber);
    running = NULL;
    b->cpu_ns += cpu_ns() - began;
    if (b->state == BOUNDED_MORE && b->cpu_ns > BOUNDED_TOTAL_NS)
        b->state = BOUNDED_EXCEEDED;
    return b->state;
}

void bounded_destroy(struct bounded *b)
{
    if (!b)
        return;
    fiber_finish(&b->fiber);
    munmap(mapping_of(b), (size_t)(b->end - mapping_of(b)));
}

static size_t class_of(size_t size)
{
    if (size <= SMALL)
        return (size + STEP - 1) / STEP;
    return SMALL / STEP + 64 -
           (size_t)__builtin_clzl((unsigned long)(size - 1) / SMALL);
}

static size_t size_of(size_t class)
{
    return class <= SMALL / STEP ? class * STEP
                                 : (size_t)SMALL << (class - SMALL / STEP);
}

/* A block of the class, or NULL. */
static struct block *take(struct bounded *b, size_t class)
{
    size_t size = size_of(class);
    struct block *block = b->freed[class];

    if (block) {
        b->freed[class] = block->next;
        return block;
    }
    if ((size_t)(b->end - b->at) < size)
        return NULL;
    block = (struct block *)b->at;
    block->class = class;
    b->at += size;
    return block;
}

void *bounded_alloc(struct bounded *b, size_t size)
{
    struct block *block = NULL;

    if (b == running && (b->countdown-- == 0 || size >= CLOCK_SIZE)) {
        b->countdown = CLOCK_EVERY;
        if (clock_ns() >= b->piece_end_ns)
            leave(b, BOUNDED_MORE);
    }
    if (size <= BOUNDED_MEMORY)
        block = take(b, class_of(size + offsetof(struct block, next)));
    if (!block && b == running)
        bounded_give_up(b);
    return block ? &block->next : NULL;
}

static struct block *block_of(void *data)
{
    return (struct block *)((char *)data - offsetof(struct block, next));
}

void bounded_free(struct bounded *b, void *data)
{
    struct block *block;

    if (!data)
        return;
    block = block_of(data);
    if ((char *)block + size_of(block->class) == b->at) {
        b->at = (char *)block;
        return;
    }
    block->next = b->freed[block->class];
    b->freed[block->class] = block;
}

/* What was allocated before body() ran, or elsewhere, is not in its arena. */
static bool is_of_body(const void *data)
{
    return running && (const char *)data > (const char *)running &&
           (const char *)data < running->end;
}

void *bounded_malloc(size_t size)
{
    return running ? bounded_alloc(running, size) : malloc(size);
}

void bounded_release(void *data)
{
    if (is_of_body(data))
        bounded_free(running, data);
    else
        free(data);
}

void *bounded_realloc(void *data, size_t size)
{
    size_t old;
    void *new;

    if (!running || (data && !is_of_body(data)))
        return realloc(data, size);
    old = data ? size_of(block_of(data)->class) - offsetof(struct block, next)
               : 0;
    if (size <= old)
        return data;
    new = bounded_alloc(running, size);
    if (data)
        memcpy(new, data, old);
    bounded_free(running, data);
    return new;
}

char *bounded_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = bounded_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}
