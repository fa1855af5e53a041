/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program runs in the box, and its lines of JSON become rows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/grade/rows.h"
#include "harness/results/exits.h"
#include "workloads/clock.h"

int rows_start(struct rows_run *run, const struct compiled *c,
               char *const argv[], uint64_t seconds, bool fixed_addresses,
               char *why, size_t size)
{
    static const char *const added[] = {
        "ASAN_OPTIONS=detect_leaks=1", "UBSAN_OPTIONS=print_stacktrace=1",
        "TSAN_OPTIONS=second_deadlock_stack=1", NULL};
    const struct box_file file = {COMPILE_OBJECT, c->object, c->len, false};
    int error;

    *run = (struct rows_run){.box = {.argv = argv,
                                     .added = added,
                                     .files = &file,
                                     .n_files = 1,
                                     .deadline_ns = seconds * NS_PER_S,
                                     .cpu_s = 10,
                                     .memory_bytes = UINT64_C(1) << 30,
                                     .fixed_addresses = fixed_addresses}};
    error = box_run(&run->box, &run->result, why, size);
    run->rest = run->result.output;
    return error;
}

void rows_end(struct rows_run *run)
{
    box_finish(&run->result);
}

json_t *rows_next(struct rows_run *run)
{
    char *line;

    while ((line = strsep(&run->rest, "\n"))) {
        json_t *root = *line == '{'
                           ? json_loads(line, JSON_REJECT_DUPLICATES, NULL)
                           : NULL;

        if (json_is_true(json_object_get(root, "finished"))) {
            run->finished = true;
            json_decref(root);
        } else if (root) {
            run->checks++;
            return root;
        }
    }
    return NULL;
}

const char *rows_text(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));

    return text ? text : "";
}

/* Without the folder of the box, which is gone. */
static void copy(char *out, size_t size, const char *text)
{
    const char *folder = strstr(text, "/tmp/baton-grade-");
    const char *slash = folder ? strchr(folder + strlen("/tmp/"), '/') : NULL;

    if (slash)
        snprintf(out, size, "%.*s.%s", (int)(folder - text), text, slash);
    else
        snprintf(out, size, "%s", text);
}

void rows_copy(struct grade_row *row, const json_t *line)
{
    copy(row->seen, sizeof(row->seen), rows_text(line, "seen"));
    copy(row->look, sizeof(row->look), rows_text(line, "next"));
}

int rows_add_check(struct grade *g, const json_t *line, unsigned points)
{
    const char *result = rows_text(line, "result");
    struct grade_row *row;
    char name[sizeof(row->check)];

    snprintf(name, sizeof(name), "%.60s: %.90s", rows_text(line, "suite"),
             rows_text(line, "check"));
    row = rows_add(g, name, points);
    if (!row)
        return -ENOMEM;
    row->end = strcmp(result, "passed") == 0    ? GRADE_PASSED
               : strcmp(result, "skipped") == 0 ? GRADE_NOT_ASKED
                                                : GRADE_FAILED;
    if (strcmp(result, "hung") == 0)
        g->stops = "a check hangs: correct that first";
    rows_copy(row, line);
    return 0;
}

void rows_first_words(const struct rows_run *run, char *out, size_t size)
{
    const char *output = run->result.output;

    out[0] = '\0';
    /* What was read has a NUL at the end of each line. */
    for (const char *at = output;
         !out[0] && at < output + run->result.output_len; at += strlen(at) + 1)
        if (*at && *at != '{')
            copy(out, size, at);
}

/* It refused the file before any check. */
static bool was_refused(const struct rows_run *run)
{
    return run->result.end == BOX_ENDED && !run->checks &&
           WIFEXITED(run->result.wait_status) &&
           WEXITSTATUS(run->result.wait_status) == EXIT_USAGE;
}

static void tell_refused(struct grade *g, const struct rows_run *run,
                         struct grade_row *row)
{
    char words[300];

    rows_first_words(run, words, sizeof(words));
    snprintf(row->check, sizeof(row->check), "the model can be loaded");
    snprintf(row->seen, sizeof(row->seen), "%s", words);
    if (strstr(words, "contract") && g->submission.contract_line)
        snprintf(row->look, sizeof(row->look),
                 "line %u: write `.contract = MODEL_CONTRACT`",
                 g->submission.contract_line);
    else
        snprintf(row->look, sizeof(row->look),
                 "line %u, where the model is defined",
                 g->submission.model_line);
}

static void tell_end(const struct rows_run *run, struct grade_row *row)
{
    char end[128], words[256];

    box_describe_end(&run->box, &run->result, end, sizeof(end));
    rows_first_words(run, words, sizeof(words));
    snprintf(row->seen, sizeof(row->seen),
             "the program with the checks ended after %u of them: %s%s%s",
             run->checks, end, *words ? "; " : "", words);
    snprintf(row->look, sizeof(row->look), "%s",
             run->result.end != BOX_ENDED
                 ? "what uses that much time or memory: no check may"
                 : "code that runs when the file is loaded; a model calls "
                   "neither exit() nor _exit()");
}

int rows_add_all(struct grade *g, struct rows_run *run, unsigned points)
{
    struct grade_row *row;
    json_t *line;
    int error = run->result.end == BOX_INTERRUPTED ? -EINTR : 0;

    while (!error && (line = rows_next(run))) {
        error = rows_add_check(g, line, points);
        json_decref(line);
    }
    if (error || (run->finished && run->checks))
        return error;
    row = rows_add(g, "all checks come to their end", points);
    if (!row)
        return -ENOMEM;
    row->end = GRADE_FAILED;
    g->broken = true;
    g->stops = "the checks did not come to their end: correct that first";
    if (was_refused(run))
        tell_refused(g, run, row);
    else
        tell_end(run, row);
    return 0;
}
