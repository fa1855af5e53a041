/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/scraping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "workloads/web/bounded.h"
#include "workloads/web/decoding.h"
#include "workloads/web/extract.h"
#include "workloads/web/fetch.h"
#include "workloads/web/places.h"

enum { MAX_REQUEST = 2 * URL_MAX };
_Static_assert(MAX_REQUEST >= (int)LOOKUP_ROOM, "an answer needs more room");

enum part { FRONT, ARTICLE };

struct shared {
    struct fetch_job fetch; /* first */
    struct scraping job;
};

struct lane {
    struct fetch fetch; /* first; its items are sites */
    struct http_keep keep;
    struct lookup lookup; /* of the host of `url` */
    enum part part;
    uint32_t redirects;        /* for this page */
    struct decoding *decoding; /* NULL: none is being decoded */
    enum outcome decoded;      /* what that came to */
    struct extraction *page;   /* NULL: none is being parsed */
    enum extract extracted;    /* EXTRACT_FOUND: `page` knows */
    bool heavy;                /* it is one of SCRAPING_MAX_HEAVY */
    bool by_dns;               /* the host of `url` was asked for so */
    bool again;                /* `url` is asked for on a used connection */
    uint64_t open_to;          /* of which place a connection is; 0: none */
    struct place *place;       /* that of `url`, where places are kept */
    struct url url;
    struct tls tls;            /* of this dial */
    char request[MAX_REQUEST]; /* until it is written, the look-up's room */
    struct dns dns[];          /* one, where there are servers for it */
};

static const struct scraping *job_of(const struct lane *l)
{
    return &((const struct shared *)l->fetch.job)->job;
}

static struct scraped *scraped(const struct lane *l)
{
    return scraping_rows(fetch_journal(&l->fetch)) + l->fetch.item;
}

/* The next of this strand, or else the first of the next one. */
static uint32_t next_site(struct lane *l)
{
    const struct scraping *job = job_of(l);
    uint32_t strand;

    if (job->next && job->next[l->fetch.item] != UINT32_MAX)
        return job->next[l->fetch.item];
    strand = journal_take(fetch_journal(&l->fetch));
    if (strand >= job->strands)
        return UINT32_MAX;
    return job->first ? job->first[strand] : strand;
}

static enum verb end_site(struct lane *l, enum outcome outcome, int error,
                          uint64_t now);

/* The next address of the name. */
static bool next_address(struct lane *l)
{
    struct dial *dial = &l->fetch.conn->dial;

    return l->by_dns ? dns_next(l->dns, l->url.port, dial)
                     : lookup_next(&l->lookup, l->url.port, dial);
}

/* A name server's time is its own, a resolver's that of the connection. */
static enum verb looked_up(struct conn *c, enum outcome outcome)
{
    struct lane *l = c->layers->state;

    if (outcome == OUTCOME_OK && next_address(l))
        return l->by_dns ? fetch_dial(&l->fetch, conn_now(c))
                         : fetch_redial(&l->fetch);
    return end_site(l, outcome ? outcome : OUTCOME_DNS_FAILED, 0, conn_now(c));
}

/*
 * `resolved` is what is known of the address for l->url.  OUTCOME_OK: there is
 * something to dial, which for a name is the resolver or a name server.
 */
static enum outcome aim(struct lane *l, enum outcome resolved)
{
    const struct scraping *job = job_of(l);
    struct conn *c = l->fetch.conn;
    const char *name = l->url.text + l->url.host;
    size_t len = l->url.host_len;
    bool asks = false;

    lookup_forget(&l->lookup);
    l->by_dns = false;
    if (l->url.tls && !job->tls)
        return OUTCOME_BAD_REDIRECT;
    if (resolved != OUTCOME_DNS_NAME)
        return resolved;
    if (job->resolver)
        asks = lookup_begin(&l->lookup, job->resolver, c, name, len, l->request,
                            looked_up);
    else if (job->servers.n)
        asks = l->by_dns = dns_begin(l->dns, &job->servers, c, name, len,
                                     conn_now(c) + job->timeout_ns, looked_up);
    return asks ? OUTCOME_OK : resolved;
}

