/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_CLI_H
#define BATON_HARNESS_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/results/claims.h"
#include "harness/results/exits.h"
#include "harness/results/sites.h"
#include "harness/results/store.h"
#include "harness/results/traces.h"
#include "harness/measure/run.h"

/* One file per command. argv[0] is the command's name. */
int cli_list(int argc, char *argv[]);
int cli_run(int argc, char *argv[]);
int cli_report(int argc, char *argv[]);
int cli_origin(int argc, char *argv[]);
int cli_trace(int argc, char *argv[]);
int cli_scrape(int argc, char *argv[]);
int cli_demo(int argc, char *argv[]);
int cli_check(int argc, char *argv[]);
int cli_export(int argc, char *argv[]);

/* "baton: " and the words on stderr. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/*
 * Complains about an unknown name: which ones there are (names[0..n-1]) and
 * which one is nearest.
 */
void complain_unknown(const char *what, const char *name,
                      const char *const names[], size_t n);

/*
 * The run in a directory: 0, or -errno after complaining.  holds_run() also
 * complains: of a --from that no run has written.
 */
int read_run(const char *dir, struct recording *ret);
bool holds_run(const char *from);

/* The command line as a shell takes it; main() remembers it first of all. */
void remember_command(int argc, char *argv[]);
const char *command_line(void);

/* Numbers as people write them.  0 or -EINVAL. */
int read_duration(const char *text, uint64_t *ret_ns); /* "30s", "2m" */

/*
 * A workload's parameters as options: the key of parameter i is KEY_PARAMETER
 * + i, `help` is where their texts live.  Returns how many.
 */
enum { KEY_PARAMETER = 2000, OPTION_HELP = 160 };
size_t parameter_options(const struct workload *w, const char *arg,
                         struct argp_option out[], char help[][OPTION_HELP]);

/*
 * Loads what each --model-file of the command line names, and takes it out of
 * there: models are to be known before an option names one.  EXIT_DONE, or
 * EXIT_USAGE after complaining.  The second is its row in a table of options.
 */
int load_model_files(int *argc, char *argv[]);
#define MODEL_FILE_OPTION(group)                                               \
    {                                                                          \
        "model-file", KEY_MODEL_FILE, "FILE", 0,                               \
            "The models of this shared object too", group                      \
    }
enum { KEY_MODEL_FILE = 1900 };

/*
 * Options that only fill a member of the command, which is the parser's input;
 * a list of them ends with {0}.
 */
struct setting {
    int key; /* of the option */
    enum {
        SETTING_TEXT,   /* const char * */
        SETTING_ON,     /* bool: true */
        SETTING_SEED,   /* uint64_t below 2^32 */
        SETTING_BUDGET, /* uint64_t, in ns */
        SETTING_ROUNDS, /* uint32_t, 1 to 100000 */
    } type;
    size_t offset;
    size_t given; /* of a bool that becomes true, too; 0: none */
};
#define SETTING(key, type, member)                                             \
    {                                                                          \
        key, SETTING_##type, offsetof(struct command, member), 0               \
    }
#define SETTING_GIVEN(key, type, member, given)                                \
    {                                                                          \
        key, SETTING_##type, offsetof(struct command, member),                 \
            offsetof(struct command, given)                                    \
    }

/* 0; ARGP_ERR_UNKNOWN: none of these; or it ends as argp_error() does. */
error_t setting_take(const struct setting *settings, int key, const char *arg,
                     const struct argp_state *state);

/* EXIT_DONE, or EXIT_USAGE after complaining. */
int read_workload(const char *name, const struct workload **ret);

/*
 * Like argp, takes what begins an option's name for it; unlike argp, complains
 * about any other by saying which ones there are, and the nearest.
 */
bool options_known(int argc, char *argv[], const struct argp_option options[]);

/* What run and report have in common: from a plan to files and a report. */
struct session {
    struct run run;
    bool typed_budget;    /* run.budget_ns is not a default */
    bool longer;          /* than the default; session_budget() sets it */
    uint64_t expected_ns; /* what all of it takes; likewise */
    struct plan plan;
    struct plan traced; /* one traced sample of each, after the rounds */
    struct claims claims;
    const char *name;  /* of the directory: "counter", "report" */
    const char *out;   /* --out, or NULL: baton-results/UTC-name */
    const char *audit; /* a line for the report, or NULL */
    bool json;         /* benchmark.json on stdout instead of the report */
    bool term;         /* the figures on stdout too */
};

/*
 * Sets how long the run will take.  A budget that someone typed is to hold six
 * rounds: EXIT_USAGE after complaining; another one is made as long.  The time
 * of another server is only a guess, for which nothing is refused.
 */
int session_budget(struct session *s);
/* A line that says so. */
void session_announce(const struct session *s, FILE *out);

/* Runs it all and returns the exit status. */
int session_run(struct session *s);

/* What a run has recorded. */
struct run_record {
    struct recording recording;
    struct traces traces;
    struct sites sites;
};

/*
 * Everything that is computed from a run's files and nothing else: summary.txt,
 * figures/ and report.html are written, the report is printed.  Returns the
 * exit status of that run, or EXIT_BROKEN after complaining.
 */
struct publication {
    const char *from, *to; /* directories, which are there */
    /* What `from` holds, and then is publish()'s; NULL: it is read. */
    struct run_record *record;
    const struct claims *claims;
    const char *context; /* of benchmark.json, which is written; or NULL */
    bool silent;         /* of the report; benchmark.json instead */
    bool term;           /* the figures too, in characters */
};
int publish(const struct publication *p);

/* Writes dir/name, all of it or nothing; 0, or -errno after complaining. */
int publish_file(const char *dir, const char *name, const char *text);

/*
 * To the file `path`, all of it or nothing; what is no file is written through,
 * and NULL is standard output.  0 or -errno, without complaining.
 */
int output_text(const char *path, const char *text);

/* What was asked for: rounds, or as many as fit into a budget. */
struct asked {
    uint64_t seed, cells; /* see plan_hash() */
    unsigned rounds;      /* 0: by the budget */
    uint64_t budget_ns;
};

/* "# key=value" lines: what a reader of any run's samples.tsv must know. */
void header_print(FILE *out, const struct asked *asked);

/*
 * A run's directory and its samples.tsv: `dir`, or, where that is NULL,
 * baton-results/UTC-name.  0, or -errno after complaining.
 */
int store_open(struct store *store, const char *dir, const char *name,
               const char *header);

/* A seed from the kernel, below 2^32: that is what the generator takes. */
uint64_t random_seed(void);

/*
 * Reads the folder --claims, or, where that is NULL, the installed one, else
 * what is built in.  EXIT_DONE, or EXIT_USAGE after complaining.
 */
int read_claims(const char *dir, struct claims *ret);

/*
 * The models of "a,b,@core", complaining about unknown ones; `ret` has room
 * for n_models.  `*ret_named`: one was named itself.  0 or -EINVAL.
 */
int read_models(const struct claims *claims, const char *text,
                const struct model *ret[], size_t *ret_n, bool *ret_named);
/* Complains about an unknown one, with the nearest. */
void complain_model(const char *name);
/* The one that --model names; else it complains and exits. */
const struct model *read_model(const char *text);

/*
 * A foreign server: resolves the URL and fetches the page twice, so that
 * s->server, host, path and the reference are set (strings live for ever).
 * EXIT_DONE, or the exit status after complaining.
 */
int foreign_prepare(const char *url, const struct workload *w, struct setup *s);

#endif
