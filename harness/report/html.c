/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_escape(const char *text, FILE *out)
{
    for (; *text; text++) {
        const char *named = entity(*text);

        /* No control character has a meaning in HTML, or a glyph. */
        if (!named && (unsigned char)*text < ' ' && *text != '\n')
            named = " ";
        if (named)
            fputs(named, out);
        else
            fputc(*text, out);
    }
}

static void print_args(FILE *out, const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        return;
    html_escape(text, out);
    free(text);
}

void html_print(FILE *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_args(out, format, args);
    va_end(args);
}

void html_element(FILE *out, const char *start, const char *format, ...)
{
    va_list args;

    fprintf(out, "<%s>", start);
    va_start(args, format);
    print_args(out, format, args);
    va_end(args);
    fprintf(out, "</%.*s>", (int)strcspn(start, " "), start);
}
