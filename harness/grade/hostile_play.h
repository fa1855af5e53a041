/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_HOSTILE_PLAY_H
#define BATON_HARNESS_GRADE_HOSTILE_PLAY_H

#include <stddef.h>
#include <stdint.h>

struct stepper;

/* A task goes on until it has read, has stored so often, or is done. */
struct hostile_part {
    enum { UNTIL_LOADED, UNTIL_STORES, UNTIL_DONE } until;
    size_t task;
    uint64_t stores; /* of the task, in all */
};

/* Stores of a task so far, of whatever form. */
uint64_t hostile_stores(const struct stepper *s, size_t task);
/* It also ends where the task cannot go on, as at a lock; 0 or -errno. */
int hostile_play(struct stepper *s, const struct hostile_part *part);
/* All that can go on, in turn: a task that spins would never end alone. */
int hostile_rest(struct stepper *s);

#endif
