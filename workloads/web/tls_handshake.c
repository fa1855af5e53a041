/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/kinds/journal.h"

enum { HEAD = 5 }; /* bytes of a record's head: type, version, length */

/* Of the first record that is not decoded yet; 0: it is not complete. */
static size_t record_length(const struct tls_handshake *h)
{
    const unsigned char *in = (const void *)h->in;
    size_t len;

    if (h->in_len < HEAD)
        return 0;
    len = HEAD + (size_t)(in[3] << 8 | in[4]);
    return len <= h->in_len ? len : 0;
}

/* Types are 20 to 23, and the version has been 3.x since 1996. */
static bool is_tls(const struct tls_handshake *h)
{
    return h->in[0] >= 20 && h->in[0] <= 23 && (h->in_len < 2 || h->in[1] == 3);
}

static bool reject(struct tls_handshake *h, enum outcome outcome,
                   const char *reason)
{
    h->outcome = outcome;
    snprintf(h->reason, TLS_REASON, "%s", reason);
    return true;
}

bool tls_gather(struct tls_handshake *h, const void *data, size_t len)
{
    char *room = realloc(h->in, h->in_len + len);

    if (!room)
        return reject(h, OUTCOME_LOCAL_LIMIT, "out of memory");
    h->in = room;
    memcpy(h->in + h->in_len, data, len);
    h->in_len += len;
    h->in_total += len;
    if (h->in_total > TLS_MAX_HANDSHAKE)
        return reject(h, OUTCOME_TLS_PROTOCOL,
                      "the handshake is longer than 256 KiB");
    if (!is_tls(h))
        return reject(h, OUTCOME_TLS_PROTOCOL, "the answer is not TLS");
    return record_length(h) > 0;
}

static void decode_record(struct tls_handshake *h, size_t len)
{
    BIO_write(SSL_get_rbio(h->ssl), h->in, (int)len);
    h->in_len -= len;
    memmove(h->in, h->in + len, h->in_len);
}

static void count(const struct tls_handshake *h, struct journal *j,
                  const struct timespec *begin)
{
    struct timespec end;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    if (j)
        journal_handshake(
            j,
            (uint64_t)((end.tv_sec - begin->tv_sec) * (int64_t)NS_PER_S +
                       end.tv_nsec - begin->tv_nsec),
            h->complete);
}

static void shake(struct tls_handshake *h)
{
    int result;

    ERR_clear_error();
    result = SSL_do_handshake(h->ssl);
    if (result == 1)
        h->complete = true;
    else if (SSL_get_error(h->ssl, result) != SSL_ERROR_WANT_READ)
        h->outcome = tls_error(h->ssl, h->reason);
}

enum work_left tls_shake(struct tls_handshake *h, struct journal *j)
{
    struct timespec begin;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    if (record_length(h) > 0)
        decode_record(h, record_length(h));
    shake(h);
    count(h, j, &begin);
    return !h->complete && !h->outcome && record_length(h) ? WORK_MORE
                                                           : WORK_DONE;
}
