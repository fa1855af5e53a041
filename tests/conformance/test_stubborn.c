/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Does the stubborn server do what its table says? Seen through a plain
 * blocking socket, without an HTTP library: the oracle must not depend on
 * what it judges.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/conformance/stubborn.h"
#include "workloads/kinds/outcome.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How long what must come may take: the machine may stand still for a while. */
enum { PATIENCE_MS = 10000 };

/* What arrived on one connection, and how it ended. */
struct answer {
    int error; /* 0 at EOF, else the errno: EAGAIN is silence */
    size_t length;
    size_t pieces; /* in which it came, however late it was read */
    char bytes[32768];
};

static struct stubborn *server;

static int start_server(void **state)
{
    (void)state;
    return stubborn_create(&server);
}

static int stop_server(void **state)
{
    (void)state;
    stubborn_destroy(server);
    stubborn_destroy(NULL);
    return 0;
}

static int dial(uint16_t port, int type, int *ret_fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | type, 0);

    assert_true(fd >= 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *ret_fd = fd;
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        return -errno;
    return 0;
}

static void ask(int fd, const char *path)
{
    char request[256];
    int length = snprintf(request, sizeof(request),
                          "GET %s HTTP/1.1\r\nHost: stubborn\r\n\r\n", path);

    assert_int_equal(send(fd, request, (size_t)length, MSG_NOSIGNAL), length);
}

static int visit(const char *path)
{
    int fd;

    assert_int_equal(dial(stubborn_port(server), 0, &fd), 0);
    ask(fd, path);
    return fd;
}

static void set_patience(int fd, int ms)
{
    const struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

static const struct fault *row(const char *path)
{
    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const char *name = stubborn_faults[i].path;

        if (strlen(name) == strcspn(path, "?") &&
            strncmp(name, path, strlen(name)) == 0)
            return &stubborn_faults[i];
    }
    fail_msg("no row for %s", path);
    return NULL;
}

/* What is behind the header of the final response, or NULL. */
static const char *find_body(const struct answer *a)
{
    const char *end = a->bytes;
    bool interim;

    do {
        interim = strncmp(end, "HTTP/1.1 1", 10) == 0;
        end = strstr(end, "\r\n\r\n");
        end = end ? end + 4 : NULL;
    } while (end && interim);
    return end;
}

static const char *body_of(const struct answer *a)
{
    const char *body = find_body(a);

    assert_non_null(body);
    return body;
}

static size_t body_length(const struct answer *a)
{
    return (size_t)(a->bytes + a->length - body_of(a));
}

/* Nothing more is due: either all of it left at once, or its end is there. */
static bool is_whole(const struct answer *a, const struct fault *f)
{
    if (strcmp(f->path, "/chunked") == 0)
        return strstr(a->bytes, "X-Trailer: yes\r\n\r\n") != NULL;
    if (f->bytes == 0 || f->bytes == STUBBORN_ANY)
        return a->length > 0;
    return find_body(a) && body_length(a) >= f->bytes;
}

static size_t count_pieces(int fd)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
    return info.tcpi_data_segs_in;
}

/*
 * Reads until the end, until the buffer is full, or, when the answer is whole,
 * until silence_ms.
 */
static void listen_to(int fd, const struct fault *f, int silence_ms,
                      struct answer *ret_answer)
{
    struct answer *a = ret_answer;

    *a = (struct answer){0};
    set_patience(fd, PATIENCE_MS);
    while (a->length < sizeof(a->bytes) - 1) {
        ssize_t n =
            recv(fd, a->bytes + a->length, sizeof(a->bytes) - 1 - a->length, 0);

        if (n <= 0) {
            a->error = n < 0 ? errno : 0;
            break;
        }
        a->length += (size_t)n;
        if (is_whole(a, f))
            set_patience(fd, silence_ms);
    }
    a->bytes[a->length] = '\0';
    a->pieces = count_pieces(fd);
}

