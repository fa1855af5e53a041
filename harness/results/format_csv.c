/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4180: a record for each sample. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
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

/* A column that was renamed stands under its name of schema 1, too. */
static bool was_renamed(const struct column *c)
{
    return c->old && strcmp(c->old, column_key(c)) != 0;
}

/* `fields` are in the order of sample_columns; NULL: their names. */
static void print_record(char *const fields[], FILE *out)
{
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];

        if (is_last(c))
            continue;
        print_field(fields ? fields[i] : column_key(c), false, out);
        fputc(',', out);
        if (!was_renamed(c))
            continue;
        print_field(fields ? fields[i] : c->old, false, out);
        fputc(',', out);
    }
    for (size_t i = 0, n = 0; i < n_sample_columns; i++) {
        if (!is_last(&sample_columns[i]))
            continue;
        fputs(n++ ? "," : "", out);
        print_field(fields ? fields[i] : sample_columns[i].name, fields, out);
    }
    fputs("\r\n", out);
}

static int print_sample(const struct sample *s, char *fields[], FILE *out)
{
    char line[4096], *rest = line;
    int len = sample_format(s, line, sizeof(line));

    if (len < 0)
        return len;
    line[len - 1] = '\0';
    for (size_t i = 0; i < n_sample_columns; i++)
        fields[i] = strsep(&rest, "\t");
    print_record(fields, out);
    return 0;
}

int format_csv(const struct recording *r, const struct groups *groups,
               FILE *out)
{
    char **fields = calloc(n_sample_columns, sizeof(*fields));
    int error = fields ? 0 : -ENOMEM;

    print_record(NULL, out);
    for (size_t i = 0; i < r->n && !error; i++) {
        const struct sample *s = &r->samples[i];
        const struct group *g =
            sample_is_right(s) ? groups_find(groups, s) : NULL;

        if (g && group_is_shown(g))
            error = print_sample(s, fields, out);
    }
    free(fields);
    return error;
}
