/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton duel`: the player is the scheduler of real threads. */
#include "harness/cli/duel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/text.h"

const struct level duel_levels[] = {
    {{2, 2, 2}, "two updates are lost"},
    {{2, 3, 2}, "all but two of six"},
    {{3, 3, 6}, "all of one task"},
    {{3, 3, 5}, "all of one task, and one more"},
    {{2, 5, 2}, "hardly ever by chance"},
    {{100, 1000, 1000}, "a task erases those of 99"},
    {{100, 1000, 99999}, "a single one is lost"},
    {{100, 1000, 2}, "99,998 are lost"},
};
const size_t n_duel_levels = sizeof(duel_levels) / sizeof(duel_levels[0]);

enum { MOST_TASKS = 10000, MOST_ITEMS = 10000000 };

struct command {
    const char *workload, *schedule;
    const struct model *model;
    uint64_t level, tasks, increments, goal;
};
#define NUMBER(member, least, most)                                            \
    OPTION_NUMBER, offsetof(struct command, member), 0, NULL, 0, least, most

static const struct option_row rows[] = {
    {"level", "N", "Begin with this level (default: 1)",
     NUMBER(level, 1, sizeof(duel_levels) / sizeof(duel_levels[0]))},
    {"model", "M",
     "Its tasks are scheduled (default: the first that may lose updates)",
     OPTION_MODEL, offsetof(struct command, model)},
    {"schedule", "FILE", "Play this schedule, and show what it leads to",
     OPTION_TEXT, offsetof(struct command, schedule)},
    {"tasks", "N", "A game that is no level: so many tasks",
     NUMBER(tasks, 1, UINT64_MAX)},
    {"increments", "K", "... with so many increments each",
     NUMBER(increments, 1, UINT64_MAX)},
    {"goal", "V", "... that have to end at this value",
     NUMBER(goal, 1, UINT64_MAX)},
    {0},
};

static const char *mixture(const void *command)
{
    const struct command *c = command;
    bool own = c->tasks || c->increments || c->goal;

    if (own && (c->level || c->schedule))
        return "--tasks, --increments and --goal are for a game of its own, "
               "without --level and --schedule";
    if (own && !(c->tasks && c->increments && c->goal))
        return "a game of its own needs --tasks, --increments and --goal";
    return NULL;
}

static void take_workload(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->workload)
        argp_error(state, "one workload only; '%s' is too much", arg);
    c->workload = arg;
}

/* The first one of the registry that counts. */
static const struct workload *first_counting(void)
{
    for (size_t i = 0; i < n_workloads; i++)
        if (workloads[i]->kind == &kind_counting)
            return workloads[i];
    return NULL;
}

/* EXIT_DONE, or EXIT_USAGE after complaining. */
static int choose(struct duel_session *t, const char *workload,
                  const struct model *model)
{
    t->workload = first_counting();
    if (workload && read_workload(workload, &t->workload))
        return EXIT_USAGE;
    if (t->workload->kind != &kind_counting)
        return complain_usage("the workload %s has no counter; %s has one",
                              t->workload->name, first_counting()->name);
    t->model = model ? model : first_losing(t->workload);
    if (!t->model)
        return complain_usage("which model? --model NAME");
    return EXIT_DONE;
}

static void set_parameter(struct duel_session *t, const char *name,
                          uint64_t value)
{
    int i = workload_parameter(t->workload, name);

    if (i >= 0)
        t->setup.values[i] = value;
}

/* Whether it fits into memory, step by step, and its threads into a process. */
static bool is_small(const struct game *g, char *why, size_t size)
{
    if (g->tasks <= MOST_TASKS && g->increments <= MOST_ITEMS / g->tasks)
        return true;
    snprintf(why, size, "a game has at most %d tasks, and %d increments in all",
             MOST_TASKS, MOST_ITEMS);
    return false;
}

int duel_begin(struct duel_session *t, const struct game *game, char *why,
               size_t size)
{
    struct stepper_job job = {t->model, t->workload, &t->setup};
    const char *gap;
    int error;

    duel_finish(&t->duel);
    workload_presets(t->workload, t->setup.values);
    set_parameter(t, "tasks", game->tasks);
    set_parameter(t, "increments", game->increments);
    t->result = DUEL_ON;
    gap = stepper_gap(&job);
    if (gap) {
        snprintf(why, size, "%s: %s", t->model->name, gap);
        return -ENOTSUP;
    }
    error = duel_start(&t->duel, &job, game, why, size);
    t->chance = error ? 0 : duel_chance(&t->duel);
    return error;
}

/* The level of that size and last value. */
static size_t level_of(const struct game *g)
{
    for (size_t i = 0; i < n_duel_levels; i++)
        if (memcmp(&duel_levels[i].game, g, sizeof(*g)) == 0)
            return i + 1;
    return 0;
}

/* With a level, its goal; without one, the value that it ends at. */
static int show_played(struct duel_session *t, bool asked)
{
    char why[400];

    if (!asked) {
        t->duel.game.goal = stepper_counter(t->duel.stepper);
        t->level = level_of(&t->duel.game);
    }
    duel_print_head(t, stdout);
    for (size_t move = 0; move < t->duel.n; move++)
        duel_print_move(t, move, 80, stdout);
    t->result = duel_result(&t->duel, why, sizeof(why));
    if (why[0])
        puts(why);
    duel_print_score(t, stdout);
    return t->result == DUEL_WON ? EXIT_DONE : EXIT_FINDING;
}

static int replay(struct duel_session *t, const struct command *c,
                  const struct schedule *s)
{
    struct game game = {s->tasks, s->increments, s->tasks * s->increments};
    char why[400];
    int error;

    t->level = c->level;
    if (t->level)
        game = duel_levels[t->level - 1].game;
    error = schedule_fits(s, t->workload->name, t->model->name, game.tasks,
                          game.increments, why, sizeof(why));
    if (error)
        return complain_usage("%s, %s", c->schedule, why);
    if (!is_small(&game, why, sizeof(why)))
        return complain_usage("%s, line 1: %s", c->schedule, why);
    if (duel_begin(t, &game, why, sizeof(why)))
        return complain_usage("%s", why);
    if (duel_play(&t->duel, s, why, sizeof(why)))
        return complain_usage("%s, %s", c->schedule, why);
    return show_played(t, c->level);
}

static int play_schedule(struct duel_session *t, const struct command *c)
{
    struct schedule s;
    char why[600];
    const struct model *model = c->model;
    int status = EXIT_USAGE;

    if (schedule_read_file(c->schedule, &s, why, sizeof(why)))
        complain("%s", why);
    else if (!model && s.model[0] && !(model = model_find(s.model)))
        complain_model(s.model);
    else if (!choose(t, c->workload ? c->workload : s.workload, model))
        status = replay(t, c, &s);
    schedule_finish(&s);
    return status;
}

static int play_level(struct duel_session *t, const struct command *c)
{
    struct game game = {c->tasks, c->increments, c->goal};
    char why[400];
    int status = choose(t, c->workload, c->model);

    if (status)
        return status;
    t->level = c->tasks ? 0 : c->level ? c->level : 1;
    if (t->level)
        game = duel_levels[t->level - 1].game;
    if (!is_small(&game, why, sizeof(why)))
        return complain_usage("%s", why);
    if (optimum_preemptions(&game) < 0)
        return complain_usage("no order of steps ends at %" PRIu64
                              " with %" PRIu64 " tasks x %" PRIu64
                              " increments",
                              game.goal, game.tasks, game.increments);
    if (duel_begin(t, &game, why, sizeof(why)))
        return complain_usage("%s", why);
    return duel_play_keys(t);
}

static void write_help(char *out, size_t size)
{
    snprintf(out, size,
             "A game: you are the scheduler of a model's real tasks, and the "
             "counter has to end at the goal, by lost updates. The fewest "
             "preemptions that reach it are proven. On a terminal each key is "
             "a step; without one, keys are read from standard input.\n\n"
             "Levels:\n");
    for (size_t i = 0; i < n_duel_levels; i++) {
        const struct game *g = &duel_levels[i].game;

        text_add(out, size,
                 "  %zu   %" PRIu64 " tasks x %" PRIu64 ", goal %" PRIu64
                 ": %s\n",
                 i + 1, g->tasks, g->increments, g->goal, duel_levels[i].text);
    }
    text_add(out, size, "%s",
             "\vExamples:\n"
             "  baton duel\n"
             "  baton duel --level 2 --model locked\n"
             "  echo 1221 | baton duel\n"
             "  baton duel --schedule duel-2x3-2.schedule\n"
             "  baton duel --tasks 4 --increments 3 --goal 7\n\n"
             "Exit status: 0 where keys are played, whatever the game ends "
             "with; with --schedule 1 where the goal of --level is missed.");
}

int cli_duel(int argc, char *argv[])
{
    char doc[2048];
    const struct options options = {.tables = {rows},
                                    .common = COMMON_MODEL_FILE,
                                    .args = "[WORKLOAD]",
                                    .argument = take_workload,
                                    .mixture = mixture,
                                    .doc = doc};
    struct command c = {0};
    struct duel_session t = {0};
    int status;

    write_help(doc, sizeof(doc));
    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    status = c.schedule ? play_schedule(&t, &c) : play_level(&t, &c);
    duel_finish(&t.duel);
    return status;
}
