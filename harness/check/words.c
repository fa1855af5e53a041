/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/check/check.h"
#include "harness/check/decide.h"

void words_percent(double ratio, char *out, size_t size)
{
    double percent = 100 * (ratio - 1);
    int digits = fabs(percent) < 9.95;

    /* No "-0.0". */
    if (fabs(percent) < 0.05)
        percent = 0;
    snprintf(out, size, "%+.*f %%", digits, percent);
}

void words_ratio(const struct estimate *e, char *out, size_t size)
{
    char median[32], low[32], high[32];

    if (e->n == 0) {
        snprintf(out, size, "not measured");
        return;
    }
    words_percent(e->median, median, sizeof(median));
    if (!estimate_has_interval(e)) {
        snprintf(out, size, "%s, no interval", median);
        return;
    }
    words_percent(e->low, low, sizeof(low));
    words_percent(e->high, high, sizeof(high));
    snprintf(out, size, "%s [%s, %s]", median, low, high);
}

static void say_p(double p, char *out, size_t size)
{
    if (p < 0.0001)
        snprintf(out, size, "p < 0.0001");
    else
        snprintf(out, size, "p = %.2g", p);
}

/* "a slowdown of 4 % would have been seen" */
static void say_detectable(const struct checked *c, char *out, size_t size)
{
    char percent[32];

    if (!isfinite(c->detectable)) {
        snprintf(out, size, "so few pairs could not have told any slowdown");
        return;
    }
    words_percent(1 + c->detectable, percent, sizeof(percent));
    snprintf(out, size, "the smallest slowdown seen nine times of ten is %s",
             percent);
}

static void say_budget(const struct verdict *v, const struct checked *c,
                       char *out, size_t size)
{
    if (c->budget_ns)
        snprintf(out, size,
                 "; about --budget %.0fs would exclude one of %.3g %%",
                 ceil((double)c->budget_ns / 1e9), 100 * v->rules.threshold);
    else
        snprintf(out, size, "; a larger --budget would tell more");
}

static size_t pairs_of(const struct checked *c)
{
    return c->ratio.n;
}

/* What it did is told first, and its time all the same. */
static void explain_event(struct checked *c, const char *ratio)
{
    snprintf(c->why, sizeof(c->why), "%.360s; time %s in %zu pairs", c->events,
             ratio, pairs_of(c));
}

static void explain_decided(struct checked *c, const char *ratio)
{
    char p[32];

    if (c->events[0]) {
        explain_event(c, ratio);
        return;
    }
    say_p(c->p, p, sizeof(p));
    snprintf(c->why, sizeof(c->why),
             "%s in %zu fresh pairs, slower in %zu, faster in %zu: %s", ratio,
             pairs_of(c), c->slower, c->faster, p);
}

/* "slower by more than 10 % in 17 of them, faster by as much in 2" */
static void say_far(const struct verdict *v, const struct checked *c, char *out,
                    size_t size)
{
    snprintf(out, size,
             "slower by more than %.3g %% in %zu of them, faster by as much in "
             "%zu",
             100 * expm1(decide_far(&v->rules)), c->far_slower, c->far_faster);
}

static void explain_far(const struct verdict *v, struct checked *c,
                        const char *ratio)
{
    char far[128], mean[32], p[32];

    say_far(v, c, far, sizeof(far));
    words_percent(1 + c->far_mean, mean, sizeof(mean));
    say_p(c->far_p, p, sizeof(p));
    snprintf(c->why, sizeof(c->why),
             "%s in %zu fresh pairs, but %s, which is %s in the mean: %s",
             ratio, pairs_of(c), far, mean, p);
}

static void explain_pass(const struct verdict *v, struct checked *c,
                         const char *ratio)
{
    snprintf(c->why, sizeof(c->why),
             "%s in %zu pairs: slower by less than %.3g %% in the median, if "
             "at all",
             ratio, pairs_of(c), 100 * v->rules.threshold);
}

