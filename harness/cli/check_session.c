/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A check's files, its progress, and what it comes to. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/check/words.h"
#include "harness/cli/check.h"
#include "harness/results/formats.h"
#include "harness/results/names.h"
#include "harness/sample/gbench.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

static const uint64_t cell_budget_ns = 9 * NS_PER_S;
/* Each sample is this long at least: many short processes tell more. */
static const uint64_t target_ns = 20 * NS_PER_MS;

/* The header. */

/* A line's end would be one of the header's line, too. */
static void print_value(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
}

static void print_side(FILE *out, const char *key, const char *file,
                       const char *cell)
{
    fprintf(out, "# %s=", key);
    print_value(out, file ? file : cell ? cell : "this build");
    fputc('\n', out);
}

static void print_command(FILE *out, const char *key, char *const argv[])
{
    fprintf(out, "# %s", key);
    for (size_t i = 0; argv[i]; i++) {
        fputc(i ? ' ' : '=', out);
        print_value(out, argv[i]);
    }
    fputc('\n', out);
}

static void print_sides(FILE *out, const struct comparing *run)
{
    const struct comparison *g = run->asked;

    if (g->base_command) {
        print_command(out, "base", g->base_command);
        print_command(out, "cand", g->cand_command);
        fputs("# control=the same command\n", out);
        return;
    }
    print_side(out, "base", g->base, g->base_cell);
    print_side(out, "cand", g->cand, g->cand_cell);
    fprintf(out,
            "# base_hash=%016" PRIx64 "\n# cand_hash=%016" PRIx64
            "\n# control=%s\n",
            builds_hash(run->builds, SIDE_BASE),
            builds_hash(run->builds, SIDE_CAND),
            builds_copied(run->builds) ? "a copy of base" : "the same file");
}

static char *header_of(const struct comparing *run, const char *extra)
{
    const struct comparison *g = run->asked;
    const struct asked asked = {.seed = g->seed,
                                .cells = plan_hash(&run->plan, &run->cand_plan),
                                .budget_ns = g->budget_ns};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    header_print(out, &asked);
    fprintf(out, "# check=2\n%s", extra);
    print_sides(out, run);
    fprintf(out, "# rules=threshold=%g screen=%g alpha=%g control=%g\n",
            g->rules.threshold, g->rules.screen, g->rules.alpha,
            g->rules.control);
    fprintf(out, "# budget_s=%g\n# order=%s\n", (double)g->budget_ns / 1e9,
            g->naive ? "naive" : "random");
    fprintf(out, "# pin=%s\n# pin_origin=%s\n# store_bypass=%s\n",
            g->pin ? g->pin : "none", g->pin_origin ? g->pin_origin : "none",
            run->one_speed ? "off" : "on");
    machine_describe(out);
    fclose(out);
    return text;
}

/* Opening. */

static int open_builds(struct comparing *run)
{
    const struct comparison *g = run->asked;
    struct builds_setup setup = {
        .base = g->base,
        .cand = g->cand,
        .plan = &run->plan,
        .pin = g->pin,
        .pin_origin = g->pin_origin,
        .seed = g->seed,
        .start_ns = run->start_ns,
        .target_ns = target_ns,
    };
    char why[256];
    int status = comparison_plan(g, &run->plan, &run->cand_plan);

    if (status)
        return status;
    run->one_speed = machine_disable_store_bypass();
    if (run->cand_plan.n)
        setup.cand_plan = &run->cand_plan;
    if (builds_create(&setup, &run->builds, why, sizeof(why))) {
        complain("%s", why);
        return EXIT_BROKEN;
    }
    run->taker = builds_taker(run->builds);
    return EXIT_DONE;
}

static int open_commands(struct comparing *run)
{
    const struct comparison *g = run->asked;

    /* Children inherit these, and this process only waits for them. */
    machine_restore_limits();
    if (g->pin)
        machine_pin(g->pin);
    run->commands = commands_create(g->base_command, g->cand_command, g->seed,
                                    run->start_ns);
    if (!run->commands) {
        complain("%s", strerror(ENOMEM));
        return EXIT_BROKEN;
    }
    run->taker = commands_taker(run->commands);
    return EXIT_DONE;
}

static int open_taker(const struct comparison *asked, uint64_t past_ns,
                      struct comparing *ret)
{
    *ret = (struct comparing){.asked = asked,
                              .store = {.fd = -1},
                              .start_ns = clock_ns() - past_ns,
                              .terminal = isatty(STDERR_FILENO)};
    return asked->base_command ? open_commands(ret) : open_builds(ret);
}

