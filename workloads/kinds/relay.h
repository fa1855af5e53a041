/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_RELAY_H
#define BATON_WORKLOADS_KINDS_RELAY_H

#ifndef __cplusplus /* then model.hh has them */
#include <stdatomic.h>
#endif
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/gate.h"
#include "workloads/kinds/kind.h"

/*
 * The relay kind of work: `runners` runners, in a ring, pass one token on
 * `passes` times.  Runner 0 has it first.  Nothing else is done, so that the
 * time of a pass is the price of one hand-over: of a thread that wakes another
 * one, of a callback that makes another one due, of a switch of stacks.
 */

/*
 * A cache line of each runner for the model's use, for instance as a futex
 * word.  Shared with processes that the model forks, and zero at the start.
 */
struct relay_slot {
    _Atomic(uint32_t) word;
    unsigned char rest[60];
};

/* The layer's own; in shared memory, and zero at the start. */
struct relay_token {
    _Atomic(uint64_t) made;      /* passes so far */
    _Atomic(uint64_t) holder;    /* the runner whose turn it is */
    _Atomic(uint64_t) look;      /* from so many passes on: relay_look() */
    _Atomic(uint64_t) over;      /* it has ended, or is broken */
    uint64_t begun_ns, ended_ns; /* the first carry, and the last one */
    uint64_t wrong, right; /* the first runner out of turn; whose it was */
};

struct relay {
    size_t runners;
    uint64_t passes;
    size_t workers; /* of a model that has workers; 0: its own number */
    struct gate *gate;
    struct relay_slot *slots;
    struct relay_token *token; /* for relay_carry() alone */
};

/*
 * The first carry, the last one, a carry that is out of turn, each one of a
 * trace, and those after the end.
 */
size_t relay_look(struct relay *work, size_t runner);

/*
 * The model cannot go on: from here on relay_carry() returns SIZE_MAX.  It
 * wakes its runners itself.
 */
void relay_break(struct relay *work);

/* The next one in the ring. */
static inline size_t relay_next(const struct relay *work, size_t runner)
{
    return runner + 1 < work->runners ? runner + 1 : 0;
}

/*
 * A runner that has the token calls this once, and then hands the token to the
 * runner that it returns.  SIZE_MAX: the relay is over, and every runner must
 * end; those that the model wakes for that may call this again, with the same
 * answer.  It verifies that each carry is that of the one runner whose turn it
 * is.  All between two carries is the model's.
 */
static inline size_t relay_carry(struct relay *work, size_t runner)
{
    struct relay_token *t = work->token;
    uint64_t made = atomic_load_explicit(&t->made, memory_order_relaxed);
    size_t next = relay_next(work, runner);

    if (runner != atomic_load_explicit(&t->holder, memory_order_relaxed) ||
        made >= atomic_load_explicit(&t->look, memory_order_relaxed))
        return relay_look(work, runner);
    atomic_store_explicit(&t->made, made + 1, memory_order_relaxed);
    atomic_store_explicit(&t->holder, next, memory_order_relaxed);
    return next;
}

/* Its metrics. */
enum { RELAY_PASS_NS };

/* A model's member for it in struct model. */
struct relay_ability {
    int (*run)(struct relay *work); /* see model.h */
    const char *gap;
    enum at_once at_once;
    enum unit unit;
    size_t keeps_threads; /* that its runtime cannot join: more are a leak */
};

#endif