static enum verb dial(struct lane *l, uint64_t now)
{
    uint64_t deadline_ns = l->fetch.conn->deadline_ns;

    http_drop(&l->keep);
    fetch_dial(&l->fetch, now);
    if (l->by_dns) /* of its first attempt */
        l->fetch.conn->deadline_ns = deadline_ns;
    return CONN_DIAL;
}

/* Whether l->url may be asked for; OUTCOME_N: its robots.txt is not known. */
static enum outcome permit(struct lane *l)
{
    const struct scraping *job = job_of(l);

    if (!job->places)
        return OUTCOME_OK;
    l->place = places_find(job->places, place_key(&l->url));
    if (!l->place)
        return OUTCOME_LOCAL_LIMIT;
    if (l->place->limited) {
        fetch_refuse(&l->fetch, 429);
        return OUTCOME_STATUS;
    }
    if (!job->robots)
        return OUTCOME_OK;
    if (!l->place->known)
        return OUTCOME_N;
    return places_allow(job->places, l->place, &l->url) ? OUTCOME_OK
                                                        : OUTCOME_ROBOTS;
}

static enum verb go_on(struct lane *l, uint64_t now);

static enum verb permitted(struct conn *c, enum outcome outcome)
{
    struct lane *l = c->layers->state;
    uint64_t now = conn_now(c);

    if (outcome == OUTCOME_OK)
        return go_on(l, now);
    /* It was longer than names take. */
    if (outcome == OUTCOME_DNS_NO_ANSWER && now >= c->deadline_ns)
        outcome = OUTCOME_HEADER_TIMEOUT;
    return end_site(l, outcome, 0, now);
}

/* A page may take a time-out for each phase, and so may robots.txt. */
static enum outcome ask_for_rules(struct lane *l, uint64_t now)
{
    struct conn *c = l->fetch.conn;
    const struct scraping *job = job_of(l);

    l->by_dns = false;
    if (!lookup_begin(&l->lookup, job->resolver, c, l->url.text,
                      (size_t)(l->url.authority + l->url.authority_len),
                      l->request, permitted))
        return OUTCOME_DNS_NAME;
    dial(l, now);
    c->deadline_ns = now + PHASE_N * job->timeout_ns;
    return OUTCOME_OK;
}

static enum verb ask(struct fetch *f, uint64_t now);

/* OUTCOME_OK: *ret_verb leads to l->url; for `resolved` see aim(). */
static enum outcome go(struct lane *l, enum outcome resolved, uint64_t now,
                       enum verb *ret_verb)
{
    bool opened;
    enum outcome outcome;

    if (resolved != OUTCOME_OK && resolved != OUTCOME_DNS_NAME)
        return resolved; /* there may be no URL */
    opened = l->open_to == place_key(&l->url);
    outcome = permit(l);
    if (outcome != OUTCOME_OK && outcome != OUTCOME_N)
        return outcome; /* the next site may have this connection */
    l->open_to = 0;
    l->again = opened && outcome == OUTCOME_OK;
    if (l->again) {
        http_drop(&l->keep);
        *ret_verb = ask(&l->fetch, now);
        return OUTCOME_OK;
    }
    *ret_verb = CONN_DIAL;
    if (outcome == OUTCOME_N)
        return ask_for_rules(l, now);
    if (outcome == OUTCOME_OK)
        outcome = aim(l, resolved);
    if (outcome == OUTCOME_OK)
        dial(l, now);
    return outcome;
}

/* Turns to a site; one that cannot even be dialled has ended already. */
static enum verb begin_site(struct lane *l, uint32_t site, uint64_t now)
{
    const struct scraping *job = job_of(l);
    enum outcome outcome;
    enum verb verb;

    for (; site != UINT32_MAX; site = next_site(l)) {
        fetch_begin(&l->fetch, site, now);
        l->part = FRONT;
        l->redirects = 0;
        l->tls.shake.reason[0] = '\0';
        scraped(l)->pages = 1;
        outcome = job->front(job->context, site, &l->url, &l->fetch.conn->dial);
        outcome = go(l, outcome, now, &verb);
        if (outcome == OUTCOME_OK)
            return verb;
        fetch_write_row(&l->fetch, outcome, 0, now);
    }
    return CONN_DONE;
}

