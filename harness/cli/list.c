/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/json.h"
#include "harness/sample/references.h"
#include "workloads/kinds/outcome.h"

struct command {
    struct asked asked;
    bool errors;
};

/* Why a model cannot be had here, or NULL. */
static const char *unavailable(const struct model *m)
{
    int error;

    if (m->absent)
        return m->absent;
    error = model_probe(m);
    return error ? strerror(-error) : NULL;
}

static json_t *json_of_kinds(const struct model *m)
{
    json_t *object = json_object();

    for (size_t i = 0; i < n_kinds; i++) {
        const char *gap = model_gap(m, kind_list[i]);

        json_object_set_new(object, kind_list[i]->name,
                            gap ? json_string(gap) : json_true());
    }
    return object;
}

static json_t *json_of_model(const struct model *m)
{
    const char *reason = unavailable(m);

    struct model_lines lines = model_lines(m);

    return json_pack(
        "{ss ss ss ss ss? sb ss? so s{sI sI}}", "name", m->name, "label",
        m->label, "summary", m->summary, "family", family_name(m->family),
        "library", m->library_version ? m->library_version() : NULL,
        "available", !reason, "reason", reason, "kinds", json_of_kinds(m),
        "lines", "own", (json_int_t)lines.own, "all", (json_int_t)lines.all);
}

static json_t *json_of_parameter(const struct parameter *p)
{
    return json_pack("{ss ss? sI sI sI ss}", "name", p->name, "unit", p->unit,
                     "default", (json_int_t)p->preset, "min",
                     (json_int_t)p->min, "max", (json_int_t)p->max, "help",
                     p->help);
}

static json_t *json_of_workload(const struct workload *w)
{
    json_t *parameters = json_array();

    for (size_t i = 0; i < w->n_parameters; i++)
        json_array_append_new(parameters, json_of_parameter(&w->parameters[i]));
    return json_pack("{ss ss ss so}", "name", w->name, "kind", w->kind->name,
                     "summary", w->summary, "parameters", parameters);
}

static json_t *json_of_program(size_t program)
{
    const struct reference_program *p = &reference_programs[program];
    json_t *list = json_array();
    char why[256];
    bool there = !reference_look(p, why, sizeof(why));

    for (size_t i = 0; i < n_reference_models; i++)
        if (reference_offers[i].program == program)
            json_array_append_new(
                list, json_pack("{ss ss ss}", "name", reference_models[i]->name,
                                "label", reference_models[i]->label,
                                "workloads", reference_offers[i].workloads));
    return json_pack("{ss sb ss? ss so}", "name", p->name, "available", there,
                     "reason", there ? NULL : why, "packages", p->packages,
                     "models", list);
}

static int print_json(void)
{
    json_t *all_models = json_array(), *all_workloads = json_array();
    json_t *all_programs = json_array();
    char *text;
    int error;

    for (size_t i = 0; i < n_models; i++)
        json_array_append_new(all_models, json_of_model(models[i]));
    for (size_t i = 0; i < n_workloads; i++)
        json_array_append_new(all_workloads, json_of_workload(workloads[i]));
    for (size_t i = 0; i < n_reference_programs; i++)
        json_array_append_new(all_programs, json_of_program(i));
    text = json_line(json_pack("{so so so}", "models", all_models, "workloads",
                               all_workloads, "references", all_programs),
                     JSON_INDENT(2));
    error = output_text(NULL, text);
    free(text);
    return error ? EXIT_BROKEN : EXIT_DONE;
}

static const char *ability_word(const struct model *m, const struct workload *w)
{
    if (unavailable(m))
        return "absent";
    if (model_gap(m, w->kind))
        return "-";
    return cell_promised_exact(w, m) ? "yes" : "loses updates";
}

/* Those of a shared object are not counted. */
static void print_lines(unsigned lines)
{
    if (lines)
        printf(" %6u", lines);
    else
        printf(" %6s", "-");
}

