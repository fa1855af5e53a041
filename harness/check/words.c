/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/check/check.h"
#include "harness/check/decide.h"
#include "harness/results/clean.h"
#include "harness/results/exits.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

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

/* To a `struct checked *c`, and to a `char out[PARAGRAPH]`. */
#define SAY(...)     text_add(c->why, sizeof(c->why), __VA_ARGS__)
#define MENTION(...) text_add(out, PARAGRAPH, __VA_ARGS__)
enum { PARAGRAPH = sizeof(((struct verdict *)0)->reason) };

static void say_p(struct checked *c, double p)
{
    SAY(p < 0.0001 ? ": p < 0.0001" : ": p = %.2g", p);
}

/* "but slower by more than 10 % in 17 of them, faster by as much in 2" */
static void say_far(const struct verdict *v, struct checked *c)
{
    SAY(", but slower by more than %.3g %% in %zu of them, faster by as much "
        "in %zu",
        100 * expm1(decide_far(&v->rules)), c->far_slower, c->far_faster);
}

/* Of all cells: what more variants would show. */
static void say_variants(struct checked *c)
{
    const struct spread *s = &c->spread;

    SAY(" (deviation between %u variants: %.2f %%", s->variants,
        100 * s->deviation);
    if (s->needed)
        SAY("; to detect +5 %%: %u variants)", s->needed);
    else
        SAY("; more pairs are needed to detect +5 %%)");
}

/*
 * The slowdown that the check would have detected, and what would detect a
 * smaller one.
 */
static void say_detectable(const struct verdict *v, struct checked *c)
{
    char percent[32];

    words_percent(1 + c->detectable, percent, sizeof(percent));
    if (isfinite(c->detectable))
        SAY(": a slowdown of %s would be detected with 90 %% probability",
            percent);
    else
        SAY(": too few pairs to detect any slowdown");
    if (c->spread.variants)
        return;
    if (c->budget_ns)
        SAY("; about --budget %.0fs should be enough for %.3g %%",
            ceil((double)c->budget_ns / 1e9), 100 * v->rules.threshold);
    else
        SAY("; a larger --budget detects smaller ones");
}

static void say_untested(const struct verdict *v, struct checked *c)
{
    SAY(", but the control has %zu, which are too few to test it: use ",
        v->control.n);
    if (v->test_budget_ns)
        SAY("about --budget %.0fs", ceil((double)v->test_budget_ns / 1e9));
    else
        SAY("a larger --budget");
}

/* The reasons in the order of their weight: the first that holds is given. */
static void say_undecided(const struct verdict *v, struct checked *c)
{
    if (v->disturbed)
        SAY(", but the control differs from the base");
    else if (v->untested)
        say_untested(v, c);
    else if (c->suspect && c->stage == 1)
        SAY(": a suspect, but no time was left for fresh pairs; use a larger "
            "--budget");
    else if (decide_doubtful(&v->rules, c)) {
        say_far(v, c);
        SAY(": this may be chance; use a larger --budget");
    } else
        say_detectable(v, c);
}

static void say_broken(const struct verdict *v, struct checked *c,
                       const char *ratio)
{
    const char *colon = c->failure[0] ? ": " : "";

    if (c->ratio.n == 0)
        SAY("no pair was measured%s%s", colon, c->failure);
    else if (v->cut)
        SAY("the check was cut short; up to then %s in %zu pairs", ratio,
            c->ratio.n);
    else
        SAY("%u of %zu pairs could not be measured%s%s", c->missing,
            c->missing + c->measured, colon, c->failure);
}

static void say_decided(const struct verdict *v, struct checked *c)
{
    char mean[32];

    if (!c->by_far) {
        SAY(", slower in %zu, faster in %zu", c->slower, c->faster);
        say_p(c, c->p);
        return;
    }
    words_percent(1 + c->far_mean, mean, sizeof(mean));
    say_far(v, c);
    SAY(", which is %s in the mean", mean);
    say_p(c, c->far_p);
}

