/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference programs: which there are, and whether one keeps the protocol. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/process/interrupt.h"
#include "harness/sample/reference_check.h"

struct command {
    bool list;
    const char *check;
};

static const struct option_row rows[] = {
    {"check", "PROGRAM",
     "Try whether a program keeps the protocol: one of the list, or any "
     "command with its arguments",
     OPTION_TEXT, offsetof(struct command, check), 0, NULL},
    {"list", NULL, "List the programs, and what absent ones need (default)",
     OPTION_ON, offsetof(struct command, list), 0, NULL},
    {0},
};

static int print_list(void)
{
    puts("program       models  ");
    for (size_t i = 0; i < n_reference_programs; i++) {
        char why[256] = "there";
        size_t n = 0;

        for (size_t j = 0; j < n_reference_models; j++)
            n += reference_offers[j].program == i;
        if (reference_look(&reference_programs[i], why, sizeof(why)))
            printf("%-12s  %6zu  absent: %s\n", reference_programs[i].name, n,
                   why);
        else
            printf("%-12s  %6zu  there\n", reference_programs[i].name, n);
    }
    return EXIT_DONE;
}

static int print_checks(const struct reference_checks *checks)
{
    size_t failed = 0;

    for (size_t i = 0; i < checks->n; i++) {
        const struct reference_check *check = &checks->items[i];

        printf("%-6s  %-36s  %s\n", check->passed ? "ok" : "FAILED",
               check->name, check->result);
        if (check->remedy)
            printf("        %-36s  -> %s\n", "", check->remedy);
        failed += !check->passed;
    }
    printf("%zu of %zu checks passed\n", checks->n - failed, checks->n);
    return failed ? EXIT_FINDING : EXIT_DONE;
}

static const struct reference_program *find(const char *name)
{
    for (size_t i = 0; i < n_reference_programs; i++)
        if (strcmp(reference_programs[i].name, name) == 0)
            return &reference_programs[i];
    return NULL;
}

/* A name of the table stands alone. */
static int check(char *words[])
{
    const struct reference_program *of = words[1] ? NULL : find(words[0]);
    struct reference_checks checks;
    char why[256];
    int error, status;

    if (of && reference_look(of, why, sizeof(why)))
        return complain_usage("%s is absent: %s", of->name, why);
    interrupt_catch();
    error = reference_check(of, words, &checks);
    if (error)
        return complain_broken("the origin does not start: %s",
                               strerror(-error));
    status = print_checks(&checks);
    free(checks.items);
    return status;
}

int cli_reference(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .doc = "Reference programs do the work of the models in other "
               "languages. docs/references.md has the protocol.\v"
               "What stands behind --check is a command, with its options.\n\n"
               "Examples:\n  baton reference --list\n"
               "  baton reference --check python\n"
               "  baton reference --check ./my-program --fast",
    };
    struct command c = {0};

    /* Options that follow are those of the command. */
    if (argc > 2 && strcmp(argv[1], "--check") == 0 && argv[2][0] != '-')
        return check(argv + 2);
    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    return c.check ? check((char *[]){(char *)c.check, NULL}) : print_list();
}
