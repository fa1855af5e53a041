/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_CLI_H
#define BATON_HARNESS_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/cli/asked.h"
#include "harness/measure/run.h"
#include "harness/results/claims.h"
#include "harness/results/exits.h"
#include "harness/results/names.h"
#include "harness/results/sites.h"
#include "harness/results/store.h"
#include "harness/results/traces.h"

/* One file per command. argv[0] is the command's name. */
int cli_new_model(int argc, char *argv[]);
int cli_grade(int argc, char *argv[]);
int cli_hostile(int argc, char *argv[]);
int cli_list(int argc, char *argv[]);
int cli_run(int argc, char *argv[]);
int cli_report(int argc, char *argv[]);
int cli_origin(int argc, char *argv[]);
int cli_autopsy(int argc, char *argv[]);
int cli_trace(int argc, char *argv[]);
int cli_step(int argc, char *argv[]);
int cli_scrape(int argc, char *argv[]);
int cli_demo(int argc, char *argv[]);
int cli_check(int argc, char *argv[]);
int cli_verdict(int argc, char *argv[]);
int cli_lesson(int argc, char *argv[]);
int cli_export(int argc, char *argv[]);
int cli_merge(int argc, char *argv[]);
int cli_reference(int argc, char *argv[]);

/* In the hooked program alone. */
int cli_duel(int argc, char *argv[]);
/*
 * Of a command that is in the hooked program alone: becomes baton-watched, with
 * the same arguments.  EXIT_BROKEN after complaining.
 */
int cli_watched(int argc, char *argv[]);

/* "baton: " and the words on stderr. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);
/* The same, and the exit status that goes with it. */
#define complain_usage(...)  (complain(__VA_ARGS__), EXIT_USAGE)
#define complain_broken(...) (complain(__VA_ARGS__), EXIT_BROKEN)

/*
 * Complains about an unknown name: which ones there are (names[0..n-1]) and
 * which one is nearest.  EXIT_USAGE.
 */
int complain_unknown(const char *what, const char *name,
                     const char *const names[], size_t n);

/*
 * The run in a directory: 0, or -errno after complaining.  holds_run() also
 * complains: of a --from that no run has written.
 */
int read_run(const char *dir, struct recording *ret);
bool holds_run(const char *from);

/* As a shell takes them; NULL ends them. */
void print_words(char *const words[], FILE *out);
/* The command line as a shell takes it; main() remembers it first of all. */
void remember_command(int argc, char *argv[]);
const char *command_line(void);

/* EXIT_DONE, or EXIT_USAGE after complaining. */
int read_workload(const char *name, const struct workload **ret);

struct run_prediction; /* harness/cli/predict.h */

/* What run and report have in common: from a plan to files and a report. */
struct session {
    struct asked asked;
    bool longer;          /* than the default budget */
    uint64_t expected_ns; /* what all of it takes */
    uint64_t waited_ns;   /* for other parts on this host */
    struct plan plan;
    struct plan traced; /* one traced sample of each, after the rounds */
    struct claims claims;
    const struct model *base; /* of comparisons; NULL: each workload's first */
    const char *name;         /* of the directory: a command or workload */
    const char *audit;        /* a line for the report, or NULL */
    bool judges;              /* looks for other programs between rounds */
    bool verdicts;            /* are printed in place of the report */
    struct run_prediction *predicted; /* is shown after it; NULL: none */
    /*
     * After six rounds, and each time that there are twice as many: cells that
     * need no more of them become `left_out`, the others are no longer limited.
     * NULL: not asked.
     */
    int (*choose)(struct session *s, const struct recording *r,
                  struct loop_cell cells[]);
};

/* Runs it all and returns the exit status. */
int session_run(struct session *s);

/*
 * Waits until no other part of an experiment is measured on this host; close()
 * of the lock ends the turn.  EXIT_DONE, or the exit status after complaining.
 */
int turn_take(int *ret_lock, uint64_t *ret_waited_ns);

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
    const char *from, *to; /* directories, which are there; `to` NULL: none */
    /* What `from` holds, and then is publish()'s; NULL: it is read. */
    struct run_record *record;
    const struct claims *claims;
    const char *context; /* of benchmark.json, which is written; or NULL */
    const char *against; /* the directory of an earlier run, or NULL */
    bool silent;         /* of the report; JSON instead */
    bool term;           /* the figures too, in characters */
    bool map;            /* the maps too, as text */
    bool verdicts;       /* on claims, in place of the whole report */
    struct run_prediction *predicted; /* is answered and shown; or NULL */
    bool part; /* of an experiment: nothing is reported or judged */
};
int publish(const struct publication *p);

