/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/step_show.h"

#include <inttypes.h>
#include <stdio.h>

#include "harness/watch/step_words.h"
#include "harness/watch/stepper.h"

/* Of 80 columns: beside the number, the counter and the mark. */
enum { NUMBER = 6, COUNTER = 9, TASKS = 51, NARROWEST = 17 };

/* Of a task's column; 0: tasks are named in one column. */
static int column(const struct step_show *show)
{
    int width = (int)((size_t)TASKS / stepper_tasks(show->stepper));

    return width < NARROWEST ? 0 : width;
}

void step_show_head(const struct step_show *show)
{
    int width = column(show);

    printf("%*s  ", NUMBER, "step");
    for (size_t i = 0; width && i < stepper_tasks(show->stepper); i++) {
        char name[32];

        snprintf(name, sizeof(name), "task %zu", i + 1);
        printf("%-*s", width, name);
    }
    if (!width)
        printf("%-*s", TASKS, "task");
    fputs("  counter\n", stdout); /* as wide as COUNTER */
}

static void show_step(const struct step_show *show, const struct step *step)
{
    int width = column(show), before = width * (int)step->task, used = 0;
    char words[64], mark[48];

    step_words(step, words, sizeof(words));
    step_mark(step, mark, sizeof(mark));
    printf("%*zu  %*s", NUMBER, show->shown + 1, before, "");
    if (!width)
        used = printf("%5" PRIu32 "  ", step->task + 1);
    used += before + printf("%s", words);
    if (width)
        printf("%*s", width * (int)stepper_tasks(show->stepper) - used, "");
    else
        printf("%*s", TASKS - used, "");
    if (step->own)
        printf("%*s", COUNTER, "-");
    else
        printf("%*" PRIu64, COUNTER, step->counter);
    printf("%s%s\n", mark[0] ? "  " : "", mark);
}

void step_show_more(struct step_show *show)
{
    size_t n;
    const struct step *log = stepper_log(show->stepper, &n);

    for (; show->shown < n; show->shown++)
        show_step(show, &log[show->shown]);
}