static enum verb end_site(struct lane *l, enum outcome outcome, int error,
                          uint64_t now)
{
    strcpy(scraped(l)->reason, l->tls.shake.reason);
    fetch_write_row(&l->fetch, outcome, error, now);
    http_drop(&l->keep);
    return begin_site(l, next_site(l), now);
}

static enum verb start(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    const uint32_t *first = job_of(l)->first;

    return begin_site(l, first ? first[f->conn->index] : f->conn->index, now);
}

static enum verb go_on(struct lane *l, uint64_t now)
{
    const struct scraping *job = job_of(l);
    enum outcome outcome =
        job->resolve(job->context, &l->url, &l->fetch.conn->dial);
    enum verb verb;

    outcome = go(l, outcome, now, &verb);
    return outcome == OUTCOME_OK ? verb : end_site(l, outcome, 0, now);
}

/* To another page, or the site ends here. */
static enum verb follow(struct lane *l, const struct url *base,
                        const char *reference, const struct encoding *page,
                        uint64_t now)
{
    if (url_resolve(base, reference, page, &l->url) != URL_OK)
        return end_site(l, OUTCOME_BAD_REDIRECT, 0, now);
    if (l->part == ARTICLE)
        strcpy(scraped(l)->article, l->url.text);
    return go_on(l, now);
}

static enum verb redirect(struct lane *l, uint64_t now)
{
    if (!l->keep.location[0])
        return end_site(l, OUTCOME_BAD_REDIRECT, 0, now);
    if (++l->redirects > SCRAPING_MAX_REDIRECTS)
        return end_site(l, OUTCOME_TOO_MANY_REDIRECTS, 0, now);
    scraped(l)->redirects++;
    return follow(l, &l->url, l->keep.location, NULL, now);
}

static enum verb no_page(struct lane *l, uint64_t now)
{
    switch (l->fetch.http.status) {
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
    static const enum outcome outcomes[] = {
        [EXTRACT_FOUND] = OUTCOME_OK,
        [EXTRACT_NOT_HTML] = OUTCOME_NOT_HTML,
        [EXTRACT_TOO_BIG] = OUTCOME_TOO_BIG,
        [EXTRACT_TOO_LONG] = OUTCOME_TOO_BIG,
        [EXTRACT_NO_MEMORY] = OUTCOME_LOCAL_LIMIT,
    };

    if (found == EXTRACT_NOTHING)
        return part == FRONT ? OUTCOME_NO_LINK : OUTCOME_NO_TITLE;
    return outcomes[found];
}

static bool has_scheme(const char *text, const char *scheme)
{
    return strncasecmp(text, scheme, strlen(scheme)) == 0;
}

/*
 * What relative links on this page start from; NULL: where Baton cannot go.  A
 * <base> that is no URL, or one of these two, counts as none.
 */
static const struct url *base_of(const struct lane *l, const char *said,
                                 const struct encoding *page, struct url *room)
{
    if (!said[0] || has_scheme(said, "data:") ||
        has_scheme(said, "javascript:"))
        return &l->url;
    switch (url_resolve(&l->url, said, page, room)) {
    case URL_OK:
        return room;
    case URL_BROKEN:
        return &l->url;
    default:
        return NULL;
    }
}

static enum verb follow_link(struct lane *l, const char *said, const char *link,
                             const struct encoding *page, uint64_t now)
{
    struct url room;
    const struct url *base = base_of(l, said, page, &room);

    /* A link that needs no base may still lead somewhere. */
    if (!base && url_parse(link, &room) == URL_OK)
        base = &l->url;
    if (!base)
        return end_site(l, OUTCOME_BAD_REDIRECT, 0, now);
    return follow(l, base, link, page, now);
}

static enum verb read_front(struct lane *l, uint64_t now)
{
    char link[URL_MAX], said[URL_MAX];
    const struct encoding *page = NULL;
    enum extract found = l->extracted;