/*
 * Writes dir/name, all of it or nothing, and frees the text (NULL: there was no
 * memory for it); 0, or -errno after complaining.
 */
int publish_file(const char *dir, const char *name, char *text);

/* 0 where standard output took it all; else -EIO, complaining once for all. */
int output_print(const char *text);
int output_flush(void);
/* Whether it is a terminal that understands escape sequences. */
bool takes_escapes(int fd);
/* Whether standard output shows colours. */
bool is_coloured(void);

/*
 * To the file `path`, all of it or nothing; what is no file is written through,
 * and NULL is standard output.  `text` NULL: there was no memory for it.  0 or
 * -errno after complaining.
 */
int output_text(const char *path, const char *text);
/*
 * Whether nothing that was measured is lost when `path` (NULL: standard output)
 * is written: it is none of the files of the run in `dir` (NULL: of none), by
 * whatever name, and holds no samples.
 */
bool output_keeps(const char *path, const char *dir);
/* Whether both are there and are one file, by whatever names. */
bool is_same_file(const char *a, const char *b);
/* Whether it could be written, as far as is known before; likewise. */
int output_check(const char *path);

/* What is recorded, while it is measured. */
struct recorder {
    struct store store;
    struct recording recording;
    bool terminal; /* stderr is one */
};

/*
 * Makes a run's directory (asked->out, or baton-results/UTC-name) and in it
 * samples.tsv, whose header holds what a reader of any run must know and what
 * `describe` adds.  EXIT_DONE, or EXIT_BROKEN after complaining;
 * recorder_close() in any case.
 */
int recorder_open(struct recorder *r, const struct asked *asked,
                  const char *name, uint64_t cells,
                  void (*describe)(const void *context, FILE *out),
                  const void *context);
/*
 * Writes a sample, and complains of one that was not measured.  0, or -errno
 * and a sentence in `why`.
 */
int recorder_keep(struct recorder *r, const struct sample *s, char why[256]);
/* To the disk; likewise. */
int recorder_sync(struct recorder *r, char why[256]);
/* A line that takes the place of the last one; only on a terminal. */
__attribute__((format(printf, 2, 3))) void
recorder_progress(const struct recorder *r, const char *format, ...);
/* How it ended: complains where `error` is not 0, and returns it. */
int recorder_end(struct recorder *r, int error, const char *why);
void recorder_close(struct recorder *r);

/*
 * Reads the folder --claims, or, where that is NULL, the installed one, else
 * what is built in.  EXIT_DONE, or EXIT_USAGE after complaining.
 */
int read_claims(const char *dir, struct claims *ret);

struct chosen {
    const struct model **models; /* for free() */
    size_t n;
};
/*
 * The models of "a,b,@core".  EXIT_DONE, or the exit status after complaining;
 * free(ret->models) in any case.
 */
int read_models(const struct claims *claims, const char *text,
                struct chosen *ret);
/* The first of them that "@core,a,b" names itself; NULL: none. */
const struct model *first_named(const char *list, const struct chosen *chosen);
/* --base, which is added to `chosen`; EXIT_USAGE after complaining. */
int read_base_model(const char *name, struct chosen *chosen,
                    const struct model **ret);
/*
 * The model that the others of a workload are compared with: --base, else the
 * first one that --models names; of sets, the first of @core that can do it,
 * else of them all.  EXIT_DONE, or EXIT_USAGE after complaining.
 */
int read_base(const struct claims *claims, const struct asked *asked,
              const struct workload *w, struct chosen *chosen,
              const struct model **ret);
/* Whether "a,b,@core" names it, and not only a set that it is in. */
bool is_named(const char *list, const char *name);
/* Complains about an unknown one, with the nearest; EXIT_USAGE. */
int complain_model(const char *name);
/* The first of this build that may lose updates of it; NULL: none does. */
const struct model *first_losing(const struct workload *w);
/* The one that --model names; else it complains and exits. */
const struct model *read_model(const char *text);

/*
 * Adds a cell, or its gap, which is an error where the cell is `needed` or the
 * machine's limits are the reason.  EXIT_DONE, or the exit status after
 * complaining.
 */
int choose_cell(struct plan *plan, const struct cell_parts *parts,
                const struct setup *setup, bool needed);

/*
 * A foreign server: resolves the URL and fetches the page twice, so that
 * s->server, host, path and the reference are set (strings live for ever).
 * EXIT_DONE, or the exit status after complaining.
 */
int foreign_prepare(const char *url, const struct workload *w, struct setup *s);

#endif
