/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The messages: questions are built, and answers parsed, by c-ares. */
#include "workloads/web/dns_messages.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <string.h>
#include <strings.h>

enum { HEAD = 12, MAX_NAME = 254 /* with a dot at its end */ };

static const uint16_t types[DNS_KINDS] = {
    [DNS_V6] = ns_t_aaaa, [DNS_V4] = ns_t_a};

static uint16_t get16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

/* c-ares takes a backslash for the beginning of another character. */
static bool is_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == '\\')
            return false;
    return len > 0 && len <= MAX_NAME && !(len == 1 && name[0] == '.');
}

bool dns_write_question(struct dns_messages *m, const char *name, size_t len)
{
    char text[MAX_NAME + 1];
    unsigned char *question;
    int n;

    if (!is_name(name, len))
        return false;
    memcpy(text, name, len);
    text[len] = '\0';
    if (ares_create_query(text, ns_c_in, ns_t_aaaa, 0, true, &question, &n, 0))
        return false;
    m->len = (size_t)n;
    put16(m->question, (uint16_t)n);
    memcpy(m->question + 2, question, m->len);
    ares_free_string(question);
    return true;
}

void dns_write_number(struct dns_messages *m, enum dns_kind kind)
{
    unsigned char *question = m->question + 2;

    put16(question, m->asked[kind].number);
    put16(question + m->len - 4, types[kind]);
}

enum dns_kind dns_kind_of(const struct dns_messages *m,
                          const unsigned char *answer, size_t len)
{
    const unsigned char *question = m->question + 2;
    const int is_answer = 0x80, opcode = 0x78;
    int i = 0;

    if (len < m->len || !(answer[2] & is_answer) || (answer[2] & opcode) ||
        get16(answer + 4) != 1 || get16(answer + m->len - 2) != ns_c_in)
        return DNS_KINDS;
    /* Lengths of labels are no letters, and the name ends with a NUL. */
    if (strcasecmp((const char *)answer + HEAD,
                   (const char *)question + HEAD) != 0)
        return DNS_KINDS;
    while (i < DNS_KINDS && (m->asked[i].state != DNS_ASKED ||
                             m->asked[i].number != get16(answer) ||
                             types[i] != get16(answer + m->len - 4)))
        i++;
    return (enum dns_kind)i;
}

static int parse(struct dns_messages *m, enum dns_kind kind,
                 const unsigned char *answer, size_t len)
{
    struct ares_addrttl v4[DNS_ADDRESSES];
    struct ares_addr6ttl v6[DNS_ADDRESSES];
    int n = DNS_ADDRESSES;
    int error = kind == DNS_V4
                    ? ares_parse_a_reply(answer, (int)len, NULL, v4, &n)
                    : ares_parse_aaaa_reply(answer, (int)len, NULL, v6, &n);

    if (error)
        return error;
    for (int i = 0; i < n; i++)
        if (kind == DNS_V4)
            m->addresses[kind][i].v4 = v4[i].ipaddr;
        else
            memcpy(&m->addresses[kind][i].v6, &v6[i].ip6addr,
                   sizeof(struct in6_addr));
    m->asked[kind].n = (uint8_t)n;
    return n ? ARES_SUCCESS : ARES_ENODATA;
}

bool dns_take(struct dns_messages *m, enum dns_kind kind,
              const unsigned char *answer, size_t len)
{
    int code = answer[3] & 0xf, error = ARES_ENODATA;

    if (code == ns_r_noerror)
        error = parse(m, kind, answer, len);
    if (error == ARES_SUCCESS) {
        m->asked[kind].state = DNS_ANSWERED;
    } else if (error == ARES_ENODATA && code == ns_r_noerror) {
        m->asked[kind].state = DNS_ABSENT;
    } else if (code == ns_r_nxdomain) {
        for (int i = 0; i < DNS_KINDS; i++)
            if (m->asked[i].state != DNS_ANSWERED)
                m->asked[i].state = DNS_ABSENT;
    } else {
        m->asked[kind].state = DNS_BROKEN;
    }
    return m->asked[kind].state != DNS_BROKEN;
}
