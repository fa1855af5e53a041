/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --origin: a server that is not ours, and what its page is. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <uriparser/Uri.h>

#include "harness/cli/cli.h"
#include "harness/run/cell.h"

/* Two fetches: a page that changes cannot be verified. */
enum { FETCHES = 2 };

static size_t range_length(const UriTextRangeA *range)
{
    return range->first ? (size_t)(range->afterLast - range->first) : 0;
}

static char *copy_range(const UriTextRangeA *range)
{
    return strndup(range->first ? range->first : "", range_length(range));
}

/* The path and the query, as they stand in the URL; "/" when there is none. */
static char *request_target(const char *url)
{
    const char *at = strstr(url, "://") + 3;
    size_t authority = strcspn(at, "/?#"), len;
    char *target;

    at += authority;
    len = strcspn(at, "#");
    target = malloc(len + 2);
    if (target)
        snprintf(target, len + 2, "%s%.*s", *at == '/' ? "" : "/", (int)len,
                 at);
    return target;
}

static int resolve(const char *host, const char *port, struct dial *ret)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(host, *port ? port : "80", &hints, &found);

    if (error) {
        complain("cannot resolve %s: %s", host, gai_strerror(error));
        return -ENOENT;
    }
    /* The first that answers; "localhost" may be ::1 and 127.0.0.1. */
    memcpy(&ret->peer, found->ai_addr, found->ai_addrlen);
    ret->peer_len = found->ai_addrlen;
    for (const struct addrinfo *a = found->ai_next ? found : NULL; a;
         a = a->ai_next) {
        static const struct timeval patience = {.tv_sec = 5};
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool answers;

        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        answers = fd >= 0 && !connect(fd, a->ai_addr, a->ai_addrlen);

        if (fd >= 0)
            close(fd);
        if (!answers)
            continue;
        memcpy(&ret->peer, a->ai_addr, a->ai_addrlen);
        ret->peer_len = a->ai_addrlen;
        break;
    }
    freeaddrinfo(found);
    return 0;
}

static int take_apart(const char *url, struct setup *s)
{
    UriUriA uri;
    char *host, *port, *name = NULL;
    const char *rest;
    uint64_t number;
    bool http, v6;

    if (uriParseSingleUriA(&uri, url, &rest) != URI_SUCCESS) {
        complain("'%s' is no URL; it should read http://host:port/path", url);
        return EXIT_USAGE;
    }
    http = range_length(&uri.scheme) == 4 &&
           strncasecmp(uri.scheme.first, "http", 4) == 0;
    host = copy_range(&uri.hostText);
    port = copy_range(&uri.portText);
    v6 = uri.hostData.ip6 != NULL;
    uriFreeUriMembersA(&uri);
    if (!http || !host || !port || !*host ||
        (*port && (read_number(port, &number) || !number || number > 65535))) {
        complain("--origin takes http://host:port/path, not '%s'", url);
        free(host);
        free(port);
        return EXIT_USAGE;
    }
    s->path = request_target(url);
    if (asprintf(&name, v6 ? "[%s]%s%s" : "%s%s%s", host, *port ? ":" : "",
                 port) < 0)
        name = NULL;
    s->host = name;
    if (!s->path || !s->host || resolve(host, port, &s->server)) {
        free(host);
        free(port);
        return EXIT_BROKEN;
    }
    free(host);
    free(port);
    return EXIT_DONE;
}

static const struct model *any_model(void)
{
    for (size_t i = 0; i < n_models; i++)
        if (!model_gap(models[i], KIND_CONNECTIONS) && !models[i]->in_memory)
            return models[i];
    return NULL;
}

static int fetch(const struct workload *w, const struct model *m,
                 struct setup *s, char *why, size_t size)
{
    struct setup one = *s;
    struct work work;
    void *results;
    int error;

    one.values[workload_parameter(w, "n")] = 1;
    results = aligned_alloc(64, w->results_size(&one));
    if (!results)
        return -ENOMEM;
    memset(results, 0, w->results_size(&one));
    error = w->prepare(&work, &one);
    if (!error) {
        w->aim(&work, &one, results);
        error = model_run(m, &work);
        w->finish(&work);
    }
    if (error)
        snprintf(why, size, "%s", strerror(-error));
    else
        error = w->refer(s, results, why, size);
    free(results);
    return error;
}

int foreign_prepare(const char *url, const struct workload *w, struct setup *s)
{
    const struct model *m = any_model();
    struct setup seen[FETCHES];
    int status = take_apart(url, s);

    if (status)
        return status;
    if (!m) {
        complain("no model of this build can fetch %s", url);
        return EXIT_BROKEN;
    }
    for (int i = 0; i < FETCHES; i++) {
        char why[128] = "";

        seen[i] = *s;
        if (fetch(w, m, &seen[i], why, sizeof(why))) {
            complain("cannot fetch %s: %s", url, why);
            return EXIT_BROKEN;
        }
    }
    if (seen[0].reference_hash != seen[1].reference_hash ||
        seen[0].reference_bytes != seen[1].reference_bytes) {
        complain("%s changes from one request to the next, so no download of "
                 "it can be verified",
                 url);
        return EXIT_BROKEN;
    }
    *s = seen[0];
    return EXIT_DONE;
}
