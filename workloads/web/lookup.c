/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char address_key[] = "address ", outcome_key[] = "outcome ";

static struct lookup *self(const struct conn *c)
{
    return c->layers->state;
}

/* The lane is the other protocol's again, which decides what follows. */
static enum verb finish(struct conn *c, enum outcome outcome)
{
    struct lookup *l = self(c);

    layer_pop(c, &l->above);
    return l->done(c, outcome);
}

static enum verb opened(struct conn *c)
{
    conn_stage(c, self(c)->question, strlen(self(c)->question));
    return CONN_WAIT;
}

static enum outcome outcome_of_name(const char *name)
{
    for (int i = 0; i < OUTCOME_N; i++)
        if (strcmp(name, outcome_name((enum outcome)i)) == 0)
            return (enum outcome)i;
    return OUTCOME_DNS_FAILED;
}

/* What the answer's last line says, once it is there; else OUTCOME_N. */
static enum outcome read_outcome(struct lookup *l)
{
    const size_t key = strlen(outcome_key);
    char *end = l->answer + l->len - 1, *line;

    if (*end != '\n')
        return OUTCOME_N;
    *end = '\0'; /* so that this one does not end the last line */
    line = memrchr(l->answer, '\n', l->len - 1);
    line = line ? line + 1 : l->answer;
    *end = '\n';
    if (strncmp(line, outcome_key, key) != 0)
        return OUTCOME_N;
    *end = '\0';
    return outcome_of_name(line + key);
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct lookup *l = self(c);
    enum outcome outcome;

    if (len >= LOOKUP_ANSWER - l->len)
        return finish(c, OUTCOME_DNS_FAILED);
    memcpy(l->answer + l->len, data, len);
    l->len += len;
    l->answer[l->len] = '\0';
    outcome = read_outcome(l);
    return outcome == OUTCOME_N ? CONN_WAIT : finish(c, outcome);
}

/* Before the answer was complete. */
static enum verb ended(struct conn *c, int error)
{
    enum outcome outcome = outcome_of_errno(PHASE_CONNECT, error);

    if (outcome != OUTCOME_LOCAL_LIMIT && outcome != OUTCOME_NO_NETWORK)
        outcome = OUTCOME_DNS_RESOLVER;
    return finish(c, outcome);
}

static enum verb expired(struct conn *c)
{
    return finish(c, OUTCOME_DNS_NO_ANSWER);
}

static const struct protocol protocol_lookup = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
};

/* In a line of words, a blank or a line's end would begin another one. */
static bool is_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f)
            return false;
    return len > 0 && len < LOOKUP_NAME;
}

bool lookup_begin(struct lookup *l, const struct resolver *r, struct conn *c,
                  const char *name, size_t len, char room[LOOKUP_ROOM],
                  enum verb (*done)(struct conn *c, enum outcome outcome))
{
    lookup_forget(l);
    if (!is_name(name, len))
        return false;
    *l = (struct lookup){
        .done = done,
        .question = room,
        .answer = room + LOOKUP_QUESTION + 1,
    };
    snprintf(room, LOOKUP_QUESTION + 1, "%s %.*s\n", r->token, (int)len, name);
    layer_push(c, &l->above, &protocol_lookup, l);
    c->dial = r->server;
    return true;
}

void lookup_forget(struct lookup *l)
{
    l->len = l->next = 0;
}

bool lookup_next(struct lookup *l, uint16_t port, struct dial *ret)
{
    char *address, *end;
    bool numeric;

    if (l->next >= l->len ||
        strncmp(l->answer + l->next, address_key, strlen(address_key)) != 0)
        return false;
    address = l->answer + l->next + strlen(address_key);
    end = strchr(address, '\n');
    if (!end)
        return false;
    *end = '\0';
    numeric = lookup_numeric(address, port, ret);
    l->next = (size_t)(end + 1 - l->answer);
    return numeric;
}

bool lookup_numeric(const char *text, uint16_t port, struct dial *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->peer;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->peer;
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "%");

    if (len >= sizeof(address))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    *ret = (struct dial){.type = SOCK_STREAM};
    if (!text[len] && inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        ret->peer_len = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    if (text[len])
        v6->sin6_scope_id = (uint32_t)strtoul(text + len + 1, NULL, 10);
    ret->peer_len = sizeof(*v6);
    return true;
}

/* Takes as long wherever they differ: a token cannot be found bit by bit. */
static bool is_token(const char *text, const char *token)
{
    unsigned char differ = 0;

    for (size_t i = 0; i < LOOKUP_TOKEN - 1; i++)
        differ |= (unsigned char)(text[i] ^ token[i]);
    return differ == 0;
}

bool lookup_parse(const char *text, size_t len, const char *token,
                  char ret_name[LOOKUP_NAME])
{
    size_t name = len - LOOKUP_TOKEN - 1; /* bytes between blank and end */

    if (len <= LOOKUP_TOKEN + 1 || text[len - 1] != '\n' ||
        text[LOOKUP_TOKEN - 1] != ' ' || !is_token(text, token) ||
        !is_name(text + LOOKUP_TOKEN, name))
        return false;
    memcpy(ret_name, text + LOOKUP_TOKEN, name);
    ret_name[name] = '\0';
    return true;
}

/* "address 192.0.2.1"; with the number of its interface where that matters. */
static size_t write_address(const struct sockaddr *address, char *text,
                            size_t size)
{
    const struct sockaddr_in6 *v6 = (const void *)address;
    const struct sockaddr_in *v4 = (const void *)address;
    bool is_v6 = address->sa_family == AF_INET6;
    char numeric[INET6_ADDRSTRLEN], scope[16] = "";

    inet_ntop(address->sa_family,
              is_v6 ? (const void *)&v6->sin6_addr
                    : (const void *)&v4->sin_addr,
              numeric, sizeof(numeric));
    if (is_v6 && v6->sin6_scope_id)
        snprintf(scope, sizeof(scope), "%%%u", v6->sin6_scope_id);
    return (size_t)snprintf(text, size, "%s%s%s\n", address_key, numeric,
                            scope);
}

size_t lookup_answer(const struct addrinfo *found, enum outcome outcome,
                     char text[LOOKUP_ANSWER])
{
    size_t len = 0;

    for (int n = 0; found && n < LOOKUP_ADDRESSES; found = found->ai_next) {
        if (found->ai_family != AF_INET && found->ai_family != AF_INET6)
            continue;
        len += write_address(found->ai_addr, text + len, LOOKUP_ANSWER - len);
        n++;
    }
    return len + (size_t)snprintf(text + len, LOOKUP_ANSWER - len, "%s%s\n",
                                  outcome_key, outcome_name(outcome));
}
