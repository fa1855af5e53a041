/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A verdict as JSON, Markdown and JUnit's XML.  With a file for an argument,
 * only writes the XML of a verdict there, for readers that are not in C.
 */
#include "tests/unit/json.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/verdict.h"

/* What a writer has to be careful with; "\xc3\xa9" is an e with an accent. */
#define ODD_NAME  "command/<a & \"b\">|c\x01\xc3\xa9\xff/_x_*`[d]\\"
#define ODD_CLEAN "command/<a & \"b\">|c?\xc3\xa9?/_x_*`[d]\\"

static const struct estimate slower = {
    .n = 80, .median = 1.051, .low = 1.042, .high = 1.0634, .coverage = 0.9567};
static struct checked cells[RULING_N + 1];
static struct verdict verdict;

static struct checked cell(const char *name, enum ruling ruling)
{
    struct checked c = {.items = 100000,
                        .ruling = ruling,
                        .stage = 2,
                        .suspect = true,
                        .ratio = slower,
                        .slower = 79,
                        .faster = 1,
                        .p = 1.0 / 3e20,
                        .p_bound = 0.005,
                        .base_ns = 5e6,
                        .cand_ns = 5.25e6,
                        .detectable = 0.03,
                        .budget_ns = 6000000000,
                        .control = {.n = 3, .median = 0.999},
                        .missing = 2};

    snprintf(c.name, sizeof(c.name), "%s", name);
    snprintf(c.why, sizeof(c.why), "why %s <it> is", ruling_name(ruling));
    return c;
}

static int start(void **state)
{
    (void)state;
    verdict = (struct verdict){
        .rules = {0.02, 0.05, 0.005, 0.01},
        .seed = 42,
        .base = "/opt/a|b",
        .cand = "/opt/\xfe<c>",
        .cells = cells,
        .n = RULING_N + 1,
        .ruling = RULING_BROKEN,
        .control = {.n = 300,
                    .median = 0.999,
                    .low = 0.998,
                    .high = 1.001,
                    .coverage = 0.951},
        .rounds = {{40, 50}, {12, 0}},
        .elapsed_ns = 61500000000,
        .status = 5,
        .strict_status = 5,
        .reason = "BROKEN. 1 of 6 cells <could> not be checked.",
    };
    for (int i = 0; i < RULING_N; i++) {
        char name[64];

        snprintf(name, sizeof(name), "counter/locked/per_turn:%d", i);
        cells[i] = cell(name, (enum ruling)i);
        verdict.count[i]++;
    }
    /* Not measured at all. */
    cells[RULING_N] = cell(ODD_NAME, RULING_BROKEN);
    cells[RULING_N].ratio = (struct estimate){0};
    cells[RULING_N].control = (struct estimate){0};
    cells[RULING_N].detectable = INFINITY;
    cells[RULING_N].p_bound = 0;
    cells[RULING_N].budget_ns = 0;
    strcpy(cells[RULING_N].events, "errors: 3 | 0");
    verdict.count[RULING_BROKEN]++;
    return 0;
}

/* JSON. */

static json_t *read_json(void)
{
    char *text = verdict_json(&verdict);
    json_t *root;

    assert_non_null(text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    root = parse_json(text);
    free(text);
    return root;
}

/* Equal keys in equal order, one behind another. */
static void check_keys(const json_t *object, const char *expected)
{
    char keys[1024] = "";
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        strcat(keys, keys[0] ? " " : "");
        strcat(keys, key);
    }
    assert_string_equal(keys, expected);
}

static void test_json_has_all_of_the_verdict(void **state)
{
    json_t *root = read_json(), *counts, *screen, *fresh;

    (void)state;
    check_keys(root, "schema ruling status strict_status reason base cand seed "
                     "elapsed_ns rounds rules counts control disturbed "
                     "untested cut cells");
    assert_string_equal(string_of(root, "ruling"), "BROKEN");
    assert_near(number_of(root, "status"), 5, 0);
    assert_near(number_of(root, "strict_status"), 5, 0);
    assert_string_equal(string_of(root, "reason"), verdict.reason);
    assert_string_equal(string_of(root, "base"), "/opt/a|b");
    assert_string_equal(string_of(root, "cand"), "/opt/?<c>");
    assert_near(number_of(root, "seed"), 42, 0);
    assert_near(number_of(root, "elapsed_ns"), 61.5e9, 0);
    screen = json_array_get(json_object_get(root, "rounds"), 0);
    fresh = json_array_get(json_object_get(root, "rounds"), 1);
    check_keys(screen, "done planned");
    check_keys(fresh, "done");
    assert_near(number_of(screen, "planned"), 50, 0);
    assert_near(number_of(fresh, "done"), 12, 0);
    assert_near(number_of(json_object_get(root, "rules"), "threshold"), 0.02,
                0);
    check_keys(json_object_get(root, "rules"),
               "threshold screen alpha control");
    counts = json_object_get(root, "counts");
    check_keys(counts, "PASS IMPROVED INCONCLUSIVE REGRESSED BROKEN");
    assert_near(number_of(counts, "BROKEN"), 2, 0);
    assert_near(number_of(counts, "PASS"), 1, 0);
    assert_near(number_of(json_object_get(root, "control"), "pairs"), 300, 0);
    assert_true(json_is_false(json_object_get(root, "disturbed")));
    assert_int_equal(json_array_size(json_object_get(root, "cells")),
                     verdict.n);
    json_decref(root);
}

