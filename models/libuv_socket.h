/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_LIBUV_SOCKET_H
#define BATON_MODELS_LIBUV_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "workloads/kinds/connections.h"

/*
 * A lane's socket.  libuv has a handle of one type for streams and one of
 * another type for datagrams; here stands all in which they differ.  Each
 * function returns 0, or an error of libuv, which is -errno.
 */
struct libuv_socket {
    union {
        uv_handle_t handle; /* its `data` is the lane's */
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_udp_t udp;
    };
    union {
        uv_connect_t connect;
        uv_write_t write;
        uv_udp_send_t send;
    };
    uv_os_fd_t fd;
    uv_read_cb on_read;
    void (*on_sent)(void *data, int status);
};

static inline bool libuv_has_datagrams(const struct libuv_socket *s)
{
    return s->handle.type == UV_UDP;
}

static inline struct libuv_socket *libuv_socket_of(void *handle)
{
    return (void *)((char *)handle - offsetof(struct libuv_socket, handle));
}

/* With *ret_open, the handle is to be closed. */
static inline int libuv_socket_open(struct libuv_socket *s, uv_loop_t *loop,
                                    const struct conn *conn, bool *ret_open)
{
    int family = conn->dial.peer.ss_family;
    bool datagrams = dial_is_datagrams(&conn->dial);
    int error = datagrams ? uv_udp_init_ex(loop, &s->udp, (unsigned)family)
                          : uv_tcp_init_ex(loop, &s->tcp, (unsigned)family);

    *ret_open = !error;
    if (!error)
        error = uv_fileno(&s->handle, &s->fd);
    if (!error && !datagrams)
        error = conn_tune(s->fd);
    return error;
}

/* Calls back, but for datagrams: they are connected when it returns. */
static inline int libuv_socket_connect(struct libuv_socket *s,
                                       const struct conn *conn,
                                       uv_connect_cb on_connect)
{
    const struct sockaddr *to = (const struct sockaddr *)&conn->dial.peer;

    return libuv_has_datagrams(s)
               ? uv_udp_connect(&s->udp, to)
               : uv_tcp_connect(&s->connect, &s->tcp, to, on_connect);
}

/* Without an address it is no message: there is none for now. */
static inline void libuv_on_message(uv_udp_t *udp, ssize_t n,
                                    const uv_buf_t *buf,
                                    const struct sockaddr *from, unsigned flags)
{
    struct libuv_socket *s = libuv_socket_of(udp);

    (void)flags;
    if (n || from)
        s->on_read(&s->stream, n ? n : UV_EOF, buf);
}

/* An empty message is read as UV_EOF. */
static inline int libuv_socket_read(struct libuv_socket *s,
                                    uv_alloc_cb on_alloc, uv_read_cb on_read)
{
    s->on_read = on_read;
    return libuv_has_datagrams(s)
               ? uv_udp_recv_start(&s->udp, on_alloc, libuv_on_message)
               : uv_read_start(&s->stream, on_alloc, on_read);
}

static inline void libuv_socket_stop(struct libuv_socket *s)
{
    if (libuv_has_datagrams(s))
        uv_udp_recv_stop(&s->udp);
    else
        uv_read_stop(&s->stream);
}

/* Bytes that it took at once, or UV_EAGAIN: then, one such send at a time. */
static inline int libuv_socket_try(struct libuv_socket *s, const uv_buf_t *buf)
{
    return libuv_has_datagrams(s) ? uv_udp_try_send(&s->udp, buf, 1, NULL)
                                  : uv_try_write(&s->stream, buf, 1);
}

static inline void libuv_on_write(uv_write_t *request, int status)
{
    libuv_socket_of(request->handle)->on_sent(request->handle->data, status);
}

static inline void libuv_on_send(uv_udp_send_t *request, int status)
{
    libuv_socket_of(request->handle)->on_sent(request->handle->data, status);
}

static inline int libuv_socket_send(struct libuv_socket *s, const uv_buf_t *buf,
                                    void (*on_sent)(void *data, int status))
{
    s->on_sent = on_sent;
    return libuv_has_datagrams(s)
               ? uv_udp_send(&s->send, &s->udp, buf, 1, NULL, libuv_on_send)
               : uv_write(&s->write, &s->stream, buf, 1, libuv_on_write);
}

#endif
