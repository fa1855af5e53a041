/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/scraping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/answer.h"
#include "workloads/web/extract.h"
#include "workloads/web/http.h"
#include "workloads/kinds/lanes.h"

enum { MAX_REQUEST = 2 * URL_MAX };

enum part { FRONT, ARTICLE };

struct lane {
    struct conn *conn;
    const struct scraping *job;
    struct http http;
    struct http_keep keep;
    enum phase phase;
    enum part part;
    uint32_t site;
    uint32_t dials;     /* for this site */
    uint32_t redirects; /* for this page */
    uint64_t start_ns, first_ns;
    struct url url;
    char request[MAX_REQUEST];
};

static struct lane *self(const struct conn *c)
{
    return c->layers->state;
}

static struct journal *journal(const struct lane *l)
{
    return l->conn->layers->journal;
}

static struct scraped *scraped(const struct lane *l)
{
    return scraping_rows(journal(l)) + l->site;
}

/* A site begins and ends. */

static enum verb dial(struct lane *l, uint64_t now)
{
    http_drop(&l->keep);
    l->phase = PHASE_CONNECT;
    l->dials++;
    l->conn->deadline_ns = now + l->job->timeout_ns;
    return CONN_DIAL;
}

static void write_row(struct lane *l, enum outcome outcome, int error,
                      uint64_t now)
{
    struct journal *j = journal(l);
    bool answered = l->phase != PHASE_CONNECT;

    j->rows[l->site] = (struct row){
        .bytes = answered ? l->http.bytes : 0,
        .hash = answered ? http_hash(&l->http) : 0,
        .start_ns = l->start_ns,
        .first_ns = l->first_ns,
        .end_ns = now,
        .error = error,
        .outcome = (uint16_t)outcome,
        .status = answered ? l->http.status : 0,
        .dials = l->dials,
        .lane = l->conn->index,
    };
    journal_finish(j, l->site);
}

/* Turns to l->site; one that cannot even be dialled has ended already. */
static bool begin_site(struct lane *l, uint64_t now)
{
    enum outcome outcome;

    journal_begin(journal(l));
    l->part = FRONT;
    l->phase = PHASE_CONNECT;
    l->dials = l->redirects = 0;
    l->start_ns = now;
    l->first_ns = 0;
    scraped(l)->pages = 1;
    outcome = l->job->front(l->job->context, l->site, &l->url, &l->conn->dial);
    if (outcome == OUTCOME_OK)
        return true;
    write_row(l, outcome, 0, now);
    return false;
}

/* The next of this strand, or else the first of the next one. */
static uint32_t next_site(struct lane *l)
{
    const struct scraping *job = l->job;
    uint32_t strand;

    if (job->next && job->next[l->site] != UINT32_MAX)
        return job->next[l->site];
    strand = journal_take(journal(l));
    if (strand >= job->strands)
        return UINT32_MAX;
    return job->first ? job->first[strand] : strand;
}

static enum verb go_on(struct lane *l, uint64_t now)
{
    while (l->site != UINT32_MAX) {
        if (begin_site(l, now))
            return dial(l, now);
        l->site = next_site(l);
    }
    return CONN_DONE;
}

static enum verb end_site(struct lane *l, enum outcome outcome, int error,
                          uint64_t now)
{
    write_row(l, outcome, error, now);
    http_drop(&l->keep);
    l->site = next_site(l);
    return go_on(l, now);
}

static enum verb start(struct conn *c)
{
    struct lane *l = self(c);

    l->site = l->job->first ? l->job->first[c->index] : c->index;
    return go_on(l, conn_now(c));
}

/* From page to page. */

/* To another page, or the site ends here. */
static enum verb follow(struct lane *l, const struct url *base,
                        const char *reference, uint64_t now)
{
    enum outcome outcome = OUTCOME_BAD_REDIRECT;

    if (url_resolve(base, reference, &l->url) == URL_OK) {
        if (l->part == ARTICLE)
            strcpy(scraped(l)->article, l->url.text);
        outcome = l->job->resolve(l->job->context, &l->url, &l->conn->dial);
        now = conn_now(l->conn); /* a name server may have been asked */
    }
    if (outcome != OUTCOME_OK)
        return end_site(l, outcome, 0, now);
    return dial(l, now);
}

