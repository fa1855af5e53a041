/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of what can be wrong with a server, and what is said of it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/fault.h"

/* Results name them, and plots show them in this order. */
static const struct {
    const char *name;
    enum outcome outcome;
    int status;
} expected[] = {
    {"not-found", OUTCOME_STATUS, 404},
    {"server-error", OUTCOME_STATUS, 500},
    {"redirect-loop", OUTCOME_TOO_MANY_REDIRECTS, 302},
    {"redirect-scheme", OUTCOME_BAD_REDIRECT, 302},
    {"reset-at-once", OUTCOME_RESET, 0},
    {"empty-reply", OUTCOME_EMPTY, 0},
    {"reset-in-body", OUTCOME_RESET, 200},
    {"short-body", OUTCOME_TRUNCATED, 200},
    {"short-chunks", OUTCOME_TRUNCATED, 200},
    {"bad-chunk", OUTCOME_MALFORMED, 200},
    {"negative-length", OUTCOME_MALFORMED, 0},
    {"two-lengths", OUTCOME_MALFORMED, 0},
    {"not-http", OUTCOME_MALFORMED, 0},
    {"big-header", OUTCOME_TOO_BIG, 0},
    {"big-body", OUTCOME_TOO_BIG, 200},
    {"slow-header", OUTCOME_HEADER_TIMEOUT, 0},
    {"slow-body", OUTCOME_BODY_TIMEOUT, 200},
    {"silent", OUTCOME_HEADER_TIMEOUT, 0},
    {"no-link", OUTCOME_NO_LINK, 200},
    {"no-title", OUTCOME_NO_TITLE, 200},
    {"binary", OUTCOME_NOT_HTML, 200},
    {"refused", OUTCOME_REFUSED, 0},
    {"deaf", OUTCOME_CONNECT_TIMEOUT, 0},
    {"plain", OUTCOME_OK, 200},
    {"chunked", OUTCOME_OK, 200},
    {"until-close", OUTCOME_OK, 200},
    {"no-content", OUTCOME_OK, 204},
    {"redirect", OUTCOME_OK, 200},
};

static void test_the_table_is_what_results_refer_to(void **state)
{
    (void)state;
    assert_int_equal(n_faults, COUNT(expected));
    for (size_t i = 0; i < n_faults; i++) {
        assert_string_equal(faults[i].name, expected[i].name);
        assert_int_equal(faults[i].outcome, expected[i].outcome);
        assert_int_equal(faults[i].status, expected[i].status);
        assert_true(faults[i].what[0]);
        assert_ptr_equal(fault_find(faults[i].name, strlen(faults[i].name)),
                         &faults[i]);
    }
    assert_null(fault_find("plainly", 7));
    assert_null(fault_find("plain", 4));
    assert_null(fault_find("", 0));
    assert_non_null(fault_find("plainly", 5));
}

/* Who waits decides how much he gets; all others get the same. */
static void test_only_a_wait_leaves_the_bytes_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_faults; i++) {
        enum outcome o = faults[i].outcome;
        bool waits = o == OUTCOME_HEADER_TIMEOUT || o == OUTCOME_BODY_TIMEOUT ||
                     o == OUTCOME_CONNECT_TIMEOUT;

        assert_int_equal(!!(faults[i].flags & FAULT_SAME_BYTES), !waits);
        assert_int_equal(!!(faults[i].flags & FAULT_TITLED),
                         o == OUTCOME_OK && faults[i].status == 200);
        /* The origin says something, or ends the talk in some way. */
        assert_int_equal(!faults[i].say && faults[i].end == REPLY_KEEP,
                         faults[i].place != FAULT_ORIGIN);
    }
}

static int ask(const char *target, struct question *ret)
{
    return question_parse(target, strlen(target), ret);
}

