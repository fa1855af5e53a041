/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that looks names up, asked over its socket. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/scrape.h"
#include "tests/unit/unit.h"

static struct resolver_process names;

/* A name server that answers nothing that is asked. */
static int bind_mute(struct dial *ret)
{
    struct sockaddr_in *in = (void *)&ret->peer;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *ret = (struct dial){.peer_len = sizeof(*in)};
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (void *)in, sizeof(*in)), 0);
    assert_int_equal(getsockname(fd, (void *)in, &ret->peer_len), 0);
    return fd;
}

static char hosts[] = "/tmp/baton-hosts-XXXXXX";

static int start(void **state)
{
    FILE *file = fdopen(mkstemp(hosts), "w");

    (void)state;
    assert_non_null(file);
    fputs("127.0.0.1 one.test\n127.0.0.3 three.test\n::1 six.test\n"
          "127.0.0.9 nine.test\n",
          file);
    for (int i = 0; i < 500; i++)
        fprintf(file, "127.0.1.1 n%d.test\n", i);
    fclose(file);
    names = (struct resolver_process){
        .servers = {.n = 1}, .timeout_ns = 300000000, .hosts_file = hosts};
    bind_mute(&names.servers.servers[0]); /* to the end */
    return resolver_start(&names);
}

static int stop(void **state)
{
    char why[80] = "";

    (void)state;
    unlink(hosts);
    return !resolver_stop(&names, why, sizeof(why));
}

static int dial(void)
{
    const struct sockaddr *peer = (void *)&names.resolver.server.peer;
    const struct timeval guard = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof(guard));
    if (connect(fd, peer, names.resolver.server.peer_len)) {
        int error = -errno;

        close(fd);
        return error;
    }
    return fd;
}

