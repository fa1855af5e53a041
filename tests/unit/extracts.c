/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What is found in pages, for tests that have tables of them.  In: a pattern, a
 * tab, the length of the page, a line end, the page; and so on.  Out: the
 * length of what was found, a line end, and that; -1: nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/extract.h"

int main(void)
{
    static char pattern[1025], text[1 << 16], base[1 << 16];
    size_t len;

    extract_init();
    while (scanf("%1024[^\t]\t%zu%*1[\n]", pattern, &len) == 2) {
        char *page = malloc(len + 1);
        struct markup m = {page, len, "text/html; charset=utf-8"};

        if (!page || fread(page, 1, len, stdin) != len)
            return 1;
        if (extract_link(&m, pattern, text, sizeof(text), base, sizeof(base)) ==
            EXTRACT_FOUND)
            printf("%zu\n%s", strlen(text), text);
        else
            printf("-1\n");
        free(page);
    }
    return 0;
}
