/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_DNS_H
#define BATON_WORKLOADS_WEB_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/dns_messages.h"

/*
 * The addresses of a host name by DNS (RFC 1035), as a layer that goes before a
 * lane's protocol: dials of datagrams, and of a stream where an answer was
 * truncated.  c-ares builds the questions and parses what answers hold; that an
 * answer is one to the question is checked here.
 *
 * Both kinds of address are asked for at once, on one dial.  Each attempt is a
 * dial, so it has another local port and another number; the servers take
 * turns, and an attempt has an equal part of the time that is left.
 */
enum {
    DNS_SERVERS = 3, /* as many as resolv.conf(5) has */
    DNS_TRIES = 2,   /* of each server */
};

/* The servers to ask; of many lanes, which do not change it. */
struct dns_servers {
    struct dial servers[DNS_SERVERS];
    size_t n;
    uint64_t seed; /* of the numbers of questions: random */
};

/* Of a lane. */
struct dns {
    struct layer above;
    enum verb (*done)(struct conn *c, enum outcome outcome);
    const struct dns_servers *servers;
    uint64_t until_ns;    /* of all attempts */
    uint64_t number;      /* that those of the questions are drawn from */
    unsigned attempt;     /* from 1 */
    unsigned next;        /* address of dns_next() */
    enum outcome outcome; /* if there is no better one at the end */
    struct dns_messages messages;
    /* Of a stream: an answer behind its length, and how much has come. */
    unsigned char *answer;
    size_t answer_len;
};

/*
 * Points c->dial at a server, for CONN_DIAL, and moves the deadline.  Until
 * done() is called, by `until_ns`, the lane's events are the layer's.  With
 * OUTCOME_OK there is an address.  False: this cannot be a name.
 */
bool dns_begin(struct dns *d, const struct dns_servers *servers, struct conn *c,
               const char *name, size_t len, uint64_t until_ns,
               enum verb (*done)(struct conn *c, enum outcome outcome));

/* The next address, those of IPv6 first; false: there is none. */
bool dns_next(struct dns *d, uint16_t port, struct dial *ret);

/* There is no address that dns_next() could give. */
void dns_forget(struct dns *d);

#endif
