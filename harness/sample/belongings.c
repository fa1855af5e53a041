/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/belongings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct census census;

uint64_t belongings_status(const char *name)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    uint64_t value = 0;
    size_t len = strlen(name);

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, len) == 0)
            value = strtoull(line + len, NULL, 10);
    if (file)
        fclose(file);
    return value;
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
        return errno == ENOENT; /* it has gone meanwhile */
    len = read(fd, stat, sizeof(stat) - 1);
    close(fd);
    if (len < 0)
        return true; /* so has this one */
    stat[len] = '\0';
    after = strrchr(stat, ')');
    return after &&
           sscanf(after, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
           flags & PF_EXITING;
}

uint64_t belongings_threads(void)
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

uint64_t belongings_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    uint64_t n = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n > 3 ? n - 3 : 0; /* ".", ".." and the directory itself */
}

void belongings_census(void)
{
    uint64_t threads = belongings_status("Threads:"), fds = belongings_fds();

    if (threads > __atomic_load_n(&census.threads, __ATOMIC_RELAXED))
        __atomic_store_n(&census.threads, threads, __ATOMIC_RELAXED);
    if (fds > __atomic_load_n(&census.fds, __ATOMIC_RELAXED))
        __atomic_store_n(&census.fds, fds, __ATOMIC_RELAXED);
}

/* The value of the last such element of malloc_info(3): of all arenas. */
static uint64_t last_size(const char *xml, const char *element)
{
    const char *at = xml, *found = NULL, *size;

    while ((at = strstr(at, element)))
        found = at++;
    size = found ? strstr(found, "size=\"") : NULL;
    return size ? strtoull(size + strlen("size=\""), NULL, 10) : 0;
}

uint64_t belongings_heap(void)
{
    char *xml = NULL;
    size_t len;
    FILE *out = open_memstream(&xml, &len);
    uint64_t used = 0;

    if (!out)
        return 0;
    malloc_info(0, out);
    fclose(out);
    if (xml)
        used = last_size(xml, "<system type=\"current\"") -
               last_size(xml, "<total type=\"fast\"") -
               last_size(xml, "<total type=\"rest\"");
    free(xml);
    return used;
}
