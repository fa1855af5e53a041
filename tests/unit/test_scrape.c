/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `baton scrape` knows of hosts, and what it lets a terminal see. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/scrape.h"
#include "harness/results/clean.h"
#include "tests/unit/unit.h"
#include "workloads/kinds/layers.h"

static struct url url_of(const char *text)
{
    struct url url;

    assert_int_equal(url_parse(text, &url), URL_OK);
    return url;
}

static void assert_server(const struct dial *d, const char *address,
                          unsigned port)
{
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const void *)&d->peer;
    const struct sockaddr_in6 *v6 = (const void *)&d->peer;
    bool is_v6 = d->peer.ss_family == AF_INET6;

    inet_ntop(d->peer.ss_family,
              is_v6 ? (const void *)&v6->sin6_addr : &v4->sin_addr, text,
              sizeof(text));
    assert_string_equal(text, address);
    assert_int_equal(ntohs(is_v6 ? v6->sin6_port : v4->sin_port), port);
}

static void read_servers(struct dns_servers *s, const char *text)
{
    char path[] = "/tmp/baton-resolv-XXXXXX";
    int fd = mkstemp(path);

    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    *s = (struct dns_servers){0};
    servers_read(s, path);
    unlink(path);
}

static void test_name_servers_are_those_of_the_file(void **state)
{
    struct dns_servers s;

    (void)state;
    read_servers(&s, "# nameserver 1.2.3.4\nsearch example.org\n"
                     "nameserver 192.0.2.1\n nameserver\t2001:db8::1\n"
                     "nameserver x\nnameserver 192.0.2.2 # last\n"
                     "nameserver 192.0.2.3\n");
    assert_int_equal(s.n, DNS_SERVERS);
    assert_server(&s.servers[0], "192.0.2.1", 53);
    assert_server(&s.servers[1], "2001:db8::1", 53);
    assert_server(&s.servers[2], "192.0.2.2", 53);
    read_servers(&s, "options ndots:2\n");
    assert_int_equal(s.n, 1);
    assert_server(&s.servers[0], "127.0.0.1", 53);
    s.n = 0;
    servers_read(&s, "/nonexistent/resolv.conf");
    assert_int_equal(s.n, 1);
}

static void test_a_host_is_its_scheme_and_authority(void **state)
{
    static const char *const urls[] = {"http://a/x", "http://a:80/y",
                                       "http://A/z", "http://a:81/",
                                       "http://b/",  "https://a/"};
    static const uint32_t wanted[] = {0, 0, 0, 1, 2, 3};
    struct hosts h = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct url url = url_of(urls[i]);
        const struct host *host = hosts_add(&h, &url);

        assert_non_null(host);
        assert_int_equal(host->index, wanted[i]);
        assert_ptr_equal(hosts_add(&h, &url), host);
    }
    assert_int_equal(h.n, 4);
    hosts_finish(&h);
}

static void test_what_a_terminal_does_not_obey_stays(void **state)
{
    static const struct {
        const char *text, *clean, *ascii;
    } cases[] = {
        {"", "", ""},
        {"plain ~", "plain ~", "plain ~"},
        {"\x1b[31m\a\b\t\n\x7f", "?[31m?????", "?[31m?????"},
        {"\u0152uvre \u2026 \U0001f600", "\u0152uvre \u2026 \U0001f600",
         "?uvre ? ?"},
        {"a\xc2\x9b"
         "31m",
         "a??31m", "a??31m"},
        {"a\x9b"
         "31m",
         "a?31m", "a?31m"},
        {"\xc2", "?", "?"},
        {"\xe2\x80", "??", "??"},
        {"\xc0\xaf", "??", "??"},
        {"\xe0\x80\xaf", "???", "???"},
        {"\xed\xa0\x80", "???", "???"},
        {"\xf0\x80\x80\x80", "????", "????"},
        {"\xf4\x90\x80\x80", "????", "????"},
        {"\xf8\x88\x80\x80\x80", "?????", "?????"},
        {"\xff\xfe", "??", "??"},
        {"\xef\xbf\xbd \xef\xbf\xbe \xef\xbf\xbf", "\xef\xbf\xbd ??? ???",
         "? ??? ???"},
    };
    char room[64];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(
            clean_text(cases[i].text, false, room, sizeof(room)),
            cases[i].clean);
        assert_string_equal(clean_text(cases[i].text, true, room, sizeof(room)),
                            cases[i].ascii);
    }
}

