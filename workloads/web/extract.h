/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_EXTRACT_H
#define BATON_WORKLOADS_WEB_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/web/encoding.h"

/*
 * What is wanted of a page of HTML, by XPath: the page is parsed by the HTML 5
 * algorithm (web/html.h), within bounds (web/bounded.h).  Knows no socket and
 * no state: any thread may call it, at any time after extract_init().
 */
struct markup {
    const char *data;
    size_t len;
    const char *type; /* the Content-Type header's value, or "" */
};

enum extract {
    EXTRACT_FOUND,
    EXTRACT_NOTHING,  /* the pattern matches nothing, or only white space */
    EXTRACT_NOT_HTML, /* by its type, or by its first bytes */
    /*
     * Parsing or searching it exceeds the bounds, even if what is wanted was
     * found before that: it must not depend on luck.
     */
    EXTRACT_TOO_BIG,
    EXTRACT_TOO_LONG, /* what was found does not fit (links) */
    EXTRACT_NO_MEMORY,
};

/* In a process, before other threads are there; again does no harm. */
void extract_init(void);

/*
 * 0, or -EINVAL and why in words: a pattern that is no XPath, or one that a
 * thread's small stack may have no room for.  The functions below take only
 * what this one took.  It begins with extract_init().
 */
int extract_check(const char *xpath, char *why, size_t size);

/*
 * The text of the first node that matches, in UTF-8 with a NUL: white space at
 * the ends dropped, and each run of it inside made one space, as browsers show
 * a title; controls, which a terminal would obey, are taken for white space.
 * What does not fit is cut off before a whole character.
 */
enum extract extract_text(const struct markup *m, const char *xpath, char *out,
                          size_t size);

/*
 * The first link that matches, as it is written there, white space at the ends
 * dropped; and the first <base href>, or "".
 */
enum extract extract_link(const struct markup *m, const char *xpath, char *out,
                          size_t size, char *ret_base, size_t base_size);

/*
 * The same in pieces.  EXTRACT_FOUND: *ret is to be worked on until there is no
 * more, and then to be ended, which frees it; it may be ended before, too.
 * `xpath` stays put until then, `m` need not.
 */
struct extraction;

enum extract extract_begin(const struct markup *m, const char *xpath,
                           bool is_link, struct extraction **ret);
/* Bytes of memory that it has needed so far. */
size_t extract_used(const struct extraction *e);
/* Of the page. */
const struct encoding *extract_encoding(const struct extraction *e);
/* A piece of about 4 ms; true: there is more. */
bool extract_work(struct extraction *e);
enum extract extract_end_text(struct extraction *e, char *out, size_t size);
enum extract extract_end_link(struct extraction *e, char *out, size_t size,
                              char *ret_base, size_t base_size);

#endif
