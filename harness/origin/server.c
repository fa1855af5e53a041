/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The origin's own process: libuv drives workloads/web/answer.h. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <uv.h>

#include "harness/origin/alarm.h"
#include "harness/origin/deadend.h"
#include "harness/origin/origin.h"
#include "models/libuv_lane.h"
#include "workloads/web/answer.h"
#include "workloads/clock.h"

enum { BACKLOG = 4096, PATIENCE_MS = 2000 };

struct server {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_signal_t interrupt, terminate;
    uv_pipe_t control;
    uv_timer_t patience; /* of an answer to the control socket */
    bool controlled;
    char line[64]; /* of the control socket, so far */
    size_t line_len;
    char pending[64]; /* the command that waits for the connections to end */
    uint64_t connections;
    uint64_t reset_ns, reset_cpu_ns;
    struct clockwork clockwork;
    struct deadends deadends;
    struct witness witness;
    char buffer[LIBUV_BUFFER];
};

struct guest {
    struct libuv_lane lane; /* first */
    struct server *server;
    struct alarm alarm;
};

static uint64_t cpu_ns(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

/* The control socket. */

static void say(struct server *server, const char *text)
{
    uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

    /* A few hundred bytes into an empty socket: it takes them. */
    uv_try_write((uv_stream_t *)&server->control, &buf, 1);
}

static void say_view(struct server *server)
{
    struct witness *w = &server->witness;
    uint64_t cpu = cpu_ns() - server->reset_cpu_ns;
    char text[512];

    snprintf(text, sizeof(text),
             "requests=%" PRIu64 " refusals=%" PRIu64 " bytes=%" PRIu64
             " peak=%" PRIu32 " delay_us=%" PRIu32 " cpu_ns=%" PRIu64
             " wall_ns=%" PRIu64 " connections=%" PRIu64 "\n",
             w->requests, w->refusals, w->bytes, w->peak, witness_delay_us(w),
             cpu, clock_ns() - server->reset_ns, server->connections);
    say(server, text);
}

static void obey(struct server *server)
{
    bool reset = strcmp(server->pending, "reset") == 0;

    server->pending[0] = '\0';
    uv_timer_stop(&server->patience);
    if (!reset) {
        say_view(server);
        return;
    }
    witness_reset(&server->witness);
    server->reset_ns = clock_ns();
    server->reset_cpu_ns = cpu_ns();
    say(server, "ok\n");
}

static void on_impatient(uv_timer_t *timer)
{
    obey(timer->data);
}

static void take_command(struct server *server)
{
    snprintf(server->pending, sizeof(server->pending), "%s", server->line);
    if (server->connections == 0)
        obey(server);
    else
        uv_timer_start(&server->patience, on_impatient, PATIENCE_MS, 0);
}

static void on_control_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char bytes[64];

    (void)handle;
    (void)size;
    *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_control(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct server *server = stream->data;

    if (n < 0) {
        uv_stop(&server->loop);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf->base[i] != '\n') {
            if (server->line_len < sizeof(server->line) - 1)
                server->line[server->line_len++] = buf->base[i];
            continue;
        }
        server->line[server->line_len] = '\0';
        server->line_len = 0;
        take_command(server);
    }
}

/* The guests. */

static void on_due(struct alarm *alarm)
{
    libuv_expire(alarm->data);
}

static void arm(struct libuv_lane *lane)
{
    struct guest *guest = (struct guest *)lane;

    alarm_set(&guest->server->clockwork, &guest->alarm, lane->armed_ns);
}

static void on_gone(struct libuv_lane *lane)
{
    struct guest *guest = (struct guest *)lane;
    struct server *server = guest->server;

    alarm_cancel(&server->clockwork, &guest->alarm);
    answer_destroy(lane->conn);
    free(guest);
    if (--server->connections == 0 && server->pending[0])
        obey(server);
}

static const struct libuv_hooks hooks = {.arm = arm, .closed = on_gone};

