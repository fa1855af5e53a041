/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/origin/deadend.h"

enum { BACKLOG = 4096 };

/*
 * Without a descriptor for it, a connection would stay in the queue, and the
 * listener ready.  It is accepted with one that is kept for that, and closed.
 */
static void turn_away(struct listener *l)
{
    close(*l->spare_fd);
    close(accept4(l->watch.fd, NULL, NULL, SOCK_CLOEXEC));
    *l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_listener(struct watch *watch, uint32_t events)
{
    struct listener *l = (struct listener *)watch;
    int fd;

    (void)events;
    while ((fd = accept4(watch->fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        if (connection_serve(l->set, fd, l->create(l->context))) {
            /* A run reports one that ended, and waits for one that hangs. */
            loop_stop(l->set->loop);
            return;
        }
    if (errno == EMFILE || errno == ENFILE)
        turn_away(l);
}

/* Accepted sockets inherit these from the listening one. */
static int tune(int fd)
{
    static const char congestion[] = "cubic";
    static const int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        return -errno;
    /* Not every kernel has it; the run's header records what it has. */
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
               sizeof(congestion) - 1);
    return 0;
}

int listener_open(struct listener *l, unsigned next, uint16_t port,
                  uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : tune(fd);

    l->watch = (struct watch){.fd = fd > 0 ? fd : 0, .ready = on_listener};
    if (!error)
        error = bind_loopback(fd, next, port, ret_port);
    if (!error && listen(fd, BACKLOG))
        error = -errno;
    return error ? error : loop_watch(l->set->loop, &l->watch, EPOLLIN);
}

void listener_close(struct listener *l)
{
    deadend_close(l->watch.fd);
}
