/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What report.html says, and what it is made of. */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/facts.h"
#include "harness/results/data.h"
#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/page.h"
#include "harness/report/prose.h"
#include "tests/unit/visits.h"

static struct samples samples;
static struct table table;
static struct sites sites;
static struct matrices matrices;
static struct drawings drawings;
static char *dir;   /* of the figures */
static char *html;  /* what was made last */
static char *words; /* of it, without the markup */

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    table = (struct table){0};
    sites = (struct sites){0};
    matrices = (struct matrices){0};
    html = words = NULL;
    dir = make_scratch();
    return setenv("BATON_DATA", SOURCE_ROOT, 1);
}

static int finish(void **state)
{
    (void)state;
    table_finish(&table);
    matrices_finish(&matrices);
    sites_finish(&sites);
    free(samples.items);
    free(html);
    free(words);
    remove_scratch(dir);
    return 0;
}

/* What a reader sees: no tags, no style sheet, no entities. */
static char *read_words(const char *text)
{
    static const char *const entities[][2] = {
        {"&lt;", "<"},  {"&gt;", ">"},  {"&quot;", "\""},
        {"&#39;", "'"}, {"&amp;", "&"}, {"&nbsp;", " "},
    };
    char *out = calloc(strlen(text) + 1, 1), *end = out;

    assert_non_null(out);
    while (*text) {
        size_t i = 0;

        if (strncmp(text, "<style>", 7) == 0)
            text = strstr(text, "</style>");
        if (*text == '<') {
            text = strchr(text, '>') + 1;
            continue;
        }
        while (i < COUNT(entities) &&
               strncmp(text, entities[i][0], strlen(entities[i][0])) != 0)
            i++;
        *end++ = i < COUNT(entities) ? *entities[i][1] : *text;
        text += i < COUNT(entities) ? strlen(entities[i][0]) : 1;
    }
    return out;
}

static struct recording recording_of(const char *header)
{
    return (struct recording){.header = (char *)(uintptr_t)header,
                              .samples = samples.items,
                              .n = samples.n};
}

static void build(void)
{
    table_finish(&table);
    matrices_finish(&matrices);
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(matrices_build(&matrices, &sites), 0);
}

/* The figures that the samples have data for, as a page of them has them. */
static void build_drawings(const char *header)
{
    struct recording recording = recording_of(header);
    struct results results = {
        .recording = &recording, .table = &table, .matrices = &matrices};
    struct finding_list findings;

    build();
    find_all(&results, &findings);
    drawings_finish(&drawings);
    assert_int_equal(drawings_build(&drawings, &results), 0);
    for (size_t i = 0; i < drawings.n; i++) {
        char path[4200];

        snprintf(path, sizeof(path), "%s/figures/%s.svg", dir,
                 drawings.items[i].name);
        drawings.items[i].svg = data_text(path);
    }
    findings_finish(&findings);
}

