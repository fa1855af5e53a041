/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/nameserver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER = 12,
    LABELS = 4, /* of a name of ours */
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_AAAA = 28,
    CLASS_IN = 1,
    CODE_FAILED = 2,
    CODE_MISSING = 3,
    CODE_REFUSED = 5,
    TRUNCATED = 2, /* a bit of the third byte */
};

const struct name_script name_scripts[] = {
    {"known", "nothing: a name with an address", OUTCOME_OK},
    {"missing", "there is no such name", OUTCOME_DNS_NAME,
     .code = CODE_MISSING},
    {"failing", "the name server fails (SERVFAIL)", OUTCOME_DNS_FAILED,
     .code = CODE_FAILED},
    {"looping", "an answer whose name leads to itself", OUTCOME_DNS_FAILED,
     .loops = true},
    {"lying", "an answer whose length is beyond its end", OUTCOME_DNS_FAILED,
     .lies = true},
    {"mute", "the name server never answers", OUTCOME_DNS_NO_ANSWER,
     .silent = true},
    {"long", "nothing: an answer that needs a stream", OUTCOME_OK,
     .truncated = true},
    {"spoofed", "nothing: before it comes an answer with another number",
     OUTCOME_OK, .other_number = true},
    {"mistaken", "nothing: before it comes an answer to another name",
     OUTCOME_OK, .other_name = true},
    {"alias", "nothing: an alias of an alias of a name", OUTCOME_OK,
     .aliases = 2},
    {"two", "nothing: its first address refuses connections", OUTCOME_OK,
     .v6 = true},
};
const size_t n_name_scripts = sizeof(name_scripts) / sizeof(name_scripts[0]);

int name_write(char out[NAME_ROOM], uint64_t number, const char *script,
               uint64_t latency_ms)
{
    return snprintf(out, NAME_ROOM, "%" PRIu64 ".%s-%" PRIu64 ".origin.test",
                    number, script, latency_ms);
}

struct question {
    const unsigned char *bytes;
    size_t len; /* of header, name, type and class */
    uint16_t type;
    char labels[LABELS][NAME_ROOM];
};

static uint16_t get16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* True: it has as many labels as ours, and no long ones. */
static bool parse(const unsigned char *bytes, size_t len, struct question *ret)
{
    size_t at = HEADER, n = 0;

    while (at < len && bytes[at] > 0) {
        size_t label = bytes[at++];

        if (n == LABELS || label >= NAME_ROOM || label > len - at)
            return false;
        memcpy(ret->labels[n], bytes + at, label);
        ret->labels[n++][label] = '\0';
        at += label;
    }
    if (n < LABELS || len - at < 5)
        return false;
    ret->bytes = bytes;
    ret->len = at + 5;
    ret->type = get16(bytes + at + 1);
    return true;
}

static const struct name_script *find(struct question *q, uint64_t *ret_ms)
{
    char *dash = strchr(q->labels[1], '-');

    *ret_ms = dash ? strtoull(dash + 1, NULL, 10) : 0;
    if (dash)
        *dash = '\0';
    if (strcasecmp(q->labels[2], "origin") || strcasecmp(q->labels[3], "test"))
        return NULL;
    for (size_t i = 0; i < n_name_scripts; i++)
        if (strcasecmp(q->labels[1], name_scripts[i].name) == 0)
            return &name_scripts[i];
    return NULL;
}

struct writer {
    unsigned char *bytes;
    size_t len;
};

static void put(struct writer *w, const void *data, size_t len)
{
    memcpy(w->bytes + w->len, data, len);
    w->len += len;
}

static void put16(struct writer *w, unsigned value)
{
    const unsigned char bytes[] = {(unsigned char)(value >> 8),
                                   (unsigned char)value};

    put(w, bytes, sizeof(bytes));
}

/* The head of a record that lives for a minute; `owner` is where its name is.
 */
static void put_record(struct writer *w, size_t owner, uint16_t type,
                       unsigned len)
{
    w->bytes[7]++;
    put16(w, 0xc000 | (unsigned)owner);
    put16(w, type);
    put16(w, CLASS_IN);
    put16(w, 0);
    put16(w, 60);
    put16(w, len);
}

/* The header of an answer, and its question. */
static struct writer begin(const struct question *q, unsigned char *out,
                           unsigned code)
{
    struct writer w = {.bytes = out};

    put(&w, q->bytes, q->len);
    memset(out + 2, 0, HEADER - 2);
    out[2] = 0x84 | (q->bytes[2] & 1); /* an answer, and with authority */
    out[3] = (unsigned char)code;
    out[5] = 1;
    return w;
}

/* Names of names; where the last one is. */
static size_t put_aliases(struct writer *w, unsigned n)
{
    size_t owner = HEADER;

    for (unsigned i = 0; i < n; i++) {
        const unsigned char name[] = {1, (unsigned char)('a' + i), 0};

        put_record(w, owner, TYPE_CNAME, sizeof(name));
        owner = w->len;
        put(w, name, sizeof(name));
    }
    return owner;
}

static void put_addresses(struct writer *w, const struct question *q,
                          const struct name_script *script, unsigned addresses)
{
    static const unsigned char v6[16] = {[15] = 1};
    unsigned char v4[4] = {127, 0, 0, 1};
    unsigned number = (unsigned)strtoull(q->labels[0], NULL, 10);
    size_t owner = put_aliases(w, script->aliases);

    v4[3] += (unsigned char)(addresses ? number % addresses : 0);
    if (script->loops)
        owner = w->len;
    if (q->type == TYPE_A || script->loops || script->lies) {
        put_record(w, owner, TYPE_A, script->lies ? 0xffff : sizeof(v4));
        put(w, v4, sizeof(v4));
    } else if (q->type == TYPE_AAAA && script->v6) {
        put_record(w, owner, TYPE_AAAA, sizeof(v6));
        put(w, v6, sizeof(v6));
    }
}

/* Says that there is no such name, but to another question. */
static void put_false(const struct question *q, bool other_name,
                      struct name_answer *ret)
{
    struct writer w = begin(q, ret->messages[ret->n].bytes, CODE_MISSING);

    w.bytes[other_name ? HEADER + 1 : 1] ^= 1;
    ret->messages[ret->n++].len = w.len;
}

void name_answer(const struct name_zone *zone, const void *question, size_t len,
                 bool stream, struct name_answer *ret)
{
    struct question q;
    struct writer w;
    const struct name_script *script;

    ret->n = 0;
    ret->latency_ms = 0;
    if (len <= HEADER || len > NAME_ANSWER / 2 || !parse(question, len, &q))
        return;
    script = find(&q, &ret->latency_ms);
    if (script && script->silent)
        return;
    if (script && (script->other_number || script->other_name))
        put_false(&q, script->other_name, ret);
    w = begin(&q, ret->messages[ret->n].bytes,
              script ? script->code : CODE_REFUSED);
    if (script && script->truncated && !stream)
        w.bytes[2] |= TRUNCATED;
    else if (script && !script->code)
        put_addresses(&w, &q, script, zone->addresses);
    ret->messages[ret->n++].len = w.len;
}
