/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process for each of n bodies: what the process models share. */
#include "models/wait/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct processes {
    pid_t *children; /* 0: reaped */
    size_t n, alive;
};

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

static void kill_all(const struct processes *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->children[i])
            kill(p->children[i], SIGKILL);
}

/* False: it is the child of something else. */
static bool forget(struct processes *p, pid_t pid)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->children[i] != pid)
            continue;
        p->children[i] = 0;
        p->alive--;
        return true;
    }
    return false;
}

/* Whichever ends first: one that was killed may be what the others wait for. */
static int reap_all(struct processes *p, int error)
{
    while (p->alive > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);

        if (pid < 0 && errno != EINTR)
            return error ? error : -errno;
        if (pid < 0 || !forget(p, pid) || status == 0 || error == -ECHILD)
            continue;
        error = -ECHILD;
        kill_all(p);
    }
    return error;
}

int processes_run(size_t n, void (*body)(void *context, size_t index),
                  void (*give_up)(void *context), void *context)
{
    struct processes p = {.children = calloc(n + 1, sizeof(*p.children))};
    pid_t parent = getpid(), pid;
    int error = 0;

    if (!p.children)
        return -ENOMEM;
    while (p.n < n && !error) {
        pid = fork();
        if (pid == 0)
            be_child(body, context, p.n, parent);
        error = pid < 0 ? -errno : 0;
        if (pid > 0)
            p.children[p.n++] = pid;
    }
    p.alive = p.n;
    if (error && give_up)
        give_up(context);
    error = reap_all(&p, error);
    free(p.children);
    return error;
}
