/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_TEACHING_QUESTIONS_H
#define BATON_HARNESS_TEACHING_QUESTIONS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What --predict asks before a command measures.  It is data: a file for each
 * question; questions/README.md explains the keys.
 */
enum question_kind {
    QUESTION_NUMBER,
    QUESTION_RATIO,
    QUESTION_ORDER,
    QUESTION_KINDS
};

struct question {
    char *id; /* the name of its file */
    char *ask, *command;
    enum question_kind kind;
    char *unit; /* "%", "time", another word; NULL: none */
    /* Of the command that measures cells; NULL: any, or none. */
    char *workload, *of, *over, *models, *promise;
    uint64_t fewest, most; /* models in the run; most 0: any number */
};

struct questions {
    struct question *items;
    size_t n;
};

/*
 * Reads those that the program was built with.  0 or -errno, and what is wrong
 * in words: the file, the line and the remedy.  questions_finish() in any case.
 */
int questions_read(struct questions *ret, char *why, size_t size);
/* Adds the one of a file's text; likewise. */
int questions_add(struct questions *all, const char *name, const char *text,
                  char *why, size_t size);
void questions_finish(struct questions *all);
const struct question *questions_find(const struct questions *all,
                                      const char *id);

extern const struct question_file {
    const char *name, *text;
} question_files[];
extern const size_t n_question_files;

#endif
