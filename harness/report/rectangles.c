/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/rectangles.h"

#include <stdbool.h>
#include <string.h>

/* A number, or a colour, as it stands in the drawing. */
struct word {
    const char *at;
    size_t len;
};

static bool same(struct word a, struct word b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool skip(const char **at, const char *text)
{
    size_t len = strlen(text);

    if (strncmp(*at, text, len) != 0)
        return false;
    *at += len;
    return true;
}

static struct word take(const char **at, const char *end)
{
    struct word word = {*at, strcspn(*at, end)};

    *at += word.len;
    return word;
}

struct rectangle {
    struct word fill, x[4], y[4];
};

static bool take_points(const char **at, struct rectangle *r)
{
    for (int i = 0; i < 4; i++) {
        r->x[i] = take(at, ", \"");
        if (!skip(at, ","))
            return false;
        r->y[i] = take(at, ", \"");
        skip(at, " ");
    }
    return same(r->y[0], r->y[1]) && same(r->x[1], r->x[2]) &&
           same(r->y[2], r->y[3]) && same(r->x[3], r->x[0]);
}

/* Whether a rectangle stands there: then *at is behind it and its newline. */
static bool take_rectangle(const char **at, struct rectangle *r)
{
    const char *p = *at;

    if (!skip(&p, "<polygon fill=\""))
        return false;
    r->fill = take(&p, "\"");
    if (!skip(&p, "\" points=\"") || !take_points(&p, r) || !skip(&p, "\"/>"))
        return false;
    skip(&p, "\n");
    *at = p;
    return true;
}

static void write_path(const struct rectangle *r, FILE *out)
{
    fprintf(out, "M%.*s,%.*sH%.*sV%.*sH%.*sz", (int)r->x[0].len, r->x[0].at,
            (int)r->y[0].len, r->y[0].at, (int)r->x[1].len, r->x[1].at,
            (int)r->y[2].len, r->y[2].at, (int)r->x[0].len, r->x[0].at);
}

static void write_run(const char **at, struct rectangle first, FILE *out)
{
    struct rectangle next;
    const char *ahead = *at;

    fprintf(out, "<path fill=\"%.*s\" d=\"", (int)first.fill.len,
            first.fill.at);
    write_path(&first, out);
    while (take_rectangle(&ahead, &next) && same(next.fill, first.fill)) {
        write_path(&next, out);
        *at = ahead;
    }
    fputs("\"/>\n", out);
}

void rectangles_write(const char *svg, FILE *out)
{
    while (*svg) {
        size_t line = strcspn(svg, "\n");
        struct rectangle first;

        if (take_rectangle(&svg, &first)) {
            write_run(&svg, first, out);
            continue;
        }
        line += svg[line] == '\n';
        fwrite(svg, 1, line, out);
        svg += line;
    }
}