static void print_abilities(const struct model *m)
{
    struct model_lines lines = model_lines(m);

    printf("  %-18s", m->name);
    print_lines(lines.own);
    print_lines(lines.all);
    for (size_t i = 0; i < n_workloads; i++)
        printf("  %-13s", ability_word(m, workloads[i]));
    puts("");
}

static void print_details(const struct model *m)
{
    const char *reason = unavailable(m);

    printf("  %-18s %s (charts: %s)\n", m->name, m->summary, m->label);
    if (reason)
        printf("  %-18s absent: %s\n", "", reason);
    for (size_t i = 0; !reason && i < n_kinds; i++) {
        struct ability a = model_ability(m, kind_list[i]);
        const char *gap = model_gap(m, kind_list[i]);

        if (gap)
            printf("  %-18s no %s: %s\n", "", kind_list[i]->name, gap);
        else if (a.most_tasks)
            printf("  %-18s %s of %zu tasks at most: %s\n", "",
                   kind_list[i]->name, a.most_tasks, a.most_why);
    }
}

/* All models, each family with a heading, in the order of their marks. */
static void print_families(void (*print)(const struct model *m))
{
    for (unsigned family = 0; family < FAMILY_N; family++) {
        bool any = false;

        for (unsigned mark = 0; mark <= UCHAR_MAX; mark++)
            for (size_t i = 0; i < n_models; i++) {
                const struct model *m = models[i];

                if (m->family != family || m->mark != mark)
                    continue;
                if (!any)
                    puts(family_name(m->family));
                any = true;
                print(m);
            }
    }
}

static void print_matrix(void)
{
    printf("%-20s  lines    all", "model");
    for (size_t i = 0; i < n_workloads; i++)
        printf("  %-13s", workloads[i]->name);
    puts("");
    print_families(print_abilities);
    puts("\nlines: of code, of the model's own files; all: with the files that "
         "models share.");
}

static void print_workloads(void)
{
    puts("\nWorkloads");
    for (size_t i = 0; i < n_workloads; i++)
        printf("  %-18s %s\n", workloads[i]->name, workloads[i]->summary);
    puts("\n`baton run WORKLOAD --help` lists a workload's parameters.");
}

static void print_programs(void)
{
    puts("\nReference programs: other languages, kept running between samples");
    for (size_t i = 0; i < n_reference_programs; i++) {
        const struct reference_program *p = &reference_programs[i];
        char why[256];

        if (reference_look(p, why, sizeof(why)))
            printf("  %-18s absent: %s\n", p->name, why);
        for (size_t j = 0; j < n_reference_models; j++)
            if (reference_offers[j].program == i)
                printf("  %-22s %s\n", reference_models[j]->name,
                       reference_offers[j].workloads);
    }
}

static int print_errors(void)
{
    puts("class               what it means, and what helps");
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N; i++)
        printf("%-18s  %s:\n%-18s    %s\n", outcome_name((enum outcome)i),
               outcome_cause((enum outcome)i), "",
               outcome_remedy((enum outcome)i));
    return EXIT_DONE;
}

int cli_list(int argc, char *argv[])
{
    static const struct option_row rows[] = {
        {"errors", NULL, "List the error classes with cause and remedy",
         OPTION_ON, offsetof(struct command, errors), 0, NULL, 'e'},
        {0},
    };
    static const struct options options = {
        .tables = {rows},
        .common = COMMON_MODEL_FILE | COMMON_JSON,
        .doc = "Lists the models, the workloads, and which go together.\v"
               "Examples:\n  baton list\n  baton list --json | python3 -m "
               "json.tool",
    };
    struct command c = {0};

    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    if (c.errors)
        return print_errors();
    if (c.asked.json)
        return print_json();
    print_matrix();
    puts("\nModels");
    print_families(print_details);
    print_programs();
    print_workloads();
    return EXIT_DONE;
}
