/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The direct style: one lane's conversation as a plain loop that stops where it
 * must wait.  Compare with libuv_talk.c, the same loop cut at every wait.
 */
#include "models/wait/talk.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "models/wait/steps.h"

static void hang_up(struct wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
}

static enum verb dial(struct wire *wire, struct conn *c)
{
    int error;

    hang_up(wire);
    error = wire->waits->dial(wire, c);
    if (error == -ETIME)
        return conn_expired(c);
    return error ? conn_ended(c, error) : conn_opened(c);
}

/* Sends all that is pending; false when the deadline passed before that. */
static bool flush(struct wire *wire, struct conn *c)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(c, &len)) && len > 0) {
        ssize_t n = wire->waits->send(wire, c, data, len);

        if (n == -ETIME)
            return false;
        if (n > 0)
            conn_sent(c, (size_t)n);
        else
            conn_unsent(c);
    }
    return true;
}

static enum verb wait(struct wire *wire, struct conn *c)
{
    const void *data;
    ssize_t n;

    if (!flush(wire, c))
        return conn_expired(c);
    n = wire->waits->recv(wire, c, &data);
    if (n == -ETIME)
        return conn_expired(c);
    return n > 0 ? conn_received(c, data, (size_t)n) : conn_ended(c, (int)n);
}

static enum verb work(struct wire *wire, struct conn *c)
{
    enum work_left left;

    if (wire->waits->offload && wire->waits->offload(wire, c))
        return conn_worked(c);
    while ((left = conn_work(c)) != WORK_DONE)
        wire->waits->pause(wire, left);
    return conn_worked(c);
}

static enum verb step(struct wire *wire, struct conn *c, enum verb verb)
{
    switch (verb) {
    case CONN_DIAL:
        return dial(wire, c);
    case CONN_WORK:
        return work(wire, c);
    default:
        return wait(wire, c);
    }
}

void talk(struct wire *wire, struct conn *c)
{
    enum verb verb = conn_start(c);

    while (verb != CONN_DONE)
        verb = step(wire, c, verb);
    step_offer(wire->fd, c);
    hang_up(wire);
}
