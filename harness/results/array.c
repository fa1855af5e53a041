/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/array.h"

#include <stdlib.h>
#include <string.h>

bool array_room(void *items, size_t n, size_t item_size)
{
    void *old, *grown;

    if (n & (n - 1))
        return true;
    memcpy(&old, items, sizeof(old)); /* a pointer of any type */
    grown = reallocarray(old, n ? 2 * n : 1, item_size);
    if (grown)
        memcpy(items, &grown, sizeof(grown));
    return grown;
}