static void make_page(const char *header)
{
    struct recording recording = recording_of(header);
    struct results results = {.recording = &recording,
                              .table = &table,
                              .matrices = &matrices,
                              .drawings = &drawings};
    struct finding_list findings;

    build_drawings(header);
    find_all(&results, &findings);
    free(html);
    free(words);
    html = page_html(&results);
    findings_finish(&findings);
    assert_non_null(html);
    words = read_words(html);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static void add_spread(const char *workload, const char *model,
                       const char *parameters, double middle, unsigned n)
{
    double times[64];

    for (unsigned i = 0; i < n; i++)
        times[i] = middle * (1 + 0.01 * ((double)i - (n - 1) / 2.0));
    add_cell(&samples, workload, model, parameters, times, n);
}

static struct sample *find_sample(const char *model, uint32_t round)
{
    for (size_t i = 0; i < samples.n; i++)
        if (strcmp(samples.items[i].model, model) == 0 &&
            samples.items[i].round == round)
            return &samples.items[i];
    fail_msg("no sample");
    return NULL;
}

static void add_twin(const char *model, double times, unsigned rounds)
{
    for (uint32_t round = 1; round <= rounds; round++) {
        struct sample s = *find_sample(model, round);

        s.twin = 1;
        s.real_ns *= times;
        add_sample(&samples, s);
    }
}

static void write_figure(const char *name, const char *text)
{
    char path[512], file[128];

    snprintf(path, sizeof(path), "%s/figures", dir);
    mkdir(path, 0777);
    snprintf(file, sizeof(file), "%s.svg", name);
    assert_int_equal(store_write_file(path, file, text, strlen(text)), 0);
}

/* A drawing as gnuplot makes them, `size` bytes long or a little more. */
static void draw(const char *name, size_t size)
{
    static const char point[] =
        "<use xlink:href='#gpPt6' transform='translate(69.30,310.31) "
        "scale(6.75)' color='rgb(230, 159,   0)'/>\n";
    char *text = calloc(size + 2048, 1);
    size_t len;

    assert_non_null(text);
    len = (size_t)sprintf(
        text, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
              "<svg width=\"1100\" height=\"620\" viewBox=\"0 0 1100 620\" "
              "xmlns=\"http://www.w3.org/2000/svg\" "
              "xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"
              "<title>Gnuplot</title><g id=\"gnuplot_canvas\">\n"
              "<circle id='gpPt6' r='1'/>\n");
    while (len < size) {
        memcpy(text + len, point, strlen(point));
        len += strlen(point);
    }
    strcpy(text + len, "</g></svg>\n");
    write_figure(name, text);
    free(text);
}

static void draw_all(size_t size)
{
    build_drawings("# seed=1\n");
    for (size_t i = 0; i < drawings.n; i++)
        draw(drawings.items[i].name, size);
}

/* Texts. */

#define EVIL "<i>&\"'>"

static void test_every_text_is_escaped(void **state)
{
    struct sample *s;

    (void)state;
    add_spread("counter", "locked", "", 1e6, 7);
    add_spread("counter", "null", "", 1e6, 7);
    for (size_t i = 0; i < samples.n; i++) {
        s = &samples.items[i];
        if (strcmp(s->model, "null") == 0)
            strcpy(s->model, EVIL "m");
        else
            strcpy(s->workload, EVIL "w");
        strcpy(s->parameters, EVIL "p");
        s->status = STATUS_WRONG;
        strcpy(s->text, EVIL "t\001");
    }
    s = add_sample(&samples, samples.items[0]);
    strcpy(s->model, "libuv");
    s->status = STATUS_CRASHED;
    strcpy(s->text, EVIL "c");
    make_page("# date=" EVIL "d\n# " EVIL "k=" EVIL "v\n# gap=" EVIL "g\n"
              "# command=" EVIL "o\n# seed=" EVIL "s\n# audit=" EVIL "a\n"
              "# version=" EVIL "n\n");
    assert_null(strstr(html, "<i>"));
    assert_null(strstr(html, "&\""));
    assert_null(strchr(html, '\001'));
    for (const char *kind = "mwptcdkvgosan"; *kind; kind++) {
        char whole[32];

        snprintf(whole, sizeof(whole), "%s%c", EVIL, *kind);
        if (!strstr(words, whole))
            fail_msg("%s is not there", whole);
    }
}

static void test_the_same_results_give_the_same_bytes(void **state)
{
    char *first;

    (void)state;
    add_claimed_cells(&samples, 7);
    draw_all(5000);
    make_page("# seed=1\n# date=2026-11-22T00:57:03Z\n");
    first = html;
    html = NULL;
    make_page("# seed=1\n# date=2026-11-22T00:57:03Z\n");
    assert_string_equal(html, first);
    free(first);
}

static void test_the_title_says_what_and_when(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1e6, 7);
    add_spread("download", "libuv", "n=3", 1e6, 7);
    make_page("# date=2026-11-22T00:57:03Z\n");
    assert_non_null(strstr(html, "<h1>Models compared: counter, "
                                 "download</h1>"));
    assert_non_null(strstr(words, "Measured on 2026-11-22, 00:57 UTC; 2 "
                                  "concurrency models, 7 rounds, 14 samples."));
    make_page("# date=one day\n");
    assert_non_null(strstr(words, "Measured on one day;"));
}

/* Findings. */

/* The sentences of the claims, and whether each stands in the page. */
static size_t each_sentence(void (*check)(const struct finding *f,
                                          const char *at))
{
    struct results results = {.table = &table, .matrices = &matrices};
    struct finding_list findings;
    struct wording w;
    size_t n;

    find_all(&results, &findings);
    n = findings.n;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(finding_words(&findings.items[i], &table, 3, &w), 0);
        check(&findings.items[i], strstr(words, w.text));
        free(w.text);
    }
    findings_finish(&findings);
    return n;
}

static void check_there(const struct finding *f, const char *at)
{
    if (f->kind == FINDING_CLAIM && !at)
        fail_msg("no finding of %s", f->claim->id);
}

static void test_all_findings_are_there_word_for_word(void **state)
{
    (void)state;
    for (unsigned rounds = 1; rounds <= 7; rounds += 6) {
        samples.n = 0;
        add_claimed_cells(&samples, rounds);
        find_sample("thread-per-socket", 1)->status = STATUS_WRONG;
        make_page("# seed=1\n");
        assert_true(each_sentence(check_there) > 15);
    }
}

static const char *last_claimed, *first_other;