static void explain_inconclusive(const struct verdict *v, struct checked *c,
                                 const char *ratio)
{
    char seen[128], budget[128], far[128], more[64] = "more budget";

    say_detectable(c, seen, sizeof(seen));
    say_budget(v, c, budget, sizeof(budget));
    if (v->test_budget_ns)
        snprintf(more, sizeof(more), "about --budget %.0fs",
                 ceil((double)v->test_budget_ns / 1e9));
    if (c->events[0])
        explain_event(c, ratio);
    else if (v->disturbed)
        snprintf(c->why, sizeof(c->why),
                 "%s in %zu pairs, but the control is not quiet", ratio,
                 pairs_of(c));
    else if (pairs_of(c) < DECIDE_FEWEST)
        snprintf(c->why, sizeof(c->why),
                 "%zu pairs are too few for an interval, which takes %d: give "
                 "it more budget",
                 pairs_of(c), DECIDE_FEWEST);
    else if (v->untested)
        snprintf(c->why, sizeof(c->why),
                 "%s in %zu pairs, but the control's %zu are too few to tell "
                 "whether it is quiet: give it %s",
                 ratio, pairs_of(c), v->control.n, more);
    else if (c->suspect && c->stage == 1)
        snprintf(c->why, sizeof(c->why),
                 "%s in %zu pairs: a suspect, but no time was left for fresh "
                 "pairs; give it more budget",
                 ratio, pairs_of(c));
    else if (decide_doubtful(&v->rules, c)) {
        say_far(v, c, far, sizeof(far));
        snprintf(c->why, sizeof(c->why),
                 "%s in %zu pairs, but %s: that may be chance; a larger "
                 "--budget would tell",
                 ratio, pairs_of(c), far);
    } else
        snprintf(c->why, sizeof(c->why), "%s in %zu pairs: %s%s", ratio,
                 pairs_of(c), seen, budget);
}

static void explain_broken(const struct verdict *v, struct checked *c,
                           const char *ratio)
{
    const char *colon = c->failure[0] ? ": " : "";

    if (c->events[0])
        snprintf(c->why, sizeof(c->why), "%.400s", c->events);
    else if (pairs_of(c) == 0)
        snprintf(c->why, sizeof(c->why), "no pair was measured%s%s", colon,
                 c->failure);
    else if (v->cut)
        snprintf(c->why, sizeof(c->why),
                 "the check was cut short; up to then %s in %zu pairs", ratio,
                 pairs_of(c));
    else
        snprintf(c->why, sizeof(c->why),
                 "%u of %zu pairs could not be measured%s%s", c->missing,
                 c->missing + c->measured, colon, c->failure);
}

/* Up to a tenth is no reason for another ruling, but not to be kept quiet. */
static void mention_missing(struct checked *c)
{
    size_t len = strlen(c->why);

    snprintf(c->why + len, sizeof(c->why) - len,
             " (%u of %zu pairs could not be measured: %.120s)", c->missing,
             c->missing + c->measured, c->failure);
}

static void explain_cell(const struct verdict *v, struct checked *c)
{
    char ratio[120];

    words_ratio(&c->ratio, ratio, sizeof(ratio));
    switch (c->ruling) {
    case RULING_PASS:
        explain_pass(v, c, ratio);
        break;
    case RULING_REGRESSED:
    case RULING_IMPROVED:
        if (c->by_far && !c->events[0])
            explain_far(v, c, ratio);
        else
            explain_decided(c, ratio);
        break;
    case RULING_BROKEN:
        explain_broken(v, c, ratio);
        break;
    default:
        explain_inconclusive(v, c, ratio);
        break;
    }
    if (c->missing && c->ruling != RULING_BROKEN)
        mention_missing(c);
}

/* The paragraph. */

enum { PARAGRAPH = sizeof(((struct verdict *)0)->reason) };

__attribute__((format(printf, 2, 3))) static void say(char out[PARAGRAPH],
                                                      const char *format, ...)
{
    size_t len = strlen(out);
    va_list args;

    va_start(args, format);
    vsnprintf(out + len, PARAGRAPH - len, format, args);
    va_end(args);
}

