/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/findings.h"
#include "harness/results/names.h"

int is_near(double a, double b, double relative)
{
    double scale = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

    if (fabs(a - b) <= relative * scale || a == b)
        return 1;
    print_error("%.17g is not near %.17g\n", a, b);
    return 0;
}

struct sample sample_of(const char *workload, const char *model,
                        const char *parameters, uint32_t round, double real_ns)
{
    const struct workload *w = workload_find(workload);
    struct sample s = {
        .round = round,
        .iterations = 7,
        .real_ns = real_ns,
        .cpu_ns = real_ns / 2,
        .clock_ns = real_ns,
        .voluntary = 21,
        .peak_rss_bytes = 3 << 20,
        .threads_peak = 1,
    };
    uint64_t values[MAX_PARAMETERS];
    struct setup setup = {0};

    assert_non_null(w);
    assert_int_equal(cell_values(w, parameters, values), 0);
    memcpy(setup.values, values, sizeof(values));
    s.items = w->items(&setup);
    snprintf(s.workload, sizeof(s.workload), "%s", workload);
    snprintf(s.model, sizeof(s.model), "%s", model);
    cell_parameters(w, values, s.parameters, sizeof(s.parameters));
    return s;
}

struct sample *add_sample(struct samples *s, struct sample sample)
{
    s->items = realloc(s->items, (s->n + 1) * sizeof(*s->items));
    assert_non_null(s->items);
    s->items[s->n] = sample;
    return &s->items[s->n++];
}

void add_cell(struct samples *s, const char *workload, const char *model,
              const char *parameters, const double *real_ns, unsigned n)
{
    for (unsigned round = 0; round <= n; round++)
        add_sample(s, sample_of(workload, model, parameters, round,
                                real_ns[round ? round - 1 : 0]));
}

const struct claims *shipped_claims(void)
{
    static struct claims claims;
    char why[512];

    if (!claims.n && claims_read(NULL, &claims, why, sizeof(why)))
        fail_msg("%s", why);
    return &claims;
}

static void add_claimed_cell(struct samples *s, const struct claim *claim,
                             const char *model, size_t value, unsigned n)
{
    double times[64], middle = 1e6 * (double)(s->n % 97 + 1);
    char parameters[128];
    struct sample same;

    snprintf(parameters, sizeof(parameters), "%s", claim->parameters);
    if (claim->over)
        snprintf(parameters, sizeof(parameters), "%s=%.0f", claim->over,
                 claim->values.items[value]);
    same = sample_of(claim->workload->name, model, parameters, 1, 1);
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i].workload, same.workload) == 0 &&
            strcmp(s->items[i].model, model) == 0 &&
            strcmp(s->items[i].parameters, same.parameters) == 0)
            return;
    for (unsigned i = 0; i < n; i++)
        times[i] = middle * (1 + 0.01 * ((double)i - (n - 1) / 2.0));
    add_cell(s, claim->workload->name, model, parameters, times, n);
}

void add_claimed_cells(struct samples *s, unsigned n)
{
    const struct claims *claims = shipped_claims();

    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *claim = &claims->items[i];
        const struct model **chosen;
        size_t n_chosen;

        if (claim->statistic == STATISTIC_NONE)
            continue;
        chosen = calloc(n_models, sizeof(*chosen));
        assert_non_null(chosen);
        claim_models(claims, claim, chosen, &n_chosen);
        for (size_t j = 0; j < n_chosen; j++)
            for (size_t k = 0; k < (claim->over ? 2 : 1); k++)
                add_claimed_cell(s, claim, chosen[j]->name, k, n);
        free(chosen);
    }
}

void find_all(struct results *results, struct finding_list *findings)
{
    results->claims = shipped_claims();
    assert_int_equal(findings_make(results, findings), 0);
    results->findings = findings;
}

char *make_scratch(void)
{
    const char *base = getenv("TMPDIR");
    char *dir = malloc(256);

    assert_non_null(dir);
    snprintf(dir, 256, "%s/baton-unit-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static int remove_one(const char *path, const struct stat *s, int type,
                      struct FTW *ftw)
{
    (void)s;
    (void)type;
    (void)ftw;
    return remove(path);
}

void remove_scratch(char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

char *read_file(const char *dir, const char *name, size_t *ret_len)
{
    char path[512], *text = NULL;
    size_t size = 0, len = 0, n;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "re");
    assert_non_null(file);
    do {
        size = 2 * len + 4096;
        text = realloc(text, size);
        assert_non_null(text);
        n = fread(text + len, 1, size - len - 1, file);
        len += n;
    } while (n > 0);
    fclose(file);
    text[len] = '\0';
    if (ret_len)
        *ret_len = len;
    return text;
}

size_t count_entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;
    const struct dirent *e;

    assert_non_null(d);
    while ((e = readdir(d)))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

int matches(const char *text, const char *expression)
{
    regex_t r;
    int found;

    assert_int_equal(regcomp(&r, expression, REG_EXTENDED | REG_NOSUB), 0);
    found = regexec(&r, text, 0, NULL, 0) == 0;
    regfree(&r);
    if (!found)
        print_message("no match of /%s/ in:\n%s\n", expression, text);
    return found;
}
