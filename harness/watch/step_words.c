/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/step_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "harness/watch/runners.h"
#include "harness/watch/stepper.h"
#include "models/model.h"

static const char *const names[] = {
    [STEP_LOAD] = "load",     [STEP_STORE] = "store",
    [STEP_ADD] = "add",       [STEP_CAS] = "compare-and-swap",
    [STEP_FAILED] = "failed", [STEP_LOCK] = "lock",
    [STEP_BLOCK] = "wait",    [STEP_WOKEN] = "wake-up",
    [STEP_REFUSED] = "try",   [STEP_UNLOCK] = "unlock",
    [STEP_YIELD] = "yield",   [STEP_TURN] = "turn",
};

const char *step_name(enum step_kind kind)
{
    return names[kind];
}

static uint64_t before(const struct step *step)
{
    return step->value - 1 + (uint64_t)step->erased;
}

/* Of the counter. */
static void name_access(const struct step *step, char *out, size_t size)
{
    const char *own = step->own ? " (own)" : "";

    if (step->kind == STEP_LOAD)
        snprintf(out, size, "loads %" PRIu64 "%s", step->value, own);
    else if (step->kind == STEP_ADD)
        snprintf(out, size, "adds: %" PRIu64 "%s", step->value, own);
    else if (step->kind == STEP_CAS)
        snprintf(out, size, "swaps: %" PRIu64 "%s", step->value, own);
    else if (step->kind == STEP_FAILED)
        snprintf(out, size, "fails: is %" PRIu64 "%s", step->value, own);
    else if (step->erased)
        snprintf(out, size, "stores %" PRIu64 " over %" PRIu64, step->value,
                 before(step));
    else
        snprintf(out, size, "stores %" PRIu64 "%s", step->value, own);
}

void step_words(const struct step *step, char *out, size_t size)
{
    static const char *const words[] = {
        [STEP_LOCK] = "takes the lock", [STEP_WOKEN] = "gets the lock",
        [STEP_UNLOCK] = "unlocks",      [STEP_YIELD] = "yields the CPU",
        [STEP_TURN] = "has its turn",
    };

    if (step->kind <= STEP_FAILED)
        name_access(step, out, size);
    else if (step->kind != STEP_BLOCK && step->kind != STEP_REFUSED)
        snprintf(out, size, "%s", words[step->kind]);
    else if (step->holder == step->task)
        snprintf(out, size, "waits for itself");
    else if (step->holder == STEP_NO_TASK)
        snprintf(out, size, "%s",
                 step->kind == STEP_BLOCK ? "waits for it" : "lock is taken");
    else
        snprintf(out, size,
                 step->kind == STEP_BLOCK ? "waits for task %" PRIu32
                                          : "task %" PRIu32 " has it",
                 step->holder + 1);
}

void step_mark(const struct step *step, char *out, size_t size)
{
    if (step->erased > 0)
        snprintf(out, size, "erases %" PRId64, step->erased);
    else if (step->erased < 0)
        snprintf(out, size, "regains %" PRId64, -step->erased);
    else
        snprintf(out, size, "%s", "");
}

void stepper_reasons(const struct stepper *s, char *out, size_t size)
{
    static const char *const why[] = {
        [STEP_ADD] = "Load, addition and store are one instruction: nothing "
                     "comes between them.\n",
        [STEP_CAS] = "Compare-and-swap stores only where the counter is still "
                     "what was loaded.\n",
        [STEP_WOKEN] = "Load and store are inside a lock: other tasks sleep "
                       "until it is free.\n",
        [STEP_TURN] = "The tasks hand over by themselves: a turn is not "
                      "interrupted.\n",
    };
    bool seen[STEP_TURN + 1] = {false}, own = false;
    size_t n, used = 0;
    const struct step *log = stepper_log(s, &n);

    for (size_t i = 0; i < n; i++) {
        seen[log[i].kind] = true;
        own |= log[i].own;
    }
    seen[STEP_WOKEN] |= seen[STEP_LOCK];
    out[0] = '\0';
    for (size_t kind = 0; kind < sizeof(why) / sizeof(why[0]); kind++)
        if (why[kind] && seen[kind] && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s", why[kind]);
    if (own && used < size)
        used +=
            (size_t)snprintf(out + used, size - used,
                             "Each task counts in a variable of its own, and "
                             "they are added up.\n");
    if (!seen[STEP_LOAD] && !seen[STEP_ADD] && used < size)
        snprintf(out + used, size - used,
                 model_file(s->job.model)
                     ? "No load or store is seen: compile the model with "
                       "-DBATON_WATCHED.\n"
                     : "No load or store is seen: a library makes each "
                       "increment one step.\n");
}
