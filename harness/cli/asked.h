/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_ASKED_H
#define BATON_HARNESS_CLI_ASKED_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/measure/shard.h"
#include "workloads/workload.h"

/*
 * The options of a command are rows of tables: each says how it is shown and
 * which member of the command it fills.
 */
struct option_row {
    const char *name, *arg, *help; /* as argp's; help NULL: hidden */
    enum {
        OPTION_TEXT,   /* const char * */
        OPTION_ON,     /* bool: true */
        OPTION_NUMBER, /* uint64_t, from `min` to `max` */
        OPTION_BUDGET, /* uint64_t, in ns */
        OPTION_PIN,    /* const char *, a list of CPUs; "none": NULL */
        OPTION_MODEL,  /* const struct model * */
        OPTION_XPATH,  /* const char * */
        OPTION_LOAD,   /* models of a shared object */
        OPTION_CALL,   /* `call` takes it */
    } type;
    size_t at;    /* offset of the member in the command */
    size_t given; /* of a bool that becomes true, too; 0: none */
    /* argp_error() refuses; arg is NULL where "[ARG]" was left out. */
    void (*call)(void *command, const char *arg, struct argp_state *state);
    char letter; /* "-o" for "--out"; 0: none */
    uint64_t min, max;
};

/* What most commands are asked; it is the first member of a command. */
struct asked {
    uint64_t seed, budget_ns, rounds; /* rounds 0: by the budget */
    const char *models, *base, *claims, *out, *pin, *pin_origin;
    bool seeded, typed_budget, pinned, origin_pinned; /* were given */
    bool json, term, map;
    bool predict;        /* questions are asked first */
    const char *guesses; /* the file of guesses */
    struct shard shard;  /* parts 0: all of it */
    bool no_lock;        /* parts on one host do not wait for each other */
};
#define ASKED(member) offsetof(struct asked, member)

/* The rows of those that several commands have in common, as bits. */
enum {
    COMMON_MODELS = 1,
    COMMON_MODEL_FILE = 2,
    COMMON_CLAIMS = 4,
    COMMON_SEED = 8,
    COMMON_PINS = 16,
    COMMON_OUT = 32,
    COMMON_JSON = 64,
    COMMON_TERM = 128,
    COMMON_PREDICT = 256,
    COMMON_SHARD = 512,
    COMMON_BUDGET = 1024, /* a part needs no rounds: its cells have a budget */
};
/* What follows from a budget or rounds is each command's own. */
#define OPTION_ROW_BUDGET(help)                                                \
    {                                                                          \
        "budget", "TIME", help, OPTION_BUDGET, ASKED(budget_ns),               \
            ASKED(typed_budget), NULL, 'b'                                     \
    }
#define OPTION_ROW_ROUNDS(help)                                                \
    {                                                                          \
        "rounds", "N", help, OPTION_NUMBER, ASKED(rounds), 0, NULL, 'r', 1,    \
            100000                                                             \
    }

/* The values of a workload's parameters. */
enum { MAX_SWEEP = 256 }; /* of one parameter */
struct sweep {
    uint64_t values[MAX_SWEEP];
    size_t n;
};
struct sweeps {
    const struct workload *workload;
    size_t most; /* values of a parameter */
    struct sweep of[MAX_PARAMETERS];
    bool given[MAX_PARAMETERS];
};
/* Each parameter at its preset. */
void sweeps_init(struct sweeps *s, const struct workload *w, size_t most);

enum { MAX_TABLES = 4 };
struct options {
    /* Each table ends with {0} and is a group of its own in the help. */
    const struct option_row *tables[MAX_TABLES];
    unsigned common;       /* and these, behind them */
    struct sweeps *sweeps; /* parameters are options too; NULL: none */
    const char *args, *doc;
    /* Why the options that were given do not go together, or NULL. */
    const char *(*mixture)(const void *command);
    /* An argument that is no option; NULL: the command takes none. */
    void (*argument)(void *command, char *arg, struct argp_state *state);
};

/*
 * Reads argv[1], argv[2], ...; a seed that is not given is drawn.  argv[0] is
 * the command's name, and argv[1] that of a workload where there are sweeps.
 * False: complained of an unknown option, with the nearest there is; what is
 * wrong with a known one ends the program as argp does.
 */
bool options_read(const struct options *o, int argc, char *argv[],
                  void *command);

/*
 * The workload that argv[1] names: EXIT_DONE and *ret, which is NULL where the
 * help was asked for and printed; or EXIT_USAGE after complaining.  `usage`:
 * what follows the workload; `examples` and what else the help says.
 */
int read_command_workload(int argc, char *argv[], const char *usage,
                          const char *examples, const struct workload **ret);

/* A seed from the kernel, below 2^32: that is what the generator takes. */
uint64_t random_seed(void);

/* Numbers as people write them.  0 or -EINVAL. */
int read_duration(const char *text, uint64_t *ret_ns); /* "30s", "2m" */

#endif