static void on_guest(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    struct guest *guest;
    struct conn *conn;

    if (status < 0)
        return;
    guest = malloc(sizeof(*guest));
    conn = answer_create(&server->witness);
    if (!guest || !conn) {
        /* Better no origin, which a run reports, than a deaf one. */
        free(guest);
        answer_destroy(conn);
        uv_stop(&server->loop);
        return;
    }
    guest->server = server;
    guest->alarm = (struct alarm){.data = &guest->lane};
    server->connections++;
    libuv_accept(&guest->lane, listener, conn, &hooks);
}

/* Accepted sockets inherit these from the listening one. */
static void tune(uv_tcp_t *listener)
{
    static const char congestion[] = "cubic";
    static const int on = 1;
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)listener, &fd))
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
               sizeof(congestion) - 1);
}

static int listen_on(struct server *server, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int len = sizeof(address), error;

    uv_tcp_init(&server->loop, &server->listener);
    server->listener.data = server;
    error = uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0);
    if (error)
        return error;
    tune(&server->listener);
    error = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_guest);
    if (error)
        return error;
    error = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address,
                               &len);
    *ret_port = ntohs(address.sin_port);
    return error;
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static int open_control(struct server *server, int fd)
{
    int error = uv_pipe_init(&server->loop, &server->control, 0);

    server->control.data = server;
    if (!error)
        error = uv_pipe_open(&server->control, fd);
    if (!error)
        error = uv_read_start((uv_stream_t *)&server->control, on_control_alloc,
                              on_control);
    server->controlled = !error;
    return error;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Guests that are still there are let go with the process. */
static void close_server(struct server *server)
{
    if (server->connections == 0) {
        uv_walk(&server->loop, close_handle, NULL);
        uv_run(&server->loop, UV_RUN_DEFAULT);
        uv_loop_close(&server->loop);
    }
    clockwork_finish(&server->clockwork);
    deadends_finish(&server->deadends);
    free(server);
}

static int open_ports(struct server *server, uint16_t port,
                      struct origin_ports *ret)
{
    int error = listen_on(server, port, &ret->port);

    if (!error)
        error = deadends_init(&server->deadends);
    ret->refused = server->deadends.refused_port;
    ret->deaf = server->deadends.deaf_port;
    return error;
}

static void announce(struct server *server, const struct origin_ports *ports)
{
    char text[64];

    snprintf(text, sizeof(text), "port=%u refused=%u deaf=%u\n", ports->port,
             ports->refused, ports->deaf);
    say(server, text);
}

static int serve(struct server *server, const struct origin_options *options)
{
    struct origin_ports ports;
    int error;

    uv_signal_init(&server->loop, &server->interrupt);
    uv_signal_init(&server->loop, &server->terminate);
    uv_timer_init(&server->loop, &server->patience);
    server->patience.data = server;
    uv_signal_start(&server->interrupt, on_signal, SIGINT);
    uv_signal_start(&server->terminate, on_signal, SIGTERM);
    error = clockwork_init(&server->clockwork, &server->loop, on_due);
    if (!error)
        error = open_ports(server, options->port, &ports);
    if (!error && options->control_fd >= 0)
        error = open_control(server, options->control_fd);
    if (error)
        return error;
    if (server->controlled)
        announce(server, &ports);
    if (options->on_listening)
        options->on_listening(&ports);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return 0;
}

int origin_serve(const struct origin_options *options)
{
    struct server *server = calloc(1, sizeof(*server));
    int error;

    if (!server)
        return -ENOMEM;
    /* Waits of this thread end at their time, not 50 us later. */
    prctl(PR_SET_TIMERSLACK, 1);
    signal(SIGPIPE, SIG_IGN);
    error = uv_loop_init(&server->loop);
    if (error) {
        free(server);
        return error;
    }
    server->loop.data = server->buffer;
    error = serve(server, options);
    close_server(server);
    return error;
}
