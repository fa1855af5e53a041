/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scraper does between its waits: each returns whether to fetch more. */
#ifndef STRAIGHT_STEPS_H
#define STRAIGHT_STEPS_H

#include <stdbool.h>

#include "answer.h"
#include "html.h"

static inline bool find_link(struct site *s)
{
    htmlDocPtr page = NULL;

    s->why = open_page(s, &page);
    if (!s->why)
        s->why = follow(page, s->path);
    xmlFreeDoc(page);
    ask(s);
    return !s->why;
}

static inline bool find_title(struct site *s)
{
    htmlDocPtr page = NULL;

    s->why = open_page(s, &page);
    if (!s->why)
        s->title = find(page, "normalize-space(/html/head/title)");
    if (!s->why && !s->title[0])
        s->why = "no title";
    xmlFreeDoc(page);
    return false;
}

/* All blogs; what the program is to exit with. */
static inline int show(void)
{
    int status = 0;

    for (struct site *s = sites; s < sites + wanted; s++) {
        if (s->why)
            fprintf(stderr, "blog %td: %s\n", s - sites, s->why);
        else
            printf("%td %s\n", s - sites, s->title);
        status |= s->why != NULL;
    }
    return status;
}

#endif
