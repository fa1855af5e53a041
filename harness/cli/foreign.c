/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --origin: a server other than Baton's, and its page as the reference. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "workloads/web/url.h"

/* Two fetches: a page that changes cannot be verified. */
enum { FETCHES = 2 };

static bool answers(const struct addrinfo *a)
{
    static const struct timeval patience = {.tv_sec = 5};
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes;

    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    yes = connect(fd, a->ai_addr, a->ai_addrlen) == 0;
    close(fd);
    return yes;
}

static int resolve(const char *host, const char *port, struct dial *ret)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *a;
    int error = getaddrinfo(host, port, &hints, &found);

    if (error) {
        complain("cannot resolve %s: %s", host, gai_strerror(error));
        return -ENOENT;
    }
    /* The first that answers; "localhost" may be ::1 and 127.0.0.1. */
    for (a = found; a->ai_next && !answers(a); a = a->ai_next)
        ;
    memcpy(&ret->peer, a->ai_addr, a->ai_addrlen);
    ret->peer_len = a->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* The path is requested as it was typed, without a browser's changes. */
static bool is_exact(const char *text)
{
    while (*text > ' ' && *text < 0x7f)
        text++;
    return !*text;
}

static int take_apart(const char *text, struct setup *s)
{
    struct url url;
    enum url_error error = url_parse(text, &url);
    char *host, port[8];
    int status = EXIT_BROKEN;

    if (error || url.tls || !is_exact(text))
        return complain_usage(
            "'%s' is %s; --origin takes http://host:port/path", text,
            url_error_text(error ? error : URL_BROKEN));
    snprintf(port, sizeof(port), "%u", url.port);
    host = strndup(url.text + url.host, url.host_len);
    s->host = strndup(url.text + url.authority, url.authority_len);
    s->path = strndup(url.text + url.target, url.target_len);
    if (host && s->host && s->path && !resolve(host, port, &s->server))
        status = EXIT_DONE;
    free(host);
    return status;
}

static const struct model *any_model(const struct kind *kind)
{
    for (size_t i = 0; i < n_models; i++)
        if (!model_gap(models[i], kind) &&
            !model_ability(models[i], kind).in_memory)
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
        error = model_run(m, w->kind, work.job);
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
    const struct model *m = any_model(w->kind);
    struct setup seen[FETCHES];
    int status = take_apart(url, s);

    if (status)
        return status;
    for (int i = 0; i < FETCHES; i++) {
        char why[128] = "no model of this build can";

        seen[i] = *s;
        if (!m || fetch(w, m, &seen[i], why, sizeof(why)))
            return complain_broken("cannot fetch %s: %s", url, why);
    }
    *s = seen[0];
    if (seen[0].reference_hash == seen[1].reference_hash &&
        seen[0].reference_bytes == seen[1].reference_bytes)
        return EXIT_DONE;
    return complain_broken(
        "%s changes from one request to the next, so no download of it can be "
        "verified",
        url);
}
