/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The completion style: a lane queues what is to be done next, and the kernel
 * does it, with a time-out linked to it.  A receive is linked to the send
 * before it, so that one system call submits both for all lanes.  Compare with
 * libuv_talk.c, which is called when it can do these itself.
 */
#include "models/io_uring_talk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/io_uring_ring.h"
#include "models/wait/bursts.h"
#include "models/wait/steps.h"
#include "models/wait/working.h"

/* A completion's data is the lane's number times OPS, plus one of these. */
enum op {
    DIAL,
    SEND, /* has a receive behind it, whose completion follows */
    SEND_WHEN_FREE,
    RECEIVE,
    OPS,
};

/*
 * The kernel takes a buffer when there are bytes for it, so a few serve all
 * lanes; as few as that, they stay in the cache.
 */
enum { BUFFERS = 32, BUFFER_SIZE = 32 * 1024, GROUP = 0, PAGE = 4096 };

struct buffers {
    union {
        struct io_uring_buf_ring free; /* those that the kernel may take */
        char page[PAGE];
    };
    char bytes[BUFFERS][BUFFER_SIZE];
};

struct lane {
    struct working working; /* first: what the queue of work gives back */
    struct conn *conn;
    int fd;    /* -1: none */
    bool full; /* the socket did not take all: a send has to wait */
    bool more; /* there was more to receive: try before waiting */
};

struct talk {
    struct ring ring;
    struct work_queue work;
    struct buffers *buffers;
    struct lane lanes[];
};

static void give(struct buffers *buffers, unsigned i)
{
    io_uring_buf_ring_add(&buffers->free, buffers->bytes[i], BUFFER_SIZE,
                          (unsigned short)i, io_uring_buf_ring_mask(BUFFERS),
                          0);
    io_uring_buf_ring_advance(&buffers->free, 1);
}

static struct io_uring_sqe *entry(struct talk *talk)
{
    return io_uring_get_sqe(
        &talk->ring.uring); /* ring_make_room() came first */
}

static uint64_t data_of(const struct talk *talk, const struct lane *lane,
                        enum op op)
{
    return (uint64_t)(lane - talk->lanes) * OPS + op;
}

/*
 * At its deadline an operation is cancelled: it completes with -ECANCELED. What
 * arrived before that completes before: the kernel keeps the order.
 */
static void begin(struct talk *talk, struct lane *lane, enum op op,
                  struct io_uring_sqe *sqe)
{
    uint64_t at_ns = lane->conn->deadline_ns;

