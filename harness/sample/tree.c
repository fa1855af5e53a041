/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/tree.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/results/text.h"
#include "workloads/clock.h"

/* A line of a `stat` behind the name, which may hold anything. */
static const char *stat_in(const char *path, char line[1024])
{
    const char *behind;

    text_first_line(path, line, 1024);
    behind = strrchr(line, ')');
    return behind ? behind : "";
}

static const char *stat_of(pid_t pid, char line[1024])
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    return stat_in(path, line);
}

/* Calls `visit` for each process below `pid`, whichever thread started it. */
static void visit(pid_t pid, void (*visit_one)(pid_t pid, void *data),
                  void *data)
{
    glob_t threads = {0};
    char pattern[64];

    visit_one(pid, data);
    snprintf(pattern, sizeof(pattern), "/proc/%d/task/*/children", pid);
    glob(pattern, GLOB_NOSORT, NULL, &threads);
    for (size_t i = 0; i < threads.gl_pathc; i++) {
        FILE *file = fopen(threads.gl_pathv[i], "re");
        pid_t child;

        while (file && fscanf(file, "%d", &child) == 1)
            visit(child, visit_one, data);
        if (file)
            fclose(file);
    }
    globfree(&threads);
}

/* The kernel shows what a process's children used in ticks alone. */
static uint64_t cpu_ns(pid_t pid, unsigned long long child_ticks)
{
    uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
    struct timespec t = {0};
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec +
           child_ticks * tick_ns;
}

static uint64_t peak_bytes(pid_t pid)
{
    char path[64], line[256];
    uint64_t kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    file = fopen(path, "re");
    while (file && !kib && fgets(line, sizeof(line), file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoull(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return 1024 * kib;
}

static void look(pid_t pid, void *data)
{
    unsigned long long user = 0, system = 0;
    struct tree *tree = data;
    char line[1024], state = 0;

    if (sscanf(stat_of(pid, line),
               ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
               &state, &user, &system) != 3 ||
        state == 'Z' || state == 'X')
        return;
    tree->processes++;
    tree->cpu_ns += cpu_ns(pid, user + system);
    tree->peak_bytes += peak_bytes(pid);
}

void tree_look(pid_t root, struct tree *ret)
{
    *ret = (struct tree){0};
    visit(root, look, ret);
}

/* One that only waits for a CPU has not noticed yet that it is to stop. */
static void look_for_running(pid_t pid, void *data)
{
    glob_t threads = {0};
    char text[1024], state;
    bool *running = data;

    snprintf(text, sizeof(text), "/proc/%d/task/*/stat", pid);
    glob(text, GLOB_NOSORT, NULL, &threads);
    for (size_t i = 0; i < threads.gl_pathc; i++)
        if (sscanf(stat_in(threads.gl_pathv[i], text), ") %c", &state) == 1 &&
            !strchr("TtZX", state))
            *running = true;
    globfree(&threads);
}

bool tree_is_stopped(pid_t root)
{
    bool running = false;

    visit(root, look_for_running, &running);
    return !running;
}

static void reset_peak(pid_t pid, void *data)
{
    char path[64];
    int fd;

    (void)data;
    snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "5", 1) != 1) {
        /* Then its peak is that of its whole life. */
    }
    close(fd);
}

void tree_reset_peak(pid_t root)
{
    visit(root, reset_peak, NULL);
}

unsigned tree_count_group(pid_t group)
{
    glob_t all = {0};
    unsigned n = 0;

    glob("/proc/[1-9]*", GLOB_NOSORT, NULL, &all);
    for (size_t i = 0; i < all.gl_pathc; i++) {
        pid_t pid = (pid_t)strtol(all.gl_pathv[i] + strlen("/proc/"), NULL, 10);
        char line[1024], state = 0;
        int of = 0;

        n += sscanf(stat_of(pid, line), ") %c %*d %d", &state, &of) == 2 &&
             of == group && state != 'Z' && state != 'X';
    }
    globfree(&all);
    return n;
}