    if (found == EXTRACT_FOUND) {
        page = extract_encoding(l->page);
        found =
            extract_end_link(l->page, link, sizeof(link), said, sizeof(said));
    }
    if (found != EXTRACT_FOUND)
        return end_site(l, outcome_of_extract(found, FRONT), 0, now);
    l->part = ARTICLE;
    l->redirects = 0;
    scraped(l)->pages = 2;
    return follow_link(l, said, link, page, now);
}

static enum verb read_article(struct lane *l, uint64_t now)
{
    struct scraped *s = scraped(l);
    enum extract found = l->extracted;

    if (found == EXTRACT_FOUND)
        found = extract_end_text(l->page, s->title, sizeof(s->title));

    return end_site(l, outcome_of_extract(found, ARTICLE), 0, now);
}

/* Of gzip also by its first bytes, which no page begins with. */
static enum coding coding_of(const struct markup *m, enum coding said)
{
    if (said == CODING_NONE && m->len > 1 && !memcmp(m->data, "\x1f\x8b", 2))
        return CODING_GZIP;
    return m->len > 0 ? said : CODING_NONE;
}

static struct markup markup_of(const struct lane *l)
{
    return (struct markup){
        .data = l->keep.body ? l->keep.body : "",
        .len = l->fetch.http.bytes,
        .type = l->keep.type,
    };
}

/* Most pages need less than BOUNDED_LIGHT, and wait for none of the others. */
static bool is_heavy(const struct lane *l)
{
    return l->page ? extract_used(l->page) > BOUNDED_LIGHT
                   : l->keep.heap && l->fetch.http.bytes > BOUNDED_LIGHT / 4;
}

/* Each may take BOUNDED_MEMORY, in whatever process it is. */
static bool may_be_heavy(const struct lane *l)
{
    struct journal *j = fetch_journal(&l->fetch);
    uint32_t n = atomic_load(&j->heavy);

    while (n < SCRAPING_MAX_HEAVY)
        if (atomic_compare_exchange_weak(&j->heavy, &n, n + 1))
            return true;
    return false;
}

/* Of one that is coded twice, only the outer coding is taken away. */
static enum outcome end_decoding(struct lane *l)
{
    struct markup m;
    size_t len;
    char *heap = decoding_take(l->decoding, &len);

    http_replace_body(&l->fetch.http, heap, len);
    m = markup_of(l);
    return coding_of(&m, CODING_NONE) ? OUTCOME_COMPRESSED : OUTCOME_OK;
}

static enum work_left decode(struct lane *l)
{
    static const enum outcome outcomes[] = {
        [DECODED_CUT] = OUTCOME_TRUNCATED,
        [DECODED_BROKEN] = OUTCOME_BAD_CODING,
        [DECODED_TOO_BIG] = OUTCOME_TOO_BIG,
        [DECODED_NO_MEMORY] = OUTCOME_LOCAL_LIMIT,
    };
    enum decoded decoded = decoding_work(l->decoding);

    if (decoded == DECODED_MORE)
        return WORK_MORE;
    l->decoded = decoded == DECODED_DONE ? end_decoding(l) : outcomes[decoded];
    decoding_destroy(l->decoding);
    l->decoding = NULL;
    return l->decoded || job_of(l)->take ? WORK_DONE : WORK_MORE;
}

/* The charset is a piece by itself; the rest is cut in time. */
static enum work_left work(struct fetch *f)
{
    struct lane *l = (struct lane *)f;
    const struct markup m = markup_of(l);

    if (l->decoding)
        return decode(l);
    if (!l->heavy && is_heavy(l)) {
        if (!may_be_heavy(l))
            return WORK_LATER;
        l->heavy = true;
    }
    if (l->page)
        return extract_work(l->page) ? WORK_MORE : WORK_DONE;
    l->extracted =
        extract_begin(&m, l->part == FRONT ? job_of(l)->link : job_of(l)->title,
                      l->part == FRONT, &l->page);
    return l->extracted == EXTRACT_FOUND ? WORK_MORE : WORK_DONE;
}

static enum verb take(struct lane *l, uint64_t now)
{
    const struct scraping *job = job_of(l);
    const struct markup m = markup_of(l);

