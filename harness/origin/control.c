/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run's side of the origin: start it, reset and read its counters. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness/origin/origin.h"

/* It answers when its connections are gone, or after two seconds. */
static const struct timeval answer_time = {.tv_sec = 6};

static int spawn(struct origin *o, int fd, const char *pin)
{
    char control[32], pin_option[128], name[] = "baton", command[] = "origin";
    char *argv[] = {name, command, control, pin ? pin_option : NULL, NULL};
    /* Onto itself: this removes close-on-exec. */
    const struct child_setup setup = {
        .program = "/proc/self/exe",
        .argv = argv,
        .fds = (const struct child_fd[]){{fd, fd}, {-1, -1}}};
    int error;

    snprintf(control, sizeof(control), "--control-fd=%d", fd);
    snprintf(pin_option, sizeof(pin_option), "--pin=%s", pin ? pin : "");
    error = child_spawn(&o->child, &setup);
    o->running = !error;
    return error;
}

/* One message: 0, -EPIPE or -ETIMEDOUT. */
static int hear(struct origin *o, char *text, size_t size)
{
    ssize_t n;

    do
        n = recv(o->control_fd, text, size - 1, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
    text[n] = '\0';
    return 0;
}

static int ask(struct origin *o, const char *command, char *line, size_t size)
{
    if (!o->running ||
        send(o->control_fd, command, strlen(command), MSG_NOSIGNAL) < 0)
        return -EPIPE;
    return hear(o, line, size);
}

int origin_hear(struct origin *o)
{
    char line[128 + ORIGIN_AUTHORITY], *end;
    int error = hear(o, line, sizeof(line));

    if (error)
        return error;
    if (sscanf(line,
               "port=%" SCNu16 " refused=%" SCNu16 " full=%" SCNu16
               " secret=%" SCNu64 " addresses=%u names=%" SCNu16
               " tls=%" SCNu16,
               &o->port, &o->refused_port, &o->full_port, &o->secret,
               &o->addresses, &o->names_port, &o->tls_port) != 7)
        return -EPROTO;
    end = strchr(line, '\n');
    snprintf(o->authority, sizeof(o->authority), "%s", end ? end + 1 : "");
    return 0;
}

int origin_start(struct origin *o, const char *pin)
{
    int fds[2], error;

    *o = (struct origin){.control_fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
        return -errno;
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &answer_time,
               sizeof(answer_time));
    o->control_fd = fds[0];
    error = spawn(o, fds[1], pin);
    close(fds[1]);
    if (!error)
        error = origin_hear(o);
    if (error)
        origin_stop(o);
    return error;
}

static int clear(struct origin *o, const char *command)
{
    char line[64];

    return ask(o, command, line, sizeof(line));
}

static int view(struct origin *o, const char *command, struct origin_view *ret)
{
    char line[512];
    int error = ask(o, command, line, sizeof(line));

    if (error)
        return error;
    *ret = (struct origin_view){0};
    if (sscanf(line,
               "requests=%" SCNu64 " refusals=%" SCNu64 " bytes=%" SCNu64
               " peak=%" SCNu64 " delay_us=%" SCNu64 " cpu_ns=%" SCNu64
               " wall_ns=%" SCNu64 " connections=%" SCNu64 " late_ns=%" SCNu64
               " in_flight=%" SCNu64 " last_ns=%" SCNu64,
               &ret->requests, &ret->refusals, &ret->bytes, &ret->peak,
               &ret->delay_us, &ret->cpu_ns, &ret->wall_ns, &ret->connections,
               &ret->late_ns, &ret->in_flight, &ret->last_ns) != 11)
        return -EPROTO;
    return 0;
}

int origin_reset(struct origin *o)
{
    return clear(o, "reset");
}

int origin_mark(struct origin *o)
{
    return clear(o, "mark");
}

int origin_read(struct origin *o, struct origin_view *ret)
{
    return view(o, "read", ret);
}

int origin_look(struct origin *o, struct origin_view *ret)
{
    return view(o, "look", ret);
}

void origin_stop(struct origin *o)
{
    if (o->control_fd >= 0)
        close(o->control_fd);
    if (o->running)
        child_end(&o->child);
    *o = (struct origin){.control_fd = -1};
}
