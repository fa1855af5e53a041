/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every model reads large files, whose bytes are all checked, in memory that
 * does not grow with them; and none believes a server about a length.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/kinds/connections.h"
#include "workloads/web/page.h"

#define MIB (UINT64_C(1) << 20)

static void open_bulk(struct trial *t, uint16_t port, uint64_t n,
                      uint64_t bytes)
{
    trial_init(t, "bulk", port);
    trial_set(t, "n", n);
    trial_set(t, "bytes", bytes);
}

static void test_files_of_any_length_come_whole(void **state)
{
    static const uint64_t lengths[] = {
        0,          1,           65527,           65528,
        65529,      2 * 65528,   2 * 65528 + 10,  2 * 65528 + 11,
        1000 * 100, 3 * MIB + 1, 65528 * 31 + 13,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct trial t;
        struct findings f;

        open_bulk(&t, kit_origin.port, 3, lengths[i]);
        assert_int_equal(trial_run(&t, suite_model), 0);
        trial_assert_right(&t, suite_model->name);
        f = trial_judge(&t);
        assert_int_equal(f.metrics[BYTES_PER_S], 3 * lengths[i]);
        trial_finish(&t);
    }
}

static long peak_kib(void)
{
    struct rusage self, children;

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss
                                               : children.ru_maxrss;
}

static void test_memory_does_not_grow_with_a_file(void **state)
{
    struct trial t;
    long before;

    (void)state;
    for (uint64_t bytes = MIB; bytes <= 64 * MIB; bytes *= 64) {
        before = peak_kib();
        open_bulk(&t, kit_origin.port, 2, bytes);
        assert_int_equal(trial_run(&t, suite_model), 0);
        trial_assert_right(&t, suite_model->name);
        trial_finish(&t);
    }
    assert_in_range(peak_kib() - before, 0, 16 * 1024);
}

/* Servers that announce one length and send another. */

static void answer(int fd, uint64_t announced, uint64_t sent)
{
    const struct page page = {.seed = 7, .bytes = announced, .bulk = 1};
    static char piece[PAGE_PERIOD];
    char head[128];
    int len = snprintf(head, sizeof(head),
                       "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n",
                       (unsigned long long)announced);

    recv(fd, piece, sizeof(piece), 0);
    send(fd, head, (size_t)len, MSG_NOSIGNAL);
    page_fill(&page, 0, piece, sizeof(piece));
    for (uint64_t at = 0; at < sent; at += sizeof(piece)) {
        uint64_t left = sent - at;

        send(fd, piece, left < sizeof(piece) ? left : sizeof(piece),
             MSG_NOSIGNAL);
    }
    /* Not a reset: what was sent is read first. */
    shutdown(fd, SHUT_WR);
    while (recv(fd, piece, sizeof(piece), 0) > 0) {
    }
}

static pid_t serve(uint64_t announced, uint64_t sent, uint16_t *ret_port)
{
    struct sockaddr_in address;
    int listener = kit_listen(&address), fd;
    pid_t server = fork();

    assert_true(server >= 0);
    *ret_port = ntohs(address.sin_port);
    if (server == 0) {
        while ((fd = accept(listener, NULL, NULL)) >= 0) {
            answer(fd, announced, sent);
            close(fd);
        }
        _exit(0);
    }
    close(listener);
    return server;
}

static void test_no_length_is_believed(void **state)
{
    static const struct {
        uint64_t asked, announced, sent;
        enum outcome outcome;
        uint64_t bytes;
        const char *words;
    } rows[] = {
        {MIB, MIB, MIB - 1, OUTCOME_TRUNCATED, MIB - 1, "truncated"},
        {MIB, MIB, 0, OUTCOME_TRUNCATED, 0, "truncated"},
        {MIB, MIB + 100, MIB, OUTCOME_TRUNCATED, MIB, "truncated"},
        /* What it says it sent was all; it is not what was asked for. */
        {MIB, MIB - 1, MIB, OUTCOME_OK, MIB - 1, "wrong checksum"},
        {MIB, MIB + 100, MIB + 100, OUTCOME_OK, MIB + 100, "wrong checksum"},
        {MIB, UINT64_MAX / 2, 3 * MIB, OUTCOME_TOO_BIG, 0, "too-big"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial t;
        struct findings f;
        uint16_t port;
        pid_t server = serve(rows[i].announced, rows[i].sent, &port);

        open_bulk(&t, port, 1, rows[i].asked);
        assert_int_equal(trial_run(&t, suite_model), 0);
        f = trial_judge(&t);
        if (trial_journal(&t)->rows[0].outcome != rows[i].outcome ||
            trial_journal(&t)->rows[0].bytes != rows[i].bytes ||
            !strstr(f.text, rows[i].words))
            fail_msg("row %zu: %s", i, f.text);
        assert_int_equal(f.wrong_iterations, 1);
        trial_finish(&t);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
}

/* One bit of 3 MiB, where the letters begin again. */
static void test_one_wrong_byte_is_found(void **state)
{
    struct trial t;

    (void)state;
    open_bulk(&t, kit_origin.port, 1, 3 * MIB);
    suite_run_right(&t);
    t.setup.seed++;
    assert_int_equal(trial_judge(&t).wrong_iterations, 1);
    t.setup.seed--;
    trial_finish(&t);
}

int main(void)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_files_of_any_length_come_whole),
        cmocka_unit_test(test_memory_does_not_grow_with_a_file),
        cmocka_unit_test(test_no_length_is_believed),
        cmocka_unit_test(test_one_wrong_byte_is_found),
    };
    static const struct suite suite = {
        .name = "bulk",
        .kind = &kind_connections,
        .sockets = true,
        .each = each,
        .n_each = COUNT(each),
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
    };

    return suite_run(&suite);
}