/* One sentence for a ruling, and, if `named`, up to three of its cells. */
static void say_cells(const struct verdict *v, enum ruling ruling,
                      const char *are, bool named, char out[PARAGRAPH])
{
    size_t said = 0, all = v->count[ruling];

    if (all == 0)
        return;
    say(out, " %zu of %zu cells %s", all, v->n, are);
    for (size_t i = 0; named && i < v->n && said < 3; i++)
        if (v->cells[i].ruling == ruling)
            say(out, "%s %s (%.160s)", said++ ? ";" : ":", v->cells[i].name,
                v->cells[i].why);
    if (named && all > said)
        say(out, "; and %zu more", all - said);
    say(out, ".");
}

static void say_control(const struct verdict *v, char out[PARAGRAPH])
{
    char ratio[120];

    if (v->control.n == 0) {
        say(out, " There were no control pairs.");
        return;
    }
    words_ratio(&v->control, ratio, sizeof(ratio));
    say(out, " The control, a copy of the base, reads %s in %zu pairs%s.",
        ratio, v->control.n,
        v->disturbed  ? " of all cells, or more in one of them: it is not "
                        "quiet, so that nothing passes. What runs first or "
                        "second makes a difference here, or the machine "
                        "changes too fast: pin the cells (--pin), or run where "
                        "less else runs"
        : v->untested ? ", too few to tell whether it is quiet"
                      : ": quiet");
}

/* It does not tell of itself, for the samples that are there are good. */
static void say_shortened(const struct verdict *v, char out[PARAGRAPH])
{
    static const char *const stages[] = {"screen", "fresh pairs"};

    for (int i = 0; i < 2; i++)
        if (v->rounds[i].done < v->rounds[i].planned)
            say(out, " The %s ended after %u of %u rounds: %s.", stages[i],
                v->rounds[i].done, v->rounds[i].planned,
                v->cut ? "the check was interrupted, or could not go on"
                       : "the time was up, since the machine has become "
                         "slower than it was at the start");
    if (v->rounds[0].done == CHECK_MOST)
        say(out, " The screen had %d rounds, which are the most.", CHECK_MOST);
}

static void say_passes(const struct verdict *v, char out[PARAGRAPH])
{
    if (v->count[RULING_PASS])
        say(out, " %zu of %zu cells are not slower by %.3g %% or more.",
            v->count[RULING_PASS], v->n, 100 * v->rules.threshold);
    if (v->status == 3 && v->untested)
        say(out, " So few pairs say nothing of any cell: give more budget.");
    else if (v->status == 3 && !v->disturbed)
        say(out, " This machine is too noisy to say anything: pin the cells "
                 "(--pin), give more budget, or run where less else runs.");
}

static void write_paragraph(const struct verdict *v, bool named,
                            char out[PARAGRAPH])
{
    out[0] = '\0';
    say(out, "%s.", ruling_name(v->ruling));
    say_cells(v, RULING_BROKEN, "could not be checked", named, out);
    say_cells(v, RULING_REGRESSED, "regressed", named, out);
    say_cells(v, RULING_IMPROVED, "improved", named, out);
    say_passes(v, out);
    say_cells(v, RULING_INCONCLUSIVE, "are undecided", named, out);
    say_control(v, out);
    say_shortened(v, out);
}

void verdict_explain(struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++)
        explain_cell(v, &v->cells[i]);
    write_paragraph(v, true, v->reason);
}

/* For a terminal. */

static const char *colour_of(enum ruling ruling)
{
    switch (ruling) {
    case RULING_PASS:
        return "\033[32m";
    case RULING_IMPROVED:
        return "\033[36m";
    case RULING_INCONCLUSIVE:
        return "\033[33m";
    default:
        return "\033[31m";
    }
}

/* Each cell stands there already, so the paragraph is without them. */
void verdict_print(const struct verdict *v, FILE *out, bool colour)
{
    char paragraph[PARAGRAPH];

    write_paragraph(v, false, paragraph);
    for (size_t i = 0; i < v->n; i++) {
        const struct checked *c = &v->cells[i];

        fprintf(out, "%s%-12s%s  %s\n              %s\n",
                colour ? colour_of(c->ruling) : "", ruling_name(c->ruling),
                colour ? "\033[0m" : "", c->name, c->why);
    }
    fprintf(out, "\n%s\n", paragraph);
}
