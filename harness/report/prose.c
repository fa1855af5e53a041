/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/prose.h"

#include <string.h>

const char *prose_find(const char *key)
{
    size_t len = strlen(key);

    for (size_t i = 0; prose[i]; i++)
        if (strncmp(prose[i], key, len) == 0 && prose[i][len] == ':')
            return prose[i] + len + strlen(": ");
    return key;
}
