/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thread for all pages, which wait together, in the loop.  The function
 * fetch() is cut at every wait; read its pieces from the last one upwards.
 */
#include <err.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <xxhash.h>

/* What were variables of fetch() must outlive each of its pieces. */
struct page {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    char request[256], *answer;
    size_t i, len;
};

static struct sockaddr_in server;
static const char *seed, *latency_ms;
static unsigned bytes; /* of a body */
static size_t room;    /* for an answer, its head included */

static void hang_up(uv_stream_t *tcp, int error)
{
    struct page *page = tcp->data;

    if (error != UV_EOF)
        fprintf(stderr, "page %zu: %s\n", page->i, uv_strerror(error));
    uv_close((uv_handle_t *)tcp, NULL);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    struct page *page = tcp->data;

    (void)buf;
    if (n >= 0)
        page->len += (size_t)n;
    else
        hang_up(tcp, (int)n);
}

static void on_room(uv_handle_t *tcp, size_t hint, uv_buf_t *buf)
{
    struct page *page = tcp->data;

    (void)hint;
    *buf = uv_buf_init(page->answer + page->len, (unsigned)(room - page->len));
}

static void on_write(uv_write_t *write, int error)
{
    if (!error)
        error = uv_read_start(write->handle, on_room, on_read);
    if (error)
        hang_up(write->handle, error);
}

static void on_connect(uv_connect_t *connect, int error)
{
    struct page *page = connect->handle->data;
    uv_buf_t buf = uv_buf_init(page->request, (unsigned)strlen(page->request));

    if (!error)
        error = uv_write(&page->write, connect->handle, &buf, 1, on_write);
    if (error)
        hang_up(connect->handle, error);
}

static void fetch(struct page *page)
{
    int error;

    page->answer = calloc(1, room + 1);
    snprintf(page->request, sizeof(page->request),
             "GET /page/%zu?seed=%s&bytes=%u&latency-ms=%s HTTP/1.1\r\n"
             "Host: localhost\r\nConnection: close\r\n\r\n",
             page->i, seed, bytes, latency_ms);
    uv_tcp_init(uv_default_loop(), &page->tcp);
    page->tcp.data = page;
    error = uv_tcp_connect(&page->connect, &page->tcp,
                           (struct sockaddr *)&server, on_connect);
    if (error)
        hang_up((uv_stream_t *)&page->tcp, error);
}

static void show(size_t i, char *answer)
{
    const char *body = answer ? strstr(answer, "\r\n\r\n") : NULL;

    if (!body || strlen(body + 4) != bytes ||
        strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
        errx(1, "page %zu: not %u bytes with status 200", i, bytes);
    printf("%zu %u %016" PRIx64 "\n", i, bytes, XXH3_64bits(body + 4, bytes));
    free(answer);
}

int main(int argc, char *argv[])
{
    size_t n = argc > 4 ? strtoul(argv[3], NULL, 10) : 0;
    struct page *pages = calloc(n, sizeof(*pages));

    if (!pages || n == 0 || uv_ip4_addr(argv[1], atoi(argv[2]), &server))
        errx(1, "give HOST PORT N SEED [BYTES LATENCY_MS]");
    seed = argv[4];
    bytes = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 4096;
    room = (size_t)bytes + 4096;
    latency_ms = argc > 6 ? argv[6] : "10";
    signal(SIGPIPE, SIG_IGN); /* a server that hung up is an error, no end */
    for (size_t i = 0; i < n; i++) {
        pages[i].i = i;
        fetch(&pages[i]);
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    uv_loop_close(uv_default_loop());
    for (size_t i = 0; i < n; i++)
        show(i, pages[i].answer);
    free(pages);
    return 0;
}
