/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A verdict as a sentence. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/verdicts.h"
#include "harness/results/derived.h"
#include "harness/results/text.h"

const char *verdict_setting(const struct claim *c)
{
    return c->setting ? c->setting : "models";
}

typedef void (*quantity)(double value, char *out, size_t size);

static void percent(double share, char *out, size_t size)
{
    snprintf(out, size, "%.3g %%", 100 * share);
}

static void plain_number(double value, char *out, size_t size)
{
    snprintf(out, size, "%.3g", value);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

static quantity quantity_of(const struct claim *c)
{
    switch (c->statistic) {
    case STATISTIC_RATIO:
    case STATISTIC_GROWTH:
        return quantity_ratio;
    case STATISTIC_SHARE:
    case STATISTIC_WRONG:
        return percent;
    case STATISTIC_EXPONENT:
        return plain_number;
    default:
        return ends_with(c->metric, "_ns")      ? quantity_ns
               : ends_with(c->metric, "_bytes") ? quantity_bytes
                                                : plain_number;
    }
}

/* "time", "wait (p99)", "cpus": what a ratio or an exponent is of. */
static void print_what(const struct claim *c, char *out, size_t size)
{
    const struct metric *m =
        c->metric ? kind_metric(c->workload->kind, c->metric) : NULL;
    const struct item_times *times = workload_times(c->workload);
    const char *name;

    if (!m || !m->permille || !times) {
        snprintf(out, size, "%s",
                 m && m->words ? m->words
                 : c->metric   ? number_words(c->metric)
                               : "time");
        return;
    }
    name = m->noticed ? "noticing" : m->first_byte ? "first byte" : times->name;
    if (m->permille < 1000)
        snprintf(out, size, "%s (p%g)", name, m->permille / 10.0);
    else
        snprintf(out, size, "%s (longest)", name);
    out[0] = (char)tolower((unsigned char)out[0]);
}

static void write_subject(const struct setting_verdict *s, FILE *out)
{
    const struct claim *c = s->claim;
    const char *a = fact_label_of(s->a);
    char what[80];

    print_what(c, what, sizeof(what));
    switch (c->statistic) {
    case STATISTIC_RATIO:
        fprintf(out, "%s of %s over that of %s", what, a, fact_label_of(s->b));
        if (c->factor)
            fprintf(out, ", multiplied by %.3g,", c->factor);
        break;
    case STATISTIC_GROWTH:
        fprintf(out, "%s of %s over that at %s %.0f", what, a, c->over,
                c->values.items[0]);
        break;
    case STATISTIC_EXPONENT:
        fprintf(out, "exponent of the %s of %s in %s", what, a, c->over);
        break;
    case STATISTIC_SHARE:
        fprintf(out, "share of the updates that %s loses", a);
        break;
    case STATISTIC_WRONG:
        fprintf(out, "share of the runs of %s that end wrong", a);
        break;
    default:
        fprintf(out, "%s of %s", what, a);
    }
}

static void write_number(const struct claim *c, const struct decided *d,
                         FILE *out)
{
    char text[QUANTITY_SIZE], interval[3 * QUANTITY_SIZE];

    quantity_of(c)(d->estimate.median, text, sizeof(text));
    fact_brackets(&d->estimate, quantity_of(c), interval, sizeof(interval));
    fprintf(out, "%s %s", text, interval);
}

/* " at n 30", " from n 1 to 100". */
static void write_place(const struct claim *c, const struct decided *d,
                        FILE *out)
{
    if (d->at < d->to)
        fprintf(out, " from %s %.0f to %.0f", c->over, d->at, d->to);
    else if (c->over)
        fprintf(out, " at %s %.0f", c->over, d->at);
}

static const char *const past[] = {[UNDECIDED] = "undecided",
                                   [SUPPORTED] = "supported",
                                   [REFUTED] = "refuted",
                                   [DEPENDS] = "it depends"};

/* All values where they differ, else the whole or the first and the last. */
static void write_numbers(const struct setting_verdict *s, FILE *out)
{
    const struct claim *c = s->claim;
    bool steps = c->statistic == STATISTIC_EXPONENT;

    if (s->n == 1 || (steps && s->alone != DEPENDS)) {
        write_number(c, &s->whole, out);
        write_place(c, &s->whole, out);
        if (s->alone != UNDECIDED || s->whole.decision == UNDECIDED)
            return;
        fputs(", by steps ", out);
    }
    for (size_t i = 0; i < s->n; i++) {
        fputs(i ? ", " : "", out);
        write_number(c, &s->values[i], out);
        write_place(c, &s->values[i], out);
        if (s->alone == DEPENDS || s->alone == UNDECIDED)
            fprintf(out, " (%s)", past[s->values[i].decision]);
    }
}

static void write_rule(const struct claim *c, FILE *out)
{
    char low[QUANTITY_SIZE], high[QUANTITY_SIZE];

    quantity_of(c)(c->rule.low, low, sizeof(low));
    quantity_of(c)(c->rule.high, high, sizeof(high));
    if (c->rule.kind == RULE_AT_LEAST)
        fprintf(out, "; the claim needs at least %s", low);
    else if (c->rule.kind == RULE_AT_MOST)
        fprintf(out, "; the claim needs at most %s", high);
    else
        fprintf(out, "; the claim needs %s to %s", low, high);
}

/* A place between two measured values is known to two digits at best. */
static double round_to_two(double value)
{
    double unit = pow(10, floor(log10(value)) - 1);

    return unit > 1 ? round(value / unit) * unit : value;
}

static void write_crossover(const struct setting_verdict *s, FILE *out)
{
    const char *over = s->claim->over;

    if (s->crossover > 0)
        fprintf(out, ", which is met at about %s %.0f", over,
                round_to_two(s->crossover));
    fprintf(out, "; it is %s up to %s %.0f and %s from %.0f on",
            past[s->before], over, s->low, past[s->after], s->high);
}

/* What leaves the verdict open: the whole, or the first value that is. */
static const struct decided *open_part(const struct setting_verdict *s)
{
    if (s->whole.decision == UNDECIDED)
        return &s->whole;
    for (size_t i = 0; i < s->n; i++)
        if (s->values[i].decision == UNDECIDED)
            return &s->values[i];
    return &s->whole;
}

struct effect verdict_effect(const struct setting_verdict *s)
{
    const struct estimate *e = &open_part(s)->estimate;
    enum statistic of = s->claim->statistic;
    struct margins m = rule_margins(&s->claim->rule, of);
    bool scaled = of == STATISTIC_RATIO || of == STATISTIC_GROWTH;
    double down = scaled ? e->median / e->low : e->median - e->low;
    double up = scaled ? e->high / e->median : e->high - e->median;

    if (scaled)
        return (struct effect){m.inner_low * down, m.inner_high / up,
                               m.outer_low / up, m.outer_high * down};
    return (struct effect){m.inner_low + down, m.inner_high - up,
                           m.outer_low - up, m.outer_high + down};
}

static void write_limit(const struct claim *c, double limit, const char *side,
                        FILE *out)
{
    char text[QUANTITY_SIZE];

    quantity_of(c)(limit, text, sizeof(text));
    fprintf(out, "%s %s", side, text);
}

static void write_effect(const struct setting_verdict *s, FILE *out)
{
    const struct claim *c = s->claim;
    struct effect e = verdict_effect(s);
    bool least = isfinite(e.low), most = isfinite(e.high);

    if (least && most && e.low > e.high)
        fputs("; no estimate with so wide an interval supports it", out);
    else if (least || most) {
        fputs("; ", out);
        if (least)
            write_limit(c, e.low, "at least", out);
        if (most)
            write_limit(c, e.high, least ? " and at most" : "at most", out);
        fputs(" would have supported it", out);
    }
    if (isfinite(e.refuted_to) || isfinite(e.refuted)) {
        fputs(", ", out);
        if (isfinite(e.refuted_to))
            write_limit(c, e.refuted_to, "at most", out);
        if (isfinite(e.refuted))
            write_limit(c, e.refuted,
                        isfinite(e.refuted_to) ? " or at least" : "at least",
                        out);
        fputs(" refuted it", out);
    }
}

static void write_obstacle(const struct setting_verdict *s,
                           const struct verdicts *v, FILE *out)
{
    const char *cell = s->cell ? fact_label_of(s->cell) : "";

    switch (s->obstacle) {
    case OBSTACLE_NONE:
        return;
    case OBSTACLE_ABSENT:
        fputs("it was not measured", out);
        return;
    case OBSTACLE_MISSING:
        fprintf(out, "; nothing is decided: samples of %s are missing%s%s",
                cell, s->cell->missing_text[0] ? ": " : "",
                s->cell->missing_text);
        return;
    case OBSTACLE_BROKEN:
        fprintf(out, "; nothing is decided: %s breaks a promise%s%s", cell,
                s->cell->text[0] ? ": " : "", s->cell->text);
        return;
    case OBSTACLE_FEW:
        fputs("; nothing is decided: six rounds are needed", out);
        return;
    case OBSTACLE_DISTURBED:
        fprintf(out,
                "; nothing is decided, for other programs used the CPUs in "
                "%.0f %% of the looks (alone, the numbers say: %s)",
                100 * v->disturbed, past[s->alone]);
    }
}

static void write_sentence(const struct setting_verdict *s,
                           const struct verdicts *v, FILE *out)
{
    if (s->a) {
        write_subject(s, out);
        fputs(" is ", out);
        write_numbers(s, out);
        fprintf(out, " (%zu rounds)", s->whole.estimate.n);
        write_rule(s->claim, out);
        if (s->decision == DEPENDS)
            write_crossover(s, out);
        else if (s->decision == UNDECIDED && s->obstacle == OBSTACLE_NONE)
            write_effect(s, out);
    }
    write_obstacle(s, v, out);
}

char *verdict_sentence(const struct setting_verdict *s,
                       const struct verdicts *v)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    write_sentence(s, v, out);
    return text_close(out, &text);
}
