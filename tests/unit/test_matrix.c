/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether every model makes the same of each kind of site. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "models/model.h"
#include "tests/unit/visits.h"

#define THREADS "thread-per-socket"

static struct sites sites;
static struct matrices matrices;
static struct samples samples;
static struct table table;
static char *text; /* what was printed last */

static int start(void **state)
{
    (void)state;
    sites = (struct sites){0};
    matrices = (struct matrices){0};
    samples = (struct samples){0};
    table = (struct table){0};
    text = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    matrices_finish(&matrices);
    sites_finish(&sites);
    table_finish(&table);
    free(samples.items);
    free(text);
    return 0;
}

static const struct matrix *build(void)
{
    matrices_finish(&matrices);
    assert_int_equal(matrices_build(&matrices, &sites), 0);
    assert_true(matrices.n > 0);
    return &matrices.items[0];
}

static const struct matrix_kind *kind_of(const struct matrix *m,
                                         const char *name)
{
    for (size_t i = 0; i < m->n_kinds; i++)
        if (strcmp(m->kinds[i].name, name) == 0)
            return &m->kinds[i];
    fail_msg("no kind %s", name);
    return NULL;
}

static const struct matrix_cell *cell_of(const struct matrix *m,
                                         const char *kind, const char *model)
{
    for (size_t i = 0; i < m->n_models; i++)
        if (strcmp(m->models[i], model) == 0)
            return &kind_of(m, kind)->cells[i];
    fail_msg("no model %s", model);
    return NULL;
}

static size_t count_marked(const struct matrix *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_kinds; i++)
        for (size_t j = 0; j < m->n_models; j++)
            n += matrix_is_marked(&m->kinds[i].cells[j]);
    return n;
}

static const char *finding(size_t most)
{
    size_t size;
    FILE *out;

    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    matrix_print_finding(&matrices.items[0], most, out);
    fclose(out);
    return text;
}

/* Equality. */

static void test_all_alike_is_one_sentence(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 3);
    m = build();
    assert_int_equal(matrices.n, 1);
    assert_int_equal(m->n_models, 4);
    assert_int_equal(m->n_kinds, n_faults);
    assert_true(matrix_is_alike(m));
    assert_int_equal(count_marked(m), 0);
    assert_string_equal(finding(99),
                        "each of the 23 faults and 5 healthy kinds got the "
                        "same outcome from all 4 models, and the same bytes "
                        "where the server closes the connection");
}

static void test_models_and_kinds_have_the_order_of_their_tables(void **state)
{
    const struct matrix *m;
    size_t at = 0;

    (void)state;
    add_visits(&sites, 1);
    strcpy(visit_of(&sites, "libuv", 1)->sites[0].name, "a-new-one");
    m = build();
    for (size_t i = 0; i < n_models; i++)
        if (at < m->n_models && strcmp(models[i]->name, m->models[at]) == 0)
            at++;
    assert_int_equal(at, 4);
    for (size_t i = 0; i < n_faults; i++)
        assert_string_equal(m->kinds[i].name, faults[i].name);
    assert_string_equal(m->kinds[n_faults].name, "a-new-one");
    assert_false(m->kinds[n_faults].known);
}

static void test_another_class_is_marked_and_named(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 2);
    for (uint32_t round = 1; round <= 2; round++)
        set_class(site_of(visit_of(&sites, "libuv", round), "short-body"),
                  OUTCOME_RESET);
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_false(matrix_is_alike(m));
    assert_false(kind_of(m, "short-body")->alike);
    assert_true(cell_of(m, "short-body", "libuv")->wrong);
    assert_string_equal(cell_of(m, "short-body", "libuv")->class, "reset");
    assert_string_equal(cell_of(m, "short-body", "null")->class, "truncated");
    assert_true(matches(finding(99),
                        "^1 of 28 kinds of site is wrong or differs between "
                        "models; short-body: reset from [^;]+ \\(should be "
                        "truncated\\)$"));
    assert_non_null(strstr(text, fact_label("libuv", NULL)));
    /* That its bytes are others too is no news. */
    site_of(visit_of(&sites, "libuv", 1), "short-body")->bytes = 1;
    site_of(visit_of(&sites, "libuv", 2), "short-body")->bytes = 1;
    assert_false(cell_of(build(), "short-body", "libuv")->other_bytes);
}

static void test_the_same_wrong_class_from_all_is_wrong(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 1);
    for (size_t i = 0; i < sites.n; i++)
        set_class(site_of(&sites.items[i], "silent"), OUTCOME_EMPTY);
    m = build();
    assert_int_equal(count_marked(m), 4);
    assert_false(kind_of(m, "silent")->alike);
}

static void test_a_class_that_changes_differs(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 3);
    set_class(site_of(visit_of(&sites, THREADS, 2), "reset-in-body"),
              OUTCOME_TRUNCATED);
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_string_equal(cell_of(m, "reset-in-body", THREADS)->class, "differs");
    assert_string_equal(cell_of(m, "reset-in-body", THREADS)->classes,
                        "reset, truncated");
    assert_non_null(strstr(finding(1), "reset-in-body: reset, truncated from"));
}

