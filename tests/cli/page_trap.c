/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds tasks at the counter without any hook: it lies alone on a page that may
 * not be accessed, and each access faults.  The tasks are those of the measured
 * build.  Takes the order of the steps as task numbers on standard input, and
 * prints each as `baton step` does: "2 loads 0".
 *
 *     page_trap TASKS INCREMENTS
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "workloads/kinds/counting.h"

/* Of models/wait/unguarded.h, which the models link. */
void unguarded_task(const struct counting *work, size_t task);

enum { MOST_TASKS = 64, PAGE = 4096, TRAP_FLAG = 0x100, IS_WRITE = 2 };

static struct counting work;
static _Atomic(uint64_t) *page;    /* where the tasks count */
static _Atomic(uint64_t) *visible; /* the same memory, for this program */
static sem_t reports, go[MOST_TASKS];
static _Thread_local size_t self;
static _Thread_local bool writes;

static void protect(int protection)
{
    if (mprotect((void *)page, PAGE, protection))
        abort();
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    if (info->si_addr != (void *)page)
        abort();
    writes = registers[REG_ERR] & IS_WRITE;
    sem_post(&reports);
    while (sem_wait(&go[self])) {
    }
    protect(PROT_READ | PROT_WRITE);
    registers[REG_EFL] |= TRAP_FLAG;
}

/* After that one instruction. */
static void on_step(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
    protect(PROT_NONE);
    printf("%zu %s %llu\n", self + 1, writes ? "stores" : "loads",
           (unsigned long long)*visible);
}

static void *run(void *task)
{
    self = (size_t)task;
    unguarded_task(&work, self);
    sem_post(&reports);
    return NULL;
}

static void map(void)
{
    int fd = memfd_create("counter", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, PAGE))
        abort();
    page = mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0);
    visible = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED || visible == MAP_FAILED)
        abort();
}

static void catch (int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

    sigaction(signal, &action, NULL);
}

int main(int argc, char *argv[])
{
    size_t tasks = argc > 2 ? strtoull(argv[1], NULL, 10) : 0, task;
    struct gate gate = {.expected = (uint32_t)tasks};
    pthread_t threads[MOST_TASKS];

    if (tasks < 1 || tasks > MOST_TASKS)
        return 4;
    map();
    work = (struct counting){.tasks = tasks,
                             .increments = strtoull(argv[2], NULL, 10),
                             .counter = page,
                             .gate = &gate};
    catch (SIGSEGV, on_fault);
    catch (SIGTRAP, on_step);
    sem_init(&reports, 0, 0);
    for (size_t i = 0; i < tasks; i++) {
        sem_init(&go[i], 0, 0);
        if (pthread_create(&threads[i], NULL, run, (void *)i))
            abort();
    }
    for (size_t i = 0; i < tasks; i++)
        sem_wait(&reports);
    while (scanf("%zu", &task) == 1 && task >= 1 && task <= tasks) {
        sem_post(&go[task - 1]);
        sem_wait(&reports);
    }
    for (size_t i = 0; i < tasks; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
