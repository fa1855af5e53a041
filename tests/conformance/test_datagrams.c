/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Datagrams, by every model that has sockets: each message is received by
 * itself and whole, however many wait in the socket; an empty one ends nothing;
 * silence ends with the deadline, and a port that no program uses at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"

enum { BURST = 40, BIG = 16000, SHORT_MS = 300, LONG_MS = 15000 };

/*
 * A lane: what it dials, one after another (d: datagrams, s: a stream, n: a
 * port that no program uses), the messages of each dial of datagrams, which
 * are numbered, and how many it awaits before the next one.
 */
static const struct part {
    char what; /* to the server: the first byte of each message */
    const char *dials;
    unsigned messages, awaited;
    uint64_t timeout_ms; /* of the first dial */
    const char *log;     /* what becomes of it */
} parts[] = {
    {'e', "d", 3, 3, LONG_MS, "open e0 e1 e2 "},
    {'2', "d", 1, 2, LONG_MS, "open 20 20 "},
    {'r', "d", 2, 2, LONG_MS, "open r1 r0 "},
    {'z', "d", 1, 2, LONG_MS, "open - z0 "},
    {'l', "dd", 1, 1, SHORT_MS, "open late open l0 "},
    {'n', "n", 1, 1, LONG_MS, "open ended:ECONNREFUSED "},
    {'b', "d", 1, BURST, LONG_MS, "open many:40 "},
    {'B', "d", 1, 1, LONG_MS, "open big:16000 "},
    {'x', "dsdsd", 1, 1, LONG_MS, "open x0 open s open x0 open s open x0 "},
};

enum { LANES = sizeof(parts) / sizeof(parts[0]) };

struct lane {
    unsigned dials, staged, received, many;
    bool early;
    char message[8];
    char log[256];
};

static struct scene {
    struct conn conns[LANES];
    struct layers layers[LANES];
    struct lane lanes[LANES];
    struct journal journal;
    struct sockaddr_in datagrams, stream, no_one;
    int fd, listener;
} * s;

static struct lane *lane_of(const struct conn *c)
{
    return &s->lanes[c->index];
}

__attribute__((format(printf, 2, 3))) static void note(struct lane *l,
                                                       const char *format, ...)
{
    size_t len = strlen(l->log);
    va_list list;

    va_start(list, format);
    vsnprintf(l->log + len, sizeof(l->log) - len, format, list);
    va_end(list);
}

static enum verb next_dial(struct conn *c)
{
    const struct part *part = &parts[c->index];
    struct lane *l = lane_of(c);
    char to = part->dials[l->dials++];
    bool first = l->dials == 1;

    if (!to)
        return CONN_DONE;
    l->staged = l->received = 0;
    c->dial = (struct dial){.peer_len = sizeof(s->stream),
                            .type = to == 's' ? SOCK_STREAM : SOCK_DGRAM};
    memcpy(&c->dial.peer,
           to == 's'   ? &s->stream
           : to == 'n' ? &s->no_one
                       : &s->datagrams,
           sizeof(s->stream));
    c->deadline_ns =
        clock_ns() + (first ? part->timeout_ms : LONG_MS) * NS_PER_MS;
    return CONN_DIAL;
}

static void stage(struct conn *c)
{
    struct lane *l = lane_of(c);

    if (!dial_is_datagrams(&c->dial) || l->staged == parts[c->index].messages)
        return;
    snprintf(l->message, sizeof(l->message), "%c%u", parts[c->index].what,
             l->staged++);
    conn_stage(c, l->message, strlen(l->message));
}

static enum verb opened(struct conn *c)
{
    note(lane_of(c), "open ");
    stage(c);
    return CONN_WAIT;
}

static bool is_text(const char *data, size_t len)
{
    static char text[BIG];

    kit_text(0, text, sizeof(text));
    return len == BIG && memcmp(data, text, len) == 0;
}

static void note_message(struct lane *l, char what, const char *data,
                         size_t len)
{
    char next[8];

    if (what == 'b') {
        snprintf(next, sizeof(next), "b%02u", l->many);
        l->many += len == 3 && memcmp(data, next, 3) == 0;
        if (l->received == BURST)
            note(l, "many:%u ", l->many);
    } else if (what == 'B') {
        note(l, "%s:%zu ", is_text(data, len) ? "big" : "wrong", len);
    } else {
        note(l, "%.*s ", len ? (int)len : 1, len ? data : "-");
    }
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct lane *l = lane_of(c);

    l->received++;
    note_message(l, parts[c->index].what, data, len);
    return l->received == parts[c->index].awaited ? next_dial(c) : CONN_WAIT;
}

