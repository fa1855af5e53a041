/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/grade/headers.h"
#include "harness/results/data.h"

struct command {
    const char *name, *out, *kind; /* as they were given */
};

static void take_name(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->name)
        argp_error(state, "one model at a time; '%s' is too much", arg);
    c->name = arg;
}

static const struct option_row rows[] = {
    {"kind", "counting|connections", "The kind of work (default: counting)",
     OPTION_TEXT, offsetof(struct command, kind), 0, NULL, 'k'},
    {"out", "FILE", "Write there (default: NAME.c, with '_' for '-')",
     OPTION_TEXT, offsetof(struct command, out), 0, NULL, 'o'},
    {0},
};

/* Words of C, and those that mean something to an option. */
static bool is_reserved(const char *name)
{
    static const char words[] =
        " all auto break case char const continue default do double else enum "
        "extern float for goto if inline int long none register restrict "
        "return short signed sizeof static struct switch typedef union "
        "unsigned void volatile while ";
    char word[MODEL_NAME + 2];

    snprintf(word, sizeof(word), " %s ", name);
    return strstr(words, word) != NULL;
}

static bool is_well_formed(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < MODEL_NAME && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
           name[len - 1] != '-' && !strstr(name, "--");
}

/* EXIT_DONE, or EXIT_USAGE after complaining. */
static int check_name(const char *name)
{
    if (!name)
        return complain_usage("which name? `baton new-model NAME`");
    if (!is_well_formed(name))
        return complain_usage(
            "'%s' is no name for a model: 1 to %d characters, small letters, "
            "digits and single '-' between them, a letter first",
            name, MODEL_NAME - 1);
    if (is_reserved(name))
        return complain_usage("'%s' is a reserved word: choose another name",
                              name);
    for (size_t i = 0; i < model_count(); i++)
        if (strcmp(model_known(i)->name, name) == 0)
            return complain_usage(
                "there is a model '%s' already: choose another name", name);
    return EXIT_DONE;
}

/* Some kinds have no skeleton yet. */
static int read_skeleton(const char *kind, char **ret)
{
    const char *names[16];
    char file[128];
    size_t n = 0;

    for (size_t i = 0; i < n_kinds; i++) {
        snprintf(file, sizeof(file), "data/new_%s.c", kind_list[i]->name);
        *ret = data_read(file);
        if (!*ret)
            continue;
        if (strcmp(kind_list[i]->name, kind) == 0)
            return EXIT_DONE;
        free(*ret);
        if (n < sizeof(names) / sizeof(names[0]))
            names[n++] = kind_list[i]->name;
    }
    if (n)
        return complain_unknown("kind with a skeleton", kind, names, n);
    return complain_broken("data/new_*.c did not come with this program: "
                           "install Baton completely");
}

/* The name of a file or of a variable: '_' for '-'. */
static void make_id(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s", name);
    for (char *c = out; *c; c++)
        *c = *c == '-' ? '_' : *c;
}

/* Where the skeleton has its own name, a whole word, stands the new one. */
static void write_named(const char *text, const char *name, FILE *out)
{
    static const char own[] = "mine";
    char id[MODEL_NAME];
    const char *at;

    make_id(name, id, sizeof(id));
    while ((at = strstr(text, own))) {
        bool in_id = at[-1] == '_';

        fwrite(text, 1, (size_t)(at - text), out);
        fputs(in_id ? id : name, out);
        text = at + strlen(own);
    }
    fputs(text, out);
}

/* EXIT_DONE, or the exit status after complaining; nothing is overwritten. */
static int write_file(const char *path, const char *skeleton, const char *name)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!out && errno == EEXIST)
        return complain_usage("%s is there already, and is not overwritten: "
                              "choose another --out",
                              path);
    if (!out)
        return complain_broken("%s: %s", path, strerror(errno));
    write_named(skeleton, name, out);
    if (ferror(out) | fclose(out))
        return complain_broken("%s: %s", path, strerror(errno));
    return EXIT_DONE;
}

static const char *workload_of(const char *kind)
{
    for (size_t i = 0; i < n_workloads; i++)
        if (strcmp(workloads[i]->kind->name, kind) == 0)
            return workloads[i]->name;
    return "";
}

static void print_command(char *const words[])
{
    fputs("  ", stdout);
    print_words(words, stdout);
    putchar('\n');
}

static void print_next(const struct command *c, const char *file,
                       const char *kind)
{
    char include[PATH_MAX + 2] = "-I", object[PATH_MAX], here[PATH_MAX + 2];
    size_t len = strlen(file);

    if (headers_find(include + 2))
        snprintf(include, sizeof(include), "-I.");
    len -= len > 2 && strcmp(file + len - 2, ".c") == 0 ? 2 : 0;
    snprintf(object, sizeof(object), "%.*s.so", (int)len, file);
    snprintf(here, sizeof(here), "%s%s", strchr(object, '/') ? "" : "./",
             object);
    printf("%s is a complete model, %s: read it, then change it.\n\n", file,
           c->name);
    print_command((char *[]){"cc", "-D_GNU_SOURCE", "-O2", "-g", "-Wall",
                             "-shared", "-fPIC", include, "-o", object,
                             (char *)file, NULL});
    print_command((char *[]){"baton", "run", (char *)workload_of(kind),
                             "--model-file", here, "--models", (char *)c->name,
                             NULL});
    print_command((char *[]){"baton", "grade", (char *)file, NULL});
}

static int new_model(const struct command *c)
{
    const char *kind = c->kind ? c->kind : kind_list[0]->name;
    char file[MODEL_NAME + 2], *skeleton = NULL;
    int status = check_name(c->name);

    if (!status)
        status = read_skeleton(kind, &skeleton);
    if (status)
        return status;
    make_id(c->name, file, sizeof(file));
    strcat(file, ".c");
    status = write_file(c->out ? c->out : file, skeleton, c->name);
    free(skeleton);
    if (!status)
        print_next(c, c->out ? c->out : file, kind);
    return status;
}

int cli_new_model(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .args = "NAME",
        .argument = take_name,
        .doc =
            "Writes the file of a new model, which compiles and passes the "
            "checks of its kind of work: counting, a thread for each task with "
            "a mutex; connections, a thread for each lane with blocking "
            "calls. Three commands to go on with are printed.\v"
            "Examples:\n"
            "  baton new-model mine\n"
            "  baton new-model my-loop --kind connections --out loop.c\n\n"
            "A file that is there is not overwritten.",
    };
    struct command c = {0};

    options_read(&options, argc, argv, &c);
    return new_model(&c);
}
