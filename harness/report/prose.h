/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_PROSE_H
#define BATON_HARNESS_REPORT_PROSE_H

/*
 * The longer texts of reports, which do not depend on what was measured, stand
 * in data/prose.txt: a paragraph each, "KEY: TEXT".  The key itself where there
 * is none of that key.
 */
const char *prose_find(const char *key);

/* The paragraphs, generated from the file; up to a NULL. */
extern const char *const prose[];

#endif
