/* SPDX-License-Identifier: GPL-3.0-or-later */
/* results/README.md speaks of every column, and of none that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/results/sample.h"
#include "harness/results/sites.h"

static char text[65536];

/*
 * The first cells of a table's rows are lists of columns.  The table is the
 * next one behind `where`; how many columns `check` was given.
 */
static size_t each_column(const char *where,
                          void (*check)(const char *name, size_t len))
{
    const char *row = strstr(text, where);
    size_t named = 0;

    assert_non_null(row);
    row = strstr(row, "| column | meaning |");
    assert_non_null(row);
    row = strchr(strchr(row, '\n') + 1, '\n') + 1; /* past the rule */
    for (; *row == '|'; row = strchr(row, '\n') + 1) {
        const char *at = row + 2;

        for (size_t len; (len = strcspn(at, ", |")) > 0; at += len + 2) {
            check(at, len);
            named++;
            if (at[len] != ',')
                break;
        }
    }
    return named;
}

static void check_sample_column(const char *name, size_t len)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (strlen(sample_columns[i].name) == len &&
            strncmp(sample_columns[i].name, name, len) == 0)
            return;
    fail_msg("samples.tsv has no column %.*s", (int)len, name);
}

static void check_site_column(const char *name, size_t len)
{
    for (const char *at = sites_columns; *at; at += strcspn(at, "\t")) {
        at += *at == '\t';
        if (strcspn(at, "\t") == len && strncmp(at, name, len) == 0)
            return;
    }
    fail_msg("sites.tsv has no column %.*s", (int)len, name);
}

static void test_the_table_and_the_columns_agree(void **state)
{
    (void)state;
    assert_int_equal(each_column("# Results", check_sample_column),
                     n_sample_columns);
}

static void test_the_table_of_sites_has_their_columns(void **state)
{
    size_t n = 1;

    (void)state;
    for (const char *at = sites_columns; *at; at++)
        n += *at == '\t';
    assert_int_equal(each_column("`sites.tsv` has", check_site_column), n);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_and_the_columns_agree),
        cmocka_unit_test(test_the_table_of_sites_has_their_columns),
    };
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;

    if (!file || fread(text, 1, sizeof(text) - 1, file) == 0)
        return EXIT_FAILURE;
    fclose(file);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
