/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/headlines.h"
#include "harness/results/names.h"
#include "models/model.h"

enum { WIDTH = 100, GROUP_TEXT = 160 };

struct style {
    const char *bold, *wrong, *faint, *plain;
};

static const struct style styles[2] = {
    {"", "", "", ""},
    {"\033[1m", "\033[31m", "\033[2m", "\033[0m"},
};

/* Quantities, in units a person reads. */

static void format_ns(double ns, char *out, size_t size)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;

    while (ns >= 999.5 && unit < 3) {
        ns /= 1000;
        unit++;
    }
    snprintf(out, size,
             ns < 9.995   ? "%.2f %s"
             : ns < 99.95 ? "%.1f %s"
                          : "%.0f %s",
             ns, units[unit]);
}

static void format_bytes(double bytes, char *out, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit < 3) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, size, bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
}

static void format_interval(const struct estimate *e, char *out, size_t size)
{
    char low[16], high[16];

    if (!estimate_has_interval(e)) {
        snprintf(out, size, "no interval");
        return;
    }
    format_ns(e->low, low, sizeof(low));
    format_ns(e->high, high, sizeof(high));
    /* One unit is enough where both share it. */
    if (strcmp(strchr(low, ' '), strchr(high, ' ')) == 0)
        *strchr(low, ' ') = '\0';
    snprintf(out, size, "[%s, %s]", low, high);
}

static void format_count(double value, char *out, size_t size)
{
    if (value < 9.95)
        snprintf(out, size, "%.1f", value);
    else if (value < 99999.5)
        snprintf(out, size, "%.0f", value);
    else
        snprintf(out, size, "%.2gM", value / 1e6);
}

/* Text that wraps. */

/* The columns of a word, in which a colour takes none. */
static size_t columns_of(const char *word, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++, columns++)
        if (word[i] == '\033') {
            i += strcspn(word + i, "m");
            columns--;
        }
    return columns;
}

