/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All pages wait in one loop: fetch() is cut at every wait, into callbacks. */
#include <uv.h>

#include "page.h"

static uv_tcp_t tcps[MAX_N]; /* off the stack: they outlive each piece */
static uv_connect_t connects[MAX_N];

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    struct page *page = tcp->data;

    if (n >= 0)
        page->end = buf->base + n;
    else if (n != UV_EOF)
        fprintf(stderr, "page %td: %s\n", page - pages, uv_strerror((int)n));
    if (n < 0)
        uv_close((uv_handle_t *)tcp, NULL);
}

static void on_room(uv_handle_t *tcp, size_t hint, uv_buf_t *buf)
{
    struct page *page = tcp->data;

    (void)hint;
    *buf = uv_buf_init(page->end, (unsigned)(page->limit - page->end));
}

static void on_connect(uv_connect_t *connect, int error)
{
    struct page *page = connect->handle->data;
    uv_buf_t buf = uv_buf_init(page->request, (unsigned)strlen(page->request));

    if (error || (error = uv_try_write(connect->handle, &buf, 1)) < 0 ||
        (error = uv_read_start(connect->handle, on_room, on_read)))
        on_read(connect->handle, error, NULL);
}

static void fetch(size_t i)
{
    int error;

    uv_tcp_init(uv_default_loop(), &tcps[i]);
    tcps[i].data = &pages[i];
    if ((error = uv_tcp_connect(&connects[i], &tcps[i], server, on_connect)))
        on_read((uv_stream_t *)&tcps[i], error, NULL);
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    for (size_t i = 0; i < wanted; i++)
        fetch(i);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    for (size_t i = 0; i < wanted; i++)
        show(i);
    return 0;
}
