/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The origin's own process: it listens, and serves until it is told to end. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/origin/commands.h"
#include "harness/origin/connection.h"
#include "harness/origin/deadend.h"
#include "harness/origin/loop.h"
#include "harness/origin/origin.h"
#include "workloads/web/answer.h"

enum { BACKLOG = 4096 };

struct server {
    struct watch listener; /* first */
    int spare_fd;
    struct watch signals;
    struct loop loop;
    struct connection_set connections;
    struct commands commands;
    struct deadends deadends;
    struct server_counters counters;
};

/*
 * Without a descriptor for it, a connection would stay in the queue, and the
 * listener ready.  It is accepted with one that is kept for that, and closed.
 */
static void turn_away(struct server *server)
{
    close(server->spare_fd);
    close(accept4(server->listener.fd, NULL, NULL, SOCK_CLOEXEC));
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_listener(struct watch *watch, uint32_t events)
{
    struct server *server = (struct server *)watch;
    int fd;

    (void)events;
    while ((fd = accept4(watch->fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        if (connection_serve(&server->connections, fd)) {
            /* Better no origin, which a run reports, than one that hangs. */
            loop_stop(&server->loop);
            return;
        }
    if (errno == EMFILE || errno == ENFILE)
        turn_away(server);
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

static int listen_on(struct server *server, uint16_t port, uint16_t *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : tune(fd);

    if (error)
        return error;
    server->listener = (struct watch){.fd = fd, .ready = on_listener};
    error = bind_loopback(fd, port, ret_port);
    if (error)
        return error;
    if (listen(fd, BACKLOG))
        return -errno;
    return loop_watch(&server->loop, &server->listener, EPOLLIN);
}

static int open_ports(struct server *server, uint16_t port,
                      struct origin_ports *ret)
{
    int error = listen_on(server, port, &ret->port);

    if (!error)
        error = deadends_init(&server->deadends);
    ret->refused = server->deadends.refused_port;
    ret->full = server->deadends.full_port;
    return error;
}

static void on_signal(struct watch *watch, uint32_t events)
{
    struct server *server =
        (void *)((char *)watch - offsetof(struct server, signals));

    (void)events;
    loop_stop(&server->loop);
}

static int watch_signals(struct server *server)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    server->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    server->signals.ready = on_signal;
    if (server->signals.fd < 0)
        return -errno;
    return loop_watch(&server->loop, &server->signals, EPOLLIN);
}

static int serve(struct server *server, const struct origin_options *options)
{
    struct origin_ports ports;
    int error = loop_init(&server->loop);

    if (!error)
        error = watch_signals(server);
    if (!error)
        error = open_ports(server, options->port, &ports);
    if (!error && options->control_fd >= 0)
        error = commands_serve(&server->commands, options->control_fd,
                               &server->connections, &ports);
    if (error)
        return error;
    if (options->on_listening)
        options->on_listening(&ports);
    return loop_run(&server->loop);
}

static void close_fd(int fd)
{
    if (fd > 0)
        close(fd);
}

/* Connections that are still open end with the process. */
static void destroy(struct server *server)
{
    close_fd(server->listener.fd);
    close_fd(server->signals.fd);
    close_fd(server->spare_fd);
    deadends_finish(&server->deadends);
    loop_finish(&server->loop);
    free(server);
}

int origin_serve(const struct origin_options *options)
{
    struct server *server = calloc(1, sizeof(*server));
    int error;

    if (!server)
        return -ENOMEM;
    server->connections.loop = &server->loop;
    server->connections.counters = &server->counters;
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* Waits of this thread end at their time, not 50 us later. */
    prctl(PR_SET_TIMERSLACK, 1);
    error = serve(server, options);
    destroy(server);
    return error;
}
