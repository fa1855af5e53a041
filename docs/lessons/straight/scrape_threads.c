/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread for each blog: each waits for its own, all at the same time. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "steps.h"

static pthread_t threads[MAX_N];
static int errors[MAX_N];

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

static void *scrape(void *site)
{
    struct site *s = site;

    fetch(s);
    if (find_link(s)) {
        fetch(s);
        find_title(s);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    xmlInitParser(); /* while there is only one thread to do it */
    for (size_t i = 0; i < wanted; i++)
        errors[i] = pthread_create(&threads[i], NULL, scrape, &sites[i]);
    for (size_t i = 0; i < wanted; i++)
        if (errors[i])
            sites[i].why = strerror(errors[i]);
        else
            pthread_join(threads[i], NULL);
    return show();
}
