/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Computes the report of a run from the run's files. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/predict.h"
#include "harness/report/against.h"
#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/hosts.h"
#include "harness/report/matrix.h"
#include "harness/report/page.h"
#include "harness/report/summary.h"
#include "harness/report/verdicts.h"
#include "harness/results/clean.h"
#include "harness/results/formats.h"
#include "harness/results/json.h"
#include "harness/results/text.h"
#include "harness/process/interrupt.h"

/* A run as its files describe it, and what is computed from them. */
struct run_files {
    struct run_record record;
    struct host_runs hosts;
    struct table table;
    struct matrices matrices;
    struct finding_list findings;
    struct verdicts verdicts;
    struct results results;
    struct drawings drawings;
    struct recording earlier;
    struct against against;
    char against_name[PATH_MAX]; /* as it is shown */
    char *predicted;             /* and measured: lines; NULL: nothing */
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
    char early[128];

    if (error)
        complain("cannot read %.200s/samples.tsv: %s", dir,
                 error == -EPROTONOSUPPORT
                     ? "it has another schema than this version reads, or none"
                 : error == -EINVAL ? "columns are missing"
                                    : strerror(-error));
    else if (recording_ended_early(ret, early, sizeof(early)))
        complain("the run in %.200s was %s", dir, early);
    return error;
}

bool holds_run(const char *from)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/samples.tsv", from);

    if (n < (int)sizeof(path) && access(path, F_OK) == 0)
        return true;
    complain("%.200s holds no run: it has no samples.tsv; name a directory "
             "that a run has written",
             from);
    return false;
}

/*
 * Refuses recordings that no report can be made of, so that an old report is
 * not replaced by an empty one. EXIT_DONE, or the exit status after
 * complaining.
 */
static int refuse(const char *dir, const struct recording *r)
{
    char early[128];
    size_t i = 0;

    if (recording_has_sides(r) || recording_u64(r, "check"))
        return complain_usage(
            "%.200s holds a check, whose samples are of two sides: `baton "
            "check --replay %.200s` computes its verdict",
            dir, dir);
    while (i < r->n && r->samples[i].round == 0)
        i++;
    /* If every cell failed its calibration, the failures are the report. */
    if (i < r->n || (r->n && !r->skipped &&
                     !recording_ended_early(r, early, sizeof(early))))
        return EXIT_DONE;
    return complain_broken(
        "%.200s/samples.tsv holds no sample of a round that can be read "
        "(%zu unreadable line%s): there is nothing to report",
        dir, r->skipped, r->skipped == 1 ? "" : "s");
}

/* What compares hosts, or does not. */
static int refuse_hosts(const struct publication *p, const struct recording *r)
{
    uint64_t hosts = recording_u64(r, "hosts");

    if (hosts && (p->against || p->verdicts))
        return complain_usage("%.200s holds the runs of %" PRIu64
                              " hosts: name the run of one "
                              "host",
                              p->from, hosts);
    if (!hosts && p->silent && !p->against && !p->verdicts)
        return complain_usage(
            "--from measures nothing: with --json it goes with --against, or "
            "is of the runs of several hosts that `baton merge` has joined");
    return EXIT_DONE;
}

static int read_files(const char *dir, struct run_record *r)
{
    int error = read_run(dir, &r->recording);

    if (error)
        return error;
    error = blame(dir, "events.tsv", traces_read(dir, &r->traces));
    return error ? error : blame(dir, "sites.tsv", sites_read(dir, &r->sites));
}

/* EXIT_DONE, or the exit status after complaining. */
static int read_earlier(const char *dir, struct run_files *f)
{
    char *refusal;
    int error;

    if (!holds_run(dir))
        return EXIT_USAGE;
    error = read_run(dir, &f->earlier);
    if (error)
        return error == -EPROTONOSUPPORT ? EXIT_USAGE : EXIT_BROKEN;
    refusal = against_refusal(&f->record.recording, &f->earlier, dir);
    error = refusal && !*refusal ? EXIT_DONE : EXIT_USAGE;
    if (error)
        complain("--against: %s", refusal ? refusal : "out of memory");
    free(refusal);
    return error;
}