    return end_site(l, job->take(job->taker, m.data, m.len), 0, now);
}

static enum verb worked(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    struct journal *j = fetch_journal(f);
    bool was_heavy = l->heavy;
    enum verb verb;

    if (l->decoded != OUTCOME_OK)
        return end_site(l, l->decoded, 0, now);
    if (job_of(l)->take)
        return take(l, now);
    l->heavy = false;
    verb = l->part == FRONT ? read_front(l, now) : read_article(l, now);

    /* Now its memory is free. */
    if (was_heavy)
        atomic_fetch_sub(&j->heavy, 1);
    return verb;
}

/* What is coded stays on the heap until CONN_WORK has decoded it. */
static enum verb read_coded(struct lane *l, enum coding coding, uint64_t now)
{
    size_t len = l->fetch.http.bytes;

    if (!job_of(l)->live || coding == CODING_OTHER || !decoding_works)
        return end_site(l, OUTCOME_COMPRESSED, 0, now);
    if (http_move_body(&l->fetch.http))
        l->decoding =
            decoding_create(coding, l->keep.heap, len, l->fetch.job->max_body);
    return l->decoding ? CONN_WORK : end_site(l, OUTCOME_LOCAL_LIMIT, 0, now);
}

static enum verb read_page(struct lane *l, uint64_t now)
{
    const struct markup m = markup_of(l);
    enum coding coding = coding_of(&m, l->keep.coding);

    /* 205 is a success without content, as a rule. */
    if (m.len == 0 && l->fetch.http.status == 205)
        return end_site(l, OUTCOME_OK, 0, now);
    l->page = NULL;
    l->decoded = OUTCOME_OK;
    if (coding != CODING_NONE)
        return read_coded(l, coding, now);
    if (job_of(l)->take)
        return take(l, now);
    /*
     * What came whole will be gone, so it begins at once; most of these are
     * done with the first piece.
     */
    if (!l->keep.heap &&
        (work(&l->fetch) == WORK_DONE || work(&l->fetch) == WORK_DONE))
        return worked(&l->fetch, now);
    return CONN_WORK;
}

static enum verb send_request(struct lane *l, uint64_t now)
{
    const struct url *u = &l->url;
    bool live = job_of(l)->live;
    int len =
        snprintf(l->request, sizeof(l->request),
                 "GET %.*s HTTP/1.1\r\n"
                 "Host: %.*s\r\n"
                 "User-Agent: baton/" BATON_VERSION
                 " (a scraper that compares concurrency models)\r\n"
                 "Accept: text/html, application/xhtml+xml\r\n"
                 "Accept-Encoding: %s\r\n"
                 "Connection: %s\r\n\r\n",
                 u->target_len, u->text + u->target, u->authority_len,
                 u->text + u->authority, live ? decoding_accepted : "identity",
                 live ? "keep-alive" : "close");

    return fetch_ask(&l->fetch, l->request, (size_t)len, now);
}

static enum verb secured(struct conn *c, enum outcome outcome)
{
    struct lane *l = c->layers->state;

    return outcome ? end_site(l, outcome, 0, conn_now(c))
                   : send_request(l, conn_now(c));
}

static enum verb ask(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    char host[LOOKUP_NAME];

    if (!l->url.tls || l->again)
        return send_request(l, now);
    snprintf(host, sizeof(host), "%.*s", l->url.host_len,
             l->url.text + l->url.host);
    return tls_begin(&l->tls, job_of(l)->tls, f->conn, host, secured);
}

/* A name may have another address, as long as there is time to connect. */
static bool has_another(struct lane *l, uint64_t now)
{
    struct conn *c = l->fetch.conn;

    return l->fetch.phase == PHASE_CONNECT && now < c->deadline_ns &&
           next_address(l);
}

static enum verb end(struct fetch *f, enum outcome outcome, int error,
                     uint64_t now)
{
    struct lane *l = (struct lane *)f;
    bool answered = f->phase != PHASE_CONNECT;

    /* The server closed it in the meantime (RFC 9112, 9.3.1). */
    if (l->again && answered && !f->http.any &&
        (outcome == OUTCOME_EMPTY || outcome == OUTCOME_RESET))
        return go_on(l, now);
    if (l->place && outcome == OUTCOME_STATUS && f->http.status == 429)
        l->place->limited = true;
    if (job_of(l)->live && answered && f->http.reusable)
        l->open_to = place_key(&l->url);
    if (error && has_another(l, now))
        return fetch_redial(f);
    if (outcome == OUTCOME_OK)
        return read_page(l, now);
    if (outcome == OUTCOME_STATUS)
        return no_page(l, now);
    return end_site(l, outcome, error, now);
}

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
    char host[INET6_ADDRSTRLEN];

