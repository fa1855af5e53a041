/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_PLACES_H
#define BATON_WORKLOADS_WEB_PLACES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct url;

/*
 * What all lanes and processes of a scrape know of the servers that it meets
 * (scheme, host and port): their robots.txt, and which has answered 429.  It
 * lies in shared memory, which is taken when it is written to.
 */
struct place {
    _Atomic uint64_t key;    /* 0: free */
    _Atomic bool limited;    /* it has answered 429 */
    _Atomic bool known;      /* what follows is set */
    size_t rules, rules_len; /* robots.h; where in the text */
};

struct places {
    size_t n;             /* a power of 2 */
    size_t size;          /* of the mapping */
    size_t used, room;    /* of the text; the resolver's alone */
    struct place items[]; /* n, then the text */
};

/* For a list of so many sites; NULL: no memory.  destroy() accepts NULL. */
struct places *places_create(size_t sites);
void places_destroy(struct places *p);

/* Scheme, host and port of a URL; never 0. */
uint64_t place_key(const struct url *url);
/* The place, new or not; NULL: there are too many. */
struct place *places_find(struct places *p, uint64_t key);

/*
 * By one process: the rules of a robots.txt; false: there is no room for them.
 */
bool places_set_rules(struct places *p, struct place *place, const char *text,
                      size_t len);
/* Of a place that is known. */
bool places_allow(const struct places *p, const struct place *place,
                  const struct url *url);

#endif
