/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as a resolver's answer, and as a question: a look-up ends once, its
 * addresses are IP addresses, and what is taken as a name has only characters
 * that a line of words may have.
 */
#include <netinet/in.h>

#include "tests/conformance/fuzz.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/lookup.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

const char *const fuzz_seeds[] = {
    "00000000address 2001:db8::1\naddress 192.0.2.1\noutcome ok\n",
    "13571357address fe80::1%3\noutcome ok\n",
    "22222222outcome dns-name\n",
    "31313131outcome ok\naddress ::1\n",
    "44444444" TOKEN " example.org\n",
    TOKEN " example.org\n",
    NULL,
};

static const struct protocol other = {0};
static int ends; /* of this look-up */

static enum verb done(struct conn *c, enum outcome outcome)
{
    FUZZ_CHECK(c->layers->protocol == &other);
    FUZZ_CHECK(ends++ == 0 && outcome < OUTCOME_N);
    return CONN_DONE;
}

static void feed(struct conn *c, const uint8_t *data, size_t size)
{
    size_t turn = 0, len;

    for (size_t at = 8; at < size && !ends; at += len) {
        uint8_t *block;

        len = fuzz_piece(data, &turn, size - at);
        /* A block of its own, so that a read beyond it is caught. */
        block = malloc(len);
        FUZZ_CHECK(block);
        memcpy(block, data + at, len);
        conn_received(c, block, len);
        free(block);
    }
    if (!ends)
        conn_ended(c, 0);
}

static void answer(const uint8_t *data, size_t size)
{
    const struct resolver resolver = {.token = TOKEN};
    struct layers layers = {.protocol = &other};
    struct conn c = {.layers = &layers};
    char *room = malloc(LOOKUP_ROOM);
    struct lookup l;
    struct dial dial;

    FUZZ_CHECK(room);
    ends = 0;
    FUZZ_CHECK(lookup_begin(&l, &resolver, &c, "a", 1, room, done));
    conn_opened(&c);
    feed(&c, data, size);
    FUZZ_CHECK(ends == 1);
    for (int i = 0; lookup_next(&l, 80, &dial); i++) {
        FUZZ_CHECK(i < LOOKUP_ANSWER);
        FUZZ_CHECK(dial.peer.ss_family == AF_INET ||
                   dial.peer.ss_family == AF_INET6);
    }
    free(room);
}

static void question(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), name[LOOKUP_NAME];

    FUZZ_CHECK(text);
    memcpy(text, data, size);
    text = realloc(text, size ? size : 1); /* nothing behind its end */
    if (lookup_parse(text, size, TOKEN, name)) {
        FUZZ_CHECK(!memcmp(text, TOKEN " ", LOOKUP_TOKEN));
        FUZZ_CHECK(strlen(name) == size - LOOKUP_TOKEN - 1);
        for (const char *at = name; *at; at++)
            FUZZ_CHECK(*at > ' ' && *at < 0x7f);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    question(data, size);
    if (size >= 8)
        answer(data, size);
    return 0;
}
