/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/places.h"

#include <sys/mman.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/web/robots.h"
#include "workloads/web/url.h"

/* Of each site, one for its page, its article and redirects between them. */
enum { PLACES_OF_SITE = 16, TEXT_OF_SITE = 4 << 10, LEAST = 1 << 10 };
#define LEAST_TEXT (size_t)(64 << 20)

static char *text_of(const struct places *p)
{
    return (char *)&p->items[p->n];
}

struct places *places_create(size_t sites)
{
    size_t n = LEAST, room = LEAST_TEXT + sites * TEXT_OF_SITE, size;
    struct places *p;

    while (n < sites * PLACES_OF_SITE)
        n *= 2;
    size = sizeof(*p) + n * sizeof(*p->items) + room;
    p = mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    p->n = n;
    p->size = size;
    p->room = room;
    return p;
}

void places_destroy(struct places *p)
{
    if (p)
        munmap(p, p->size);
}

uint64_t place_key(const struct url *url)
{
    return XXH3_64bits(url->text,
                       (size_t)(url->authority + url->authority_len)) |
           1;
}

struct place *places_find(struct places *p, uint64_t key)
{
    for (size_t i = 0; i < p->n; i++) {
        struct place *place = &p->items[(key / 2 + i) & (p->n - 1)];
        uint64_t found = 0;

        if (atomic_compare_exchange_strong(&place->key, &found, key) ||
            found == key)
            return place;
    }
    return NULL;
}

bool places_set_rules(struct places *p, struct place *place, const char *text,
                      size_t len)
{
    if (p->room - p->used < robots_room(len))
        return false;
    place->rules = p->used;
    place->rules_len = robots_parse(text, len, "baton", text_of(p) + p->used);
    p->used += place->rules_len;
    atomic_store_explicit(&place->known, true, memory_order_release);
    return true;
}

bool places_allow(const struct places *p, const struct place *place,
                  const struct url *url)
{
    return robots_allow(text_of(p) + place->rules, place->rules_len,
                        url->text + url->target, (size_t)url->target_len);
}
