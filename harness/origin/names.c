/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/names.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "harness/origin/deadend.h"
#include "workloads/clock.h"

enum {
    BACKLOG = 4096,
    TURN = 64,              /* questions that are read in a turn of the loop */
    QUEUE = 8 * 1024 * 1024 /* bytes: many lanes ask at once */
};

/* An answer that waits until it is due. */
struct late {
    struct timer timer;
    struct names *names;
    struct sockaddr_in to;
    struct name_answer answer;
};

static void send_all(const struct names *n, const struct name_answer *answer,
                     const struct sockaddr_in *to)
{
    for (size_t i = 0; i < answer->n; i++)
        sendto(n->datagrams.fd, answer->messages[i].bytes,
               answer->messages[i].len, 0, (const struct sockaddr *)to,
               sizeof(*to));
}

static void on_due(struct timer *timer)
{
    struct late *late = (void *)((char *)timer - offsetof(struct late, timer));

    send_all(late->names, &late->answer, &late->to);
    free(late);
}

static void send_late(struct names *n, const struct name_answer *answer,
                      const struct sockaddr_in *to)
{
    struct late *late = malloc(sizeof(*late));

    if (!late)
        return; /* the question is asked again */
    *late = (struct late){
        .timer = {.due = on_due}, .names = n, .to = *to, .answer = *answer};
    loop_set_timer(n->set->loop, &late->timer,
                   clock_ns() + answer->latency_ms * NS_PER_MS);
}

static void on_datagrams(struct watch *watch, uint32_t events)
{
    struct names *n = (struct names *)watch;
    struct name_answer answer;
    struct sockaddr_in from;
    unsigned char question[NAME_ANSWER];

    (void)events;
    for (int i = 0; i < TURN; i++) {
        socklen_t from_len = sizeof(from);
        ssize_t len = recvfrom(watch->fd, question, sizeof(question), 0,
                               (struct sockaddr *)&from, &from_len);

        if (len < 0)
            return; /* an error would be one of an answer before */
        name_answer(&n->zone, question, (size_t)len, false, &answer);
        if (answer.latency_ms)
            send_late(n, &answer, &from);
        else
            send_all(n, &answer, &from);
    }
}

static void on_listener(struct watch *watch, uint32_t events)
{
    struct names *n =
        (void *)((char *)watch - offsetof(struct names, listener));
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)events;
    if (fd >= 0)
        connection_serve(n->set, fd, nameserver_create(&n->zone, true));
}

static int open_socket(struct watch *watch, int type, uint16_t port,
                       uint16_t *ret_port)
{
    static const int size = QUEUE;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : bind_loopback(fd, 0, port, ret_port);

    watch->fd = fd;
    if (error)
        return error;
    /* More than the limit of the machine is for root alone. */
    if (type == SOCK_DGRAM &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return type == SOCK_STREAM && listen(fd, BACKLOG) ? -errno : 0;
}

static void close_both(struct names *n)
{
    if (n->datagrams.fd > 0)
        deadend_close(n->datagrams.fd);
    if (n->listener.fd > 0)
        deadend_close(n->listener.fd);
    n->datagrams.fd = n->listener.fd = 0;
}

/* Another program may have the port of one type and not of the other. */
static int open_both(struct names *n, uint16_t *ret_port)
{
    int error = -EADDRINUSE;
    uint16_t same;

    for (int tries = 0; error == -EADDRINUSE && tries < 100; tries++) {
        close_both(n);
        error = open_socket(&n->datagrams, SOCK_DGRAM, 0, ret_port);
        if (!error)
            error = open_socket(&n->listener, SOCK_STREAM, *ret_port, &same);
    }
    return error;
}

int names_init(struct names *n, struct connection_set *set, unsigned addresses,
               uint16_t *ret_port)
{
    int error;

    *n = (struct names){.datagrams = {.ready = on_datagrams},
                        .listener = {.ready = on_listener},
                        .set = set,
                        .zone = {.addresses = addresses}};
    error = open_both(n, ret_port);
    if (!error)
        error = loop_watch(set->loop, &n->datagrams, EPOLLIN);
    if (!error)
        error = loop_watch(set->loop, &n->listener, EPOLLIN);
    return error;
}

void names_finish(struct names *n)
{
    close_both(n);
}