    if (url->host_len >= sizeof(host))
        return OUTCOME_DNS_NAME;
    memcpy(host, url->text + url->host, url->host_len);
    host[url->host_len] = '\0';
    if (strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    return lookup_numeric(host, url->port, ret_dial) ? OUTCOME_OK
                                                     : OUTCOME_DNS_NAME;
}

static void aim_at_origin(const struct setup *s, const struct url *u,
                          struct dial *ret)
{
    uint64_t number = XXH3_64bits(u->text + u->target, (size_t)u->target_len);

    fetch_server(&s->server, s->addresses, number, ret);
    if (u->tls)
        ((struct sockaddr_in *)&ret->peer)->sin_port = htons(u->port);
}

enum outcome scraping_page(const struct setup *s, const char *root,
                           const char *target, struct url *ret_url,
                           struct dial *ret_dial)
{
    char text[URL_MAX];

    snprintf(text, sizeof(text), "%s%s", root, target);
    return url_parse(text, ret_url) == URL_OK
               ? scraping_resolve(s, ret_url, ret_dial)
               : OUTCOME_OTHER;
}

enum outcome scraping_origin_page(const struct setup *s, const char *target,
                                  struct url *ret_url, struct dial *ret_dial)
{
    char root[URL_MAX];

    snprintf(root, sizeof(root), "http://%s", s->host);
    return scraping_page(s, root, target, ret_url, ret_dial);
}

static bool is_origin(const struct setup *s, const struct url *u)
{
    struct dial dial;

    if (u->tls)
        return u->port == s->tls_port &&
               scraping_numeric(u, &dial) == OUTCOME_OK;
    return u->authority_len == strlen(s->host) &&
           memcmp(u->text + u->authority, s->host, u->authority_len) == 0;
}

enum outcome scraping_resolve(const void *setup, const struct url *url,
                              struct dial *ret_dial)
{
    const struct setup *s = setup;

    if (!is_origin(s, url))
        return scraping_numeric(url, ret_dial);
    aim_at_origin(s, url, ret_dial);
    return OUTCOME_OK;
}

int scraping_prepare(struct work *w, const struct setup *s,
                     const struct scraping *job)
{
    struct shared *shared = malloc(sizeof(*shared));

    if (!shared)
        return -ENOMEM;
    *shared = (struct shared){
        .fetch = {.lanes = job->lanes,
                  .items = job->sites,
                  .workers = job->workers,
                  .lane_size = sizeof(struct lane) +
                               (job->servers.n ? sizeof(struct dns) : 0),
                  .keep = offsetof(struct lane, keep),
                  .timeout_ns = job->timeout_ns,
                  .max_body = job->max_page ? job->max_page : SCRAPING_MAX_PAGE,
                  .tls = job->frees_tls ? job->tls : NULL,
                  .start = start,
                  .ask = ask,
                  .end = end,
                  .work = work,
                  .worked = worked},
        .job = *job,
    };
    shared->job.link = job->link ? job->link : SCRAPING_LINK;
    shared->job.title = job->title ? job->title : SCRAPING_TITLE;
    shared->job.resolve = job->resolve ? job->resolve : scraping_resolve;
    shared->job.strands = job->first ? job->strands : job->sites;
    extract_init();
    return fetch_prepare(w, s, &shared->fetch);
}