static void test_a_question_is_read(void **state)
{
    struct question q;

    (void)state;
    assert_int_equal(ask("/blog/4?seed=5", &q), 0);
    assert_null(q.fault);
    assert_int_equal(q.part, BLOG_FRONT);
    assert_int_equal(q.blog.index, 4);
    assert_int_equal(ask("/article/4?seed=5", &q), 0);
    assert_int_equal(q.part, BLOG_ARTICLE);
    assert_int_equal(ask("/fault/short-body/7?seed=5&latency-ms=6", &q), 0);
    assert_string_equal(q.fault->name, "short-body");
    assert_false(q.next);
    assert_int_equal(q.blog.index, 7);
    assert_int_equal(q.blog.seed, 5);
    assert_int_equal(q.blog.latency_ms, 6);
    assert_int_equal(ask("/fault/redirect/next/7", &q), 0);
    assert_true(q.next);
    assert_int_equal(q.blog.index, 7);
}

static void test_what_is_no_question_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "/page/1",
        "/fault",
        "/fault/",
        "/fault/plain",
        "/fault/plain/",
        "/fault/plain/x",
        "/fault/plain/1x",
        "/fault/plain/1?rate=1",
        "/fault/plain/1?bytes=1048577",
        "/fault/plain/next/1",
        "/fault/redirect/next/",
        "/fault/redirect/next/next/1",
        "/fault/redirect/again/1",
        "/fault//1",
        "/fault/nothing/1",
        "/fault/Plain/1",
        "/fault/refused/1",
        "/fault/deaf/1",
        "/fault/plain/blog/1",
    };
    char longer[400] = "/fault/plain/";

    (void)state;
    memset(longer + 13, '0', sizeof(longer) - 14);
    for (size_t i = 0; i <= COUNT(bad); i++) {
        const char *target = i < COUNT(bad) ? bad[i] : longer;
        struct question q = {.delay_us = 99};

        if (ask(target, &q) != -EINVAL)
            fail_msg("'%s' is a question", target);
        assert_int_equal(q.delay_us, 99);
    }
}

static void test_a_question_needs_no_end(void **state)
{
    static const char target[] = "/fault/redirect/next/12";
    char *exact = malloc(sizeof(target) - 1);
    struct question q;

    (void)state;
    assert_non_null(exact);
    memcpy(exact, target, sizeof(target) - 1);
    assert_int_equal(question_parse(exact, sizeof(target) - 1, &q), 0);
    assert_int_equal(q.blog.index, 12);
    for (size_t len = 0; len < sizeof(target) - 3; len++) {
        char *cut = malloc(len + 1);

        assert_non_null(cut);
        memcpy(cut, target, len);
        assert_int_equal(question_parse(cut, len, &q), -EINVAL);
        free(cut);
    }
    free(exact);
}

/* All that a reply says, each piece from a place of its own. */
static void assert_says(const struct reply *r, const char *text)
{
    size_t len = strlen(text);

    assert_int_equal(reply_len(r, false), len);
    for (size_t at = 0; at < len; at++) {
        size_t piece;
        const char *data = reply_at(r, at, &piece);

        assert_in_range(piece, 1, len - at);
        assert_memory_equal(data, text + at, piece);
    }
}

static void test_a_block_is_said_again_before_the_tail(void **state)
{
    char data[] = "head-block.tail";
    struct reply r = {.data = data, .len = 15, .head_len = 5};

    (void)state;
    assert_says(&r, "head-block.tail");
    assert_int_equal(reply_len(&r, true), 5);
    r.block = 6;
    r.tail = 4;
    assert_says(&r, "head-block.tail");
    r.repeats = 1;
    assert_says(&r, "head-block.block.tail");
    r.repeats = 3;
    assert_says(&r, "head-block.block.block.block.tail");
    r.tail = 0;
    assert_says(&r, "head-block.tailk.tailk.tailk.tail");
    r.block = 1;
    r.tail = 4;
    assert_says(&r, "head-block....tail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_is_what_results_refer_to),
        cmocka_unit_test(test_only_a_wait_leaves_the_bytes_open),
        cmocka_unit_test(test_a_question_is_read),
        cmocka_unit_test(test_what_is_no_question_is_refused),
        cmocka_unit_test(test_a_question_needs_no_end),
        cmocka_unit_test(test_a_block_is_said_again_before_the_tail),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
