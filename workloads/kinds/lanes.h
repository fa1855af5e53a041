/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_KINDS_LANES_H
#define BATON_WORKLOADS_KINDS_LANES_H

#include <stddef.h>

#include "workloads/kinds/layers.h"

struct work;

/*
 * The lanes of a cell: conns, layers and protocol states stand in one shared
 * mapping, so that models made of processes need no marshalling.
 */
struct lanes {
    struct conn *conns;
    struct layers *layers;
    char *states; /* n of state_size bytes, zeroed */
    size_t n, state_size, size;
};

int lanes_map(struct lanes *l, size_t n, size_t state_size); /* or -errno */
void lanes_unmap(struct lanes *l);

void *lanes_state(const struct lanes *l, size_t index);

/* All lanes are as new, and write to this journal. */
void lanes_aim(struct lanes *l, const struct work *w,
               const struct protocol *protocol, struct journal *journal);

#endif