static enum verb redirect(struct lane *l, uint64_t now)
{
    if (!l->keep.location[0])
        return end_site(l, OUTCOME_BAD_REDIRECT, 0, now);
    if (++l->redirects > SCRAPING_MAX_REDIRECTS)
        return end_site(l, OUTCOME_TOO_MANY_REDIRECTS, 0, now);
    scraped(l)->redirects++;
    return follow(l, &l->url, l->keep.location, now);
}

static enum verb not_200(struct lane *l, uint64_t now)
{
    switch (l->http.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return redirect(l, now);
    case 204: /* a success, with nothing to look for a title in */
        return end_site(l, OUTCOME_OK, 0, now);
    default:
        return end_site(l, OUTCOME_STATUS, 0, now);
    }
}

static enum outcome outcome_of_extract(enum extract found, enum part part)
{
    switch (found) {
    case EXTRACT_FOUND:
        return OUTCOME_OK;
    case EXTRACT_NOT_HTML:
        return OUTCOME_NOT_HTML;
    case EXTRACT_TOO_DEEP:
    case EXTRACT_TOO_LONG:
        return OUTCOME_TOO_BIG;
    case EXTRACT_NO_MEMORY:
        return OUTCOME_LOCAL_LIMIT;
    case EXTRACT_NOTHING:
        break;
    }
    return part == FRONT ? OUTCOME_NO_LINK : OUTCOME_NO_TITLE;
}

/* What relative links on this page start from. */
static const struct url *base_of(const struct lane *l, const char *said,
                                 struct url *room)
{
    return said[0] && url_resolve(&l->url, said, room) == URL_OK ? room
                                                                 : &l->url;
}

static enum verb read_front(struct lane *l, const struct markup *m,
                            uint64_t now)
{
    char link[URL_MAX], said[URL_MAX];
    struct url room;
    enum extract found =
        extract_link(m, l->job->link, link, sizeof(link), said, sizeof(said));

    if (found != EXTRACT_FOUND)
        return end_site(l, outcome_of_extract(found, FRONT), 0, now);
    l->part = ARTICLE;
    l->redirects = 0;
    scraped(l)->pages = 2;
    return follow(l, base_of(l, said, &room), link, now);
}

static enum verb read_article(struct lane *l, const struct markup *m,
                              uint64_t now)
{
    struct scraped *s = scraped(l);
    enum extract found =
        extract_text(m, l->job->title, s->title, sizeof(s->title));

    return end_site(l, outcome_of_extract(found, ARTICLE), 0, now);
}

static enum verb read_page(struct lane *l, uint64_t now)
{
    const struct markup m = {
        .data = l->keep.body ? l->keep.body : "",
        .len = l->http.bytes,
        .type = l->keep.type,
    };

    return l->part == FRONT ? read_front(l, &m, now) : read_article(l, &m, now);
}

/* One page: the events of its connection. */

static enum verb opened(struct conn *c)
{
    struct lane *l = self(c);
    const struct url *u = &l->url;
    int len;

    http_begin(&l->http);
    l->phase = PHASE_HEADER;
    c->deadline_ns = conn_now(c) + l->job->timeout_ns;
    len = snprintf(l->request, sizeof(l->request),
                   "GET %.*s HTTP/1.1\r\n"
                   "Host: %.*s\r\n"
                   "User-Agent: baton/" BATON_VERSION
                   " (a scraper that compares concurrency models)\r\n"
                   "Accept: text/html, application/xhtml+xml\r\n"
                   "Connection: close\r\n\r\n",
                   u->target_len, u->text + u->target, u->authority_len,
                   u->text + u->authority);
    conn_stage(c, l->request, (size_t)len);
    return CONN_WAIT;
}

static enum verb progress(struct lane *l, enum http_progress p, uint64_t now)
{
    if (p == HTTP_COMPLETE)
        return read_page(l, now);
    if (p == HTTP_FAILED)
        return l->http.outcome == OUTCOME_STATUS
                   ? not_200(l, now)
                   : end_site(l, l->http.outcome, 0, now);
    if (l->phase == PHASE_HEADER && l->http.in_body) {
        l->phase = PHASE_BODY;
        l->conn->deadline_ns = now + l->job->timeout_ns;
    }
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct lane *l = self(c);
    uint64_t now = conn_now(c);

