/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it was measured, on what, and what cannot be concluded from it. */
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/html.h"
#include "harness/report/page_parts.h"
#include "harness/results/text.h"
#include "models/model.h"

/* Limits. */

/* Some cell is of this kind; with a peer in memory, if that is asked for. */
static bool has_kind(const struct table *t, const struct kind *kind,
                     bool in_memory)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);
        const struct model *m = model_find(t->entries[i].model);

        if (w && w->kind == kind &&
            (!in_memory || (m && model_ability(m, kind).in_memory)))
            return true;
    }
    return false;
}

static bool has_sites(const struct table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);

        if (w && w->group)
            return true;
    }
    return false;
}

static void print_limit(const char *name, const char *text, FILE *out)
{
    fputs("<li>", out);
    html_element(out, "strong", "%s", name);
    html_print(out, " %s", text);
    fputs("</li>\n", out);
}

static void print_caveats(const struct table *t, const struct kind *kind,
                          FILE *out)
{
    for (size_t i = 0; i < kind->n_caveats; i++) {
        const struct caveat *c = &kind->caveats[i];

        if (has_kind(t, kind, c->in_memory))
            print_limit(c->name, c->text, out);
    }
}

/* docs/measuring.md says the same at more length; only what applies here. */
void page_limits(const struct results *r, FILE *out)
{
    fputs("<section>\n<h2>What this does not show</h2>\n<ul>\n", out);
    print_limit("Other machines.",
                "This is one machine, one kernel, one run. Ratios carry over "
                "better than times, and neither must.",
                out);
    for (size_t i = 0; i < n_kinds; i++)
        print_caveats(r->table, kind_list[i], out);
    if (has_sites(r->table))
        print_limit("Every fault there is.",
                    "The broken servers are broken in what they say, on the "
                    "loopback: names that cannot be resolved, TLS, and "
                    "networks that break are not among them.",
                    out);
    fputs("</ul>\n</section>\n", out);
}

/* Method. */

static size_t count_cells(const struct table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += !t->entries[i].twin;
    return n;
}

static const char *const paragraphs[] = {
    "A cell is a workload, its parameters and a model; a round samples every "
    "cell once, in random order from the seed, with the two sides of a "
    "comparison next to each other. A sample is a process of its own: it "
    "warms up (unless one iteration is long), then repeats the work as often "
    "as a calibration found necessary, timed by Google Benchmark from the call "
    "of the model to its return: starting and joining threads, opening and "
    "closing sockets included.",
    "Every result is verified: each counter against what it should be, each "
    "page by its length and checksum. Models with a wrong result stand apart "
    "and are never ranked. The audit asks whether as many tasks worked at once "
    "as the model declares. No sample is dropped for being slow.",
    "A ratio is the median over the rounds of the ratio inside each round. Its "
    "interval is exact, from order statistics, and assumes no distribution; "
    "behind it stands the coverage that was reached. Where it holds 1 the two "
    "are called not separated.",
};

static bool has_workload(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->entries[i].workload, name) == 0)
            return true;
    return false;
}

/* What some workloads verify besides. */
static void print_verified(const struct table *t, FILE *out)
{
    for (size_t i = 0; i < n_workloads; i++)
        if (workloads[i]->verified && has_workload(t, workloads[i]->name))
            fprintf(out, "<p>%s</p>\n", workloads[i]->verified);
}

/* What is known of `baton check` on the machine that measured. */
static void print_certificate(const struct recording *r, FILE *out)
{
    char sentence[640];

    recording_key(r, "certificate", sentence, sizeof(sentence));
    if (!sentence[0])
        return;
    html_element(out, "p",
                 "Of this machine a self-test (baton check --self-test) says: "
                 "%s.",
                 sentence);
    fputc('\n', out);
}

void page_method(const struct results *r, FILE *out)
{
    unsigned rounds = r->table->rounds;
    char seed[32];

    recording_key(r->recording, "seed", seed, sizeof(seed));
    fputs("<section>\n<h2>How it was measured</h2>\n", out);
    html_element(out, "p", "%u round%s, %zu cells, %zu samples, seed %s.",
                 rounds, rounds == 1 ? "" : "s", count_cells(r->table),
                 fact_samples(r->recording), seed);
    for (size_t i = 0; i < sizeof(paragraphs) / sizeof(paragraphs[0]); i++) {
        fputc('\n', out);
        html_element(out, "p", "%s", paragraphs[i]);
    }
    fputc('\n', out);
    print_verified(r->table, out);
    print_certificate(r->recording, out);
    fputs("</section>\n", out);
}

/* Machine. */

