/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/schedule.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

/* The number is the version of the format. */
static const char header[] = "baton-schedule 1";
static const char blanks[] = " \t";
/* A file without an end is no schedule. */
enum { MOST_LENGTH = 4096, MOST_LINES = 1000000 };

__attribute__((format(printf, 3, 4))) static int refuse(char *why, size_t size,
                                                        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
    return -EINVAL;
}

/* "3" or "3-100". */
static int read_tasks(const char *text, struct schedule_run *ret)
{
    const char *rest;

    if (text_u64_unit(text, &ret->first, &rest))
        return -EINVAL;
    ret->last = ret->first;
    if (!*rest)
        return 0;
    return *rest == '-' ? text_u64(rest + 1, &ret->last) : -EINVAL;
}

static bool is_text(const char *text)
{
    while (*text && (!iscntrl((unsigned char)*text) || *text == '\t'))
        text++;
    return !*text;
}

static int read_words(const char *tasks, const char *steps,
                      struct schedule_run *ret, char *why, size_t size)
{
    if (read_tasks(tasks, ret))
        return refuse(why, size, "'%s' is no task, and no range as \"3-7\"",
                      tasks);
    ret->steps = SCHEDULE_REST;
    if (strcmp(steps, "*") == 0)
        return 0;
    if (text_u64(steps, &ret->steps) || !ret->steps)
        return refuse(why, size, "'%s' is no number of steps, and not \"*\"",
                      steps);
    return 0;
}

int schedule_read_run(const char *text, uint64_t tasks,
                      struct schedule_run *ret, char *why, size_t size)
{
    char first[40], second[40], more;
    struct schedule_run run = {0};

    if (sscanf(text, "%39s %39s %c", first, second, &more) != 2)
        return refuse(why, size, "'%.60s' is not of the form \"TASK STEPS\"",
                      text);
    if (read_words(first, second, &run, why, size))
        return -EINVAL;
    if (run.first > run.last)
        return refuse(why, size, "the range %s ends before it begins", first);
    if (run.first < 1 || run.last > tasks)
        return refuse(why, size,
                      "there is no task %" PRIu64 "; tasks are 1 to %" PRIu64,
                      run.first < 1 ? run.first : run.last, tasks);
    *ret = run;
    return 0;
}

/* "tasks=100" and the others of the first line. */
static int read_header_item(const struct item *item, struct schedule *s)
{
    if (item_is(item, "tasks"))
        return item_u64(item, &s->tasks);
    if (item_is(item, "increments"))
        return item_u64(item, &s->increments);
    if (item_is(item, "model"))
        return item_copy(item, s->model, sizeof(s->model));
    return -EINVAL;
}

/* Its first two words. */
static int read_version(const char **list, char *why, size_t size)
{
    struct item item;

    if (!text_next(list, ' ', &item) || !item_is(&item, "baton-schedule") ||
        !text_next(list, ' ', &item))
        return refuse(why, size,
                      "a schedule begins with \"%s WORKLOAD tasks=N "
                      "increments=K model=NAME\"",
                      header);
    if (!item_is(&item, strchr(header, ' ') + 1))
        return refuse(why, size,
                      "version %.*s of the format is not known; this program "
                      "reads \"%s\"",
                      (int)item.key_len, item.key, header);
    return 0;
}

static int read_header(const char *list, struct schedule *s, char *why,
                       size_t size)
{
    struct item item;
    int error = read_version(&list, why, size);

    if (error)
        return error;
    if (!text_next(&list, ' ', &item) || item.value ||
        item.key_len >= sizeof(s->workload))
        return refuse(why, size, "the name of a workload is missing");
    memcpy(s->workload, item.key, item.key_len);
    while (text_next(&list, ' ', &item))
        if (read_header_item(&item, s))
            return refuse(why, size,
                          "'%.*s' is none of tasks=N, increments=K, model=NAME",
                          (int)(strchrnul(item.key, ' ') - item.key), item.key);
    if (!s->tasks || !s->increments)
        return refuse(why, size, "tasks=N and increments=K must be 1 or more");
    return 0;
}

/* Without its comment, and without blanks at its ends. */
static char *bare(char *line)
{
    char *end = line + strcspn(line, "#\r\n");

    line += strspn(line, blanks);
    while (end > line && strchr(blanks, end[-1]))
        end--;
    if (end >= line)
        *end = '\0';
    return line;
}

