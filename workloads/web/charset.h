/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_CHARSET_H
#define BATON_WORKLOADS_WEB_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Pages of any charset as UTF-8, by the names and with the mercy of browsers
 * (encoding.spec.whatwg.org): what is in no charset becomes U+FFFD, and nothing
 * stops at it.
 */
struct utf8 {
    const char *data; /* valid UTF-8 without NULs */
    size_t len;
    char *own; /* free() it: NULL where the page was just that */
};

/*
 * The charset is what the Content-Type `type` says, else the byte order mark,
 * else the first <meta> that says one, else UTF-8 if it is that, else
 * windows-1252.  An unknown name says nothing.  0 or -ENOMEM.
 */
int charset_decode(const char *data, size_t len, const char *type,
                   struct utf8 *ret);

/*
 * What a byte means in windows-1252; another character means itself.  Browsers
 * take "&#146;" for that, too.
 */
uint32_t charset_windows_1252(uint32_t c);

/* Whether a byte order mark says that NULs are to be expected. */
bool charset_is_wide(const char *data, size_t len);

#endif
