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
