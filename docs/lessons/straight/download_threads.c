/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread for each page: each waits for its own, all at the same time. */
#include <pthread.h>
#include <unistd.h>

#include "page.h"

static pthread_t threads[MAX_N];

static void *fetch(void *index)
{
    size_t i = (size_t)index;
    struct page *page = &pages[i];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t n = -1;

    if (fd >= 0 && connect(fd, server, sizeof(*server)) == 0 &&
        write(fd, page->request, strlen(page->request)) > 0)
        while ((n = read(fd, page->end, page->limit - page->end)) > 0)
            page->end += n;
    if (n < 0)
        fprintf(stderr, "page %zu: %m\n", i);
    close(fd);
    return NULL;
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    for (size_t i = 0; i < wanted; i++)
        if (pthread_create(&threads[i], NULL, fetch, (void *)i))
            errx(1, "thread %zu cannot be created", i);
    for (size_t i = 0; i < wanted; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < wanted; i++)
        show(i);
    return 0;
}
