/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The server is one process with one blocking thread for each connection:
 * its behaviour must be plain to read, its speed does not matter. Threads
 * share nothing but the count of free places.
 *
 * Reading order: the vocabulary (say, text, flush, hang_up, ...), the faults
 * in the order of the table, the table, one visit, the process around it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "tests/conformance/stubborn.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/origin/deadend.h"

/* Nothing waits longer than this: no exchange and no idle connection. */
#define LIFE_MS 20000

/* Connections served at a time; further ones wait in the backlog. */
#define PLACES 512

#define STACK_BYTES ((size_t)256 * 1024)

#define OK      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

/* One connection, from accept to close; each belongs to one thread. */
struct visit {
    int fd;
    bool open;           /* goes on after this answer */
    unsigned number;     /* of the request on this connection, from 1 */
    int64_t deadline_ms; /* of this request, on the monotonic clock */
    uint64_t body;       /* body bytes said so far in this answer */
    size_t request_length;
    size_t out_length;
    char request[8192];
    char out[16384]; /* said, but not sent yet */
};

/* The vocabulary. */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for events; returns what poll reports, 0 after the deadline. */
static int ready(const struct visit *v, short events)
{
    struct pollfd p = {.fd = v->fd, .events = events};
    int n;

    do {
        int64_t left = v->deadline_ms - now_ms();

        if (left <= 0)
            return 0;
        n = poll(&p, 1, (int)left);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? p.revents : 0;
}

static void send_all(struct visit *v, const char *data, size_t length)
{
    while (v->open && length > 0) {
        ssize_t n = send(v->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            data += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN) {
            v->open = ready(v, POLLOUT) != 0;
        } else if (errno != EINTR) {
            v->open = false;
        }
    }
}

/* What is said between two flushes leaves in one piece, if it fits. */
static void flush(struct visit *v)
{
    send_all(v, v->out, v->out_length);
    v->out_length = 0;
}

static void say_bytes(struct visit *v, const char *data, size_t length)
{
    while (length > 0) {
        size_t room = sizeof(v->out) - v->out_length;
        size_t n = length < room ? length : room;

        memcpy(v->out + v->out_length, data, n);
        v->out_length += n;
        data += n;
        length -= n;
        if (v->out_length == sizeof(v->out))
            flush(v);
    }
}

static void say(struct visit *v, const char *string)
{
    say_bytes(v, string, strlen(string));
}

/* Says the next count bytes of the body. */
static void text(struct visit *v, size_t count)
{
    static const char period[] = STUBBORN_TEXT;
    const size_t length = sizeof(period) - 1;

    while (count > 0) {
        size_t at = v->body % length;
        size_t n = count < length - at ? count : length - at;

        say_bytes(v, period + at, n);
        v->body += n;
        count -= n;
    }
}

static void chunk(struct visit *v, size_t count)
{
    char size[24];

    snprintf(size, sizeof(size), "%zx\r\n", count);
    say(v, size);
    text(v, count);
    say(v, "\r\n");
}

/* Sends what was said, and lets it travel alone. */
static void pause_ms(struct visit *v, unsigned ms)
{
    flush(v);
    usleep(ms * 1000);
}

/*
 * Waits until the client's kernel has acknowledged everything, so that a
 * reset cannot overtake data: it lies queued there, read or not.
 */
static void settle(struct visit *v)
{
    int unacknowledged = 1;

    flush(v);
    while (v->open && unacknowledged > 0 && now_ms() < v->deadline_ms) {
        usleep(1000);
        if (ioctl(v->fd, SIOCOUTQ, &unacknowledged) < 0)
            break;
    }
    usleep(20 * 1000);
}

/* Sends what was said one byte at a time. */
static void drip(struct visit *v, unsigned pause_us)
{
    for (size_t i = 0; i < v->out_length; i++) {
        if (!v->open || now_ms() >= v->deadline_ms)
            break;
        send_all(v, v->out + i, 1);
        usleep(pause_us);
    }
    v->out_length = 0;
}

static void drip_forever(struct visit *v, void (*more)(struct visit *v))
{
    while (v->open && now_ms() < v->deadline_ms) {
        more(v);
        drip(v, 20 * 1000);
    }
    v->open = false;
}

/* Closes in order; the request was read, so the client sees a FIN. */
static void hang_up(struct visit *v)
{
    flush(v);
    v->open = false;
}

static void reset(struct visit *v)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    hang_up(v);
}

