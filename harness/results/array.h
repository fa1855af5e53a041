/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_ARRAY_H
#define BATON_HARNESS_RESULTS_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Whether there is room for one more item behind the n that `items` points to:
 * memory for free() that grows at each power of two, from NULL at n = 0 on.
 * False: no memory, and the items stay.
 */
#define ARRAY_ROOM(items, n) array_room(&(items), n, sizeof(*(items)))
/* The item behind the n there are, all zeroes and not counted yet; or NULL. */
#define ARRAY_NEXT(items, n)                                                   \
    (ARRAY_ROOM(items, n) ? memset(&(items)[n], 0, sizeof(*(items))) : NULL)
bool array_room(void *items, size_t n, size_t item_size);

#endif
