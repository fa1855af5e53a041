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
    {"dns-name", "this host name does not exist",
     "look for a typing mistake in the host"},
    {"dns-no-answer", "no name server answered",
     "look at /etc/resolv.conf and the network"},
    {"dns-failed", "the name server could not resolve the name",
     "try again later, or ask another server"},
    {"no-network", "no interface but the loopback is up",
     "connect the machine to a network"},
    {"no-route", "no route leads to this address",
     "look at `ip route get ADDRESS` and firewalls"},
    {"refused", "the port refused the connection",
     "start the server, or correct the port"},
    {"connect-timeout", "the connection was not accepted in time",
     "the host is down, overloaded or filtered"},
    {"tls-untrusted", "the TLS certificate is not trusted",
     "compare its name, dates and issuer"},
    {"tls-protocol", "the TLS handshake failed",
     "is it a TLS port, and a current version?"},
    {"reset", "the server reset the connection",
     "look for the reason in the server's log"},
    {"empty", "the server closed the connection without an answer",
     "look for the reason in the server's log"},
    {"truncated", "the answer is incomplete",
     "a server or proxy may have crashed: try again"},
    {"malformed", "the answer is not HTTP/1.1",
     "is it a web server, and not a TLS port?"},
    {"too-big", "header, body or parsing exceeds Baton's limits",
     "leave the page out"},
    {"header-timeout", "the header was not complete in time",
     "raise --timeout-ms, or leave the page out"},
    {"body-timeout", "the body was not complete in time",
     "raise --timeout-ms, or leave the page out"},
    {"too-many-redirects", "more than 5 redirects",
     "they probably form a loop: give the final address"},
    {"bad-redirect", "a redirect without a valid http address",
     "give the final address"},
    {"status", "the server answered with an error status",
     "404: correct the path; 5xx: try again later"},
    {"no-link", "the page has no link that matches --link",
     "give another --link pattern"},
    {"no-title", "the article has no title that matches --title",
     "give another --title pattern"},
    {"not-html", "the answer is not HTML", "give the address of a page"},
    {"local-limit", "out of descriptors, ports, threads or memory",
     "raise `ulimit -n`, or lower --concurrency"},
    {"cancelled", "ended by Baton before it was done",
     "let the command run to its end"},
    {"other", "an error without a class of its own", "look at its errno"},
    {"dns-resolver", "Baton's resolver process ended or refused the question",
     "run the command again"},
    {"compressed", "the body is in a coding that was not asked for",
     "let the server obey Accept-Encoding"},
    {"bad-coding", "the compressed body cannot be decoded",
     "a server or proxy may be wrong: try again"},
    {"robots", "the server's robots.txt forbids this page",
     "leave the page out, or ask the site's owner"},
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
        return OUTCOME_NO_ROUTE; /* as much as is known */
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
    {EPROTO, OUTCOME_TLS_PROTOCOL, OUTCOME_TLS_PROTOCOL},
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
