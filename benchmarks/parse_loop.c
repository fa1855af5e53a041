/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the blogs of the benchmark `titles` cost to parse and nothing else: the
 * 2 N pages that the origin would send, front pages and articles in turn, are
 * made first and then given to what the scraper gives them to.  Prints the
 * titles, and the nanoseconds that all pages took together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/blog.h"
#include "workloads/clock.h"
#include "workloads/web/extract.h"
#include "workloads/web/scraping.h"

static char (*titles)[SCRAPING_MAX_TITLE];

static struct markup *write_pages(const struct page *like, size_t n)
{
    struct markup *pages = calloc(n, BLOG_PART_N * sizeof(*pages));

    for (size_t i = 0; pages && i < n * BLOG_PART_N; i++) {
        struct page blog = *like;

        blog.index = i / BLOG_PART_N;
        pages[i].data = blog_write(&blog, (enum blog_part)(i % BLOG_PART_N),
                                   &pages[i].len, &pages[i].type);
        if (!pages[i].data)
            return NULL;
    }
    return pages;
}

/* 0, or there was no link or no title. */
static int parse(const struct markup *pages, size_t n)
{
    char link[URL_MAX], base[URL_MAX];

    for (size_t i = 0; i < n; i++) {
        const struct markup *blog = &pages[i * BLOG_PART_N];

        if (extract_link(&blog[BLOG_FRONT], SCRAPING_LINK, link, sizeof(link),
                         base, sizeof(base)) != EXTRACT_FOUND ||
            extract_text(&blog[BLOG_ARTICLE], SCRAPING_TITLE, titles[i],
                         sizeof(titles[i])) != EXTRACT_FOUND)
            return 1;
    }
    return 0;
}

/* 0 when they are what the blogs are made from. */
static int print_titles(const struct page *like, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct page blog = *like;
        char title[BLOG_MAX_TITLE];

        blog.index = i;
        blog_title(&blog, title);
        if (strcmp(title, titles[i]) != 0)
            return 1;
        puts(title);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    struct page like = {0};
    struct markup *pages;
    uint64_t start, spent;
    size_t n;

    if (argc != 5) {
        fprintf(stderr, "usage: parse_loop N SEED BYTES LATENCY_MS\n");
        return 2;
    }
    n = strtoul(argv[1], NULL, 10);
    like.seed = strtoull(argv[2], NULL, 10);
    like.bytes = strtoull(argv[3], NULL, 10);
    like.latency_ms = strtoull(argv[4], NULL, 10);
    titles = calloc(n, sizeof(*titles));
    pages = write_pages(&like, n);
    extract_init();
    if (!titles || !pages || parse(pages, n)) /* the warm-up */
        return 1;
    start = clock_ns();
    if (parse(pages, n))
        return 1;
    spent = clock_ns() - start;
    if (print_titles(&like, n))
        return 1;
    printf("real_ns=%.17g\n", (double)spent);
    return 0;
}
