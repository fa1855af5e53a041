/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/deadend.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* A handshake on the loopback takes microseconds, on a busy machine more. */
enum { HANDSHAKE_MS = 20 };

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

/* A socket with a port that nobody else gets, or -errno. */
static int take_port(int *ret_fd, uint16_t *ret_port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        return -errno;
    *ret_port = ntohs(address.sin_port);
    return 0;
}

/* 1: he got in, 0: he waits, -errno. */
static int knock(uint16_t port, int *ret_fd)
{
    const struct sockaddr_in address = loopback(port);
    struct pollfd ready = {.events = POLLOUT};

    ready.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ready.fd < 0)
        return -errno;
    *ret_fd = ready.fd;
    if (connect(ready.fd, (const struct sockaddr *)&address, sizeof(address)) ==
        0)
        return 1;
    if (errno != EINPROGRESS)
        return -errno;
    return poll(&ready, 1, HANDSHAKE_MS) > 0;
}

/*
 * Nobody accepts, and who has got in stays: when the queue is full, the kernel
 * drops each further SYN.  A queue for none would do too, but answers with SYN
 * cookies and a warning in the kernel's log.
 */
static int deafen(struct deadends *d)
{
    int in = 1;

    if (listen(d->deaf_fd, 1))
        return -errno;
    for (int i = 0; i < DEADEND_FILL && in == 1; i++)
        in = knock(d->deaf_port, &d->guests[i]);
    if (in < 0)
        return in;
    if (in)
        d->deaf_port = 0;
    return 0;
}

int deadends_init(struct deadends *d)
{
    int error;

    *d = (struct deadends){.refused_fd = 0};
    error = take_port(&d->refused_fd, &d->refused_port);
    if (!error)
        error = take_port(&d->deaf_fd, &d->deaf_port);
    return error ? error : deafen(d);
}

static void drop(int fd)
{
    if (fd > 0)
        close(fd);
}

void deadends_finish(struct deadends *d)
{
    for (int i = 0; i < DEADEND_FILL; i++)
        drop(d->guests[i]);
    drop(d->deaf_fd);
    drop(d->refused_fd);
}
