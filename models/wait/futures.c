/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pending result and its chain of callbacks. */
#include "models/wait/futures.h"

#include <errno.h>

void future_init(struct future *f, void (*cancel)(struct future *f))
{
    *f = (struct future){.result = FUTURE_PENDING, .cancel = cancel};
}

static future_callback *take(struct future *f)
{
    future_callback *callback = f->chain[f->first];

    f->first = (f->first + 1) % FUTURE_CALLBACKS;
    f->n--;
    return callback;
}

/* A loop, so that results that are there at once take no stack. */
static void call(struct future *f)
{
    f->runs = true;
    while (f->n > 0 && f->result != FUTURE_PENDING) {
        long result = f->result;

        f->result = FUTURE_PENDING;
        result = take(f)(f, result);
        if (result != FUTURE_PENDING)
            f->result = result;
    }
    f->runs = false;
}

struct future *future_then(struct future *f, future_callback *callback)
{
    f->chain[(f->first + f->n++) % FUTURE_CALLBACKS] = callback;
    if (!f->runs)
        call(f);
    return f;
}

void future_resolve(struct future *f, long result)
{
    struct gather *gather = f->gather;

    f->result = result;
    if (f->runs)
        return;
    call(f);
    if (f->result != FUTURE_PENDING && gather && --gather->left == 0)
        future_resolve(&gather->all, 0);
}

void future_cancel(struct future *f)
{
    if (f->cancel)
        f->cancel(f);
    future_resolve(f, -ECANCELED);
}

void gather_init(struct gather *g, size_t n)
{
    future_init(&g->all, NULL);
    g->left = n;
    if (n == 0)
        future_resolve(&g->all, 0);
}

void gather_add(struct gather *g, struct future *f)
{
    f->gather = g;
}

long future_later(struct later *later, struct future *f)
{
    STAILQ_INSERT_TAIL(later, f, next);
    return FUTURE_PENDING;
}

bool future_turn(struct later *later)
{
    struct future *f = STAILQ_FIRST(later);

    if (!f)
        return false;
    STAILQ_REMOVE_HEAD(later, next);
    future_resolve(f, 0);
    return true;
}
