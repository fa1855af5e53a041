/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps as a trace: who loaded and stored what, and when. */
#include <inttypes.h>
#include <jansson.h>

#include "harness/results/json.h"
#include "harness/watch/step_words.h"
#include "harness/watch/runners.h"
#include "harness/watch/stepper.h"
#include "models/model.h"

enum { GROUP = 1 };

static void name_rows(json_t *events, size_t tasks)
{
    for (size_t i = 0; i < tasks; i++)
        json_array_append_new(
            events,
            json_pack("{s:s, s:s, s:i, s:I, s:{s:o}}", "ph", "M", "name",
                      "thread_name", "pid", GROUP, "tid", (json_int_t)i + 1,
                      "args", "name", json_sprintf("task %zu", i + 1)));
}

static json_t *args_of(const struct step *step)
{
    json_t *args = json_pack("{s:I}", "after", (json_int_t)step->counter);

    if (step->kind <= STEP_FAILED)
        json_object_set_new(args, "value",
                            json_integer((json_int_t)step->value));
    if (step->erased)
        json_object_set_new(args, "erased", json_integer(step->erased));
    return args;
}

/* A step ends when the next one is made, by whichever task. */
static json_t *span_of(const struct step *step, uint64_t begin_ns)
{
    char words[64];
    uint64_t ns = step->ns - begin_ns;

    step_words(step, words, sizeof(words));
    return json_pack("{s:s, s:s, s:s, s:i, s:I, s:f, s:f, s:o}", "ph", "X",
                     "name", words, "cat", step_name(step->kind), "pid", GROUP,
                     "tid", (json_int_t)step->task + 1, "ts", (double)ns / 1000,
                     "dur", 0.0, "args", args_of(step));
}

char *stepper_trace(const struct stepper *s)
{
    size_t n;
    const struct step *log = stepper_log(s, &n);
    json_t *events = json_array();

    name_rows(events, stepper_tasks(s));
    for (size_t i = 0; i < n; i++) {
        json_t *span = span_of(&log[i], log[0].ns);

        json_object_set_new(
            span, "dur",
            json_real(i + 1 < n ? (double)(log[i + 1].ns - log[i].ns) / 1000
                                : 1));
        json_array_append_new(events, span);
    }
    return json_line(json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}",
                               "displayTimeUnit", "ns", "otherData", "made_by",
                               "baton " BATON_VERSION, "workload",
                               s->job.workload->name, "model",
                               s->job.model->name, "traceEvents", events),
                     JSON_REAL_PRECISION(15));
}