/* Stays silent until the client leaves. */
static void hold(struct visit *v)
{
    char ignored[512];

    flush(v);
    while (v->open && ready(v, POLLIN)) {
        if (recv(v->fd, ignored, sizeof(ignored), MSG_DONTWAIT) <= 0)
            break;
    }
    v->open = false;
}

/* Answers that are correct, however strange. */

static void plain(struct visit *v)
{
    say(v, OK "Content-Length: 5000\r\n\r\n");
    text(v, 5000);
}

/* Pauses part the header, a size line, a chunk, its CRLF and the trailer. */
static void chunked(struct visit *v)
{
    say(v, CHUNKED);
    pause_ms(v, 2);
    chunk(v, 16);
    say(v, "3");
    pause_ms(v, 2);
    say(v, "E8\r\n");
    text(v, 300);
    pause_ms(v, 2);
    text(v, 700);
    say(v, "\r");
    pause_ms(v, 2);
    say(v, "\n");
    chunk(v, 3983);
    chunk(v, 1);
    say(v, "0\r\nX-Trai");
    pause_ms(v, 2);
    say(v, "ler: yes\r\n\r\n");
}

static void until_eof(struct visit *v)
{
    say(v, OK "Connection: close\r\n\r\n");
    text(v, 5000);
    hang_up(v);
}

static void trickle(struct visit *v)
{
    say(v, OK "Content-Length: 300\r\n\r\n");
    text(v, 300);
    drip(v, 200);
}

static void say_continue(struct visit *v)
{
    say(v, "HTTP/1.1 100 Continue\r\n\r\n");
    pause_ms(v, 2);
    plain(v);
}

/* Both headers leave together, unlike those of /continue. */
static void early_hints(struct visit *v)
{
    say(v, "HTTP/1.1 103 Early Hints\r\n"
           "Link: </style.css>; rel=preload; as=style\r\n\r\n");
    plain(v);
}

static void empty_body(struct visit *v)
{
    say(v, OK "Content-Length: 0\r\n\r\n");
}

static void keep_alive_close(struct visit *v)
{
    plain(v);
    hang_up(v);
}

static void stale(struct visit *v)
{
    if (v->number > 1)
        hang_up(v);
    else
        plain(v);
}

static void extra(struct visit *v)
{
    plain(v);
    say(v, "These bytes belong to no response.\r\n");
}

/* Answers that end too early. */

static void cut_header(struct visit *v)
{
    say(v, OK "Content-Le");
    hang_up(v);
}

static void cut_body(struct visit *v)
{
    say(v, OK "Content-Length: 5000\r\n\r\n");
    text(v, 2000);
    hang_up(v);
}

static void cut_chunk(struct visit *v)
{
    say(v, CHUNKED);
    chunk(v, 1000);
    say(v, "fa0\r\n");
    text(v, 1000);
    hang_up(v);
}

static void reset_queued(struct visit *v)
{
    say(v, OK "Content-Length: 10000\r\n\r\n");
    text(v, 5000);
    settle(v);
    reset(v);
}

/* Closing with unread bytes in the receive buffer is what sends the RST. */
static void reset_unread(struct visit *v)
{
    say(v, OK "Content-Length: 10000\r\n\r\n");
    text(v, 5000);
    settle(v);
    hang_up(v);
}

