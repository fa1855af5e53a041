/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies in gzip and deflate, whole, cut, broken and without end. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/unit/unit.h"
#include "workloads/web/decoding.h"

enum { RAW = -MAX_WBITS, WRAPPED = MAX_WBITS, GZIP = 16 + MAX_WBITS };
enum { MAX = 4 << 20 };

static unsigned char coded[8 << 20];

/* Appends a member; the length then. */
static size_t encode(int bits, const void *data, size_t len, size_t at)
{
    z_stream z = {.next_in = (unsigned char *)data,
                  .avail_in = (unsigned)len,
                  .next_out = coded + at,
                  .avail_out = (unsigned)(sizeof(coded) - at)};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 9, 0), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return at + z.total_out;
}

struct result {
    enum decoded decoded;
    size_t len, pieces;
};

/* The bytes are in a block of their own, so that a read beyond is caught. */
static struct result decode(enum coding coding, size_t len, const char *wanted)
{
    char *block = malloc(len), *out;
    struct result r = {.decoded = DECODED_MORE};
    struct decoding *d;

    memcpy(block, coded, len);
    d = decoding_create(coding, block, len, MAX);
    assert_non_null(d);
    for (; r.decoded == DECODED_MORE; r.pieces++)
        r.decoded = decoding_work(d);
    out = decoding_take(d, &r.len);
    if (wanted) {
        assert_int_equal(r.decoded, DECODED_DONE);
        assert_int_equal(r.len, strlen(wanted));
        assert_memory_equal(out, wanted, r.len);
    }
    free(out);
    decoding_destroy(d);
    free(block);
    return r;
}

static void test_each_coding_has_its_formats(void **state)
{
    static const char text[] = "<h3><a href='/a'>x</a></h3>";
    size_t len = strlen(text);

    (void)state;
    decode(CODING_GZIP, encode(GZIP, text, len, 0), text);
    decode(CODING_DEFLATE, encode(WRAPPED, text, len, 0), text);
    decode(CODING_DEFLATE, encode(RAW, text, len, 0), text);
    decode(CODING_GZIP, encode(GZIP, text, 0, 0), "");
}

static void test_members_follow_one_another_and_rubbish_is_ignored(void **state)
{
    size_t len = encode(GZIP, "one", 3, 0);

    (void)state;
    len = encode(GZIP, "two", 3, len);
    decode(CODING_GZIP, len, "onetwo");
    memset(coded + len, 0, 512);
    decode(CODING_GZIP, len + 512, "onetwo");
    memset(coded + len, 'x', 512);
    decode(CODING_GZIP, len + 512, "onetwo");
    decode(CODING_DEFLATE, encode(RAW, "one", 3, 0) + 100, "one");
}

/* At each byte; and each byte changed, which the checksum may find. */
static void test_what_is_cut_or_broken_is_told(void **state)
{
    static const char text[] = "a page that is long enough for a block, a page";
    static const int bits[] = {RAW, WRAPPED, GZIP};
    size_t len;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        len = encode(bits[i], text, strlen(text), 0);

        for (size_t cut = bits[i] == WRAPPED ? 2 : 1; cut < len; cut++)
            assert_int_equal(
                decode(i < 2 ? CODING_DEFLATE : CODING_GZIP, cut, NULL).decoded,
                DECODED_CUT);
    }
    for (size_t at = 10; at < len; at++) {
        encode(GZIP, text, strlen(text), 0);
        coded[at] ^= 0x41;
        assert_int_not_equal(decode(CODING_GZIP, len, NULL).decoded,
                             DECODED_DONE);
    }
    memcpy(coded, text, strlen(text));
    assert_int_equal(decode(CODING_GZIP, strlen(text), NULL).decoded,
                     DECODED_BROKEN);
}

static void test_a_bomb_ends_at_the_bound(void **state)
{
    char *zeros = calloc(1, 64 << 20);
    struct result r;

    (void)state;
    r = decode(CODING_GZIP, encode(GZIP, zeros, 64 << 20, 0), NULL);
    assert_int_equal(r.decoded, DECODED_TOO_BIG);
    assert_int_equal(r.len, MAX + 1);
    r = decode(CODING_GZIP, encode(GZIP, zeros, MAX, 0), NULL);
    assert_int_equal(r.decoded, DECODED_DONE);
    assert_int_equal(r.len, MAX);
    assert_true(r.pieces >= 16);
    r = decode(CODING_GZIP, encode(GZIP, zeros, MAX + 1, 0), NULL);
    assert_int_equal(r.decoded, DECODED_TOO_BIG);
    free(zeros);
}

/* Members and blocks without data: 4 MiB of them decode to nothing. */
static void test_no_bytes_take_long_in_one_piece(void **state)
{
    size_t member = encode(GZIP, "", 0, 0), len = member;
    struct result r;

    (void)state;
    for (; len + member <= MAX; len += member)
        memcpy(coded + len, coded, member);
    r = decode(CODING_GZIP, len, NULL);
    assert_int_equal(r.decoded, DECODED_DONE);
    assert_int_equal(r.len, 0);
    assert_true(r.pieces >= MAX / (16 << 10));
    for (len = 0; len + 5 <= MAX; len += 5)
        memcpy(coded + len, "\0\0\0\xff\xff", 5);
    r = decode(CODING_DEFLATE, len, NULL);
    assert_int_equal(r.decoded, DECODED_CUT);
    assert_true(r.pieces >= MAX / (16 << 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_coding_has_its_formats),
        cmocka_unit_test(
            test_members_follow_one_another_and_rubbish_is_ignored),
        cmocka_unit_test(test_what_is_cut_or_broken_is_told),
        cmocka_unit_test(test_a_bomb_ends_at_the_bound),
        cmocka_unit_test(test_no_bytes_take_long_in_one_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
