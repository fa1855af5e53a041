/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int open_file(pid_t tid, const char *name)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/self/task/%d/%s", (int)tid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int probe_open(pid_t tid, struct probe *ret)
{
    struct probe p = {.call = open_file(tid, "syscall")};

    if (p.call < 0)
        return p.call;
    p.state = open_file(tid, "stat");
    if (p.state < 0) {
        close(p.call);
        return p.state;
    }
    *ret = p;
    return 0;
}

void probe_close(struct probe *p)
{
    close(p->call);
    close(p->state);
}

/*
 * System calls that wait for another thread.  In others, as in those for
 * memory, a thread may sleep as well, but ends that by itself.
 */
static const long waiting[] = {
    SYS_futex,          SYS_read,    SYS_readv,   SYS_recvfrom,    SYS_recvmsg,
    SYS_ppoll,          SYS_wait4,   SYS_waitid,  SYS_epoll_pwait, SYS_pselect6,
    SYS_accept4,        SYS_connect, SYS_sendmsg, SYS_write,       SYS_sendto,
#ifdef SYS_io_uring_enter
    SYS_io_uring_enter,
#endif
#ifdef SYS_poll /* not on every machine */
    SYS_poll,           SYS_select,  SYS_pause,   SYS_epoll_wait,  SYS_accept,
#endif
};

static bool is_wait(long call)
{
    for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
        if (waiting[i] == call)
            return true;
    return false;
}

static bool is_pause(long call)
{
#ifdef SYS_nanosleep
    if (call == SYS_nanosleep)
        return true;
#endif
    return call == SYS_clock_nanosleep;
}

/*
 * "7 (name) S ...".  A thread that was woken and has no CPU yet is still in its
 * system call, but its state is R.
 */
static bool is_asleep(int stat)
{
    char text[96];
    const char *name_end;
    ssize_t n = pread(stat, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    name_end = strrchr(text, ')');
    return name_end && name_end[1] == ' ' &&
           (name_end[2] == 'S' || name_end[2] == 'D');
}

/* "running", or the number of a system call; below 0: in none. */
enum probed probe(const struct probe *p)
{
    char text[32], *end;
    ssize_t n = pread(p->call, text, sizeof(text) - 1, 0);
    long call;

    if (n <= 0)
        return n < 0 && errno != ESRCH ? PROBED_RUNS : PROBED_GONE;
    text[n] = '\0';
    call = strtol(text, &end, 10);
    if (end == text)
        return PROBED_RUNS;
    if (is_wait(call))
        return is_asleep(p->state) ? PROBED_ASLEEP : PROBED_RUNS;
    return is_pause(call) ? PROBED_PAUSES : PROBED_RUNS;
}

/* The kernel's clock of a thread: see clock_getcpuclockid(3). */
uint64_t probe_cpu_ns(pid_t tid)
{
    clockid_t clock = (clockid_t)((~(unsigned)tid << 3) | 6);
    struct timespec t;

    return clock_gettime(clock, &t)
               ? 0
               : (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* One that cannot be looked at just now may go on. */
static bool is_awake(const char *name)
{
    pid_t tid = (pid_t)atoi(name);
    struct probe p;
    int error;
    bool awake;

    if (!tid || tid == gettid())
        return false;
    error = probe_open(tid, &p);
    if (error)
        return error != -ENOENT && error != -ESRCH;
    awake = probe(&p) < PROBED_ASLEEP;
    probe_close(&p);
    return awake;
}

static bool are_asleep(void)
{
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *entry;
    bool awake = false;

    if (!threads)
        return false;
    while (!awake && (entry = readdir(threads)))
        awake = is_awake(entry->d_name);
    closedir(threads);
    return !awake;
}

bool probe_all_asleep(bool sure)
{
    static const struct timespec pause = {.tv_nsec = 1000000};

    for (int look = 0; look < (sure ? 3 : 2); look++) {
        if (!are_asleep())
            return false;
        if (sure)
            nanosleep(&pause, NULL);
    }
    return true;
}