static void test_json_numbers_are_read_back_as_they_were(void **state)
{
    json_t *root = read_json();
    const json_t *c = json_array_get(json_object_get(root, "cells"), 3), *ratio;

    (void)state;
    check_keys(c,
               "name ruling why ratio slower faster p p_bound far_slower "
               "far_faster far_p far_mean stage suspect "
               "base_ns cand_ns items detectable budget_ns control disturbed "
               "missing failure events");
    assert_string_equal(string_of(c, "ruling"), "REGRESSED");
    ratio = json_object_get(c, "ratio");
    check_keys(ratio, "median low high coverage pairs");
    assert_near(number_of(ratio, "median"), slower.median, 0);
    assert_near(number_of(ratio, "low"), slower.low, 0);
    assert_near(number_of(ratio, "high"), slower.high, 0);
    assert_near(number_of(c, "p"), 1.0 / 3e20, 0);
    assert_near(number_of(c, "detectable"), 0.03, 0);
    assert_near(number_of(c, "missing"), 2, 0);
    assert_true(json_is_true(json_object_get(c, "suspect")));
    /* Three pairs have no interval. */
    check_keys(json_object_get(c, "control"), "median pairs");
    json_decref(root);
}

static void test_json_leaves_out_what_is_not_there(void **state)
{
    json_t *root = read_json();
    const json_t *c = json_array_get(json_object_get(root, "cells"), RULING_N);

    (void)state;
    assert_null(json_object_get(c, "ratio"));
    assert_null(json_object_get(c, "control"));
    assert_null(json_object_get(c, "detectable"));
    assert_null(json_object_get(c, "p_bound"));
    assert_null(json_object_get(c, "budget_ns"));
    assert_string_equal(string_of(c, "name"), ODD_CLEAN);
    assert_string_equal(string_of(c, "events"), "errors: 3 | 0");
    json_decref(root);
}

