/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run's files go, and what the first of them begins with. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/sample/gbench.h"
#include "harness/sample/machine.h"
#include "models/model.h"

/* What a socket of conn_socket() has got, not what it was meant to get. */
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

static void print_date(FILE *out)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(out, "# date=%s\n", text);
}

static void print_asked(const struct asked *asked, FILE *out)
{
    char host[96];

    machine_host(host, sizeof(host));
    fprintf(out, "# host=%s\n# seed=%" PRIu64 "\n", host, asked->seed);
    if (asked->rounds)
        fprintf(out, "# asked=rounds=%u\n", asked->rounds);
    else
        fprintf(out, "# asked=budget_s=%g\n", (double)asked->budget_ns / 1e9);
    fprintf(out, "# shard=1/1\n# cells=%016" PRIx64 "\n", asked->cells);
}

void header_print(FILE *out, const struct asked *asked)
{
    fprintf(out, "# schema=%d\n# version=%s\n", STORE_SCHEMA, BATON_VERSION);
    print_date(out);
    fprintf(out, "# command=%s\n", command_line());
    print_asked(asked, out);
    fprintf(out, "# compiler=%s\n# flags=%s\n", BATON_COMPILER, BATON_FLAGS);
    fprintf(out, "# benchmark=%s\n", gbench_version());
    for (size_t i = 0; i < n_models; i++)
        if (models[i]->library_version)
            fprintf(out, "# library.%s=%s\n", models[i]->name,
                    models[i]->library_version());
    print_congestion(out);
}

/* The directory. */

static void default_directory(const char *name, unsigned number, char *out,
                              size_t size)
{
    char stamp[32], suffix[16] = "";
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
    if (number > 1)
        snprintf(suffix, sizeof(suffix), "-%u", number);
    snprintf(out, size, "baton-results/%s-%s%s", stamp, name, suffix);
}

/* Runs that start in the same second are told apart by a number. */
int store_open(struct store *store, const char *dir, const char *name,
               const char *header)
{
    char fallback[64] = "";
    int error = dir ? store_create(store, dir, header) : -EEXIST;

    for (unsigned i = 1; !dir && error == -EEXIST && i < 100; i++) {
        default_directory(name, i, fallback, sizeof(fallback));
        error = store_create(store, fallback, header);
    }
    if (error == -EEXIST)
        complain("%s holds a run already; choose another --out",
                 dir ? dir : fallback);
    else if (error)
        complain("cannot write to %.200s: %s; choose another --out",
                 dir ? dir : fallback, strerror(-error));
    return error;
}
