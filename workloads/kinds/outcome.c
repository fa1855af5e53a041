/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/outcome.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>

/* In the order of the enum; `baton list --errors` prints them. */
static const struct {
    const char *name, *cause, *remedy;
} classes[OUTCOME_N] = {
    {"ok", "", ""},
    {"dns-name", "there is no such name",
     "look for a typing mistake in the host"},
    {"dns-no-answer", "no name server answered",
     "look at /etc/resolv.conf and the network"},
    {"dns-failed", "the name server could not find it out",
     "try again later, or ask another server"},
    {"no-network", "no interface but the loopback is up",
     "plug in the cable, or switch on the radio"},
    {"no-route", "no route leads to this address",
     "look at `ip route get ADDRESS` and firewalls"},
    {"refused", "nobody listens on that port",
     "start the server, or correct the port"},
    {"connect-timeout", "nobody accepted the connection in time",
     "the host is down, overloaded or filtered"},
    {"tls-untrusted", "nobody vouches for the certificate",
     "compare its name, dates and issuer"},
    {"tls-protocol", "the two sides speak no TLS",
     "is it a TLS port, and a current version?"},
    {"reset", "the server broke the connection off",
     "the server's log may say why"},
    {"empty", "the server hung up without a word",
     "the server's log may say why"},
    {"truncated", "the answer ends in the middle",
     "a server or proxy crashed; try again"},
    {"malformed", "the answer is no HTTP/1.1",
     "is it a web server, and not a TLS port?"},
    {"too-big", "header, body or nesting beyond what is taken",
     "no page should be like that"},
    {"header-timeout", "no complete header came in time",
     "raise --timeout-ms, or leave it out"},
    {"body-timeout", "the body did not end in time",
     "raise --timeout-ms, or leave it out"},
    {"too-many-redirects", "more than 5 redirects",
     "they go in a circle, most likely"},
    {"bad-redirect", "a redirect to nowhere, or not to http",
     "give the address that is meant"},
    {"status", "the server says no (its HTTP status)",
     "404: correct the path; 5xx: try again later"},
    {"no-link", "the page has no link where one should be",
     "give another --link pattern"},
    {"no-title", "the article has no title", "give another --title pattern"},
    {"not-html", "what came is no HTML", "give the address of a page"},
    {"local-limit", "out of descriptors, ports, threads or memory",
     "raise `ulimit -n`, or lower --concurrency"},
    {"cancelled", "ended by us before it was done", "let it run to its end"},
    {"other", "an error without a class of its own", "its errno tells more"},
};

const char *outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_N ? classes[outcome].name : "unknown";
}

const char *outcome_cause(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_N ? classes[outcome].cause : "";
}

const char *outcome_remedy(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_N ? classes[outcome].remedy : "";
}

enum outcome outcome_of_no_way(void)
{
    const unsigned alive = IFF_UP | IFF_RUNNING;
    struct ifaddrs *all, *i;
    bool any = false;

    if (getifaddrs(&all))
        return OUTCOME_NO_ROUTE; /* as much as can be said */
    for (i = all; i && !any; i = i->ifa_next)
        any = (i->ifa_flags & alive) == alive && !(i->ifa_flags & IFF_LOOPBACK);
    freeifaddrs(all);
    return any ? OUTCOME_NO_ROUTE : OUTCOME_NO_NETWORK;
}

/* errno x phase -> class, but for ETIMEDOUT. */
#define ASK OUTCOME_N /* outcome_of_no_way() */
static const struct {
    int error;
    enum outcome connecting, talking;
} errors[] = {
    {ECONNREFUSED, OUTCOME_REFUSED, OUTCOME_RESET},
    {ENETUNREACH, ASK, ASK},
    {EHOSTUNREACH, ASK, ASK},
    {ENETDOWN, ASK, ASK},
    {EACCES, ASK, ASK}, /* a `prohibit` route */
    {EPERM, ASK, ASK},  /* a firewall on this side */
    {ECONNRESET, OUTCOME_RESET, OUTCOME_RESET},
    {EPIPE, OUTCOME_RESET, OUTCOME_RESET},
    {EMFILE, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {ENFILE, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {EADDRNOTAVAIL, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {EAGAIN, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {ENOBUFS, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {ENOMEM, OUTCOME_LOCAL_LIMIT, OUTCOME_LOCAL_LIMIT},
    {ECANCELED, OUTCOME_CANCELLED, OUTCOME_CANCELLED},
};

enum outcome outcome_of_errno(enum phase phase, int error)
{
    enum outcome outcome = OUTCOME_OTHER;

    if (error == -ETIMEDOUT) /* the kernel gave up before our deadline */
        return outcome_of_timeout(phase);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].error == -error) {
            outcome = phase == PHASE_CONNECT ? errors[i].connecting
                                             : errors[i].talking;
            break;
        }
    return outcome == ASK ? outcome_of_no_way() : outcome;
}

enum outcome outcome_of_timeout(enum phase phase)
{
    static const enum outcome outcomes[PHASE_N] = {
        [PHASE_CONNECT] = OUTCOME_CONNECT_TIMEOUT,
        [PHASE_HEADER] = OUTCOME_HEADER_TIMEOUT,
        [PHASE_BODY] = OUTCOME_BODY_TIMEOUT,
    };

    return outcomes[phase];
}
