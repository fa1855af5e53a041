/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_DEADLINES_H
#define BATON_MODELS_WAIT_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* A timer heap: deadlines, the earliest first.  It reads no clock. */
struct deadline {
    uint64_t at_ns;
    size_t place; /* in the heap, from 1; 0: not in it */
};

struct deadlines {
    struct deadline **heap; /* heap[0] is unused */
    size_t n, size;
};

/* Frees the heap; what was in it belongs to its owners. */
void deadlines_finish(struct deadlines *d);

/* Puts it in, or moves one that is there.  0, or -ENOMEM: it is not in. */
int deadlines_put(struct deadlines *d, struct deadline *deadline,
                  uint64_t at_ns);
/* Accepts one that is not in it. */
void deadlines_remove(struct deadlines *d, struct deadline *deadline);

/* UINT64_MAX: there is none. */
uint64_t deadlines_earliest_ns(const struct deadlines *d);
/* Takes out the earliest one that has come at now_ns; NULL: none has. */
struct deadline *deadlines_pop(struct deadlines *d, uint64_t now_ns);

#endif
