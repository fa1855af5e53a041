/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_ADVICE_H
#define BATON_HARNESS_WATCH_ADVICE_H

/*
 * A game that has begun, and a search of all orders in which it can go on:
 * exact, for small games alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/watch/optimum.h"

struct position_task {
    uint64_t left; /* steps: loads and stores in turn, a store is the last */
    uint64_t held; /* the value that it has loaded, before its store */
};

struct position {
    struct game game;
    struct position_task *tasks; /* game.tasks of them */
    uint64_t counter;
    size_t last; /* the task that has run last, from 1; 0: none has */
};

/* The beginning: 0 or -ENOMEM; position_finish() in any case. */
int position_init(struct position *p, const struct game *g);
void position_finish(struct position *p);
/* A step of a task, from 1, which is not finished; true: it is a preemption. */
bool position_step(struct position *p, size_t task);

struct advice {
    size_t task;      /* that is to run next; 0: none leads to the goal */
    unsigned further; /* preemptions that are needed besides, at least */
    double chance;    /* that tasks chosen at random lead there */
};
/* 0, -ENOMEM, or -E2BIG: the game is too large. */
int search_advise(const struct position *p, struct advice *ret);

#endif