static enum verb ended(struct conn *c, int error)
{
    if (error == -ECONNREFUSED)
        note(lane_of(c), "ended:ECONNREFUSED ");
    else
        note(lane_of(c), "ended:%d ", error);
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    struct lane *l = lane_of(c);

    l->early = clock_ns() < c->deadline_ns;
    note(l, "late ");
    return next_dial(c);
}

static const struct protocol protocol = {
    .start = next_dial,
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .drained = stage,
};

/* The server. */

static void burst(const struct sockaddr_in *to)
{
    char message[8];

    for (int i = 0; i < BURST; i++) {
        snprintf(message, sizeof(message), "b%02d", i);
        sendto(s->fd, message, 3, 0, (const void *)to, sizeof(*to));
    }
}

static void answer(char what, const char *message, size_t len,
                   const struct sockaddr_in *to)
{
    static char text[BIG];
    static unsigned lost;

    switch (what) {
    case 'b':
        burst(to);
        return;
    case 'B':
        kit_text(0, text, sizeof(text));
        sendto(s->fd, text, sizeof(text), 0, (const void *)to, sizeof(*to));
        return;
    case 'l':
        if (lost++ == 0)
            return;
        break;
    case 'z':
        sendto(s->fd, "", 0, 0, (const void *)to, sizeof(*to));
        break;
    case '2':
        sendto(s->fd, message, len, 0, (const void *)to, sizeof(*to));
        break;
    case 'r': /* the first one after the second */
        if (message[1] == '0')
            return;
        sendto(s->fd, message, len, 0, (const void *)to, sizeof(*to));
        message = "r0";
        break;
    default:
        break;
    }
    sendto(s->fd, message, len, 0, (const void *)to, sizeof(*to));
}

static void *serve(void *context)
{
    struct sockaddr_in from;
    char message[16];

    (void)context;
    for (;;) {
        socklen_t from_len = sizeof(from);
        ssize_t n = recvfrom(s->fd, message, sizeof(message), 0, (void *)&from,
                             &from_len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) /* the test's own: it is over */
            return NULL;
        answer(message[0], message, (size_t)n, &from);
    }
}

/* Each is given one byte, and closed by the lane. */
static void *serve_streams(void *context)
{
    int fd;

    (void)context;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0 || errno == EINTR) {
        char byte;

        if (fd < 0)
            continue;
        (void)!write(fd, "s", 1);
        while (read(fd, &byte, 1) < 0 && errno == EINTR) {
        }
        close(fd);
    }
    return NULL;
}

static int bind_datagrams(struct sockaddr_in *ret)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(*ret);

    *ret = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)ret, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &len), 0);
    return fd;
}

static int build(void **state)
{
    (void)state;
    s = kit_shared(sizeof(*s));
    s->fd = bind_datagrams(&s->datagrams);
    s->listener = kit_listen(&s->stream);
    close(bind_datagrams(&s->no_one));
    return 0;
}

static int clear(void **state)
{
    (void)state;
    close(s->fd);
    close(s->listener);
    kit_free(s, sizeof(*s));
    return 0;
}

static void test_each_message_is_an_event(void **state)
{
    struct connections none = {.n = 0};
    struct connections work = {.conns = s->conns, .n = LANES};
    struct kit_usage before;
    pthread_t server, streams;

    (void)state;
    /* What its library opens once, and keeps, is no leak. */
    assert_int_equal(kit_run(suite_model, &kind_connections, &none), 0);
    before = kit_usage();
    s->journal.lanes = LANES;
    for (uint32_t i = 0; i < LANES; i++) {
        s->layers[i] =
            (struct layers){.protocol = &protocol, .journal = &s->journal};
        s->conns[i] = (struct conn){.index = i, .layers = &s->layers[i]};
    }
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
    assert_int_equal(pthread_create(&streams, NULL, serve_streams, NULL), 0);
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    sendto(s->fd, "", 0, 0, (void *)&s->datagrams, sizeof(s->datagrams));
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(server, NULL);
    pthread_join(streams, NULL);
    kit_assert_holds(&before, suite_model->name);
    for (size_t i = 0; i < LANES; i++) {
        assert_string_equal(s->lanes[i].log, parts[i].log);
        assert_false(s->lanes[i].early);
    }
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_each_message_is_an_event),
    };
    const struct suite suite = {
        .name = "datagrams",
        .kind = &kind_connections,
        .sockets = true,
        .each = each,
        .n_each = COUNT(each),
        .setup = build,
        .teardown = clear,
    };

    return suite_run(&suite);
}
