/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/utf8.h>

/* Longer names than there are; and how much of a page may say its charset. */
enum { MAX_NAME = 32, MAX_HEAD = 1024 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum coding { CODING_UTF8, CODING_WINDOWS_1252, CODING_OTHER };

struct charset {
    enum coding coding;
    iconv_t other; /* of CODING_OTHER */
    size_t unit;   /* its bytes that are left out when they are no character */
};

/* What browsers mean by a name, where it is not what the C library means. */
static const struct alias {
    const char *name, *meant;
} aliases[] = {
    {"utf8", "utf-8"},
    {"unicode-1-1-utf-8", "utf-8"},
    {"ascii", "windows-1252"},
    {"us-ascii", "windows-1252"},
    {"ansi_x3.4-1968", "windows-1252"},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"l1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"x-cp1252", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"latin5", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"sjis", "cp932"},
    {"x-sjis", "cp932"},
    {"euc-kr", "cp949"},
    {"ks_c_5601-1987", "cp949"},
    {"big5", "big5-hkscs"},
    {"utf-16", "utf-16le"},
};

static const struct mark {
    const char *bytes;
    size_t len;
    const char *charset;
} marks[] = {
    {"\xef\xbb\xbf", 3, "utf-8"},    {"\xff\xfe\0\0", 4, "utf-32le"},
    {"\0\0\xfe\xff", 4, "utf-32be"}, {"\xff\xfe", 2, "utf-16le"},
    {"\xfe\xff", 2, "utf-16be"},
};

static const struct mark *mark_of(const char *data, size_t len)
{
    for (size_t i = 0; i < COUNT(marks); i++)
        if (len >= marks[i].len && !memcmp(data, marks[i].bytes, marks[i].len))
            return &marks[i];
    return NULL;
}

bool charset_is_wide(const char *data, size_t len)
{
    const struct mark *mark = mark_of(data, len);

    return mark && strcmp(mark->charset, "utf-8") != 0;
}

/* Whether anyone knows the charset of this name; it is open then. */
static bool choose(const char *name, struct charset *ret)
{
    if (!*name)
        return false;
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (!strcasecmp(name, aliases[i].name))
            name = aliases[i].meant;
    if (!strcasecmp(name, "utf-8")) {
        ret->coding = CODING_UTF8;
    } else if (!strcasecmp(name, "windows-1252")) {
        ret->coding = CODING_WINDOWS_1252;
    } else {
        iconv_t other = iconv_open("UTF-8", name);

        if (other == (iconv_t)-1)
            return false;
        ret->coding = CODING_OTHER;
        ret->other = other;
        ret->unit = !strncasecmp(name, "utf-16", 6)   ? 2
                    : !strncasecmp(name, "utf-32", 6) ? 4
                                                      : 1;
    }
    return true;
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(end - at) >= len && !strncasecmp(at, word, len);
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && *at && strchr(" \t\r\n\f", *at))
        at++;
    return at;
}

/* The name that stands there, perhaps in quotes; "" is none. */
static void read_name(const char *at, const char *end, char out[MAX_NAME])
{
    size_t n = 0;

    if (at < end && (*at == '"' || *at == '\''))
        at++;
    for (; at < end && n < MAX_NAME; at++) {
        if (!isalnum((unsigned char)*at) && (!*at || !strchr("-_.:", *at)))
            break;
        out[n++] = *at;
    }
    out[n < MAX_NAME ? n : 0] = '\0';
}

/* The name behind the first "charset="; "" is none. */
static void find_name(const char *at, const char *end, char out[MAX_NAME])
{
    char before = ' ';

    for (; at < end; before = *at++) {
        const char *value;

        if (!begins(at, end, "charset") || before == '-' ||
            isalnum((unsigned char)before))
            continue;
        value = skip_space(at + strlen("charset"), end);
        if (value == end || *value != '=')
            continue;
        read_name(skip_space(value + 1, end), end, out);
        return;
    }
    out[0] = '\0';
}

static bool choose_type(const char *type, struct charset *ret)
{
    const char *end = type + strlen(type);
    char name[MAX_NAME];

    find_name(type + strcspn(type, ";"), end, name);
    return choose(name, ret);
}

static bool choose_mark(const char *data, size_t len, struct charset *ret)
{
    const struct mark *mark = mark_of(data, len);

    return mark && choose(mark->charset, ret);
}

static const char *find(const char *at, const char *end, const char *word)
{
    const char *found = memmem(at, (size_t)(end - at), word, strlen(word));

    return found ? found : end;
}

static bool choose_meta(const char *data, size_t len, struct charset *ret)
{
    const char *at = data, *end = data + (len < MAX_HEAD ? len : MAX_HEAD);
    char name[MAX_NAME];

    for (; (at = find(at, end, "<")) < end; at++) {
        if (begins(at, end, "<!--")) {
            at = find(at, end, "-->");
        } else if (begins(at, end, "<meta")) {
            find_name(at, find(at, end, ">"), name);
            /* What can be read here in ASCII is not UTF-16. */
            if (!strncasecmp(name, "utf-16", 6))
                strcpy(name, "utf-8");
            if (choose(name, ret))
                return true;
        }
        if (at == end)
            break;
    }
    return false;
}

