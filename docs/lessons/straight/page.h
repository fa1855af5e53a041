/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the download programs share, so that each shows only how it waits. */
#ifndef STRAIGHT_PAGE_H
#define STRAIGHT_PAGE_H

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_N = 10000, MAX_HEAD = 4096 };

struct page {
    char request[256];
    char *answer, *end, *limit; /* what has come, and the room for it */
};

static struct page pages[MAX_N];
static size_t wanted, bytes; /* pages, and the bytes of each body */
static struct sockaddr_in address = {.sin_family = AF_INET};
static const struct sockaddr *server = (struct sockaddr *)&address;

/* Takes what the command line wants. */
static inline void order(int argc, char *argv[])
{
    wanted = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (!wanted || wanted > MAX_N || !inet_aton(argv[1], &address.sin_addr))
        errx(1, "give HOST PORT N SEED [BYTES LATENCY_MS], N <= %d", MAX_N);
    address.sin_port = htons((uint16_t)atoi(argv[2]));
    bytes = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 4096;
    signal(SIGPIPE, SIG_IGN); /* writing to a closed socket is only an error */
    for (size_t i = 0; i < wanted; i++) {
        pages[i].answer = pages[i].end = calloc(1, MAX_HEAD + bytes + 1);
        if (!pages[i].answer)
            err(1, "page %zu", i);
        pages[i].limit = pages[i].answer + MAX_HEAD + bytes;
        snprintf(pages[i].request, sizeof(pages[i].request),
                 "GET /page/%zu?seed=%s&bytes=%zu&latency-ms=%s HTTP/1.1\r\n"
                 "Host: localhost\r\nConnection: close\r\n\r\n",
                 i, argv[4], bytes, argc > 6 ? argv[6] : "10");
    }
}

static inline void show(size_t i)
{
    const char *body = strstr(pages[i].answer, "\r\n\r\n");

    if (!body || strlen(body + 4) != bytes ||
        strncmp(pages[i].answer, "HTTP/1.1 200 ", 13) != 0)
        errx(1, "page %zu: not %zu bytes with status 200", i, bytes);
    printf("%zu %zu %016" PRIx64 "\n", i, bytes, XXH3_64bits(body + 4, bytes));
    free(pages[i].answer);
}

#endif
