/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton lesson`: a lesson of docs/lessons, step by step. */
#include "harness/cli/lesson.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/predict.h"
#include "harness/cli/screen.h"
#include "harness/results/data.h"
#include "harness/results/text.h"

struct command {
    struct asked asked;
    uint64_t lesson, section;
    bool list, plan, yes;
    char folder[PATH_MAX]; /* of the lessons */
};

static const struct option_row rows[] = {
    {"list", NULL, "List the lessons, or the sections of lesson N", OPTION_ON,
     offsetof(struct command, list), 0, NULL, 'l'},
    {"section", "K", "Begin at section K", OPTION_NUMBER,
     offsetof(struct command, section), 0, NULL, 0, 1, 99},
    {"plan", NULL, "Show the plan and the notes for the instructor", OPTION_ON,
     offsetof(struct command, plan), 0, NULL},
    {"yes", NULL, "Do not wait: show everything, and run every command",
     OPTION_ON, offsetof(struct command, yes), 0, NULL},
    {0},
};

static void take_number(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->lesson || text_u64(arg, &c->lesson) || !c->lesson)
        argp_error(state, "one number of a lesson is needed, not '%.40s'", arg);
}

/* The lessons. */

static int is_lesson(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return isdigit((unsigned char)entry->d_name[0]) && len > 3 &&
           strcmp(entry->d_name + len - 3, ".md") == 0;
}

/* Of a lesson or its plan, for free(); NULL: there is none. */
static char *read_lesson(const struct command *c, uint64_t number, bool plan)
{
    struct dirent **names;
    char path[PATH_MAX + 300], *text = NULL;
    int n = scandir(c->folder, &names, is_lesson, alphasort);

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s%s", c->folder, plan ? "plans/" : "",
                 names[i]->d_name);
        if (strtoull(names[i]->d_name, NULL, 10) == number && !text)
            text = data_text(path);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return text;
}

/* EXIT_DONE, or the exit status after complaining. */
static int parse(const struct command *c, struct lesson *ret)
{
    char *text = read_lesson(c, c->lesson, c->plan);
    int error = text ? lesson_parse(text, ret) : -ENOENT;

    free(text);
    if (error == -ENOENT)
        return complain_usage("there is no lesson %ju; `baton lesson` lists "
                              "them",
                              (uintmax_t)c->lesson);
    if (error)
        return complain_broken("%s", strerror(-error));
    if (c->section <= ret->sections)
        return EXIT_DONE;
    return complain_usage("lesson %ju has %u sections; `baton lesson %ju "
                          "--list` lists them",
                          (uintmax_t)c->lesson, ret->sections,
                          (uintmax_t)c->lesson);
}

static void list_lessons(const struct command *c)
{
    char *text;

    for (uint64_t i = 1; (text = read_lesson(c, i, false)); i++) {
        printf("%.*s\n", (int)strcspn(text, "\n") - 2, text + 2);
        free(text);
    }
    puts("\n`baton lesson N` shows lesson N, `baton lesson N --plan` the notes "
         "for its\ninstructor.");
}

static void list_sections(const struct lesson *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->parts[i].kind == PART_SECTION)
            printf("%2u  %s\n", l->parts[i].number, l->parts[i].text);
}

/* "--predict --guesses FILE", or NULL; for free(). */
static char *asking_options(const struct asked *asked)
{
    static char predict[] = "--predict", guesses[] = "--guesses";
    char *words[4] = {NULL}, *text = NULL, *path = NULL, here[PATH_MAX] = "";
    size_t size, n = 0;
    FILE *out;

    if (!predict_wanted(asked))
        return NULL;
    if (asked->predict)
        words[n++] = predict;
    if (asked->guesses && *asked->guesses != '/' && getcwd(here, sizeof(here)))
        strcat(here, "/");
    if (asked->guesses && asprintf(&path, "%s%s", here, asked->guesses) > 0) {
        words[n++] = guesses;
        words[n++] = path;
    }
    out = open_memstream(&text, &size);
    if (out)
        print_words(words, out);
    free(path);
    return out ? text_close(out, &text) : NULL;
}

static void show(struct command *c, const struct lesson *l)
{
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    char *options = asking_options(&c->asked);
    struct lesson_place place = {c->folder, c->asked.out, c->lesson, false};
    struct lesson_view v = {.stepwise = terminal && !c->yes && !c->plan,
                            .runs = c->yes,
                            .colour = is_coloured(),
                            .options = options,
                            .from = (unsigned)c->section,
                            .width = 80,
                            .rows = 24,
                            .run = lesson_run,
                            .context = &place};
    unsigned columns, rows_of_screen;

    if (terminal) {
        screen_size(&columns, &rows_of_screen);
        v.width = columns;
        v.rows = rows_of_screen > 10 ? rows_of_screen : 10;
    }
    lesson_show(&v, l);
    free(options);
}

static int find_folder(struct command *c)
{
    if (data_path("docs/lessons/README.md", c->folder, sizeof(c->folder)))
        return complain_broken("the lessons are not there: docs/lessons "
                               "belongs beside the program, or into "
                               "share/baton of its installation");
    *strrchr(c->folder, '/') = '\0';
    return EXIT_DONE;
}

int cli_lesson(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .common = COMMON_PREDICT | COMMON_OUT,
        .args = "[N]",
        .argument = take_number,
        .doc =
            "Shows lesson N and runs its commands, step by step; without N it "
            "lists the lessons. On a terminal it waits for Enter before each "
            "command, each answer and each section. Otherwise it prints "
            "everything and runs nothing, unless --yes is given. The "
            "commands run in a folder of their own below baton-results.\v"
            "Examples:\n  baton lesson\n  baton lesson 1\n"
            "  baton lesson 1 --predict --guesses class.tsv\n"
            "  baton lesson 2 --section 3\n  baton lesson 1 --plan\n"
            "  baton lesson 3 --yes > lesson-3.txt",
    };
    struct command c = {0};
    struct lesson l = {0};
    int status;

    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    status = find_folder(&c);
    if (!status && c.lesson)
        status = parse(&c, &l);
    if (status)
        return status;
    if (!c.lesson)
        list_lessons(&c);
    else if (c.list)
        list_sections(&l);
    else
        show(&c, &l);
    lesson_finish(&l);
    return EXIT_DONE;
}
