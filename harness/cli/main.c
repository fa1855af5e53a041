/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/sample/cell_protocol.h"
#include "harness/sample/machine.h"

/* A command of the hooked program, which this file is compiled for as well. */
#ifdef BATON_WATCHED
#define WATCHED(run) run
#else
#define WATCHED(run) cli_watched
#endif

static const struct command {
    const char *name;
    int (*run)(int argc, char *argv[]);
    const char *summary; /* NULL: not for people */
} commands[] = {
    {"report", cli_report, "run the default comparison and report it"},
    {"run", cli_run, "measure one workload with your own parameters"},
    {"verdict", cli_verdict, "decide published claims on this machine"},
    {"autopsy", cli_autopsy, "explain a lost update of a real run"},
    {"trace", cli_trace, "record a timeline of all tasks for Perfetto"},
    {"step", WATCHED(cli_step), "take the steps of tasks one at a time"},
    {"export", cli_export, "convert a run for other tools"},
    {"merge", cli_merge, "join the parts of one run"},
    {"check", cli_check, "check whether a build is slower than another one"},
    {"scrape", cli_scrape, "print the title of each blog's first article"},
    {"duel", WATCHED(cli_duel), "a game: schedule real tasks, lose updates"},
    {"demo", cli_demo, "show a demonstration for a class"},
    {"new-model", cli_new_model, "write the file of a new model"},
    {"grade", cli_grade, "check a model that someone has written"},
    {"lesson", cli_lesson, "run a lesson step by step"},
    {"list", cli_list, "list models, workloads, and which go together"},
    {"reference", cli_reference, "list and check programs in other languages"},
    {"origin", cli_origin, "start only the HTTP test server"},
    {"cell", cell_main, NULL},
    {"hostile", WATCHED(cli_hostile), NULL},
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
    fputs("Usage: baton COMMAND [OPTION...]\n"
          "Compares concurrency models: the same work, verified, timed, with "
          "an interval\non every ratio.\n\n",
          out);
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].summary)
            fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs(
        "\nExamples:\n"
        "  baton report                       the whole comparison, 90 s\n"
        "  baton report --quick               a first look, 15 s\n"
        "  baton run counter --models locked,libuv --tasks 1,10,100\n"
        "  baton run download --n 30 --latency-ms 50 --rounds 9\n"
        "  baton trace download --model libuv --n 8 > trace.json\n"
        "  baton scrape http://example.org/blog\n"
        "  baton list\n\n"
        "Exit status: 0 done; 1 a finding: a wrong result, or a slower build;\n"
        "  3 inconclusive; 4 usage; 5 a run failed.\n"
        "`baton COMMAND --help` lists the options of a command.\n",
        out);
}

/* Those of the launcher are known, too. */
static int unknown_command(const char *name)
{
    static const char *const launcher[] = {"test", "bench",
                                           "install-references"};
    enum { N_LAUNCHER = sizeof(launcher) / sizeof(launcher[0]) };
    const char *names[N_COMMANDS + N_LAUNCHER];
    size_t n = 0;

    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].summary)
            names[n++] = commands[i].name;
    for (size_t i = 0; i < N_LAUNCHER; i++) {
        names[n++] = launcher[i];
        if (strcmp(name, launcher[i]) == 0)
            return complain_usage(
                "`%s` is a command of ./baton, the launcher in the source tree",
                name);
    }
    return complain_unknown("command", name, names, n);
}

/*
 * A file that is opened later must not become standard output or error. The
 * mode is the wrong one, so that using the stream stays an error.
 */
static void fill_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Output may still be in the buffer, and the disk may be full. */
static void check_output(void)
{
    if (output_flush())
        _exit(EXIT_BROKEN);
}

int main(int argc, char *argv[])
{
    fill_closed_streams();
    atexit(check_output);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails with EFBIG */
    argp_err_exit_status = EXIT_USAGE;
    argp_program_version = "baton " BATON_VERSION;
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(argp_program_version);
        return EXIT_DONE;
    }
    remember_command(argc, argv);
    machine_raise_limits();
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown_command(argv[1]);
}
