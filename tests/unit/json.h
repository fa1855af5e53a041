/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_TESTS_UNIT_JSON_H
#define BATON_TESTS_UNIT_JSON_H

#include <jansson.h>

#include "tests/unit/unit.h"

/* Parsed, or the test has failed; for json_decref(). */
static inline json_t *parse_json(const char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (!root)
        fail_msg("%s in line %d of\n%s", error.text, error.line, text);
    return root;
}

static inline const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "(no text)";
}

static inline double number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    if (!json_is_number(number))
        fail_msg("no number %s", key);
    return json_number_value(number);
}

#endif
