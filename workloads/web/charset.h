/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_CHARSET_H
#define BATON_WORKLOADS_WEB_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/web/encoding.h"

/*
 * Pages of any encoding as UTF-8.  Which one it is say, in this order: the byte
 * order mark; the Content-Type `type`; the first real <meta> that names one,
 * wherever it stands; the XML declaration; else it is UTF-8 if the page is
 * valid UTF-8, else windows-1252.  An unknown label counts as none.  0 or
 * -errno.
 */
int charset_decode(const char *data, size_t len, const char *type,
                   struct utf8 *ret);

/* Whether the first bytes are those of UTF-16, in which NULs are expected. */
bool charset_is_wide(const char *data, size_t len);

#endif
