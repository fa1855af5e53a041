/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sites share a lane. */
#include <stdlib.h>

#include "tests/unit/unit.h"
#include "workloads/web/strands.h"

#define END UINT32_MAX

static void expect_array(const uint32_t *seen, const uint32_t *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen[i], wanted[i]);
}

static void test_one_host_is_dealt_out_in_turn(void **state)
{
    static const uint32_t host[] = {4, 4, 4, 4, 4};
    struct strands s;

    (void)state;
    assert_int_equal(strands_init(&s, host, 5, 2), 0);
    assert_int_equal(s.n, 2);
    expect_array(s.first, (uint32_t[]){0, 1}, 2);
    expect_array(s.next, (uint32_t[]){2, 3, 4, END, END}, 5);
    strands_finish(&s);
}

static void test_hosts_are_apart_however_their_sites_are_mixed(void **state)
{
    static const uint32_t host[] = {1, 0, 1, 0, 1, 2};
    struct strands s;

    (void)state;
    assert_int_equal(strands_init(&s, host, 6, 1), 0);
    assert_int_equal(s.n, 3);
    expect_array(s.first, (uint32_t[]){0, 1, 5}, 3);
    expect_array(s.next, (uint32_t[]){2, 3, 4, END, END, END}, 6);
    strands_finish(&s);
}

static void test_no_limit_needs_no_strands(void **state)
{
    static const uint32_t host[] = {0, 0, 0};
    struct strands s;

    (void)state;
    assert_int_equal(strands_init(&s, host, 3, 0), 0);
    assert_int_equal(s.n, 3);
    assert_null(s.first);
    assert_null(s.next);
    strands_finish(&s);
}

static void test_no_sites_have_no_strands(void **state)
{
    struct strands s;

    (void)state;
    assert_int_equal(strands_init(&s, NULL, 0, 2), 0);
    assert_int_equal(s.n, 0);
    strands_finish(&s);
}

static void test_a_limit_beyond_the_sites_is_none(void **state)
{
    static const uint32_t host[] = {2, 2, 0};
    struct strands s;

    (void)state;
    assert_int_equal(strands_init(&s, host, 3, SIZE_MAX), 0);
    assert_int_equal(s.n, 3);
    expect_array(s.first, (uint32_t[]){0, 1, 2}, 3);
    expect_array(s.next, (uint32_t[]){END, END, END}, 3);
    strands_finish(&s);
}

/* Walks all strands: each site once, in order, and of one host. */
static void walk(const struct strands *s, const uint32_t host[], size_t sites,
                 size_t per_host)
{
    uint32_t *strands = calloc(sites, sizeof(*strands));
    bool *seen = calloc(sites, sizeof(*seen));
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        uint32_t first = s->first[i], before = first;

        assert_true(i == 0 || s->first[i - 1] < first);
        assert_true(++strands[host[first]] <= per_host);
        for (uint32_t site = first; site != END; site = s->next[site]) {
            assert_true(site < sites && !seen[site]);
            assert_true(site >= before);
            assert_int_equal(host[site], host[first]);
            seen[site] = true;
            before = site;
            n++;
        }
    }
    assert_int_equal(n, sites);
    free(strands);
    free(seen);
}

/* As many strands as there may be, and no two of a host differ by over one. */
static void balanced(const struct strands *s, const uint32_t host[],
                     size_t sites, size_t per_host)
{
    size_t *of_host = calloc(sites, sizeof(*of_host)), wanted = 0;

    for (size_t i = 0; i < sites; i++)
        of_host[host[i]]++;
    for (size_t i = 0; i < sites; i++)
        wanted += of_host[i] < per_host ? of_host[i] : per_host;
    assert_int_equal(s->n, wanted);
    for (size_t i = 0; i < s->n; i++) {
        size_t length = 0, h = host[s->first[i]];

        for (uint32_t at = s->first[i]; at != END; at = s->next[at])
            length++;
        assert_true(length >= of_host[h] / per_host || of_host[h] < per_host);
        assert_true(length <= (of_host[h] + per_host - 1) / per_host);
    }
    free(of_host);
}

static void test_every_site_is_in_one_strand_of_its_host(void **state)
{
    enum { SITES = 500 };
    uint32_t host[SITES], random = 1;

    (void)state;
    for (uint32_t hosts = 1; hosts <= SITES; hosts += 83)
        for (size_t per_host = 1; per_host < 9; per_host++) {
            struct strands s;

            for (size_t i = 0; i < SITES; i++) {
                random = random * 1103515245 + 12345;
                host[i] = (random >> 8) % hosts;
            }
            assert_int_equal(strands_init(&s, host, SITES, per_host), 0);
            walk(&s, host, SITES, per_host);
            balanced(&s, host, SITES, per_host);
            strands_finish(&s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_host_is_dealt_out_in_turn),
        cmocka_unit_test(test_hosts_are_apart_however_their_sites_are_mixed),
        cmocka_unit_test(test_no_limit_needs_no_strands),
        cmocka_unit_test(test_no_sites_have_no_strands),
        cmocka_unit_test(test_a_limit_beyond_the_sites_is_none),
        cmocka_unit_test(test_every_site_is_in_one_strand_of_its_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
