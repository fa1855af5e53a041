/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_DNS_MESSAGES_H
#define BATON_WORKLOADS_WEB_DNS_MESSAGES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The messages about one name: two questions, and what their answers hold. */
enum {
    DNS_ADDRESSES = 4,           /* of each kind that are kept */
    DNS_QUESTION = 12 + 255 + 4, /* bytes, at most */
};

enum dns_kind { DNS_V6, DNS_V4, DNS_KINDS };

struct dns_messages {
    struct {
        enum { DNS_ASKED, DNS_ANSWERED, DNS_ABSENT, DNS_BROKEN } state;
        uint16_t number;
        bool staged; /* on this dial */
        uint8_t n;   /* addresses */
    } asked[DNS_KINDS];
    union {
        struct in6_addr v6;
        struct in_addr v4;
    } addresses[DNS_KINDS][DNS_ADDRESSES];
    size_t len;                               /* of the question */
    unsigned char question[2 + DNS_QUESTION]; /* behind its length */
};

/* False: this cannot be a name. */
bool dns_write_question(struct dns_messages *m, const char *name, size_t len);
/* The questions are the same but for number and kind: makes it this one. */
void dns_write_number(struct dns_messages *m, enum dns_kind kind);

/* Which question it answers; DNS_KINDS: none that waits for an answer. */
enum dns_kind dns_kind_of(const struct dns_messages *m,
                          const unsigned char *answer, size_t len);
/* Takes an answer to that question.  False: it is broken, or an error. */
bool dns_take(struct dns_messages *m, enum dns_kind kind,
              const unsigned char *answer, size_t len);

#endif