static void find_places(const struct finding *f, const char *at)
{
    if (f->kind != FINDING_CLAIM)
        return;
    if (f->claim->note && (!last_claimed || at > last_claimed))
        last_claimed = at;
    if (!f->claim->note && (!first_other || at < first_other))
        first_other = at;
}

static void test_what_was_claimed_comes_first(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    make_page("# seed=1\n");
    last_claimed = first_other = NULL;
    each_sentence(find_places);
    assert_non_null(last_claimed);
    assert_true(first_other > last_claimed);
}

static void test_a_wrong_side_is_marked_in_shape_and_words(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 3e6, 7);
    add_spread("counter", "thread-per-socket", "", 1e6, 7);
    make_page("# seed=1\n");
    assert_int_equal(count(html, "<li class=\"wrong\">"), 0);
    assert_int_equal(count(words, "wrong results"), 0);
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    find_sample("thread-per-socket", 3)->lost_updates = 700;
    make_page("# seed=1\n");
    /* The ratio to the lock, and the updates that were lost. */
    assert_int_equal(count(html, "<li class=\"wrong\">"), 2);
    assert_int_equal(count(html, "</svg> wrong results</span>"), 2);
    find_sample("thread-per-socket", 3)->status = STATUS_OK;
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("locked", round)->audit = AUDIT_SERIALISED;
    make_page("# seed=1\n");
    assert_true(
        matches(html, "<li class=\"wrong\">.*the concurrency check failed for "
                      "threads \\+ mutex"));
}

static void test_sentences_without_their_cells_are_not_there(void **state)
{
    (void)state;
    add_spread("counter", "locked", "tasks=3", 3e6, 7);
    make_page("# seed=1\n");
    assert_null(strstr(words, "Findings"));
    assert_null(strstr(html, "<li class=\"wrong\">"));
    assert_non_null(strstr(words, "What each model took"));
}

static void
test_what_is_wrong_is_a_finding_where_there_is_no_other(void **state)
{
    char missing[160];

    (void)state;
    add_spread("counter", "locked", "tasks=3", 3e6, 7);
    add_spread("counter", "libuv", "tasks=3", 3e6, 7);
    find_sample("locked", 3)->status = STATUS_WRONG;
    strcpy(find_sample("locked", 3)->text, "counter 7, should be 8");
    find_sample("libuv", 2)->status = STATUS_CRASHED;
    strcpy(find_sample("libuv", 2)->text, "ended by signal 11");
    make_page("# seed=1\n");
    assert_non_null(strstr(words,
                           "wrong results counter, tasks 3, increments "
                           "1000: threads + mutex: wrong in 1 of 7 "
                           "samples; for example: counter 7, should be 8"));
    snprintf(missing, sizeof(missing),
             "increments 1000: %s: 1 of 7 samples missing: ended by signal 11",
             fact_label("libuv", NULL));
    assert_non_null(strstr(words, missing));
    assert_int_equal(count(words, "wrong results counter"), 1);
}

/* What two models took, side by side, is large where it is sure. */
static void test_what_has_no_interval_is_not_bold(void **state)
{
    (void)state;
    for (unsigned rounds = 5; rounds <= 6; rounds++) {
        samples.n = 0;
        add_spread("counter", "sequential", "tasks=3", 1e6, rounds);
        add_spread("counter", "locked", "tasks=3", 3e6, rounds);
        make_page("# seed=1\n");
        assert_non_null(strstr(words, "threads + mutex is 3 times slower than "
                                      "sequential"));
        assert_int_equal(count(html, "<strong>threads + mutex is 3 times"),
                         rounds - 5);
    }
}

/* Noise. */

static void test_identical_pairs_say_what_means_nothing(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1e6, 7);
    add_spread("counter", "libuv", "tasks=3", 1e6, 7);
    add_spread("download", "sequential", "n=3", 1e6, 7);
    make_page("# seed=1\n");
    assert_null(strstr(words, "are within noise"));
    add_twin("locked", 1.25, 7);
    add_twin("libuv", 1.02, 7);
    add_twin("sequential", 1.5, 7);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "In counter, differences below 1.25 times "
                                  "are within noise (A/A pairs)."));
    assert_non_null(strstr(words, "In download, differences below 1.5 "
                                  "times are within noise (A/A pairs)."));
    assert_null(strstr(words, "too few"));
}

static void test_few_rounds_cannot_be_told_from_noise(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1e6, 5);
    add_twin("locked", 1.25, 5);
    make_page("# seed=1\n");
    assert_null(strstr(words, "are within noise"));
    assert_non_null(strstr(words, "5 rounds are too few for intervals"));
    samples.n = 0;
    add_spread("counter", "locked", "", 1e6, 1);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "1 round is too few for intervals"));
    samples.n = 0;
    add_spread("counter", "locked", "", 1e6, 6);
    make_page("# seed=1\n");
    assert_null(strstr(words, "too few"));
}

