/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One lane's conversation cut at every wait, for loops that are written by
 * hand.  Compare with talk.c, the same as a plain loop, and with libuv_talk.c,
 * the same over libuv's callbacks.
 */
#include "models/wait/nonblocking.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "models/wait/offload.h"
#include "models/wait/steps.h"

/* Buffers that a lane reads before others have their turn. */
enum { READS = 16 };

void lanes_init(struct lanes *lanes,
                int (*watch)(struct lanes *lanes, struct lane *lane))
{
    lanes->watch = watch;
    lanes->left = 0;
    lanes->error = 0;
    lanes->deadlines = (struct deadlines){0};
    work_queue_init(&lanes->work);
    lanes->offload = NULL;
}

static void hang_up(struct lane *lane)
{
    if (lane->fd >= 0)
        close(lane->fd);
    lane->fd = -1;
}

void lanes_finish(struct lanes *lanes, struct lane *each, size_t n)
{
    for (size_t i = 0; lanes->left > 0 && i < n; i++)
        hang_up(&each[i]);
    deadlines_finish(&lanes->deadlines);
}

bool lane_listens(const struct lane *lane)
{
    return lane->fd >= 0 && !lane->dialling && !lane->works;
}

bool lane_sends(const struct lane *lane)
{
    size_t len;

    return conn_pending(lane->conn, &len) && len > 0;
}

static int watch(struct lanes *lanes, struct lane *lane)
{
    return lanes->watch ? lanes->watch(lanes, lane) : 0;
}

/* When its socket is ready, step_dialled() has the outcome. */
static enum verb dial(struct lanes *lanes, struct lane *lane)
{
    int error;

    hang_up(lane);
    error = step_dial(lane->conn, &lane->fd);
    lane->dialling = true;
    if (error == 0 || error == -EAGAIN)
        error = watch(lanes, lane);
    return error ? conn_ended(lane->conn, error) : CONN_WAIT;
}

/* All that the socket takes at once; for the rest it becomes ready again. */
static void flush(struct lane *lane)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(lane->conn, &len)) && len > 0) {
        ssize_t n = step_send(lane->fd, data, len);

        if (n == -EAGAIN)
            return;
        if (n > 0)
            conn_sent(lane->conn, (size_t)n);
        else
            conn_unsent(lane->conn);
    }
}

/* The protocol moves its deadline by phase: before every wait it is read. */
static void set_deadline(struct lanes *lanes, struct lane *lane)
{
    uint64_t at_ns = lane->conn->deadline_ns;

    if (lane->deadline.place && lane->deadline.at_ns == at_ns)
        return;
    if (deadlines_put(&lanes->deadlines, &lane->deadline, at_ns))
        lanes->error = -ENOMEM;
}

static void end(struct lanes *lanes, struct lane *lane)
{
    step_offer(lane->fd, lane->conn);
    hang_up(lane);
    deadlines_remove(&lanes->deadlines, &lane->deadline);
    lanes->left--;
}

/* Until its work is done it gets neither bytes nor a deadline. */
static void begin_work(struct lanes *lanes, struct lane *lane)
{
    deadlines_remove(&lanes->deadlines, &lane->deadline);
    lane->works = true;
    if (lanes->offload)
        offload_put(lanes->offload, &lane->working);
    else
        work_queue_put(&lanes->work, &lane->working);
}

/* The next step of the conversation, as talk()'s loop has it. */
static void follow(struct lanes *lanes, struct lane *lane, enum verb verb)
{
    while (verb == CONN_DIAL)
        verb = dial(lanes, lane);
    if (verb == CONN_WORK) {
        begin_work(lanes, lane);
        return;
    }
    if (verb == CONN_DONE) {
        end(lanes, lane);
        return;
    }
    if (!lane->dialling)
        flush(lane);
    set_deadline(lanes, lane);
}

void lanes_start(struct lanes *lanes, struct lane *lane, struct conn *conn)
{
    *lane = (struct lane){
        .working.conn = conn, .lanes = lanes, .conn = conn, .fd = -1};
    lanes->left++;
    follow(lanes, lane, conn_start(conn));
}

/* False: there is nothing more to read now, or the lane has something else. */
static bool receive(struct lanes *lanes, struct lane *lane, bool ends)
{
    size_t size = sizeof(lanes->buffer);
    ssize_t n = step_receive(lane->fd, lanes->buffer, size);
    /* A message is not all that is there; an empty one is not the end. */
    bool more = dial_is_datagrams(&lane->conn->dial)
                    ? n >= 0
                    : n > 0 && ((size_t)n == size || ends);
    enum verb verb = CONN_WAIT;

    if (n > 0)
        verb = conn_received(lane->conn, lanes->buffer, (size_t)n);
    else if (n != -EAGAIN)
        verb = conn_ended(lane->conn, (int)n);
    follow(lanes, lane, verb);
    return more && lane_listens(lane);
}

void lanes_ready(struct lanes *lanes, struct lane *lane, bool ends)
{
    if (lane->works)
        return;
    if (lane->dialling) {
        int error = step_dialled(lane->fd);

        lane->dialling = false;
        follow(lanes, lane,
               error ? conn_ended(lane->conn, error) : conn_opened(lane->conn));
        return;
    }
    for (int i = 0; i < READS; i++)
        if (!receive(lanes, lane, ends))
            return;
    watch(lanes, lane);
}

void lanes_expire(struct lanes *lanes, uint64_t now_ns)
{
    struct deadline *due;

    while ((due = deadlines_pop(&lanes->deadlines, now_ns))) {
        struct lane *lane =
            (void *)((char *)due - offsetof(struct lane, deadline));

        follow(lanes, lane, conn_expired(lane->conn));
    }
}

void lanes_worked(struct lanes *lanes, struct lane *lane)
{
    lane->works = false;
    follow(lanes, lane, conn_worked(lane->conn));
    if (lane_listens(lane))
        watch(lanes, lane);
}

void lanes_work(struct lanes *lanes)
{
    struct lane *lane = (struct lane *)work_queue_turn(&lanes->work);

    if (lane)
        lanes_worked(lanes, lane);
}

int lanes_timeout_ms(const struct lanes *lanes, uint64_t now_ns)
{
    uint64_t at_ns = deadlines_earliest_ns(&lanes->deadlines), ms;

    if (lanes->work.n > 0)
        return work_queue_wait_ms(&lanes->work);
    if (at_ns == UINT64_MAX)
        return -1;
    if (at_ns <= now_ns)
        return 0;
    ms = (at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}
