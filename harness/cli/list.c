/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/json.h"
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
    error = m->probe ? m->probe() : 0;
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

    return json_pack(
        "{ss ss ss ss ss? sb ss? so}", "name", m->name, "label", m->label,
        "summary", m->summary, "family", family_name(m->family), "library",
        m->library_version ? m->library_version() : NULL, "available", !reason,
        "reason", reason, "kinds", json_of_kinds(m));
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

static int print_json(void)
{
    json_t *all_models = json_array(), *all_workloads = json_array();
    char *text;
    int error;

    for (size_t i = 0; i < n_models; i++)
        json_array_append_new(all_models, json_of_model(models[i]));
    for (size_t i = 0; i < n_workloads; i++)
        json_array_append_new(all_workloads, json_of_workload(workloads[i]));
    text = json_line(
        json_pack("{so so}", "models", all_models, "workloads", all_workloads),
        JSON_INDENT(2));
    error = output_text(NULL, text);
    free(text);
    return error ? EXIT_BROKEN : EXIT_DONE;
}

static void print_matrix(void)
{
    printf("%-20s", "model");
    for (size_t i = 0; i < n_workloads; i++)
        printf(" %-14s", workloads[i]->name);
    puts("");
    for (size_t i = 0; i < n_models; i++) {
        const struct model *m = models[i];

        printf("%-20s", m->name);
        for (size_t j = 0; j < n_workloads; j++) {
            const struct workload *w = workloads[j];
            const char *word = "yes";

            if (unavailable(m))
                word = "absent";
            else if (model_gap(m, w->kind))
                word = "-";
            else if (!cell_promised_exact(w, m))
                word = "loses updates";
            printf(" %-14s", word);
        }
        puts("");
    }
}

static void print_details(void)
{
    puts("\nModels");
    for (size_t i = 0; i < n_models; i++) {
        const struct model *m = models[i];
        const char *reason = unavailable(m);

        printf("  %-18s %s (charts: %s)\n", m->name, m->summary, m->label);
        if (reason)
            printf("  %-18s absent: %s\n", "", reason);
        for (size_t j = 0; !reason && j < n_kinds; j++) {
            const char *gap = model_gap(m, kind_list[j]);

            if (gap)
                printf("  %-18s no %s: %s\n", "", kind_list[j]->name, gap);
        }
    }
    puts("\nWorkloads");
    for (size_t i = 0; i < n_workloads; i++)
        printf("  %-18s %s\n", workloads[i]->name, workloads[i]->summary);
    puts("\n`baton run WORKLOAD --help` lists a workload's parameters.");
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
    print_details();
    return EXIT_DONE;
}
