/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line protocol of `baton cell`, written and read, at either end. */
#include "harness/sample/cell_protocol.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/names.h"
#include "harness/results/text.h"
#include "harness/sample/machine.h"

/* The request, by the parent. */

__attribute__((format(printf, 2, 3))) static void add(struct arguments *r,
                                                      const char *format, ...)
{
    size_t left = sizeof(r->text) - r->used;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(r->text + r->used, left, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= left ||
        r->n + 1 >= sizeof(r->argv) / sizeof(r->argv[0])) {
        r->full = true;
        return;
    }
    r->argv[r->n++] = r->text + r->used;
    r->used += (size_t)len + 1;
}

/* Members of a request that go as they are; what is 0 or NULL is not sent. */
struct member {
    const char *key;
    size_t offset;
};
#define MEMBER(name)                                                           \
    {                                                                          \
#name, offsetof(struct request, name)                                  \
    }
#define SETUP(name)                                                            \
    {                                                                          \
#name, offsetof(struct request, setup.name)                            \
    }
#define NUMBER(r, member) ((uint64_t *)(void *)((char *)(r) + (member)->offset))
#define TEXT(r, member)                                                        \
    ((const char **)(void *)((char *)(r) + (member)->offset))
static const struct member numbers[] = {
    SETUP(seed),
    SETUP(reference_bytes),
    SETUP(addresses),
    SETUP(refused_port),
    {"deaf_port", offsetof(struct request, setup.full_port)},
    SETUP(names_port),
    SETUP(tls_port),
    MEMBER(iterations),
    MEMBER(cold),
    MEMBER(calibrate_ns),
    MEMBER(results_fd),
    MEMBER(trace_fd),
};
static const struct member texts[] = {SETUP(host), SETUP(path), SETUP(link),
                                      SETUP(title), SETUP(authority)};
enum {
    NUMBERS = sizeof(numbers) / sizeof(numbers[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0])
};

