/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/clean.h"

#include <stdint.h>
#include <string.h>
#include <unicode/utf8.h>

/* What is no UTF-8, a control, or U+FFFE and U+FFFF, which XML lacks. */
static bool is_unfit(UChar32 c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xfffe || c == 0xffff;
}

const char *clean_text(const char *text, bool ascii, char *out, size_t size)
{
    size_t len = 0;

    while (*text) {
        int32_t n = 0;
        UChar32 c;

        U8_NEXT(text, n, -1, c);
        if (is_unfit(c))
            n = 1;
        if (is_unfit(c) || (ascii && c >= 0x80))
            c = '?';
        if (len + U8_LENGTH(c) >= size)
            break;
        U8_APPEND_UNSAFE(out, len, c);
        text += n;
    }
    out[len] = '\0';
    return out;
}

static void clean(char *text, int32_t len, bool lines)
{
    for (int32_t at = 0, next = 0; at < len; at = next) {
        UChar32 c;

        U8_NEXT(text, next, len, c);
        if (!is_unfit(c) || (lines && c == '\n'))
            continue;
        next = at + 1;
        text[at] = c == '\t' || c == '\n' || c == '\r' ? ' ' : '?';
    }
}

void clean_line(char *text)
{
    int len = clean_length(text, INT32_MAX);

    text[len] = '\0';
    clean(text, len, false);
}

void clean_lines(char *text)
{
    clean(text, (int32_t)strlen(text), true);
}

int clean_length(const char *text, int most)
{
    int32_t len = (int32_t)strnlen(text, (size_t)most);

    U8_TRUNCATE_IF_INCOMPLETE(text, 0, len);
    return len;
}
