/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/bounded.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/web/fiber.h"

/*
 * Blocks have no header, for most are small: a chunk has blocks of one class,
 * or is part of a large block, and a table knows which.  Classes: steps of 8
 * bytes to 256, then a quarter of the power of 2 to 4096.
 */
enum {
    GUARD = 4096,
    CHUNK = 16 << 10,
    CHUNKS = BOUNDED_MEMORY / CHUNK,
    STEP = 8,
    FINE = 256,
    SMALL = 4096,
    CLASSES = 1 + FINE / STEP + 16,
    CLOCK_EVERY = 16,  /* allocations */
    CLOCK_SIZE = 4096, /* and each of this size */
};

struct run {
    struct run *next;
    size_t chunks;
};

struct pool {
    void **freed; /* each points to the next */
    char *at, *end;
};

/* Behind the guard page and the stack; the arena follows. */
struct bounded {
    char *arena;
    size_t used;      /* chunks, from its beginning */
    struct run *runs; /* freed */
    struct pool pools[CLASSES];
    /* Of each chunk its class; of a large block's first, CLASSES + chunks. */
    uint16_t kinds[CHUNKS];
    enum bounded_state state;
    unsigned countdown;
    uint64_t piece_end_ns, cpu_ns;
    _Atomic bool inside; /* body() runs, and a signal may end it */
    bool watched, armed;
    timer_t timer; /* while it is armed */
    ucontext_t body_context, caller;
    struct fiber fiber;
    void (*body)(struct bounded *b, void *context);
    void *context;
};

static _Thread_local _Atomic(struct bounded *) running;

/*
 * The next piece may be another thread's, so that code that runs in both may
 * not keep the address of the variable.
 */
static __attribute__((noinline)) struct bounded *own(void)
{
    return running;
}

/* glibc 2.36 has no name for it. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
#define WATCH_SIGNAL SIGRTMAX /* of no other use in the program */

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* The guard page, the stack, struct bounded, the arena. */
enum {
    HEAD = GUARD + BOUNDED_STACK,
    SIZE = HEAD + (sizeof(struct bounded) / 64 + 1) * 64 + BOUNDED_MEMORY,
};

static void leave(struct bounded *b, enum bounded_state state)
{
    b->inside = false;
    b->state = state;
    fiber_leave(&b->fiber, state != BOUNDED_MORE);
    swapcontext(&b->body_context, &b->caller);
    fiber_entered(&b->fiber);
    b->inside = b->watched;
}

static void enter(void)
{
    struct bounded *b = own();

    fiber_entered(&b->fiber);
    b->body(b, b->context);
    leave(b, BOUNDED_DONE);
}

_Noreturn void bounded_give_up(struct bounded *b)
{
    leave(b, BOUNDED_EXCEEDED);
    abort();
}

/* Sends this thread the signal when it has used what is left of the time. */
static int arm(struct bounded *b)
{
    const struct itimerspec when = {
        .it_value.tv_nsec = (long)(BOUNDED_TOTAL_NS - b->cpu_ns) + 1};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
                             .sigev_signo = WATCH_SIGNAL};

    event.sigev_notify_thread_id = gettid();
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &b->timer))
        return -errno;
    b->armed = true;
    return timer_settime(b->timer, 0, &when, NULL) ? -errno : 0;
}

static void disarm(struct bounded *b)
{
    if (b->armed)
        timer_delete(b->timer);
    b->armed = false;
}

void bounded_watch(struct bounded *b)
{
    /* Without a timer it might take for ever. */
    if (arm(b))
        bounded_give_up(b);
    b->watched = true;
    b->inside = true;
}

/* The timer is deleted with its piece, so that it ends no other body(). */
static void on_time(int signal)
{
    struct bounded *b = own();

    (void)signal;
    if (b && b->inside)
        bounded_give_up(b);
}

static void set_stack(ucontext_t *context, char *stack)
{
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = BOUNDED_STACK;
    makecontext(context, enter, 0);
}

/*
 * Mappings of light pages, for the next ones: else the kernel takes a third of
 * the time of a small page to map it, to fill it with zeroes and to unmap it.
 */
static _Atomic(struct bounded *) kept[8];

static struct bounded *take_kept(void)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct bounded *b = kept[i] ? atomic_exchange(&kept[i], NULL) : NULL;

        if (!b)
            continue;
        memset(b, 0, sizeof(*b));
        return b;
    }
    return NULL;
}

static bool keep(struct bounded *b)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct bounded *empty = NULL;

        if (!kept[i] && atomic_compare_exchange_strong(&kept[i], &empty, b))
            return true;
    }
    return false;
}

static struct bounded *map(void)
{
    char *mapping = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (mapping == MAP_FAILED)
        return NULL;
    mprotect(mapping, GUARD, PROT_NONE);
    /* Most pages need little of it. */
    madvise(mapping, SIZE, MADV_NOHUGEPAGE);
    return (struct bounded *)(mapping + HEAD);
}

struct bounded *bounded_create(void (*body)(struct bounded *b, void *context))
{
    struct bounded *b = take_kept();
    char *stack;

    if (!b)
        b = map();
    if (!b)
        return NULL;
    stack = (char *)b - BOUNDED_STACK;
    b->arena = (char *)b - HEAD + SIZE - BOUNDED_MEMORY;
    b->body = body;
    set_stack(&b->body_context, stack);
    fiber_init(&b->fiber, stack, BOUNDED_STACK);
    return b;
}

void bounded_set_context(struct bounded *b, void *context)
{
    b->context = context;
}

void bounded_init(void)
{
    const struct sigaction action = {.sa_handler = on_time,
                                     .sa_flags = SA_RESTART};

    sigaction(WATCH_SIGNAL, &action, NULL);
}

