/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All blogs wait in one loop: scrape() is cut at every wait, into callbacks. */
#include <uv.h>

#include "steps.h"

static uv_tcp_t tcps[2 * MAX_N]; /* 2i: a front page; 2i + 1: its article */
static uv_connect_t connects[2 * MAX_N];
static void fetch(size_t i);

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    size_t i = (size_t)((uv_tcp_t *)tcp - tcps);
    struct site *s = tcp->data;

    if (n >= 0 && (s->end = buf->base + n) < s->limit)
        return;
    uv_close((uv_handle_t *)tcp, NULL);
    s->error = n < 0 && n != UV_EOF ? (int)-n : 0;
    if (i % 2 ? find_title(s) : find_link(s))
        fetch(i + 1);
}

static void on_room(uv_handle_t *tcp, size_t hint, uv_buf_t *buf)
{
    struct site *s = tcp->data;

    (void)hint;
    *buf = uv_buf_init(s->end, (unsigned)(s->limit - s->end));
}

static void on_connect(uv_connect_t *connect, int error)
{
    struct site *s = connect->handle->data;
    uv_buf_t buf = uv_buf_init(s->request, (unsigned)strlen(s->request));

    if (error || (error = uv_try_write(connect->handle, &buf, 1)) < 0 ||
        (error = uv_read_start(connect->handle, on_room, on_read)))
        on_read(connect->handle, error, NULL);
}

static void fetch(size_t i)
{
    int error;

    uv_tcp_init(uv_default_loop(), &tcps[i]);
    tcps[i].data = &sites[i / 2];
    if ((error = uv_tcp_connect(&connects[i], &tcps[i], server, on_connect)))
        on_read((uv_stream_t *)&tcps[i], error, NULL);
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    for (size_t i = 0; i < wanted; i++)
        fetch(2 * i);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return show();
}
