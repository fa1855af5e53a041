/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4180: a record for each sample. */
#include <stdbool.h>
#include <string.h>

#include "harness/results/format_parts.h"

static bool is_last(const struct column *c)
{
    return strcmp(c->name, "parameters") == 0 || strcmp(c->name, "text") == 0;
}

static void print_field(const char *text, bool quoted, FILE *out)
{
    if (!quoted && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* `fields` are in the order of sample_columns; NULL: their names. */
static void print_record(char *const fields[], FILE *out)
{
    bool more = false;

    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < n_sample_columns; i++) {
            if (is_last(&sample_columns[i]) != last)
                continue;
            if (more)
                fputc(',', out);
            print_field(fields ? fields[i] : sample_columns[i].name,
                        fields && last, out);
            more = true;
        }
    fputs("\r\n", out);
}

int format_csv(const struct recording *r, const struct groups *groups,
               FILE *out)
{
    print_record(NULL, out);
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        const struct group *g =
            sample_is_right(s) ? groups_find(groups, s) : NULL;
        char line[4096], *rest = line, *fields[MAX_COLUMNS];
        int len;

        if (!g || !group_is_shown(g))
            continue;
        len = sample_format(s, line, sizeof(line));
        if (len < 0)
            return len;
        line[len - 1] = '\0';
        for (size_t k = 0; k < n_sample_columns; k++)
            fields[k] = strsep(&rest, "\t");
        print_record(fields, out);
    }
    return 0;
}
