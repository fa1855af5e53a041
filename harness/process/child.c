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

#include "harness/process/drain.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"

extern char **environ;

static const char padding_name[] = "BATON_PADDING=";

/* Whether a variable is dropped, or gives way to one that is added. */
static bool is_out(const char *variable, const struct child_setup *setup)
{
    size_t name = strcspn(variable, "=") + 1;

    for (size_t i = 0; setup->dropped && setup->dropped[i]; i++)
        if (strncmp(variable, setup->dropped[i], strlen(setup->dropped[i])) ==
            0)
            return true;
    for (size_t i = 0; setup->added && setup->added[i]; i++)
        if (strncmp(variable, setup->added[i], name) == 0)
            return true;
    return strncmp(variable, padding_name, sizeof(padding_name) - 1) == 0;
}

/* For free(), without `padding`; NULL: no memory. */
static char **environment_of(const struct child_setup *setup, char *padding)
{
    size_t n = 0, added = 0;
    char **env;

    while (environ[n])
        n++;
    while (setup->added && setup->added[added])
        added++;
    env = calloc(n + added + 2, sizeof(*env));
    if (!env)
        return NULL;
    n = 0;
    for (size_t i = 0; environ[i]; i++)
        if (!is_out(environ[i], setup))
            env[n++] = environ[i];
    for (size_t i = 0; i < added; i++)
        env[n++] = (char *)setup->added[i];
    env[n] = padding;
    return env;
}

static void set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, defaults;

    posix_spawnattr_init(attr);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(attr, &none);
    /* This process may ignore them; others may rely on them. */
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGXFSZ);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(attr, &defaults);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
                                       POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF);
}

/* `said` is the end of the pipe that its report is written to, or -1. */
static int spawn(struct child *child, const struct child_setup *setup,
                 char *env[], int said)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    if (said >= 0)
        posix_spawn_file_actions_adddup2(&actions, said, setup->heard);
    for (size_t i = 0; setup->fds && setup->fds[i].from >= 0; i++)
        posix_spawn_file_actions_adddup2(&actions, setup->fds[i].from,
                                         setup->fds[i].to);
    set_attributes(&attr);
    child->spawned_ns = clock_ns();
    error = posix_spawnp(&child->pid, setup->program, &actions, &attr,
                         setup->argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    if (!error)
        child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return -error;
}