static void say(int fd, const char *text, size_t len)
{
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

static void ask(int fd, const char *name)
{
    char text[400];
    int len =
        snprintf(text, sizeof(text), "%s %s\n", names.resolver.token, name);

    say(fd, text, (size_t)len);
}

/* Up to a text, or to the end: "" when nothing came. */
static const char *hear_up_to(int fd, const char *last)
{
    static char text[4096];
    size_t len = 0;
    ssize_t n = 0;

    text[0] = '\0';
    while (!(last && strstr(text, last)) &&
           (n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0) {
        len += (size_t)n;
        text[len] = '\0';
    }
    assert_false(n < 0 && errno == EAGAIN); /* it neither answers nor ends */
    return text;
}

/* Closes. */
static const char *hear(int fd, const char *last)
{
    const char *text = hear_up_to(fd, last);

    close(fd);
    return text;
}

static void expect(const char *name, const char *answer)
{
    int fd = dial();

    ask(fd, name);
    assert_string_equal(hear(fd, "outcome"), answer);
}

/* No name server is asked for any of these. */
static void test_it_answers_addresses_and_failures(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) { /* the later ones from memory */
        expect("one.test", "address 127.0.0.1\noutcome ok\n");
        expect("three.test", "address 127.0.0.3\noutcome ok\n");
        expect("six.test", "address ::1\noutcome ok\n");
        expect("a..b", "outcome dns-name\n");
    }
}

static void test_a_question_may_come_byte_by_byte(void **state)
{
    char text[80];
    int fd = dial(), len = snprintf(text, sizeof(text), "%s nine.test\n",
                                    names.resolver.token);

    (void)state;
    for (int i = 0; i < len; i++) {
        say(fd, text + i, 1);
        usleep(200);
    }
    assert_string_equal(hear(fd, "outcome"), "address 127.0.0.9\noutcome ok\n");
}

static void test_a_wrong_token_gets_no_answer(void **state)
{
    static char flood[64 * 1024];
    char wrong[LOOKUP_TOKEN], text[80];

    (void)state;
    strcpy(wrong, names.resolver.token);
    wrong[LOOKUP_TOKEN - 2] ^= 1;
    memset(flood, 'x', sizeof(flood));
    for (int i = 0; i < 3; i++) {
        int fd = dial();

        if (i == 0)
            say(fd, text, (size_t)snprintf(text, 80, "%s one.test\n", wrong));
        else if (i == 1)
            say(fd, "one.test\n", 9);
        else /* it may have hung up before all is sent */
            send(fd, flood, sizeof(flood), MSG_NOSIGNAL);
        assert_string_equal(hear(fd, NULL), "");
    }
    expect("one.test", "address 127.0.0.1\noutcome ok\n");
}

static void test_a_connection_without_a_question_is_closed(void **state)
{
    int fd = dial();

    (void)state;
    assert_string_equal(hear(fd, NULL), "");
}

static void test_tokens_differ(void **state)
{
    struct resolver_process other = {0};
    char why[80];

    (void)state;
    assert_int_equal(strlen(names.resolver.token), LOOKUP_TOKEN - 1);
    assert_int_equal(resolver_start(&other), 0);
    assert_string_not_equal(other.resolver.token, names.resolver.token);
    assert_true(resolver_stop(&other, why, sizeof(why)));
}

/* Descriptors of the resolver: none stays of those that left. */
static size_t count_fds(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/fd", names.child.pid);
    return count_entries(path);
}

/* Returns when the resolver has closed its end. */
static void ask_and_leave(const char *name)
{
    int fd = dial();

    ask(fd, name);
    hear_up_to(fd, "outcome ok\n");
    shutdown(fd, SHUT_WR);
    assert_string_equal(hear(fd, NULL), "");
}

static void ask_a_thousand(void)
{
    for (int i = 0; i < 1000; i++) {
        char name[40];
        int fd = dial();

        snprintf(name, sizeof(name), "n%d.test", i / 2);
        ask(fd, name);
        if (i % 3)
            hear(fd, "outcome");
        else
            close(fd); /* does not wait for the answer */
    }
}

static void test_by_dns_the_file_comes_first_and_silence_ends(void **state)
{
    struct resolver_process kept = names;
    char path[] = "/tmp/baton-hosts-XXXXXX", why[80];
    static const char text[] = "192.0.2.1 one.test\n::1 one.test\n";
    int fd, mute, file = mkstemp(path);

    (void)state;
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    names = (struct resolver_process){
        .servers = {.n = 1}, .timeout_ns = 300000000, .hosts_file = path};
    mute = bind_mute(&names.servers.servers[0]);
    assert_int_equal(resolver_start(&names), 0);
    unlink(path);
    fd = dial();
    ask(fd, "other.test");
    expect("one.test", "address 192.0.2.1\naddress ::1\noutcome ok\n");
    expect("a..b", "outcome dns-name\n");
    assert_string_equal(hear(fd, "outcome"), "outcome dns-no-answer\n");
    close(mute);
    expect("other.test", "outcome dns-no-answer\n");
    assert_true(resolver_stop(&names, why, sizeof(why)));
    names = kept;
}

/* Of a resolver that has no other connections. */
static void test_nothing_is_left_of_a_thousand_questions(void **state)
{
    struct resolver_process kept = names;
    size_t before, tries = 0;
    char why[80];

    (void)state;
    assert_int_equal(resolver_start(&names), 0);
    ask_and_leave("one.test");
    before = count_fds();
    ask_a_thousand();
    while (count_fds() != before && tries++ < 2000)
        usleep(1000);
    assert_int_equal(count_fds(), before);
    assert_true(resolver_stop(&names, why, sizeof(why)));
    names = kept;
}

static void test_one_that_died_refuses_and_is_told_apart(void **state)
{
    struct resolver_process other = {0}, kept = names;
    siginfo_t ended;
    char why[80];
    int fd;

    (void)state;
    assert_int_equal(resolver_start(&other), 0);
    names = other;
    fd = dial();
    kill(other.child.pid, SIGKILL);
    assert_string_equal(hear(fd, NULL), "");
    assert_int_equal(dial(), -ECONNREFUSED);
    /* Its sockets are closed before it has ended. */
    assert_int_equal(
        waitid(P_PID, (id_t)other.child.pid, &ended, WEXITED | WNOWAIT), 0);
    names = kept;
    assert_false(resolver_stop(&other, why, sizeof(why)));
    assert_true(matches(why, "^signal 9 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_answers_addresses_and_failures),
        cmocka_unit_test(test_a_question_may_come_byte_by_byte),
        cmocka_unit_test(test_a_wrong_token_gets_no_answer),
        cmocka_unit_test(test_a_connection_without_a_question_is_closed),
        cmocka_unit_test(test_tokens_differ),
        cmocka_unit_test(test_by_dns_the_file_comes_first_and_silence_ends),
        cmocka_unit_test(test_nothing_is_left_of_a_thousand_questions),
        cmocka_unit_test(test_one_that_died_refuses_and_is_told_apart),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
