/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_BLOG_H
#define BATON_WORKLOADS_WEB_BLOG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "workloads/web/page.h"

/*
 * A blog of the origin: a page of HTML with articles, and the page of its first
 * article.  All that both are stands in their URL, so the server keeps no
 * state, and the URL gives away the title.
 *
 *     /blog/INDEX?seed=S&bytes=B&latency-ms=L
 *     /article/INDEX?seed=S&bytes=B&latency-ms=L
 *
 * Seed and index also choose how the link is written (from the root, relative,
 * with entities, behind a <base>; without the host, which a page need not
 * know), the charset and where it is said, and the entities and white space in
 * the title.  A link leads to the same article from wherever the page lies.
 *
 * A struct page is either of the two here; its bytes are the least that it has,
 * filled up with text, and it has no rate.  A plain one, of numbered.h, is
 * well-formed UTF-8 with one link and one title.
 */
enum blog_part { BLOG_FRONT, BLOG_ARTICLE, BLOG_PART_N };

enum {
    BLOG_MAX_TARGET = 192,
    BLOG_MAX_TITLE = 192, /* bytes of UTF-8, with the NUL */
};
#define BLOG_MAX_BYTES (UINT64_C(1) << 20)

/* 0, or -EINVAL: not a page of a blog. `target` need not end in a NUL. */
int blog_parse(const char *target, size_t len, enum blog_part *ret_part,
               struct page *ret_page);

/* The same of what follows "/blog/". */
int blog_parse_rest(const char *rest, size_t len, struct page *ret_page);

/* The path and query of a part, with a NUL; its length. */
size_t blog_target(const struct page *b, enum blog_part part,
                   char out[BLOG_MAX_TARGET]);

/*
 * What a scraper has to find on the article: its title in UTF-8, white space
 * folded.  Its length.  That of a plain one ends with its page_number().
 */
size_t blog_title(const struct page *b, char out[BLOG_MAX_TITLE]);

/*
 * The page as it is sent: its body in memory for free(), or NULL.  *ret_type is
 * the Content-Type, a constant.
 */
char *blog_write(const struct page *b, enum blog_part part, size_t *ret_len,
                 const char **ret_type);

/* Filling and `last`, so that the page has its bytes. */
void blog_put_filling(FILE *o, const struct page *b, const char *last);
/* A plain page, all of it. */
void blog_put_plain(FILE *o, const struct page *b, enum blog_part part);

#endif
