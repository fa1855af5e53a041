/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The claims: what their files say, and what is refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/measure/contents.h"
#include "harness/report/figures.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"

static const char sets[] = "core=sequential,locked\nquick=locked\n"
                           "suite=counter/locked/tasks:3\n";
static char *dir, why[1024];
static struct claims claims;

static int start(void **state)
{
    (void)state;
    dir = make_scratch();
    claims = (struct claims){0};
    return store_write_file(dir, "sets", sets, strlen(sets));
}

static int finish(void **state)
{
    (void)state;
    claims_finish(&claims);
    remove_scratch(dir);
    return 0;
}

static void write_claim(const char *name, const char *text)
{
    assert_int_equal(store_write_file(dir, name, text, strlen(text)), 0);
}

static int read_all(void)
{
    claims_finish(&claims);
    return claims_read(dir, &claims, why, sizeof(why));
}

static void test_a_claim_is_what_its_file_says(void **state)
{
    const struct claim *c;
    uint64_t values[MAX_PARAMETERS];

    (void)state;
    write_claim("b", "# why\n\nworkload = download\nparameters=latency_ms=5\n"
                     "over=n\nvalues=1,10\nquick_values=10\ntitle=some pages\n"
                     "statistic=exponent\nmodels=@core,libuv\nrounds=3\n"
                     "note=a book\nfigure=growth\nlesson=2\nflags=default\n");
    write_claim("a", "workload=counter\ntitle=t\nstatistic=ratio\n"
                     "pairs=locked/null\nclaimed=1/4,10\naa=locked\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(claims.n, 2);
    c = &claims.items[0];
    assert_string_equal(c->id, "a");
    assert_near(c->claimed.items[0], 0.25, 0);
    assert_near(c->claimed.items[1], 10, 0);
    assert_int_equal(c->statistic, STATISTIC_RATIO);
    c = &claims.items[1];
    assert_string_equal(c->workload->name, "download");
    assert_string_equal(c->title, "some pages");
    assert_int_equal(c->rounds, 3);
    assert_int_equal(c->flags, CLAIM_DEFAULT);
    assert_string_equal(c->figure, "growth");
    claim_values(c, &c->values, 1, values);
    assert_int_equal(values[workload_parameter(c->workload, "n")], 10);
    assert_int_equal(values[workload_parameter(c->workload, "latency-ms")], 5);
}

static void test_a_published_claim_has_words_settings_and_a_rule(void **state)
{
    const struct claim *c;

    (void)state;
    write_claim("lock", "workload=counter\ntitle=t\nstatistic=ratio\n"
                        "pairs=locked/null\nrule=at-least 10\nfactor=1/10\n"
                        "quote=10 times\nsource=a page, line 3\n");
    write_claim("lock-long",
                "workload=counter\ntitle=t\nstatistic=share\nmodels=locked\n"
                "claim=lock\nsetting=long tasks\nown=yes\n"
                "rule=between 1/100 0.5\nbudget=300s\nflags=named\n");
    write_claim("pair", "workload=counter\nmodels=locked\n");
    assert_int_equal(read_all(), 0);
    c = &claims.items[0];
    assert_string_equal(claim_id(c), "lock");
    assert_string_equal(c->quote, "10 times");
    assert_int_equal(c->rule.kind, RULE_AT_LEAST);
    assert_near(c->rule.low, 10, 0);
    assert_near(c->factor, 0.1, 0);
    assert_false(claim_is_plain(c));
    c = &claims.items[1];
    assert_string_equal(claim_id(c), "lock");
    assert_string_equal(c->setting, "long tasks");
    assert_true(c->own);
    assert_near(c->rule.low, 0.01, 1e-9);
    assert_int_equal(c->budget_ns, 300000000000);
    assert_int_equal(c->flags, CLAIM_NAMED);
    assert_ptr_equal(claims_quote(&claims, "lock"), &claims.items[0]);
    assert_null(claim_id(&claims.items[2]));
}

static void
test_what_is_wrong_is_refused_with_file_line_and_remedy(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"workload=counter\ncolour=red\n",
         "claims file x, line 2: .*'colour'; there are workload, parameters,"},
        {"workload=conter\n", "x, line 1: .*'conter'; `baton list`"},
        {"workload=counter\n\nmodels=lokced\n",
         "x, line 3: .*'lokced'; `baton list`"},
        {"workload=counter\nmodels=@lokcs\n", "line 2: .*'@lokcs'; .*@core"},
        {"workload=counter\npairs=locked\n", "line 2: .*MODEL/MODEL"},
        {"workload=counter\npairs=locked/nul\n", "line 2: .*'nul'"},
        {"workload=counter\nstatistic=mean\n",
         "line 2: .*'mean'; there are none, ratio, exponent, share, "
         "percentile"},
        {"workload=counter\nparameters=task=3\n",
         "line 2: 'task=3'.*baton run counter --help"},
        {"workload=counter\nparameters=tasks=99999999\n",
         "line 2: tasks takes 1 to "},
        {"parameters=tasks=3\nworkload=counter\n", "line 1: .*workload="},
        {"workload=counter\nover=size\n", "line 2: counter .*'size'"},
        {"workload=counter\nvalues=3\n", "line 2: .*over="},
        {"workload=counter\nover=tasks\nvalues=3,x\n", "line 3: 'x'"},
        {"workload=counter\nover=tasks\nvalues=0,1\n",
         "line 3: tasks takes 1 to .*not 0"},
        {"workload=counter\nclaimed=1/0\n", "line 2: '1/0'"},
        {"workload=counter\nflags=defualt\n", "line 2: .*'defualt'; there are"},
        {"workload=counter\nmetric=colour\n", "line 2: .*'colour'"},
        {"workload=counter\nrounds=many\n", "line 2: .*rounds"},
        {"workload=counter\nmodels\n", "line 2: .*KEY=VALUE"},
        {"workload=counter\ntitle=\n", "line 2: .*missing"},
        {"models=locked\n", "line 1: .*workload= is missing"},
        {"workload=counter\n", "models= or pairs="},
        {"workload=counter\npairs=locked/null\n", "go together"},
        {"workload=counter\nmodels=locked\nstatistic=share\n", "title="},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=count\n",
         "metric="},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=exponent\n",
         "over="},
        {"workload=counter\nrule=about 3\n", "line 2: 'about 3'.*at-least X"},
        {"workload=counter\nrule=at-least\n", "line 2: 'at-least'"},
        {"workload=counter\nrule=at-least 3 4\n", "line 2: 'at-least 3 4'"},
        {"workload=counter\nrule=between 4 3\n", "line 2: 'between 4 3'"},
        {"workload=counter\nown=no\n", "line 2: .*yes"},
        {"workload=counter\nfactor=0\n", "line 2: factor="},
        {"workload=counter\nbudget=5\n", "line 2: budget="},
        {"workload=counter\nmodels=locked\nrule=at-least 1\n",
         "line 3: rule= needs statistic="},
        {"workload=counter\nmodels=locked,null\ntitle=t\nstatistic=share\n"
         "rule=at-most 0\n",
         "one model by its name"},
        {"workload=counter\nmodels=@core\ntitle=t\nstatistic=share\n"
         "rule=at-most 0\n",
         "one model by its name"},
        {"workload=counter\npairs=locked/null,null/locked\ntitle=t\n"
         "statistic=ratio\nrule=at-most 2\n",
         "one pair"},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=share\n"
         "rule=at-least 0\n",
         "decides nothing"},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=wrong\n"
         "rule=at-most 1\n",
         "decides nothing"},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=wrong\n"
         "rounds=2\nrule=at-most 0\n",
         "six rounds"},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=share\n"
         "rule=at-most 0\n",
         "line 5: rule= needs quote= and source=.*claim=x"},
        {"workload=counter\nmodels=locked\ntitle=t\nstatistic=share\n"
         "factor=2\n",
         "factor="},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        write_claim("x", bad[i].text);
        assert_int_equal(read_all(), -EINVAL);
        assert_true(matches(why, bad[i].words));
    }
}