static void test_a_cancelled_site_is_marked_and_has_no_time(void **state)
{
    const struct matrix *m;
    struct site *s;

    (void)state;
    add_visits(&sites, 2);
    s = site_of(visit_of(&sites, "sequential", 1), "deaf");
    set_class(s, OUTCOME_CANCELLED);
    s->elapsed_us = 0;
    s = site_of(visit_of(&sites, "libuv", 1), "plain");
    set_class(s, OUTCOME_CANCELLED);
    s->bytes = s->hash = 0;
    m = build();
    assert_int_equal(count_marked(m), 2);
    assert_int_equal(cell_of(m, "deaf", "sequential")->n, 2);
    assert_int_equal(cell_of(m, "deaf", "sequential")->ended, 1);
    assert_true(cell_of(m, "deaf", "sequential")->ms > 0);
    assert_non_null(strstr(finding(99), "deaf: cancelled, connect-timeout"));
    /* Nor is what it had not got held against the bytes of the others. */
    assert_true(cell_of(m, "plain", "libuv")->wrong);
    assert_false(cell_of(m, "plain", "null")->other_bytes);
    s = site_of(visit_of(&sites, "sequential", 2), "plain");
    set_class(s, OUTCOME_CANCELLED);
    s->bytes = s->hash = 0;
    visit_of(&sites, "libuv", 2)->n = 0;
    visit_of(&sites, "sequential", 1)->n = 0;
    m = build();
    assert_false(cell_of(m, "plain", "null")->other_bytes);
    assert_false(cell_of(m, "plain", THREADS)->other_bytes);
}

static void test_another_number_of_bytes_is_marked(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 2);
    for (uint32_t round = 1; round <= 2; round++)
        site_of(visit_of(&sites, "libuv", round), "short-body")->bytes--;
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_false(cell_of(m, "short-body", "libuv")->wrong);
    assert_true(cell_of(m, "short-body", "libuv")->other_bytes);
    assert_true(matches(finding(99), "; short-body: other bytes from [^;]+ "
                                     "\\(1006\\)$"));
}

static void test_the_same_number_of_other_bytes_is_marked(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 1);
    site_of(visit_of(&sites, "null", 1), "plain")->hash++;
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_true(cell_of(m, "plain", "null")->other_bytes);
}

static void test_bytes_that_change_from_round_to_round_are_marked(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 3);
    site_of(visit_of(&sites, "null", 2), "chunked")->bytes = 7;
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_true(cell_of(m, "chunked", "null")->other_bytes);
    assert_int_equal(cell_of(m, "chunked", "null")->least, 7);
    assert_true(matches(finding(99), "chunked: other bytes from [^;]+ \\(7 to "
                                     "10[0-9]+\\)$"));
    site_of(visit_of(&sites, "libuv", 2), "plain")->hash = 7;
    assert_true(cell_of(build(), "plain", "libuv")->other_bytes);
}

static void test_without_a_majority_all_are_marked(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visit(&sites, "libuv", "", 1);
    add_visit(&sites, "sequential", "", 1);
    assert_int_equal(count_marked(build()), 0);
    site_of(visit_of(&sites, "libuv", 1), "plain")->bytes++;
    m = build();
    assert_int_equal(count_marked(m), 2);
    assert_non_null(strstr(finding(99), "sequential"));
}

static void test_who_waited_decides_on_other_bytes(void **state)
{
    (void)state;
    add_visits(&sites, 2);
    for (size_t i = 0; i < sites.n; i++) {
        site_of(&sites.items[i], "slow-body")->bytes = 5 * i;
        site_of(&sites.items[i], "slow-body")->hash = i;
    }
    assert_int_equal(count_marked(build()), 0);
    assert_false(matrix_has_bytes(kind_of(build(), "slow-body")));
    assert_true(matrix_has_bytes(kind_of(build(), "short-body")));
}

/* Sites of one kind have pages of their own. */
static void test_bytes_are_compared_site_by_site(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 1);
    for (size_t i = 0; i < sites.n; i++) {
        struct site *s = &sites.items[i].sites[0];

        strcpy(s->name, "plain"); /* another one beside the last but four */
        set_class(s, OUTCOME_OK);
        s->bytes = 77;
    }
    m = build();
    assert_int_equal(m->n_kinds, n_faults - 1);
    assert_int_equal(count_marked(m), 0);
    assert_int_equal(cell_of(m, "plain", "libuv")->n, 2);
    assert_int_equal(cell_of(m, "plain", "libuv")->least, 77);
    assert_true(cell_of(m, "plain", "libuv")->most > 1000);
    sites.items[0].sites[0].bytes++;
    assert_int_equal(count_marked(build()), 1);
}