static int read_line(const char *text, unsigned line, struct schedule *s,
                     char *why, size_t size)
{
    struct schedule_run run;
    int error;

    if (!is_text(text))
        return refuse(why, size, "a control character; a schedule is text");
    if (!*text)
        return 0;
    if (!s->tasks)
        return read_header(text, s, why, size);
    error = schedule_read_run(text, s->tasks, &run, why, size);
    if (error)
        return error;
    run.line = line;
    if (!ARRAY_ROOM(s->runs, s->n))
        return -ENOMEM;
    s->runs[s->n++] = run;
    return 0;
}

int schedule_read(FILE *file, struct schedule *ret, char *why, size_t size)
{
    char line[MOST_LENGTH], fault[256] = "";
    unsigned number = 0;
    int error = 0;

    *ret = (struct schedule){0};
    while (!error && fgets(line, sizeof(line), file)) {
        if (++number > MOST_LINES)
            error =
                refuse(fault, sizeof(fault), "more than %d lines", MOST_LINES);
        else if (!strchr(line, '\n') && !feof(file))
            error = refuse(fault, sizeof(fault),
                           "a control character, or more than %d characters",
                           MOST_LENGTH - 2);
        else
            error = read_line(bare(line), number, ret, fault, sizeof(fault));
    }
    if (!error && ferror(file))
        error = -EIO;
    if (!error && !ret->tasks)
        error = read_header("", ret, fault, sizeof(fault));
    if (error)
        snprintf(why, size, "line %u: %s", number ? number : 1,
                 fault[0] ? fault : strerror(-error));
    return error;
}

int schedule_read_file(const char *path, struct schedule *ret, char *why,
                       size_t size)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char fault[300];
    int error;

    *ret = (struct schedule){0};
    if (!file) {
        error = -errno;
        snprintf(why, size, "cannot read %.200s: %s", path, strerror(-error));
        return error;
    }
    error = schedule_read(file, ret, fault, sizeof(fault));
    if (file != stdin)
        fclose(file);
    if (error)
        snprintf(why, size, "%.200s, %s", path, fault);
    return error;
}

void schedule_finish(struct schedule *s)
{
    free(s->runs);
    *s = (struct schedule){0};
}

int schedule_fits(const struct schedule *s, const char *workload,
                  const char *model, uint64_t tasks, uint64_t increments,
                  char *why, size_t size)
{
    if (workload && strcmp(workload, s->workload) != 0)
        return refuse(why, size,
                      "line 1: the schedule is for the workload %s, not for %s",
                      s->workload, workload);
    if (model && s->model[0] && strcmp(model, s->model) != 0)
        return refuse(why, size,
                      "line 1: the schedule is for the model %s, not for %s",
                      s->model, model);
    if ((tasks && tasks != s->tasks) ||
        (increments && increments != s->increments))
        return refuse(why, size,
                      "line 1: the schedule is for %" PRIu64 " tasks x %" PRIu64
                      " increments, not for %" PRIu64 " x %" PRIu64,
                      s->tasks, s->increments, tasks ? tasks : s->tasks,
                      increments ? increments : s->increments);
    return 0;
}

int schedule_add(struct schedule *s, uint64_t first, uint64_t last,
                 uint64_t steps)
{
    struct schedule_run *end = s->n ? &s->runs[s->n - 1] : NULL;

    if (end && first == last && end->first == first && end->last == first &&
        steps != SCHEDULE_REST && end->steps != SCHEDULE_REST) {
        end->steps += steps;
        return 0;
    }
    if (!ARRAY_ROOM(s->runs, s->n))
        return -ENOMEM;
    s->runs[s->n++] =
        (struct schedule_run){.first = first, .last = last, .steps = steps};
    return 0;
}

static void write_run(const struct schedule_run *r, FILE *out)
{
    fprintf(out, "%" PRIu64, r->first);
    if (r->last > r->first)
        fprintf(out, "-%" PRIu64, r->last);
    if (r->steps == SCHEDULE_REST)
        fputs(" *\n", out);
    else
        fprintf(out, " %" PRIu64 "\n", r->steps);
}

void schedule_write(const struct schedule *s, FILE *out)
{
    fprintf(out, "%s %s tasks=%" PRIu64 " increments=%" PRIu64 "%s%s\n", header,
            s->workload, s->tasks, s->increments, s->model[0] ? " model=" : "",
            s->model);
    for (size_t i = 0; i < s->n; i++)
        write_run(&s->runs[i], out);
}

bool schedule_next(const struct schedule *s, struct schedule_place *place,
                   struct schedule_grant *ret)
{
    const struct schedule_run *r;

    if (place->run >= s->n)
        return false;
    r = &s->runs[place->run];
    *ret = (struct schedule_grant){
        .task = r->first + place->done++, .steps = r->steps, .line = r->line};
    if (ret->task == r->last)
        *place = (struct schedule_place){.run = place->run + 1};
    return true;
}