static int compute(const struct publication *p, struct run_files *f)
{
    struct run_record *r = &f->record;
    int error = host_runs_make(&r->recording, p->claims, &f->hosts);

    if (!error)
        error = table_build(&f->table, r->recording.samples, r->recording.n);
    if (!error)
        error = matrices_build(&f->matrices, &r->sites);
    f->results = (struct results){.recording = &r->recording,
                                  .table = &f->table,
                                  .traces = &r->traces,
                                  .matrices = &f->matrices,
                                  .claims = p->claims,
                                  .findings = &f->findings,
                                  .drawings = &f->drawings,
                                  .verdicts = f->hosts.n ? NULL : &f->verdicts,
                                  .hosts = f->hosts.n ? &f->hosts : NULL,
                                  .against = p->against ? &f->against : NULL,
                                  .judges_all = p->verdicts,
                                  .map = p->map};
    if (!error && p->against)
        error = against_make(&f->results, &f->earlier,
                             clean_text(p->against, false, f->against_name,
                                        sizeof(f->against_name)),
                             &f->against);
    if (!error)
        error = findings_make(&f->results, &f->findings);
    if (!error && !f->hosts.n)
        error = verdicts_make(&f->results, &f->verdicts);
    if (!error)
        error = drawings_build(&f->drawings, &f->results);
    if (error)
        complain("out of memory");
    return error;
}

static void unload(struct run_files *f)
{
    drawings_finish(&f->drawings);
    verdicts_finish(&f->verdicts);
    free(f->predicted);
    findings_finish(&f->findings);
    matrices_finish(&f->matrices);
    table_finish(&f->table);
    host_runs_finish(&f->hosts);
    against_finish(&f->against);
    recording_finish(&f->earlier);
    sites_finish(&f->record.sites);
    traces_finish(&f->record.traces);
    recording_finish(&f->record.recording);
}

int publish_file(const char *dir, const char *name, char *text)
{
    int error =
        text ? store_write_file(dir, name, text, strlen(text)) : -ENOMEM;

    if (error)
        complain("cannot write %s/%s: %s", dir, name, strerror(-error));
    free(text);
    return error;
}

