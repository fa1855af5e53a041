/* SPDX-License-Identifier: MIT */
#include "models/wait/deadlines.h"

#include <errno.h>
#include <stdlib.h>

static void place_at(struct deadlines *d, struct deadline *deadline,
                     size_t place)
{
    d->heap[place] = deadline;
    deadline->place = place;
}

/* Up past those that are later, then down past those that are earlier. */
static void settle(struct deadlines *d, struct deadline *deadline)
{
    size_t place = deadline->place, child;

    for (; place > 1 && d->heap[place / 2]->at_ns > deadline->at_ns; place /= 2)
        place_at(d, d->heap[place / 2], place);
    for (; (child = 2 * place) <= d->n; place = child) {
        if (child < d->n && d->heap[child + 1]->at_ns < d->heap[child]->at_ns)
            child++;
        if (d->heap[child]->at_ns >= deadline->at_ns)
            break;
        place_at(d, d->heap[child], place);
    }
    place_at(d, deadline, place);
}

int deadlines_put(struct deadlines *d, struct deadline *deadline,
                  uint64_t at_ns)
{
    if (!deadline->place && d->n + 2 > d->size) {
        size_t size = d->size ? 2 * d->size : 64;
        struct deadline **grown = realloc(d->heap, size * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        d->heap = grown;
        d->size = size;
    }
    if (!deadline->place)
        place_at(d, deadline, ++d->n);
    deadline->at_ns = at_ns;
    settle(d, deadline);
    return 0;
}

void deadlines_remove(struct deadlines *d, struct deadline *deadline)
{
    size_t place = deadline->place;
    struct deadline *last;

    if (!place)
        return;
    last = d->heap[d->n--];
    deadline->place = 0;
    if (last == deadline)
        return;
    place_at(d, last, place);
    settle(d, last);
}

uint64_t deadlines_earliest_ns(const struct deadlines *d)
{
    return d->n ? d->heap[1]->at_ns : UINT64_MAX;
}

struct deadline *deadlines_pop(struct deadlines *d, uint64_t now_ns)
{
    struct deadline *earliest;

    if (!d->n || d->heap[1]->at_ns > now_ns)
        return NULL;
    earliest = d->heap[1];
    deadlines_remove(d, earliest);
    return earliest;
}

void deadlines_finish(struct deadlines *d)
{
    free(d->heap);
}
