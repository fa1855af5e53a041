/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses of the hosts that a scrape meets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/cli/scrape.h"
#include "harness/process/interrupt.h"
#include "harness/results/array.h"

/* Names at once; some name servers do not answer more. */
enum { MAX_ASKING = 32 };

static const struct addrinfo hints = {
    .ai_family = AF_UNSPEC,
    .ai_socktype = SOCK_STREAM,
};

void hosts_init(struct hosts *h)
{
    *h = (struct hosts){.lock = PTHREAD_MUTEX_INITIALIZER};
}

static void destroy(void *data)
{
    struct host *host = data;

    free(host->name);
    free(host->authority);
    free(host);
}

void hosts_finish(struct hosts *h)
{
    if (h->busy)
        return; /* the look-up may still write to them */
    tdestroy(h->known, destroy);
    tdestroy(h->met, destroy);
    free(h->all);
    pthread_mutex_destroy(&h->lock);
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct host *)one)->authority,
                  ((const struct host *)other)->authority);
}

static struct host *find(void *const *tree, const struct url *url)
{
    char authority[URL_MAX];
    const struct host key = {.authority = authority};
    struct host **node;

    snprintf(authority, sizeof(authority), "%.*s", url->authority_len,
             url->text + url->authority);
    node = tfind(&key, tree, compare);
    return node ? *node : NULL;
}

static struct host *create(const struct url *url)
{
    struct host *host = calloc(1, sizeof(*host));

    if (!host)
        return NULL;
    host->name = strndup(url->text + url->host, url->host_len);
    host->authority = strndup(url->text + url->authority, url->authority_len);
    /* Until it is looked up: the port, and the address if it is one. */
    host->outcome = scraping_numeric(url, &host->dial);
    if (host->outcome != OUTCOME_OK)
        ((struct sockaddr_in *)&host->dial.peer)->sin_port = htons(url->port);
    if (host->name && host->authority)
        return host;
    destroy(host);
    return NULL;
}

static struct host *insert(void **tree, const struct url *url)
{
    struct host *host = create(url);

    if (host && !tsearch(host, tree, compare)) {
        destroy(host);
        host = NULL;
    }
    return host;
}

struct host *hosts_add(struct hosts *h, const struct url *url)
{
    struct host *host = find(&h->known, url);

    if (host)
        return host;
    if (!ARRAY_ROOM(h->all, h->n))
        return NULL;
    host = insert(&h->known, url);
    if (!host)
        return NULL;
    host->index = (uint32_t)h->n;
    h->all[h->n++] = host;
    return host;
}

enum outcome hosts_outcome(int error)
{
    switch (error) {
    case 0:
        return OUTCOME_OK;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return OUTCOME_DNS_NAME;
    case EAI_AGAIN:
        return OUTCOME_DNS_NO_ANSWER;
    case EAI_MEMORY:
        return OUTCOME_LOCAL_LIMIT;
    default:
        return OUTCOME_DNS_FAILED;
    }
}

/* Takes the first address, which is the one that the C library prefers. */
static void settle(struct host *host, int error, struct addrinfo *found)
{
    in_port_t port = ((struct sockaddr_in *)&host->dial.peer)->sin_port;

    host->outcome = hosts_outcome(error);
    if (error)
        return;
    memcpy(&host->dial.peer, found->ai_addr, found->ai_addrlen);
    host->dial.peer_len = found->ai_addrlen;
    /* It stands at the same place in both families. */
    ((struct sockaddr_in *)&host->dial.peer)->sin_port = port;
    freeaddrinfo(found);
}

/* Names, and the threads that take one after another until none is left. */
struct lookup {
    struct host **names;
    size_t n;
    _Atomic size_t next, done;
    pthread_t threads[MAX_ASKING];
    size_t n_threads;
};

static void *ask(void *data)
{
    struct lookup *l = data;
    size_t i;

    while ((i = l->next++) < l->n) {
        struct addrinfo *found = NULL;
        int error = getaddrinfo(l->names[i]->name, NULL, &hints, &found);

        settle(l->names[i], error, found);
        l->done++;
    }
    return NULL;
}

/*
 * Not getaddrinfo_a(3): its threads stay for a while, and a process that is to
 * fork should have none.
 */
static void start(struct lookup *l)
{
    while (l->n_threads < MAX_ASKING && l->n_threads < l->n &&
           !pthread_create(&l->threads[l->n_threads], NULL, ask, l))
        l->n_threads++;
    if (l->n_threads == 0)
        ask(l);
}

/* After -EINTR the threads are still busy: a look-up cannot be cancelled. */
static int wait_for_all(struct lookup *l)
{
    static const struct timespec look = {.tv_nsec = 2 * 1000 * 1000};

    while (l->done < l->n) {
        if (interrupt_came())
            return -EINTR;
        nanosleep(&look, NULL);
    }
    for (size_t i = 0; i < l->n_threads; i++)
        pthread_join(l->threads[i], NULL);
    return 0;
}

int hosts_look_up(struct hosts *h)
{
    struct lookup *l = calloc(1, sizeof(*l));

    if (l)
        l->names = calloc(h->n + 1, sizeof(struct host *));
    if (!l || !l->names) {
        free(l);
        return -ENOMEM;
    }
    for (size_t i = 0; i < h->n; i++)
        if (h->all[i]->outcome != OUTCOME_OK)
            l->names[l->n++] = h->all[i];
    start(l);
    h->busy = wait_for_all(l) != 0;
    if (h->busy)
        return -EINTR;
    free(l->names);
    free(l);
    return 0;
}

static enum outcome meet(struct hosts *h, const struct url *url,
                         struct dial *ret)
{
    struct host *host = find(&h->met, url);
    struct addrinfo *found = NULL;
    int error;

    if (!host) {
        host = insert(&h->met, url);
        if (!host)
            return OUTCOME_LOCAL_LIMIT;
        error = getaddrinfo(host->name, NULL, &hints, &found);
        settle(host, error, found);
    }
    *ret = host->dial;
    return host->outcome;
}

enum outcome hosts_dial(struct hosts *h, const struct url *url,
                        struct dial *ret)
{
    const struct host *known = find(&h->known, url);
    enum outcome outcome;

    if (known) {
        *ret = known->dial;
        return known->outcome;
    }
    if (scraping_numeric(url, ret) == OUTCOME_OK)
        return OUTCOME_OK;
    pthread_mutex_lock(&h->lock);
    outcome = meet(h, url, ret);
    pthread_mutex_unlock(&h->lock);
    return outcome;
}