/* `first` stands before the first line, as many blanks before the others. */
static void print_wrapped(const char *first, const char *text, FILE *out)
{
    size_t indent = strlen(first), column = indent;

    fputs(first, out);
    while (*text) {
        size_t len = strcspn(text, " "), word;

        if (strncmp(text + len, " %", 2) == 0)
            len += 1 + strcspn(text + len + 1, " ");
        word = columns_of(text, len);
        if (column > indent && column + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        fprintf(out, "%s%.*s", column > indent ? " " : "", (int)len, text);
        column += (column > indent) + word;
        text += len;
        text += *text == ' ';
    }
    fputc('\n', out);
}

__attribute__((format(printf, 3, 4))) static void
print_lines(FILE *out, const char *first, const char *format, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        return;
    print_wrapped(first, text, out);
    free(text);
}

/* The table. */

static const char *label_of(const char *name)
{
    const struct model *m = model_find(name);

    return m ? m->label : name;
}

static void group_title(const struct entry *e, char *out, size_t size)
{
    const struct workload *w = workload_find(e->workload);
    uint64_t values[MAX_PARAMETERS];
    size_t len = (size_t)snprintf(out, size, "%s", e->workload);

    if (!w || cell_values(w, e->parameters, values)) {
        snprintf(out + len, size - len, "  %s", e->parameters);
        return;
    }
    for (size_t i = 0; i < w->n_parameters && len < size; i++) {
        const struct parameter *p = &w->parameters[i];

        if (p->always || values[i] != p->preset)
            len += (size_t)snprintf(out + len, size - len, "  %s %" PRIu64,
                                    p->name, values[i]);
    }
}

/* 99 columns: model, time and its interval, then what it took. */
static void print_columns(const struct style *style, FILE *out)
{
    fprintf(out, "%s  %-20s %8s %-17s %8s %8s %8s %8s %7s %5s%s\n",
            style->faint, "model", "time", "95 % interval", "per item", "CPU",
            "switches", "memory", "threads", "peak", style->plain);
}

static uint64_t peak_of(const struct entry *e, unsigned rounds,
                        uint64_t (*value)(const struct sample *))
{
    uint64_t peak = 0;

    for (unsigned r = 0; r < rounds; r++)
        if (e->by_round[r] && value(e->by_round[r]) > peak)
            peak = value(e->by_round[r]);
    return peak;
}

static uint64_t value_rss(const struct sample *s)
{
    return s->peak_rss_bytes;
}

static uint64_t value_threads(const struct sample *s)
{
    return s->threads_peak;
}

/* Who can tell best: the origin, else the gate or the connection layer. */
static uint64_t value_peak(const struct sample *s)
{
    return s->origin_peak ? s->origin_peak : s->peak;
}

static void print_row(const struct entry *e, unsigned rounds,
                      const struct style *style, FILE *out)
{
    struct estimate time = table_estimate(e, rounds, value_real_ns);
    struct estimate cpu = table_estimate(e, rounds, value_cpu_ns);
    struct estimate switches = table_estimate(e, rounds, value_switches);
    char text[6][40];

    format_ns(time.median, text[0], sizeof(text[0]));
    format_interval(&time, text[1], sizeof(text[1]));
    format_ns(time.median / (double)e->last->items, text[2], sizeof(text[2]));
    format_ns(cpu.median, text[3], sizeof(text[3]));
    format_count(switches.median, text[4], sizeof(text[4]));
    format_bytes((double)peak_of(e, rounds, value_rss), text[5],
                 sizeof(text[5]));
    fprintf(out,
            "  %s%-20s%s %8s %-17s %8s %8s %8s %8s %7" PRIu64 " %5" PRIu64 "\n",
            e->wrong ? style->wrong : "", label_of(e->model), style->plain,
            text[0], text[1], text[2], text[3], text[4], text[5],
            peak_of(e, rounds, value_threads), peak_of(e, rounds, value_peak));
}

static void print_notes(const struct entry *e, const struct style *style,
                        FILE *out)
{
    if (e->wrong) {
        char lost[64] = "", failed[64] = "";

        if (e->lost_updates)
            snprintf(lost, sizeof(lost), ", %.3g %% of the updates lost",
                     100.0 * (double)e->lost_updates /
                         ((double)e->iterations * (double)e->last->items));
        if (e->errors)
            snprintf(failed, sizeof(failed), ", %" PRIu64 " pages failed",
                     e->errors);
        print_lines(out, "    ", "%swrong in %u of %u samples%s%s%s: %s",
                    style->wrong, e->wrong, e->measured, style->plain, lost,
                    failed, e->text);
    }
    if (e->labelled * 2 > e->measured)
        fprintf(out,
                "    %saudit: %s at once than it declares, in %u of %u "
                "samples%s\n",
                style->wrong, e->overlapping ? "more" : "fewer", e->labelled,
                e->measured, style->plain);
    if (e->origin_bound)
        fprintf(out, "    origin-bound: the origin took over 70 %% of a core; "
                     "this times the origin as well\n");
    if (!e->calibrated)
        print_lines(out, "    ", "%s%s%s not measured: %s", style->wrong,
                    label_of(e->model), style->plain,
                    e->missing_text[0] ? e->missing_text : "interrupted");
    else if (e->missing)
        print_lines(out, "    ", "%s%s%s: %u of %u samples missing: %s",
                    style->wrong, label_of(e->model), style->plain, e->missing,
                    e->missing + e->measured, e->missing_text);
    else if (e->missing_text[0])
        print_lines(out, "    ", "%s: calibrated anew after %s",
                    label_of(e->model), e->missing_text);
}

static bool same_group(const struct entry *a, const struct entry *b)
{
    return strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->parameters, b->parameters) == 0;
}

static bool is_wrong(const struct entry *e)
{
    return e->wrong || e->labelled * 2 > e->measured;
}

static void print_group(const struct table *t, size_t first,
                        const struct style *style, FILE *out)
{
    const struct entry *head = &t->entries[first];
    bool any_wrong = false;
    char title[GROUP_TEXT];

    group_title(head, title, sizeof(title));
    fprintf(out, "%s%s%s\n", style->bold, title, style->plain);
    for (size_t i = first; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !same_group(head, e))
            continue;
        any_wrong = any_wrong || is_wrong(e);
        if (e->measured && !is_wrong(e))
            print_row(e, t->rounds, style, out);
        if (!is_wrong(e))
            print_notes(e, style, out);
    }
    if (any_wrong)
        fprintf(out, "  %swrong, and so not ranked:%s\n", style->faint,
                style->plain);
    for (size_t i = first; any_wrong && i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !same_group(head, e) || !is_wrong(e))
            continue;
        if (e->measured)
            print_row(e, t->rounds, style, out);
        print_notes(e, style, out);
    }
}

