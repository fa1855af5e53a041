/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lane that asks for one name, driven by the resolver's loop. */
#include "harness/cli/scrape_dns.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/scrape_lane.h"
#include "workloads/clock.h"
#include "workloads/web/lookup.h"

struct asking {
    struct driven driven; /* first */
    struct conn conn;
    struct layers layers;
    struct dns dns;
    enum outcome outcome;
    void (*done)(void *context, enum outcome outcome,
                 const struct addrinfo *found);
    void *context;
};

/* The addresses that were found, in the form of getaddrinfo(3). */
struct found {
    struct addrinfo items[LOOKUP_ADDRESSES];
    struct dial dials[LOOKUP_ADDRESSES];
    size_t n;
};

static void add(struct found *f, const struct dial *dial)
{
    struct addrinfo *item = &f->items[f->n];

    f->dials[f->n] = *dial;
    *item = (struct addrinfo){
        .ai_family = dial->peer.ss_family,
        .ai_addr = (struct sockaddr *)&f->dials[f->n].peer,
        .ai_addrlen = dial->peer_len,
    };
    if (f->n++ > 0)
        item[-1].ai_next = item;
}

static enum verb end(struct conn *c, enum outcome outcome)
{
    struct asking *a = c->layers->state;

    a->outcome = outcome;
    return CONN_DONE;
}

static void finish(struct driven *d)
{
    struct asking *a = (struct asking *)d;
    struct found found = {.n = 0};
    struct dial dial;

    while (found.n < LOOKUP_ADDRESSES && dns_next(&a->dns, 0, &dial))
        add(&found, &dial);
    a->done(a->context, a->outcome, found.n ? found.items : NULL);
    free(a);
}

static bool is_in_file(const struct name_source *s, const char *name,
                       struct found *f)
{
    struct dial dial;

    while (f->n < LOOKUP_ADDRESSES &&
           hosts_file_find(&s->hosts, name, f->n, 0, &dial))
        add(f, &dial);
    return f->n > 0;
}

int name_source_ask(const struct name_source *s, const char *name,
                    void (*done)(void *context, enum outcome outcome,
                                 const struct addrinfo *found),
                    void *context)
{
    struct found found = {.n = 0};
    struct asking *a;

    if (is_in_file(s, name, &found)) {
        done(context, OUTCOME_OK, found.items);
        return 0;
    }
    a = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    a->driven.loop = s->loop;
    a->driven.conn = &a->conn;
    a->driven.done = finish;
    a->layers.state = a;
    a->conn.layers = &a->layers;
    a->done = done;
    a->context = context;
    if (dns_begin(&a->dns, s->servers, &a->conn, name, strlen(name),
                  clock_ns() + s->timeout_ns, end)) {
        driven_begin(&a->driven, CONN_DIAL);
    } else {
        done(context, OUTCOME_DNS_NAME, NULL);
        free(a);
    }
    return 0;
}
