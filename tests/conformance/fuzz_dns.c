/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any change to a name server's answers: a lane that asks ends once and in
 * time, and its addresses are IP addresses.  Eight bytes choose the pieces of a
 * stream, one the script, and each four a change of a message: which, where,
 * how, and by what.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/clock.h"
#include "workloads/web/dns.h"
#include "workloads/web/nameserver.h"

enum { DIALS = 2 * DNS_TRIES };

const char *const fuzz_seeds[] = {
    "00000000a",     "11111111baaaa", "22222222cb8cdbdef", "33333333d0123c4a7",
    "12345670ea0b1", "76543210fzzzz", "01010101gA8d2B2c1", "70707070haaaa",
    "00000000iabcd", "13131313jaPa1", "24242424kbQb7",     NULL,
};

static const struct protocol other = {0};
static int ends; /* of this lane */

static enum verb done(struct conn *c, enum outcome outcome)
{
    FUZZ_CHECK(c->layers->protocol == &other);
    FUZZ_CHECK(ends++ == 0 && outcome < OUTCOME_N);
    return CONN_DONE;
}

struct input {
    const uint8_t *data, *change, *end;
    size_t turn;
};

/* Writes a message, as it is or changed, into a block of its own. */
static uint8_t *change(struct input *in, const unsigned char *bytes,
                       size_t *len)
{
    uint8_t *block = malloc(*len + 256);

    FUZZ_CHECK(block);
    memset(block, 0xc0, *len + 256);
    memcpy(block, bytes, *len);
    for (; in->end - in->change >= 4 && (in->change[0] & 1); in->change += 4) {
        uint8_t *at = block + in->change[1] % *len;

        if (in->change[2] % 4 == 0)
            *len = (size_t)(at - block) + 1;
        else if (in->change[2] % 4 == 1)
            *len += in->change[3] % 64;
        else
            *at = in->change[3];
    }
    if (in->end - in->change >= 4)
        in->change += 4;
    return realloc(block, *len);
}

static enum verb feed(struct input *in, struct conn *c, const uint8_t *bytes,
                      size_t len)
{
    enum verb verb = CONN_WAIT;
    size_t n;

    for (size_t at = 0; at < len && verb == CONN_WAIT; at += n) {
        n = dial_is_datagrams(&c->dial) ? len
                                        : fuzz_piece(in->data, &in->turn, len);
        n = n < len - at ? n : len - at;
        verb = conn_received(c, bytes + at, n);
    }
    return verb;
}

static enum verb answer(struct input *in, struct conn *c,
                        const struct name_answer *a)
{
    bool stream = !dial_is_datagrams(&c->dial);
    enum verb verb = CONN_WAIT;

    for (size_t i = 0; i < a->n && verb == CONN_WAIT; i++) {
        size_t len = a->messages[i].len;
        uint8_t *message = change(in, a->messages[i].bytes, &len);
        const uint8_t head[] = {(uint8_t)(len >> 8), (uint8_t)len};

        if (stream)
            verb = feed(in, c, head, 2);
        if (verb == CONN_WAIT)
            verb = feed(in, c, message, len);
        free(message);
    }
    return verb;
}

/* One dial: asks, is answered, and waits for what did not come. */
static enum verb visit(struct input *in, struct conn *c, uint64_t *now_ns)
{
    static const struct name_zone zone = {0};
    struct name_answer answers[DNS_KINDS];
    enum verb verb = conn_opened(c);
    const unsigned char *question;
    bool stream = !dial_is_datagrams(&c->dial);
    size_t len, n = 0;

    while ((question = conn_pending(c, &len))) {
        FUZZ_CHECK(n < DNS_KINDS);
        name_answer(&zone, question + (stream ? 2 : 0), len - (stream ? 2 : 0),
                    stream, &answers[n++]);
        conn_sent(c, len);
    }
    for (size_t i = 0; i < n && verb == CONN_WAIT; i++)
        verb = answer(in, c, &answers[i]);
    if (verb == CONN_WAIT) {
        *now_ns = c->deadline_ns;
        verb = conn_expired(c);
    }
    return verb;
}

static void ask(struct input *in, const char *script)
{
    static const struct dns_servers servers = {.n = 1, .seed = 4711};
    uint64_t now_ns = NS_PER_S, until_ns = now_ns + NS_PER_S;
    struct layers layers = {.protocol = &other, .now_ns = &now_ns};
    struct conn c = {.layers = &layers};
    struct dns *d = malloc(sizeof(*d));
    char name[NAME_ROOM];
    struct dial dial;
    int len = name_write(name, 1, script, 0), dials = 0;

    FUZZ_CHECK(d);
    ends = 0;
    FUZZ_CHECK(dns_begin(d, &servers, &c, name, (size_t)len, until_ns, done));
    while (visit(in, &c, &now_ns) == CONN_DIAL)
        FUZZ_CHECK(++dials <= DIALS);
    FUZZ_CHECK(ends == 1 && now_ns <= until_ns);
    for (int i = 0; dns_next(d, 80, &dial); i++) {
        FUZZ_CHECK(i < DNS_KINDS * DNS_ADDRESSES);
        FUZZ_CHECK(dial.peer.ss_family == AF_INET ||
                   dial.peer.ss_family == AF_INET6);
    }
    free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.data = data, .change = data + 9, .end = data + size};
    struct name_answer answer;
    static const struct name_zone zone = {0};

    name_answer(&zone, data, size, false, &answer);
    if (size >= 9)
        ask(&in, name_scripts[data[8] % n_name_scripts].name);
    return 0;
}
