/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is registered keeps its contract. */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/results/sample.h"
#include "harness/results/names.h"
#include "models/model.h"
#include "workloads/workload.h"

/* "thread-per-socket" is models/thread_per_socket.c and a row. */
static void check_name(const char *folder, const char *name)
{
    char path[512], file[64];

    assert_true(islower((unsigned char)name[0]));
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                     strlen(name));
    /* A column of samples.tsv takes it. */
    assert_true(strlen(name) < 32);
    snprintf(file, sizeof(file), "%s", name);
    for (char *p = file; *p; p++)
        if (*p == '-')
            *p = '_';
    snprintf(path, sizeof(path), "%s/%s/%s.c", SOURCE_ROOT, folder, file);
    if (access(path, R_OK))
        fail_msg("there is no %s", path);
}

/* Where the row of a name is in the folder's meson.build. */
static long row_of(const char *folder, const char *name)
{
    char path[512], quoted[64], text[8192], *at;
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), "%s/%s/meson.build", SOURCE_ROOT, folder);
    file = fopen(path, "re");
    assert_non_null(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    snprintf(quoted, sizeof(quoted), "'%s'", name);
    /* A kind may have the name of a workload, and its row is before. */
    at = strstr(text, "workload_rows");
    at = strstr(at ? at : text, quoted);
    if (!at)
        fail_msg("no row %s", quoted);
    return at - text;
}

static void test_models_are_named_after_their_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        check_name("models", models[i]->name);
        assert_ptr_equal(model_find(models[i]->name), models[i]);
        if (i > 0)
            assert_true(row_of("models", models[i - 1]->name) <
                        row_of("models", models[i]->name));
    }
    assert_null(model_find("no-such-model"));
    assert_null(model_find(""));
}

static void test_models_say_who_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        const struct model *m = models[i];

        assert_true(m->label && m->label[0]);
        assert_true(m->summary && m->summary[0]);
        /* A chart's legend, a line of `baton list`. */
        assert_true(strlen(m->label) <= 20);
        assert_true(strlen(m->summary) <= 70);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(m->label, models[j]->label);
    }
}

static void test_a_model_is_of_this_contract(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++)
        assert_true(models[i]->absent || models[i]->contract == MODEL_CONTRACT);
}

static void test_a_mark_is_one_model_of_a_family(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        if (models[i]->absent)
            continue;
        assert_true(models[i]->family < FAMILY_N);
        assert_in_range(models[i]->mark, 1, MODEL_MARKS);
        for (size_t j = 0; j < i; j++)
            assert_false(!models[j]->absent &&
                         models[j]->family == models[i]->family &&
                         models[j]->mark == models[i]->mark);
    }
    for (int i = 0; i < FAMILY_N; i++)
        assert_non_null(family_name((enum family)i));
}

/* Generated from the rows of models/meson.build; ends with a row of zeroes. */
extern const struct model models_absent[];

static void test_a_row_has_the_label_and_mark_of_its_model(void **state)
{
    (void)state;
    for (const struct model *row = models_absent; row->name; row++) {
        const struct model *m = model_find(row->name);

        assert_non_null(m);
        assert_string_equal(row->label, m->label);
        assert_int_equal(row->family, m->family);
        assert_int_equal(row->mark, m->mark);
    }
}

static void test_a_kind_is_run_or_has_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        const struct model *m = models[i];

        size_t n = 0;

        for (size_t j = 0; j < n_kinds; j++) {
            struct ability a = model_ability(m, kind_list[j]);
            const char *gap = model_gap(m, kind_list[j]);

            assert_false(a.runs && a.gap);
            n += a.runs;
            assert_int_equal(a.runs, !gap);
            if (m->absent)
                assert_string_equal(gap, m->absent);
            else if (a.gap)
                assert_string_equal(gap, a.gap);
            else if (!a.runs)
                assert_string_equal(gap, "not written yet");
        }
        assert_int_equal(!m->absent, n > 0);
    }
}

static void test_one_after_another_cannot_lose(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++)
        if (!models[i]->absent && models[i]->counting.at_once == AT_ONCE_ONE) {
            assert_int_equal(models[i]->counting.plain, PROMISE_EXACT);
            assert_int_equal(models[i]->counting.split, PROMISE_EXACT);
        }
}

static void test_workloads_are_named_after_their_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++) {
        check_name("workloads", workloads[i]->name);
        assert_ptr_equal(workload_find(workloads[i]->name), workloads[i]);
        if (i > 0)
            assert_true(row_of("workloads", workloads[i - 1]->name) <
                        row_of("workloads", workloads[i]->name));
    }
    assert_null(workload_find("no-such-workload"));
}

static void test_workloads_are_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++) {
        const struct workload *w = workloads[i];

        assert_true(w->summary && w->summary[0] && w->item && w->item[0]);
        assert_true(w->n_parameters <= MAX_PARAMETERS);
        assert_true(w->check && w->items && w->tasks && w->patience_ns &&
                    w->expected_ns);
        assert_true(w->results_size && w->prepare);
        assert_true(w->aim && w->finish && w->judge);
    }
}

