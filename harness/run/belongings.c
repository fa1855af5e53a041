/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/run/belongings.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
