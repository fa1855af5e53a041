/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/process/interrupt.h"
#include "workloads/clock.h"

extern char **environ;

static bool begins_with_any(const char *text, const char *const starts[])
{
    for (size_t i = 0; starts[i]; i++)
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* `variable` gives way to one of `added`, "NAME=value" each. */
static bool is_replaced(const char *variable, const char *const added[])
{
    size_t name = strcspn(variable, "=") + 1;

    for (size_t i = 0; added[i]; i++)
        if (strncmp(variable, added[i], name) == 0)
            return true;
    return false;
}

char **child_environment(size_t padding, const char *const dropped[],
                         const char *const added[])
{
    static char text[16 + CHILD_PADDING] = "BATON_PADDING=";
    size_t n = 0, name = strlen("BATON_PADDING=");
    char **env;

    while (environ[n])
        n++;
    for (size_t i = 0; added[i]; i++)
        n++;
    env = calloc(n + 2, sizeof(*env));
    if (!env)
        return NULL;
    n = 0;
    for (size_t i = 0; environ[i]; i++)
        if (!begins_with_any(environ[i], dropped) &&
            !is_replaced(environ[i], added))
            env[n++] = environ[i];
    for (size_t i = 0; added[i]; i++)
        env[n++] = (char *)added[i];
    memset(text + name, 'x', padding);
    text[name + padding] = '\0';
    env[n] = text;
    return env;
}

static void describe_fds(const struct child_fd fds[],
                         posix_spawn_file_actions_t *actions)
{
    posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    for (size_t i = 0; fds[i].from >= 0; i++)
        posix_spawn_file_actions_adddup2(actions, fds[i].from, fds[i].to);
}

int child_spawn(struct child *child, const char *program, char *argv[],
                char *env[], const struct child_fd fds[])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    int error;

    posix_spawn_file_actions_init(&actions);
    describe_fds(fds, &actions);
    posix_spawnattr_init(&attr);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attr, &none);
    /* This process ignores it; others may rely on it. */
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
                                        POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    child->pipe = -1;
    child->spawned_ns = clock_ns();
    error = posix_spawnp(&child->pid, program, &actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    if (!error)
        child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return -error;
}

static _Noreturn void be_child(pid_t parent, int (*run)(void *context),
                               void *context)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    interrupt_release();
    exit(run(context));
}

int child_fork(struct child *child, int (*run)(void *context), void *context)
{
    pid_t parent = getpid();

    *child = (struct child){.pidfd = -1, .pipe = -1};
    /* The child ends by exit(), which would print it once more. */
    fflush(stdout);
    fflush(stderr);
    signal(SIGCHLD, SIG_DFL);
    child->pid = fork();
    if (child->pid == 0)
        be_child(parent, run, context);
    if (child->pid < 0)
        return -errno;
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    setpgid(child->pid, child->pid);
    return 0;
}

bool child_has_ended(const struct child *child)
{
    siginfo_t info = {0};
    int error =
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);

    return error || info.si_pid == child->pid;
}

/* All that the model started goes with it. */
static void end_group(const struct child *child)
{
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
}

/* What is too much for the report is read all the same: nobody is to wait. */
static void hear(struct child *child)
{
    size_t room = CHILD_REPORT - 1 - child->report_len;
    char surplus[4096];
    ssize_t n = room
                    ? read(child->pipe, child->report + child->report_len, room)
                    : read(child->pipe, surplus, sizeof(surplus));

    if (room && n > 0)
        child->report_len += (size_t)n;
    if (n == 0) {
        close(child->pipe);
        child->pipe = -1;
    }
}

int child_attend(struct child *child)
{
    sigset_t none;

    sigemptyset(&none);
    for (;;) {
        struct pollfd ready[2] = {{.fd = child->pidfd, .events = POLLIN},
                                  {.fd = child->pipe, .events = POLLIN}};
        uint64_t now = clock_ns(), left;
        struct timespec timeout;

        if (interrupt_came()) {
            end_group(child);
            return -EINTR;
        }
        /* Whatever time it is, one that has ended is heard to its end. */
        if (now >= child->deadline_ns && poll(ready, 2, 0) == 0) {
            child->hung = true;
            end_group(child);
        }
        left = now < child->deadline_ns ? child->deadline_ns - now : NS_PER_S;
        timeout.tv_sec = (time_t)(left / NS_PER_S);
        timeout.tv_nsec = (long)(left % NS_PER_S);
        if (ppoll(ready, 2, &timeout, &none) <= 0)
            continue;
        if (ready[1].revents)
            hear(child);
        else if (ready[0].revents)
            break;
        /* Without a pidfd the end of its report is the end of the child. */
        if (child->pidfd < 0 && child->pipe < 0)
            break;
    }
    child->ended_ns = clock_ns();
    return 0;
}

void child_reap(struct child *child)
{
    siginfo_t ended;

    /* What the model left behind goes while the id is still the child's. */
    while (waitid(P_PID, (id_t)child->pid, &ended, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    kill(-child->pid, SIGKILL);
    while (wait4(child->pid, &child->wait_status, 0, &child->usage) < 0 &&
           errno == EINTR) {
    }
    if (child->pipe >= 0)
        close(child->pipe);
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pipe = child->pidfd = -1;
    if (child->report)
        child->report[child->report_len] = '\0';
}

void child_end(struct child *child)
{
    end_group(child);
    child_reap(child);
}