static void assert_silence(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&p, 1, ms), 0);
}

static void fetch(const char *path, int silence_ms, struct answer *ret_answer)
{
    int fd = visit(path);

    listen_to(fd, row(path), silence_ms, ret_answer);
    close(fd);
}

static void assert_text(const char *data, size_t from, size_t count)
{
    static const char period[] = STUBBORN_TEXT;

    for (size_t i = 0; i < count; i++)
        assert_int_equal(data[i], period[(from + i) % strlen(period)]);
}

static void assert_body(const struct answer *a, size_t count)
{
    assert_int_equal(body_length(a), count);
    assert_text(body_of(a), 0, count);
}

/* Takes chunks while they are whole; returns the bytes of text in them. */
static size_t assert_chunks(const struct answer *a, const char **ret_rest)
{
    const char *at = body_of(a);
    const char *end = a->bytes + a->length;
    size_t total = 0;

    for (;;) {
        char *data;
        size_t size = strtoul(at, &data, 16);

        if (size == 0 || data + size + 4 > end)
            break;
        assert_memory_equal(data, "\r\n", 2);
        assert_text(data + 2, total, size);
        assert_memory_equal(data + 2 + size, "\r\n", 2);
        total += size;
        at = data + 2 + size + 2;
    }
    *ret_rest = at;
    return total;
}

static bool is_outcome(const char *name)
{
    for (int i = 0; i < OUTCOME_N; i++)
        if (strcmp(outcome_name((enum outcome)i), name) == 0)
            return true;
    return false;
}

static void test_the_table_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const struct fault *f = &stubborn_faults[i];

        assert_int_equal(f->path[0], '/');
        assert_true(strlen(f->summary) > 0);
        assert_true(is_outcome(f->expected));
        assert_non_null(f->answer);
        assert_ptr_equal(row(f->path), f);
        if (strcmp(f->expected, "ok") == 0)
            assert_int_equal(f->status, 200);
    }
}

/* A correct page arrives, and then the connection is idle or at its end. */
static void test_pages_arrive_whole(void **state)
{
    static const char *const paths[] = {
        "/plain",       "/trickle",    "/continue",
        "/early-hints", "/empty-body", "/keep-alive-close",
        "/until-eof",   "/stale",      "/plain?with=a&query"};
    struct answer a;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        fetch(paths[i], 200, &a);
        assert_true(a.error == 0 || a.error == EAGAIN);
        assert_body(&a, row(paths[i])->bytes);
    }
}

static void test_a_kept_connection_serves_again(void **state)
{
    int fd = visit("/plain");
    struct answer a;

    (void)state;
    listen_to(fd, row("/plain"), 100, &a);
    assert_int_equal(a.error, EAGAIN);
    ask(fd, "/empty-body");
    listen_to(fd, row("/empty-body"), 100, &a);
    assert_int_equal(a.error, EAGAIN);
    assert_body(&a, 0);
    close(fd);
}

static void test_chunks_arrive_in_pieces_with_a_trailer(void **state)
{
    const char *rest;
    struct answer a;

    (void)state;
    fetch("/chunked", 200, &a);
    assert_int_equal(a.error, EAGAIN);
    assert_true(a.pieces > 1);
    assert_int_equal(assert_chunks(&a, &rest), 5000);
    assert_string_equal(rest, "0\r\nX-Trailer: yes\r\n\r\n");
}

static void test_a_trickle_comes_in_single_bytes(void **state)
{
    struct answer a;

    (void)state;
    fetch("/trickle", 200, &a);
    assert_true(a.pieces > 100);
}

