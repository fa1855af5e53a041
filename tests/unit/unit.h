/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_TESTS_UNIT_UNIT_H
#define BATON_TESTS_UNIT_UNIT_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/results/sample.h"
#include "harness/results/store.h"

struct claims;       /* harness/results/claims.h */
struct finding_list; /* harness/report/findings.h */
struct results;      /* harness/report/figures.h */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* cmocka 1.1.5 cannot compare reals; 0 is exact. */
#define assert_near(a, b, relative)                                            \
    assert_true(is_near((double)(a), (double)(b), relative))
int is_near(double a, double b, double relative);

/* A right sample of 7 iterations; `parameters` are those not at their preset */
struct sample sample_of(const char *workload, const char *model,
                        const char *parameters, uint32_t round, double real_ns);

/* Samples that grow as a test adds them; free() the items. */
struct samples {
    struct sample *items;
    size_t n;
};
struct sample *add_sample(struct samples *s, struct sample sample);
/* Calibration and rounds 1..n, each `real_ns[round - 1]` long. */
void add_cell(struct samples *s, const char *workload, const char *model,
              const char *parameters, const double *real_ns, unsigned n);

/* Those that the program was built with. */
const struct claims *shipped_claims(void);
/* A cell for each that a claim compares, `n` rounds, one percent apart. */
void add_claimed_cells(struct samples *s, unsigned n);
/* The findings of these results by the shipped claims; results point to them */
void find_all(struct results *results, struct finding_list *findings);

/* A fresh directory, and what removes it with all that is in it. */
char *make_scratch(void);
void remove_scratch(char *dir);

/* A whole file with a NUL behind it, for free(). */
char *read_file(const char *dir, const char *name, size_t *ret_len);

/* How many entries a directory has. */
size_t count_entries(const char *dir);

/* Whether the regular expression matches somewhere in the text. */
int matches(const char *text, const char *expression);

#endif
