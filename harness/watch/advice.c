/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/advice.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PLACES = 200000, /* a tenth of a second */
    NEVER = 1000,
};

/* What is known of a position: it is found by its key. */
struct known {
    uint64_t key;
    unsigned further;
    double chance;
};

struct search {
    struct position at; /* the one that is looked at */
    void *known;        /* tsearch() */
    size_t n;
    int error;
};

int position_init(struct position *p, const struct game *g)
{
    *p = (struct position){.game = *g};
    p->tasks = calloc(g->tasks, sizeof(*p->tasks));
    if (!p->tasks)
        return -ENOMEM;
    for (size_t i = 0; i < g->tasks; i++)
        p->tasks[i].left = 2 * g->increments;
    return 0;
}

void position_finish(struct position *p)
{
    free(p->tasks);
    p->tasks = NULL;
}

bool position_step(struct position *p, size_t task)
{
    struct position_task *t = &p->tasks[task - 1];
    bool preempts = p->last && p->last != task && p->tasks[p->last - 1].left;

    if (t->left-- % 2 == 0) {
        t->held = p->counter;
    } else {
        p->counter = t->held + 1;
        t->held = 0;
    }
    p->last = task;
    return preempts;
}

/* False: it does not fit. */
static bool pack(uint64_t *key, uint64_t value, uint64_t most)
{
    if (*key > (UINT64_MAX - value) / (most + 1))
        return false;
    *key = *key * (most + 1) + value;
    return true;
}

/* A number that no other position has; false: there are too many for that. */
static bool key_of(const struct position *p, uint64_t *ret)
{
    const struct game *g = &p->game;
    uint64_t items = g->tasks * g->increments;

    *ret = 0;
    if (!pack(ret, p->counter, items) || !pack(ret, p->last, g->tasks))
        return false;
    for (size_t i = 0; i < g->tasks; i++)
        if (!pack(ret, p->tasks[i].left, 2 * g->increments) ||
            !pack(ret, p->tasks[i].held, items))
            return false;
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static void look(struct search *s, struct advice *ret);

/* What a step of `task` leads to, which is taken back. */
static struct advice try_task(struct search *s, size_t task)
{
    struct position *p = &s->at, before = *p;
    struct position_task own = p->tasks[task - 1];
    struct advice a;
    bool preempts = position_step(p, task);

    look(s, &a);
    a.further += preempts;
    p->tasks[task - 1] = own;
    p->counter = before.counter;
    p->last = before.last;
    return a;
}

/* The best of all tasks; the one that has run last, where it is as good. */
static void look_on(struct search *s, struct advice *ret)
{
    struct position *p = &s->at;
    double sum = 0;
    unsigned n = 0;

    *ret = (struct advice){.further = NEVER};
    for (size_t task = 1; task <= p->game.tasks && !s->error; task++) {
        struct advice a;

        if (!p->tasks[task - 1].left)
            continue;
        a = try_task(s, task);
        sum += a.chance;
        n++;
        if (a.further < ret->further ||
            (a.further == ret->further && a.further < NEVER && task == p->last))
            *ret = (struct advice){.task = task, .further = a.further};
    }
    if (n)
        ret->chance = sum / n;
    else if (p->counter == p->game.goal)
        *ret = (struct advice){.chance = 1};
}

static int remember(struct search *s, uint64_t key, const struct advice *a)
{
    struct known *new = malloc(sizeof(*new));

    if (!new)
        return -ENOMEM;
    *new = (struct known){key, a->further, a->chance};
    if (!tsearch(new, &s->known, compare)) {
        free(new);
        return -ENOMEM;
    }
    s->n++;
    return 0;
}

static void look(struct search *s, struct advice *ret)
{
    struct known wanted, **found;

    *ret = (struct advice){.further = NEVER};
    if (s->n >= MOST_PLACES || !key_of(&s->at, &wanted.key)) {
        s->error = -E2BIG;
        return;
    }
    found = tfind(&wanted, &s->known, compare);
    if (found) {
        ret->further = (*found)->further;
        ret->chance = (*found)->chance;
        return;
    }
    look_on(s, ret);
    if (!s->error)
        s->error = remember(s, wanted.key, ret);
}

int search_advise(const struct position *p, struct advice *ret)
{
    struct search s = {.at = *p};
    size_t size = p->game.tasks * sizeof(*s.at.tasks);
    struct advice a;

    s.at.tasks = malloc(size);
    if (!s.at.tasks)
        return -ENOMEM;
    memcpy(s.at.tasks, p->tasks, size);
    look_on(&s, &a);
    free(s.at.tasks);
    tdestroy(s.known, free);
    if (s.error)
        return s.error;
    if (a.further >= NEVER)
        a.task = 0;
    *ret = a;
    return 0;
}
