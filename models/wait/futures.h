/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_FUTURES_H
#define BATON_MODELS_WAIT_FUTURES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/*
 * A future: a result that is pending, and a chain of callbacks for it.  The
 * first one gets the result, and each later one what the one before returned.
 * One that has begun an operation returns FUTURE_PENDING; the chain then waits
 * until the operation resolves the same future.
 *
 * (Twisted calls it a Deferred, JavaScript a Promise.)
 */
struct future;
typedef long future_callback(struct future *f, long result);

#define FUTURE_PENDING LONG_MIN

enum { FUTURE_CALLBACKS = 4 }; /* that wait at once */

struct future {
    future_callback *chain[FUTURE_CALLBACKS];
    unsigned char first,
        n;     /* of the chain, those that are still to be called */
    bool runs; /* one of them is being called */
    long result;
    /* Stops what is pending, so that it resolves nothing; NULL: nothing to do.
     */
    void (*cancel)(struct future *f);
    struct gather *gather;
    STAILQ_ENTRY(future) next; /* of those that are resolved later */
};

/* A future for all of several: resolved with 0 when each chain has ended. */
struct gather {
    struct future all;
    size_t left;
};

/* Futures that are resolved with 0, in the order in which they came. */
STAILQ_HEAD(later, future);

/* A pending one. */
void future_init(struct future *f, void (*cancel)(struct future *f));

/*
 * Adds a callback at the end, which is called at once if the result is there;
 * returns f, for the next one.
 */
struct future *future_then(struct future *f, future_callback *callback);
/* Calls the chain.  From a callback of f: after that has returned. */
void future_resolve(struct future *f, long result);
/* Resolves it with -ECANCELED instead of what is pending. */
void future_cancel(struct future *f);

void gather_init(struct gather *g, size_t n);
/* One of the n. */
void gather_add(struct gather *g, struct future *f);

/* For a callback: the chain goes on when the others had their turn. */
long future_later(struct later *later, struct future *f);
/* Resolves the first one; false: there is none. */
bool future_turn(struct later *later);

#endif