static void test_keep_alive_is_promised_and_broken(void **state)
{
    struct answer a;

    (void)state;
    fetch("/keep-alive-close", PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_null(strstr(a.bytes, "close"));
}

static void test_a_stale_connection_closes_without_a_byte(void **state)
{
    int fd = visit("/stale");
    struct answer a;

    (void)state;
    listen_to(fd, row("/stale"), 100, &a);
    assert_int_equal(a.error, EAGAIN);
    assert_body(&a, 5000);
    ask(fd, "/stale");
    listen_to(fd, row("/stale"), PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_int_equal(a.length, 0);
    close(fd);
}

static void test_extra_bytes_follow_the_page(void **state)
{
    struct answer a;

    (void)state;
    fetch("/extra", 100, &a);
    assert_int_equal(a.error, EAGAIN);
    assert_true(body_length(&a) > 5000);
    assert_text(body_of(&a), 0, 5000);
    assert_memory_equal(body_of(&a) + 5000, "These bytes", 11);
}

static void test_cut_answers_end_in_order(void **state)
{
    const char *rest;
    struct answer a;

    (void)state;
    fetch("/cut-header", PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_true(a.length > 0);
    assert_null(strstr(a.bytes, "\r\n\r\n"));

    fetch("/cut-body", PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_non_null(strstr(a.bytes, "Content-Length: 5000\r\n"));
    assert_body(&a, row("/cut-body")->bytes);

    fetch("/cut-chunk", PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_int_equal(assert_chunks(&a, &rest), 1000);
    assert_memory_equal(rest, "fa0\r\n", 5);
    assert_text(rest + 5, 1000, strlen(rest + 5));
    assert_int_equal(1000 + strlen(rest + 5), row("/cut-chunk")->bytes);

    fetch("/empty", PATIENCE_MS, &a);
    assert_int_equal(a.error, 0);
    assert_int_equal(a.length, 0);
}

static void test_resets_come_behind_the_data(void **state)
{
    static const char *const paths[] = {"/reset-queued", "/reset-unread"};
    struct answer a;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        int fd = visit(paths[i]);
        struct pollfd reset = {.fd = fd}; /* POLLERR comes unasked */

        /* The reset has arrived, and the data waits before it. */
        assert_int_equal(poll(&reset, 1, PATIENCE_MS), 1);
        listen_to(fd, row(paths[i]), PATIENCE_MS, &a);
        close(fd);
        assert_int_equal(a.error, ECONNRESET);
        assert_body(&a, row(paths[i])->bytes);
    }
    fetch("/reset-before", PATIENCE_MS, &a);
    assert_int_equal(a.error, ECONNRESET);
    assert_int_equal(a.length, 0);
}

/* Malformed answers leave the connection open: only the bytes tell. */
static void test_malformed_answers_say_what_they_should(void **state)
{
    static const struct {
        const char *path;
        const char *flaw;
    } cases[] = {
        {"/garbage", "220 mail"},
        {"/two-lengths", "Content-Length: 16\r\nContent-Length: 32\r\n"},
        {"/bad-chunk", "\r\nzz\r\n"},
        {"/negative-length", "Content-Length: -16\r\n"},
        {"/bare-lf", "HTTP/1.1 200 OK\nContent-Type: text/plain\n"},
    };
    struct answer a;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(row(cases[i].path)->expected, "malformed");
        fetch(cases[i].path, 100, &a);
        assert_int_equal(a.error, EAGAIN);
        assert_non_null(strstr(a.bytes, cases[i].flaw));
    }
}

static void test_status_lines_match_the_table(void **state)
{
    struct answer a;

    (void)state;
    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const struct fault *f = &stubborn_faults[i];
        char line[32];

        if (strcmp(f->expected, "status") != 0)
            continue;
        snprintf(line, sizeof(line), "HTTP/1.1 %d ", f->status);
        fetch(f->path, 100, &a);
        assert_memory_equal(a.bytes, line, strlen(line));
        assert_int_equal(body_length(&a), f->status == 204 ? 0 : 300);
    }
}

static void test_silence_is_silent(void **state)
{
    int fd = visit("/silent");
    struct answer a;

    (void)state;
    assert_silence(fd, 100);
    close(fd);

    fetch("/silent-body", 100, &a);
    assert_int_equal(a.error, EAGAIN);
    assert_body(&a, row("/silent-body")->bytes);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * A drop every 20 ms: whoever reads late finds several, but never more than
 * there was time for.
 */
static void test_drops_come_one_by_one(void **state)
{
    enum { PAUSE_MS = 20, DROPS = 8 };
    static const char *const paths[] = {"/drip-header", "/drip-body"};
    char bytes[4096];

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        int64_t start_ms = now_ms();
        int fd = visit(paths[i]);
        size_t length = 0, header = 0;

        set_patience(fd, PATIENCE_MS);
        do {
            ssize_t n = recv(fd, bytes + length, sizeof(bytes) - 1 - length, 0);
            const char *end;

            assert_true(n > 0);
            length += (size_t)n;
            bytes[length] = '\0';
            end = strstr(bytes, "\r\n\r\n");
            /* Only the header of /drip-body is complete: it came at once. */
            assert_int_equal(end != NULL, i);
            header = end ? (size_t)(end + 4 - bytes) : 0;
            assert_true(length - header <=
                        (uint64_t)(now_ms() - start_ms) / PAUSE_MS + 1);
        } while (length - header < DROPS);
        close(fd);
    }
}

static void test_huge_answers_exceed_every_cap(void **state)
{
    size_t most = (size_t)1024 * 1024;
    size_t total = 0;
    char tail[4] = {0};
    struct answer a;
    int fd = visit("/huge-header");

    (void)state;
    while (total < most) {
        listen_to(fd, row("/huge-header"), PATIENCE_MS, &a);
        assert_int_equal(a.error, 0);
        assert_int_equal(a.length, sizeof(a.bytes) - 1);
        assert_null(strstr(a.bytes, "\r\n\r\n"));
        assert_false(!memcmp(tail, "\r\n", 2) && !memcmp(a.bytes, "\r\n", 2));
        memcpy(tail, a.bytes + a.length - 2, 2);
        total += a.length;
    }
    close(fd);

    fetch("/huge-length", 100, &a);
    assert_non_null(strstr(a.bytes, "Content-Length: 1099511627776\r\n"));
    assert_int_equal(a.error, EAGAIN);
}

static void test_endless_chunks_end_in_order(void **state)
{
    const uint64_t chunk = 16384 + strlen("4000\r\n\r\n");
    const uint64_t least = 256 * 1024 * 1024 / 16384 * chunk;
    static char block[256 * 1024];
    int fd = visit("/endless");
    uint64_t total = 0;
    ssize_t n;

    (void)state;
    while ((n = recv(fd, block, sizeof(block), 0)) > 0)
        total += (uint64_t)n;
    close(fd);
    assert_int_equal(n, 0);
    assert_in_range(total, least, least + 200);
}

static void test_a_closing_client_is_obeyed(void **state)
{
    static const char request[] = "GET /plain HTTP/1.1\r\nHost: stubborn\r\n"
                                  "connection: Close\r\n\r\n";
    struct answer a;
    int fd;

    (void)state;
    assert_int_equal(dial(stubborn_port(server), 0, &fd), 0);
    /* In two pieces: the server has to wait for the second one. */
    assert_int_equal(send(fd, request, 20, MSG_NOSIGNAL), 20);
    usleep(10 * 1000);
    assert_true(send(fd, request + 20, strlen(request + 20), MSG_NOSIGNAL) > 0);
    listen_to(fd, row("/plain"), PATIENCE_MS, &a);
    close(fd);
    assert_int_equal(a.error, 0);
    assert_body(&a, 5000);
}

static void test_the_refused_port_refuses(void **state)
{
    uint16_t port = stubborn_refused_port(server);
    int fd;

    (void)state;
    assert_int_equal(dial(port, 0, &fd), -ECONNREFUSED);
    close(fd);
}

static void test_the_blackhole_swallows_every_client(void **state)
{
    uint16_t port = stubborn_blackhole_port(server);
    struct pollfd p[4];

    (void)state;
    for (size_t i = 0; i < COUNT(p); i++) {
        p[i].events = POLLOUT;
        assert_int_equal(dial(port, SOCK_NONBLOCK, &p[i].fd), -EINPROGRESS);
    }
    assert_int_equal(poll(p, COUNT(p), 300), 0);
    for (size_t i = 0; i < COUNT(p); i++)
        close(p[i].fd);
}

static void test_many_clients_are_served_at_once(void **state)
{
    static struct answer a;
    int fds[200];

    (void)state;
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = visit(i % 2 ? "/until-eof" : "/trickle");
    for (size_t i = 0; i < COUNT(fds); i++) {
        if (i % 2) {
            listen_to(fds[i], row("/until-eof"), PATIENCE_MS, &a);
            assert_int_equal(a.error, 0);
            assert_body(&a, 5000);
        }
        close(fds[i]);
    }
}

static void test_destroying_ends_every_connection(void **state)
{
    struct stubborn *second;
    struct answer a;
    int fd;

    (void)state;
    assert_int_equal(stubborn_create(&second), 0);
    assert_int_not_equal(stubborn_port(second), stubborn_port(server));
    assert_int_equal(dial(stubborn_port(second), 0, &fd), 0);
    ask(fd, "/silent");
    assert_silence(fd, 100);
    stubborn_destroy(second);
    listen_to(fd, row("/silent"), PATIENCE_MS, &a);
    assert_true(a.error == 0 || a.error == ECONNRESET);
    assert_int_equal(a.length, 0);
    close(fd);
}

static _Noreturn void create_and_die(int report)
{
    struct stubborn *s;

    if (stubborn_create(&s) == 0) {
        uint16_t port = stubborn_port(s);

        if (write(report, &port, sizeof(port)) == sizeof(port))
            _exit(0);
    }
    _exit(1);
}

/* A test that crashes must not leave its server behind. */
static void test_the_server_dies_with_its_parent(void **state)
{
    uint16_t port = 0;
    int ends[2];
    int fd, rc;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        create_and_die(ends[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(read(ends[0], &port, sizeof(port)), sizeof(port));
    close(ends[0]);
    close(ends[1]);
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        rc = dial(port, 0, &fd);
        close(fd);
        if (rc == -ECONNREFUSED)
            return;
        usleep(10 * 1000);
    }
    fail_msg("the server outlives its parent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_is_complete),
        cmocka_unit_test(test_pages_arrive_whole),
        cmocka_unit_test(test_a_kept_connection_serves_again),
        cmocka_unit_test(test_chunks_arrive_in_pieces_with_a_trailer),
        cmocka_unit_test(test_a_trickle_comes_in_single_bytes),
        cmocka_unit_test(test_keep_alive_is_promised_and_broken),
        cmocka_unit_test(test_a_stale_connection_closes_without_a_byte),
        cmocka_unit_test(test_extra_bytes_follow_the_page),
        cmocka_unit_test(test_cut_answers_end_in_order),
        cmocka_unit_test(test_resets_come_behind_the_data),
        cmocka_unit_test(test_malformed_answers_say_what_they_should),
        cmocka_unit_test(test_status_lines_match_the_table),
        cmocka_unit_test(test_silence_is_silent),
        cmocka_unit_test(test_drops_come_one_by_one),
        cmocka_unit_test(test_huge_answers_exceed_every_cap),
        cmocka_unit_test(test_endless_chunks_end_in_order),
        cmocka_unit_test(test_a_closing_client_is_obeyed),
        cmocka_unit_test(test_the_refused_port_refuses),
        cmocka_unit_test(test_the_blackhole_swallows_every_client),
        cmocka_unit_test(test_many_clients_are_served_at_once),
        cmocka_unit_test(test_destroying_ends_every_connection),
        cmocka_unit_test(test_the_server_dies_with_its_parent),
    };

    return cmocka_run_group_tests_name("stubborn", tests, start_server,
                                       stop_server);
}
