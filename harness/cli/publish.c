/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a run's files to its report: what is computed anew each time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/page.h"
#include "harness/report/summary.h"
#include "harness/results/formats.h"
#include "harness/results/sites.h"
#include "harness/results/traces.h"
#include "harness/process/interrupt.h"

/* A run as its files have it, and what it amounts to. */
struct run_files {
    struct run_record record;
    struct table table;
    struct matrices matrices;
    struct finding_list findings;
    struct results results;
    struct drawings drawings;
};

static int blame(const char *dir, const char *name, int error)
{
    if (error)
        complain("cannot read %s/%s: %s", dir, name,
                 error == -EINVAL ? "it is damaged; without it the rest can be "
                                    "drawn"
                                  : strerror(-error));
    return error;
}

int read_run(const char *dir, struct recording *ret)
{
    int error = store_read(dir, ret);

    if (error)
        complain("cannot read %.200s/samples.tsv: %s", dir,
                 error == -EPROTONOSUPPORT
                     ? "it has another schema than this version reads, or none"
                 : error == -EINVAL ? "columns are missing"
                                    : strerror(-error));
    return error;
}

bool holds_run(const char *from)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/samples.tsv", from);

    if (n < (int)sizeof(path) && access(path, F_OK) == 0)
        return true;
    complain("%.200s holds no run: it has no samples.tsv; --from takes a "
             "directory that a run has written",
             from);
    return false;
}

static int read_files(const char *dir, struct run_record *r)
{
    int error = read_run(dir, &r->recording);

    if (error)
        return error;
    error = blame(dir, "events.tsv", traces_read(dir, &r->traces));
    return error ? error : blame(dir, "sites.tsv", sites_read(dir, &r->sites));
}

static int compute(const struct claims *claims, struct run_files *f)
{
    struct run_record *r = &f->record;
    int error = table_build(&f->table, r->recording.samples, r->recording.n);

    if (!error)
        error = matrices_build(&f->matrices, &r->sites);
    f->results = (struct results){.recording = &r->recording,
                                  .table = &f->table,
                                  .traces = &r->traces,
                                  .matrices = &f->matrices,
                                  .claims = claims,
                                  .findings = &f->findings,
                                  .drawings = &f->drawings};
    if (!error)
        error = findings_make(&f->results, &f->findings);
    if (!error)
        error = drawings_build(&f->drawings, &f->results);
    if (error)
        complain("out of memory");
    return error;
}

static void unload(struct run_files *f)
{
    drawings_finish(&f->drawings);
    findings_finish(&f->findings);
    matrices_finish(&f->matrices);
    table_finish(&f->table);
    sites_finish(&f->record.sites);
    traces_finish(&f->record.traces);
    recording_finish(&f->record.recording);
}

int publish_file(const char *dir, const char *name, const char *text)
{
    int error =
        text ? store_write_file(dir, name, text, strlen(text)) : -ENOMEM;

    if (error)
        complain("cannot write %s/%s: %s", dir, name, strerror(-error));
    return error;
}

static char *summary_text(const struct run_files *f, bool colour)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    summary_print(&f->results, colour, out);
    fclose(out);
    return text;
}

static int print_text(const char *text)
{
    if (text && fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return 0;
    complain("cannot write to standard output: %s", strerror(errno));
    return -EIO;
}

static bool use_colour(void)
{
    const char *none = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && !(none && *none);
}

static int write_summary(const struct publication *p, const struct run_files *f)
{
    char *plain = summary_text(f, false);
    char *shown = summary_text(f, use_colour());
    int error = publish_file(p->to, "summary.txt", plain);
    int other = p->silent ? 0 : print_text(shown);

    free(plain);
    free(shown);
    return error ? error : other;
}

/* What cannot be drawn is missing in the report, which says so. */
static void draw(const struct publication *p, const struct drawings *d)
{
    char why[512];

    if (drawings_draw(p->to, d, "svg", why, sizeof(why)))
        complain("the figures could not be drawn: %s", why);
    else if (p->term && drawings_draw(p->to, d, "dumb", why, sizeof(why)))
        complain("the figures could not be shown: %s", why);
}

static int write_page(const struct publication *p, const struct results *r)
{
    char *html = page_html(p->to, r);
    int error = publish_file(p->to, "report.html", html);

    free(html);
    return error;
}

static int write_benchmark(const struct publication *p,
                           const struct run_files *f)
{
    char *json = export_benchmark_json(&f->record.recording, p->context,
                                       findings_json(&f->findings, &f->table));
    int error = publish_file(p->to, "benchmark.json", json);
    int other = p->silent ? print_text(json) : 0;

    free(json);
    return error ? error : other;
}

static int publish_files(const struct publication *p, const struct run_files *f)
{
    int error = p->context ? write_benchmark(p, f) : 0, other;

    /* The files are there: from here on a signal may end it, as any program. */
    interrupt_release();
    other = write_summary(p, f);
    error = error ? error : other;
    other = drawings_write(p->to, &f->drawings);
    if (other)
        complain("cannot write %s/figures: %s", p->to, strerror(-other));
    else
        draw(p, &f->drawings);
    error = error ? error : other;
    other = write_page(p, &f->results);
    error = error ? error : other;
    if (!error)
        fprintf(p->silent ? stderr : stdout, "Results: %s\n", p->to);
    return error;
}

int publish(const struct publication *p)
{
    struct run_files f = {0};
    int error = 0, verdict;

    if (p->record) {
        f.record = *p->record;
        *p->record = (struct run_record){0};
    } else {
        error = read_files(p->from, &f.record);
    }
    if (!error)
        error = compute(p->claims, &f);
    if (!error)
        error = publish_files(p, &f);
    verdict = error ? EXIT_BROKEN : summary_verdict(&f.results);
    unload(&f);
    return verdict;
}