static void test_a_metric_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_kinds; i++) {
        const struct kind *k = kind_list[i];

        assert_in_range(k->n_metrics, 0, MAX_METRICS);
        for (size_t j = 0; j < k->n_metrics; j++) {
            size_t n = 0;

            assert_true(k->metrics[j].name[0] && k->metrics[j].help[0]);
            for (size_t l = 0; l < n_sample_columns; l++)
                n +=
                    !strcmp(column_key(&sample_columns[l]), k->metrics[j].name);
            assert_int_equal(n, 1);
        }
    }
}

static void test_a_preset_is_within_its_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++)
        for (size_t j = 0; j < workloads[i]->n_parameters; j++) {
            const struct parameter *p = &workloads[i]->parameters[j];

            assert_in_range(p->preset, p->min, p->max);
            assert_true(p->help && p->help[0]);
            assert_int_equal(workload_parameter(workloads[i], p->name), j);
            /* JSON's integers are signed. */
            assert_true(p->max <= INT64_MAX);
        }
    assert_int_equal(workload_parameter(workloads[0], "nothing"), -1);
}

static void test_what_is_to_be_done_has_a_size(void **state)
{
    static const char *const sizes[] = {"tasks", "increments", "n", "runners",
                                        "passes"};

    (void)state;
    for (size_t i = 0; i < n_workloads; i++)
        for (size_t j = 0; j < workloads[i]->n_parameters; j++) {
            const struct parameter *p = &workloads[i]->parameters[j];
            bool named = false;

            for (size_t k = 0; k < COUNT(sizes); k++)
                named |= !strcmp(p->name, sizes[k]);
            assert_int_equal(p->size, named);
            assert_true(!p->size || p->min > 0); /* it has a logarithm */
        }
}

static void test_presets_pass_their_own_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++) {
        const struct workload *w = workloads[i];
        struct setup s = {0};
        char why[256];

        workload_presets(w, s.values);
        assert_int_equal(w->check(&s, why, sizeof(why)), 0);
        assert_true(w->items(&s) > 0);
        assert_true(w->patience_ns(&s) > 0);
        assert_int_equal(w->results_size(&s) % 64, 0);
        assert_true(w->tasks(&s) > 0);
    }
}

static void test_the_defaults_are_those_of_the_manual(void **state)
{
    static const struct {
        const char *workload, *parameter;
        uint64_t preset;
    } rows[] = {
        {"counter", "tasks", 100},
        {"counter", "increments", 1000},
        {"counter", "per-turn", 0},
        {"counter-split", "tasks", 100},
        {"counter-split", "increments", 1000},
        {"download", "n", 30},
        {"download", "concurrency", 0},
        {"download", "requests-per-connection", 1},
        {"download", "latency-ms", 10},
        {"download", "bytes", 4096},
        {"download", "rate", 0},
        {"download", "timeout-ms", 5000},
        {"bulk", "n", 1},
        {"bulk", "bytes", UINT64_C(256) << 20},
        {"bulk", "latency-ms", 0},
        {"bulk", "timeout-ms", 60000},
        {"sleepers", "tasks", 1000},
        {"sleepers", "sleep-ms", 100},
        {"sleepers", "spread-ms", 0},
        {"sleepers", "waits", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct workload *w = workload_find(rows[i].workload);
        int p = workload_parameter(w, rows[i].parameter);

        assert_true(p >= 0);
        assert_int_equal(w->parameters[p].preset, rows[i].preset);
    }
}

/* As libuv writes, to a socket whose peer is gone. */
static int write_to_closed(struct connections *work)
{
    int fds[2];
    ssize_t n;

    (void)work;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    close(fds[1]);
    n = write(fds[0], "x", 1);
    close(fds[0]);
    return n < 0 ? -errno : 0;
}

static void test_a_write_to_a_closed_connection_ends_no_process(void **state)
{
    const struct model m = {.connections.run = write_to_closed};
    struct connections work = {0};

    (void)state;
    assert_int_equal(model_run(&m, &kind_connections, &work), -EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_are_named_after_their_files),
        cmocka_unit_test(test_models_say_who_they_are),
        cmocka_unit_test(test_a_model_is_of_this_contract),
        cmocka_unit_test(test_a_mark_is_one_model_of_a_family),
        cmocka_unit_test(test_a_row_has_the_label_and_mark_of_its_model),
        cmocka_unit_test(test_a_kind_is_run_or_has_a_reason),
        cmocka_unit_test(test_one_after_another_cannot_lose),
        cmocka_unit_test(test_workloads_are_named_after_their_files),
        cmocka_unit_test(test_workloads_are_complete),
        cmocka_unit_test(test_a_metric_has_a_name_of_its_own),
        cmocka_unit_test(test_a_preset_is_within_its_range),
        cmocka_unit_test(test_what_is_to_be_done_has_a_size),
        cmocka_unit_test(test_presets_pass_their_own_check),
        cmocka_unit_test(test_the_defaults_are_those_of_the_manual),
        cmocka_unit_test(test_a_write_to_a_closed_connection_ends_no_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
