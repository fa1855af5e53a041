/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_KINDS_OUTCOME_H
#define BATON_WORKLOADS_KINDS_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

/*
 * How a page ended: one vocabulary for workloads, models, results, figures and
 * `baton scrape`.  The same fault must give the same class in all models.
 */
enum outcome {
    OUTCOME_OK,
    /* The name. */
    OUTCOME_DNS_NAME,      /* there is no such name */
    OUTCOME_DNS_NO_ANSWER, /* no name server answered */
    OUTCOME_DNS_FAILED,    /* one answered, and could not resolve it */
    /* The way. */
    OUTCOME_NO_NETWORK, /* nothing but the loopback is up */
    OUTCOME_NO_ROUTE,   /* a network is, but none leads there */
    OUTCOME_REFUSED,    /* no server uses the port */
    OUTCOME_CONNECT_TIMEOUT,
    OUTCOME_TLS_UNTRUSTED, /* the certificate is not trusted */
    OUTCOME_TLS_PROTOCOL,
    /* The answer. */
    OUTCOME_RESET,     /* what had arrived before the reset is kept */
    OUTCOME_EMPTY,     /* closed without a byte of an answer */
    OUTCOME_TRUNCATED, /* closed in the middle of an answer */
    OUTCOME_MALFORMED, /* not HTTP */
    OUTCOME_TOO_BIG,   /* header or body beyond its cap, or nested too deep */
    OUTCOME_HEADER_TIMEOUT,
    OUTCOME_BODY_TIMEOUT,
    /* What it says. */
    OUTCOME_TOO_MANY_REDIRECTS,
    OUTCOME_BAD_REDIRECT, /* to nowhere, or to what is not http */
    OUTCOME_STATUS,       /* HTTP, but not a success */
    OUTCOME_NO_LINK,
    OUTCOME_NO_TITLE,
    OUTCOME_NOT_HTML,
    /* This side. */
    OUTCOME_LOCAL_LIMIT, /* out of descriptors, ports, threads or memory */
    OUTCOME_CANCELLED,   /* ended by us before it was done */
    OUTCOME_OTHER,       /* an errno without a class of its own */
    /* Later ones stand here: a build that is compared knows the others so. */
    OUTCOME_DNS_RESOLVER, /* our own resolver ended, or refused to answer */
    OUTCOME_COMPRESSED,   /* in a content coding that is not decoded */
    OUTCOME_BAD_CODING,   /* not in the coding that its header names */
    OUTCOME_ROBOTS,       /* robots.txt forbids it */
    OUTCOME_N
};

/* "ok", "refused", "header-timeout", ... */
const char *outcome_name(enum outcome outcome);

/* What it comes of and what to do about it, a phrase each; "" for ok. */
const char *outcome_cause(enum outcome outcome);
const char *outcome_remedy(enum outcome outcome);

/* Where a page can be when an error or its deadline meets it. */
enum phase { PHASE_CONNECT, PHASE_HEADER, PHASE_BODY, PHASE_N };

/*
 * The class of a failed connect, send or receive; `error` is -errno.  Of the
 * ways that cannot be gone it asks the machine: see outcome_of_no_way().
 */
enum outcome outcome_of_errno(enum phase phase, int error);

/* The class of a deadline that passed. */
enum outcome outcome_of_timeout(enum phase phase);

/*
 * No network against no route, decided nowhere else: is any interface but the
 * loopback up (getifaddrs(3), IFF_UP and IFF_RUNNING)?
 */
enum outcome outcome_of_no_way(void);

/*
 * What became of the pages, of one iteration or of several: begun = succeeded +
 * errors by class + cancelled.
 */
struct tally {
    uint64_t begun, cancelled;
    uint64_t by[OUTCOME_N]; /* OUTCOME_OK: succeeded */
};

#endif