static void add_server(struct arguments *r, const struct setup *s)
{
    const struct sockaddr *peer = (const struct sockaddr *)&s->server.peer;
    char host[64], port[16];

    if (!s->server.peer_len ||
        getnameinfo(peer, s->server.peer_len, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    add(r, peer->sa_family == AF_INET6 ? "server=[%s]:%s" : "server=%s:%s",
        host, port);
}

int request_write(const struct request *r, const char *pin,
                  struct arguments *ret)
{
    const struct workload *w = r->workload;
    char parameters[SAMPLE_PARAMETERS];
    const char *at = parameters;
    struct item item;

    *ret = (struct arguments){0};
    add(ret, "baton");
    add(ret, "cell");
    add(ret, "schema=%d", CELL_SCHEMA);
    if (pin)
        add(ret, "pin=%s", pin);
    add(ret, "workload=%s", w->name);
    if (model_file(r->model))
        add(ret, "model_file=%s", model_file(r->model));
    add(ret, "model=%s", r->model->name);
    /* A build from before an implied parameter runs the other cells. */
    cell_parameters(w, r->setup.values, parameters, sizeof(parameters));
    while (text_next(&at, ',', &item))
        add(ret, "%.*s", (int)(at - item.key), item.key);
    add_server(ret, &r->setup);
    for (size_t i = 0; i < TEXTS; i++)
        if (*TEXT(r, &texts[i]))
            add(ret, "%s=%s", texts[i].key, *TEXT(r, &texts[i]));
    for (size_t i = 0; i < NUMBERS; i++)
        if (*NUMBER(r, &numbers[i]))
            add(ret, "%s=%" PRIu64, numbers[i].key, *NUMBER(r, &numbers[i]));
    return ret->full ? -E2BIG : 0;
}

/* The same, for the child. */

static int parse_server(const char *text, struct dial *ret)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    const char *colon = strrchr(text, ':');
    char host[64];
    int length = colon ? (int)(colon - text) : 0;

    if (length <= 0 || length >= (int)sizeof(host))
        return -EINVAL;
    if (text[0] == '[' && length > 2)
        snprintf(host, sizeof(host), "%.*s", length - 2, text + 1);
    else
        snprintf(host, sizeof(host), "%.*s", length, text);
    if (getaddrinfo(host, colon + 1, &hints, &found))
        return -EINVAL;
    memcpy(&ret->peer, found->ai_addr, found->ai_addrlen);
    ret->peer_len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* Implied parameters are not sent when they are presets. */
static int set_workload(struct request *r, const struct workload *w)
{
    r->workload = w;
    if (w)
        workload_presets(w, r->setup.values);
    return w ? 0 : -EINVAL;
}

/* Where a number goes: a member, or a parameter.  NULL: there is none. */
static uint64_t *find_number(struct request *r, const char *key)
{
    const struct workload *w = r->workload;
    int i = w ? parameter_find(w, key, strlen(key)) : -1;

    if (i >= 0)
        return &r->setup.values[i];
    for (i = 0; i < NUMBERS; i++)
        if (strcmp(numbers[i].key, key) == 0)
            return NUMBER(r, &numbers[i]);
    return NULL;
}

static int set_key(struct request *r, const char *key, const char *value)
{
    uint64_t *number;
    char why[256];

    if (strcmp(key, "schema") == 0)
        return strtoull(value, NULL, 10) == CELL_SCHEMA ? 0 : -EPROTONOSUPPORT;
    if (strcmp(key, "workload") == 0)
        return set_workload(r, workload_find(value));
    if (strcmp(key, "model_file") == 0)
        return model_load(value, why, sizeof(why));
    if (strcmp(key, "model") == 0)
        return (r->model = model_find(value)) ? 0 : -EINVAL;
    if (strcmp(key, "server") == 0)
        return parse_server(value, &r->setup.server);
    if (strcmp(key, "pin") == 0)
        return machine_pin(value);
    for (size_t i = 0; i < TEXTS; i++)
        if (strcmp(key, texts[i].key) == 0) {
            *TEXT(r, &texts[i]) = value;
            return 0;
        }
    number = find_number(r, key);
    return number ? text_u64(value, number) : -EINVAL;
}

int request_parse(int argc, char *argv[], struct request *r)
{
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        int error = -EINVAL;

        if (equals) {
            *equals = '\0';
            error = set_key(r, argv[i], equals + 1);
            *equals = '=';
        }
        if (error) {
            printf("refused=%s\n", argv[i]);
            return error;
        }
    }
    if (!r->workload || !r->model || !r->results_fd ||
        model_gap(r->model, r->workload->kind))
        return -EINVAL;
    return 0;
}

/* The report, for the parent. */

/* What a sample's process alone can measure; other columns are not read. */
static bool is_reported(const char *key)
{
    static const char *const keys[] = {
        "real_ns",           "cpu_ns",         "clock_ns",
        "iterations",        "inside_ns",      "voluntary",
        "involuntary",       "peak_rss_bytes", "threads_peak",
        "fds_peak",          "threads_left",   "fds_left",
        "heap_left_bytes",   "children_left",  "children_bytes",
        "heap_growth_bytes", "cpu_wait_ns"};

    return text_index(keys, sizeof(keys) / sizeof(keys[0]), key) >= 0;
}

static void set_reported(struct cell_report *r, struct sample *s,
                         const char *key, const char *value)
{
    if (strcmp(key, "iteration_ns") == 0)
        text_u64(value, &r->iteration_ns);
    else if (strcmp(key, "schema") == 0)
        text_u64(value, &r->schema);
    else if (strcmp(key, "results_bytes") == 0)
        text_u64(value, &r->results_bytes);
    else if (strcmp(key, "error") == 0)
        r->error = atoi(value);
    else if (strcmp(key, "refused") == 0)
        snprintf(r->refused, sizeof(r->refused), "refused %s", value);
    else if (strcmp(key, "end") == 0)
        r->ended = true;
    else if (strcmp(key, "own_growth") == 0)
        r->own_growth = strtod(value, NULL);
    else if (strcmp(key, "kernel_growth") == 0)
        r->kernel_growth = strtod(value, NULL);
    else if (is_reported(key))
        column_set(sample_column(key), value, s);
}

void cell_parse_report(char *text, struct sample *s, struct cell_report *ret)
{
    char *line;

    *ret = (struct cell_report){0};
    while ((line = strsep(&text, "\n"))) {
        char *equals = strchr(line, '=');

        if (!text || !equals)
            continue; /* not ended by a newline, or not ours */
        *equals = '\0';
        set_reported(ret, s, line, equals + 1);
    }
}