static void test_what_disturbed_the_machine_is_said(void **state)
{
    struct recording recording;
    struct results results = {.recording = &recording, .table = &table};
    struct finding_list findings;

    (void)state;
    add_spread("counter", "locked", "", 1e6, 7);
    find_sample("locked", 2)->steal_ticks = 40;
    find_sample("locked", 3)->steal_ticks = 2;
    find_sample("locked", 5)->load1 = 7.25;
    make_page("# seed=1\n# audit=nobody looked\n");
    assert_non_null(strstr(words, "Other virtual machines used 420 ms of CPU "
                                  "time of this machine during the run; its "
                                  "load was 0.0 to 7.2."));
    assert_non_null(strstr(words, "Audit: nobody looked."));
    assert_null(strstr(words, "could not be read"));
    recording = recording_of("# seed=1\n");
    recording.skipped = 3;
    free(html);
    find_all(&results, &findings);
    html = page_html(&results);
    findings_finish(&findings);
    assert_non_null(strstr(html, "3 lines of samples.tsv could not be read"));
}

/* Figures. */

static void test_figures_stand_in_their_order_with_their_reading(void **state)
{
    const char *last;

    (void)state;
    add_claimed_cells(&samples, 7);
    draw_all(500);
    make_page("# seed=1\n");
    last = html;
    for (size_t i = 0; i < drawings.n; i++) {
        const struct drawing *d = &drawings.items[i];
        char drawing[160];

        snprintf(drawing, sizeof(drawing), "<g id=\"%s-gnuplot_canvas\">",
                 d->name);
        assert_int_equal(count(html, drawing), 1);
        last = strstr(last, drawing);
        assert_non_null(last);
        last = strstr(last, "How to read this:");
        assert_non_null(last);
        assert_non_null(strstr(words, prose_find(d->figure->name)));
    }
    assert_null(strstr(words, "missing"));
}

/* How many headings of figures are questions. */
static size_t count_questions(void)
{
    size_t n = 0;

    for (const char *at = html; (at = strstr(at, "<figure>\n<h3")); at++) {
        const char *end = strstr(at, "</h3>");

        n += end[-1] == '?';
    }
    return n;
}

static void test_a_figure_has_what_it_shows_as_its_heading(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    make_page("# seed=1\n");
    assert_true(matches(html, "<figure>\n<h3>counter, 100 x 1000: threads \\+ "
                              "mutex is [^<]* than threads, no lock \\[[^<]*"
                              "\\]</h3>"));
    assert_true(matches(html, "<h3>download: time grows with n to the power "
                              "of [-0-9.]+ \\[[^]]*\\] with [^<]*</h3>"));
    assert_true(matches(html, "<h3>counter[^<]*: one increment takes [^<]* "
                              "\\[[^<]*\\] with [^<]*</h3>"));
    assert_true(matches(html, "<h3>95 % of [0-9]+ samples took between 1/"));
    assert_int_equal(count_questions(), 0);
    /* Of one model. */
    samples.n = 0;
    for (size_t i = 0; i < 3; i++)
        add_spread("download", "libuv",
                   (const char *[]){"n=2,latency_ms=9", "n=4,latency_ms=9",
                                    "n=8,latency_ms=9"}[i],
                   1e6 * (double)(i + 1), 7);
    make_page("# seed=1\n");
    assert_true(matches(html, "<h3>download, latency-ms 9: time grows with n "
                              "to the power of 0\\.[0-9]+ \\[[^]]*\\] with "
                              "event loop \\(libuv\\)</h3>"));
    /* Without intervals nothing is bold. */
    samples.n = 0;
    add_claimed_cells(&samples, 2);
    make_page("# seed=1\n");
    assert_true(matches(html, "<h3 class=\"unsure\">download: time grows with "
                              "n to the power of [-0-9.]+ \\(no interval, 2 "
                              "rounds\\) with "));
}

static void test_the_models_are_told_before_the_first_figure(void **state)
{
    const char *roster;

    (void)state;
    add_claimed_cells(&samples, 7);
    make_page("# seed=1\n");
    roster = strstr(html, "<h2>What the models are</h2>");
    assert_non_null(roster);
    assert_true(roster < strstr(html, "<figure>"));
}

static void test_a_missing_figure_is_said_in_its_place(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    make_page("# seed=1\n");
    assert_true(drawings.n > 5);
    assert_int_equal(count(words, "This figure is missing:"), drawings.n);
    for (size_t i = 0; i < drawings.n; i++)
        write_figure(drawings.items[i].name, "<svg><g>");
    make_page("# seed=1\n");
    assert_int_equal(count(words, "is not a whole drawing"), drawings.n);
    assert_null(strstr(html, "<svg><g>"));
}

