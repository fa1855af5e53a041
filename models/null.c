/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * null: no kernel.  The CPU floor of every comparison, and a deterministic
 * tester of time-outs; no lower limit for waiting, for its time is simulated.
 *
 * Who runs it?  The one thread that there is, lane by lane.
 * How it waits.  It does not: it sets its clock to the next deadline.
 * Shared state.  None; the peer answers in the same memory.
 *
 * Compare with sequential.c, which does the same through real sockets.
 */
#include <errno.h>
#include <stdbool.h>

#include "models/model.h"

static int count(struct counting *work)
{
    for (size_t task = 0; task < work->tasks; task++) {
        gate_enter(work->gate, task);
        counter_run(work, work->increments);
        gate_leave(work->gate, task);
    }
    return 0;
}

static int relay(struct relay *work)
{
    size_t holder = work->runners ? 0 : SIZE_MAX;

    for (size_t runner = 0; runner < work->runners; runner++)
        gate_enter(work->gate, runner);
    while (holder != SIZE_MAX)
        holder = relay_carry(work, holder);
    for (size_t runner = 0; runner < work->runners; runner++)
        gate_leave(work->gate, runner);
    return 0;
}

/* One side of a conversation; a verb that is not WAIT has to be acted on. */
struct side {
    struct conn *conn; /* NULL: no server there */
    enum verb verb;
};

/* What one side staged, the other receives.  False when nothing was. */
static bool carry(struct side *from, struct side *to)
{
    size_t len;
    const void *data = conn_pending(from->conn, &len);

    if (!len || !to->conn || to->verb == CONN_DONE)
        return false;
    to->verb = conn_received(to->conn, data, len);
    conn_sent(from->conn, len);
    return true;
}

static void hang_up(const struct answering *answering, struct side *server)
{
    if (server->conn)
        answering->close(server->conn);
    server->conn = NULL;
}

/* Both sides wait: the earlier deadline is the next thing to happen. */
static void expire(struct side *client, struct side *server, uint64_t *now_ns)
{
    struct side *next = client;

    if (server->conn && server->conn->deadline_ns < client->conn->deadline_ns)
        next = server;
    if (next->conn->deadline_ns > *now_ns)
        *now_ns = next->conn->deadline_ns;
    next->verb = conn_expired(next->conn);
}

/* 0, or -errno: what came of the dial. */
static int dial(const struct answering *answering, struct side *client,
                struct side *server, const uint64_t *now_ns)
{
    struct conn *conn = client->conn;
    int error;

    hang_up(answering, server);
    server->verb = CONN_WAIT;
    error = answering->open(answering, &conn->dial, now_ns, &server->conn);
    if (error)
        client->verb = conn_ended(conn, error);
    else
        /* No server there: it waits for its deadline. */
        client->verb = server->conn ? conn_opened(conn) : CONN_WAIT;
    return error;
}

static void work(struct side *client)
{
    while (conn_work(client->conn) != WORK_DONE) {
    }
    client->verb = conn_worked(client->conn);
}

static int talk(const struct answering *answering, struct conn *conn,
                uint64_t *now_ns)
{
    struct side client = {conn, conn_start(conn)}, server = {NULL, CONN_WAIT};
    int error = 0;

    while (client.verb != CONN_DONE) {
        if (client.verb == CONN_DIAL) {
            if (dial(answering, &client, &server, now_ns) == -ENOMEM)
                error = -ENOMEM;
        } else if (client.verb == CONN_WORK) {
            work(&client);
        } else if (carry(&client, &server)) {
            continue;
        } else if (server.conn && carry(&server, &client)) {
            continue;
        } else if (server.verb == CONN_DONE) {
            int end = server.conn->reset ? -ECONNRESET : 0;

            hang_up(answering, &server);
            server.verb = CONN_WAIT;
            client.verb = conn_ended(conn, end);
        } else {
            expire(&client, &server, now_ns);
        }
    }
    hang_up(answering, &server);
    return error;
}

static int connect_all(struct connections *work)
{
    uint64_t now_ns = clock_ns();
    int error = 0;

    if (!work->answering)
        return -ENOTSUP;
    connections_set_clock(work, &now_ns);
    for (size_t i = 0; i < work->n; i++) {
        int failed = talk(work->answering, &work->conns[i], &now_ns);

        if (failed)
            error = failed;
    }
    return error;
}

static int sleep_all(struct sleeping *work)
{
    uint64_t now_ns = clock_ns();

    work->now_ns = &now_ns;
    for (size_t task = 0; task < work->tasks; task++) {
        gate_enter(work->gate, task);
        for (uint64_t until_ns = sleeper_begin(work, task); until_ns;
             until_ns = sleeper_woke(work, task))
            if (until_ns > now_ns)
                now_ns = until_ns;
        gate_leave(work->gate, task);
    }
    work->now_ns = NULL;
    return 0;
}

const struct model model_null = {
    .contract = MODEL_CONTRACT,
    .name = "null",
    .label = "CPU floor",
    .summary = "no system calls; simulated server and time",
    .family = FAMILY_SEQUENTIAL,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ONE},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ONE,
                    .in_memory = true},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ONE, .in_memory = true},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
