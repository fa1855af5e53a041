/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bare side of the benchmark `growth`: N pages from the origin, each on a
 * connection of its own, all at once, with epoll and nothing else.  The same
 * sockets as workloads/kinds/layers.c; no deadlines, no parser, no hash.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_EVENTS = 1024, MAX_HEAD = 512, BUFFER = 64 * 1024 };

struct page {
    int fd;
    uint32_t index;
    char head[MAX_HEAD]; /* until its empty line has come */
    size_t head_len;
    size_t left; /* bytes of the body still to come */
    int asked, in_body;
};

static struct {
    unsigned port, latency_ms;
    size_t n, bytes;
} job;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bare_epoll: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int open_socket(void)
{
    static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    static const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    return fd;
}

/* Edge-triggered: one registration tells of the opening and of all bytes. */
static void dial(int epoll, struct page *page)
{
    struct sockaddr_in peer = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)job.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                .data.ptr = page};

    page->fd = open_socket();
    if (connect(page->fd, (struct sockaddr *)&peer, sizeof(peer)) &&
        errno != EINPROGRESS)
        fail("connect");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, page->fd, &event))
        fail("epoll_ctl");
}

static void ask(struct page *page)
{
    char request[MAX_HEAD];
    int len = snprintf(request, sizeof(request),
                       "GET /page/%u?seed=1&bytes=%zu&latency-ms=%u&rate=0 "
                       "HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "User-Agent: baton\r\nAccept: */*\r\n"
                       "Connection: close\r\n\r\n",
                       page->index, job.bytes, job.latency_ms, job.port);

    if (send(page->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
        fail("send");
    page->asked = 1;
}

/* The head may come in pieces; returns how many of these bytes it takes. */
static size_t read_head(struct page *page, const char *data, size_t len)
{
    size_t room = MAX_HEAD - 1 - page->head_len, had = page->head_len;
    size_t taken = len < room ? len : room;
    char *end, *field;

    memcpy(page->head + had, data, taken);
    page->head_len += taken;
    page->head[page->head_len] = '\0';
    end = strstr(page->head, "\r\n\r\n");
    if (!end) {
        if (taken == room)
            fail("too long a head");
        return taken;
    }
    field = strcasestr(page->head, "\r\nContent-Length: ");
    if (strncmp(page->head, "HTTP/1.1 200 ", 13) != 0 || !field || field > end)
        fail(page->head);
    page->left = strtoul(field + strlen("\r\nContent-Length: "), NULL, 10);
    if (page->left != job.bytes)
        fail("a page of another length");
    page->in_body = 1;
    return (size_t)(end + 4 - page->head) - had;
}

/* 1 once the page is complete. */
static int take(struct page *page, const char *data, size_t len)
{
    if (!page->in_body) {
        size_t head = read_head(page, data, len);

        data += head;
        len -= head;
    }
    if (len > page->left)
        fail("more bytes than announced");
    page->left -= len;
    return page->in_body && page->left == 0;
}

/* 1 once the page is complete. */
static int drain(struct page *page)
{
    static char buffer[BUFFER];

    for (;;) {
        ssize_t n = recv(page->fd, buffer, sizeof(buffer), 0);

        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            fail("recv");
        if (take(page, buffer, (size_t)n))
            return 1;
        if ((size_t)n < sizeof(buffer))
            return 0; /* all there was: the next bytes are a new edge */
    }
}

static int proceed(struct page *page, uint32_t events)
{
    if (!page->asked && (events & EPOLLOUT))
        ask(page);
    return (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && drain(page);
}

static void download(void)
{
    struct page *pages = calloc(job.n, sizeof(*pages));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[MAX_EVENTS];

    if (!pages || epoll < 0)
        fail("setting up");
    for (size_t i = 0; i < job.n; i++) {
        pages[i].index = (uint32_t)i;
        dial(epoll, &pages[i]);
    }
    for (size_t left = job.n; left > 0;) {
        int n = epoll_wait(epoll, events, MAX_EVENTS, -1);

        for (int i = 0; i < n; i++) {
            struct page *page = events[i].data.ptr;

            if (proceed(page, events[i].events)) {
                close(page->fd);
                left--;
            }
        }
    }
    close(epoll);
    free(pages);
}

int main(int argc, char *argv[])
{
    struct rlimit limit;
    uint64_t start;

    if (argc != 5) {
        fprintf(stderr, "usage: bare_epoll PORT N LATENCY_MS BYTES\n");
        return 2;
    }
    job.port = (unsigned)strtoul(argv[1], NULL, 10);
    job.n = strtoul(argv[2], NULL, 10);
    job.latency_ms = (unsigned)strtoul(argv[3], NULL, 10);
    job.bytes = strtoul(argv[4], NULL, 10);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    download(); /* the warm-up */
    start = clock_ns();
    download();
    printf("real_ns=%.17g\n", (double)(clock_ns() - start));
    return 0;
}
