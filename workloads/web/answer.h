/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_ANSWER_H
#define BATON_WORKLOADS_WEB_ANSWER_H

#include "workloads/kinds/layers.h"

/*
 * The answering side of the network workloads: an HTTP/1.1 server for the pages
 * of workloads/web/page.h and numbered.h, the blogs of blog.h and the faults of
 * fault.h, as a protocol.  The origin drives it from its loop, the null model
 * in memory, the tests byte by byte.
 */

/* What the answering side saw; shared by all conns of one driver. */
enum { KEPT_DELAYS = 1 << 14 };

struct server_counters {
    uint64_t requests;  /* since the last reset, as all below */
    uint64_t refusals;  /* requests for nothing there is, or not HTTP */
    uint64_t bytes;     /* of bodies, staged */
    uint32_t in_flight; /* requests read and not yet answered in full */
    uint32_t peak;      /* of in_flight */
    uint64_t last_ns;   /* when the last answer was taken in full; 0: none */
    uint32_t n_delays;  /* at most KEPT_DELAYS are kept */
    uint32_t delays_us[KEPT_DELAYS]; /* request read -> first byte staged */
    /* Not reset: with which the numbers of numbered pages are made. */
    uint64_t secret;
};

void server_counters_reset(struct server_counters *w);
/* The median of the delays in microseconds, 0 without any; sorts them. */
uint32_t server_counters_delay_us(struct server_counters *w);

/*
 * A conn for one accepted connection, on the heap: layers, protocol state and
 * a buffer that never grows beyond 64 KiB and a header.  NULL: no memory.
 */
struct conn *answer_create(struct server_counters *w);
/* Ends what was in flight on it; accepts NULL, a name server's, and TLS. */
void answer_destroy(struct conn *c);

/*
 * The driver of one that sends records looks after each write whether bytes
 * wait in the sender: then the next record says so.
 */
bool answer_sends_records(const struct conn *c);
void answer_unsent(struct conn *c);

/*
 * The same in memory, for the null model.  A dial to the one port is refused,
 * the other is never answered, at the third a name server answers (0: no such
 * port); any other is one for pages.
 */
struct answering_pages {
    struct answering answering; /* first: what a model sees */
    uint16_t refused_port, full_port, names_port;
    /* Set after _init(), both: there it answers with TLS. */
    uint16_t tls_port;
    const char *authority;
    struct tls_server *tls; /* made at the first dial there */
    struct server_counters counters;
};
void answering_pages_init(struct answering_pages *a, uint16_t refused_port,
                          uint16_t full_port, uint16_t names_port);
void answering_pages_finish(struct answering_pages *a);

#endif
