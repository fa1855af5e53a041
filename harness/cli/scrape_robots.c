/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The robots.txt of one server, as a scrape of one page by a lane that the
 * resolver's loop drives: so it has names, redirects and codings, as pages
 * have.
 */
#include "harness/cli/scrape_robots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/scrape_lane.h"
#include "workloads/web/robots.h"
#include "workloads/web/scraping.h"

struct robots {
    struct driven driven; /* first */
    struct places *places;
    struct work work;
    struct journal *results;
    struct url url; /* of robots.txt */
    bool taken;     /* its rules are in `places` */
    void (*done)(void *context, enum outcome outcome);
    void *context;
};

static enum outcome front(const void *context, uint32_t site,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct robots *r = context;

    (void)site;
    *ret_url = r->url;
    return scraping_numeric(ret_url, ret_dial);
}

static enum outcome resolve(const void *context, const struct url *url,
                            struct dial *ret_dial)
{
    (void)context;
    return scraping_numeric(url, ret_dial);
}

static bool set_rules(struct robots *r, const char *text, size_t len)
{
    struct place *place = places_find(r->places, place_key(&r->url));

    r->taken = place && places_set_rules(r->places, place, text, len);
    return r->taken;
}

static enum outcome take(void *robots, const char *text, size_t len)
{
    return set_rules(robots, text, len) ? OUTCOME_OK : OUTCOME_LOCAL_LIMIT;
}

/*
 * A server that has none allows everything, one that fails nothing (RFC 9309,
 * 2.3.1); what cannot be reached will be tried again for the next site.
 */
static enum outcome conclude(struct robots *r, const struct row *row)
{
    static const char all[] = "", none[] = "User-agent: *\nDisallow: /\n";
    const char *text = all;

    switch (row->outcome) {
    case OUTCOME_STATUS:
        if (row->status >= 500)
            text = none;
        break;
    case OUTCOME_TOO_BIG:
    case OUTCOME_COMPRESSED:
    case OUTCOME_BAD_CODING:
        text = none;
        break;
    case OUTCOME_OK: /* there may be no content */
    case OUTCOME_TOO_MANY_REDIRECTS:
    case OUTCOME_BAD_REDIRECT:
    case OUTCOME_TLS_UNTRUSTED: /* so is the page, which says why */
    case OUTCOME_TLS_PROTOCOL:
        break;
    default:
        return row->outcome;
    }
    return r->taken || set_rules(r, text, strlen(text)) ? OUTCOME_OK
                                                        : OUTCOME_LOCAL_LIMIT;
}

static void destroy(struct robots *r)
{
    fetch_finish(&r->work);
    free(r->results);
    free(r);
}

static void finish(struct driven *d)
{
    struct robots *r = (struct robots *)d;
    void (*done)(void *context, enum outcome outcome) = r->done;
    void *context = r->context;
    enum outcome outcome = conclude(r, &r->results->rows[0]);

    destroy(r);
    done(context, outcome);
}

static int prepare(struct robots *r, const struct robots_source *s)
{
    const struct scraping job = {
        .sites = 1,
        .lanes = 1,
        .strands = 1,
        .timeout_ns = s->timeout_ns,
        .max_page = ROBOTS_MAX,
        .live = true,
        .front = front,
        .resolve = resolve,
        .take = take,
        .taker = r,
        .context = r,
        .resolver = s->resolver,
        .tls = s->tls,
        .places = s->places, /* for one that answers 429 */
    };
    const struct setup setup = {0};
    int error = scraping_prepare(&r->work, &setup, &job);

    if (error)
        return error;
    r->results = aligned_alloc(64, scraping_size(1));
    if (!r->results)
        return -ENOMEM;
    memset(r->results, 0, scraping_size(1));
    fetch_aim(&r->work, &setup, r->results);
    return 0;
}

int robots_source_ask(const struct robots_source *s, const char *root,
                      void (*done)(void *context, enum outcome outcome),
                      void *context)
{
    struct robots *r = calloc(1, sizeof(*r));
    char text[URL_MAX];
    int error = r ? -EINVAL : -ENOMEM;

    snprintf(text, sizeof(text), "%s/robots.txt", root);
    if (r && s->places && url_parse(text, &r->url) == URL_OK)
        error = prepare(r, s);
    if (error) {
        if (r)
            destroy(r);
        return error;
    }
    r->places = s->places;
    r->done = done;
    r->context = context;
    r->driven.loop = s->loop;
    r->driven.conn = ((struct connections *)r->work.job)->conns;
    r->driven.done = finish;
    driven_begin(&r->driven, conn_start(r->driven.conn));
    return 0;
}
