/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One page after another: while one is waited for, all the others wait. */
#include <unistd.h>

#include "page.h"

static void fetch(size_t i)
{
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
}

int main(int argc, char *argv[])
{
    order(argc, argv);
    for (size_t i = 0; i < wanted; i++) {
        fetch(i);
        show(i);
    }
    return 0;
}
