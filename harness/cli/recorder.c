/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's directory and samples.tsv, while it is measured. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"
#include "harness/sample/gbench.h"
#include "harness/sample/machine.h"

/* What a socket of conn_socket() really has, not what was requested. */
static void print_congestion(FILE *out)
{
    struct conn probe = {.dial.peer.ss_family = AF_INET};
    char name[32] = "unknown";
    socklen_t len = sizeof(name) - 1;
    int fd = conn_socket(&probe, 0);

    if (fd < 0)
        return;
    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
    close(fd);
    fprintf(out, "# congestion=%s\n", name);
}

static void format_now(const char *format, char *out, size_t size)
{
    time_t now = time(NULL);
    struct tm utc;

    strftime(out, size, format, gmtime_r(&now, &utc));
}

/* "# key=value" lines: what a reader of any run's samples.tsv must know. */
static void print_header(FILE *out, const struct asked *asked, uint64_t cells)
{
    char date[32], host[96];

    format_now("%Y-%m-%dT%H:%M:%SZ", date, sizeof(date));
    machine_host(host, sizeof(host));
    fprintf(out, "# schema=%d\n# version=%s\n# date=%s\n# command=%s\n",
            STORE_SCHEMA, BATON_VERSION, date, command_line());
    fprintf(out, "# host=%s\n# seed=%" PRIu64 "\n", host, asked->seed);
    if (asked->rounds)
        fprintf(out, "# asked=rounds=%" PRIu64 "\n", asked->rounds);
    else
        fprintf(out, "# asked=budget_s=%g\n", (double)asked->budget_ns / 1e9);
    fprintf(out, "# shard=%u/%u\n# cells=%016" PRIx64 "\n",
            asked->shard.parts ? asked->shard.part : 1,
            asked->shard.parts ? asked->shard.parts : 1, cells);
    fprintf(out, "# compiler=%s\n# flags=%s\n# benchmark=%s\n", BATON_COMPILER,
            BATON_FLAGS, gbench_version());
    for (size_t i = 0; i < n_models; i++)
        if (models[i]->library_version)
            fprintf(out, "# library.%s=%s\n", models[i]->name,
                    models[i]->library_version());
    print_congestion(out);
}

/* Runs that start in the same second are numbered. */
static int open_store(struct store *store, const char *dir, const char *name,
                      const char *header)
{
    char stamp[32], suffix[16] = "", fallback[128] = "";
    int error = dir ? store_create(store, dir, header) : -EEXIST;

    for (unsigned i = 1; !dir && error == -EEXIST && i < 100; i++) {
        format_now("%Y%m%dT%H%M%SZ", stamp, sizeof(stamp));
        if (i > 1)
            snprintf(suffix, sizeof(suffix), "-%u", i);
        snprintf(fallback, sizeof(fallback), "baton-results/%s-%s%s", stamp,
                 name, suffix);
        error = store_create(store, fallback, header);
    }
    if (!error)
        return EXIT_DONE;
    dir = dir ? dir : fallback;
    if (error == -EEXIST)
        complain("%s holds a run already; choose another --out", dir);
    else
        complain("cannot write to %.200s: %s; choose another --out", dir,
                 strerror(-error));
    return EXIT_BROKEN;
}

int recorder_open(struct recorder *r, const struct asked *asked,
                  const char *name, uint64_t cells,
                  void (*describe)(const void *context, FILE *out),
                  const void *context)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    *r = (struct recorder){.store.fd = -1,
                           .terminal = takes_escapes(STDERR_FILENO)};
    if (!out)
        return EXIT_BROKEN;
    print_header(out, asked, cells);
    describe(context, out);
    machine_describe(out);
    r->recording.header = text_close(out, &text);
    if (r->recording.header)
        clean_lines(r->recording.header);
    return r->recording.header
               ? open_store(&r->store, asked->out, name, r->recording.header)
               : EXIT_BROKEN;
}

static int explain(const struct recorder *r, int error, char why[256])
{
    if (error)
        snprintf(why, 256, "cannot write %.160s/samples.tsv: %s", r->store.dir,
                 strerror(-error));
    return error;
}

int recorder_keep(struct recorder *r, const struct sample *s, char why[256])
{
    int error = explain(r, store_append(&r->store, s), why);

    if (!error && s->status != STATUS_OK && s->status != STATUS_WRONG) {
        recorder_progress(r, "%s", "");
        complain("%s%s%s/%s%s%s%s %s: %s", s->side, s->side[0] ? ": " : "",
                 s->workload, s->model, s->parameters[0] ? " (" : "",
                 s->parameters, s->parameters[0] ? ")" : "",
                 status_name(s->status), s->text);
    }
    return error;
}

int recorder_sync(struct recorder *r, char why[256])
{
    return explain(r, store_sync(&r->store), why);
}

void recorder_progress(const struct recorder *r, const char *format, ...)
{
    va_list args;

    if (!r->terminal)
        return;
    fputs("\r\033[K", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

int recorder_end(struct recorder *r, int error, const char *why)
{
    recorder_progress(r, "%s", "");
    if (error)
        complain("%s; %zu finished samples are kept in %s",
                 why[0] ? why : strerror(-error), r->recording.n, r->store.dir);
    return error;
}

void recorder_close(struct recorder *r)
{
    store_close(&r->store);
    recording_finish(&r->recording);
}