static char *summary_text(const struct run_files *f, bool colour, size_t width,
                          void (*print)(const struct results *, bool, size_t,
                                        FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print(&f->results, colour, width, out);
    return text_close(out, &text);
}

static int print_text(const char *text)
{
    return text ? output_print(text) : -ENOMEM;
}

bool is_coloured(void)
{
    const char *none = getenv("NO_COLOR");

    return takes_escapes(STDOUT_FILENO) && !(none && *none);
}

/* COLUMNS where it is set, else the terminal's; 0: there is none. */
static size_t width_of_terminal(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    uint64_t width;

    if (columns && text_u64(columns, &width) == 0 && width > 0)
        return (size_t)width;
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col;
}

/* Prints the text where it is `shown`, writes and frees it. */
static bool write_text(const struct publication *p, const char *name,
                       char *text, bool shown)
{
    bool printed = !shown || print_text(text) == 0;

    return publish_file(p->to, name, text) == 0 && printed;
}

static bool print_compared(const struct run_files *f)
{
    json_t *root = f->hosts.n ? host_runs_json(&f->hosts, &f->record.recording)
                              : against_json(&f->against);
    char *text = json_line(root, JSON_INDENT(2));
    bool printed = print_text(text) == 0;

    free(text);
    return printed;
}

/* As the terminal is; the verdicts' sentences are long, so that lines are not.
 */
static char *shown_text(const struct run_files *f, bool verdicts)
{
    size_t width = width_of_terminal();

    if (verdicts)
        return summary_text(f, is_coloured(), width ? width : 80,
                            summary_of_verdicts);
    return summary_text(f, is_coloured(), width, summary_print);
}

static bool write_summary(const struct publication *p,
                          const struct run_files *f)
{
    bool written = write_text(p, "summary.txt",
                              summary_text(f, false, 0, summary_print), false);
    char *shown = p->silent ? NULL : shown_text(f, p->verdicts);
    bool printed = p->silent || print_text(shown) == 0;

    free(shown);
    return written && printed;
}

/* A figure that cannot be drawn is named in the report as missing. */
static bool write_figures(const struct publication *p, struct drawings *d)
{
    int error = drawings_write(p->to, d);
    char why[512];

    if (error)
        complain("cannot write %s/figures: %s", p->to, strerror(-error));
    else if (drawings_draw(p->to, d, true, why, sizeof(why)) ||
             (p->term && drawings_draw(p->to, d, false, why, sizeof(why))))
        complain("the figures could not be drawn: %s", why);
    return !error;
}

/* The verdicts alone: nothing is written. */
static int print_alone(struct run_files *f, bool json)
{
    char *text = json
                     ? json_line(verdicts_document(&f->results), JSON_INDENT(2))
                     : shown_text(f, true);
    int error = print_text(text);

    free(text);
    return error;
}

/* A part has results once it is merged with the others. */
static int print_part(const struct publication *p, const struct run_files *f)
{
    char shard[32], to[PATH_MAX];

    interrupt_release();
    recording_key(&f->record.recording, "shard", shard, sizeof(shard));
    printf("Part %s: %s\nWhen all parts are measured: baton merge DIR... --out "
           "DIR\n",
           shard, clean_text(p->to, false, to, sizeof(to)));
    return 0;
}

/* The guesses beside the samples, and for the page. */
static bool write_guesses(const struct publication *p, struct run_files *f)
{
    if (!p->predicted || !p->predicted->prediction.n)
        return true;
    f->predicted = run_prediction_text(p->predicted, &f->table);
    f->results.predicted = f->predicted;
    return publish_file(p->to, "guesses.tsv",
                        run_prediction_guesses(p->predicted)) == 0;
}

static int publish_files(const struct publication *p, struct run_files *f)
{
    char to[PATH_MAX];
    bool done = true;

    if (p->part)
        return print_part(p, f);
    if (!p->to)
        return print_alone(f, p->silent);

    if (p->context)
        done = write_text(
            p, "benchmark.json",
            export_benchmark_json(
                &f->record.recording, p->context,
                findings_json(&f->findings, &f->table, &f->drawings)),
            p->silent && !p->verdicts);
    if (p->silent && p->verdicts)
        done &= print_alone(f, true) == 0;
    else if (p->silent && !p->context)
        done = print_compared(f);
    /* The files are complete: from here on a signal may end the process. */
    interrupt_release();
    done &= write_guesses(p, f);
    done &= write_summary(p, f);
    done &= write_figures(p, &f->drawings);
    done &= write_text(p, "report.html", page_html(&f->results), false);
    if (done)
        fprintf(p->silent ? stderr : stdout,
                "Results: %s\nReport: %s/report.html\n",
                clean_text(p->to, false, to, sizeof(to)), to);
    return done ? 0 : -EIO;
}

int publish(const struct publication *p)
{
    struct run_files f = {0};
    int status = EXIT_DONE;

    if (p->record) {
        f.record = *p->record;
        *p->record = (struct run_record){0};
    } else if (read_files(p->from, &f.record)) {
        status = EXIT_BROKEN;
    } else if (!p->against) {
        status = refuse(p->from, &f.record.recording);
    }
    if (!status && p->from && !p->record)
        status = refuse_hosts(p, &f.record.recording);
    if (!status && p->against)
        status = read_earlier(p->against, &f);
    if (!status && (compute(p, &f) || publish_files(p, &f)))
        status = EXIT_BROKEN;
    if (!status && p->predicted)
        run_prediction_show(p->predicted, &f.table, p->silent);
    if (!status)
        status = summary_verdict(&f.results);
    if (status == EXIT_INCONCLUSIVE && p->part)
        status = EXIT_DONE;
    if (status == EXIT_INCONCLUSIVE)
        complain("inconclusive: the machine was too busy to measure some of "
                 "the cells; the findings name them");
    unload(&f);
    return status;
}
