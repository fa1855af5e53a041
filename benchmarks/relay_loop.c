/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel and the C library have to hand over by; see relay_loop.h. */
#include "benchmarks/relay_loop.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In memory that processes share; a cache line each, as the models have it. */
static struct slot {
    _Alignas(64) _Atomic uint32_t word;
    pthread_cond_t come;
} * slots;
static struct bare *bare;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t *gate;
static size_t holder;
static int flags; /* of a futex */

static size_t next_of(size_t runner)
{
    return runner + 1 < bare->runners ? runner + 1 : 0;
}

/* How often runner 0, which is the first, has the token; others have it once
 * less when the passes are no multiple, so they are one.
 */
static uint64_t turns(void)
{
    return bare->passes / bare->runners;
}

static void futex_wait(size_t runner)
{
    _Atomic uint32_t *word = &slots[runner].word;

    while (!atomic_load_explicit(word, memory_order_acquire))
        syscall(SYS_futex, word, FUTEX_WAIT | flags, 0, NULL, NULL, 0);
    atomic_store_explicit(word, 0, memory_order_relaxed);
}

static void futex_wake(size_t runner)
{
    _Atomic uint32_t *word = &slots[runner].word;

    atomic_store_explicit(word, 1, memory_order_release);
    syscall(SYS_futex, word, FUTEX_WAKE | flags, 1, NULL, NULL, 0);
}

static void cond_wait(size_t runner)
{
    pthread_mutex_lock(&lock);
    while (holder != runner)
        pthread_cond_wait(&slots[runner].come, &lock);
    pthread_mutex_unlock(&lock);
}

static void cond_wake(size_t runner)
{
    pthread_mutex_lock(&lock);
    holder = runner;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&slots[runner].come);
}

static void (*await)(size_t), (*wake)(size_t);

static void *be_runner(void *argument)
{
    size_t runner = (size_t)(uintptr_t)argument;

    pthread_barrier_wait(gate);
    for (uint64_t turn = 0; turn < turns(); turn++) {
        await(runner);
        if (runner == 0 && turn == 0)
            bare->begun_ns = clock_ns();
        wake(next_of(runner));
    }
    if (runner == 0) {
        await(runner);
        bare->ended_ns = clock_ns();
    }
    return NULL;
}

static void *shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        exit(1);
    return memory;
}

static void begin(struct bare *b, int shares)
{
    pthread_barrierattr_t attr;

    if (!slots) {
        slots = shared(b->runners * sizeof(*slots));
        gate = shared(sizeof(*gate));
        bare = shared(sizeof(*bare));
    }
    *bare = *b;
    holder = SIZE_MAX;
    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, shares);
    pthread_barrier_init(gate, &attr, (unsigned)b->runners);
    for (size_t i = 0; i < b->runners; i++) {
        slots[i].word = 0;
        pthread_cond_init(&slots[i].come, NULL);
    }
    wake(0);
}

static int run_threads(struct bare *b)
{
    pthread_t *threads = calloc(b->runners, sizeof(*threads));

    flags = FUTEX_PRIVATE_FLAG;
    begin(b, PTHREAD_PROCESS_PRIVATE);
    for (size_t i = 0; i < b->runners; i++)
        if (pthread_create(&threads[i], NULL, be_runner, (void *)i))
            return 1;
    for (size_t i = 0; i < b->runners; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    *b = *bare;
    return 0;
}

static int run_processes(struct bare *b)
{
    flags = 0;
    begin(b, PTHREAD_PROCESS_SHARED);
    for (size_t i = 0; i < b->runners; i++)
        if (fork() == 0) {
            be_runner((void *)i);
            _exit(0);
        }
    while (wait(NULL) > 0) {
    }
    *b = *bare;
    return 0;
}

static int run_eventfds(struct bare *b)
{
    int *fds = calloc(b->runners, sizeof(*fds)), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    size_t runner = 0;

    for (size_t i = 0; i < b->runners; i++) {
        fds[i] = eventfd(0, EFD_NONBLOCK);
        event.data.u64 = i;
        if (fds[i] < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event))
            return 1;
    }
    b->begun_ns = clock_ns();
    for (uint64_t pass = 0; pass < b->passes; pass++) {
        eventfd_write(fds[runner], 1);
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            return 1;
        runner = event.data.u64 + 1 < b->runners ? event.data.u64 + 1 : 0;
    }
    b->ended_ns = clock_ns();
    for (size_t i = 0; i < b->runners; i++)
        close(fds[i]);
    close(epoll);
    free(fds);
    return 0;
}

static size_t call_next(size_t runner)
{
    return runner + 1;
}

/* A call through a pointer that the compiler does not know. */
static int run_calls(struct bare *b)
{
    size_t (*volatile which)(size_t) = call_next;
    size_t (*next)(size_t) = which, runner = 0;

    b->begun_ns = clock_ns();
    for (uint64_t pass = 0; pass < b->passes; pass++) {
        runner = next(runner);
        if (runner == b->runners)
            runner = 0;
    }
    b->ended_ns = clock_ns();
    return runner == b->runners;
}

int main(int argc, char *argv[])
{
    const char *by = argc == 5 ? argv[1] : "";

    await = strcmp(by, "condition") ? futex_wait : cond_wait;
    wake = strcmp(by, "condition") ? futex_wake : cond_wake;
    if (strcmp(by, "futex") == 0 || strcmp(by, "condition") == 0)
        return bare_run(argc - 1, argv + 1, run_threads);
    if (strcmp(by, "processes") == 0)
        return bare_run(argc - 1, argv + 1, run_processes);
    if (strcmp(by, "eventfd") == 0)
        return bare_run(argc - 1, argv + 1, run_eventfds);
    if (strcmp(by, "call") == 0)
        return bare_run(argc - 1, argv + 1, run_calls);
    fprintf(stderr, "usage: relay_loop futex|condition|processes|eventfd|call "
                    "RUNNERS PASSES TIMES\n");
    return 2;
}
