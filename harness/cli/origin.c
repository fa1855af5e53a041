/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/origin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/sample/machine.h"

/* Without the key, which follows the certificate. */
static void write_certificate(const char *file, const char *authority)
{
    const char *key = strstr(authority, "-----BEGIN PRIVATE KEY");
    size_t len = key ? (size_t)(key - authority) : 0;
    FILE *out = fopen(file, "w");
    int written = out ? fprintf(out, "%.*s", (int)len, authority) : -1;

    if ((out && fclose(out)) || written < 0) {
        complain("cannot write '%s': %s", file, strerror(errno));
        exit(EXIT_BROKEN);
    }
}

static void announce(const struct origin_options *options,
                     const struct origin_ports *ports)
{
    if (options->cafile)
        write_certificate(options->cafile, ports->authority);
    printf("http://127.0.0.1:%u\n", ports->port);
    printf("refuses connections: http://127.0.0.1:%u\n", ports->refused);
    if (ports->full)
        printf("does not accept connections: http://127.0.0.1:%u\n",
               ports->full);
    printf("answers DNS: 127.0.0.1:%u\n", ports->names);
    if (ports->tls)
        printf("answers with TLS: https://127.0.0.1:%u\n", ports->tls);
    if (fflush(stdout) || ferror(stdout))
        exit(EXIT_BROKEN); /* main()'s check_output() says why */
}

static void take_control(void *command, const char *arg,
                         struct argp_state *state)
{
    struct origin_options *options = command;

    (void)state;
    options->control_fd = atoi(arg);
    options->on_listening = NULL;
}

static void take_pin(void *command, const char *arg, struct argp_state *state)
{
    (void)command;
    if (machine_pin(arg))
        argp_error(state, "cannot run on the CPUs '%s'", arg);
}

static const struct option_row rows[] = {
    {"port", "P", "Listen on this port (0: any, default)", OPTION_NUMBER,
     offsetof(struct origin_options, port), 0, NULL, 'p', 0, UINT16_MAX},
    {"pin", "CPUS", "Run on these CPUs, as 0-2,5", OPTION_CALL, 0, 0, take_pin},
    {"cafile", "FILE", "Write the certificate of its TLS authority to FILE",
     OPTION_TEXT, offsetof(struct origin_options, cafile)},
    {"control-fd", "FD", NULL, OPTION_CALL, 0, 0, take_control},
    {0},
};

int cli_origin(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .doc =
            "Serves seeded pages, blogs and faults over HTTP/1.1 on 127.0.0.1 "
            "until it is interrupted. Prints its address, then one that "
            "refuses connections, one that does not accept them, the "
            "address of its name server, and one with TLS.\v"
            "The address of a page has all its parameters:\n"
            "  /page/INDEX?seed=S&bytes=B&latency-ms=L&rate=R&bulk=1\n"
            "A blog, the article behind its first link, and a broken site:\n"
            "  /blog/INDEX?seed=S&bytes=B&latency-ms=L\n"
            "  /article/INDEX?seed=S&bytes=B&latency-ms=L\n"
            "  /fault/NAME/INDEX?seed=S&bytes=B&latency-ms=L\n"
            "NAME is one of\n"
            "  not-found, server-error, redirect-loop, redirect-scheme,\n"
            "  reset-at-once, empty-reply, reset-in-body, short-body,\n"
            "  short-chunks, bad-chunk, negative-length, two-lengths, "
            "not-http,\n"
            "  big-header, big-body, slow-header, slow-body, silent, no-link,\n"
            "  no-title, binary, compressed; and of the healthy\n"
            "  plain, chunked, until-close, no-content, redirect.\n"
            "Pages for programs in any language, with a number at their end:\n"
            "  /n/SEED-BYTES-LATENCY_MS/INDEX   a text\n"
            "  /bulk/SEED-BYTES-LATENCY_MS/INDEX\n"
            "  /plain/SEED-BYTES-LATENCY_MS/INDEX   a blog, its title and "
            "number\n"
            "  on /plain/SEED-BYTES-LATENCY_MS/INDEX/article\n"
            "The name server knows NUMBER.KIND-LATENCY_MS.origin.test; KIND "
            "is\n"
            "  missing, failing, looping, lying, mute; and of those with an\n"
            "  address known, long, spoofed, mistaken, alias, two.\n"
            "The server with TLS has all pages; for such a name, whose KIND "
            "is\n"
            "  expired, misnamed, unissued, chained, unencrypted, cut, "
            "garbled,\n"
            "  stalled, unclosed; and of the healthy known, older, closed,\n"
            "  careless.\n\n"
            "Examples:\n"
            "  baton origin --port 8080 --cafile authority.pem\n"
            "  curl -i 'http://127.0.0.1:8080/page/7?bytes=64&latency-ms=500'\n"
            "  curl -i http://127.0.0.1:8080/fault/short-body/1\n"
            "  dig @127.0.0.1 -p PORT 7.missing-10.origin.test",
    };
    struct origin_options chosen = {.control_fd = -1, .on_listening = announce};
    int error;

    if (!options_read(&options, argc, argv, &chosen))
        return EXIT_USAGE;
    error = origin_serve(&chosen);
    if (error == -EADDRINUSE)
        complain("port %" PRIu64
                 " is in use; choose another with --port, or 0 for any",
                 chosen.port);
    else if (error)
        complain("the origin cannot listen on port %" PRIu64 ": %s",
                 chosen.port, strerror(-error));
    return error ? EXIT_BROKEN : EXIT_DONE;
}