    io_uring_sqe_set_data64(sqe, data_of(talk, lane, op));
    if (at_ns == UINT64_MAX)
        return;
    sqe->flags |= IOSQE_IO_LINK;
    sqe = entry(talk);
    io_uring_prep_link_timeout(sqe, ring_time(&talk->ring, sqe, at_ns),
                               IORING_TIMEOUT_ABS);
    io_uring_sqe_set_data64(sqe, LIBURING_UDATA_TIMEOUT);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

static bool is_cancelled(int result)
{
    return result == -ECANCELED || result == -EINTR;
}

static bool missed(const struct lane *lane, int result)
{
    return is_cancelled(result) && clock_ns() >= lane->conn->deadline_ns;
}

static void dial(struct talk *talk, struct lane *lane)
{
    const struct dial *to = &lane->conn->dial;
    struct io_uring_sqe *sqe = entry(talk);

    io_uring_prep_connect(sqe, lane->fd, (const struct sockaddr *)&to->peer,
                          to->peer_len);
    begin(talk, lane, DIAL, sqe);
}

static enum verb on_dialled(struct lane *lane, int result)
{
    if (missed(lane, result))
        return conn_expired(lane->conn);
    return result ? conn_ended(lane->conn, result) : conn_opened(lane->conn);
}

static void receive(struct talk *talk, struct lane *lane)
{
    struct io_uring_sqe *sqe = entry(talk);

    io_uring_prep_recv(sqe, lane->fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    if (!lane->more)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    begin(talk, lane, RECEIVE, sqe);
}

/*
 * Most of what is sent fits into the socket at once.  What does not breaks the
 * link, so the receive behind it is cancelled.
 */
static void send_and_receive(struct talk *talk, struct lane *lane)
{
    struct io_uring_sqe *sqe;
    size_t len;
    const void *bytes = conn_pending(lane->conn, &len);

    if (len == 0) {
        receive(talk, lane);
        return;
    }
    sqe = entry(talk);
    if (lane->full) {
        io_uring_prep_send(sqe, lane->fd, bytes, len, MSG_NOSIGNAL);
        begin(talk, lane, SEND_WHEN_FREE, sqe);
        return;
    }
    io_uring_prep_send(sqe, lane->fd, bytes, len,
                       MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
    sqe->flags |= IOSQE_IO_LINK;
    io_uring_sqe_set_data64(sqe, data_of(talk, lane, SEND));
    receive(talk, lane);
}

/* True: there is more to send. */
static bool note_sent(struct lane *lane, int n)
{
    size_t len;

    if (n > 0)
        conn_sent(lane->conn, (size_t)n);
    else if (n != -EAGAIN && !is_cancelled(n))
        conn_unsent(lane->conn);
    conn_pending(lane->conn, &len);
    lane->full = len > 0;
    return lane->full;
}

/* What is sent now must not wait until something is received. */
static void on_sent(struct talk *talk, struct lane *lane, int n)
{
    struct io_uring_sqe *sqe;

    if (!note_sent(lane, n))
        return;
    sqe = entry(talk);
    io_uring_prep_cancel64(sqe, data_of(talk, lane, RECEIVE), 0);
    io_uring_sqe_set_data64(sqe, LIBURING_UDATA_TIMEOUT);
}

static enum verb on_sent_when_free(struct lane *lane, int n)
{
    if (missed(lane, n))
        return conn_expired(lane->conn);
    note_sent(lane, n);
    return CONN_WAIT;
}

/* Nothing was received: the deadline, the end, or to be tried once more. */
static enum verb on_nothing(struct lane *lane, int result)
{
    if (missed(lane, result))
        return conn_expired(lane->conn);
    if (is_cancelled(result) || result == -ENOBUFS)
        return CONN_WAIT;
    return conn_ended(lane->conn, result);
}

static enum verb on_received(struct talk *talk, struct lane *lane, int n,
                             unsigned flags)
{
    unsigned buffer = flags >> IORING_CQE_BUFFER_SHIFT;
    enum verb verb;

    lane->more = flags & IORING_CQE_F_SOCK_NONEMPTY;
    if (n <= 0)
        verb = on_nothing(lane, n);
    else
        verb =
            conn_received(lane->conn, talk->buffers->bytes[buffer], (size_t)n);
    if (flags & IORING_CQE_F_BUFFER)
        give(talk->buffers, buffer);
    return verb;
}

static void hang_up(struct lane *lane)
{
    if (lane->fd >= 0)
        close(lane->fd);
    lane->fd = -1;
}

/* The next step of the conversation, as talk()'s loop has it. */
static void follow(struct talk *talk, struct lane *lane, enum verb verb)
{
    while (verb == CONN_DIAL) {
        hang_up(lane);
        lane->full = lane->more = false;
        lane->fd = conn_socket(lane->conn, 0);
        if (lane->fd >= 0) {
            dial(talk, lane);
            return;
        }
        verb = conn_ended(lane->conn, lane->fd);
    }
    if (verb == CONN_WAIT) {
        send_and_receive(talk, lane);
    } else if (verb == CONN_WORK) {
        work_queue_put(&talk->work, &lane->working);
    } else {
        step_offer(lane->fd, lane->conn);
        hang_up(lane);
        talk->ring.left--;
    }
}

static void on_completion(struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct talk *talk = (struct talk *)ring;
    struct lane *lane = &talk->lanes[cqe->user_data / OPS];

    switch ((enum op)(cqe->user_data % OPS)) {
    case DIAL:
        follow(talk, lane, on_dialled(lane, cqe->res));
        break;
    case SEND:
        on_sent(talk, lane, cqe->res);
        break;
    case SEND_WHEN_FREE:
        follow(talk, lane, on_sent_when_free(lane, cqe->res));
        break;
    case RECEIVE:
        follow(talk, lane, on_received(talk, lane, cqe->res, cqe->flags));
        break;
    case OPS:
        break;
    }
}

/* One piece in a turn of the loop: then come completions of other lanes. */
static int work_a_piece(struct talk *talk)
{
    int error = ring_make_room(&talk->ring);
    struct lane *lane;

    if (error)
        return error;
    lane = (struct lane *)work_queue_turn(&talk->work);
    if (lane)
        follow(talk, lane, conn_worked(lane->conn));
    if (work_queue_wait_ms(&talk->work) > 0) {
        struct io_uring_sqe *sqe = entry(talk);

        io_uring_prep_timeout(sqe, ring_time(&talk->ring, sqe, NS_PER_MS), 0,
                              0);
        io_uring_sqe_set_data64(sqe, LIBURING_UDATA_TIMEOUT);
    }
    return 0;
}

static int give_all(struct ring *ring, struct buffers *buffers)
{
    struct io_uring_buf_reg registration = {
        .ring_addr = (uintptr_t)&buffers->free,
        .ring_entries = BUFFERS,
        .bgid = GROUP,
    };
    int error = io_uring_register_buf_ring(&ring->uring, &registration, 0);

    io_uring_buf_ring_init(&buffers->free);
    for (unsigned i = 0; i < BUFFERS; i++)
        give(buffers, i);
    return error;
}

static int start(struct talk *talk, struct lane *lane)
{
    int error = ring_make_room(&talk->ring);

    if (error)
        return error;
    talk->ring.left++;
    follow(talk, lane, conn_start(lane->conn));
    return burst_ends((size_t)(lane - talk->lanes))
               ? ring_turn(&talk->ring, false)
               : 0;
}

static int talk_all(struct talk *talk, struct connections *work)
{
    int error = give_all(&talk->ring, talk->buffers);

    for (size_t i = 0; !error && i < work->n; i++)
        error = start(talk, &talk->lanes[i]);
    while (!error && talk->ring.left > 0) {
        error = ring_turn(&talk->ring, work_queue_wait_ms(&talk->work) != 0);
        if (!error)
            error = work_a_piece(talk);
    }
    return error;
}

int io_uring_talk(struct connections *work)
{
    struct talk *talk = malloc(sizeof(*talk) + work->n * sizeof(struct lane));
    struct buffers *buffers = aligned_alloc(PAGE, sizeof(*buffers));
    int error = talk && buffers ? ring_init(&talk->ring) : -ENOMEM;

    if (!error) {
        talk->ring.left = 0;
        talk->ring.completed = on_completion;
        talk->buffers = buffers;
        work_queue_init(&talk->work);
        for (size_t i = 0; i < work->n; i++)
            talk->lanes[i] = (struct lane){.working.conn = &work->conns[i],
                                           .conn = &work->conns[i],
                                           .fd = -1};
        error = talk_all(talk, work);
        ring_finish(&talk->ring);
        for (size_t i = 0; error && i < work->n; i++)
            hang_up(&talk->lanes[i]);
    }
    free(buffers);
    free(talk);
    return error;
}

int io_uring_talk_probe(void)
{
    struct buffers *buffers = aligned_alloc(PAGE, sizeof(*buffers));
    struct ring ring;
    int error = buffers ? ring_init(&ring) : -ENOMEM;

    if (!error) {
        error = give_all(&ring, buffers);
        ring_finish(&ring);
    }
    free(buffers);
    return error;
}