static bool leads_group(const struct table *t, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (same_group(&t->entries[j], &t->entries[i]))
            return false;
    return true;
}

/* The sentences. */

static void print_headlines(const struct table *t, const struct style *style,
                            FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < n_headlines; i++) {
        char *text = NULL;
        size_t size;
        FILE *memory = open_memstream(&text, &size);
        int error;

        if (!memory)
            return;
        error = headline_print(&headlines[i], t, memory);
        fclose(memory);
        if (!error && !any)
            fprintf(out, "\n%sIn words%s\n", style->bold, style->plain);
        if (!error)
            print_wrapped("- ", text, out);
        any = any || !error;
        free(text);
    }
}

/* Shown, and never a reason to drop a sample. */
static void print_disturbance(const struct recording *r, FILE *out)
{
    double low = 0, high = 0;
    uint64_t stolen = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        stolen += s->steal_ticks;
        low = i == 0 || s->load1 < low ? s->load1 : low;
        high = s->load1 > high ? s->load1 : high;
    }
    print_lines(out, "",
                "Meanwhile %" PRIu64 " jiffies were stolen from the machine; "
                "its load was %.1f to %.1f.",
                stolen, low, high);
}

/* What a line of the header says for a whole run, and the reader must know. */
static void print_method(const struct recording *r, const struct table *t,
                         FILE *out)
{
    char seed[32], audit[256];

    recording_key(r, "seed", seed, sizeof(seed));
    recording_key(r, "audit", audit, sizeof(audit));
    print_lines(out, "",
                "%u round%s, seed %s. Times are medians over the rounds, each "
                "of a process of its own, with exact intervals. Switches are "
                "per iteration; peak is how many tasks or requests were seen "
                "at once.",
                t->rounds, t->rounds == 1 ? "" : "s", seed);
    if (audit[0])
        print_lines(out, "", "Audit: %s.", audit);
    print_disturbance(r, out);
}

static void print_gaps(const struct recording *r, const struct style *style,
                       FILE *out)
{
    bool any = false;

    for (const char *at = r->header; at && *at; at = strchr(at, '\n') + 1) {
        if (strncmp(at, "# gap=", 6) != 0)
            continue;
        if (!any)
            fprintf(out, "\n%sNot run%s\n", style->bold, style->plain);
        any = true;
        print_lines(out, "  ", "%.*s", (int)strcspn(at + 6, "\n"), at + 6);
    }
}

void summary_print(const struct recording *r, const struct table *t,
                   bool colour, FILE *out)
{
    const struct style *style = &styles[colour];
    const char *workload = "";

    for (size_t i = 0; i < t->n; i++) {
        if (!leads_group(t, i))
            continue;
        if (strcmp(workload, t->entries[i].workload) != 0) {
            if (*workload)
                fputc('\n', out);
            print_columns(style, out);
        }
        workload = t->entries[i].workload;
        print_group(t, i, style, out);
    }
    print_gaps(r, style, out);
    print_headlines(t, style, out);
    fputc('\n', out);
    print_method(r, t, out);
}

static bool promised_exact(const struct entry *e)
{
    const struct model *m = model_find(e->model);
    const struct workload *w = workload_find(e->workload);

    if (!m || !w || w->kind != KIND_COUNTING)
        return true;
    return (w->split ? m->split : m->counter) == PROMISE_EXACT;
}

int summary_verdict(const struct table *t)
{
    int verdict = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (!e->calibrated || (t->rounds - e->measured) * 10 > t->rounds)
            return 5;
        if (e->broken_iterations || (e->wrong && promised_exact(e)) ||
            (e->labelled && e->labelled * 2 > e->measured))
            verdict = 1;
    }
    return verdict;
}
