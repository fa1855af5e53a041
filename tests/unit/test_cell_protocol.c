/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a parent asks for is what the child of any build understands. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sample/cell_protocol.h"

static struct request request_of_a_download(void)
{
    struct request r = {
        .workload = workload_find("download"),
        .model = model_find("sequential"),
        .setup = {.seed = UINT64_MAX, .host = "127.0.0.1"},
        .iterations = 123456789012,
        .results_fd = 3,
    };

    assert_non_null(r.workload);
    assert_non_null(r.model);
    for (size_t i = 0; i < r.workload->n_parameters; i++)
        r.setup.values[i] = 10 + i;
    return r;
}

static void serve_ipv4(struct setup *s)
{
    struct sockaddr_in *peer = (struct sockaddr_in *)(void *)&s->server.peer;

    peer->sin_family = AF_INET;
    peer->sin_port = htons(8080);
    inet_pton(AF_INET, "127.0.0.9", &peer->sin_addr);
    s->server.peer_len = sizeof(*peer);
}

static void serve_ipv6(struct setup *s)
{
    struct sockaddr_in6 *peer = (struct sockaddr_in6 *)(void *)&s->server.peer;

    peer->sin6_family = AF_INET6;
    peer->sin6_port = htons(65535);
    inet_pton(AF_INET6, "::1", &peer->sin6_addr);
    s->server.peer_len = sizeof(*peer);
}

/* `a` outlives *ret, whose strings stand in it. */
static void pass_on(const struct request *r, struct arguments *a,
                    struct request *ret)
{
    *ret = (struct request){0};
    assert_int_equal(request_write(r, NULL, a), 0);
    assert_null(a->argv[a->n]);
    assert_string_equal(a->argv[1], "cell");
    assert_int_equal(request_parse((int)a->n - 1, a->argv + 1, ret), 0);
    assert_ptr_equal(ret->workload, r->workload);
    assert_ptr_equal(ret->model, r->model);
    assert_int_equal(ret->setup.seed, r->setup.seed);
    assert_memory_equal(ret->setup.values, r->setup.values,
                        r->workload->n_parameters * sizeof(r->setup.values[0]));
    assert_int_equal(ret->iterations, r->iterations);
    assert_int_equal(ret->calibrate_ns, r->calibrate_ns);
    assert_int_equal(ret->cold, r->cold);
    assert_int_equal(ret->results_fd, r->results_fd);
    assert_int_equal(ret->trace_fd, r->trace_fd);
}

static void test_a_plain_request_arrives(void **state)
{
    struct request sent = request_of_a_download(), got;
    struct arguments a;

    (void)state;
    pass_on(&sent, &a, &got);
    assert_int_equal(got.setup.server.peer_len, 0);
    sent.iterations = 0;
    sent.calibrate_ns = 50000000;
    pass_on(&sent, &a, &got);
}

static void test_a_request_with_everything_arrives(void **state)
{
    struct request sent = request_of_a_download(), got;
    struct arguments a;

    (void)state;
    sent.cold = true;
    sent.trace_fd = 4;
    sent.setup.refused_port = 65535;
    sent.setup.addresses = 8;
    sent.setup.full_port = 1;
    sent.setup.path = "/a=b?c=d e";
    sent.setup.reference_bytes = UINT64_C(1) << 40;
    sent.setup.link = "//a[@class='x=y']/@href";
    sent.setup.title = "//title";
    serve_ipv4(&sent.setup);
    pass_on(&sent, &a, &got);
    assert_int_equal(got.setup.server.peer_len, sizeof(struct sockaddr_in));
    assert_memory_equal(&got.setup.server.peer, &sent.setup.server.peer,
                        sizeof(struct sockaddr_in));
    assert_string_equal(got.setup.host, sent.setup.host);
    assert_int_equal(got.setup.refused_port, 65535);
    assert_int_equal(got.setup.addresses, 8);
    assert_int_equal(got.setup.full_port, 1);
    assert_string_equal(got.setup.path, sent.setup.path);
    assert_int_equal(got.setup.reference_bytes, UINT64_C(1) << 40);
    assert_string_equal(got.setup.link, sent.setup.link);
    assert_string_equal(got.setup.title, sent.setup.title);
}

