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

static char text[65536];

static const struct column *find(const char *name, size_t len)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (strlen(sample_columns[i].name) == len &&
            strncmp(sample_columns[i].name, name, len) == 0)
            return &sample_columns[i];
    return NULL;
}

/* The first cells of the table's rows are lists of columns. */
static void test_the_table_and_the_columns_agree(void **state)
{
    const char *row = strstr(text, "| column | meaning |");
    size_t named = 0;

    (void)state;
    assert_non_null(row);
    row = strchr(strchr(row, '\n') + 1, '\n') + 1; /* past the rule */
    for (; *row == '|'; row = strchr(row, '\n') + 1) {
        const char *at = row + 2;

        for (size_t len; (len = strcspn(at, ", |")) > 0; at += len + 2) {
            assert_non_null(find(at, len));
            named++;
            if (at[len] != ',')
                break;
        }
    }
    assert_int_equal(named, n_sample_columns);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_and_the_columns_agree),
    };
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;

    if (!file || fread(text, 1, sizeof(text) - 1, file) == 0)
        return EXIT_FAILURE;
    fclose(file);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
