/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FINDINGS_H
#define BATON_HARNESS_REPORT_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/report/finding.h"
#include "harness/report/results.h"

/* In the order of the claims, the sites, and the cells.  0 or -ENOMEM. */
int findings_make(const struct results *r, struct finding_list *ret);
/*
 * Whether its items have times, enough for a median; never of a cell that is
 * wrong, whose time is virtual or that was recorded without histograms.
 */
bool finding_is_timed(const struct entry *e);
/* A percentile of its items' times that its kind has as a metric, or NULL. */
const char *finding_metric(const struct entry *e, unsigned permille,
                           bool first_byte);
/*
 * A percentile inside each right sample: the median over them.  Those that had
 * too few times for it are left out, so that n may be 0.
 */
struct estimate finding_percentile(const struct entry *e, const char *metric);

/*
 * A finding in one sentence, and where its parts end: what it is of, what was
 * found, the interval; and behind that whatever else there is to know.
 */
struct wording {
    char *text; /* for free() */
    size_t subject, statement, interval;
    bool sure; /* there is an interval, or it needs none */
};
/* At most `most` differences between sites.  0 or -ENOMEM. */
int finding_words(const struct finding *f, const struct table *t, size_t most,
                  struct wording *ret);

/*
 * An array of objects: of all findings, of each percentile, and of what the
 * drawings (NULL: none) show.  NULL: no memory.
 */
json_t *findings_json(const struct finding_list *f, const struct table *t,
                      const struct drawings *d);

#endif