static const struct {
    const char *key, *name;
} names[] = {
    {"schema", "Format of samples.tsv"},
    {"version", "Baton"},
    {"date", "Begun"},
    {"command", "Command"},
    {"host", "Host"},
    {"seed", "Seed"},
    {"asked", "Asked for"},
    {"shard", "Part of the experiment"},
    {"cells", "Hash of its cells"},
    {"ended", "Ended"},
    {"compiler", "Compiler"},
    {"flags", "Build"},
    {"benchmark", "Google Benchmark"},
    {"congestion", "TCP congestion control, used"},
    {"congestion_default", "TCP congestion control, default"},
    {"congestion_available", "TCP congestion control, available"},
    {"pin", "Samples pinned to processors"},
    {"pin_origin", "Server pinned to processors"},
    {"audit", "Audit"},
    {"certificate", "Self-test of the gate"},
    {"kernel", "Kernel"},
    {"cpu", "Processor"},
    {"cpus_online", "Processors online"},
    {"cpus_allowed", "Processors allowed"},
    {"memory", "Memory"},
    {"governor", "Frequency governor"},
    {"clocksource", "Clock source"},
    {"aslr", "Address space randomisation"},
    {"transparent_hugepages", "Transparent huge pages"},
    {"limit_descriptors", "Limit: descriptors"},
    {"limit_user_tasks", "Limit: threads of the user"},
    {"limit_cgroup_tasks", "Limit: tasks of the cgroup"},
    {"limit_pid_max", "Limit: process ids"},
    {"limit_ports", "Limit: local ports"},
    {"load", "Load before the run"},
};

enum { LIBRARY = sizeof("library.") - 1 };

static void print_name(const struct item *key, FILE *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (item_is(key, names[i].key)) {
            html_element(out, "th scope=\"row\"", "%s", names[i].name);
            return;
        }
    if (key->key_len > LIBRARY && memcmp(key->key, "library.", LIBRARY) == 0)
        html_element(out, "th scope=\"row\"", "Library of %.*s",
                     (int)(key->key_len - LIBRARY), key->key + LIBRARY);
    else
        html_element(out, "th scope=\"row\"", "%.*s", (int)key->key_len,
                     key->key);
}

/* Every key of the header, but gaps, which have a section of their own. */
static void print_keys(const struct recording *r, FILE *out)
{
    struct item key;

    for (const char *at = NULL; recording_next(r, &at, &key);) {
        if (item_is(&key, "gap"))
            continue;
        fputs("<tr>", out);
        print_name(&key, out);
        html_element(out, "td", "%.*s", (int)key.value_len,
                     key.value ? key.value : "");
        fputs("</tr>\n", out);
    }
}

/* The command again. */

/* The end of the word that begins here, of a line that was quoted for sh. */
static const char *word_end(const char *at)
{
    bool quoted = false;

    for (; *at && (quoted || *at != ' '); at++) {
        quoted ^= *at == '\'';
        at += !quoted && *at == '\\' && at[1] != '\0';
    }
    return at;
}

/* "--out", what begins it, or "-o"; `*ret_next`: its value is the next word. */
static bool is_option(const char *word, size_t len, const char *name,
                      bool *ret_next)
{
    size_t plain = strcspn(word, "= ");

    plain = plain < len ? plain : len;
    *ret_next = plain == len;
    /* In one word with its value, or not. */
    if (len >= 2 && word[0] == '-' && word[1] == name[2]) {
        *ret_next = len == 2;
        return true;
    }
    return plain > 2 && plain <= strlen(name) && memcmp(word, name, plain) == 0;
}

/*
 * What gives the same cells, pages and order: the seed is said even when it
 * was chosen by chance, and no directory, which holds results by now.
 */
static void print_command(const struct recording *r, FILE *out)
{
    char command[4096], seed[32];
    bool seeded = false, next;

    recording_key(r, "command", command, sizeof(command));
    recording_key(r, "seed", seed, sizeof(seed));
    fputs("<pre><code>", out);
    for (const char *word = command, *end; *word; word = end) {
        end = word_end(word);
        if (is_option(word, (size_t)(end - word), "--out", &next)) {
            if (next && *end)
                end = word_end(end + 1);
        } else {
            seeded |= is_option(word, (size_t)(end - word), "--seed", &next);
            html_print(out, "%s%.*s", word == command ? "" : " ",
                       (int)(end - word), word);
        }
        end += *end == ' ';
    }
    if (!seeded && *seed)
        html_print(out, " --seed %s", seed);
    fputs("</code></pre>\n", out);
}

void page_machine(const struct results *r, FILE *out)
{
    fputs("<section>\n<h2>Machine, versions, and how to repeat it</h2>\n"
          "<p>This command measures the same cells in the same order, with the "
          "same pages; times, and how many rounds fit into a budget, are those "
          "of the machine that it runs on:</p>\n",
          out);
    print_command(r->recording, out);
    fputs("<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
          "aria-label=\"Table: machine and versions\">\n<table class=\"keys\">"
          "\n<tbody>\n",
          out);
    print_keys(r->recording, out);
    fputs("</tbody>\n</table>\n</div>\n</section>\n", out);
}
