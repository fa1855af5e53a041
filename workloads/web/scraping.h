/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_SCRAPING_H
#define BATON_WORKLOADS_WEB_SCRAPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/web/dns.h"
#include "workloads/web/fetch.h"
#include "workloads/web/lookup.h"
#include "workloads/web/tls.h"
#include "workloads/web/url.h"

/*
 * The protocol of titles, faults and `baton scrape`: a blog's front page, the
 * first link on it, the article behind that, its title.  Each page is a dial of
 * its own, so are redirects; what a site comes to is a row.
 */
enum {
    SCRAPING_MAX_PAGE = 4 * 1024 * 1024, /* bytes of body, of a stranger */
    SCRAPING_SLACK = 64 * 1024,          /* beyond what is expected of us */
    SCRAPING_MAX_REDIRECTS = 5,          /* for each of the two pages */
    SCRAPING_MAX_TITLE = 256,            /* bytes of UTF-8, with the NUL */
    SCRAPING_MAX_HEAVY = 16, /* pages in work above 1 MiB, at once */
};

#define SCRAPING_LINK  "//h3/a/@href"
#define SCRAPING_TITLE "/html/head/title"

struct places; /* workloads/web/places.h */

/* What is asked for; constant while the lanes run. */
struct scraping {
    size_t sites, lanes;
    size_t workers;           /* as in struct connections */
    uint64_t timeout_ns;      /* for each phase of each page */
    uint64_t max_page;        /* bytes of body; 0: SCRAPING_MAX_PAGE */
    const char *link, *title; /* XPath; NULL: SCRAPING_LINK, SCRAPING_TITLE */
    /*
     * Sites of others: coded pages are asked for, and decoded; and the next
     * page of a host is asked for on the connection of the last one.
     */
    bool live;
    /* Where a site begins: its front page, and the address to dial. */
    enum outcome (*front)(const void *context, uint32_t site,
                          struct url *ret_url, struct dial *ret_dial);
    /*
     * The address to dial for a link or a redirect; NULL: scraping_resolve().
     * DNS_NAME, also of front(): a name, whose address is asked for.
     */
    enum outcome (*resolve)(const void *context, const struct url *url,
                            struct dial *ret_dial);
    /* The page as it is, not parsed; NULL: it is parsed. */
    enum outcome (*take)(void *taker, const char *body, size_t len);
    void *taker;
    const void *context;             /* of front() and resolve() */
    const struct resolver *resolver; /* NULL: there is none */
    struct places *places;           /* NULL: nothing is known of servers */
    bool robots; /* the resolver is asked for robots.txt, which is obeyed */
    struct dns_servers servers; /* without a resolver, they are asked by DNS */
    struct ssl_ctx_st *tls;     /* NULL: an https URL is a bad-redirect */
    bool frees_tls;             /* fetch_finish() does */
    /*
     * Sites that are taken one after another, of one host say, are a strand:
     * first[] of each, then next[] by site; UINT32_MAX ends it.  A lane works
     * on one strand at a time.  Both NULL: each site is a strand.  Else there
     * are `strands` of them.
     */
    const uint32_t *first, *next;
    size_t strands;
};

/* What a row of the journal does not hold. */
struct scraped {
    char title[SCRAPING_MAX_TITLE]; /* "" without one */
    char article[URL_MAX];          /* "": its link was not found */
    char reason[TLS_REASON];        /* of an error of TLS, or "" */
    uint32_t redirects;
    uint32_t pages; /* that were asked for: 1 or 2, redirects apart */
};

size_t scraping_size(size_t sites); /* of the results; a multiple of 64 */
struct scraped *scraping_rows(const struct journal *j);

/* The address in a URL whose host is one, or localhost; else DNS_NAME. */
enum outcome scraping_numeric(const struct url *url, struct dial *ret_dial);

/*
 * For the workloads on the origin, whose context is their setup: a page of it,
 * and the address to dial for a URL, itself or another address.
 */
enum outcome scraping_origin_page(const struct setup *s, const char *target,
                                  struct url *ret_url, struct dial *ret_dial);
/* The same on any host, "https://NAME:PORT"; of a name OUTCOME_DNS_NAME. */
enum outcome scraping_page(const struct setup *s, const char *root,
                           const char *target, struct url *ret_url,
                           struct dial *ret_dial);
enum outcome scraping_resolve(const void *setup, const struct url *url,
                              struct dial *ret_dial);

/*
 * prepare() of a workload that scrapes; the rest is fetch_aim() and so on.
 * Copies `job`, whose context stays put until fetch_finish().  In memory answer
 * the origin's pages.
 */
int scraping_prepare(struct work *w, const struct setup *s,
                     const struct scraping *job);

#endif