/* How many of the bytes are ASCII, from the first on; eight at once. */
static size_t count_ascii(const char *data, size_t len)
{
    size_t n = 0;
    uint64_t eight;

    for (; len - n >= sizeof(eight); n += sizeof(eight)) {
        memcpy(&eight, data + n, sizeof(eight));
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    while (n < len && (unsigned char)data[n] < 0x80)
        n++;
    return n;
}

/*
 * How many of the bytes are UTF-8, from the first on, and how many of the next
 * ones are one U+FFFD: the beginning of a character, or a byte of none.
 */
static size_t count_utf8(const char *data, size_t len, size_t *ret_bad)
{
    size_t n = 0, next;
    UChar32 c;

    for (;;) {
        n += count_ascii(data + n, len - n);
        next = n;
        if (n == len)
            break;
        U8_NEXT(data, next, len, c);
        if (c < 0)
            break;
        n = next;
    }
    *ret_bad = next - n;
    return n;
}

static bool is_utf8(const char *data, size_t len)
{
    size_t bad;

    return count_utf8(data, len, &bad) == len;
}

/* NULs are left out: the HTML parser would take one for the end. */
static void add(struct utf8 *text, const char *data, size_t len)
{
    const char *nul;

    for (; (nul = memchr(data, '\0', len)); data = nul + 1) {
        memcpy(text->own + text->len, data, (size_t)(nul - data));
        text->len += (size_t)(nul - data);
        len -= (size_t)(nul - data) + 1;
    }
    memcpy(text->own + text->len, data, len);
    text->len += len;
}

static int allocate(struct utf8 *text, size_t size)
{
    text->own = malloc(size ? size : 1);
    text->data = text->own;
    text->len = 0;
    return text->own ? 0 : -ENOMEM;
}

uint32_t charset_windows_1252(uint32_t c)
{
    /* From 0x80 on; five of them mean what they mean in Unicode. */
    static const uint16_t odd[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
        0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
        0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

    return c >= 0x80 && c < 0xa0 ? odd[c - 0x80] : c;
}

/* How many of the bytes are fit, and how many of the next ones are one other.
 */
static size_t count_fit(enum coding coding, const char *data, size_t len,
                        size_t *ret_other)
{
    *ret_other = 1;
    return coding == CODING_UTF8 ? count_utf8(data, len, ret_other)
                                 : count_ascii(data, len);
}

static int decode(enum coding coding, const char *data, size_t len,
                  struct utf8 *ret)
{
    size_t other, n = count_fit(coding, data, len, &other);
    char character[U8_MAX_LENGTH];

    *ret = (struct utf8){.data = data, .len = len};
    if (n == len && !memchr(data, '\0', len))
        return 0;
    if (allocate(ret, 3 * len))
        return -ENOMEM;
    for (;;) {
        size_t size = 0;

        add(ret, data, n);
        if (n == len)
            return 0;
        U8_APPEND_UNSAFE(character, size,
                         coding == CODING_UTF8
                             ? 0xfffd
                             : charset_windows_1252((unsigned char)data[n]));
        add(ret, character, size);
        data += n + other;
        len -= n + other;
        n = count_fit(coding, data, len, &other);
    }
}

/* What the C library converts is not longer than four times. */
static int decode_other(const struct charset *c, const char *data, size_t len,
                        struct utf8 *ret)
{
    char *in = (char *)data, *out;
    size_t left = len, size = 4 * len + 4, room = size;
    struct utf8 text;
    int error;

    if (allocate(&text, size))
        return -ENOMEM;
    out = text.own;
    while (iconv(c->other, &in, &left, &out, &room) == (size_t)-1 &&
           errno != E2BIG && left > 0 && room >= 3) {
        size_t skip = left < c->unit ? left : c->unit;

        memcpy(out, "\xef\xbf\xbd", 3);
        out += 3;
        room -= 3;
        in += skip;
        left -= skip;
    }
    /* It has NULs, and is not quite UTF-8 in some charsets. */
    error = decode(CODING_UTF8, text.own, size - room, ret);
    if (!error && !ret->own)
        ret->own = text.own;
    else
        free(text.own);
    return error;
}

int charset_decode(const char *data, size_t len, const char *type,
                   struct utf8 *ret)
{
    const struct mark *mark = mark_of(data, len);
    struct charset charset = {.coding = CODING_WINDOWS_1252};
    int error;

    if (!choose_type(type, &charset) && !choose_mark(data, len, &charset) &&
        !choose_meta(data, len, &charset) && is_utf8(data, len))
        charset.coding = CODING_UTF8;
    if (mark) {
        data += mark->len;
        len -= mark->len;
    }
    if (charset.coding != CODING_OTHER)
        return decode(charset.coding, data, len, ret);
    error = decode_other(&charset, data, len, ret);
    iconv_close(charset.other);
    return error;
}