/* The time, and what the ruling makes of it. */
static void say_time(const struct verdict *v, struct checked *c,
                     const char *ratio)
{
    bool decided =
        c->ruling == RULING_REGRESSED || c->ruling == RULING_IMPROVED;
    bool few = c->ruling == RULING_INCONCLUSIVE && c->ratio.n < DECIDE_FEWEST;

    if (few && !v->disturbed) {
        SAY("%zu pairs are too few for an interval, which needs %d: use a "
            "larger --budget",
            c->ratio.n, DECIDE_FEWEST);
        return;
    }
    SAY("%s in %zu %spairs", ratio, c->ratio.n, decided ? "fresh " : "");
    if (decided)
        say_decided(v, c);
    else if (c->ruling == RULING_PASS)
        SAY(": slower by less than %.3g %% in the median, if at all",
            100 * v->rules.threshold);
    else
        say_undecided(v, c);
}

/* Events come first, then its time. */
static void explain_cell(const struct verdict *v, struct checked *c)
{
    char ratio[120];

    c->why[0] = '\0';
    words_ratio(&c->ratio, ratio, sizeof(ratio));
    if (c->events[0])
        SAY("%.*s", clean_length(c->events, 360), c->events);
    if (c->events[0] && c->ruling != RULING_BROKEN)
        SAY("; time %s in %zu pairs", ratio, c->ratio.n);
    else if (!c->events[0] && c->ruling == RULING_BROKEN)
        say_broken(v, c, ratio);
    else if (!c->events[0])
        say_time(v, c, ratio);
    if (c->spread.freedom > 0)
        say_variants(c);
    /* Up to a tenth of unmeasured pairs changes no ruling, but is mentioned. */
    if (c->missing && c->ruling != RULING_BROKEN)
        SAY(" (%u of %zu pairs could not be measured: %.*s)", c->missing,
            c->missing + c->measured, clean_length(c->failure, 120),
            c->failure);
    clean_line(c->why);
}

static bool is_of_cells(const struct verdict *v)
{
    struct cell_parts parts;
    char why[256];

    return cell_read(v->base, &parts, why, sizeof(why)) == 0 &&
           cell_read(v->cand, &parts, why, sizeof(why)) == 0;
}

const char *verdict_word(const struct verdict *v, enum ruling ruling)
{
    if (ruling == RULING_REGRESSED && is_of_cells(v))
        return "SLOWER";
    if (ruling == RULING_IMPROVED && is_of_cells(v))
        return "FASTER";
    return ruling_name(ruling);
}

/* One sentence for a ruling, and, if `named`, up to three of its cells. */
static void say_cells(const struct verdict *v, enum ruling ruling,
                      const char *are, bool named, char out[PARAGRAPH])
{
    size_t said = 0, all = v->count[ruling];

    if (all == 0)
        return;
    MENTION(" %zu of %zu cell%s %s", all, v->n, v->n == 1 ? "" : "s", are);
    for (size_t i = 0; named && i < v->n && said < 3; i++)
        if (v->cells[i].ruling == ruling)
            MENTION("%s %s (%.*s)", said++ ? ";" : ":", v->cells[i].name,
                    clean_length(v->cells[i].why, 160), v->cells[i].why);
    if (named && all > said)
        MENTION("; and %zu more", all - said);
    MENTION(".");
}

static void say_control(const struct verdict *v, char out[PARAGRAPH])
{
    char ratio[120];

    if (v->control.n == 0) {
        MENTION(" There were no control pairs.");
        return;
    }
    words_ratio(&v->control, ratio, sizeof(ratio));
    MENTION(" The control, a copy of the base, reads %s in %zu pairs%s.", ratio,
            v->control.n,
            v->disturbed  ? " of all cells, or more in one of them: it "
                            "differs from the base, so no cell can pass. The "
                            "order within a pair matters on this machine, or "
                            "the machine changes too fast: pin the cells "
                            "(--pin), or use a machine with less load"
            : v->untested ? ", too few to test it"
            : estimate_spans(&v->control, 1) ? ": no difference"
                                             : ": not significant, for the "
                                               "test of the control is "
                                               "stricter than the interval");
}

