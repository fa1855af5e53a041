/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The name servers of a scrape: those of --dns, else of resolv.conf(5). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/scrape.h"
#include "harness/results/text.h"

bool servers_add(struct dns_servers *s, const char *text)
{
    bool bracket = text[0] == '[';
    const char *at = text + bracket, *colon = strchr(at, ':');
    size_t len = strcspn(at, "]");
    const char *rest;
    char host[64];
    uint64_t port = 53;

    if (!bracket && colon && !strchr(colon + 1, ':'))
        len = (size_t)(colon - at);
    rest = at + len + bracket;
    if (len >= sizeof(host) || (bracket && !at[len]))
        return false;
    if (*rest && (*rest != ':' || text_u64(rest + 1, &port) || port == 0 ||
                  port > UINT16_MAX))
        return false;
    memcpy(host, at, len);
    host[len] = '\0';
    if (!lookup_numeric(host, (uint16_t)port, &s->servers[s->n]))
        return false;
    s->n++;
    return true;
}

void servers_read(struct dns_servers *s, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, address[64];
    size_t size = 0;

    while (file && s->n < DNS_SERVERS && getline(&line, &size, file) >= 0)
        if (sscanf(line, " nameserver %63s", address) == 1)
            servers_add(s, address);
    free(line);
    if (file)
        fclose(file);
    /* As the file's manual has it. */
    if (s->n == 0)
        servers_add(s, "127.0.0.1");
}