static void test_a_figure_without_data_is_none(void **state)
{
    (void)state;
    add_spread("download", "libuv", "n=3", 1e6, 7);
    make_page("# seed=1\n");
    assert_int_equal(drawings.n, 1);
    assert_string_equal(drawings.items[0].name, "order");
    assert_int_equal(count(html, "<figure>"), 1);
}

/* The value of each attribute `name` is given to `check`. */
static size_t each_attribute(const char *name,
                             void (*check)(const char *value, size_t len))
{
    char pattern[64];
    regmatch_t m[2];
    regex_t r;
    size_t n = 0;

    snprintf(pattern, sizeof(pattern), "[[:space:]]%s=[\"']([^\"']*)", name);
    assert_int_equal(regcomp(&r, pattern, REG_EXTENDED), 0);
    for (const char *at = html; regexec(&r, at, 2, m, 0) == 0;
         at += m[0].rm_eo, n++)
        check(at + m[1].rm_so, (size_t)(m[1].rm_eo - m[1].rm_so));
    regfree(&r);
    return n;
}

static void check_own_reference(const char *value, size_t len)
{
    if (len < 2 || *value != '#')
        fail_msg("it refers to %.*s", (int)len, value);
}

static void check_id_is_unique(const char *value, size_t len)
{
    char id[128];

    snprintf(id, sizeof(id), " id=\"%.*s\"", (int)len, value);
    assert_int_equal(count(html, id), 1);
}

