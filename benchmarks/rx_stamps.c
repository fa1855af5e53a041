/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How old a record is when it is read, by two clocks: the time that the record
 * carries, and the kernel's receive stamp.  Usage: rx_stamps HOG_US.
 *
 * A child sends records of 64 bytes at random moments, 250 us apart on average;
 * the reader keeps the CPU for HOG_US when nothing is left to read.  On UDP
 * each record has its own stamp.  What is read from TCP at once has one, the
 * newest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RECORDS = 4000, BYTES = 64, APART_US = 250, SETTLE_US = 20000 };

struct record {
    int64_t sent_ns, index; /* index -1: the last one */
    char rest[BYTES - 16];
};

struct ages {
    int64_t in_band[RECORDS], kernel[RECORDS], gap[RECORDS];
    size_t n, early, missing;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Receive stamps are of this clock. */
static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void keep_cpu(int64_t ns)
{
    int64_t end_ns = now_ns() + ns;

    while (now_ns() < end_ns) {
    }
}

/* Two connected sockets of the loopback, with stamps at the first one. */
static void open_pair(int type, int ret[2])
{
    static const int on = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE |
                                      SOF_TIMESTAMPING_SOFTWARE;
    static const int room = 1 << 20;
    static const struct timeval patience = {.tv_sec = 2};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(to);
    int fd = socket(AF_INET, type, 0);

    ret[1] = socket(AF_INET, type, 0);
    if (fd < 0 || ret[1] < 0 || bind(fd, (void *)&to, sizeof(to)) ||
        getsockname(fd, (void *)&to, &len) ||
        (type == SOCK_STREAM && listen(fd, 1)) ||
        connect(ret[1], (void *)&to, sizeof(to)))
        fail("socket");
    ret[0] = type == SOCK_STREAM ? accept(fd, NULL, NULL) : fd;
    if (type == SOCK_STREAM) {
        close(fd);
        setsockopt(ret[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    setsockopt(ret[0], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    setsockopt(ret[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (setsockopt(ret[0], SOL_SOCKET, SO_TIMESTAMPING, &stamps,
                   sizeof(stamps)))
        fail("SO_TIMESTAMPING");
}

static _Noreturn void send_records(int fd, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    prctl(PR_SET_TIMERSLACK, 1);
    usleep(SETTLE_US); /* stamping begins a while after it is asked for */
    for (int64_t i = 0; i <= RECORDS; i++) {
        struct timespec pause = {.tv_nsec = rand() % (2 * APART_US) * 1000};
        struct record r = {.index = i < RECORDS ? i : -1};

        nanosleep(&pause, NULL);
        r.sent_ns = now_ns();
        if (send(fd, &r, sizeof(r), 0) != sizeof(r))
            _exit(1);
    }
    _exit(0);
}

/* Its stamp, of the last byte that it read; 0: it has none. */
static int64_t stamp_of(struct msghdr *m)
{
    struct timespec t = {0};

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            memcpy(&t, CMSG_DATA(c), sizeof(t));
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void note(struct ages *a, const struct record *r, int64_t stamp_ns,
                 int64_t read_ns)
{
    if (!stamp_ns) {
        a->missing++;
        return;
    }
    a->early += stamp_ns < r->sent_ns;
    a->in_band[a->n] = read_ns - r->sent_ns;
    a->kernel[a->n] = read_ns - stamp_ns;
    a->gap[a->n++] = stamp_ns - r->sent_ns;
}

/* As a model does, as much as there is; false: the last record has come. */
static bool read_once(int fd, struct ages *ages)
{
    static struct record records[RECORDS];
    char control[256];
    struct iovec part = {records, sizeof(records)};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    ssize_t len = recvmsg(fd, &m, 0);
    int64_t read_ns = now_ns(), stamp_ns;

    if (len < 0 && errno == EAGAIN)
        return false; /* the last datagram was lost */
    if (len <= 0 || len % BYTES != 0)
        fail("recvmsg");
    stamp_ns = stamp_of(&m);
    for (ssize_t i = 0; i < len / BYTES; i++) {
        if (records[i].index < 0)
            return false;
        note(ages, &records[i], stamp_ns, read_ns);
    }
    return true;
}

/* After each time that nothing is left, a handler keeps the CPU. */
static void read_records(int fd, int64_t hog_ns, struct ages *ages)
{
    char next;

    while (read_once(fd, ages))
        if (hog_ns && recv(fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            keep_cpu(hog_ns);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void print_times(const char *protocol, const char *name, int64_t *ns,
                        size_t n)
{
    qsort(ns, n, sizeof(*ns), by_value);
    printf("%s_%s_p50_ns=%" PRId64 "\n%s_%s_p99_ns=%" PRId64 "\n", protocol,
           name, n ? ns[n / 2] : 0, protocol, name, n ? ns[n * 99 / 100] : 0);
}

static void measure(const char *protocol, int type, int64_t hog_ns)
{
    static struct ages ages;
    pid_t parent = getpid(), child;
    int fds[2], status;

    ages = (struct ages){0};
    open_pair(type, fds);
    child = fork();
    if (child == 0)
        send_records(fds[1], parent);
    read_records(fds[0], hog_ns, &ages);
    if (waitpid(child, &status, 0) != child || status != 0)
        fail("the sender");
    printf("%s_n=%zu\n%s_early=%zu\n%s_missing=%zu\n", protocol, ages.n,
           protocol, ages.early, protocol, ages.missing);
    print_times(protocol, "in_band", ages.in_band, ages.n);
    print_times(protocol, "kernel", ages.kernel, ages.n);
    print_times(protocol, "gap", ages.gap, ages.n);
    close(fds[0]);
    close(fds[1]);
}

int main(int argc, char **argv)
{
    int64_t hog_ns = argc > 1 ? strtol(argv[1], NULL, 10) * 1000 : 0;

    measure("udp", SOCK_DGRAM, hog_ns);
    measure("tcp", SOCK_STREAM, hog_ns);
    return 0;
}
