/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * For test_urls.py: of each line "BASE REFERENCE", both in hexadecimal digits
 * and the first empty where there is none, the URL or why there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/url.h"

static void unfold(char *hex)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1]};

        hex[i] = (char)strtoul(digits, NULL, 16);
    }
    hex[len] = '\0';
}

static enum url_error resolve(const char *base, const char *reference,
                              struct url *ret)
{
    enum url_error error;

    if (!*base)
        return url_parse(reference, ret);
    error = url_parse(base, ret);
    return error ? error : url_resolve(ret, reference, NULL, ret);
}

int main(void)
{
    static char line[1 << 16];
    struct url url;

    while (fgets(line, sizeof(line), stdin)) {
        char *reference = strchr(line, ' ');
        enum url_error error;

        if (!reference)
            return EXIT_FAILURE;
        *reference++ = '\0';
        reference[strcspn(reference, "\n")] = '\0';
        unfold(line);
        unfold(reference);
        error = resolve(line, reference, &url);
        puts(error ? url_error_text(error) : url.text);
    }
    return fflush(stdout) != 0;
}
