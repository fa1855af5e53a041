/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bare side of the benchmark `page-cpu`: N times the same page over
 * CONNECTIONS that are kept alive, with epoll and nothing else.  It reads and
 * hashes every body, as the workload does; no deadlines, no parser.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { MAX_EVENTS = 256, MAX_HEAD = 1024, BUFFER = 64 * 1024 };

struct connection {
    int fd;
    char head[MAX_HEAD];
    size_t head_len;
    size_t left; /* bytes of the body still to come; 0: in the head */
    XXH3_state_t *hash;
};

static struct {
    unsigned port;
    const char *path;
    size_t n, connections, bytes;
    uint64_t hash; /* of the first body; all others have to be equal */
    size_t asked, answered;
} job;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bare_pages: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void dial(int epoll, struct connection *c)
{
    static const int on = 1;
    struct sockaddr_in peer = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)job.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    c->hash = XXH3_createState();
    if (c->fd < 0 || !c->hash ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        fail("socket");
    if (connect(c->fd, (struct sockaddr *)&peer, sizeof(peer)) &&
        errno != EINPROGRESS)
        fail("connect");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event))
        fail("epoll_ctl");
}

static void ask(struct connection *c)
{
    char request[MAX_HEAD];
    int len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "User-Agent: baton\r\nAccept: */*\r\n\r\n",
                       job.path, job.port);

    if (job.asked == job.n)
        return;
    job.asked++;
    if (send(c->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
        fail("send");
}

/* The head may come in pieces; returns how many of these bytes it takes. */
static size_t read_head(struct connection *c, const char *data, size_t len)
{
    size_t room = MAX_HEAD - 1 - c->head_len, had = c->head_len;
    size_t taken = len < room ? len : room;
    char *end, *field;

    memcpy(c->head + had, data, taken);
    c->head_len += taken;
    c->head[c->head_len] = '\0';
    end = strstr(c->head, "\r\n\r\n");
    if (!end) {
        if (taken == room)
            fail("too long a head");
        return taken;
    }
    field = strcasestr(c->head, "\r\nContent-Length: ");
    if (strncmp(c->head, "HTTP/1.1 200 ", 13) != 0 || !field || field > end)
        fail(c->head);
    c->left = strtoul(field + strlen("\r\nContent-Length: "), NULL, 10);
    if (c->left != job.bytes)
        fail("a page of another length");
    XXH3_64bits_reset(c->hash);
    c->head_len = 0;
    return (size_t)(end + 4 - c->head) - had;
}

static void finish_page(struct connection *c)
{
    uint64_t hash = XXH3_64bits_digest(c->hash);

    if (!job.hash)
        job.hash = hash;
    if (hash != job.hash)
        fail("a page with another content");
    job.answered++;
    ask(c);
}

static void take(struct connection *c, const char *data, size_t len)
{
    size_t head = c->left ? 0 : read_head(c, data, len);

    data += head;
    len -= head;
    if (len > c->left)
        fail("more bytes than announced");
    if (!len)
        return;
    XXH3_64bits_update(c->hash, data, len);
    c->left -= len;
    if (!c->left)
        finish_page(c);
}

static void on_event(int epoll, struct connection *c, uint32_t events)
{
    static char buffer[BUFFER];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    ssize_t n;

    if (events & EPOLLOUT) { /* it is open */
        if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event))
            fail("epoll_ctl");
        ask(c);
        return;
    }
    n = recv(c->fd, buffer, sizeof(buffer), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        fail("recv");
    if (n > 0)
        take(c, buffer, (size_t)n);
}

static void download(void)
{
    struct connection *all = calloc(job.connections, sizeof(*all));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[MAX_EVENTS];

    if (!all || epoll < 0)
        fail("setting up");
    job.asked = job.answered = 0;
    for (size_t i = 0; i < job.connections; i++)
        dial(epoll, &all[i]);
    while (job.answered < job.n) {
        int n = epoll_wait(epoll, events, MAX_EVENTS, -1);

        for (int i = 0; i < n; i++)
            on_event(epoll, events[i].data.ptr, events[i].events);
    }
    for (size_t i = 0; i < job.connections; i++) {
        close(all[i].fd);
        XXH3_freeState(all[i].hash);
    }
    close(epoll);
    free(all);
}

int main(int argc, char *argv[])
{
    uint64_t start;

    if (argc != 6) {
        fprintf(stderr, "usage: bare_pages PORT PATH N CONNECTIONS BYTES\n");
        return 2;
    }
    job.port = (unsigned)strtoul(argv[1], NULL, 10);
    job.path = argv[2];
    job.n = strtoul(argv[3], NULL, 10);
    job.connections = strtoul(argv[4], NULL, 10);
    job.bytes = strtoul(argv[5], NULL, 10);
    download(); /* the warm-up */
    start = cpu_ns();
    download();
    printf("cpu_ns=%.17g\n", (double)(cpu_ns() - start));
    return 0;
}
