/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that several commands have. */
#include <stdint.h>

#include "harness/cli/cli.h"
#include "harness/cli/options_parts.h"

static void refuse_resume(void *command, const char *arg,
                          struct argp_state *state)
{
    (void)command;
    argp_error(state,
               "a run is not resumed: its rounds would be of two states of the "
               "machine; `baton report --from %s` shows what it has measured",
               arg);
}

static void take_shard(void *command, const char *arg, struct argp_state *state)
{
    struct asked *asked = command;

    if (shard_read(arg, &asked->shard))
        argp_error(state,
                   "--shard is a part of several, such as 2/4, not "
                   "'%.40s'",
                   arg);
}

const struct common_row common_rows[] = {
    {COMMON_MODELS,
     {"models", "a,b|@set",
      "Models, and sets: @core, @all, or a family as @loops (default: @core)",
      OPTION_TEXT, ASKED(models), 0, NULL, 'm'}},
    {COMMON_MODELS,
     {"base", "MODEL",
      "The model that the others are compared with (default: the first one "
      "named; of a set: the first that can do it)",
      OPTION_TEXT, ASKED(base), 0, NULL}},
    {COMMON_MODEL_FILE,
     {"model-file", "FILE", "The models of this shared object too", OPTION_LOAD,
      0, 0, NULL}},
    {COMMON_CLAIMS,
     {"claims", "DIR",
      "Read the claims of this folder (default: the installed ones)",
      OPTION_TEXT, ASKED(claims), 0, NULL, 'c'}},
    {COMMON_SEED,
     {"seed", "S",
      "Seed for the order and the pages (default: random, printed)",
      OPTION_NUMBER, ASKED(seed), ASKED(seeded), NULL, 's', 0, UINT32_MAX}},
    {COMMON_PINS,
     {"pin", "CPUS|none",
      "Samples run on these CPUs, as 0-2,5 (default: all; check of builds or "
      "cells: the last one)",
      OPTION_PIN, ASKED(pin), ASKED(pinned), NULL}},
    {COMMON_PINS,
     {"pin-origin", "CPUS|none",
      "The origin runs on these (default: all; check: those of --pin)",
      OPTION_PIN, ASKED(pin_origin), ASKED(origin_pinned), NULL}},
    {COMMON_OUT,
     {"out", "DIR", "Results go here (default: baton-results/UTC-NAME)",
      OPTION_TEXT, ASKED(out), 0, NULL, 'o'}},
    {COMMON_SHARD,
     {"shard", "K/N",
      "Measure part K of N; `baton merge` joins them (runs need "
      "--rounds)",
      OPTION_CALL, 0, 0, take_shard}},
    {COMMON_SHARD,
     {"no-lock", NULL,
      "Do not wait for another part that is measured on this host", OPTION_ON,
      ASKED(no_lock), 0, NULL}},
    {COMMON_TERM,
     {"term", NULL, "Show the figures in the terminal, too", OPTION_ON,
      ASKED(term), 0, NULL, 't'}},
    {COMMON_PREDICT,
     {"predict", NULL,
      "Ask for guesses first, and show them beside the results", OPTION_ON,
      ASKED(predict), 0, NULL}},
    {COMMON_PREDICT,
     {"guesses", "FILE",
      "Read guesses: name, question and guess, with tabs between; --predict "
      "adds those that are typed",
      OPTION_TEXT, ASKED(guesses), 0, NULL}},
    {COMMON_MODELS, {"resume", "DIR", NULL, OPTION_CALL, 0, 0, refuse_resume}},
    {COMMON_JSON,
     {"json", NULL, "JSON on standard output, for programs", OPTION_ON,
      ASKED(json), 0, NULL, 'j'}},
};
const size_t n_common_rows = sizeof(common_rows) / sizeof(common_rows[0]);

/* All parts are to have as many rounds, whatever their machines are. */
const char *options_refuse_part(const struct asked *asked, bool budget)
{
    if (asked->shard.parts && !asked->rounds && !budget)
        return "--shard needs --rounds, so that all parts have as many";
    if (asked->shard.parts && (asked->json || asked->term))
        return "--json and --term show results, which a part has none of: "
               "`baton merge` the parts, then `baton report --from`";
    return NULL;
}