static void test_nothing_is_fetched_and_nothing_runs(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    draw_all(5000);
    make_page("# seed=1\n# command=baton run download "
              "--origin=http://127.0.0.1/\n");
    assert_true(each_attribute("href", check_own_reference) > 0);
    assert_int_equal(each_attribute("src", check_own_reference), 0);
    assert_int_equal(each_attribute("data", check_own_reference), 0);
    assert_null(strstr(html, "@import"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<link"));
    assert_null(strcasestr(html, "javascript:"));
    assert_int_equal(count(html, "url("), count(html, "url(#"));
    assert_int_equal(each_attribute("[oO][nN][a-zA-Z]+", check_own_reference),
                     0);
    assert_non_null(strstr(html, "default-src 'none'"));
    /* The command is a text. */
    assert_non_null(strstr(words, "--origin=http://127.0.0.1/"));
}

static void test_ids_are_unique_over_all_figures(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    draw_all(500);
    make_page("# seed=1\n");
    assert_true(each_attribute("id", check_id_is_unique) >= 4);
}

static void test_a_large_figure_is_shown_too(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    draw_all(150000);
    make_page("# seed=1\n");
    assert_int_equal(count(html, "-gnuplot_canvas\""), drawings.n);
    assert_null(strstr(words, "missing"));
}

/* The table. */

static void test_a_row_has_all_its_columns(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 12345678, 7);
    find_sample("locked", 4)->peak = 100;
    find_sample("locked", 4)->threads_peak = 101;
    make_page("# seed=1\n");
    assert_true(matches(html, "counter, tasks 100, increments 1000</th>"));
    assert_true(matches(
        html, "<tr><th scope=\"row\">threads \\+ mutex</th><td>12.3 ms</td>"
              "<td>\\[12.0 ms, 12.7 ms\\]</td><td>base</td><td></td>"
              "<td>6.17 ms</td><td>3.0 MiB</td><td>3.0</td><td>101</td>"
              "<td>100</td><td>123 ns</td></tr>"));
    samples.n = 0;
    add_spread("counter", "locked", "", 12345678, 5);
    make_page("# seed=1\n");
    assert_non_null(strstr(html, "<td>no interval</td>"));
}

static void test_wrong_cells_stand_apart_with_the_reason(void **state)
{
    const char *apart, *first;

    (void)state;
    add_spread("counter", "thread-per-socket", "", 1e6, 7);
    add_spread("counter", "locked", "", 9e6, 7);
    make_page("# seed=1\n");
    assert_null(strstr(words, "wrong results (not ranked)"));
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    strcpy(find_sample("thread-per-socket", 3)->text, "counter 7, should be 8");
    make_page("# seed=1\n");
    apart = strstr(html, "wrong results (not ranked)");
    first = strstr(html, "<th scope=\"row\">threads + mutex</th>");
    assert_true(first && apart > first);
    assert_non_null(strstr(apart, "<tr class=\"wrong\"><th scope=\"row\">"
                                  "threads, no lock</th>"));
    assert_non_null(
        strstr(words, "wrong in 1 of 7 samples; for example: counter 7, should "
                      "be 8"));
    assert_int_equal(count(html, "<th scope=\"row\">threads, no lock</th>"), 1);
}

static void test_what_the_terminal_notes_stands_here_too(void **state)
{
    size_t notes = 0;

    (void)state;
    add_spread("download", "libuv", "n=3", 1e6, 7);
    add_spread("download", "sequential", "n=3", 1e6, 7);
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("libuv", round)->audit =
            AUDIT_ORIGIN_BOUND | AUDIT_SERIALISED;
    find_sample("sequential", 2)->status = STATUS_CRASHED;
    strcpy(find_sample("sequential", 2)->text, "ended by signal 11");
    add_sample(&samples, sample_of("download", "locked", "n=3", 0, 0))->status =
        STATUS_FAILED;
    make_page("# seed=1\n");
    for (size_t i = 0; i < table.n; i++) {
        struct fact_note found[MAX_NOTES];
        size_t n = fact_notes(&table.entries[i], found);

        for (size_t j = 0; j < n; j++) {
            char *whole;

            assert_true(
                asprintf(&whole, "%s%s", found[j].alarm, found[j].text) >= 0);
            assert_non_null(strstr(words, whole));
            free(whole);
            notes++;
        }
    }
    assert_int_equal(notes, 4);
    assert_null(strstr(words, "nan"));
}

static void test_waiting_in_virtual_time_is_said(void **state)
{
    (void)state;
    add_spread("counter", "null", "", 1e6, 7);
    make_page("# seed=1\n");
    assert_null(strstr(words, "(virtual time)"));
    add_spread("download", "null", "n=3", 1e6, 7);
    make_page("# seed=1\n");
    assert_int_equal(count(words, "CPU floor (virtual time)"), 1);
}

/* The matrix of the sites. */

static void add_faults(unsigned n)
{
    static const char *const names[] = {"null", "sequential", "libuv",
                                        "thread-per-socket"};

    for (size_t i = 0; i < COUNT(names); i++)
        add_spread("faults", names[i], "", 1e8, n);
    add_visits(&sites, n);
}

static void test_without_sites_there_is_no_matrix(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    make_page("# seed=1\n");
    assert_null(strstr(words, "fault matrix"));
    assert_null(strstr(html, ".matrix"));
    /* Of a run that was killed before it could write them. */
    add_spread("faults", "libuv", "", 1e8, 2);
    make_page("# seed=1\n");
    assert_null(strstr(words, "fault matrix"));
}

static void test_each_site_has_a_row_and_what_agrees_one_cell(void **state)
{
    (void)state;
    add_faults(2);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "The fault matrix"));
    assert_non_null(strstr(html, ".matrix"));
    for (size_t i = 0; i < n_faults; i++) {
        char row[512];

        snprintf(row, sizeof(row),
                 "<tr><th scope=\"row\">%s</th><td class=\"what\">%s</td>"
                 "<td>%s</td><td>",
                 faults[i].name, faults[i].what,
                 outcome_name(faults[i].outcome));
        if (!strstr(html, row))
            fail_msg("not there: %s", row);
    }
    assert_non_null(strstr(html, "<td>1000</td><td class=\"time\">10.0 ms"
                                 "</td><td class=\"time\">10.0 ms</td>"));
    assert_int_equal(count(html, "wrong results"), 0);
    assert_non_null(strstr(words,
                           "faults, n 25: each of the 23 faults and 5 "
                           "healthy kinds got the same outcome from all 4 "
                           "models"));
    assert_non_null(strstr(words, "without models in virtual time"));
    assert_non_null(strstr(words, "Only these faults are tested."));
}

/* Each column has a head, and each cell of a row the head of its row. */
static void test_the_matrix_can_be_read_aloud(void **state)
{
    const char *table_at, *end;
    size_t columns = 0;

    (void)state;
    add_faults(1);
    make_page("# seed=1\n");
    table_at = strstr(html, "<table class=\"matrix\">");
    assert_non_null(table_at);
    end = strstr(table_at, "</thead>");
    for (const char *at = table_at;
         (at = strstr(at, "<th scope=\"col\"")) && at < end; at++)
        columns++;
    assert_int_equal(columns, 7);
    assert_int_equal(count(table_at, "scope=\"rowgroup\">broken"), 1);
    assert_int_equal(count(table_at, "scope=\"rowgroup\">healthy"), 1);
    assert_true(matches(html, "role=\"group\" tabindex=\"0\" "
                              "aria-label=\"Table: classes of faults, n 25"));
}