    if (!l->first_ns)
        l->first_ns = now;
    return progress(l, http_feed(&l->http, data, len), now);
}

static enum verb ended(struct conn *c, int error)
{
    struct lane *l = self(c);
    uint64_t now = conn_now(c);

    if (error || l->phase == PHASE_CONNECT)
        return end_site(l, outcome_of_errno(l->phase, error), error, now);
    return progress(l, http_eof(&l->http), now);
}

static enum verb expired(struct conn *c)
{
    struct lane *l = self(c);

    return end_site(l, outcome_of_timeout(l->phase), -ETIMEDOUT, conn_now(c));
}

static const struct protocol protocol_scraping = {
    .start = start,
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
};

/* The results, and the lanes. */

size_t scraping_size(size_t sites)
{
    return journal_size(sites) +
           ((sites * sizeof(struct scraped) + 63) & ~(size_t)63);
}

struct scraped *scraping_rows(const struct journal *j)
{
    return (struct scraped *)((char *)j + journal_size(j->pages));
}

enum outcome scraping_numeric(const struct url *url, struct dial *ret_dial)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret_dial->peer;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret_dial->peer;
    char host[INET6_ADDRSTRLEN];

    if (url->host_len >= sizeof(host))
        return OUTCOME_DNS_NAME;
    memcpy(host, url->text + url->host, url->host_len);
    host[url->host_len] = '\0';
    if (strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    memset(&ret_dial->peer, 0, sizeof(ret_dial->peer));
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(url->port);
        ret_dial->peer_len = sizeof(*v4);
        return OUTCOME_OK;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(url->port);
        ret_dial->peer_len = sizeof(*v6);
        return OUTCOME_OK;
    }
    return OUTCOME_DNS_NAME;
}

enum outcome scraping_origin_page(const struct setup *s, const char *target,
                                  struct url *ret_url, struct dial *ret_dial)
{
    char text[URL_MAX];

    snprintf(text, sizeof(text), "http://%s%s", s->host, target);
    *ret_dial = s->server;
    return url_parse(text, ret_url) == URL_OK ? OUTCOME_OK : OUTCOME_OTHER;
}

enum outcome scraping_resolve(const void *setup, const struct url *url,
                              struct dial *ret_dial)
{
    const struct setup *s = setup;

    if (url->authority_len != strlen(s->host) ||
        memcmp(url->text + url->authority, s->host, url->authority_len) != 0)
        return scraping_numeric(url, ret_dial);
    *ret_dial = s->server;
    return OUTCOME_OK;
}

struct state {
    struct connections connections;
    struct scraping job;
    struct answering_pages answering;
    struct witness witness;
    struct lanes lanes;
};

int scraping_prepare(struct work *w, const struct setup *s,
                     const struct scraping *job)
{
    struct state *st = calloc(1, sizeof(*st));
    int error;

    if (!st)
        return -ENOMEM;
    st->job = *job;
    error = lanes_map(&st->lanes, job->lanes, sizeof(struct lane));
    if (error) {
        free(st);
        return error;
    }
    extract_init();
    for (size_t i = 0; i < st->lanes.n; i++) {
        struct lane *l = lanes_state(&st->lanes, i);

        l->conn = &st->lanes.conns[i];
        l->job = &st->job;
        http_init(&l->http, job->max_page ? job->max_page : SCRAPING_MAX_PAGE,
                  &l->keep);
    }
    answering_pages_init(&st->answering, &st->witness, s->refused_port,
                         s->deaf_port);
    st->connections =
        (struct connections){.conns = st->lanes.conns,
                             .n = st->lanes.n,
                             .workers = job->workers,
                             .answering = &st->answering.answering};
    *w = (struct work){.job = &st->connections, .state = st};
    return 0;
}

void scraping_aim(struct work *w, const struct setup *s, void *results)
{
    struct state *st = w->state;

    (void)s;
    journal_init(results, (uint32_t)st->job.lanes, (uint32_t)st->job.sites);
    lanes_aim(&st->lanes, w, &protocol_scraping, results);
}

void scraping_finish(struct work *w)
{
    struct state *st = w->state;

    if (!st)
        return;
    lanes_unmap(&st->lanes);
    free(st);
    w->state = NULL;
}