/* Only what the recording holds. */
static const char *why_shortened(const struct verdict *v, const char *ended)
{
    if (v->cut)
        return strcmp(v->ended, "interrupted") == 0
                   ? "the check was interrupted"
               : v->ended[0] ? "an error ended the check"
                             : "the check was killed, or is still running";
    return strcmp(ended, "time") == 0 ? "the time limit was reached"
           : strcmp(ended, "failures") == 0
               ? "too many samples could not be measured"
               : "the reason was not recorded";
}

/* Fewer rounds are to be named, for the samples that are there are good. */
static void say_shortened(const struct verdict *v, char out[PARAGRAPH])
{
    static const char *const stages[] = {"screen", "fresh pairs"};

    for (int i = 0; i < 2; i++)
        if (v->rounds[i].done < v->rounds[i].planned)
            MENTION(" The %s ended after %u of %u rounds: %s.", stages[i],
                    v->rounds[i].done, v->rounds[i].planned,
                    why_shortened(v, v->rounds[i].ended));
    if (v->rounds[0].done == CHECK_MOST)
        MENTION(" The screen had %d rounds, which are the most.", CHECK_MOST);
}

static void say_passes(const struct verdict *v, char out[PARAGRAPH])
{
    if (v->count[RULING_PASS])
        MENTION(" %zu of %zu cell%s %s not slower by %.3g %% or more.",
                v->count[RULING_PASS], v->n, v->n == 1 ? "" : "s",
                v->count[RULING_PASS] == 1 ? "is" : "are",
                100 * v->rules.threshold);
    if (v->status == EXIT_INCONCLUSIVE && v->untested)
        MENTION(
            " There are too few pairs for a verdict: use a larger --budget.");
    else if (v->status == EXIT_INCONCLUSIVE && !v->disturbed)
        MENTION(" The noise is too large for a verdict: pin the cells (--pin), "
                "use a larger --budget, or a machine with less load.");
}

static void write_paragraph(const struct verdict *v, bool named,
                            char out[PARAGRAPH])
{
    bool cells = is_of_cells(v);

    snprintf(out, PARAGRAPH, "%s.", verdict_word(v, v->ruling));
    say_cells(v, RULING_BROKEN, "could not be checked", named, out);
    say_cells(v, RULING_REGRESSED,
              cells ? "took longer than the base" : "regressed", named, out);
    say_cells(v, RULING_IMPROVED,
              cells ? "took less time than the base" : "improved", named, out);
    say_passes(v, out);
    say_cells(v, RULING_INCONCLUSIVE,
              v->count[RULING_INCONCLUSIVE] == 1 ? "is inconclusive"
                                                 : "are inconclusive",
              named, out);
    say_control(v, out);
    say_shortened(v, out);
    clean_line(out);
}

void verdict_explain(struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++)
        explain_cell(v, &v->cells[i]);
    write_paragraph(v, true, v->reason);
}

static const char *const colours[RULING_N] = {
    [RULING_PASS] = "\033[32m",         [RULING_IMPROVED] = "\033[36m",
    [RULING_INCONCLUSIVE] = "\033[33m", [RULING_REGRESSED] = "\033[31m",
    [RULING_BROKEN] = "\033[31m",
};

/* Each cell stands there already, so the paragraph is without them. */
void verdict_print(const struct verdict *v, FILE *out, bool colour)
{
    char paragraph[PARAGRAPH];

    write_paragraph(v, false, paragraph);
    for (size_t i = 0; i < v->n; i++) {
        const struct checked *c = &v->cells[i];

        fprintf(out, "%s%-12s%s  %s\n              %s\n",
                colour ? colours[c->ruling] : "", verdict_word(v, c->ruling),
                colour ? "\033[0m" : "", c->name, c->why);
    }
    fprintf(out, "\n%s\n", paragraph);
}
