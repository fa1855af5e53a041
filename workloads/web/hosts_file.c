/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/hosts_file.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "workloads/web/lookup.h"

struct host {
    size_t n;
    char *addresses[LOOKUP_ADDRESSES];
    char name[];
};

static int compare(const void *one, const void *other)
{
    return strcasecmp(((const struct host *)one)->name,
                      ((const struct host *)other)->name);
}

static void destroy(void *host)
{
    struct host *h = host;

    for (size_t i = 0; i < h->n; i++)
        free(h->addresses[i]);
    free(h);
}

static struct host *find(void *const *names, const char *name, bool add)
{
    size_t len = strlen(name) + 1;
    struct host *host = calloc(1, sizeof(*host) + len), **node;

    if (!host)
        return NULL;
    memcpy(host->name, name, len);
    node = add ? tsearch(host, (void **)names, compare)
               : tfind(host, names, compare);
    if (!node || *node != host)
        free(host);
    return node ? *node : NULL;
}

static int add(struct hosts_file *h, const char *name, const char *address)
{
    struct host *host = find(&h->names, name, true);

    if (host && host->n == LOOKUP_ADDRESSES)
        return 0;
    if (!host || !(host->addresses[host->n] = strdup(address)))
        return -ENOMEM;
    host->n++;
    return 0;
}

/* "ADDRESS NAME...", then a comment. */
static int read_line(struct hosts_file *h, char *line)
{
    static const char blanks[] = " \t\r\n";
    struct dial dial;
    char *rest, *address, *name;
    int error = 0;

    line[strcspn(line, "#")] = '\0';
    address = strtok_r(line, blanks, &rest);
    if (!address || !lookup_numeric(address, 0, &dial))
        return 0;
    while (!error && (name = strtok_r(NULL, blanks, &rest)))
        error = add(h, name, address);
    return error;
}

int hosts_file_read(struct hosts_file *h, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    int error = 0;

    *h = (struct hosts_file){0};
    while (file && !error && getline(&line, &size, file) >= 0)
        error = read_line(h, line);
    free(line);
    if (file)
        fclose(file);
    return error;
}

void hosts_file_finish(struct hosts_file *h)
{
    tdestroy(h->names, destroy);
    h->names = NULL;
}

bool hosts_file_find(const struct hosts_file *h, const char *name, size_t i,
                     uint16_t port, struct dial *ret)
{
    const struct host *host = find(&h->names, name, false);

    return host && i < host->n && lookup_numeric(host->addresses[i], port, ret);
}
