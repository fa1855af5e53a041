/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton check --self-test`: the error rates of this machine, found out. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/check/certificate.h"
#include "harness/cli/check.h"
#include "harness/process/interrupt.h"
#include "harness/results/array.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

/*
 * Most trials are clean, for what is rare needs many; each slowdown comes early
 * once, so that a short self-test has seen it, and now and then afterwards.
 */
static double slowdown_of(unsigned trial)
{
    static const double early[] = {0, 0.10, 0, 0.05, 0, 0.20};
    static const double later[] = {0.05, 0.10, 0.20};

    if (trial <= 6)
        return early[trial - 1];
    return trial % 13 == 0 ? later[trial / 13 % 3] : 0;
}

/* What stands in a header in place of the cells. */
static const char whole_suite[] = "the suite";

/* What each trial was, and that it came to its end: trials.tsv. */

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

/* The trials that have ended; the others' slowdown is -1. */
struct trials {
    double *slowdowns;
    unsigned n;
};

enum { MOST_TRIALS = 100000 };

static int add_trial(struct trials *t, unsigned trial, double slowdown)
{
    while (t->n < trial) {
        if (!ARRAY_ROOM(t->slowdowns, t->n))
            return -ENOMEM;
        t->slowdowns[t->n++] = -1;
    }
    t->slowdowns[trial - 1] = slowdown;
    return 0;
}

static int read_trials(const char *dir, const struct recording *r,
                       struct trials *t)
{
    char path[PATH_MAX + 16], line[256];
    FILE *file;
    int error = 0;

    /* One that was begun is not begun again under the same number. */
    for (size_t i = 0; i < r->n && !error; i++)
        if (r->samples[i].trial > MOST_TRIALS)
            error = -EINVAL;
        else if (r->samples[i].trial > t->n)
            error = add_trial(t, r->samples[i].trial, -1);
    snprintf(path, sizeof(path), "%s/trials.tsv", dir);
    file = fopen(path, "re");
    while (file && !error && fgets(line, sizeof(line), file)) {
        unsigned trial;
        double slowdown;

        if (sscanf(line, "%u %lf", &trial, &slowdown) == 2 && trial > 0 &&
            trial <= t->n)
            t->slowdowns[trial - 1] = slowdown;
    }
    if (file)
        fclose(file);
    return error;
}

/* The trials. */

/* Of a self-test that is gone on with. */
struct settings {
    char cells[4096], pin[256], pin_origin[256];
};

struct test {
    struct comparing run;
    struct settings settings;
    struct trials trials;
    uint64_t end_ns, longest_ns;
};

static int run_trial(struct test *t, const struct comparison *asked)
{
    unsigned trial = t->trials.n + 1;
    double slowdown = slowdown_of(trial);
    struct check check = {
        .rules = asked->rules,
        .seed = asked->seed,
        .trial = trial,
        .budget_ns = asked->budget_ns,
    };
    struct verdict v;
    int error;

    t->run.trial = trial;
    builds_inject(t->run.builds, slowdown);
    error = add_trial(&t->trials, trial, -1);
    if (!error)
        error = comparison_run(&t->run, &check);
    if (!error)
        error = verdict_reach(&t->run.recording, trial, &v);
    if (error)
        return error;
    t->trials.slowdowns[trial - 1] = slowdown;
    error = append_trial(t->run.store.dir, trial, slowdown, &v);
    fprintf(stderr, "trial %u, %s%g %%: %s in %.0f s\n", trial,
            slowdown > 0 ? "+" : "", 100 * slowdown, ruling_name(v.ruling),
            (double)v.elapsed_ns / 1e9);
    verdict_finish(&v);
    return error;
}

/* Whole trials only, and one at least: nothing is cut off for time. */
static int run_trials(struct test *t, const struct comparison *asked)
{
    int error = 0;

    do {
        uint64_t begin_ns = clock_ns(), took_ns;

        error = run_trial(t, asked);
        took_ns = clock_ns() - begin_ns;
        if (took_ns > t->longest_ns)
            t->longest_ns = took_ns;
    } while (!error && clock_ns() + t->longest_ns / 2 < t->end_ns);
    return error;
}

/* NULL for what stands there instead of a value. */
static const char *read_key(const struct recording *r, const char *key,
                            const char *none, char *out, size_t size)
{
    recording_key(r, key, out, size);
    return !out[0] || strcmp(out, none) == 0 ? NULL : out;
}

/* NULL: the suite.  Schema 1 called the patterns cells. */
static const char *read_patterns(const struct recording *r, char *out,
                                 size_t size)
{
    bool old = recording_u64(r, "schema") == 1;

    return read_key(r, old ? "cells" : "patterns", whole_suite, out, size);
}

/* `settings` hold what *asked then points to. */
static int adopt(const struct recording *r, struct settings *s,
                 struct comparison *asked)
{
    if (recording_u64(r, "self_test") != 1)
        return -EINVAL;
    rules_read(r, &asked->rules);
    asked->seed = recording_u64(r, "seed");
    asked->budget_ns = (uint64_t)(1e9 * recording_real(r, "budget_s"));
    asked->cells = read_patterns(r, s->cells, sizeof(s->cells));
    asked->pin = read_key(r, "pin", "none", s->pin, sizeof(s->pin));
    asked->pin_origin =
        read_key(r, "pin_origin", "none", s->pin_origin, sizeof(s->pin_origin));
    return 0;
}

/* One for reports: of the suite, and of no fewer trials than what is there. */
static void keep_certificate(const struct certificate *c, const char *machine,
                             const char *text)
{
    char path[PATH_MAX], *slash;
    unsigned stored = certificate_stored(machine);
    int error = certificate_path(path, sizeof(path));

    if (error)
        return;
    if (c->live[0].suites < stored) {
        fprintf(stderr,
                "baton: reports go on quoting %s, of %u clean trials; to have "
                "them quote this one, remove it and say --replay\n",
                path, stored);
        return;
    }
    slash = strrchr(path, '/');
    *slash = '\0';
    error = store_make_directory(path);
    if (!error)
        error = store_write_file(path, "certificate.json", text, strlen(text));
    if (error)
        complain("the certificate is not kept in %s: %s", path,
                 strerror(-error));
    else
        fprintf(stderr, "baton: kept for reports in %s\n", path);
}

/* Of the day and the machine that it was begun on. */
static int write_certificate(const struct certificate *c,
                             const struct recording *r, const char *dir,
                             bool print_json)
{
    char machine[192], here[192], cells[32], date[16], *json;
    int error;

    recording_key(r, "machine", machine, sizeof(machine));
    read_patterns(r, cells, sizeof(cells));
    recording_key(r, "date", date, sizeof("2026-11-22"));
    machine_name(here, sizeof(here));
    json = certificate_json(c, machine, date);
    error = json ? publish_file(dir, "certificate.json", json) : -ENOMEM;
    if (!error && strcmp(cells, whole_suite) == 0 && strcmp(machine, here) == 0)
        keep_certificate(c, machine, json);
    if (print_json)
        fputs(json ? json : "", stdout);
    else
        certificate_print(c, stdout);
    free(json);
    return error;
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
        complain(error == -EINVAL ? "no clean trial came to its end and "
                                    "measured something, so there is nothing "
                                    "to certify; go on with --resume %s"
                                  : "%s",
                 error == -EINVAL ? dir : strerror(-error));
    } else {
        publish_file(dir, "windows.tsv", windows);
        error = write_certificate(&c, r, dir, print_json);
        certificate_finish(&c);
    }
    free(windows);
    return error ? EXIT_BROKEN : EXIT_DONE;
}

/* As they are judged now; when each began stands nowhere else. */
static int rewrite_trials(const char *dir, const struct recording *r)
{
    char path[PATH_MAX + 16], line[256], begin[32], *text = NULL;
    size_t size;
    FILE *in, *out = open_memstream(&text, &size);
    int error = out ? 0 : -ENOMEM;

    snprintf(path, sizeof(path), "%s/trials.tsv", dir);
    in = fopen(path, "re");
    if (out)
        fputs(columns, out);
    while (in && !error && fgets(line, sizeof(line), in)) {
        unsigned trial;
        double slowdown;
        struct verdict v;

        if (sscanf(line, "%u %lf %31s", &trial, &slowdown, begin) != 3)
            continue;
        error = verdict_reach(r, trial, &v);
        if (error) {
            complain("%.200s/trials.tsv: trial %u has no samples, or not in "
                     "the order of its seed",
                     dir, trial);
            break;
        }
        print_trial(out, trial, slowdown, begin, &v);
        verdict_finish(&v);
    }
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    if (!error && in)
        error = publish_file(dir, "trials.tsv", text);
    free(text);
    return error;
}

int self_test_replay(const char *dir, const struct recording *r, bool json)
{
    struct trials trials = {0};
    int status;

    if (read_trials(dir, r, &trials)) {
        complain("%.200s holds no self-test", dir);
        free(trials.slowdowns);
        return EXIT_BROKEN;
    }
    status =
        rewrite_trials(dir, r) ? EXIT_BROKEN : certify(r, &trials, dir, json);
    free(trials.slowdowns);
    return status;
}

/* Opening, anew or again. */

/* What decides what the trials are, and so may not change on the way. */
static char *describe(const struct comparison *asked)
{
    char *text = NULL, machine[192];

    machine_name(machine, sizeof(machine));
    if (asprintf(&text, "# self_test=1\n# machine=%s\n# patterns=%s\n", machine,
                 asked->cells ? asked->cells : whole_suite) < 0)
        return NULL;
    return text;
}

/* Rates of two machines, or of two builds, are nobody's. */
static int refuse_another(const struct recording *r, const char *dir)
{
    char was[192], is[192];

    recording_key(r, "machine", was, sizeof(was));
    machine_name(is, sizeof(is));
    if (strcmp(was, is) == 0)
        return EXIT_DONE;
    complain("%.200s was begun on another machine (%s); begin a new self-test",
             dir, was);
    return EXIT_USAGE;
}

static bool is_other_build(const struct comparing *run)
{
    char was[32], is[32];

    recording_key(&run->recording, "base_hash", was, sizeof(was));
    snprintf(is, sizeof(is), "%016" PRIx64,
             builds_hash(run->builds, SIDE_BASE));
    return strcmp(was, is) != 0;
}

static int open_again(struct test *t, struct comparison *asked, const char *dir)
{
    struct recording r;
    int error = store_read(dir, &r), status;

    if (!error) {
        error = adopt(&r, &t->settings, asked);
        if (error)
            recording_finish(&r);
    }
    if (error) {
        complain("%.200s holds no self-test to go on with: %s", dir,
                 error == -EINVAL ? "it is another kind of run"
                                  : strerror(-error));
        return EXIT_USAGE;
    }
    status = refuse_another(&r, dir);
    if (status) {
        recording_finish(&r);
        return status;
    }
    status = comparison_resume(asked, dir, &r, &t->run);
    if (!status && is_other_build(&t->run)) {
        complain("%.200s was begun with another build; begin a new self-test",
                 dir);
        return EXIT_USAGE;
    }
    if (!status && read_trials(dir, &t->run.recording, &t->trials))
        status = EXIT_BROKEN;
    return status;
}

static int open_anew(struct test *t, struct comparison *asked)
{
    char *extra;
    int status;

    if (!asked->budget_ns)
        asked->budget_ns = comparison_budget(asked);
    if (!asked->budget_ns)
        return EXIT_USAGE;
    extra = describe(asked);
    status = extra ? comparison_open(asked, "self-test", extra, &t->run)
                   : EXIT_BROKEN;
    free(extra);
    return status;
}

int self_test(const struct comparison *wanted, uint64_t time_ns,
              const char *resume)
{
    struct comparison asked = *wanted;
    struct test t = {.run.store.fd = -1};
    int status =
        resume ? open_again(&t, &asked, resume) : open_anew(&t, &asked);

    if (!status) {
        t.end_ns = clock_ns() + time_ns;
        t.run.self_test = true;
        status = run_trials(&t, &asked) ? EXIT_BROKEN : EXIT_DONE;
        interrupt_release();
        if (certify(&t.run.recording, &t.trials, t.run.store.dir, asked.json))
            status = EXIT_BROKEN;
        fprintf(stderr,
                "baton: %u trials in %s; more of them: baton check "
                "--self-test TIME --resume %s\n",
                t.trials.n, t.run.store.dir, t.run.store.dir);
    }
    comparison_close(&t.run);
    free(t.trials.slowdowns);
    return status;
}
