/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One page after another: while one is waited for, all the others wait. */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

static struct sockaddr_in server = {.sin_family = AF_INET};
static const char *seed, *latency_ms;
static unsigned bytes; /* of a body */
static size_t room;    /* for an answer, its head included */

static char *fetch(size_t i)
{
    char *answer = calloc(1, room + 1);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t n = -1;

    if (connect(fd, (struct sockaddr *)&server, sizeof(server)) == 0 &&
        dprintf(fd,
                "GET /page/%zu?seed=%s&bytes=%u&latency-ms=%s HTTP/1.1\r\n"
                "Host: localhost\r\nConnection: close\r\n\r\n",
                i, seed, bytes, latency_ms) > 0)
        while ((n = read(fd, answer + len, room - len)) > 0)
            len += (size_t)n;
    if (n < 0)
        fprintf(stderr, "page %zu: %m\n", i);
    close(fd);
    return answer;
}

static void show(size_t i, char *answer)
{
    const char *body = answer ? strstr(answer, "\r\n\r\n") : NULL;

    if (!body || strlen(body + 4) != bytes ||
        strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
        errx(1, "page %zu: not %u bytes with status 200", i, bytes);
    printf("%zu %u %016" PRIx64 "\n", i, bytes, XXH3_64bits(body + 4, bytes));
    free(answer);
}

int main(int argc, char *argv[])
{
    size_t n = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;

    if (n == 0 || !inet_aton(argv[1], &server.sin_addr))
        errx(1, "give HOST PORT N SEED [BYTES LATENCY_MS]");
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    seed = argv[4];
    bytes = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 4096;
    room = (size_t)bytes + 4096;
    latency_ms = argc > 6 ? argv[6] : "10";
    signal(SIGPIPE, SIG_IGN); /* a server that hung up is an error, no end */
    for (size_t i = 0; i < n; i++)
        show(i, fetch(i));
    return 0;
}
