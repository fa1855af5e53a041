/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes in any encoding: what comes of them is UTF-8 without NULs; it says
 * the same again, and can be written in the encoding.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/charset.h"

const char *const fuzz_seeds[] = {
    "0<?xml encoding='koi8-r'?><!-- <meta> --><meta charset=x>\xf0",
    "1<meta http-equiv=content-type content='charset=\"gbk\"'>\xc4\xe3\x80",
    "2\x1b$B$\"\x1b(J\\~\x1b(I1\x1b(B",
    "3\x88\x62\x81\x40\xc2\xa5",
    "4<script><meta charset=a></script><title a='b'>\xff\xfe",
    "5\x81\x30\x81\x30\x84\x31\xa4\x37",
    "6\xff\xfe\x3d\xd8\x00\xde",
    "7\xfe\xff\xd8\x3d",
    NULL,
};

/* The first byte chooses. */
static const char *const types[] = {
    "",
    "text/html; x=\"y;charset=z\"; charset",
    "x;charset=iso-2022-jp",
    "x;charset=big5",
    "x;charset='shift_jis'",
    "x;charset=gb18030",
    "x;charset=windows-1255",
    "x;charset=utf-16be",
    "x;charset=euc-jp",
    "x;charset=euc-kr",
    "x;charset=x-user-defined",
    "x;charset=utf-8",
    "x;charset=replacement",
    "x;charset=gbk",
    "x;charset=koi8-u",
};

static void check_encode(const struct utf8 *text)
{
    char out[64];

    for (size_t size = 0; size <= sizeof(out); size += 16) {
        size_t len = text->len < 1000 ? text->len : 0;
        long written = encoding_encode(text->from, text->data, len, out, size);

        FUZZ_CHECK(written >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t n = sizeof(types) / sizeof(types[0]);
    struct utf8 text, again;
    /* A block of its own, so that a read beyond it is caught. */
    char *page = malloc(size ? size : 1);

    FUZZ_CHECK(page);
    if (size == 0) {
        free(page);
        return 0;
    }
    memcpy(page, data, size);
    memmove(page, page + 1, size - 1);
    page = realloc(page, size - 1 ? size - 1 : 1);
    FUZZ_CHECK(page);
    FUZZ_CHECK(!charset_decode(page, size - 1, types[data[0] % n], &text));
    FUZZ_CHECK(encoding_is_valid_utf8(text.data, text.len));
    FUZZ_CHECK(!memchr(text.data, '\0', text.len));
    FUZZ_CHECK(text.own || text.len <= size - 1);
    FUZZ_CHECK(!encoding_decode(encoding_utf8(), text.data, text.len, &again));
    FUZZ_CHECK(!again.own && again.len == text.len);
    check_encode(&text);
    free(text.own);
    free(page);
    return 0;
}
