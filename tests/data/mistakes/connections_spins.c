/* SPDX-License-Identifier: MIT */
/*
 * mine: a thread asks its socket again and again.
 *
 * Who runs it?  The kernel's scheduler: a thread for each lane.
 * How it waits.  In connect(), send() and recv().
 * Shared state.  None.
 */
#include <models/model.h>
#include <models/wait/talk.h>
#include <models/wait/threads.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(struct wire *wire, const struct conn *c)
{
    wire->fd = conn_socket(c, 0);
    if (wire->fd < 0)
        return wire->fd;
    return connect(wire->fd, (const struct sockaddr *)&c->dial.peer,
                   c->dial.peer_len)
               ? -errno
               : 0;
}

static ssize_t send_some(struct wire *wire, const struct conn *c,
                         const void *data, size_t len)
{
    ssize_t n = send(wire->fd, data, len, MSG_NOSIGNAL);

    (void)c;
    return n < 0 ? -errno : n;
}

static void go_on(struct wire *wire, enum work_left left)
{
    (void)wire;
    if (left == WORK_LATER)
        usleep(1000);
}

struct line {
    struct wire wire;
    char bytes[16384];
};

static ssize_t recv_some(struct wire *wire, const struct conn *c,
                         const void **ret_data)
{
    struct line *line = (struct line *)wire;
    ssize_t n;

    *ret_data = line->bytes;
    do {
        if (clock_ns() >= c->deadline_ns)
            return -ETIME;
        n = recv(wire->fd, line->bytes, sizeof(line->bytes), MSG_DONTWAIT);
    } while (n < 0 && (errno == EAGAIN || errno == EINTR));
    return n < 0 ? -errno : n;
}

static void talk_one(void *context, size_t index)
{
    static const struct waits waits = {
        .dial = dial, .send = send_some, .recv = recv_some, .pause = go_on};
    struct connections *work = context;
    struct line line = {.wire = {.waits = &waits, .fd = -1}};

    talk(&line.wire, &work->conns[index]);
}

static int connect_all(struct connections *work)
{
    return threads_run(work->n, talk_one, NULL, work);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "a thread asks its socket again and again",
    .family = FAMILY_THREADS,
    .mark = 12,
    .counting = {.gap = "it only connects"},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_THREAD},
    .sleeping = {.gap = "it only connects"},
    .relay = {.gap = "it only connects"},
};
BATON_MODELS(&model_mine);