uint64_t comparison_budget(const struct comparison *asked)
{
    struct plan plan = {0}, cand = {0};
    uint64_t budget_ns = 0;

    if (asked->base_command)
        return cell_budget_ns;
    if (comparison_plan(asked, &plan, &cand) == EXIT_DONE)
        budget_ns = plan.n * cell_budget_ns;
    plan_finish(&plan);
    plan_finish(&cand);
    return budget_ns;
}

/* Times go on where they ended, so that no two samples have the same one. */
static uint64_t end_of(const struct recording *r)
{
    const struct sample *last = r->n ? &r->samples[r->n - 1] : NULL;

    return last ? last->start_ns + last->wall_ns : 0;
}

int comparison_resume(const struct comparison *asked, const char *dir,
                      struct recording *recording, struct comparing *ret)
{
    int status = open_taker(asked, end_of(recording), ret), error;

    ret->recording = *recording;
    if (status)
        return status;
    interrupt_catch();
    error = store_reopen(&ret->store, dir);
    if (error) {
        complain("cannot go on with %.200s/samples.tsv: %s", dir,
                 error == -EPROTONOSUPPORT ? "written by another version"
                                           : strerror(-error));
        return EXIT_BROKEN;
    }
    return EXIT_DONE;
}

int comparison_open(const struct comparison *asked, const char *name,
                    const char *extra, struct comparing *ret)
{
    char *header;
    int status = open_taker(asked, 0, ret);

    if (status)
        return status;
    header = header_of(ret, extra);
    interrupt_catch();
    if (!header || store_open(&ret->store, asked->out, name, header))
        status = EXIT_BROKEN;
    ret->recording.header = header;
    return status;
}

void comparison_close(struct comparing *run)
{
    store_close(&run->store);
    builds_destroy(run->builds);
    commands_destroy(run->commands);
    recording_finish(&run->recording);
    plan_finish(&run->plan);
    plan_finish(&run->cand_plan);
}

/* While it runs. */

/* Fewer samples would be none, so a small budget is not kept to. */
static void warn_of_length(const struct comparing *run,
                           const struct progress *p, uint64_t suspect_ns)
{
    uint64_t most_ns = p->left_ns + suspect_ns;

    if (p->stage == 1 && p->round == 1 && most_ns > 2 * run->asked->budget_ns)
        complain("%u rounds are the fewest, and take about %.0f s, with fresh "
                 "pairs for a suspect %.0f s: more than a budget of %.3g s may "
                 "become",
                 p->rounds, (double)p->left_ns / 1e9, (double)most_ns / 1e9,
                 (double)run->asked->budget_ns / 1e9);
}

static void on_progress(void *context, const struct progress *p,
                        uint64_t suspect_ns)
{
    static const char *const stages[] = {"calibrating", "screening",
                                         "confirming"};
    const struct comparing *run = context;
    size_t done = p->stage ? p->round : p->slot + 1;
    size_t all = p->stage ? p->rounds : p->slots;
    char trial[48] = "";

    if (p->stage && p->slot)
        return;
    if (run->self_test)
        snprintf(trial, sizeof(trial), "trial %u: ", run->trial);
    else
        warn_of_length(run, p, suspect_ns);
    if (run->terminal)
        fprintf(stderr, "\r\033[K%s%s %zu/%zu  ETA %.0f s", trial,
                stages[p->stage], done, all, (double)p->left_ns / 1e9);
    else if (done == 1 && !run->self_test)
        fprintf(stderr, "%s: %zu %s, about %.0f s\n", stages[p->stage], all,
                p->stage ? "rounds" : "cells", (double)p->left_ns / 1e9);
}

static void clear_progress(const struct comparing *run)
{
    if (run->terminal)
        fputs("\r\033[K", stderr);
}

static int on_sample(void *context, const struct sample *s)
{
    struct comparing *run = context;
    int error = store_append(&run->store, s);

    if (error) {
        snprintf(run->taker->why, sizeof(run->taker->why),
                 "cannot write %.160s/samples.tsv: %s", run->store.dir,
                 strerror(-error));
        return error;
    }
    if (s->status != STATUS_OK && s->status != STATUS_WRONG) {
        clear_progress(run);
        complain("%s: %s/%s %s%s%s: %s", s->side, s->workload, s->model,
                 s->parameters, s->parameters[0] ? " " : "",
                 status_name(s->status), s->text);
    }
    return 0;
}

