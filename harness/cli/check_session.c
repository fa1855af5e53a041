/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A check's files, its progress and its verdict. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/check/words.h"
#include "harness/cli/check.h"
#include "harness/results/clean.h"
#include "harness/results/formats.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "harness/sample/gbench.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

static const uint64_t cell_budget_ns = 9 * NS_PER_S;
/* Each sample is this long at least: many short processes are more precise. */
static const uint64_t target_ns = 20 * NS_PER_MS;

/* A line end inside would end the line of the header. */
static void print_value(FILE *out, const char *key, const char *text)
{
    fprintf(out, "%s", key);
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
}

static void print_side(FILE *out, const char *key, const char *file,
                       const char *cell, char *const command[])
{
    print_value(out, key,
                command ? ""
                : file  ? file
                : cell  ? cell
                        : "this build");
    if (command)
        print_words(command, out);
    fputc('\n', out);
}

static void print_sides(FILE *out, const struct comparing *run)
{
    const struct comparison *g = run->asked;

    print_side(out, "# base=", g->base, g->base_cell, g->base_command);
    print_side(out, "# cand=", g->cand, g->cand_cell, g->cand_command);
    if (g->base_command) {
        fputs("# control=the same command\n# stdin=/dev/null\n", out);
        print_value(out, "# stdout=", g->output);
        fputs("\n# stderr=pipe\n", out);
        return;
    }
    fprintf(out,
            "# base_hash=%016" PRIx64 "\n# cand_hash=%016" PRIx64
            "\n# control=%s\n",
            builds_hash(run->builds, SIDE_BASE),
            builds_hash(run->builds, SIDE_CAND),
            builds_copied(run->builds) ? "a copy of base" : "the same file");
}

/* That of a part is for each cell, and the verdict is on all of them. */
static uint64_t whole_budget_ns(const struct comparing *run)
{
    const struct asked *asked = &run->asked->asked;

    return asked->shard.parts ? run->all * asked->budget_ns : asked->budget_ns;
}

static void describe(const void *context, FILE *out)
{
    const struct comparing *run = context;
    const struct comparison *g = run->asked;
    char machine[192];

    fputs("# check=2\n", out);
    if (run->patterns) {
        machine_name(machine, sizeof(machine));
        fprintf(out, "# self_test=1\n# machine=%s\n# patterns=%s\n", machine,
                run->patterns);
    }
    print_sides(out, run);
    if (g->variants)
        fprintf(out, "# variants=%u\n", g->variants);
    fprintf(out, "# rules=threshold=%g screen=%g alpha=%g control=%g\n",
            g->rules.threshold, g->rules.screen, g->rules.alpha,
            g->rules.control);
    fprintf(out, "# budget_s=%g\n# order=random\n",
            (double)whole_budget_ns(run) / 1e9);
    if (g->asked.shard.parts)
        fprintf(out, "# waited_ns=%" PRIu64 "\n", run->waited_ns);
    fprintf(out, "# pin=%s\n# pin_origin=%s\n# store_bypass=%s\n",
            g->asked.pin ? g->asked.pin : "none",
            g->asked.pin_origin ? g->asked.pin_origin : "none",
            run->one_speed ? "off" : "on");
}

/* Opening. */

/* EXIT_DONE, or the exit status after complaining. */
static int cut(struct comparing *run)
{
    const struct shard *shard = &run->asked->asked.shard;
    struct plan traced = {0};

    run->all = run->plan.n;
    run->hash = plan_hash(&run->plan, &run->cand_plan);
    if (!shard->parts)
        return EXIT_DONE;
    if (shard_cut(shard, &run->plan, &traced))
        return complain_broken("out of memory");
    if (run->plan.n)
        return EXIT_DONE;
    return complain_usage("part %u of %u has no cell, for there are %zu cells "
                          "in all; take fewer parts",
                          shard->part, shard->parts, run->all);
}

static int open_builds(struct comparing *run)
{
    const struct comparison *g = run->asked;
    struct builds_setup setup = {
        .base = g->base,
        .cand = g->cand,
        .variants = g->variants,
        .plan = &run->plan,
        .pin = g->asked.pin,
        .pin_origin = g->asked.pin_origin,
        .seed = g->asked.seed,
        .start_ns = clock_ns(),
        .target_ns = target_ns,
    };
    char why[256];
    int status = comparison_plan(g, &run->plan, &run->cand_plan);

    if (!status)
        status = cut(run);
    if (status)
        return status;
    run->one_speed = machine_disable_store_bypass();
    if (run->cand_plan.n)
        setup.cand_plan = &run->cand_plan;
    if (builds_create(&setup, &run->builds, why, sizeof(why)))
        return complain_broken("%s", why);
    run->taker = builds_taker(run->builds);
    return EXIT_DONE;
}