/* Answers that are wrong. They hold, so that the bytes alone must tell. */

static void garbage(struct visit *v)
{
    say(v, "220 mail.example ESMTP ready\r\n\r\n");
    hold(v);
}

static void two_lengths(struct visit *v)
{
    say(v, OK "Content-Length: 16\r\nContent-Length: 32\r\n\r\n");
    text(v, 32);
    hold(v);
}

static void bad_chunk(struct visit *v)
{
    say(v, CHUNKED);
    chunk(v, 100);
    say(v, "zz\r\n");
    hold(v);
}

static void negative_length(struct visit *v)
{
    say(v, OK "Content-Length: -16\r\n\r\n");
    text(v, 16);
    hold(v);
}

static void bare_lf(struct visit *v)
{
    say(v, "HTTP/1.1 200 OK\nContent-Type: text/plain\n"
           "Content-Length: 16\n\n");
    text(v, 16);
    hold(v);
}

/* Answers without a page. The body is there, but nobody should take it. */

static void status_404(struct visit *v)
{
    say(v, "HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\n");
    text(v, 300);
}

static void status_500(struct visit *v)
{
    say(v, "HTTP/1.1 500 Internal Server Error\r\n"
           "Content-Length: 300\r\n\r\n");
    text(v, 300);
}

static void status_204(struct visit *v)
{
    say(v, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void status_302(struct visit *v)
{
    say(v, "HTTP/1.1 302 Found\r\nLocation: /plain\r\n"
           "Content-Length: 300\r\n\r\n");
    text(v, 300);
}

/* Answers that never finish. */

static void more_header(struct visit *v)
{
    say(v, "X-Drip: drop\r\n");
}

static void drip_header(struct visit *v)
{
    say(v, OK);
    drip_forever(v, more_header);
}

static void silent_body(struct visit *v)
{
    say(v, OK "Content-Length: 5000\r\n\r\n");
    text(v, 1000);
    hold(v);
}

static void more_body(struct visit *v)
{
    text(v, 16);
}

/* The length is out of reach: LIFE_MS is over after some 1000 drops. */
static void drip_body(struct visit *v)
{
    say(v, OK "Content-Length: 5000\r\n\r\n");
    flush(v);
    drip_forever(v, more_body);
}

/* Answers that are too big. */

static void huge_header(struct visit *v)
{
    const size_t limit = (size_t)16 * 1024 * 1024;
    char line[64];

    memset(line, 'x', sizeof(line));
    memcpy(line, "X-Huge: ", 8);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    say(v, OK);
    for (size_t n = 0; v->open && n < limit; n += sizeof(line))
        say_bytes(v, line, sizeof(line));
    hang_up(v);
}

static void huge_length(struct visit *v)
{
    say(v, OK "Content-Length: 1099511627776\r\n\r\n");
    text(v, 1000);
    hold(v);
}

static void endless(struct visit *v)
{
    const uint64_t limit = (uint64_t)256 * 1024 * 1024;

    say(v, CHUNKED);
    while (v->open && v->body < limit)
        chunk(v, 16384);
    hang_up(v);
}

const struct fault stubborn_faults[] = {
    {"/plain", "a page with its length", "ok", 200, 5000, plain},
    {"/chunked", "chunks split across segments, a trailer", "ok", 200, 5000,
     chunked},
    {"/until-eof", "a page that ends with the connection", "ok", 200, 5000,
     until_eof},
    {"/trickle", "one byte at a time", "ok", 200, 300, trickle},
    {"/continue", "100, then the page", "ok", 200, 5000, say_continue},
    {"/early-hints", "103 with headers and the page in one segment", "ok", 200,
     5000, early_hints},
    {"/empty-body", "a page of length 0", "ok", 200, 0, empty_body},
    {"/keep-alive-close", "promises keep-alive, then closes", "ok", 200, 5000,
     keep_alive_close},
    {"/stale", "a second request on a connection gets no answer", "ok", 200,
     5000, stale},
    {"/extra", "a page and then bytes that belong to nothing", "ok", 200, 5000,
     extra},

    {"/cut-header", "closes within the header", "truncated", 0, 0, cut_header},
    {"/cut-body", "closes within the body", "truncated", 200, 2000, cut_body},
    {"/cut-chunk", "closes within a chunk", "truncated", 200, 2000, cut_chunk},
    {"/empty", "closes without a byte", "empty", 0, 0, hang_up},
    {"/reset-before", "resets without a byte", "reset", 0, 0, reset},
    {"/reset-queued", "resets when half of the body is queued", "reset", 200,
     5000, reset_queued},
    {"/reset-unread", "closes with the request unread", "reset", 200, 5000,
     reset_unread},

    {"/garbage", "not HTTP", "malformed", 0, 0, garbage},
    {"/two-lengths", "two lengths that differ", "malformed", 0, 0, two_lengths},
    {"/bad-chunk", "a chunk size that is no number", "malformed", 200, 100,
     bad_chunk},
    {"/negative-length", "a length below zero", "malformed", 0, 0,
     negative_length},
    {"/bare-lf", "header lines without CR", "malformed", 0, 0, bare_lf},

    {"/status-404", "not found, with a body", "status", 404, 0, status_404},
    {"/status-500", "an error, with a body", "status", 500, 0, status_500},
    {"/status-204", "success without a page", "status", 204, 0, status_204},
    {"/status-302", "a redirect, with a body", "status", 302, 0, status_302},

    {"/silent", "never answers", "header-timeout", 0, 0, hold},
    {"/drip-header", "a header that never ends, slowly", "header-timeout", 0, 0,
     drip_header},
    {"/silent-body", "silence within the body", "body-timeout", 200, 1000,
     silent_body},
    {"/drip-body", "a body that never ends, slowly", "body-timeout", 200,
     STUBBORN_ANY, drip_body},

    {"/huge-header", "16 MiB of header", "too-big", 0, 0, huge_header},
    {"/huge-length", "announces 1 TiB", "too-big", 200, 0, huge_length},
    {"/endless", "256 MiB of chunks", "too-big", 200, STUBBORN_ANY, endless},
};

const size_t stubborn_n_faults =
    sizeof(stubborn_faults) / sizeof(stubborn_faults[0]);

/* One visit. */

static void unknown_path(struct visit *v)
{
    say(v, "HTTP/1.1 404 No Such Fault\r\nContent-Length: 0\r\n\r\n");
}

static const struct fault *find_fault(const char *request)
{
    size_t start = strcspn(request, " \r\n");
    const char *path = request + start + (request[start] == ' ');
    size_t length = strcspn(path, "? \r\n");

    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const struct fault *f = &stubborn_faults[i];

        if (strlen(f->path) == length && !memcmp(f->path, path, length))
            return f;
    }
    return NULL;
}

/*
 * Waits for a whole request, but leaves it in the receive buffer: whether it
 * is ever read decides between FIN and RST.
 */
static bool peek_request(struct visit *v)
{
    int events;

    while ((events = ready(v, POLLIN | POLLRDHUP)) != 0) {
        ssize_t n = recv(v->fd, v->request, sizeof(v->request) - 1,
                         MSG_PEEK | MSG_DONTWAIT);
        char *end;

        if (n <= 0)
            return false;
        v->request[n] = '\0';
        end = strstr(v->request, "\r\n\r\n");
        if (end) {
            end[4] = '\0';
            v->request_length = (size_t)(end + 4 - v->request);
            return true;
        }
        if (n == (ssize_t)sizeof(v->request) - 1 || (events & POLLRDHUP))
            return false;
        /* It stays readable, so poll cannot tell when the rest comes. */
        usleep(1000);
    }
    return false;
}

static void answer_request(struct visit *v)
{
    const struct fault *f = find_fault(v->request);
    void (*answer)(struct visit *) = f ? f->answer : unknown_path;
    bool last = strcasestr(v->request, "\r\nConnection: close\r\n");

    v->number++;
    v->body = 0;
    if (answer != reset_unread &&
        recv(v->fd, v->request, v->request_length, MSG_DONTWAIT) < 0)
        v->open = false;
    answer(v);
    flush(v);
    if (last)
        v->open = false;
}

struct place {
    int fd;
    sem_t *free_places;
};

static void *serve(void *arg)
{
    struct place place = *(struct place *)arg;
    struct visit *v = calloc(1, sizeof(*v));

    free(arg);
    if (v) {
        v->fd = place.fd;
        v->open = true;
        do {
            v->deadline_ms = now_ms() + LIFE_MS;
            if (!peek_request(v))
                break;
            answer_request(v);
        } while (v->open);
    }
    close(place.fd);
    free(v);
    sem_post(place.free_places);
    return NULL;
}

/* The process around it. */

static int serve_in_thread(int fd, sem_t *free_places)
{
    struct place *place = malloc(sizeof(*place));
    pthread_attr_t attr;
    pthread_t thread;
    int rc;

    if (!place)
        return -ENOMEM;
    *place = (struct place){.fd = fd, .free_places = free_places};
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(&thread, &attr, serve, place);
    pthread_attr_destroy(&attr);
    if (rc)
        free(place);
    return -rc;
}

static _Noreturn void serve_forever(int listener)
{
    sem_t free_places;

    sem_init(&free_places, 0, PLACES);
    for (;;) {
        const int on = 1;
        int fd;

        while (sem_wait(&free_places) < 0)
            continue;
        while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
            usleep(1000);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (serve_in_thread(fd, &free_places) < 0) {
            close(fd);
            sem_post(&free_places);
        }
    }
}

/* All sockets are made before the fork, so the ports are ready at once. */
struct stubborn {
    pid_t pid;
    uint16_t port;
    int listener;
    struct deadends deadends;
};

static int open_listener(struct stubborn *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t length = sizeof(a);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 ||
        bind(s->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &length) < 0 ||
        listen(s->listener, SOMAXCONN) < 0)
        return -errno;
    s->port = ntohs(a.sin_port);
    return 0;
}

