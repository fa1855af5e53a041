/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_TEACHING_LESSON_H
#define BATON_HARNESS_TEACHING_LESSON_H

#include <stddef.h>

/*
 * A lesson is a Markdown file, as docs/lessons has them.  Here it is a list of
 * parts in reading order; how they are shown is the command line's.
 */
enum part_kind {
    PART_TITLE,
    PART_SECTION,
    PART_TEXT,     /* a paragraph, in one line */
    PART_ITEM,     /* of a list, in one line without its mark */
    PART_QUOTE,    /* in one line */
    PART_TABLE,    /* "| a | b |", a line for each row */
    PART_LISTING,  /* what stands between fences, as it is */
    PART_COMMANDS, /* for the shell */
    PART_FIGURE,   /* what it shows, and the file */
    PART_REVEAL,   /* an answer follows: what it is called */
    PART_REVEALED, /* it ends here */
};

struct part {
    enum part_kind kind;
    char *text;
    int status;      /* COMMANDS: what the last one exits with */
    unsigned number; /* SECTION: from 1 */
};

struct lesson {
    struct part *parts;
    size_t n;
    unsigned sections;
};

/* 0 or -ENOMEM; lesson_finish() in any case. */
int lesson_parse(const char *markdown, struct lesson *ret);
void lesson_finish(struct lesson *l);

/*
 * A copy of commands in which `baton run` and others that ask have more
 * options, as "--predict"; for free(), NULL: no memory.
 */
char *lesson_predict(const char *commands, const char *options);

#endif
