/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * awaiting: what models/wait/ is for, in the C library's coroutines.
 *
 * Who runs it?  One thread, which switches to whoever can go on.
 * How it waits.  All lanes at once, in one epoll_wait(); a lane is a plain loop
 *   that stops in the middle.
 * Shared state.  The buffer: between two waits nobody else runs.
 *
 * Compare with models/wait/blocking.c, where the kernel switches.
 */
#include "tests/conformance/awaiting.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "models/wait/bursts.h"
#include "models/wait/readiness.h"
#include "models/wait/steps.h"
#include "models/wait/talk.h"

#if defined(__SANITIZE_ADDRESS__)
enum { STACK = 512 * 1024 }; /* its frames are larger */
#else
enum { STACK = 32 * 1024 + 8 * 1024 }; /* a callback's, and talk()'s own */
#endif

struct awaiting {
    struct readiness readiness;
    ucontext_t loop;
    int error; /* of the model itself */
    char bytes[64 * 1024];
};

struct coroutine {
    struct waiter waiter; /* first: what wake() gets */
    struct wire wire;
    struct awaiting *all;
    struct conn *conn;
    ucontext_t context;
};

static struct coroutine *self(struct wire *wire)
{
    return (void *)((char *)wire - offsetof(struct coroutine, wire));
}

/* 0, or -ETIME: the deadline came first. */
static int await(struct coroutine *co, const struct conn *c)
{
    int error =
        readiness_wait(&co->all->readiness, &co->waiter, c->deadline_ns);

    if (error)
        return error;
    swapcontext(&co->context, &co->all->loop);
    return co->waiter.late ? -ETIME : 0;
}

static int await_dial(struct wire *wire, const struct conn *c)
{
    struct coroutine *co = self(wire);
    int begun = step_dial(c, &wire->fd);
    int error = wire->fd < 0 ? begun
                             : readiness_watch(&co->all->readiness, &co->waiter,
                                               wire->fd);

    if (error || begun != -EAGAIN)
        return error ? error : begun;
    error = await(co, c);
    return error ? error : step_dialled(wire->fd);
}

static ssize_t await_send(struct wire *wire, const struct conn *c,
                          const void *data, size_t len)
{
    ssize_t n;

    while ((n = step_send(wire->fd, data, len)) == -EAGAIN) {
        int error = await(self(wire), c);

        if (error)
            return error;
    }
    return n;
}

static ssize_t await_recv(struct wire *wire, const struct conn *c,
                          const void **ret_data)
{
    struct coroutine *co = self(wire);
    char *bytes = co->all->bytes;
    ssize_t n;

    *ret_data = bytes;
    while ((n = step_receive(wire->fd, bytes, sizeof(co->all->bytes))) ==
           -EAGAIN) {
        int error = await(co, c);

        if (error)
            return error;
    }
    return n;
}

/* The others have a turn: what is ready, and what is due before now. */
static void await_pause(struct wire *wire, enum work_left left)
{
    struct coroutine *co = self(wire);
    uint64_t at_ns = clock_ns() + (left == WORK_LATER ? NS_PER_MS : 0);

    if (readiness_wait(&co->all->readiness, &co->waiter, at_ns) == 0)
        swapcontext(&co->context, &co->all->loop);
}

static const struct waits waits = {
    .dial = await_dial,
    .send = await_send,
    .recv = await_recv,
    .pause = await_pause,
};

/* makecontext() passes ints. */
static void run(unsigned high, unsigned low)
{
    struct coroutine *co = (void *)((uintptr_t)high << 32 | low);

    talk(&co->wire, co->conn);
}

static void wake(struct waiter *waiter)
{
    struct coroutine *co = (struct coroutine *)waiter;

    swapcontext(&co->all->loop, &co->context);
}

static void start(struct awaiting *all, struct coroutine *co, char *stack)
{
    uintptr_t word = (uintptr_t)co;

    getcontext(&co->context);
    co->context.uc_stack.ss_sp = stack;
    co->context.uc_stack.ss_size = STACK;
    co->context.uc_link = &all->loop;
    makecontext(&co->context, (void (*)(void))run, 2, (unsigned)(word >> 32),
                (unsigned)word);
    wake(&co->waiter);
}

static int run_all(struct awaiting *all, struct coroutine *coroutines,
                   struct connections *work, char *stacks)
{
    int error = readiness_init(&all->readiness);

    for (size_t i = 0; !error && i < work->n; i++) {
        coroutines[i].wire = (struct wire){.waits = &waits, .fd = -1};
        coroutines[i].all = all;
        coroutines[i].conn = &work->conns[i];
        start(all, &coroutines[i], stacks + i * STACK);
        if (burst_ends(i))
            error = readiness_turn(&all->readiness, wake);
    }
    if (!error)
        error = readiness_run(&all->readiness, wake);
    readiness_finish(&all->readiness);
    return error;
}

static int connect_all(struct connections *work)
{
    struct coroutine *coroutines = calloc(work->n + 1, sizeof(*coroutines));
    struct awaiting *all = calloc(1, sizeof(*all));
    size_t size = (work->n + 1) * STACK;
    char *stacks = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int error = -ENOMEM;

    if (coroutines && all && stacks != MAP_FAILED)
        error = run_all(all, coroutines, work, stacks);
    if (stacks != MAP_FAILED)
        munmap(stacks, size);
    free(all);
    free(coroutines);
    return error;
}

const struct model model_awaiting = {
    .contract = MODEL_CONTRACT,
    .name = "awaiting",
    .label = "coroutines of the tests",
    .summary = "talk() on stacks that wait in one readiness",
    .family = FAMILY_COROUTINES,
    .mark = MODEL_MARKS,
#if defined(__SANITIZE_THREAD__)
    .absent = "ThreadSanitizer does not know its stacks",
#endif
    .counting = {.gap = "it is for models/wait/ alone"},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_STACK},
};
