/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FINDINGS_SHOWN_H
#define BATON_HARNESS_REPORT_FINDINGS_SHOWN_H

#include <stdio.h>

#include "harness/report/findings.h"

/* A sentence while it is written: its parts end where they are marked. */
struct writer {
    const struct table *table;
    struct wording *words;
    FILE *out;
    size_t len;
};

/* Its part ends here. */
void writer_mark(struct writer *w, size_t *part);
/* " [1.2, 1.4] (98.4 %, 7 rounds)", behind the end of the statement. */
void writer_interval(struct writer *w, const struct estimate *e,
                     void (*quantity)(double, char *, size_t));
/* What a figure shows: the least and the most; noise; what overlaps; a map. */
void writer_range(struct writer *w, const struct finding *f);
void writer_noise(struct writer *w, const struct finding *f);
void writer_spread(struct writer *w, const struct finding *f);
void writer_overlap(struct writer *w, const struct finding *f);
void writer_map(struct writer *w, const struct finding *f);
/* "3.27 %", and "1.04". */
void quantity_share(double share, char *out, size_t size);
void quantity_exponent(double exponent, char *out, size_t size);

#endif