/* For the life of the program; "" without memory. */
static const char *words_text(char *const words[])
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return "";
    print_words(words, out);
    return text_close(out, &text) ? text : "";
}

/* A command may be about to read the file that would be emptied. */
static bool is_word_of(char *const command[], const char *file)
{
    while (*command && !is_same_file(*command, file))
        command++;
    return *command;
}

static bool is_program(const char *file)
{
    struct stat is;

    return stat(file, &is) == 0 && S_ISREG(is.st_mode) && is.st_mode & 0111;
}

/* A first run that takes ten times the budget leaves no time for pairs. */
static uint64_t patience_ns(const struct comparing *run)
{
    uint64_t budget_ns = run->asked->asked.budget_ns;
    uint64_t limit_ns = 10 * (budget_ns ? budget_ns : cell_budget_ns);

    return limit_ns < TAKER_LEAST_LIMIT_NS ? TAKER_LEAST_LIMIT_NS : limit_ns;
}

static int open_commands(struct comparing *run)
{
    const struct comparison *g = run->asked;
    const struct commands_setup setup = {
        .words = {g->base_command, g->cand_command},
        .names = {g->names[0], g->names[1]},
        .arguments = {words_text(g->base_command + 1),
                      words_text(g->cand_command + 1)},
        .output = g->output,
        .variants = g->variants,
        .patience_ns = patience_ns(run),
        .seed = g->asked.seed,
        .start_ns = clock_ns(),
    };
    int error;

    if (is_word_of(g->base_command, g->output) ||
        is_word_of(g->cand_command, g->output))
        return complain_usage(
            "--output %.200s is a file that a command names: it would be "
            "emptied",
            g->output);
    if (!output_keeps(g->output, NULL) || is_program(g->output))
        return complain_usage(
            "--output %.200s is %s: it would be emptied", g->output,
            is_program(g->output) ? "a program" : "a recording");
    /* Children inherit these, and this process only waits for them. */
    machine_restore_limits();
    /* Its children's children, too, are to be ended. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (g->asked.pin)
        machine_pin(g->asked.pin);
    error = commands_create(&setup, &run->commands);
    if (error)
        return complain_broken("--output %.200s: %s", g->output,
                               strerror(-error));
    run->taker = commands_taker(run->commands);
    run->hash = plan_hash(&run->plan, &run->cand_plan);
    return EXIT_DONE;
}

int comparison_open(struct comparison *asked, const char *name,
                    const char *patterns, struct comparing *ret)
{
    bool part = asked->asked.shard.parts > 0;
    int status;

    *ret = (struct comparing){
        .asked = asked,
        .recorder.store.fd = -1,
        .patterns = patterns,
        .lock = -1,
    };
    status = comparison_find_variants(asked);
    if (status)
        return status;
    status = asked->base_command ? open_commands(ret) : open_builds(ret);
    if (status)
        return status;
    if (!asked->asked.budget_ns)
        asked->asked.budget_ns = (part ? 1 : ret->taker->n) * cell_budget_ns;
    ret->budget_ns = (part ? ret->taker->n : 1) * asked->asked.budget_ns;
    interrupt_catch();
    if (part && !asked->asked.no_lock)
        status = turn_take(&ret->lock, &ret->waited_ns);
    if (status)
        return status;
    return recorder_open(&ret->recorder, &asked->asked, name, ret->hash,
                         describe, ret);
}

void comparison_close(struct comparing *run)
{
    recorder_close(&run->recorder);
    if (run->lock >= 0)
        close(run->lock);
    builds_destroy(run->builds);
    commands_destroy(run->commands);
    plan_finish(&run->plan);
    plan_finish(&run->cand_plan);
}

/* While it runs. */

/* Fewer samples would be none, so a small budget is not kept to. */
static void warn_of_length(const struct comparing *run,
                           const struct progress *p, uint64_t suspect_ns)
{
    uint64_t most_ns = p->left_ns + suspect_ns;

    uint64_t budget_ns = run->budget_ns;

    if (p->stage == 1 && p->round == 1 && most_ns > 2 * budget_ns)
        complain(
            "the minimum of %u rounds takes about %.0f s (%.0f s with fresh "
            "pairs for a suspect): more than the budget of %.3g s allows",
            p->rounds, (double)p->left_ns / 1e9, (double)most_ns / 1e9,
            (double)budget_ns / 1e9);
}

static const char *const stages[] = {"calibrating", "screening", "confirming"};

static void announce(const struct comparing *run, const struct progress *p,
                     size_t all)
{
    const char *plural = all == 1 ? "" : "s";

    if (p->stage)
        fprintf(stderr, "%s: %zu round%s, about %.0f s\n", stages[p->stage],
                all, plural, (double)p->left_ns / 1e9);
    else if (run->commands)
        fprintf(stderr, "%s: a first run that takes over %.0f s is ended\n",
                stages[p->stage], (double)patience_ns(run) / 1e9);
    else
        fprintf(stderr, "%s: %zu cell%s\n", stages[p->stage], all, plural);
}

static void on_progress(void *context, const struct progress *p,
                        uint64_t suspect_ns)
{
    const struct comparing *run = context;
    size_t done = p->stage ? p->round : p->slot + 1;
    size_t all = p->stage ? p->rounds : p->slots;
    double left_s = (double)p->left_ns / 1e9;
    char trial[48] = "";

    if (p->stage && p->slot)
        return;
    if (run->trial)
        snprintf(trial, sizeof(trial), "trial %u: ", run->trial);
    else
        warn_of_length(run, p, suspect_ns);
    recorder_progress(&run->recorder, "%s%s %zu/%zu  ETA %.0f s", trial,
                      stages[p->stage], done, all, left_s);
    if (!run->recorder.terminal && done == 1 && !run->trial)
        announce(run, p, all);
}

static int on_sample(void *context, const struct sample *s)
{
    struct comparing *run = context;
    struct sample kept = *s;

    if (run->asked->asked.shard.parts)
        kept.part = run->asked->asked.shard.part;
    if (run->commands && s->children_left && !run->left_said) {
        recorder_progress(&run->recorder, "%s", "");
        complain("%s: %s/%s left processes running, which were ended; what "
                 "they would have done is in no time",
                 s->side, s->workload, s->model);
        run->left_said = true;
    }
    return recorder_keep(&run->recorder, &kept, run->taker->why);
}

int comparison_run(struct comparing *run, struct check *check)
{
    static const char *const keys[] = {"ended_screen", "ended_fresh"};
    struct recorder *r = &run->recorder;
    int error;

    check->taker = run->taker;
    check->on_sample = on_sample;
    check->on_progress = on_progress;
    check->context = run;
    check->recording = &r->recording;
    check->variants = run->asked->variants;
    error = check_run(check);
    for (int i = 0; i < 2 && !run->trial; i++)
        if (check->ended[i] &&
            store_note(&r->store, &r->recording, keys[i], check->ended[i]) &&
            !error)
            error = -EIO;
    if (!run->trial)
        error = store_end(&r->store, &r->recording, error);
    if (!error)
        error = recorder_sync(r, run->taker->why);
    return recorder_end(r, error, run->taker->why);
}

/* The verdict. */

/* What the merged parts would show as well, whatever the times are. */
static int status_of_part(const struct recording *r)
{
    struct verdict v;
    int status = EXIT_DONE;

    if (verdict_reach(r, 0, &v))
        return complain_broken("no samples were measured");
    for (size_t i = 0; i < v.n && status != EXIT_BROKEN; i++)
        if (v.cells[i].ruling == RULING_BROKEN)
            status = complain_broken("%s: %s", v.cells[i].name,
                                     v.cells[i].failure[0] ? v.cells[i].failure
                                                           : v.cells[i].events);
        else if (v.cells[i].ruling == RULING_REGRESSED && v.cells[i].events[0])
            status = EXIT_FINDING;
    verdict_finish(&v);
    return status;
}

int comparison_part(const struct comparing *run)
{
    const struct shard *shard = &run->asked->asked.shard;
    char to[PATH_MAX];

    printf("Part %u/%u: %s\nWhen all parts are measured: baton merge DIR... "
           "--out WHOLE, and baton check --replay WHOLE\n",
           shard->part, shard->parts,
           clean_text(run->recorder.store.dir, false, to, sizeof(to)));
    return status_of_part(&run->recorder.recording);
}

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

int print_verdict(const struct verdict *v, const struct comparison *asked,
                  bool colour)
{
    char *json = asked->asked.json ? verdict_json(v) : NULL;

    if (json)
        fputs(json, stdout);
    else
        verdict_print(v, stdout, colour);
    free(json);
    return asked->strict ? v->strict_status : v->status;
}

int comparison_publish(const char *dir, const struct recording *r,
                       const struct verdict *v, const struct comparison *asked)
{
    int errors = 0, status = print_verdict(v, asked, is_coloured());

    errors |= publish_file(dir, "verdict.json", verdict_json(v));
    errors |= publish_file(dir, "summary.md", verdict_markdown(v));
    errors |= publish_file(dir, "junit.xml", verdict_junit(v, asked->strict));
    errors |= publish_file(dir, "base.json", side_json(r, SIDE_BASE));
    errors |= publish_file(dir, "cand.json", side_json(r, SIDE_CAND));
    errors |= output_flush();
    if (!asked->asked.json)
        fprintf(stderr, "baton: samples and verdict are in %s\n", dir);
    return errors ? EXIT_BROKEN : status;
}
