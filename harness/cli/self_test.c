/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton check --self-test`: measures the error rates of this machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/check/certificate.h"
#include "harness/cli/check.h"
#include "harness/process/interrupt.h"
#include "harness/results/array.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

/*
 * Each slowdown comes early once, so that a short self-test has seen it; of the
 * later trials two of three are clean, since what is rare needs many, and one
 * has the smallest slowdown: larger ones are detected more easily.
 */
static double slowdown_of(unsigned trial)
{
    static const double early[] = {0, 0.10, 0, 0.05, 0, 0.20};

    if (trial <= 6)
        return early[trial - 1];
    return trial % 3 == 0 ? 0.05 : 0;
}

/* What stands in a header in place of the cells. */
static const char whole_suite[] = "the suite";

/* trials.tsv: a line for each trial that was completed. */

static const char columns[] =
    "trial\tslowdown\tbegin\tseconds\tcells\tregressed\timproved\t"
    "inconclusive\tpassed\tbroken\tdisturbed\n";

static void print_trial(FILE *out, unsigned trial, double slowdown,
                        const char *begin, const struct verdict *v)
{
    fprintf(out, "%u\t%g\t%s\t%.1f\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%d\n", trial,
            slowdown, begin, (double)v->elapsed_ns / 1e9, v->n,
            v->count[RULING_REGRESSED], v->count[RULING_IMPROVED],
            v->count[RULING_INCONCLUSIVE], v->count[RULING_PASS],
            v->count[RULING_BROKEN], v->disturbed);
}

static int append_trial(const char *dir, unsigned trial, double slowdown,
                        const struct verdict *v)
{
    char path[PATH_MAX + 16], date[32];
    time_t now = time(NULL) - (time_t)(v->elapsed_ns / NS_PER_S);
    struct tm utc;
    FILE *file;
    int failed;

    snprintf(path, sizeof(path), "%s/trials.tsv", dir);
    file = fopen(path, "ae");
    if (!file)
        return -errno;
    if (ftell(file) == 0)
        fputs(columns, file);
    gmtime_r(&now, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
    print_trial(file, trial, slowdown, date, v);
    failed = ferror(file);
    return fclose(file) || failed ? -EIO : 0;
}

/* The trials' slowdowns; -1 of one that has not ended. */
struct trials {
    double *slowdowns;
    unsigned n;
};

enum { MOST_TRIALS = 100000 };

static int add_trial(struct trials *t, unsigned trial, double slowdown)
{
    if (trial > MOST_TRIALS)
        return -EINVAL;
    while (t->n < trial) {
        if (!ARRAY_ROOM(t->slowdowns, t->n))
            return -ENOMEM;
        t->slowdowns[t->n++] = -1;
    }
    t->slowdowns[trial - 1] = slowdown;
    return 0;
}

/* The trials. */

static int run_trial(struct comparing *run, struct trials *trials)
{
    const struct comparison *asked = run->asked;
    unsigned trial = trials->n + 1;
    double slowdown = slowdown_of(trial);
    struct check check = {
        .rules = asked->rules,
        .seed = asked->asked.seed,
        .trial = trial,
        .budget_ns = asked->asked.budget_ns,
    };
    struct verdict v;
    int error = add_trial(trials, trial, -1);

    run->trial = trial;
    builds_inject(run->builds, slowdown);
    if (!error)
        error = comparison_run(run, &check);
    if (!error)
        error = verdict_reach(&run->recorder.recording, trial, &v);
    if (error)
        return error;
    trials->slowdowns[trial - 1] = slowdown;
    error = append_trial(run->recorder.store.dir, trial, slowdown, &v);
    fprintf(stderr, "trial %u, %s%g %%: %s in %.0f s\n", trial,
            slowdown > 0 ? "+" : "", 100 * slowdown, ruling_name(v.ruling),
            (double)v.elapsed_ns / 1e9);
    verdict_finish(&v);
    return error;
}

/* Only whole trials, and at least one: none is cut short by the time limit. */
static int run_trials(struct comparing *run, struct trials *trials,
                      uint64_t time_ns)
{
    uint64_t end_ns = clock_ns() + time_ns, longest_ns = 0;
    int error;

    do {
        uint64_t begin_ns = clock_ns(), took_ns;

        error = run_trial(run, trials);
        took_ns = clock_ns() - begin_ns;
        if (took_ns > longest_ns)
            longest_ns = took_ns;
    } while (!error && clock_ns() + longest_ns / 2 < end_ns);
    return error;
}

/* Carries the date and the machine of its beginning. */
static int write_certificate(const struct certificate *c,
                             const struct recording *r, const char *dir,
                             bool print_json)
{
    char machine[192], date[16], *json;

    recording_key(r, "machine", machine, sizeof(machine));
    recording_key(r, "date", date, sizeof("2026-11-22"));
    json = certificate_json(c, machine, date);
    if (print_json)
        fputs(json ? json : "", stdout);
    else
        certificate_print(c, stdout);
    return publish_file(dir, "certificate.json", json);
}

static int certify(const struct recording *r, const struct trials *trials,
                   const char *dir, bool print_json)
{
    struct certificate c;
    char *windows = NULL;
    size_t size;
    FILE *out = open_memstream(&windows, &size);
    int error = certificate_make(r, trials->slowdowns, trials->n, out, &c);

    if (out)
        fclose(out);
    if (error) {
        complain("%s", error == -EINVAL ? "no complete trial without injected "
                                          "slowdown: no certificate"
                                        : strerror(-error));
        free(windows);
    } else {
        publish_file(dir, "windows.tsv", windows);
        error = write_certificate(&c, r, dir, print_json);
        certificate_finish(&c);
    }
    return error ? EXIT_BROKEN : EXIT_DONE;
}

/*
 * From trials.tsv: which slowdown each trial had, and when it began;
 * the rest is as it is judged now.
 */
static int replay_trials(FILE *in, FILE *out, const char *dir,
                         const struct recording *r, struct trials *t)
{
    char line[256], begin[32];
    unsigned trial;
    double slowdown;
    struct verdict v;

    while (fgets(line, sizeof(line), in)) {
        if (sscanf(line, "%u %lf %31s", &trial, &slowdown, begin) != 3)
            continue;
        if (trial == 0 || trial > t->n || verdict_reach(r, trial, &v)) {
            complain("%.200s/trials.tsv: trial %u has no samples, or not in "
                     "the order of its seed",
                     dir, trial);
            return -EINVAL;
        }
        t->slowdowns[trial - 1] = slowdown;
        print_trial(out, trial, slowdown, begin, &v);
        verdict_finish(&v);
    }
    return 0;
}

static int rewrite_trials(const char *dir, const struct recording *r,
                          struct trials *t)
{
    char path[PATH_MAX + 16], *text = NULL;
    size_t size;
    FILE *in, *out;
    int error;

    snprintf(path, sizeof(path), "%s/trials.tsv", dir);
    in = fopen(path, "re");
    if (!in)
        return 0;
    out = open_memstream(&text, &size);
    error = out ? 0 : -ENOMEM;
    if (out) {
        fputs(columns, out);
        error = replay_trials(in, out, dir, r, t);
        fclose(out);
    }
    fclose(in);
    if (!error)
        return publish_file(dir, "trials.tsv", text);
    free(text);
    return error;
}

int self_test_replay(const char *dir, const struct recording *r, bool json)
{
    struct trials trials = {0};
    int error = 0, status = EXIT_BROKEN;
    char early[128];

    if (recording_ended_early(r, early, sizeof(early)))
        complain("the self-test in %.200s was %s of its last trial", dir,
                 early);

    for (size_t i = 0; i < r->n && !error; i++)
        if (r->samples[i].trial > trials.n)
            error = add_trial(&trials, r->samples[i].trial, -1);
    if (error)
        complain("%.200s holds no self-test", dir);
    else if (!rewrite_trials(dir, r, &trials))
        status = certify(r, &trials, dir, json);
    free(trials.slowdowns);
    return status;
}

int self_test(struct comparison *asked, uint64_t time_ns)
{
    struct comparing run;
    struct trials trials = {0};
    int status = comparison_open(
        asked, "self-test", asked->cells ? asked->cells : whole_suite, &run);

    if (!status) {
        const char *dir = run.recorder.store.dir;

        int error = run_trials(&run, &trials, time_ns);

        error = store_end(&run.recorder.store, &run.recorder.recording, error);
        status = error ? EXIT_BROKEN : EXIT_DONE;
        interrupt_release();
        if (certify(&run.recorder.recording, &trials, dir, asked->asked.json))
            status = EXIT_BROKEN;
        fprintf(stderr, "baton: %u trial%s in %s\n", trials.n,
                trials.n == 1 ? "" : "s", dir);
    }
    comparison_close(&run);
    free(trials.slowdowns);
    return status;
}
