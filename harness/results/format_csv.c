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

/* A column that was renamed stands under its name of schema 1, too. */
static bool was_renamed(const struct column *c)
{
    return c->old && strcmp(c->old, column_key(c)) != 0;
}

/* The value of a column, or its name in the first record. */
static const char *value_of(const struct sample *s, const struct column *c,
                            char *room, size_t size)
{
    int len = s ? columns_format(c, 1, s, room, size) : 0;

    if (len > 0)
        room[len - 1] = '\0';
    return s ? room : column_key(c);
}

/* `s` NULL: the names of the columns. */
static void print_record(const struct sample *s, FILE *out)
{
    const char *between = "";
    char room[4096];

    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];

        if (is_last(c))
            continue;
        print_field(value_of(s, c, room, sizeof(room)), false, out);
        fputc(',', out);
        if (!was_renamed(c))
            continue;
        print_field(s ? room : c->old, false, out);
        fputc(',', out);
    }
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];

        if (!is_last(c))
            continue;
        fputs(between, out);
        print_field(value_of(s, c, room, sizeof(room)), s, out);
        between = ",";
    }
    fputs("\r\n", out);
}

int format_csv(const struct selection *selection, FILE *out)
{
    const struct recording *r = selection->recording;

    print_record(NULL, out);
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (sample_is_right(s) &&
            selection_shows(selection, table_entry_of(&selection->table, s)))
            print_record(s, out);
    }
    return 0;
}
