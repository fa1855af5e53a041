/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_DOCUMENT_H
#define BATON_HARNESS_REPORT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct wording; /* harness/report/findings.h */

/*
 * The parts of a report. A section writes them once; their form is that of the
 * terminal or of a page.
 */
struct document {
    FILE *out;
    bool html;
    bool colour;                        /* the terminal */
    size_t width;                       /* of the terminal; 0: as tables need */
    const struct table_column *columns; /* of the table that was begun last */
    size_t n_columns;
    bool in_body, begun;
};

/* Text of any origin, as text of a page or in an attribute's quotes. */
void html_escape(const char *text, FILE *out);
/* The same of what printf() would print. */
__attribute__((format(printf, 2, 3))) void html_print(FILE *out,
                                                      const char *format, ...);
/* An element with nothing but such text in it: `start` is "td class=wrong". */
__attribute__((format(printf, 3, 4))) void
html_element(FILE *out, const char *start, const char *format, ...);
/* Begins what scrolls in its own place where the screen is narrow. */
void html_scroll(FILE *out, const char *kind, const char *of, const char *more);

/* A section, of a class or NULL. */
void document_begin(struct document *d, const char *class, const char *title);
void document_end(struct document *d);

__attribute__((format(printf, 3, 4))) void
document_text(struct document *d, const char *class, const char *format, ...);

void document_list(struct document *d, const char *class);
void document_list_end(struct document *d);
__attribute__((format(printf, 2, 3))) void
document_item(struct document *d, const char *format, ...);
/* An alarming finding is marked, and a wrong one has a word, too. */
void document_finding(struct document *d, const struct wording *w,
                      bool alarming, bool wrong);

/* The first column holds the names of the rows. */
struct table_column {
    const char *name;
    const char *class; /* of its cells in a page, or NULL */
    int width;         /* in the terminal; < 0: flush left; 0: not there */
    unsigned rank;     /* the last are the first to go where it is narrow */
};
void document_table(struct document *d, const char *class, const char *name,
                    const char *of, const struct table_column *columns,
                    size_t n);
void document_table_end(struct document *d);
/* The head of the rows that follow; of those that stand apart in a group. */
void document_group(struct document *d, bool apart, const char *text);
/* A cell for each column but the first; `class` may be "wrong", or NULL. */
void document_row(struct document *d, const char *class, const char *name,
                  const char *const cells[]);
/* A note on the row before. */
void document_note(struct document *d, const char *alarm, const char *text);

#endif
