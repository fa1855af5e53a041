/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Go's benchmark text: a line for each sample. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/format_parts.h"
#include "harness/results/text.h"

unsigned format_cpus(const struct recording *r)
{
    char text[256], *rest = text, *item;
    unsigned long n = 0, first, last;

    recording_key(r, "pin", text, sizeof(text));
    if (!text[0] || strcmp(text, "none") == 0)
        recording_key(r, "cpus_allowed", text, sizeof(text));
    while ((item = strsep(&rest, ","))) {
        if (!isdigit((unsigned char)item[0]))
            continue;
        first = strtoul(item, &item, 10);
        last = *item == '-' ? strtoul(item + 1, NULL, 10) : first;
        if (last >= first && last - first < 65536)
            n += last - first + 1;
    }
    return (unsigned)(n ? n : recording_u64(r, "cpus_online"));
}

/* "Linux 6.1.0 x86_64" in Go's words. */
static void print_system(const struct recording *r, FILE *out)
{
    static const char *const known[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}};
    char kernel[256], cpu[256];
    const char *machine;

    recording_key(r, "kernel", kernel, sizeof(kernel));
    recording_key(r, "cpu", cpu, sizeof(cpu));
    machine = strrchr(kernel, ' ');
    machine = machine ? machine + 1 : "";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(machine, known[i][0]) == 0)
            machine = known[i][1];
    if (strncmp(kernel, "Linux ", 6) == 0)
        fputs("goos: linux\n", out);
    if (machine[0])
        fprintf(out, "goarch: %s\n", machine);
    fputs("pkg: baton\n", out);
    if (cpu[0])
        fprintf(out, "cpu: %s\n",
                clean_text(cpu, true, kernel, sizeof(kernel)));
}

/* "two-words" as "TwoWords". */
static void print_base(const char *workload, FILE *out)
{
    bool start = true;

    for (; *workload; workload++) {
        if (*workload != '-')
            fputc(start ? toupper((unsigned char)*workload) : *workload, out);
        start = *workload == '-';
    }
}

/* What would end the name, or this part of it, becomes '_'. */
static void print_value(const char *text, FILE *out)
{
    char clean[SAMPLE_PARAMETERS];

    clean_text(text, false, clean, sizeof(clean));
    for (const char *at = clean; *at; at++)
        fputc(*at == ' ' || *at == '/' ? '_' : *at, out);
}

/*
 * All parameters are in it, so that each is a key for -col and -row.  So is
 * the number behind the dash, even of one CPU: without it, a name that ends
 * in one would be taken for another number of CPUs.
 */
static void print_name(const struct sample *s, unsigned cpus, FILE *out)
{
    bool command = strcmp(s->workload, SAMPLE_COMMAND) == 0;
    const char *list = command ? "" : s->parameters;
    struct item item;

    fputs("Benchmark", out);
    print_base(s->workload, out);
    fputs("/model=", out);
    print_value(s->model, out);
    if (command && s->parameters[0]) {
        fputs("/arguments=", out);
        print_value(s->parameters, out);
    }
    while (text_next(&list, ',', &item)) {
        char text[sizeof(s->parameters)];

        fputc('/', out);
        snprintf(text, sizeof(text), "%.*s", (int)(list - item.key), item.key);
        print_value(text, out);
    }
    if (s->side[0]) {
        fputs("/arm=", out);
        print_value(s->side, out);
    }
    if (s->twin)
        fputs("/twin=yes", out);
    if (s->trial)
        fprintf(out, "/trial=%" PRIu32, s->trial);
    fprintf(out, "-%u", cpus ? cpus : 1);
}

static void print_line(const struct sample *s, unsigned cpus, FILE *out)
{
    print_name(s, cpus, out);
    fprintf(out,
            "\t%" PRIu64 "\t%.15g ns/op\t%.15g cpu-ns/op\t%.15g "
            "vol-switches/op\n",
            sample_iterations(s), value_real_ns(s), value_cpu_ns(s),
            (double)s->voluntary / (double)sample_iterations(s));
}

/*
 * Of the lines "key: value" only those that `go test` writes too, for files
 * that differ in any of them are not compared.
 */
int format_benchstat(const struct selection *selection, FILE *out)
{
    unsigned cpus = format_cpus(selection->recording);

    print_system(selection->recording, out);
    fputs("Unit ns/op better=lower\n"
          "Unit cpu-ns/op better=lower\n"
          "Unit vol-switches/op better=lower\n\n",
          out);
    for (size_t i = 0; i < selection->table.n; i++) {
        const struct entry *e = &selection->table.entries[i];

        for (size_t j = 0; j < e->n_right && selection_shows(selection, e); j++)
            print_line(e->right[j], cpus, out);
    }
    return 0;
}
