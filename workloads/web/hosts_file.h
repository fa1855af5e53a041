/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_HOSTS_FILE_H
#define BATON_WORKLOADS_WEB_HOSTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/connections.h"

/* The names that a file has addresses for: hosts(5). */
struct hosts_file {
    void *names; /* a tree of tsearch(3) */
};

/*
 * 0, or -ENOMEM: then it has some of them.  A file that is not there has none;
 * lines that are not as they should be are skipped.
 */
int hosts_file_read(struct hosts_file *h, const char *path);
void hosts_file_finish(struct hosts_file *h);

/* The i-th address of a name, in the file's order; false: there is none. */
bool hosts_file_find(const struct hosts_file *h, const char *name, size_t i,
                     uint16_t port, struct dial *ret);

#endif
