/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/json.h"

#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"

void json_set_u64(json_t *to, const char *key, uint64_t value)
{
    json_object_set_new(to, key, json_integer((json_int_t)value));
}

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    char clean[2048];

    return value ? value
                 : json_string(clean_text(text, false, clean, sizeof(clean)));
}

void json_set_text(json_t *to, const char *key, const char *text)
{
    json_object_set_new(to, key, json_text(text));
}

char *json_line(json_t *root, size_t flags)
{
    char *text = root ? json_dumps(root, flags) : NULL;
    char *line = text ? realloc(text, strlen(text) + 2) : NULL;

    json_decref(root);
    if (!line) {
        free(text);
        return NULL;
    }
    return strcat(line, "\n");
}