static void test_what_is_too_long_ends_before_a_character(void **state)
{
    char room[8];

    (void)state;
    assert_string_equal(clean_text("1234567", false, room, sizeof(room)),
                        "1234567");
    assert_string_equal(clean_text("12345678", false, room, sizeof(room)),
                        "1234567");
    assert_string_equal(clean_text("12345\u00e9", false, room, sizeof(room)),
                        "12345\u00e9");
    assert_string_equal(clean_text("123456\u00e9", false, room, sizeof(room)),
                        "123456");
    assert_string_equal(clean_text("123456\u00e9", true, room, sizeof(room)),
                        "123456?");
}

/* Passes of models that do as they like with the results. */

enum { SITES = 4 };

static struct journal *journal_of(const struct connections *work)
{
    return work->conns[0].layers->journal;
}

static void end_site(struct journal *j, uint32_t site, const char *title)
{
    journal_begin(j);
    j->rows[site].end_ns = 1;
    strcpy(scraping_rows(j)[site].title, title);
    scraping_rows(j)[site].pages = 2;
    journal_finish(j, site);
}

static int do_all(struct connections *work)
{
    for (uint32_t i = SITES; i-- > 0;)
        end_site(journal_of(work), i, "title");
    return 0;
}

static int give_up(struct connections *work)
{
    end_site(journal_of(work), 2, "title");
    return -EAGAIN;
}

static int lose_worker(struct connections *work)
{
    end_site(journal_of(work), 2, "title");
    return -ECHILD;
}

static int do_half(struct connections *work)
{
    end_site(journal_of(work), 1, "title");
    return 0;
}

/* Dies between taking its place in the order and filling it. */
static int leave_a_hole(struct connections *work)
{
    journal_of(work)->finished++;
    end_site(journal_of(work), 3, "after the hole");
    raise(SIGKILL);
    return 0;
}

static int scribble(struct connections *work)
{
    struct journal *j = journal_of(work);
    struct scraped *scraped = scraping_rows(j);
    _Atomic uint32_t *order = journal_order(j);

    for (uint32_t i = 0; i < SITES; i++) {
        memset(&scraped[i], 0xff, sizeof(scraped[i]));
        memset(&j->rows[i], 0xff, sizeof(j->rows[i]));
    }
    order[0] = UINT32_MAX;
    order[1] = order[2] = 1;
    order[3] = SITES + 1;
    j->pages = UINT32_MAX;
    raise(SIGKILL);
    return 0;
}

static int leave(struct connections *work)
{
    end_site(journal_of(work), 0, "title");
    _exit(3);
}

struct arrivals {
    uint32_t sites[SITES + 1];
    size_t n;
};

static void note(void *context, uint32_t site)
{
    struct arrivals *a = context;

    assert_true(a->n < SITES);
    a->sites[a->n++] = site;
}

static bool go_on(void *context)
{
    (void)context;
    return true;
}

static bool stop(void *context)
{
    return ((struct arrivals *)context)->n == 0;
}

/* A pass over four sites that nobody dials. */
struct trial {
    struct task task;
    struct model model;
    struct arrivals arrivals;
    struct pass pass;
};

static void try_model(struct trial *t, int (*run)(struct connections *work))
{
    struct url url = url_of("http://127.0.0.1/");

    *t = (struct trial){
        .task = {.lanes = 1, .link = SCRAPING_LINK, .title = SCRAPING_TITLE},
        .model = {.name = "it", .connections = {.run = run}},
        .pass = {.arrived = note, .turn = go_on},
    };
    t->task.list.targets = calloc(SITES, sizeof(struct target));
    t->task.list.n = t->task.strands.n = SITES;
    for (size_t i = 0; i < SITES; i++)
        t->task.list.targets[i] =
            (struct target){strdup(url.text), hosts_add(&t->task.hosts, &url)};
    t->pass.task = &t->task;
    t->pass.model = &t->model;
    t->pass.context = &t->arrivals;
}

static void end_trial(struct trial *t)
{
    pass_finish(&t->pass);
    list_finish(&t->task.list);
    hosts_finish(&t->task.hosts);
}

/* `found` sites, and all others of one class. */
static void expect_pass(int (*run)(struct connections *work), enum pass_end end,
                        const char *why, size_t found, enum outcome rest)
{
    struct trial t;

    try_model(&t, run);
    assert_int_equal(pass_run(&t.pass), 0);
    assert_int_equal(t.pass.end, end);
    assert_true(matches(t.pass.why, why));
    assert_int_equal(t.pass.found, found);
    assert_int_equal(t.arrivals.n, found);
    assert_int_equal(t.pass.by[rest], SITES - found);
    for (uint32_t i = 0; i < SITES; i++) {
        struct result s = pass_result(&t.pass, i);

        assert_int_equal(s.outcome, s.tried ? OUTCOME_OK : rest);
        assert_int_equal(s.title[0] != '\0', s.tried);
    }
    end_trial(&t);
}

