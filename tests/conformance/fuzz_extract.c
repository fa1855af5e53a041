/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as a page: what is found can be shown and stored, however little
 * room there is, and is found again.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/extract.h"

const char *const fuzz_seeds[] = {
    "00000000<!DOCTYPE html><title> a \n &amp; b </title><h3><a href=' /x '>",
    "11111111<base href=/b><meta charset=koi8-r><h3><a href=x>\xf0\xd2</h3>",
    "22222222<title>&#146;&#x85;\xfc</title><div><div><p>\x80\x81<!-- -->",
    "33333333\xff\xfe<\xc3\xbc",
    NULL,
};

/* Which of these it is, the first bytes choose. */
static const char *const patterns[] = {
    "/html/head/title", "//h3/a/@href",           "//a/@href", "//p",
    "string(/)",        "//comment() | //text()", "count(//*)"};
static const char *const types[] = {
    "text/html",
    "",
    "text/html; charset=utf-8",
    "text/html; charset=iso-8859-1",
    "text/html; charset=shift_jis",
    "text/html; charset=utf-16",
    "application/xhtml+xml",
    "image/png",
};
static const size_t rooms[] = {256, 1, 2, 3, 4, 5, 8, 64};

#define PICK(array, choice) array[(choice) % (sizeof(array) / sizeof(array[0]))]

/* The length of the character at `at`, which must be one. */
static size_t check_character(const unsigned char *at)
{
    unsigned code;
    size_t len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    FUZZ_CHECK(at[0] < 0x80 || (at[0] >= 0xc2 && at[0] < 0xf5));
    code = len == 1 ? at[0] : at[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        FUZZ_CHECK((at[i] & 0xc0) == 0x80);
        code = code << 6 | (at[i] & 0x3fu);
    }
    FUZZ_CHECK(code >= (len == 4 ? 0x10000u : len == 3 ? 0x800u : 0));
    FUZZ_CHECK(code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
    return len;
}

static void check_characters(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at)
        at += check_character(at);
}

static void check_text(const char *text)
{
    char last = ' ';

    check_characters(text);
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;

        FUZZ_CHECK(c >= ' ' && c != 0x7f);
        FUZZ_CHECK(c != ' ' || last != ' ');
        FUZZ_CHECK(c != 0xc2 || (unsigned char)at[1] >= 0xa0);
        last = *at;
    }
    FUZZ_CHECK(last != ' ');
}

static void check_link(const char *link)
{
    check_characters(link);
    FUZZ_CHECK(!*link || (unsigned char)*link > ' ');
    FUZZ_CHECK(!*link || (unsigned char)link[strlen(link) - 1] > ' ');
}

/* With little room the same is found, cut off. */
static void try_text(const struct markup *m, const char *pattern, size_t room,
                     enum extract *ret)
{
    static char whole[16384];
    char *cut = malloc(room);
    enum extract result;

    FUZZ_CHECK(cut);
    *ret = extract_text(m, pattern, whole, sizeof(whole));
    result = extract_text(m, pattern, cut, room);
    if (*ret == EXTRACT_FOUND) {
        FUZZ_CHECK(strnlen(whole, sizeof(whole)) < sizeof(whole));
        FUZZ_CHECK(*whole);
        check_text(whole);
        /* There is always room for one character. */
        FUZZ_CHECK(result == EXTRACT_FOUND ||
                   (result == EXTRACT_NOTHING && room < 5));
    } else {
        FUZZ_CHECK(result == *ret);
        FUZZ_CHECK(*ret != EXTRACT_TOO_LONG);
    }
    if (result == EXTRACT_FOUND) {
        FUZZ_CHECK(strnlen(cut, room) < room);
        check_text(cut);
        FUZZ_CHECK(!strncmp(whole, cut, strlen(cut)));
    }
    free(cut);
}

static enum extract try_link(const struct markup *m, const char *pattern,
                             size_t room)
{
    char *link = malloc(room), *base = malloc(room);
    enum extract result;

    FUZZ_CHECK(link && base);
    result = extract_link(m, pattern, link, room, base, room);
    if (result == EXTRACT_FOUND) {
        FUZZ_CHECK(strnlen(link, room) < room && *link);
        FUZZ_CHECK(strnlen(base, room) < room);
        check_link(link);
        check_link(base);
    }
    free(link);
    free(base);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *pattern, *type;
    struct markup page;
    enum extract text, link;
    char *block;
    size_t room;

    if (size < 8)
        return 0;
    extract_init();
    pattern = PICK(patterns, data[0]);
    type = PICK(types, data[1]);
    room = PICK(rooms, data[2]);
    /* A block of its own, so that a read beyond it is caught. */
    block = malloc(size - 8 + 1);
    FUZZ_CHECK(block);
    memcpy(block + 1, data + 8, size - 8);
    page = (struct markup){block + 1, size - 8, type};
    try_text(&page, pattern, room, &text);
    link = try_link(&page, pattern, room);
    FUZZ_CHECK((text == EXTRACT_NOT_HTML) == (link == EXTRACT_NOT_HTML));
    FUZZ_CHECK((text == EXTRACT_TOO_BIG) == (link == EXTRACT_TOO_BIG));
    FUZZ_CHECK(text != EXTRACT_NO_MEMORY && link != EXTRACT_NO_MEMORY);
    /* What a terminal does not show may stand in a link. */
    if (link == EXTRACT_NOTHING)
        FUZZ_CHECK(text == EXTRACT_NOTHING);
    FUZZ_CHECK(page.len > 0 || text != EXTRACT_FOUND);
    free(block);
    return 0;
}
