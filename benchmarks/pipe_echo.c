/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reference program that only answers: the floor of what a pipe costs. */
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char line[65536];

    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    puts("READY\t1\tC\tcounter/echo:exact");
    while (fgets(line, sizeof(line), stdin))
        printf("%.*s\tOK\t0\t1\n", (int)strcspn(line, "\t\n"), line);
    return 0;
}
