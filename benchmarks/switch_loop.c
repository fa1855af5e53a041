/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two sides of the benchmark `switch`: TASKS coroutines hand over in turn,
 * PASSES times in all, by the switch of models/coroutine.c ("stacks") or by the
 * C library's swapcontext() ("ucontext").  Prints the nanoseconds of one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "models/coroutine_stacks.h"
#include "workloads/clock.h"

static size_t n_tasks;
static uint64_t n_passes, passed;

/* Processor time: neither side waits, and other processes take none of it. */
static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Of the model's switch. */
static struct coroutine **coroutines;

static struct coroutine *pass_on(struct coroutine *self)
{
    struct coroutine *next = coroutines[(self->index + 1) % n_tasks];

    while (passed < n_passes) {
        passed++;
        coroutine_switch(self, next);
    }
    return &self->stacks->thread;
}

static uint64_t with_stacks(void)
{
    struct stacks stacks;
    uint64_t start_ns;

    if (stacks_init(&stacks, n_tasks, pass_on, NULL))
        exit(1);
    for (size_t i = 0; i < n_tasks; i++)
        coroutines[i] = stacks_begin(&stacks);
    start_ns = cpu_ns();
    coroutine_switch(&stacks.thread, coroutines[0]);
    return cpu_ns() - start_ns;
}

/* Of the C library's. */
static ucontext_t *contexts, thread;

static void pass_on_by_swap(unsigned index)
{
    ucontext_t *next = &contexts[(index + 1) % n_tasks];

    while (passed < n_passes) {
        passed++;
        swapcontext(&contexts[index], next);
    }
}

enum { STACK = 64 * 1024 };

static uint64_t with_ucontext(void)
{
    uint64_t start_ns;

    for (size_t i = 0; i < n_tasks; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = malloc(STACK);
        contexts[i].uc_stack.ss_size = STACK;
        contexts[i].uc_link = &thread;
        makecontext(&contexts[i], (void (*)(void))pass_on_by_swap, 1,
                    (unsigned)i);
    }
    start_ns = cpu_ns();
    swapcontext(&thread, &contexts[0]);
    return cpu_ns() - start_ns;
}

int main(int argc, char *argv[])
{
    bool stacks = argc == 4 && strcmp(argv[1], "stacks") == 0;
    uint64_t spent_ns;

    if (argc != 4 || (!stacks && strcmp(argv[1], "ucontext") != 0)) {
        fprintf(stderr, "usage: switch_loop stacks|ucontext TASKS PASSES\n");
        return 2;
    }
    n_tasks = strtoull(argv[2], NULL, 10);
    n_passes = strtoull(argv[3], NULL, 10);
    coroutines = calloc(n_tasks + 1, sizeof(*coroutines));
    contexts = calloc(n_tasks + 1, sizeof(*contexts));
    if (!n_tasks || !coroutines || !contexts)
        return 1;
    spent_ns = stacks ? with_stacks() : with_ucontext();
    printf("real_ns=%.17g\n", (double)spent_ns / (double)n_passes);
    return 0;
}
