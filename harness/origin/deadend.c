/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/deadend.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A handshake on the loopback takes microseconds; on an overloaded machine,
 * some seconds.
 */
enum { HANDSHAKE_MS = 10000 };

static struct sockaddr_in loopback(unsigned next, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + next),
    };
}

int bind_loopback(int fd, unsigned next, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in address = loopback(next, port);
    socklen_t len = sizeof(address);

    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        return -errno;
    *ret_port = ntohs(address.sin_port);
    return 0;
}

/* A socket with a port that no other program gets, or -errno. */
static int take_port(int *ret_fd, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return bind_loopback(fd, 0, 0, ret_port);
}

/* Begins to connect, and does not wait for it. */
static int knock(uint16_t port, int *ret_fd)
{
    const struct sockaddr_in address = loopback(0, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) &&
        errno != EINPROGRESS)
        return -errno;
    return 0;
}

/* 1: the queue is full, 0: so many are in it, and there is room, or -errno. */
static int await(int listener, unsigned dialled)
{
    for (int ms = 0; ms < HANDSHAKE_MS; ms++) {
        struct tcp_info info = {0};
        socklen_t len = sizeof(info);

        /* Of a listener, these two are its queue's length and its limit. */
        if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &len) ||
            info.tcpi_sacked == 0)
            break;
        if (info.tcpi_unacked > info.tcpi_sacked)
            return 1;
        if (info.tcpi_unacked >= dialled)
            return 0;
        usleep(1000);
    }
    return -EOPNOTSUPP;
}

/*
 * Connections are not accepted and stay queued: when the queue is full, the
 * kernel drops each further SYN.  A queue for none would do too, but answers
 * with SYN cookies and a warning in the kernel's log.
 */
static int fill(struct deadends *d)
{
    int full = 0;

    if (listen(d->full_fd, 1))
        return -errno;
    for (int i = 0; i < DEADEND_FILL && full == 0; i++) {
        full = knock(d->full_port, &d->waiting[i]);
        if (!full)
            full = await(d->full_fd, (unsigned)i + 1);
    }
    if (full == 1)
        return 0;
    d->full_port = 0;
    return full == -EOPNOTSUPP ? 0 : full;
}

int deadends_init(struct deadends *d)
{
    int error;

    *d = (struct deadends){.refused_fd = 0};
    error = take_port(&d->refused_fd, &d->refused_port);
    if (!error)
        error = take_port(&d->full_fd, &d->full_port);
    return error ? error : fill(d);
}

void deadend_close(int fd)
{
    if (fd > 0)
        close(fd);
}

void deadends_finish(struct deadends *d)
{
    for (int i = 0; i < DEADEND_FILL; i++)
        deadend_close(d->waiting[i]);
    deadend_close(d->full_fd);
    deadend_close(d->refused_fd);
}