int comparison_run(struct comparing *run, struct check *check)
{
    size_t before = run->recording.n;
    int error;

    check->taker = run->taker;
    check->on_sample = on_sample;
    check->on_progress = on_progress;
    check->context = run;
    check->recording = &run->recording;
    error = check_run(check);
    clear_progress(run);
    if (!run->self_test)
        error = store_end(&run->store, &run->recording, error);
    if (!error)
        error = store_sync(&run->store);
    if (error)
        complain("%s; %zu finished samples are kept in %s",
                 run->taker->why[0] ? run->taker->why : strerror(-error),
                 run->recording.n - before, run->store.dir);
    return error;
}

/* What it comes to. */

/* The first of base's samples of a cell: whose name both sides have. */
static const struct sample *base_of(const struct recording *r, uint32_t cell)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].cell == cell &&
            side_find(r->samples[i].side) == SIDE_BASE)
            return &r->samples[i];
    return NULL;
}

static void rename_sample(const struct recording *r, struct sample *s)
{
    const struct sample *base = base_of(r, s->cell);

    s->side[0] = '\0';
    if (!base)
        return;
    memcpy(s->workload, base->workload, sizeof(s->workload));
    memcpy(s->model, base->model, sizeof(s->model));
    memcpy(s->parameters, base->parameters, sizeof(s->parameters));
}

/* One side's samples in Google Benchmark's format, for compare.py. */
static char *side_json(const struct recording *r, enum sample_side side)
{
    struct recording part = {.header = r->header};
    char *context, *json = NULL;

    part.samples = calloc(r->n ? r->n : 1, sizeof(*part.samples));
    if (!part.samples)
        return NULL;
    /* Both files have the same names in them, or nothing is compared. */
    for (size_t i = 0; i < r->n; i++)
        if (side_find(r->samples[i].side) == (int)side) {
            part.samples[part.n] = r->samples[i];
            rename_sample(r, &part.samples[part.n++]);
        }
    gbench_start();
    context = gbench_context();
    json = export_benchmark_json(&part, context, NULL);
    free(context);
    free(part.samples);
    return json;
}

static int publish_text(const char *dir, const char *name, char *text)
{
    int error = publish_file(dir, name, text);

    free(text);
    return error;
}

/*
 * The ledger: a line for each check, so that false alarms can be counted over
 * the years.  Lines of checks whose two hashes are equal are of identical code.
 */
static int append_ledger(const char *path, const struct recording *r,
                         const struct verdict *v)
{
    static const char *const keys[] = {
        "date", "version", "cpu", "base_hash", "cand_hash", "budget_s", "load"};
    FILE *file = fopen(path, "ae");
    char text[160];
    int failed;

    if (!file)
        return -errno;
    fseek(file, 0, SEEK_END);
    if (ftell(file) == 0)
        fputs("date\tversion\tcpu\tbase_hash\tcand_hash\tbudget_s\tload\t"
              "seed\tseconds\tcells\tpassed\timproved\tinconclusive\t"
              "regressed\tbroken\tdisturbed\tcontrol\tthreshold\n",
              file);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        recording_key(r, keys[i], text, sizeof(text));
        fprintf(file, "%s\t", text);
    }
    fprintf(file, "%" PRIu64 "\t%.1f\t%zu", v->seed,
            (double)v->elapsed_ns / 1e9, v->n);
    for (int i = 0; i < RULING_N; i++)
        fprintf(file, "\t%zu", v->count[i]);
    fprintf(file, "\t%d\t%.4f\t%g\n", v->disturbed, v->control.median,
            v->rules.threshold);
    failed = ferror(file);
    return fclose(file) || failed ? -EIO : 0;
}

static bool is_coloured(void)
{
    const char *no = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && !(no && *no);
}

int comparison_publish(const char *dir, const struct recording *r,
                       const struct verdict *v, const struct comparison *asked)
{
    char *json = verdict_json(v);
    int errors = 0;

    errors |= publish_file(dir, "verdict.json", json);
    errors |= publish_text(dir, "summary.md", verdict_markdown(v));
    errors |= publish_text(dir, "junit.xml", verdict_junit(v, asked->strict));
    errors |= publish_text(dir, "base.json", side_json(r, SIDE_BASE));
    errors |= publish_text(dir, "cand.json", side_json(r, SIDE_CAND));
    if (asked->ledger && append_ledger(asked->ledger, r, v)) {
        complain("cannot write to %s", asked->ledger);
        errors = -EIO;
    }
    if (asked->json)
        fputs(json ? json : "", stdout);
    else
        verdict_print(v, stdout, is_coloured());
    free(json);
    if (fflush(stdout)) {
        complain("cannot write to standard output: %s", strerror(errno));
        errors = -EIO;
    }
    if (!asked->json)
        fprintf(stderr, "baton: samples and verdict are in %s\n", dir);
    return errors ? EXIT_BROKEN : asked->strict ? v->strict_status : v->status;
}