int child_spawn(struct child *child, const struct child_setup *setup)
{
    char padding[sizeof(padding_name) + CHILD_PADDING], **env;
    int pipe[2] = {-1, -1}, error = -ENOMEM;

    strcpy(padding, padding_name);
    memset(padding + sizeof(padding_name) - 1, 'x', setup->padding);
    padding[sizeof(padding_name) - 1 + setup->padding] = '\0';
    child->pipe = child->pidfd = -1;
    if (child->report && pipe2(pipe, O_CLOEXEC))
        return -errno;
    env = environment_of(setup, padding);
    if (env)
        error = spawn(child, setup, env, pipe[1]);
    free(env);
    if (pipe[1] >= 0)
        close(pipe[1]);
    if (error && pipe[0] >= 0)
        close(pipe[0]);
    else
        child->pipe = pipe[0];
    return error;
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

/* What the model started is ended, too. */
static void end_group(const struct child *child)
{
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
}

/* Surplus output is read and dropped, so that no writer blocks. */
static void hear(struct child *child)
{
    size_t room = CHILD_REPORT - 1 - child->report_len;
    char surplus[4096];
    ssize_t n;

    if (room)
        n = read(child->pipe, child->report + child->report_len, room);
    else if (child->drain)
        n = drain_empty(child->drain, child->pipe);
    else
        n = read(child->pipe, surplus, sizeof(surplus));
    if (room && n > 0)
        child->report_len += (size_t)n;
    if (n == 0) {
        close(child->pipe);
        child->pipe = -1;
    }
}

/*
 * A writer wakes the reader of an empty pipe only.  Emptied at once, it would
 * be interrupted by each of its writes; in this time, 1 MiB are not filled.
 */
static const uint64_t filling_ns = 200000;

/* Waits until one is ready, or it is time to look or to empty the pipe. */
static int wait_for(struct child *child, struct pollfd ready[], nfds_t n_ready,
                    bool filling)
{
    uint64_t now = clock_ns(), end = child->deadline_ns;
    struct timespec timeout;
    sigset_t none;
    int n;

    sigemptyset(&none);
    if (now >= end)
        end = now + NS_PER_S;
    if (child->look && now + child->look_ns < end)
        end = now + child->look_ns;
    if (filling && now + filling_ns < end)
        end = now + filling_ns;
    timeout.tv_sec = (time_t)((end - now) / NS_PER_S);
    timeout.tv_nsec = (long)((end - now) % NS_PER_S);
    n = ppoll(ready, n_ready, &timeout, &none);
    now = clock_ns();
    if (n == 0 && now - end > child->late_ns)
        child->late_ns = now - end;
    if (n == 0 && child->look && !child->hung)
        child->look(child->context);
    return n;
}

/* One that has ended is not late, whatever the time is. */
static void end_if_late(struct child *child, struct pollfd ready[2])
{
    if (clock_ns() < child->deadline_ns ||
        poll(ready, child->pidfd < 0 ? 2 : 1, 0) != 0)
        return;
    if (child->look && !child->hung)
        child->look(child->context);
    child->hung = true;
    end_group(child);
}

/* What the process wrote; others may write on, and are not waited for. */
static void hear_rest(struct child *child)
{
    struct pollfd ready = {.fd = child->pipe, .events = POLLIN};

    for (int i = 0; i < 64 && child->pipe >= 0 && poll(&ready, 1, 0) > 0; i++)
        hear(child);
    if (child->drain)
        drain_empty(child->drain, child->drain->read);
}

/* Positive at the end of the process; 0: not yet; or -EINTR. */
static int attend_once(struct child *child, bool *filling)
{
    enum { PROCESS, REPORT, OUTPUT, ALL };
    const int output = child->drain ? child->drain->read : -1;
    struct pollfd ready[ALL] = {
        [PROCESS] = {.fd = child->pidfd, .events = POLLIN},
        [REPORT] = {.fd = child->pipe, .events = POLLIN},
        [OUTPUT] = {.fd = *filling ? -1 : output, .events = POLLIN}};
    int n;

    if (interrupt_came()) {
        end_group(child);
        return -EINTR;
    }
    end_if_late(child, ready);
    n = wait_for(child, ready, ALL, *filling);
    if (*filling)
        drain_empty(child->drain, output);
    *filling = n > 0 && ready[OUTPUT].revents;
    if (n > 0 && !ready[PROCESS].revents && ready[REPORT].revents)
        hear(child);
    /* Without a pidfd the end of its report is the end of the child. */
    return n > 0 &&
           (ready[PROCESS].revents || (child->pidfd < 0 && child->pipe < 0));
}

int child_attend(struct child *child)
{
    bool filling = false;
    int ended = 0;

    while (ended == 0)
        ended = attend_once(child, &filling);
    if (ended < 0)
        return ended;
    child->ended_ns = clock_ns();
    hear_rest(child);
    return 0;
}

void child_reap(struct child *child)
{
    siginfo_t ended;

    /* Before the child is reaped, its id is not another process's. */
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

double child_cpu_ns(const struct rusage *u)
{
    return 1e9 * (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           1e3 * (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

void child_describe_end(const struct child *child, char *out, size_t size)
{
    int status = child->wait_status;

    if (child->hung)
        snprintf(out, size, "ended after %.0f s",
                 (double)(child->deadline_ns - child->spawned_ns) / 1e9);
    else if (WIFSIGNALED(status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}
