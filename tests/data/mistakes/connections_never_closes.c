/* SPDX-License-Identifier: MIT */
/*
 * mine: a socket stays open after its lane.
 *
 * Who runs it?  The kernel's scheduler: a thread for each lane.
 * How it waits.  In connect(), send() and recv().
 * Shared state.  None.
 */
#include <errno.h>
#include <models/model.h>
#include <models/wait/threads.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static enum verb dial(int *fd, struct conn *c)
{
    *fd = conn_socket(c, 0); /* the one before it is not closed */
    if (*fd < 0)
        return conn_ended(c, *fd);
    if (connect(*fd, (struct sockaddr *)&c->dial.peer, c->dial.peer_len))
        return conn_ended(c, -errno);
    return conn_opened(c);
}

static enum verb wait_for_bytes(int fd, struct conn *c)
{
    struct timeval timeout = {.tv_sec = 60};
    const void *pending;
    char bytes[16384];
    size_t len;
    ssize_t n;

    while ((pending = conn_pending(c, &len)) && len > 0) {
        n = send(fd, pending, len, MSG_NOSIGNAL);
        if (n < 0)
            conn_unsent(c);
        else
            conn_sent(c, (size_t)n);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    n = recv(fd, bytes, sizeof(bytes), 0);
    return n > 0 ? conn_received(c, bytes, (size_t)n)
                 : conn_ended(c, n ? -errno : 0);
}

static void talk_one(void *context, size_t index)
{
    struct connections *work = context;
    struct conn *c = &work->conns[index];
    enum verb verb = conn_start(c);
    int fd = -1;

    while (verb != CONN_DONE)
        verb = verb == CONN_DIAL ? dial(&fd, c) : wait_for_bytes(fd, c);
}

static int connect_all(struct connections *work)
{
    return threads_run(work->n, talk_one, NULL, work);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "a socket stays open after its lane",
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