static void test_a_server_may_have_an_ipv6_address(void **state)
{
    struct request sent = request_of_a_download(), got;
    const struct sockaddr_in6 *peer;
    struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct arguments a;

    (void)state;
    serve_ipv6(&sent.setup);
    pass_on(&sent, &a, &got);
    peer = (const void *)&got.setup.server.peer;
    assert_int_equal(peer->sin6_family, AF_INET6);
    assert_int_equal(ntohs(peer->sin6_port), 65535);
    assert_memory_equal(&peer->sin6_addr, &loopback, sizeof(loopback));
}

static void test_what_does_not_fit_is_not_sent(void **state)
{
    struct request sent = request_of_a_download();
    struct arguments a;
    char *link = malloc(sizeof(a.text) + 1);

    (void)state;
    assert_non_null(link);
    memset(link, 'a', sizeof(a.text));
    link[sizeof(a.text)] = '\0';
    sent.setup.link = link;
    assert_int_equal(request_write(&sent, NULL, &a), -E2BIG);
    link[4096] = '\0';
    assert_int_equal(request_write(&sent, NULL, &a), 0);
    free(link);
}

/* They are written to while they are read. */
static void refuse(const char *argument, int error)
{
    char workload[] = "workload=counter", model[] = "model=locked";
    char results[] = "results_fd=3", copy[256], name[] = "cell";
    char *argv[] = {name, workload, model, results, copy, NULL};
    struct request r = {0};

    snprintf(copy, sizeof(copy), "%s", argument);
    assert_int_equal(request_parse(5, argv, &r), error);
    assert_string_equal(copy, argument);
}

static void test_what_is_not_understood_is_refused(void **state)
{
    (void)state;
    refuse("tasks=7", 0);
    refuse("tasks=", -EINVAL);
    refuse("tasks=7x", -EINVAL);
    refuse("tasks=99999999999999999999", -EINVAL);
    refuse("tasks", -EINVAL);
    refuse("pages=7", -EINVAL); /* of another workload */
    refuse("workload=", -EINVAL);
    refuse("model=nobody", -EINVAL);
    refuse("schema=1", 0);
    refuse("schema=2", -EPROTONOSUPPORT);
    refuse("server=127.0.0.1", -EINVAL);
    refuse("server=:80", -EINVAL);
    refuse("server=[]:80", -EINVAL);
    refuse("server=localhost:80", -EINVAL);
    refuse("server=127.0.0.1:99999x", -EINVAL);
}

static void test_a_report_is_read_as_far_as_it_goes(void **state)
{
    char text[] = "schema=1\nresults_bytes=640\nreal_ns=12.5\nno equals\n"
                  "unknown=1\nround=9\nthreads_left=2\niterations=7\nend=ok\n"
                  "fds_left=3"; /* cut off: it may have been 30 */
    struct sample s = {.round = 3};
    struct cell_report r;

    (void)state;
    cell_parse_report(text, &s, &r);
    assert_int_equal(r.schema, 1);
    assert_int_equal(r.results_bytes, 640);
    assert_true(s.real_ns == 12.5);
    assert_int_equal(s.threads_left, 2);
    assert_int_equal(s.iterations, 7);
    assert_int_equal(s.fds_left, 0);
    assert_int_equal(s.round, 3); /* is not for the process to say */
    assert_true(r.ended);
    assert_int_equal(r.error, 0);
}

static void test_a_report_says_why_there_is_none(void **state)
{
    char gave_up[] = "schema=1\nerror=-11\n", refused[] = "refused=pages=7\n";
    char nothing[] = "";
    struct sample s = {0};
    struct cell_report r;

    (void)state;
    cell_parse_report(gave_up, &s, &r);
    assert_int_equal(r.error, -11);
    assert_false(r.ended);
    cell_parse_report(refused, &s, &r);
    assert_string_equal(r.refused, "refused pages=7");
    cell_parse_report(nothing, &s, &r);
    assert_false(r.ended);
    assert_int_equal(r.schema, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_request_arrives),
        cmocka_unit_test(test_a_request_with_everything_arrives),
        cmocka_unit_test(test_a_server_may_have_an_ipv6_address),
        cmocka_unit_test(test_what_does_not_fit_is_not_sent),
        cmocka_unit_test(test_what_is_not_understood_is_refused),
        cmocka_unit_test(test_a_report_is_read_as_far_as_it_goes),
        cmocka_unit_test(test_a_report_says_why_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