static void test_equal_verdicts_are_equal_bytes(void **state)
{
    char *a, *b;

    (void)state;
    for (int i = 0; i < 3; i++) {
        a = i == 0   ? verdict_json(&verdict)
            : i == 1 ? verdict_markdown(&verdict)
                     : verdict_junit(&verdict, false);
        b = i == 0   ? verdict_json(&verdict)
            : i == 1 ? verdict_markdown(&verdict)
                     : verdict_junit(&verdict, false);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
}

/* Markdown. */

/* Whether it is a whole line of the text. */
static void has_line(const char *text, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return;
    fail_msg("no line\n%s\nin\n%s", line, text);
}

static void test_of_two_models_one_is_slower_and_has_not_regressed(void **state)
{
    char *text, *json;

    (void)state;
    strcpy(verdict.base, "counter/sequential");
    strcpy(verdict.cand, "counter/locked");
    text = verdict_markdown(&verdict);
    json = verdict_json(&verdict);
    has_line(text, "| counter/locked/per_turn:3 | SLOWER | +5.1 % [+4.2 %, "
                   "+6.3 %] | 80 | +3.0 % | |");
    has_line(text, "| counter/locked/per_turn:1 | FASTER | +5.1 % [+4.2 %, "
                   "+6.3 %] | 80 | +3.0 % | |");
    assert_null(strstr(text, "REGRESSED"));
    /* A key for programs stays. */
    assert_non_null(strstr(json, "\"REGRESSED\""));
    free(text);
    free(json);
}

static void test_markdown_begins_with_the_verdict(void **state)
{
    static const char beginning[] =
        "**BROKEN**\n\n"
        "BROKEN. 1 of 6 cells \\<could\\> not be checked.\n\n"
        "| cell | verdict | candidate's time against base's | pairs | smallest "
        "slowdown seen | events |\n"
        "|---|---|---:|---:|---:|---|\n";
    char *text = verdict_markdown(&verdict);

    (void)state;
    assert_non_null(text);
    assert_memory_equal(text, beginning, strlen(beginning));
    free(text);
}

static void test_markdown_has_a_row_for_each_cell(void **state)
{
    char *text = verdict_markdown(&verdict);

    (void)state;
    has_line(text, "| counter/locked/per_turn:3 | REGRESSED | +5.1 % [+4.2 %, "
                   "+6.3 %] | 80 | +3.0 % | |");
    has_line(text,
             "| counter/locked/per_turn:0 | PASS | +5.1 % [+4.2 %, +6.3 %] | "
             "80 | +3.0 % | |");
    has_line(text, "Base: /opt/a\\|b; candidate: /opt/?\\<c\\>; seed 42.");
    has_line(text,
             "Control, a copy of the base that is tested like a candidate: "
             "-0.1 % [-0.2 %, +0.1 %] in 300 pairs, no difference.");
    for (int i = 0; i < RULING_N; i++) {
        char word[32];

        snprintf(word, sizeof(word), "\n- %s: ", ruling_name((enum ruling)i));
        assert_non_null(strstr(text, word));
    }
    free(text);
}

/* Cells of a table end at a '|' that has no '\' before it. */
static void test_markdown_names_end_no_cell(void **state)
{
    char *text = verdict_markdown(&verdict);

    (void)state;
    has_line(text, "| command/\\<a \\& \"b\"\\>\\|c?\xc3\xa9?/\\_x\\_\\*\\`\\[d"
                   "\\]\\\\ | BROKEN | not measured | 0 | none | errors: 3 \\| "
                   "0 |");
    free(text);
}

static void test_markdown_without_an_interval_says_so(void **state)
{
    char *text;

    (void)state;
    cells[0].ratio = (struct estimate){.n = 4, .median = 0.5};
    verdict.control = (struct estimate){0};
    text = verdict_markdown(&verdict);
    assert_non_null(strstr(text, "| PASS | -50 %, no interval | 4 | "));
    has_line(text, "Control, a copy of the base that is tested like a "
                   "candidate: not measured.");
    free(text);
}

static void test_markdown_names_a_loud_control(void **state)
{
    char *text;

    (void)state;
    verdict.disturbed = true;
    text = verdict_markdown(&verdict);
    assert_non_null(strstr(text, "in 300 pairs, **differs from the base**."));
    free(text);
}

/* JUnit. */

static xmlDocPtr read_xml(bool strict)
{
    char *text = verdict_junit(&verdict, strict);
    xmlDocPtr document;

    assert_non_null(text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    document = xmlReadMemory(text, (int)strlen(text), "junit.xml", NULL,
                             XML_PARSE_NONET | XML_PARSE_PEDANTIC);
    if (!document)
        fail_msg("not well-formed:\n%s", text);
    free(text);
    return document;
}

static void check_xpath(xmlDocPtr document, const char *path,
                        const char *expected)
{
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST path, context);
    xmlChar *text = xmlXPathCastToString(found);

    if (strcmp((const char *)text, expected) != 0)
        fail_msg("%s is '%s', not '%s'", path, (const char *)text, expected);
    xmlFree(text);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
}

/* The test case of a ruling's cell. */
#define CASE(i) "//testcase[@name='counter/locked/per_turn:" #i "']"

static void test_junit_maps_rulings_to_outcomes(void **state)
{
    xmlDocPtr document = read_xml(false);

    (void)state;
    check_xpath(document, "count(/testsuites/testsuite/testcase)", "6");
    check_xpath(document, "count(//failure)", "1");
    check_xpath(document, "count(//error)", "2");
    check_xpath(document, "count(//skipped)", "1");
    check_xpath(document, "count(" CASE(0) "/*)", "2"); /* passed */
    check_xpath(document, "string(" CASE(0) "/system-out)", "why PASS <it> is");
    check_xpath(document, "string(" CASE(2) "/skipped/@message)",
                "why INCONCLUSIVE <it> is");
    check_xpath(document, "string(" CASE(3) "/failure/@type)", "REGRESSED");
    check_xpath(document, "string(" CASE(3) "/failure/@message)",
                "why REGRESSED <it> is");
    check_xpath(document, "string(" CASE(4) "/error/@type)", "BROKEN");
    for (int i = 0; i < 2; i++) {
        const char *suite = i ? "//testsuite" : "/testsuites";
        static const char *const is[][2] = {{"tests", "6"},
                                            {"failures", "1"},
                                            {"errors", "2"},
                                            {"skipped", "1"},
                                            {"time", "61.500000000"}};

        for (size_t j = 0; j < COUNT(is); j++) {
            char path[64];

            snprintf(path, sizeof(path), "string(%s/@%s)", suite, is[j][0]);
            check_xpath(document, path, is[j][1]);
        }
    }
    xmlFreeDoc(document);
}

static void test_junit_when_strict_fails_what_is_undecided(void **state)
{
    xmlDocPtr document = read_xml(true);

    (void)state;
    check_xpath(document, "count(//failure)", "2");
    check_xpath(document, "count(//skipped)", "0");
    check_xpath(document, "string(//testsuite/@failures)", "2");
    check_xpath(document, "string(//testsuite/@skipped)", "0");
    check_xpath(document, "string(" CASE(2) "/failure/@type)", "INCONCLUSIVE");
    xmlFreeDoc(document);
}

static void test_junit_properties_carry_the_numbers(void **state)
{
    xmlDocPtr document = read_xml(false);

    (void)state;
    check_xpath(document, "number(" CASE(3) "//property[@name='ratio']/@value)",
                "1.051");
    check_xpath(document, "number(" CASE(3) "//property[@name='low']/@value)",
                "1.042");
    check_xpath(document, "number(" CASE(3) "//property[@name='high']/@value)",
                "1.0634");
    check_xpath(document,
                CASE(3) "//property[@name='p']/@value = 3.3333333333333334e-21",
                "true");
    check_xpath(document, "string(" CASE(3) "/@time)", "0.005250000");
    check_xpath(document,
                "string(//testsuite/properties/property[@name='cand']/@value)",
                "/opt/?<c>");
    xmlFreeDoc(document);
}

static void test_junit_cleans_what_xml_does_not_take(void **state)
{
    xmlDocPtr document = read_xml(false);

    (void)state;
    check_xpath(document, "string(//testcase[6]/@name)", ODD_CLEAN);
    check_xpath(document, "count(//testcase[6]//property[@name='ratio'])", "0");
    check_xpath(document, "count(//testcase[6]//property[@name='detectable'])",
                "0");
    check_xpath(document, "string(//testsuite/system-out)",
                "BROKEN. 1 of 6 cells <could> not be checked.");
    xmlFreeDoc(document);
}

static void test_a_verdict_without_cells_is_written_too(void **state)
{
    char *text;
    json_t *root;
    xmlDocPtr document;

    (void)state;
    verdict.n = 0;
    root = read_json();
    assert_int_equal(json_array_size(json_object_get(root, "cells")), 0);
    json_decref(root);
    document = read_xml(false);
    check_xpath(document, "string(//testsuite/@tests)", "0");
    xmlFreeDoc(document);
    text = verdict_markdown(&verdict);
    assert_null(strstr(text, "| cell"));
    free(text);
}

static int write_junit(const char *path, bool strict)
{
    char *text = NULL;
    FILE *file = fopen(path, "we");

    if (file && start(NULL) == 0)
        text = verdict_junit(&verdict, strict);
    if (!text || fputs(text, file) < 0 || fclose(file))
        return EXIT_FAILURE;
    free(text);
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
#define VERDICT(test) cmocka_unit_test_setup(test, start)
    const struct CMUnitTest tests[] = {
        VERDICT(test_json_has_all_of_the_verdict),
        VERDICT(test_json_numbers_are_read_back_as_they_were),
        VERDICT(test_json_leaves_out_what_is_not_there),
        VERDICT(test_equal_verdicts_are_equal_bytes),
        VERDICT(test_of_two_models_one_is_slower_and_has_not_regressed),
        VERDICT(test_markdown_begins_with_the_verdict),
        VERDICT(test_markdown_has_a_row_for_each_cell),
        VERDICT(test_markdown_names_end_no_cell),
        VERDICT(test_markdown_without_an_interval_says_so),
        VERDICT(test_markdown_names_a_loud_control),
        VERDICT(test_junit_maps_rulings_to_outcomes),
        VERDICT(test_junit_when_strict_fails_what_is_undecided),
        VERDICT(test_junit_properties_carry_the_numbers),
        VERDICT(test_junit_cleans_what_xml_does_not_take),
        VERDICT(test_a_verdict_without_cells_is_written_too),
    };

    if (argc > 1)
        return write_junit(argv[1], argc > 2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