static void test_how_a_model_ends_decides_on_the_rest(void **state)
{
    (void)state;
    expect_pass(do_all, PASS_DONE, "^$", 4, OUTCOME_CANCELLED);
    expect_pass(give_up, PASS_GAVE_UP, "^gave up: ", 1, OUTCOME_LOCAL_LIMIT);
    expect_pass(lose_worker, PASS_BROKE,
                "^lost a worker, which crashed or was killed$", 1,
                OUTCOME_CANCELLED);
    expect_pass(do_half, PASS_BROKE, "^ended after 1 of 4 sites$", 1,
                OUTCOME_CANCELLED);
    expect_pass(leave, PASS_BROKE, "^ended with exit status 3$", 1,
                OUTCOME_CANCELLED);
    expect_pass(leave_a_hole, PASS_BROKE, "^crashed: signal 9 ", 1,
                OUTCOME_CANCELLED);
}

static void test_sites_arrive_in_the_order_in_which_they_end(void **state)
{
    struct trial t;

    (void)state;
    try_model(&t, do_all);
    assert_int_equal(pass_run(&t.pass), 0);
    for (uint32_t i = 0; i < SITES; i++)
        assert_int_equal(t.arrivals.sites[i], SITES - 1 - i);
    end_trial(&t);
}

/* What it wrote is not believed, but shown. */
static void test_a_model_that_scribbles_harms_nobody(void **state)
{
    struct trial t;
    struct result s;

    (void)state;
    try_model(&t, scribble);
    assert_int_equal(pass_run(&t.pass), 0);
    assert_int_equal(t.pass.end, PASS_BROKE);
    assert_int_equal(t.arrivals.n, 1);
    s = pass_result(&t.pass, 0);
    assert_int_equal(s.outcome, OUTCOME_OTHER);
    assert_int_equal(strlen(s.title), SCRAPING_MAX_TITLE - 1);
    assert_int_equal(strlen(s.article), URL_MAX - 1);
    assert_int_equal(t.pass.by[OUTCOME_CANCELLED], SITES - 1);
    end_trial(&t);
}

static int wait_for_ever(struct connections *work)
{
    end_site(journal_of(work), 1, "title");
    while (pause() < 0) {
    }
    return 0;
}

static void test_a_pass_that_is_stopped_ends_at_once(void **state)
{
    struct trial t;

    (void)state;
    try_model(&t, wait_for_ever);
    t.pass.turn = stop;
    assert_int_equal(pass_run(&t.pass), 0);
    assert_int_equal(t.pass.end, PASS_STOPPED);
    assert_int_equal(t.pass.found, 1);
    assert_int_equal(t.pass.by[OUTCOME_CANCELLED], SITES - 1);
    end_trial(&t);
}

static int do_without_titles(struct connections *work)
{
    struct journal *j = journal_of(work);

    for (uint32_t i = 0; i < SITES; i++)
        end_site(j, i, "");
    scraping_rows(j)[0].pages = 1;
    return 0;
}

/* 204 is a success, which is no title. */
static void test_without_a_title_nothing_was_found(void **state)
{
    struct trial t;

    (void)state;
    try_model(&t, do_without_titles);
    assert_int_equal(pass_run(&t.pass), 0);
    assert_int_equal(pass_result(&t.pass, 0).outcome, OUTCOME_NO_LINK);
    assert_int_equal(pass_result(&t.pass, 1).outcome, OUTCOME_NO_TITLE);
    end_trial(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_servers_are_those_of_the_file),
        cmocka_unit_test(test_a_host_is_its_scheme_and_authority),
        cmocka_unit_test(test_what_a_terminal_does_not_obey_stays),
        cmocka_unit_test(test_what_is_too_long_ends_before_a_character),
        cmocka_unit_test(test_how_a_model_ends_decides_on_the_rest),
        cmocka_unit_test(test_sites_arrive_in_the_order_in_which_they_end),
        cmocka_unit_test(test_a_model_that_scribbles_harms_nobody),
        cmocka_unit_test(test_a_pass_that_is_stopped_ends_at_once),
        cmocka_unit_test(test_without_a_title_nothing_was_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