static void test_a_class_that_differs_has_a_mark_and_a_word(void **state)
{
    struct site *s;

    (void)state;
    add_faults(2);
    s = site_of(visit_of(&sites, "sequential", 2), "silent");
    set_class(s, OUTCOME_CANCELLED);
    site_of(visit_of(&sites, "libuv", 1), "plain")->bytes = 17;
    make_page("# seed=1\n");
    assert_non_null(
        strstr(html, "<tr class=\"wrong\"><th scope=\"row\">silent</th>"
                     "<td class=\"what\">never answers</td><td>differs</td>"));
    assert_non_null(strstr(words, "header-timeout, cancelled from sequential "
                                  "(should be header-timeout)"));
    assert_non_null(strstr(html, "<strong class=\"alarm\">other bytes from "));
    assert_non_null(strstr(html, "<td>17 to "));
    assert_int_equal(count(html, "</svg> wrong results</span>"), 1);
    assert_true(matches(words, "2 of 28 kinds of site are wrong or differ "
                               "between models; silent: header-timeout, "
                               "cancelled from sequential"));
    assert_null(strstr(words, "the same outcome from all"));
}

static void test_what_no_model_ended_was_never_reported(void **state)
{
    (void)state;
    add_faults(1);
    for (size_t i = 0; i < sites.n; i++)
        set_class(site_of(&sites.items[i], "deaf"), OUTCOME_CANCELLED);
    make_page("# seed=1\n");
    assert_int_equal(count(html, "<td class=\"time\">never</td>"), 3);
}

static void test_what_is_left_open_is_a_finding(void **state)
{
    char expected[160];

    (void)state;
    add_spread("counter", "libuv", "", 1e6, 2);
    find_sample("libuv", 1)->fds_left = 3;
    make_page("# seed=1\n");
    assert_null(strstr(words, "Findings"));
    assert_non_null(strstr(words, "3 descriptors left open in 1 of 2 samples"));
    find_sample("libuv", 2)->fds_left = 2;
    find_sample("libuv", 2)->threads_left = 1;
    make_page("# seed=1\n");
    snprintf(expected, sizeof(expected),
             "increments 1000: %s: 3 descriptors and 1 thread left open in 2 "
             "of 2 samples",
             fact_label("libuv", NULL));
    assert_non_null(strstr(words, "Findings"));
    assert_non_null(strstr(words, expected));
    assert_int_equal(count(html, "</svg> wrong results</span>"), 0);
}

static void test_names_of_sites_are_texts(void **state)
{
    (void)state;
    add_faults(1);
    for (size_t i = 0; i < sites.n; i++) {
        strcpy(sites.items[i].sites[0].name, EVIL "n");
        strcpy(sites.items[i].sites[0].class, EVIL "c");
        strcpy(sites.items[i].model, EVIL "m");
        strcpy(sites.items[i].parameters, EVIL "p");
    }
    make_page("# seed=1\n");
    assert_null(strstr(html, "<i>"));
    for (const char *kind = "ncm"; *kind; kind++) {
        char whole[32];

        snprintf(whole, sizeof(whole), "%s%c", EVIL, *kind);
        assert_non_null(strstr(words, whole));
    }
}

static void test_gaps_are_listed(void **state)
{
    (void)state;
    add_spread("counter", "null", "", 1e6, 7);
    make_page("# gap=download/locked: no way\n# seed=1\n# gap=x: y\n");
    assert_non_null(strstr(html, "<h2>Not run</h2>\n<ul>\n<li>download/locked: "
                                 "no way</li>\n<li>x: y</li>\n</ul>"));
    make_page("# seed=1\n");
    assert_null(strstr(words, "Not run"));
}

/* Nothing measured. */

static void test_no_samples_are_said(void **state)
{
    (void)state;
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "No samples:"));
    assert_null(strstr(words, "noise"));
    assert_null(strstr(words, "Figures"));
    /* Interrupted after the calibrations. */
    add_spread("counter", "null", "", 1e6, 0);
    add_spread("counter", "locked", "", 1e6, 0);
    make_page("# seed=1\n# gap=x: y\n");
    assert_non_null(strstr(words, "0 rounds, 0 samples."));
    assert_non_null(strstr(words, "No samples:"));
    assert_non_null(strstr(words, "x: y"));
    assert_null(strstr(words, "nan"));
    assert_non_null(strstr(words, "threads + mutex: the run ended before it "
                                  "was measured"));
    add_spread("counter", "libuv", "", 1e6, 1);
    make_page("# seed=1\n");
    assert_null(strstr(words, "No samples:"));
}

/* Machine and method. */

static void test_all_keys_of_the_header_are_there(void **state)
{
    (void)state;
    add_spread("counter", "null", "", 1e6, 7);
    make_page("# schema=1\n# kernel=Linux 6.1\n# new_key=a=b\n# empty=\n"
              "# gap=x: y\n# last=end\n");
    assert_non_null(strstr(html, "<tr><th scope=\"row\">kernel</th><td>Linux "
                                 "6.1</td></tr>"));
    assert_non_null(strstr(html, "<th scope=\"row\">new_key</th><td>a=b</td>"));
    assert_non_null(strstr(html, "<th scope=\"row\">empty</th><td></td>"));
    assert_non_null(strstr(html, "<th scope=\"row\">last</th><td>end</td>"));
    assert_null(strstr(html, "<th scope=\"row\">gap"));
}