static void test_of_many_differences_the_first_are_named(void **state)
{
    static const char *const kinds[] = {"not-found", "silent", "deaf"};

    (void)state;
    add_visits(&sites, 1);
    for (size_t i = 0; i < COUNT(kinds); i++)
        set_class(site_of(visit_of(&sites, "libuv", 1), kinds[i]),
                  OUTCOME_OTHER);
    build();
    assert_true(matches(finding(2), "^3 of 28 kinds of site are wrong or "
                                    "differ between models; not-found: .*; "
                                    "silent: .*; and 1 more$"));
    assert_null(strstr(text, "deaf"));
    assert_null(strstr(finding(3), "more"));
}

static void test_one_model_is_right_or_not(void **state)
{
    (void)state;
    add_visit(&sites, "sequential", "", 1);
    build();
    assert_string_equal(finding(9),
                        "each of the 23 faults and 5 healthy kinds got the "
                        "outcome that it has to from sequential");
    set_class(site_of(&sites.items[0], "binary"), OUTCOME_NO_LINK);
    build();
    assert_non_null(strstr(finding(9), "1 of 28 kinds"));
}

static void test_healthy_sites_alone_are_no_faults(void **state)
{
    (void)state;
    add_visits(&sites, 1);
    for (size_t i = 0; i < sites.n; i++) {
        struct visit *v = &sites.items[i];

        v->n = 2;
        v->sites[0] = *site_of(
            &(struct visit){.sites = v->sites, .n = n_faults}, "plain");
        v->sites[1] = v->sites[0];
    }
    build();
    assert_true(matches(finding(9), "^the 1 healthy kind got "));
}

static void test_a_kind_of_another_build_is_compared_all_the_same(void **state)
{
    const struct matrix *m;

    (void)state;
    add_visits(&sites, 1);
    for (size_t i = 0; i < sites.n; i++)
        strcpy(sites.items[i].sites[0].name, "a-new-one");
    assert_int_equal(count_marked(build()), 0);
    strcpy(visit_of(&sites, THREADS, 1)->sites[0].class, "a-new-class");
    m = build();
    assert_int_equal(count_marked(m), 1);
    assert_true(cell_of(m, "a-new-one", THREADS)->wrong);
    assert_null(strstr(finding(9), "should be"));
    add_visits(&sites, 1);
    for (size_t i = 4; i < sites.n; i++) {
        strcpy(sites.items[i].sites[0].name, "a-new-one");
        set_class(&sites.items[i].sites[0], OUTCOME_EMPTY);
    }
    /* Nobody knows which of its classes would be right. */
    assert_int_equal(count_marked(build()), 4);
}

static void test_parameters_are_told_apart(void **state)
{
    (void)state;
    add_visits(&sites, 1);
    add_visit(&sites, "libuv", "n=7", 1);
    set_class(site_of(&sites.items[4], "silent"), OUTCOME_EMPTY);
    build();
    assert_int_equal(matrices.n, 2);
    assert_true(matrix_is_alike(&matrices.items[0]));
    assert_false(matrix_is_alike(&matrices.items[1]));
    assert_int_equal(matrices.items[1].n_models, 1);
}

static void test_no_sites_are_no_matrix(void **state)
{
    (void)state;
    assert_int_equal(matrices_build(&matrices, &sites), 0);
    assert_int_equal(matrices.n, 0);
}

/* Times. */

static void test_times_are_medians_over_rounds_and_sites(void **state)
{
    static const unsigned us[] = {30000, 10000, 12000};
    const struct matrix_cell *c;

    (void)state;
    add_visits(&sites, 3);
    for (uint32_t round = 1; round <= 3; round++)
        site_of(visit_of(&sites, "libuv", round), "silent")->elapsed_us =
            us[round - 1];
    c = cell_of(build(), "silent", "libuv");
    assert_int_equal(c->ended, 3);
    assert_near(c->ms, 12, 1e-9);
    assert_near(c->times[0], 10, 1e-9);
    assert_near(c->times[2], 30, 1e-9);
}

int main(void)
{
#define FACT(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FACT(test_all_alike_is_one_sentence),
        FACT(test_models_and_kinds_have_the_order_of_their_tables),
        FACT(test_another_class_is_marked_and_named),
        FACT(test_the_same_wrong_class_from_all_is_wrong),
        FACT(test_a_class_that_changes_differs),
        FACT(test_a_cancelled_site_is_marked_and_has_no_time),
        FACT(test_another_number_of_bytes_is_marked),
        FACT(test_the_same_number_of_other_bytes_is_marked),
        FACT(test_bytes_that_change_from_round_to_round_are_marked),
        FACT(test_without_a_majority_all_are_marked),
        FACT(test_who_waited_decides_on_other_bytes),
        FACT(test_bytes_are_compared_site_by_site),
        FACT(test_of_many_differences_the_first_are_named),
        FACT(test_one_model_is_right_or_not),
        FACT(test_healthy_sites_alone_are_no_faults),
        FACT(test_a_kind_of_another_build_is_compared_all_the_same),
        FACT(test_parameters_are_told_apart),
        FACT(test_no_sites_are_no_matrix),
        FACT(test_times_are_medians_over_rounds_and_sites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
