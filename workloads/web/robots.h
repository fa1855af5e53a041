/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_ROBOTS_H
#define BATON_WORKLOADS_WEB_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * robots.txt by RFC 9309.  Its rules for one crawler are kept as a text: a line
 * for each, 'A' (allow) or 'D' (disallow) and the pattern, percent-encoded in
 * one way only, in which '*' is any bytes and '$' at the end the end.
 */
enum {
    ROBOTS_MAX = 500 * 1024, /* bytes of a robots.txt */
    ROBOTS_STEPS = 1 << 22,  /* of a search: a few milliseconds */
};

/* Bytes that the rules of a robots.txt of `len` bytes take at most. */
static inline size_t robots_room(size_t len)
{
    return 3 * len + 2;
}

/*
 * The rules of the groups of `product`, in lower case; else of those of '*'.
 * Returns their length.
 */
size_t robots_parse(const char *text, size_t len, const char *product,
                    char *ret_rules);

/*
 * Whether a path with its query may be asked for: by the longest pattern that
 * matches, 'A' before 'D'.  Rules that take more than ROBOTS_STEPS forbid it.
 */
bool robots_allow(const char *rules, size_t len, const char *target,
                  size_t target_len);

#endif