static void test_sets_are_refused_alike(void **state)
{
    (void)state;
    write_claim("sets", "core=locked\nsuit=a\n");
    assert_int_equal(read_all(), -EINVAL);
    assert_true(matches(why, "sets, line 2: .*'suit'; there are core, quick"));
    write_claim("sets", "suite=counter/locked/task:1\n");
    assert_int_equal(read_all(), -EINVAL);
    assert_true(matches(why, "sets, line 1: .*task:1"));
    write_claim("sets", "core=lokced\n");
    assert_int_equal(read_all(), -EINVAL);
    claims_finish(&claims);
    assert_int_equal(claims_read("/nowhere", &claims, why, sizeof(why)),
                     -ENOENT);
    assert_true(matches(why, "/nowhere.*--claims"));
}

static void test_a_folder_without_sets_is_refused(void **state)
{
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/sets", dir);
    assert_int_equal(remove(path), 0);
    assert_int_equal(read_all(), -ENOENT);
    assert_true(matches(why, "no file `sets`"));
}

static void test_the_flag_check_ends_the_suite(void **state)
{
    (void)state;
    write_claim("x", "workload=counter\nover=tasks\nvalues=1,2\n"
                     "models=locked,null\nflags=check\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(claims.suite.n, 5);
    assert_string_equal(claims.suite.items[0], "counter/locked/tasks:3");
    assert_string_equal(claims.suite.items[1],
                        "counter/null/tasks:1/increments:1000");
    assert_string_equal(claims.suite.items[4],
                        "counter/locked/tasks:2/increments:1000");
}

static void test_what_was_built_in_is_what_the_folder_holds(void **state)
{
    const struct claims *built_in = shipped_claims();

    (void)state;
    claims_finish(&claims);
    assert_int_equal(
        claims_read(SOURCE_ROOT "/claims", &claims, why, sizeof(why)), 0);
    assert_int_equal(claims.n, built_in->n);
    for (size_t i = 0; i < claims.n; i++)
        assert_string_equal(claims.items[i].id, built_in->items[i].id);
    assert_int_equal(claims.suite.n, built_in->suite.n);
}

static double lines_of(const char *workload, const char *model,
                       const char *name)
{
    struct sample sample = {0};
    double value;

    snprintf(sample.workload, sizeof(sample.workload), "%s", workload);
    snprintf(sample.model, sizeof(sample.model), "%s", model);
    return sample_number(&sample, name, &value) ? -1 : value;
}

static void test_lines_are_of_the_program_of_workload_and_model(void **state)
{
    double all = lines_of("titles", "libuv", "straight_lines");
    double bare = lines_of("titles", "libuv", "straight_lines_bare");

    (void)state;
    assert_in_range(bare, 20, all - 1);
    assert_in_range(all, bare + 1, 59); /* a page, tests/straight says */
    assert_true(lines_of("titles", "sequential", "straight_lines") < all);
    assert_near(lines_of("titles", "locked", "straight_lines"), -1, 0);
    assert_near(lines_of("hog", "libuv", "straight_lines"), -1, 0);
    assert_near(lines_of("hog", "libuv", "lines"),
                model_lines(model_find("libuv")).all, 0);
    assert_near(lines_of("hog", "libvu", "lines"), -1, 0);
    assert_true(sample_has_number("straight_lines_bare"));
    assert_false(sample_has_number("straight_line"));
}

static void test_figures_of_claims_are_kinds_of_figures(void **state)
{
    const struct claims *built_in = shipped_claims();

    (void)state;
    for (size_t i = 0; i < built_in->n; i++) {
        const char *figure = built_in->items[i].figure;
        bool found = !figure;

        for (size_t j = 0; j < n_figures && !found; j++)
            found = figure_is_named(&figures[j], &built_in->items[i]);
        if (!found)
            fail_msg("%s: no figure is called %s", built_in->items[i].id,
                     figure);
    }
}

/* The experiment. */

static struct plan plan, traced;

static void finish_plans(void)
{
    plan_finish(&plan);
    plan_finish(&traced);
    plan = traced = (struct plan){0};
}

static void make_plan(enum claim_flag flag, bool only)
{
    finish_plans();
    assert_int_equal(read_all(), 0);
    assert_int_equal(contents_plan(&claims, flag, only, 1, &plan, &traced), 0);
}

static long find_cell(const char *model, uint64_t tasks)
{
    const struct workload *w = workload_find("counter");
    uint64_t values[MAX_PARAMETERS];

    workload_presets(w, values);
    values[workload_parameter(w, "tasks")] = tasks;
    return plan_find(&plan, "counter", model, values);
}

static void test_each_claim_with_the_flag_is_planned(void **state)
{
    (void)state;
    write_claim("a", "workload=counter\nover=tasks\nvalues=1,2\n"
                     "quick_values=2\nmodels=@core\nbeside=process\n"
                     "flags=default,quick\nrounds=2\n");
    write_claim("b", "workload=counter\nparameters=tasks=2\nmodels=null\n"
                     "flags=default\n");
    write_claim("c", "workload=counter\nparameters=tasks=7\nmodels=@core\n");
    write_claim("d", "workload=counter\nparameters=tasks=9\nmodels=@all\n"
                     "flags=default,trace\n");
    make_plan(CLAIM_DEFAULT, false);
    assert_int_equal(plan.n, 7);
    assert_true(find_cell("sequential", 1) >= 0);
    assert_true(find_cell("process", 1) >= 0);
    assert_true(find_cell("null", 2) >= 0);
    assert_int_equal(plan.cells[find_cell("locked", 2)].most_rounds, 2);
    assert_int_equal(plan.cells[find_cell("null", 2)].most_rounds, 0);
    /* What waits in memory has no kernel to be traced in. */
    assert_true(traced.n > 0);
    for (size_t i = 0; i < traced.n; i++)
        assert_string_not_equal(traced.cells[i].model->name, "null");
    make_plan(CLAIM_DEFAULT, true);
    assert_int_equal(find_cell("null", 2), -1);
    assert_int_equal(plan.n, 4);
    /* A quick report has no cells without a finding. */
    make_plan(CLAIM_QUICK, false);
    assert_int_equal(plan.n, 2);
}

static void test_more_rounds_for_one_claim_are_more_for_all(void **state)
{
    (void)state;
    write_claim("a", "workload=counter\nparameters=tasks=2\nmodels=locked\n"
                     "rounds=2\nflags=default\n");
    write_claim("b", "workload=counter\nparameters=tasks=2\nmodels=locked\n"
                     "rounds=5\nflags=default\n");
    make_plan(CLAIM_DEFAULT, false);
    assert_int_equal(plan.cells[0].most_rounds, 5);
    write_claim("a", "workload=counter\nparameters=tasks=2\nmodels=locked\n"
                     "flags=default\n");
    make_plan(CLAIM_DEFAULT, false);
    assert_int_equal(plan.cells[0].most_rounds, 0);
}

static void test_pairs_and_a_a_pairs_are_neighbours(void **state)
{
    struct pair *pairs;
    size_t n;

    (void)state;
    write_claim("a", "workload=counter\nparameters=tasks=2\ntitle=t\n"
                     "statistic=ratio\npairs=locked/null,sequential/null\n"
                     "aa=locked\nflags=default\n");
    write_claim("b", "workload=counter\nparameters=tasks=3\ntitle=t\n"
                     "statistic=ratio\npairs=locked/null\n");
    make_plan(CLAIM_DEFAULT, false);
    assert_int_equal(plan.n, 4);
    assert_int_equal(contents_pairs(&claims, &plan, NULL, &pairs, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(pairs[0].a, find_cell("locked", 2));
    assert_int_equal(pairs[0].b, find_cell("null", 2));
    assert_int_equal(pairs[1].a, find_cell("sequential", 2));
    assert_int_equal(pairs[2].a, find_cell("locked", 2));
    assert_true(plan.cells[pairs[2].b].twin);
    free(pairs);
}

static void test_the_base_and_the_others_are_neighbours(void **state)
{
    struct pair *pairs;
    size_t n;

    (void)state;
    write_claim("a", "workload=counter\nover=tasks\nvalues=2,3\n"
                     "models=locked,null\naa=locked\nflags=default\n");
    make_plan(CLAIM_DEFAULT, false);
    assert_int_equal(
        contents_pairs(&claims, &plan, model_find("locked"), &pairs, &n), 0);
    assert_int_equal(n, 3);
    assert_true(plan.cells[pairs[0].b].twin);
    for (uint64_t i = 1; i < n; i++) {
        assert_int_equal(pairs[i].a, find_cell("locked", i + 1));
        assert_int_equal(pairs[i].b, find_cell("null", i + 1));
    }
    free(pairs);
}

static void test_core_is_what_it_is_set_to(void **state)
{
    const struct model *chosen[] = {model_find("null")};

    (void)state;
    write_claim("a", "workload=counter\nmodels=@core\nflags=default\n");
    assert_int_equal(read_all(), 0);
    assert_int_equal(claims_set_core(&claims, chosen, 1), 0);
    finish_plans();
    assert_int_equal(
        contents_plan(&claims, CLAIM_DEFAULT, true, 1, &plan, &traced), 0);
    assert_int_equal(plan.n, 1);
    assert_string_equal(plan.cells[0].model->name, "null");
    assert_true(claim_covers(&claims, &claims.items[0].models, "any"));
    finish_plans();
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(test_a_claim_is_what_its_file_says),
        IN_A_FOLDER(test_a_published_claim_has_words_settings_and_a_rule),
        IN_A_FOLDER(test_what_is_wrong_is_refused_with_file_line_and_remedy),
        IN_A_FOLDER(test_sets_are_refused_alike),
        IN_A_FOLDER(test_a_folder_without_sets_is_refused),
        IN_A_FOLDER(test_the_flag_check_ends_the_suite),
        IN_A_FOLDER(test_what_was_built_in_is_what_the_folder_holds),
        cmocka_unit_test(test_lines_are_of_the_program_of_workload_and_model),
        IN_A_FOLDER(test_figures_of_claims_are_kinds_of_figures),
        IN_A_FOLDER(test_the_base_and_the_others_are_neighbours),
        IN_A_FOLDER(test_each_claim_with_the_flag_is_planned),
        IN_A_FOLDER(test_more_rounds_for_one_claim_are_more_for_all),
        IN_A_FOLDER(test_pairs_and_a_a_pairs_are_neighbours),
        IN_A_FOLDER(test_core_is_what_it_is_set_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
