/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process: a process for each task, a process for each connection.
 *
 * Who runs it?  The kernel's scheduler, as for threads; a process has its own
 *   memory and descriptors besides, which fork() has to make.
 * How it waits.  Each process blocks in its own recv(); the others run on.
 * Shared state.  Only memory that was mapped to be shared before the fork: the
 *   counter, unguarded, the gate, and the lanes with their results.  Whatever
 *   else a child writes is its own copy, and ends with it.
 *
 * Compare with thread_per_socket.c, where all memory is shared.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/unguarded.h"

/* _exit(): what the parent has yet to print or to free is not the child's. */
static _Noreturn void be_child(void (*body)(void *context, size_t index),
                               void *context, size_t index, pid_t parent)
{
    /* A parent that is killed takes its children with it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        body(context, index);
    _exit(0);
}

/* Whether it ended by itself. */
static bool reap(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Forks n children and reaps them all; give_up() when one could not start. */
static int processes_run(size_t n, void (*body)(void *context, size_t index),
                         void (*give_up)(void *context), void *context)
{
    pid_t parent = getpid(), *children = calloc(n + 1, sizeof(*children));
    size_t started = 0;
    int error = 0;

    if (!children)
        return -ENOMEM;
    while (started < n && !error) {
        pid_t pid = fork();

        if (pid == 0)
            be_child(body, context, started, parent);
        error = pid < 0 ? -errno : 0;
        if (pid > 0)
            children[started++] = pid;
    }
    if (error && give_up)
        give_up(context);
    for (size_t i = 0; i < started; i++)
        if (!reap(children[i]) && !error)
            error = -ECHILD;
    free(children);
    return error;
}

static void count_one(void *context, size_t index)
{
    unguarded_task(context, index);
}

static void break_gate(void *context)
{
    const struct counting *work = context;

    gate_break(work->gate);
}

static int count(struct counting *work)
{
    return processes_run(work->tasks, count_one, break_gate, work);
}

static void talk(void *context, size_t index)
{
    struct connections *work = context;

    blocking_talk(&work->conns[index]);
}

static int connect_all(struct connections *work)
{
    return processes_run(work->n, talk, NULL, work);
}

const struct model model_process = {
    .contract = MODEL_CONTRACT,
    .name = "process",
    .label = "processes",
    .summary = "a process for each task and each connection",
    .family = FAMILY_PROCESSES,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_PROCESS},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_PROCESS},
};
