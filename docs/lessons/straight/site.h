/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scrapers share: the blogs, each at one of its two pages. */
#ifndef STRAIGHT_SITE_H
#define STRAIGHT_SITE_H

#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_N = 10000, ROOM = 16384 }; /* for a header and for markup */

struct site {
    char path[512], request[640]; /* what is asked for */
    char *answer, *end, *limit;   /* what has come, and the room for it */
    int error;                    /* the errno that ended it, or 0 */
    char *title;                  /* what is wanted, */
    const char *why;              /* or why it is not there */
};

static struct site sites[MAX_N];
static size_t wanted;
static struct sockaddr_in address = {.sin_family = AF_INET};
static const struct sockaddr *server = (struct sockaddr *)&address;

static inline void ask(struct site *s)
{
    s->end = s->answer;
    snprintf(s->request, sizeof(s->request),
             "GET %.511s HTTP/1.0\r\nHost: localhost\r\n\r\n", s->path);
}

/* Takes what the command line wants. */
static inline void order(int argc, char *argv[])
{
    const char *bytes = argc > 5 ? argv[5] : "4096";
    size_t room = ROOM + (unsigned)strtoul(bytes, NULL, 10);

    wanted = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (!wanted || wanted > MAX_N || !inet_aton(argv[1], &address.sin_addr))
        errx(1, "give HOST PORT N SEED [BYTES LATENCY_MS PLACE], N <= %d",
             MAX_N);
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    signal(SIGPIPE, SIG_IGN); /* writing to a closed socket is only an error */
    for (struct site *s = sites; s < sites + wanted; s++) {
        if (!(s->answer = malloc(room + 1)))
            err(1, "blog %td", s - sites);
        s->limit = s->answer + room;
        snprintf(s->path, sizeof(s->path),
                 "/%s/%td?seed=%s&bytes=%s&latency-ms=%s",
                 argc > 7 ? argv[7] : "blog", s - sites, argv[4], bytes,
                 argc > 6 ? argv[6] : "10");
        ask(s);
    }
}

#endif