static void check_command(const char *command, const char *expected)
{
    char header[512], whole[512];
    const char *code;

    snprintf(header, sizeof(header), "# command=%s\n# seed=42\n", command);
    make_page(header);
    code = strstr(html, "<code>");
    assert_non_null(code);
    free(words);
    words = read_words(code);
    snprintf(whole, sizeof(whole), "%s\n", expected);
    assert_memory_equal(words, whole, strlen(whole));
}

static void test_the_command_gives_the_same_again(void **state)
{
    (void)state;
    add_spread("counter", "null", "", 1e6, 7);
    check_command("baton report", "baton report --seed 42");
    check_command("baton report --seed=42 -q", "baton report --seed=42 -q");
    check_command("baton run counter --out 'it'\\''s here'",
                  "baton run counter --out 'it'\\''s here' --seed 42");
}

static void test_only_limits_that_apply_are_named(void **state)
{
    (void)state;
    add_spread("counter", "sequential", "", 1e6, 7);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "What this does not show"));
    assert_null(strstr(words, "loopback"));
    assert_null(strstr(words, "waits are simulated"));
    add_spread("download", "null", "n=3", 1e6, 7);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "loopback"));
    assert_non_null(strstr(words, "waits are simulated"));
}

static void test_a_missing_style_sheet_is_said(void **state)
{
    (void)state;
    add_spread("counter", "null", "", 1e6, 7);
    make_page("# seed=1\n");
    assert_true(matches(html, "<style>\n/\\*.*--line-0072b2: #0072b2;"));
    assert_null(strstr(words, "did not find its style sheet"));
    setenv("BATON_DATA", dir, 1);
    make_page("# seed=1\n");
    assert_non_null(strstr(words, "did not find its style sheet"));
    assert_non_null(strstr(words, "What each model took"));
}

int main(void)
{
#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        WITH_TABLE(test_every_text_is_escaped),
        WITH_TABLE(test_the_same_results_give_the_same_bytes),
        WITH_TABLE(test_the_title_says_what_and_when),
        WITH_TABLE(test_all_findings_are_there_word_for_word),
        WITH_TABLE(test_what_was_claimed_comes_first),
        WITH_TABLE(test_a_wrong_side_is_marked_in_shape_and_words),
        WITH_TABLE(test_sentences_without_their_cells_are_not_there),
        WITH_TABLE(test_what_is_wrong_is_a_finding_where_there_is_no_other),
        WITH_TABLE(test_what_has_no_interval_is_not_bold),
        WITH_TABLE(test_identical_pairs_say_what_means_nothing),
        WITH_TABLE(test_few_rounds_cannot_be_told_from_noise),
        WITH_TABLE(test_what_disturbed_the_machine_is_said),
        WITH_TABLE(test_figures_stand_in_their_order_with_their_reading),
        WITH_TABLE(test_a_figure_has_what_it_shows_as_its_heading),
        WITH_TABLE(test_the_models_are_told_before_the_first_figure),
        WITH_TABLE(test_a_missing_figure_is_said_in_its_place),
        WITH_TABLE(test_a_figure_without_data_is_none),
        WITH_TABLE(test_nothing_is_fetched_and_nothing_runs),
        WITH_TABLE(test_ids_are_unique_over_all_figures),
        WITH_TABLE(test_a_large_figure_is_shown_too),
        WITH_TABLE(test_a_row_has_all_its_columns),
        WITH_TABLE(test_wrong_cells_stand_apart_with_the_reason),
        WITH_TABLE(test_what_the_terminal_notes_stands_here_too),
        WITH_TABLE(test_waiting_in_virtual_time_is_said),
        WITH_TABLE(test_without_sites_there_is_no_matrix),
        WITH_TABLE(test_each_site_has_a_row_and_what_agrees_one_cell),
        WITH_TABLE(test_the_matrix_can_be_read_aloud),
        WITH_TABLE(test_a_class_that_differs_has_a_mark_and_a_word),
        WITH_TABLE(test_what_no_model_ended_was_never_reported),
        WITH_TABLE(test_what_is_left_open_is_a_finding),
        WITH_TABLE(test_names_of_sites_are_texts),
        WITH_TABLE(test_gaps_are_listed),
        WITH_TABLE(test_no_samples_are_said),
        WITH_TABLE(test_all_keys_of_the_header_are_there),
        WITH_TABLE(test_the_command_gives_the_same_again),
        WITH_TABLE(test_only_limits_that_apply_are_named),
        WITH_TABLE(test_a_missing_style_sheet_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
