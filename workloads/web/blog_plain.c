/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blogs on which the parsers of all languages agree, XML's among them: every
 * element is closed, and nothing is written in an unusual way.
 */
#include <inttypes.h>

#include "workloads/web/blog.h"

static void put_page(FILE *o, const struct page *b, const char *title,
                     const char *link)
{
    fprintf(o,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
            "<meta charset=\"utf-8\" />\n<title>%s</title>\n</head>\n"
            "<body>\n<h1>%s</h1>\n<h3><a href=\"%s\">“Naïve” reading</a></h3>"
            "\n",
            title, title, link);
    blog_put_filling(o, b, "</body>\n</html>\n");
}

/* Relative links, so that a page need not know where it is. */
void blog_put_plain(FILE *o, const struct page *b, enum blog_part part)
{
    char title[BLOG_MAX_TITLE], link[40];

    if (part == BLOG_ARTICLE) {
        blog_title(b, title);
        snprintf(link, sizeof(link), "../%" PRIu64, b->index);
        put_page(o, b, title, link);
        return;
    }
    snprintf(link, sizeof(link), "%" PRIu64 "/article", b->index);
    put_page(o, b, "A blog — café edition", link);
}
