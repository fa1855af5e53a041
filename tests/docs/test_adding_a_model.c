/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The listing of docs/adding-a-model.md, built as a model that does not exist.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/model.h"
#include "workloads/count.h"

extern const struct model model_added;

static void counts(const struct workload *w)
{
    struct setup setup = {0};
    struct count_results *results;
    size_t size;
    struct findings findings;
    struct work work;

    workload_presets(w, setup.values);
    size = w->results_size(&setup);
    results = aligned_alloc(64, size);
    assert_non_null(results);
    assert_int_equal(w->prepare(&work, &setup), 0);
    for (int i = 0; i < 20; i++) {
        findings = (struct findings){0};
        memset(results, 0, size);
        w->aim(&work, &setup, results);
        assert_int_equal(model_added.counting.run(work.job), 0);
        w->judge(w, &setup, NULL, results, &findings);
        assert_string_equal(findings.text, "");
        assert_int_equal(findings.wrong_iterations, 0);
        assert_int_equal(findings.peak, 100);
    }
    w->finish(&work);
    free(results);
}

static void test_it_is_in_no_row(void **state)
{
    (void)state;
    assert_string_equal(model_added.name, "added");
    assert_null(model_find(model_added.name));
}

static void test_it_keeps_its_promise(void **state)
{
    (void)state;
    counts(workload_find("counter"));
    counts(workload_find("counter-split"));
}

static void test_it_says_why_it_does_not_connect(void **state)
{
    (void)state;
    assert_null(model_added.connections.run);
    assert_non_null(model_added.connections.gap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_in_no_row),
        cmocka_unit_test(test_it_keeps_its_promise),
        cmocka_unit_test(test_it_says_why_it_does_not_connect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
