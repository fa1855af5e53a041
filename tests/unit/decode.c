/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * For test_encodings.py: of each line "LABEL HEX" the name of the encoding and
 * the text in UTF-8, in hexadecimal digits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/encoding.h"

static void decode(const char *label, char *hex)
{
    const struct encoding *e = encoding_find(label, strlen(label));
    size_t len = strlen(hex) / 2;
    struct utf8 text;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1]};

        hex[i] = (char)strtoul(digits, NULL, 16);
    }
    printf("%s ", e ? encoding_name(e) : "-");
    if (e && !encoding_decode(e, hex, len, &text)) {
        for (size_t i = 0; i < text.len; i++)
            printf("%02x", (unsigned char)text.data[i]);
        free(text.own);
    }
    putchar('\n');
}

int main(void)
{
    char line[512];

    while (fgets(line, sizeof(line), stdin)) {
        char *hex = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (hex)
            *hex++ = '\0';
        decode(line, hex ? hex : line + strlen(line));
    }
    return fflush(stdout) != 0;
}
