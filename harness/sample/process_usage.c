/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/process_usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

struct usage_peak *usage_peak;

static pid_t root;                 /* of the tree of which the peak is */
static struct usage_memory before; /* growth; zeroes: it is not measured */

/* The sum of the numbers behind `name` in a file of lines "name: number". */
static uint64_t sum_fields(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    char line[256];
    uint64_t sum = 0;
    size_t len = strlen(name);

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, len) == 0)
            sum += strtoull(line + strcspn(line, ":") + 1, NULL, 10);
    if (file)
        fclose(file);
    return sum;
}

uint64_t usage_status(const char *name)
{
    return sum_fields("/proc/self/status", name);
}

/* See proc(5): the ninth field; the name before it may hold anything. */
static bool is_exiting(int tasks_fd, const char *task)
{
    enum { PF_EXITING = 4 }; /* as in the kernel's linux/sched.h */
    char path[300], stat[512];
    const char *after;
    unsigned flags;
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "%s/stat", task);
    fd = openat(tasks_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT; /* it has ended meanwhile */
    len = read(fd, stat, sizeof(stat) - 1);
    close(fd);
    if (len < 0)
        return true; /* it has ended, too */
    stat[len] = '\0';
    after = strrchr(stat, ')');
    return after &&
           sscanf(after, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
           flags & PF_EXITING;
}

uint64_t usage_cpu_wait(void)
{
    unsigned long long wait_ns = 0;
    char line[128];

    text_first_line("/proc/self/schedstat", line, sizeof(line));
    return sscanf(line, "%*u %llu", &wait_ns) == 1 ? wait_ns : 0;
}

uint64_t usage_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    struct dirent *e;
    uint64_t n = 0;

    while (dir && (e = readdir(dir)))
        n += e->d_name[0] != '.' && !is_exiting(dirfd(dir), e->d_name);
    if (dir)
        closedir(dir);
    return n;
}

static uint64_t count_fds(const char *path)
{
    DIR *dir = opendir(path);
    uint64_t n = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n > 2 ? n - 2 : 0; /* "." and ".." */
}

uint64_t usage_fds(void)
{
    uint64_t n = count_fds("/proc/self/fd");

    return n > 0 ? n - 1 : 0; /* the directory itself */
}

/* Of a process's first thread; free() the list.  UINT64_MAX: it has none. */
static uint64_t list_children(pid_t pid, pid_t **ret)
{
    char path[64];
    uint64_t n = 0;
    FILE *file;
    int child;

    *ret = NULL;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;
    while (fscanf(file, "%d", &child) == 1 && ARRAY_ROOM(*ret, n))
        (*ret)[n++] = child;
    fclose(file);
    return n;
}

uint64_t usage_children(void)
{
    siginfo_t ended;
    pid_t *children;
    uint64_t n = list_children(getpid(), &children);

    free(children);
    if (n != UINT64_MAX)
        return n;
    /* This kernel has no such lists: 1 stands for one or more. */
    return waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0;
}

uint64_t usage_end_children(void)
{
    uint64_t ended = 0, n;

    do {
        pid_t *children;

        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        n = list_children(getpid(), &children);
        n = n == UINT64_MAX ? 0 : n;
        for (uint64_t i = 0; i < n; i++) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
        ended += n;
        free(children);
    } while (n > 0);
    return ended;
}

struct sums {
    uint64_t threads, fds, children_bytes;
};

static void add_process(pid_t pid, struct sums *sums)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    sums->threads += sum_fields(path, "Threads:");
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    sums->fds += count_fds(path) - (pid == getpid()); /* its directory */
    if (pid == root)
        return;
    /* Not Pss: the more programs share a page, the less it would be. */
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    sums->children_bytes += 1024 * sum_fields(path, "Private_");
}

static void add_tree(pid_t pid, struct sums *sums)
{
    pid_t *children;
    uint64_t n = list_children(pid, &children);

    add_process(pid, sums);
    for (uint64_t i = 0; n != UINT64_MAX && i < n; i++)
        add_tree(children[i], sums);
    free(children);
}

static uint64_t kernel_bytes(void)
{
    static const char *const parts[] = {
        "SUnreclaim:", "KernelStack:", "PageTables:"};
    uint64_t kib = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        kib += sum_fields("/proc/meminfo", parts[i]);
    return 1024 * kib;
}

static uint64_t own_bytes(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/status", root);
    return 1024 * (sum_fields(path, "RssAnon:") + sum_fields(path, "RssFile:"));
}

void usage_begin_growth(void)
{
    /* Counts of the kernel's are exact to some pages for each processor. */
    enum { STEPS = 50, STILL = 256 * 1024 };
    static const struct timespec step = {.tv_nsec = 20000000};
    uint64_t was, is = kernel_bytes();

    for (int i = 0; i < STEPS; i++) {
        was = is;
        nanosleep(&step, NULL);
        is = kernel_bytes();
        if (is + STILL > was)
            break;
    }
    before = (struct usage_memory){own_bytes(), is};
}

int usage_share_peak(void)
{
    void *memory = mmap(NULL, sizeof(*usage_peak), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return -errno;
    usage_peak = memory;
    root = getpid();
    return 0;
}

static void raise_to(_Atomic uint64_t *most, uint64_t value)
{
    uint64_t was = atomic_load(most);

    while (value > was && !atomic_compare_exchange_weak(most, &was, value)) {
    }
}

static uint64_t more(uint64_t now, uint64_t was)
{
    return now > was ? now - was : 0;
}

void usage_sample_peak(void)
{
    /* First: to look at many processes takes long, and some may end. */
    uint64_t kernel = before.own ? kernel_bytes() : 0;
    struct sums sums = {0};

    add_tree(root, &sums);
    raise_to(&usage_peak->threads, sums.threads);
    raise_to(&usage_peak->fds, sums.fds);
    raise_to(&usage_peak->children_bytes, sums.children_bytes);
    if (!before.own)
        return;
    raise_to(&usage_peak->kernel_growth, more(kernel, before.kernel));
    raise_to(&usage_peak->own_growth,
             more(own_bytes() + sums.children_bytes, before.own));
}

uint64_t usage_heap(void)
{
    struct mallinfo2 all = mallinfo2(); /* of all arenas */

    return all.uordblks + all.hblkhd;
}
