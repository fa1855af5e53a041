/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/kinds/journal.h"
#include "workloads/web/tls_session.h"

enum { HEAD = 5 }; /* bytes of a record's head: type, version, length */

/* Of the first record that is not decoded yet; 0: it is not complete. */
static size_t record_length(const struct tls *t)
{
    const unsigned char *in = (const void *)t->in;
    size_t len;

    if (t->in_len < HEAD)
        return 0;
    len = HEAD + (size_t)(in[3] << 8 | in[4]);
    return len <= t->in_len ? len : 0;
}

/* Types are 20 to 23, and the version has been 3.x since 1996. */
static bool is_tls(const struct tls *t)
{
    return t->in[0] >= 20 && t->in[0] <= 23 && (t->in_len < 2 || t->in[1] == 3);
}

static bool reject(struct tls *t, enum outcome outcome, const char *reason)
{
    t->outcome = outcome;
    snprintf(t->reason, TLS_REASON, "%s", reason);
    return true;
}

bool tls_gather(struct tls *t, const void *data, size_t len)
{
    char *room = realloc(t->in, t->in_len + len);

    if (!room)
        return reject(t, OUTCOME_LOCAL_LIMIT, "out of memory");
    t->in = room;
    memcpy(t->in + t->in_len, data, len);
    t->in_len += len;
    t->in_total += len;
    if (t->in_total > TLS_MAX_HANDSHAKE)
        return reject(t, OUTCOME_TLS_PROTOCOL,
                      "the handshake is longer than 256 KiB");
    if (!is_tls(t))
        return reject(t, OUTCOME_TLS_PROTOCOL, "the answer is not TLS");
    return record_length(t) > 0;
}

static void decode_record(struct tls *t, size_t len)
{
    BIO_write(SSL_get_rbio(t->ssl), t->in, (int)len);
    t->in_len -= len;
    memmove(t->in, t->in + len, t->in_len);
}

static void count(const struct tls *t, struct journal *j,
                  const struct timespec *begin)
{
    struct timespec end;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    if (j)
        journal_handshake(
            j,
            (uint64_t)((end.tv_sec - begin->tv_sec) * (int64_t)NS_PER_S +
                       end.tv_nsec - begin->tv_nsec),
            t->complete);
}

static void shake(struct tls *t)
{
    int result;

    ERR_clear_error();
    result = SSL_do_handshake(t->ssl);
    if (result == 1)
        t->complete = true;
    else if (SSL_get_error(t->ssl, result) != SSL_ERROR_WANT_READ)
        t->outcome = tls_error(t->ssl, t->reason);
}

enum work_left tls_shake(struct tls *t, struct journal *j)
{
    struct timespec begin;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    if (record_length(t) > 0)
        decode_record(t, record_length(t));
    shake(t);
    count(t, j, &begin);
    return !t->complete && !t->outcome && record_length(t) ? WORK_MORE
                                                           : WORK_DONE;
}