static void run_piece(struct bounded *b)
{
    b->piece_end_ns = clock_ns() + BOUNDED_PIECE_NS;
    running = b;
    fiber_enter(&b->fiber);
    swapcontext(&b->caller, &b->body_context);
    fiber_left(&b->fiber);
    running = NULL;
}

enum bounded_state bounded_run(struct bounded *b)
{
    uint64_t began = cpu_ns();

    if (b->watched && arm(b))
        b->state = BOUNDED_EXCEEDED;
    else
        run_piece(b);
    disarm(b);
    b->cpu_ns += cpu_ns() - began;
    if (b->state == BOUNDED_MORE && b->cpu_ns >= BOUNDED_TOTAL_NS)
        b->state = BOUNDED_EXCEEDED;
    return b->state;
}

size_t bounded_used(const struct bounded *b)
{
    return b->used * CHUNK;
}

void bounded_destroy(struct bounded *b)
{
    if (!b)
        return;
    fiber_finish(&b->fiber);
    if (b->used > BOUNDED_LIGHT / CHUNK || !keep(b))
        munmap((char *)b - HEAD, SIZE);
}

static size_t class_of(size_t size)
{
    unsigned power;

    if (size <= FINE)
        return size ? (size + STEP - 1) / STEP : 1;
    power = 63 - (unsigned)__builtin_clzl(size - 1);
    return FINE / STEP + 1 + (power - 8) * 4 +
           (((size - 1) >> (power - 2)) & 3);
}

static size_t size_of(size_t class)
{
    size_t quarter = class - FINE / STEP - 1;

    return class <= FINE / STEP ? class * STEP
                                : (5 + quarter % 4) << (6 + quarter / 4);
}

static size_t chunk_of(const struct bounded *b, const void *data)
{
    return (size_t)((const char *)data - b->arena) / CHUNK;
}

/* The piece ends where a page begins to need more than most do. */
static void end_light(struct bounded *b, size_t n)
{
    size_t light = BOUNDED_LIGHT / CHUNK;

    if (b == own() && b->used <= light && b->used + n > light)
        b->piece_end_ns = b->countdown = 0;
}

/* Contiguous chunks, or NULL: what was freed first. */
static char *take_chunks(struct bounded *b, size_t n)
{
    for (struct run **at = &b->runs; *at; at = &(*at)->next) {
        struct run *run = *at;

        if (run->chunks < n)
            continue;
        run->chunks -= n;
        if (run->chunks == 0)
            *at = run->next;
        return (char *)run + run->chunks * CHUNK;
    }
    if (n > CHUNKS - b->used)
        return NULL;
    end_light(b, n);
    b->used += n;
    return b->arena + (b->used - n) * CHUNK;
}

static void *take_large(struct bounded *b, size_t size)
{
    size_t n = (size + CHUNK - 1) / CHUNK;
    char *data = n <= CHUNKS ? take_chunks(b, n) : NULL;

    if (data)
        b->kinds[chunk_of(b, data)] = (uint16_t)(CLASSES + n);
    return data;
}

static void *take_small(struct bounded *b, size_t class)
{
    struct pool *pool = &b->pools[class];
    void **block = pool->freed;
    size_t size = size_of(class);

    if (block) {
        pool->freed = *block;
        return block;
    }
    if ((size_t)(pool->end - pool->at) < size) {
        pool->at = take_chunks(b, 1);
        pool->end = pool->at ? pool->at + CHUNK : NULL;
        if (!pool->at)
            return NULL;
        b->kinds[chunk_of(b, pool->at)] = (uint16_t) class;
    }
    pool->at += size;
    return pool->at - size;
}

void bounded_pause(struct bounded *b)
{
    b->countdown = CLOCK_EVERY;
    if (clock_ns() >= b->piece_end_ns)
        leave(b, BOUNDED_MORE);
}

void *bounded_alloc(struct bounded *b, size_t size)
{
    void *data;

    if (b == own() && (b->countdown-- == 0 || size >= CLOCK_SIZE))
        bounded_pause(b);
    data = size > SMALL ? take_large(b, size) : take_small(b, class_of(size));
    if (!data && b == own())
        bounded_give_up(b);
    return data;
}

void bounded_free(struct bounded *b, void *data)
{
    size_t kind;

    if (!data)
        return;
    kind = b->kinds[chunk_of(b, data)];
    if (kind < CLASSES) {
        *(void **)data = b->pools[kind].freed;
        b->pools[kind].freed = data;
        return;
    }
    *(struct run *)data = (struct run){b->runs, kind - CLASSES};
    b->runs = data;
}

static size_t usable(const struct bounded *b, const void *data)
{
    size_t kind = b->kinds[chunk_of(b, data)];

    return kind < CLASSES ? size_of(kind) : (kind - CLASSES) * CHUNK;
}

/* What was allocated before body() ran, or elsewhere, is not in its arena. */
static bool is_of_body(const void *data)
{
    return own() && (const char *)data >= own()->arena &&
           (const char *)data < own()->arena + BOUNDED_MEMORY;
}

void *bounded_malloc(size_t size)
{
    return own() ? bounded_alloc(own(), size) : malloc(size);
}

void bounded_release(void *data)
{
    if (is_of_body(data))
        bounded_free(own(), data);
    else
        free(data);
}

void *bounded_realloc(void *data, size_t size)
{
    size_t old;
    void *new;

    if (!own() || (data && !is_of_body(data)))
        return realloc(data, size);
    old = data ? usable(own(), data) : 0;
    if (size <= old)
        return data;
    new = bounded_alloc(own(), size);
    if (data)
        memcpy(new, data, old);
    bounded_free(own(), data);
    return new;
}

char *bounded_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = bounded_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}
