/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, in words, and how much of it is noise. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/report/sections.h"

/* What estimate_median() needs for one of 95 %. */
enum { ROUNDS_FOR_INTERVALS = 6 };

enum { MOST_DIFFERENCES = 3 }; /* the others stand in the matrix */

/* Of the machine's CPU time; the samples follow each other. */
static double stolen_share(const struct recording *r)
{
    double cpus = recording_real(r, "cpus_online"), ticks = 0, ns = 0;

    for (size_t i = 0; i < r->n; i++) {
        ticks += (double)r->samples[i].steal_ticks;
        ns += (double)r->samples[i].wall_ns;
    }
    return cpus > 0 && ns > 0 ? ticks * 1e7 / ns / cpus : 0;
}

/*
 * The header has the reason why numbers of this run are not reliable; or a
 * load.
 */
void section_busy(const struct results *r, struct document *d)
{
    double load = recording_real(r->recording, "load");
    double stolen = stolen_share(r->recording);
    uint64_t cpus = recording_u64(r->recording, "cpus_online");
    char busy[256], early[128];

    recording_key(r->recording, "busy", busy, sizeof(busy));
    if (!*busy && cpus && load > (double)cpus)
        snprintf(busy, sizeof(busy), "load %.1f on %" PRIu64 " CPU%s", load,
                 cpus, cpus == 1 ? "" : "s");
    if (recording_ended_early(r->recording, early, sizeof(early)))
        document_text(d, "alarm", "This run was %s.", early);
    if (*busy)
        document_text(d, "alarm",
                      "The machine was busy before the run: %s. Measure again "
                      "on a quiet machine before you quote these numbers.",
                      busy);
    if (stolen > 0.02)
        document_text(d, "alarm",
                      "Other virtual machines took %.0f %% of the CPU time of "
                      "this machine during the run.",
                      100 * stolen);
}

/* Of a kind the findings that are broken or claimed, or the others. */
struct part {
    enum finding_kind kind;
    bool marked;
};

static const struct part parts[] = {
    {FINDING_CELL, true},   {FINDING_CLAIM, true},      {FINDING_CLAIM, false},
    {FINDING_RATIO, false}, {FINDING_CROSSOVER, false}, {FINDING_GROWTH, false},
    {FINDING_SITES, false}, {FINDING_CELL, false},
};
enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

static bool is_of(const struct finding *f, const struct part *p)
{
    return f->kind == p->kind &&
           p->marked == (f->broken || (f->claim && f->claim->note));
}

/* Where no claim leads; the table has all ratios, a figure all exponents. */
enum { MOST_RATIOS = 12 };

static size_t most_of(const struct finding_list *f, const struct part *part)
{
    if (part->kind != FINDING_RATIO && part->kind != FINDING_GROWTH)
        return SIZE_MAX;
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].kind == FINDING_CLAIM)
            return 0;
    return part->kind == FINDING_RATIO ? MOST_RATIOS : SIZE_MAX;
}

static void begin(bool *begun, struct document *d)
{
    if (!*begun) {
        document_begin(d, "first", "Findings");
        document_list(d, "findings");
    }
    *begun = true;
}

static void print_part(const struct results *r, const struct part *part,
                       bool *begun, struct document *d)
{
    size_t n = 0, most = most_of(r->findings, part);

    for (size_t i = 0; i < r->findings->n; i++) {
        const struct finding *f = &r->findings->items[i];
        struct wording w;

        if (!is_of(f, part) || n++ >= most ||
            finding_words(f, r->table, MOST_DIFFERENCES, &w))
            continue;
        begin(begun, d);
        document_finding(d, &w, f->wrong || f->kind == FINDING_CELL, f->wrong);
        free(w.text);
    }
    if (n <= most || part->kind != FINDING_RATIO)
        return;
    begin(begun, d);
    document_item(d, "%zu %sratio%s to the base of each group: see the table",
                  n - most, most ? "more " : "", n - most == 1 ? "" : "s");
}

void section_findings(const struct results *r, struct document *d)
{
    bool begun = false;

    for (size_t i = 0; i + 1 < N_PARTS; i++)
        print_part(r, &parts[i], &begun, d);
    /* The other notes of cells stand beside them in the table, too. */
    if (!begun && d->html)
        print_part(r, &parts[N_PARTS - 1], &begun, d);
    if (!begun)
        return;
    document_list_end(d);
    document_end(d);
}

/* Shown, and never a reason to drop a sample. */
static void print_disturbance(const struct recording *r, struct document *d)
{
    double low = r->n ? r->samples[0].load1 : 0, high = low;
    uint64_t stolen = 0; /* in 1/100 s, of all CPUs together */

    for (size_t i = 0; i < r->n; i++) {
        stolen += r->samples[i].steal_ticks;
        low = fmin(low, r->samples[i].load1);
        high = fmax(high, r->samples[i].load1);
    }
    document_text(d, NULL,
                  "Other virtual machines used %" PRIu64 " ms of CPU time of "
                  "this machine during the run; its load was %.1f to %.1f.",
                  10 * stolen, low, high);
    if (r->skipped)
        document_text(d, NULL,
                      "%zu line%s of samples.tsv could not be read and %s not "
                      "in this report.",
                      r->skipped, r->skipped == 1 ? "" : "s",
                      r->skipped == 1 ? "is" : "are");
}

static void print_aa_pairs(const struct table *t, struct document *d)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        const char *workload = t->entries[i].workload;
        double noise =
            t->entries[i].workload_first == i ? noise_of(t, workload) : 0;

        any |= t->entries[i].twin;
        if (noise > 0)
            document_text(d, "band",
                          "In %s, differences below %.3g times are within "
                          "noise (A/A pairs).",
                          workload, noise);
    }
    if (!any && t->rounds >= ROUNDS_FOR_INTERVALS)
        document_text(d, "band",
                      "No A/A pair was measured, so the noise between two "
                      "identical cells is not known. Runs of more rounds or "
                      "more cells have one.");
}

void section_noise(const struct results *r, struct document *d)
{
    const struct table *t = r->table;
    char audit[256];

    if (!fact_samples(r->recording))
        return;
    document_begin(d, "box", "Noise of this machine");
    print_aa_pairs(t, d);
    if (t->rounds < ROUNDS_FOR_INTERVALS)
        document_text(d, "band",
                      "%u round%s too few for intervals: no ratio here can be "
                      "told from noise. At least %d are needed.",
                      t->rounds, t->rounds == 1 ? " is" : "s are",
                      ROUNDS_FOR_INTERVALS);
    print_disturbance(r->recording, d);
    recording_key(r->recording, "audit", audit, sizeof(audit));
    if (*audit)
        document_text(d, NULL, "Audit: %s.", audit);
    document_end(d);
}
