/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One blog after another: while one is waited for, all the others wait. */
#include <errno.h>
#include <unistd.h>

#include "steps.h"

static void fetch(struct site *s)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t n = -1;

    if (fd >= 0 && connect(fd, server, sizeof(*server)) == 0 &&
        write(fd, s->request, strlen(s->request)) > 0)
        while ((n = read(fd, s->end, (size_t)(s->limit - s->end))) > 0)
            s->end += n;
    s->error = n < 0 ? errno : 0;
    close(fd);
}

static void scrape(struct site *s)
{
    fetch(s);
    if (find_link(s)) {
        fetch(s);
        find_title(s);
    }
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    for (size_t i = 0; i < wanted; i++)
        scrape(&sites[i]);
    return show();
}