static int open_sockets(struct stubborn *s)
{
    int rc = open_listener(s);

    if (rc == 0)
        rc = deadends_init(&s->deadends);
    if (rc == 0 && s->deadends.full_port == 0)
        rc = -EOPNOTSUPP;
    return rc;
}

static void close_sockets(struct stubborn *s)
{
    if (s->listener >= 0)
        close(s->listener);
    deadends_finish(&s->deadends);
}

/* The child keeps all sockets open; it only ever uses the listener. */
static int fork_server(struct stubborn *s)
{
    pid_t parent = getpid();

    s->pid = fork();
    if (s->pid < 0)
        return -errno;
    if (s->pid > 0)
        return 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have died before it was asked to signal that. */
    if (getppid() != parent)
        _exit(1);
    serve_forever(s->listener);
}

int stubborn_create(struct stubborn **ret_server)
{
    struct stubborn *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return -ENOMEM;
    rc = open_sockets(s);
    if (rc == 0)
        rc = fork_server(s);
    close_sockets(s);
    if (rc < 0) {
        free(s);
        return rc;
    }
    *ret_server = s;
    return 0;
}

void stubborn_destroy(struct stubborn *s)
{
    if (!s)
        return;
    kill(s->pid, SIGKILL);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(s);
}

uint16_t stubborn_port(const struct stubborn *s)
{
    return s->port;
}

uint16_t stubborn_refused_port(const struct stubborn *s)
{
    return s->deadends.refused_port;
}

uint16_t stubborn_blackhole_port(const struct stubborn *s)
{
    return s->deadends.full_port;
}
