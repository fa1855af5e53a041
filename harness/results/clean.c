/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/clean.h"

/* The bytes of a character of several; 0: it is no UTF-8, or a control. */
static size_t wide(const unsigned char *at)
{
    size_t n = at[0] < 0xc2   ? 0
               : at[0] < 0xe0 ? 2
               : at[0] < 0xf0 ? 3
               : at[0] < 0xf5 ? 4
                              : 0;

    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    /* Longer than needed, half of a pair, beyond the last one, a control. */
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f) ||
        (at[0] == 0xc2 && at[1] < 0xa0))
        return 0;
    /* U+FFFE and U+FFFF, which XML does not take. */
    if (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd)
        return 0;
    return n;
}

const char *clean_text(const char *text, bool ascii, char *out, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t len = 0;

    while (*at) {
        size_t n = *at < 0x80 ? 1 : wide(at), kept = ascii || !n ? 1 : n;

        if (len + kept >= size)
            break;
        if (n == 0 || (n > 1 && ascii) || *at < ' ' || *at == 0x7f)
            out[len++] = '?';
        else
            for (size_t i = 0; i < n; i++)
                out[len++] = (char)at[i];
        at += n ? n : 1;
    }
    out[len] = '\0';
    return out;
}
