/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_SUBMISSION_H
#define BATON_HARNESS_GRADE_SUBMISSION_H

#include <stddef.h>

enum { SUBMISSION_MOST = 1 << 20 }; /* bytes of a file */

/* A file that someone has written: its text, and what it declares. */
struct submission {
    char name[128]; /* of the file, without its folder */
    char *text;     /* with BATON_MODELS() where that was missing */
    size_t len;
    char model[128];                    /* of the variable: "model_mine" */
    unsigned model_line, contract_line; /* 0: there is none */
};

/*
 * 0; or -EINVAL and why it is not one model in one file, with its line, or a
 * negative errno and why it cannot be read.  submission_finish() after 0.
 */
int submission_read(const char *path, struct submission *ret, char *why,
                    size_t size);
/* The same of a text, which is not terminated. */
int submission_scan(const char *text, size_t len, struct submission *ret,
                    char *why, size_t size);
void submission_finish(struct submission *s);

#endif
