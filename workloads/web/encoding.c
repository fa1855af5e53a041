/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/encoding.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/utf.h>

#define COUNT(array)         (sizeof(array) / sizeof((array)[0]))
#define PATCHES(kind, array) .kind = (array), .n_##kind = COUNT(array)

enum { PIECE = 1024, NONE = 0xfffd };

/*
 * `from` and the next n - 1 become `to` and the next, before `then` if that is
 * not 0; or all of them NONE.
 */
struct patch {
    uint16_t from, n, to, then;
};

/*
 * Where ICU differs from the standard: characters that it gives, and bytes, one
 * or a pair, in which it finds no character.
 */
struct encoding {
    const char *name, *icu, *labels;
    const struct patch *characters, *bytes;
    size_t n_characters, n_bytes;
};

static const struct patch big5_chars[] = {
    {0xf303, 5, 0x31c0},      {0xf309, 1, 0x31c5},
    {0xf30c, 2, 0x31c6},      {0xf310, 1, 0x31c8},
    {0xf312, 4, 0x31c9},      {0xf317, 2, 0x31cd},
    {0xf325, 1, 0xca, 0x304}, {0xf327, 1, 0xca, 0x30c},
    {0xf344, 1, 0xea, 0x304}, {0xf346, 1, 0xea, 0x30c},
    {0xf34a, 2, 0x23da},      {0xf57a, 1, 0x9fa6},
    {0xf5a4, 1, 0x9fa7},      {0xf5ab, 1, 0x9fa8},
    {0xf5cc, 1, 0x9fa9},      {0xf5ce, 1, 0x9faa},
    {0xf5d0, 1, 0x9fab},      {0xf5d5, 1, 0x9fac},
    {0xf5ec, 2, 0x9fad},      {0xf5ef, 1, 0x9faf},
    {0xf602, 1, 0x9fb2},      {0xf61c, 1, 0x9fb3},
    {0xf7e5, 1, 0x31cf},      {0xf7eb, 1, 0x9fb0},
    {0xf7ed, 1, 0x9fb1},      {0xe000, 6400, 0xfffd},
};
static const struct patch big5_pairs[] = {
    {0x87a4, 1, 0x9f97},  {0x87ac, 1, 0x9f96}, {0x8e69, 1, 0x7bb8},
    {0x8e6f, 1, 0x7c06},  {0x8e7e, 1, 0x7cce}, {0x8eab, 1, 0x7dd2},
    {0x8eb4, 1, 0x7e1d},  {0x8ecd, 1, 0x8005}, {0x8ed0, 1, 0x8028},
    {0x8f57, 1, 0x83c1},  {0x8f69, 1, 0x84a8}, {0x8f6e, 1, 0x840f},
    {0x8fcb, 1, 0x89a6},  {0x8fcc, 1, 0x89a9}, {0x8ffe, 1, 0x8d77},
    {0x906d, 1, 0x90fd},  {0x907a, 1, 0x92b9}, {0x90dc, 1, 0x975c},
    {0x90f1, 1, 0x97ff},  {0x91bf, 1, 0x9f16}, {0x9244, 1, 0x8503},
    {0x92af, 1, 0x5159},  {0x92b0, 1, 0x515b}, {0x92b1, 2, 0x515d},
    {0x92c8, 1, 0x936e},  {0x92d1, 1, 0x7479}, {0x9447, 1, 0x6d67},
    {0x94ca, 1, 0x799b},  {0x95d9, 1, 0x9097}, {0x9644, 1, 0x975d},
    {0x96ed, 1, 0x701e},  {0x96fc, 1, 0x5b28}, {0x9b76, 1, 0x7201},
    {0x9b78, 1, 0x77d7},  {0x9b7b, 1, 0x7e87}, {0x9bc6, 1, 0x99d6},
    {0x9bde, 1, 0x91d4},  {0x9bec, 1, 0x60de}, {0x9bf6, 1, 0x6fb6},
    {0x9c42, 1, 0x8f36},  {0x9c53, 1, 0x4fbb}, {0x9c62, 1, 0x71df},
    {0x9c68, 1, 0x9104},  {0x9c6b, 1, 0x9df0}, {0x9c77, 1, 0x83cf},
    {0x9cbc, 1, 0x5c10},  {0x9cbd, 1, 0x79e3}, {0x9cd0, 1, 0x5a67},
    {0x9d57, 1, 0x8f0b},  {0x9d5a, 1, 0x7b51}, {0x9dc4, 1, 0x62d0},
    {0x9ea9, 1, 0x6062},  {0x9eef, 1, 0x75f9}, {0x9efd, 1, 0x6c4a},
    {0x9f60, 1, 0x9b2e},  {0x9f66, 1, 0x9f17}, {0x9fcb, 1, 0x50ed},
    {0x9fd8, 1, 0x5f0c},  {0xa063, 1, 0x880f}, {0xa077, 1, 0x62ce},
    {0xa0d5, 1, 0x7468},  {0xa0df, 1, 0x7162}, {0xa0e4, 1, 0x7250},
    {0xa3c0, 32, 0x2400}, {0xa3e0, 1, 0x2421}, {0xc6cf, 1, 0x5ef4},
    {0xc6d3, 1, 0x65e0},  {0xc6d5, 1, 0x7676}, {0xc6d7, 1, 0x96b6},
    {0xc6de, 1, 0x3003},  {0xc6df, 1, 0x4edd}, {0xfa5f, 1, 0x5029},
    {0xfa66, 1, 0x507d},  {0xfabd, 1, 0x5305}, {0xfac5, 1, 0x5344},
    {0xfad5, 1, 0x537f},  {0xfb48, 1, 0x5605}, {0xfbb8, 1, 0x5a77},
    {0xfbf3, 1, 0x5e75},  {0xfbf9, 1, 0x5ed0}, {0xfc4f, 1, 0x5f58},
    {0xfc6c, 1, 0x60a4},  {0xfcb9, 1, 0x6490}, {0xfce2, 1, 0x6674},
    {0xfcf1, 1, 0x675e},  {0xfdb7, 1, 0x6c9c}, {0xfdb8, 1, 0x6e1d},
    {0xfdbb, 1, 0x6e2f},  {0xfdf1, 1, 0x716e}, {0xfe52, 1, 0x732a},
    {0xfe6f, 1, 0x745c},  {0xfeaa, 1, 0x74e9}, {0xfedd, 1, 0x7809},
};
static const struct patch euc_jp_chars[] = {
    {0x80, 32, 0xfffd},
    {0xa2, 2, 0xfffd},
    {0xac, 1, 0xfffd},
};
static const struct patch euc_kr_chars[] = {
    {0x80, 1, 0xfffd},
    {0xe000, 6400, 0xfffd},
};
static const struct patch gbk_chars[] = {
    {0xe5e5, 1, 0x3000}, {0xe78d, 1, 0xfe10}, {0xe78e, 1, 0xfe12},
    {0xe78f, 1, 0xfe11}, {0xe790, 7, 0xfe13}, {0xe81e, 1, 0x9fb4},
    {0xe826, 1, 0x9fb5}, {0xe82b, 2, 0x9fb6}, {0xe832, 1, 0x9fb8},
    {0xe843, 1, 0x9fb9}, {0xe854, 1, 0x9fba}, {0xe864, 1, 0x9fbb},
};
static const struct patch gbk_pairs[] = {
    {0x80, 1, 0x20ac},
};
static const struct patch ibm866_chars[] = {
    {0x1a, 1, 0x7f},
    {0x1c, 1, 0x1a},
    {0x7f, 1, 0x1c},
};
static const struct patch iso_2022_jp_chars[] = {
    {0x80, 1, 0xa5},
    {0x81, 1, 0x203e},
};
static const struct patch iso_8859_16_chars[] = {
    {0xa1, 2, 0x104},  {0xa3, 1, 0x141}, {0xa4, 1, 0x20ac}, {0xa5, 1, 0x201e},
    {0xa6, 1, 0x160},  {0xa8, 1, 0x161}, {0xaa, 1, 0x218},  {0xac, 1, 0x179},
    {0xae, 2, 0x17a},  {0xb2, 1, 0x10c}, {0xb3, 1, 0x142},  {0xb4, 1, 0x17d},
    {0xb5, 1, 0x201d}, {0xb8, 1, 0x17e}, {0xb9, 1, 0x10d},  {0xba, 1, 0x219},
    {0xbc, 2, 0x152},  {0xbe, 1, 0x178}, {0xbf, 1, 0x17c},  {0xc3, 1, 0x102},
    {0xc5, 1, 0x106},  {0xd0, 1, 0x110}, {0xd1, 1, 0x143},  {0xd5, 1, 0x150},
    {0xd7, 1, 0x15a},  {0xd8, 1, 0x170}, {0xdd, 1, 0x118},  {0xde, 1, 0x21a},
    {0xe3, 1, 0x103},  {0xe5, 1, 0x107}, {0xf0, 1, 0x111},  {0xf1, 1, 0x144},
    {0xf5, 1, 0x151},  {0xf7, 1, 0x15b}, {0xf8, 1, 0x171},  {0xfd, 1, 0x119},
    {0xfe, 1, 0x21b},
};
static const struct patch koi8_u_chars[] = {
    {0x255d, 1, 0x45e},
    {0x256c, 1, 0x40e},
};
static const struct patch shift_jis_pairs[] = {
    {0x80, 1, 0x80},
};
static const struct patch windows_874_chars[] = {
    {0xf8c1, 8, 0xfffd},
};
static const struct patch windows_1253_chars[] = {
    {0xaa, 1, 0xfffd},
};
static const struct patch windows_1255_pairs[] = {
    {0xca, 1, 0x5ba},
};
static const struct patch x_user_defined_chars[] = {
    {0x80, 128, 0xf780},
};
static const struct encoding encodings[] = {
    {"UTF-8", NULL,
     "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 "
     "x-unicode20utf8"},
    {"Big5", "ibm-1375_P100-2008", "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
     PATCHES(characters, big5_chars), PATCHES(bytes, big5_pairs)},
    {"EUC-JP", "euc-jp-2007", "cseucpkdfmtjapanese euc-jp x-euc-jp",
     PATCHES(characters, euc_jp_chars)},
    {"EUC-KR", "windows-949-2000",
     "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 "
     "ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
     PATCHES(characters, euc_kr_chars)},
    {"gb18030", "gb18030", "gb18030", PATCHES(characters, gbk_chars),
     PATCHES(bytes, gbk_pairs)},
    {"GBK", "gb18030",
     "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 "
     "x-gbk",
     PATCHES(characters, gbk_chars), PATCHES(bytes, gbk_pairs)},
    {"IBM866", "ibm-866_P100-1995", "866 cp866 csibm866 ibm866",
     PATCHES(characters, ibm866_chars)},
    {"ISO-2022-JP", "euc-jp-2007", "csiso2022jp iso-2022-jp",
     PATCHES(characters, iso_2022_jp_chars)},
    {"ISO-8859-2", "ibm-912_P100-1995",
     "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
     "iso_8859-2:1987 l2 latin2"},
    {"ISO-8859-3", "ibm-913_P100-2000",
     "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 "
     "iso_8859-3:1988 l3 latin3"},
    {"ISO-8859-4", "ibm-914_P100-1995",
     "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 "
     "iso_8859-4:1988 l4 latin4"},
    {"ISO-8859-5", "ibm-915_P100-1995",
     "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 "
     "iso_8859-5 iso_8859-5:1988"},
    {"ISO-8859-6", "ibm-1089_P100-1995",
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 "
     "iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 "
     "iso_8859-6 iso_8859-6:1987"},
    {"ISO-8859-7", "ibm-9005_X110-2007",
     "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 "
     "iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
    {"ISO-8859-8", "ibm-5012_P100-1999",
     "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 "
     "iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual"},
    {"ISO-8859-8-I", "ibm-5012_P100-1999", "csiso88598i iso-8859-8-i logical"},
    {"ISO-8859-10", "iso-8859_10-1998",
     "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    {"ISO-8859-13", "ibm-921_P100-1995", "iso-8859-13 iso8859-13 iso885913"},
    {"ISO-8859-14", "iso-8859_14-1998", "iso-8859-14 iso8859-14 iso885914"},
    {"ISO-8859-15", "ibm-923_P100-1998",
     "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
    {"ISO-8859-16", "ISO-8859-1", "iso-8859-16",
     PATCHES(characters, iso_8859_16_chars)},
    {"KOI8-R", "ibm-878_P100-1996", "cskoi8r koi koi8 koi8-r koi8_r"},
    {"KOI8-U", "ibm-1168_P100-2002", "koi8-ru koi8-u",
     PATCHES(characters, koi8_u_chars)},
    {"macintosh", "macos-0_2-10.2", "csmacintosh mac macintosh x-mac-roman"},
    {"replacement", NULL,
     "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr "
     "replacement"},
    {"Shift_JIS", "ibm-943_P15A-2003",
     "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
     PATCHES(characters, ibm866_chars), PATCHES(bytes, shift_jis_pairs)},
    {"UTF-16BE", "UTF-16BE", "unicodefffe utf-16be"},
    {"UTF-16LE", "UTF-16LE",
     "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"},
    {"windows-874", "windows-874-2000",
     "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
     PATCHES(characters, windows_874_chars)},
    {"windows-1250", "ibm-5346_P100-1998", "cp1250 windows-1250 x-cp1250"},
    {"windows-1251", "ibm-5347_P100-1998", "cp1251 windows-1251 x-cp1251"},
    {"windows-1252", "ibm-5348_P100-1997",
     "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
     "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
     "us-ascii windows-1252 x-cp1252"},
    {"windows-1253", "ibm-5349_P100-1998", "cp1253 windows-1253 x-cp1253",
     PATCHES(characters, windows_1253_chars)},
    {"windows-1254", "ibm-5350_P100-1998",
     "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
     "iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254"},
    {"windows-1255", "ibm-9447_P100-2002", "cp1255 windows-1255 x-cp1255",
     PATCHES(bytes, windows_1255_pairs)},
    {"windows-1256", "ibm-9448_X100-2005", "cp1256 windows-1256 x-cp1256"},
    {"windows-1257", "ibm-9449_P100-2002", "cp1257 windows-1257 x-cp1257"},
    {"windows-1258", "ibm-5354_P100-1998", "cp1258 windows-1258 x-cp1258"},
    {"x-mac-cyrillic", "macos-7_3-10.2", "x-mac-cyrillic x-mac-ukrainian"},
    {"x-user-defined", "ISO-8859-1", "x-user-defined",
     PATCHES(characters, x_user_defined_chars)},
};

static bool is(const struct encoding *e, const char *name)
{
    return !strcmp(e->name, name);
}

const struct encoding *encoding_utf8(void)
{
    return &encodings[0];
}

const char *encoding_name(const struct encoding *e)
{
    return e->name;
}

bool encoding_is_utf16(const struct encoding *e)
{
    return !strncmp(e->name, "UTF-16", 6);
}

static bool has_label(const struct encoding *e, const char *label, size_t len)
{
    const char *at = e->labels;

    while (strncasecmp(at, label, len) != 0 || !strchr(" ", at[len])) {
        at = strchr(at, ' ');
        if (!at)
            return false;
        at++;
    }
    return true;
}

const struct encoding *encoding_find(const char *label, size_t len)
{
    static const char blank[] = " \t\n\f\r";

    while (len > 0 && memchr(blank, *label, sizeof(blank) - 1)) {
        label++;
        len--;
    }
    while (len > 0 && memchr(blank, label[len - 1], sizeof(blank) - 1))
        len--;
    if (len == 0 || memchr(label, '\0', len) || memchr(label, ' ', len))
        return NULL;
    for (size_t i = 0; i < COUNT(encodings); i++)
        if (has_label(&encodings[i], label, len))
            return &encodings[i];
    return NULL;
}

/* The text that grows, for which there is always room. */

struct draft {
    const struct encoding *encoding;
    char *text;
    size_t len, size;
    UChar lead; /* of a pair that ICU has cut in two */
};

static void add(struct draft *d, UChar32 c)
{
    assert(d->size - d->len >= U8_MAX_LENGTH);
    if (c)
        U8_APPEND_UNSAFE(d->text, d->len, c);
}

static const struct patch *find_patch(const struct patch *patches, size_t n,
                                      uint32_t c)
{
    /* Most characters are before all of them: the last may be the first. */
    if (n == 0 || (c < patches[0].from && c < patches[n - 1].from))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (c >= patches[i].from &&
            c < (uint32_t)patches[i].from + patches[i].n)
            return &patches[i];
    return NULL;
}

static void add_corrected(struct draft *d, UChar32 c)
{
    const struct encoding *e = d->encoding;
    const struct patch *p =
        find_patch(e->characters, e->n_characters, (uint32_t)c);

    if (p)
        c = p->to == NONE ? NONE : c - p->from + p->to;
    add(d, c);
    if (p && p->then)
        add(d, p->then);
}

static void add_units(struct draft *d, const UChar *units, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (U16_IS_LEAD(units[i])) {
            d->lead = units[i];
        } else if (U16_IS_TRAIL(units[i])) {
            add(d, U16_GET_SUPPLEMENTARY(d->lead, units[i]));
        } else {
            add_corrected(d, units[i]);
        }
    }
}

/*
 * Bytes that are no character.  As the standard has it, ASCII behind a byte
 * that begins a pair is not swallowed: it may be markup.
 */
static void on_invalid(const void *context, UConverterToUnicodeArgs *args,
                       const char *bytes, int32_t len,
                       UConverterCallbackReason reason, UErrorCode *error)
{
    const struct encoding *e = context;
    UChar text[2] = {NONE};
    const struct patch *p = NULL;
    unsigned value, last;

    if (reason > UCNV_IRREGULAR)
        return;
    *error = U_ZERO_ERROR;
    last = (unsigned char)bytes[len - 1];
    value = len == 2 ? (unsigned char)bytes[0] << 8 | last : last;
    if (len <= 2)
        p = find_patch(e->bytes, e->n_bytes, value);
    if (p)
        text[0] = (UChar)(value - p->from + p->to);
    else if (len > 1 && last < 0x80 && !encoding_is_utf16(e))
        text[1] = (UChar)last;
    ucnv_cbToUWriteUChars(args, text, text[1] ? 2 : 1, 0, error);
}

static int convert(struct draft *d, const char *data, size_t len)
{
    UErrorCode error = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(d->encoding->icu, &error);
    const char *end = data + len;
    UChar units[PIECE];

    ucnv_setToUCallBack(converter, on_invalid, d->encoding, NULL, NULL, &error);
    if (U_FAILURE(error)) {
        ucnv_close(converter);
        return error == U_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EINVAL;
    }
    do {
        UChar *to = units;

        error = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, units + PIECE, &data, end, NULL, true,
                       &error);
        add_units(d, units, (size_t)(to - units));
    } while (error == U_BUFFER_OVERFLOW_ERROR);
    ucnv_close(converter);
    return 0;
}

/* Where the letters of ISO-2022-JP are, as its escape sequences say. */
enum set { SET_ASCII, SET_ROMAN, SET_KATAKANA, SET_KANJI };

static bool skip_escape(const char **at, const char *end, enum set *set)
{
    static const struct {
        char escape[4];
        enum set set;
    } rows[] = {{"(B", SET_ASCII},
                {"(J", SET_ROMAN},
                {"(I", SET_KATAKANA},
                {"$@", SET_KANJI},
                {"$B", SET_KANJI}};

    for (size_t i = 0; i < COUNT(rows); i++)
        if (end - *at >= 3 && !memcmp(*at + 1, rows[i].escape, 2)) {
            *set = rows[i].set;
            *at += 3;
            return true;
        }
    return false;
}

/* One letter of such a set in EUC-JP; 0xff is no character there. */
static size_t translate(const char **at, const char *end, enum set set,
                        char out[2])
{
    const char c = *(*at)++;

    out[0] = c;
    if (set == SET_ROMAN && (c == '\\' || c == '~'))
        out[0] = c == '~' ? '\x81' : '\x80'; /* patched to what they are */
    else if (c & '\x80' || c == '\x0e' || c == '\x0f' || c == '\x1b')
        out[0] = '\xff';
    if (out[0] == '\xff' || set < SET_KATAKANA)
        return 1;
    out[0] = set == SET_KANJI ? (char)(c | '\x80') : '\x8e';
    out[1] = set != SET_KANJI              ? c
             : *at < end && **at != '\x1b' ? *(*at)++
                                           : '\0';
    if (c < '!' || c > (set == SET_KANJI ? '~' : '_') || out[1] < '!')
        return out[0] = '\xff', 1;
    out[1] = (char)(out[1] | '\x80');
    return 2;
}

/* ICU knows its older tables only: what it says is said in EUC-JP. */
static int convert_iso_2022_jp(struct draft *d, const char *data, size_t len)
{
    const char *at = data, *end = data + len;
    char *euc = malloc(2 * len);
    enum set set = SET_ASCII;
    size_t n = 0;
    int error;

    if (!euc)
        return -ENOMEM;
    while (at < end)
        if (*at != '\x1b' || !skip_escape(&at, end, &set))
            n += translate(&at, end, set, euc + n);
    error = convert(d, euc, n);
    free(euc);
    return error;
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

bool encoding_is_valid_utf8(const char *data, size_t len)
{
    size_t bad;

    return count_utf8(data, len, &bad) == len;
}

static void add_utf8(struct draft *d, const char *data, size_t len)
{
    const char *nul;

    for (; (nul = memchr(data, '\0', len)); data = nul + 1) {
        memcpy(d->text + d->len, data, (size_t)(nul - data));
        d->len += (size_t)(nul - data);
        len -= (size_t)(nul - data) + 1;
    }
    memcpy(d->text + d->len, data, len);
    d->len += len;
}

static void mend_utf8(struct draft *d, const char *data, size_t len)
{
    size_t bad, n;

    for (;;) {
        n = count_utf8(data, len, &bad);
        add_utf8(d, data, n);
        if (n == len)
            return;
        add(d, NONE);
        data += n + bad;
        len -= n + bad;
    }
}

/* Whether the bytes are the text. */
static bool is_plain(const struct encoding *e, const char *data, size_t len)
{
    if (memchr(data, '\0', len))
        return false;
    if (e == encoding_utf8())
        return encoding_is_valid_utf8(data, len);
    return len == 0 || (e->icu && !encoding_is_utf16(e) &&
                        !is(e, "ISO-2022-JP") && count_ascii(data, len) == len);
}

int encoding_decode(const struct encoding *e, const char *data, size_t len,
                    struct utf8 *ret)
{
    struct draft d = {.encoding = e, .size = 3 * len + 2 * U8_MAX_LENGTH};
    int error = 0;

    *ret = (struct utf8){.data = data, .len = len, .from = e};
    if (is_plain(e, data, len))
        return 0;
    d.text = malloc(d.size);
    if (!d.text)
        return -ENOMEM;
    if (e == encoding_utf8())
        mend_utf8(&d, data, len);
    else if (!e->icu) /* "replacement": not to be decoded, for safety */
        add(&d, NONE);
    else if (is(e, "ISO-2022-JP"))
        error = convert_iso_2022_jp(&d, data, len);
    else
        error = convert(&d, data, len);
    if (error)
        free(d.text);
    else
        *ret = (struct utf8){d.text, d.len, d.text, e};
    return error;
}

/* Bytes for a character, as ICU writes it; 0: it does not. */
static size_t write_one(UConverter *converter, UChar32 c, char out[8])
{
    UErrorCode error = U_ZERO_ERROR;
    UChar units[U16_MAX_LENGTH];
    int32_t n = 0, len;

    U16_APPEND_UNSAFE(units, n, c);
    len = ucnv_fromUChars(converter, out, 8, units, n, &error);
    return U_FAILURE(error) ? 0 : (size_t)len;
}

/* As the standard has it: what is only read is not written. */
static bool is_written(const struct encoding *e, UChar32 c, const char *bytes,
                       size_t len)
{
    unsigned char first = (unsigned char)bytes[0];
    struct utf8 text;
    UChar32 again = 0;
    size_t at = 0;

    if (len == 0 || (is(e, "GBK") && len > 2) ||
        (is(e, "Big5") && first >= 0x80 && first < 0xa1) ||
        (is(e, "EUC-JP") && first == 0x8f) ||
        encoding_decode(e, bytes, len, &text))
        return false;
    if (text.len > 0)
        U8_NEXT_UNSAFE(text.data, at, again);
    free(text.own);
    return at > 0 && again == c && at == text.len;
}

static bool becomes(const struct patch *p, UChar32 c)
{
    return c >= p->to && c < p->to + p->n;
}

/* 0: the encoding lacks the character. */
static size_t encode_one(const struct encoding *e, UConverter *converter,
                         UChar32 c, char out[8])
{
    size_t len;

    if (is(e, "EUC-JP") || is(e, "Shift_JIS"))
        c = c == 0x2212 ? 0xff0d : c == 0xa5 ? '\\' : c == 0x203e ? '~' : c;
    len = c == NONE ? 0 : write_one(converter, c, out);
    if (is_written(e, c, out, len) && !(is(e, "GBK") && c == 0x20ac))
        return len;
    for (size_t i = 0; c != NONE && i < e->n_characters; i++) {
        if (!becomes(&e->characters[i], c))
            continue;
        len = write_one(converter,
                        c - e->characters[i].to + e->characters[i].from, out);
        if (is_written(e, c, out, len))
            return len;
    }
    for (size_t i = 0; i < e->n_bytes; i++) {
        unsigned value = (unsigned)c - e->bytes[i].to + e->bytes[i].from;

        if (!becomes(&e->bytes[i], c))
            continue;
        len = value > 0xff ? 2 : 1;
        out[0] = (char)(len == 2 ? value >> 8 : value);
        out[1] = (char)value;
        if (is_written(e, c, out, len))
            return len;
    }
    return 0;
}

static long copy(const char *data, size_t len, char *out, size_t size)
{
    memcpy(out, data, len < size ? len : size);
    return (long)len;
}

static void append(struct draft *d, const char *data, size_t len)
{
    if (d->len < d->size)
        memcpy(d->text + d->len, data,
               len < d->size - d->len ? len : d->size - d->len);
    d->len += len;
}

/* Kanji between two escape sequences; all else is ASCII there. */
static void append_one(struct draft *d, UChar32 c, char *bytes, size_t len,
                       bool *kanji)
{
    bool is_jis = is(d->encoding, "ISO-2022-JP");
    bool jis = is_jis && len == 2 && bytes[0] != '\x8e';
    char number[16];

    if (is_jis && len == 2 && !jis)
        len = 0; /* halfwidth katakana */

    if (jis != *kanji)
        append(d, jis ? "\x1b$B" : "\x1b(B", 3);
    *kanji = jis;
    for (size_t i = 0; jis && i < len; i++)
        bytes[i] = (char)(bytes[i] & 0x7f);
    if (len > 0)
        append(d, bytes, len);
    else
        append(
            d, number,
            (size_t)snprintf(number, sizeof(number), "%c%d%c", 0, (int)c, 0));
}

long encoding_encode(const struct encoding *e, const char *utf8, size_t len,
                     char *out, size_t size)
{
    struct draft d = {.encoding = e, .text = out, .size = size};
    const struct encoding *written =
        is(e, "ISO-2022-JP") ? encoding_find("euc-jp", 6) : e;
    UErrorCode error = U_ZERO_ERROR;
    UConverter *converter;
    bool kanji = false;

    if (!e->icu || encoding_is_utf16(e))
        return copy(utf8, len, out, size);
    converter = ucnv_open(e->icu, &error);
    ucnv_setFromUCallBack(converter, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL,
                          NULL, &error);
    for (size_t at = 0; U_SUCCESS(error) && at < len;) {
        char bytes[8];
        UChar32 c;

        U8_NEXT_OR_FFFD(utf8, at, len, c);
        append_one(&d, c, bytes, encode_one(written, converter, c, bytes),
                   &kanji);
    }
    if (kanji)
        append(&d, "\x1b(B", 3);
    ucnv_close(converter);
    return U_FAILURE(error) ? -EINVAL : (long)d.len;
}
