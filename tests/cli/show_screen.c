/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the last key and the size of the terminal until q; a: it aborts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/screen.h"

int main(void)
{
    char why[160] = "", text[400];
    int key = 0, error = screen_open(80, 24, why, sizeof(why));
    unsigned columns, rows;

    if (error) {
        printf("%s: %s\n", strerror(-error), why);
        return 3;
    }
    do {
        screen_size(&columns, &rows);
        snprintf(text, sizeof(text), "key %d\n%u x %u\n\033[1m%0120d\033[0m\n",
                 key, columns, rows, 7);
        screen_show(text);
        key = screen_key();
        if (key == 'a')
            abort();
    } while (key != 'q' && key != SCREEN_END);
    screen_close();
    puts("ended");
    return 0;
}
