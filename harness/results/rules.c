/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/rules.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/text.h"

const char *const statistic_names[STATISTIC_N] = {
    [STATISTIC_NONE] = "none",
    [STATISTIC_RATIO] = "ratio",
    [STATISTIC_EXPONENT] = "exponent",
    [STATISTIC_SHARE] = "share",
    [STATISTIC_PERCENTILE] = "percentile",
    [STATISTIC_COUNT] = "count",
    [STATISTIC_WRONG] = "wrong",
    [STATISTIC_GROWTH] = "growth",
};

const char *const decision_names[DECISION_N] = {
    [UNDECIDED] = "UNDECIDED",
    [SUPPORTED] = "SUPPORTED",
    [REFUTED] = "REFUTED",
    [DEPENDS] = "DEPENDS",
};

const double ratio_margin = 1.2;
static const double share_part = 0.2, slack = 0.1;

int rule_number(const char *text, double *ret)
{
    double value, over = 1;
    const char *rest;

    if (text_real_unit(text, &value, &rest) ||
        (*rest && (*rest != '/' || text_real(rest + 1, &over) || over <= 0)))
        return -EINVAL;
    *ret = value / over;
    return 0;
}

/* The words behind the rule's name are its limits. */
static int read_limits(char *rest, double limits[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *word = strsep(&rest, " ");

        if (!word || rule_number(word, &limits[i]))
            return -EINVAL;
    }
    return rest ? -EINVAL : 0;
}

int rule_read(const char *text, struct rule *ret)
{
    static const char *const names[] = {"", "at-least", "at-most", "between"};
    char copy[128], *rest = copy;
    double limits[2];
    int kind;

    if (text_copy(text, copy, sizeof(copy)))
        return -EINVAL;
    kind = text_index(names, RULE_N, strsep(&rest, " "));
    if (kind <= RULE_NONE ||
        read_limits(rest, limits, kind == RULE_BETWEEN ? 2 : 1))
        return -EINVAL;
    *ret = (struct rule){.kind = (enum rule_kind)kind,
                         .low = kind == RULE_AT_MOST ? -INFINITY : limits[0],
                         .high = kind == RULE_AT_LEAST  ? INFINITY
                                 : kind == RULE_BETWEEN ? limits[1]
                                                        : limits[0]};
    return ret->low < ret->high ? 0 : -EINVAL;
}

void rule_words(const struct rule *r, char *out, size_t size)
{
    if (r->kind == RULE_BETWEEN)
        snprintf(out, size, "between %.3g %.3g", r->low, r->high);
    else if (r->kind == RULE_AT_LEAST)
        snprintf(out, size, "at-least %.3g", r->low);
    else
        snprintf(out, size, "at-most %.3g", r->high);
}

static bool is_ratio(enum statistic s)
{
    return s == STATISTIC_RATIO || s == STATISTIC_GROWTH;
}

static bool is_share(enum statistic s)
{
    return s == STATISTIC_SHARE || s == STATISTIC_WRONG;
}

/* `side` 1 is the upper margin of a limit, -1 the lower one. */
static double inner(const struct rule *r, enum statistic s, double limit,
                    int side)
{
    if (r->kind == RULE_BETWEEN)
        return limit;
    if (is_ratio(s))
        return side > 0 ? limit * ratio_margin : limit / ratio_margin;
    return is_share(s) ? limit * (1 + side * share_part) : limit;
}

static double outer(const struct rule *r, enum statistic s, double limit,
                    int side)
{
    if (is_share(s))
        return limit * (1 + side * share_part);
    if (s == STATISTIC_EXPONENT || (is_ratio(s) && r->kind == RULE_BETWEEN))
        return limit + side * slack;
    return inner(r, s, limit, side);
}

struct margins rule_margins(const struct rule *r, enum statistic s)
{
    return (struct margins){.inner_low = inner(r, s, r->low, 1),
                            .inner_high = inner(r, s, r->high, -1),
                            .outer_low = outer(r, s, r->low, -1),
                            .outer_high = outer(r, s, r->high, 1)};
}

/* Exponents alone may be negative; nothing but a share has a greatest value. */
bool rule_can_fail(const struct rule *r, enum statistic s)
{
    struct margins m = rule_margins(r, s);
    double least = s == STATISTIC_EXPONENT ? -INFINITY : 0;
    double most = is_share(s) ? 1 : INFINITY;

    return m.inner_low <= m.inner_high && m.inner_low <= most &&
           m.inner_high >= least &&
           (m.outer_low > least || m.outer_high < most);
}

enum decision rule_decide(const struct rule *r, enum statistic s,
                          const struct estimate *e)
{
    struct margins m = rule_margins(r, s);

    if (!estimate_has_interval(e))
        return UNDECIDED;
    if (e->low >= m.inner_low && e->high <= m.inner_high)
        return SUPPORTED;
    if (e->high < m.outer_low || e->low > m.outer_high)
        return REFUTED;
    /* A margin itself is far enough, where there is one. */
    if (m.outer_low < m.inner_low && e->high <= m.outer_low)
        return REFUTED;
    return m.outer_high > m.inner_high && e->low >= m.outer_high ? REFUTED
                                                                 : UNDECIDED;
}
