/* SPDX-License-Identifier: MIT */
#include "models/wait/steps.h"

#include <errno.h>
#include <sys/socket.h>

int step_dial(const struct conn *conn, int *ret_fd)
{
    const struct sockaddr *peer = (const struct sockaddr *)&conn->dial.peer;
    int fd = conn_socket(conn, SOCK_NONBLOCK);

    *ret_fd = fd < 0 ? -1 : fd;
    if (fd < 0)
        return fd;
    if (connect(fd, peer, conn->dial.peer_len) == 0)
        return 0;
    return errno == EINPROGRESS ? -EAGAIN : -errno;
}

int step_dialled(int fd)
{
    socklen_t len = sizeof(int);
    int error = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
        return -errno;
    return -error;
}

ssize_t step_send(int fd, const void *data, size_t len)
{
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    return n < 0 ? -errno : n;
}

ssize_t step_receive(int fd, void *buffer, size_t size)
{
    ssize_t n = recv(fd, buffer, size, MSG_DONTWAIT);

    return n < 0 ? -errno : n;
}

void step_offer(int fd, const struct conn *conn)
{
    size_t len;
    const void *data = conn_pending(conn, &len);

    if (fd >= 0 && len > 0)
        step_send(fd, data, len);
}
