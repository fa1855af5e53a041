/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that a file has addresses for. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "workloads/web/hosts_file.h"
#include "workloads/web/lookup.h"

static struct hosts_file hosts;

static void read_text(const char *text)
{
    char path[] = "/tmp/baton-hosts-XXXXXX";
    int fd = mkstemp(path);
    size_t len = strlen(text);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    assert_int_equal(hosts_file_read(&hosts, path), 0);
    unlink(path);
}

/* The i-th address of a name, or "". */
static const char *address(const char *name, size_t i)
{
    static char text[INET6_ADDRSTRLEN];
    struct dial dial;
    const struct sockaddr_in *v4 = (const void *)&dial.peer;
    const struct sockaddr_in6 *v6 = (const void *)&dial.peer;
    bool is_v6;

    text[0] = '\0';
    if (!hosts_file_find(&hosts, name, i, 80, &dial))
        return text;
    assert_int_equal(ntohs(v4->sin_port), 80);
    is_v6 = dial.peer.ss_family == AF_INET6;
    inet_ntop(dial.peer.ss_family,
              is_v6 ? (const void *)&v6->sin6_addr : &v4->sin_addr, text,
              sizeof(text));
    return text;
}

static void test_names_have_the_addresses_of_their_lines(void **state)
{
    (void)state;
    read_text("# a comment\n"
              "192.0.2.1 one.test ONE\n"
              "\t192.0.2.2\ttwo.test # two more.test\n"
              "2001:db8::1 one.test\r\n"
              "nonsense three.test\n"
              "192.0.2.9\n\n"
              "192.0.2.4 four.test");
    assert_string_equal(address("one.test", 0), "192.0.2.1");
    assert_string_equal(address("One.Test", 1), "2001:db8::1");
    assert_string_equal(address("one.test", 2), "");
    assert_string_equal(address("one", 0), "192.0.2.1");
    assert_string_equal(address("two.test", 0), "192.0.2.2");
    assert_string_equal(address("four.test", 0), "192.0.2.4");
    assert_string_equal(address("two", 0), "");
    assert_string_equal(address("more.test", 0), "");
    assert_string_equal(address("three.test", 0), "");
    hosts_file_finish(&hosts);
}

static void test_no_file_has_no_names(void **state)
{
    (void)state;
    assert_int_equal(hosts_file_read(&hosts, "/nonexistent/hosts"), 0);
    assert_string_equal(address("one.test", 0), "");
    hosts_file_finish(&hosts);
}

static void test_a_name_keeps_a_few_addresses(void **state)
{
    char text[4096] = "";

    (void)state;
    for (int i = 0; i < 100; i++)
        sprintf(text + strlen(text), "192.0.2.%d many.test\n", i);
    read_text(text);
    assert_string_equal(address("many.test", LOOKUP_ADDRESSES - 1),
                        "192.0.2.7");
    assert_string_equal(address("many.test", LOOKUP_ADDRESSES), "");
    hosts_file_finish(&hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_have_the_addresses_of_their_lines),
        cmocka_unit_test(test_no_file_has_no_names),
        cmocka_unit_test(test_a_name_keeps_a_few_addresses),
    };

    return cmocka_run_group_tests_name("hosts file", tests, NULL, NULL);
}
