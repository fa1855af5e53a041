/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sample is a line of samples.tsv, and the line is the sample. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

/* The line without its newline, as a reader hands it in. */
static void format(const struct sample *s, char *out)
{
    int len = sample_format(s, out, LINE);

    assert_true(len > 0);
    assert_int_equal(len, strlen(out));
    assert_int_equal(out[len - 1], '\n');
    out[len - 1] = '\0';
    assert_null(strchr(out, '\n'));
}

/* A line of all columns. */
static int parse(const char *line, struct sample *ret)
{
    const struct column *columns[n_sample_columns];
    const struct layout all = {.columns = columns, .n = n_sample_columns};
    char *copy = strdup(line);
    int error;

    for (size_t i = 0; i < all.n; i++)
        columns[i] = &sample_columns[i];
    error = sample_parse(copy, &all, ret);
    free(copy);
    return error;
}

/* memcmp() would see the padding and what is behind a text's NUL. */
static void assert_same(const struct sample *a, const struct sample *b)
{
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];
        const char *x = (const char *)a + c->offset;
        const char *y = (const char *)b + c->offset;

        if (c->type == COLUMN_HISTOGRAM) {
            x = *(const char *const *)(const void *)x;
            y = *(const char *const *)(const void *)y;
            assert_string_equal(x ? x : "", y ? y : "");
        } else if (c->type == COLUMN_TEXT)
            assert_string_equal(x, y);
        else
            assert_memory_equal(x, y, c->size);
    }
}

static struct sample typical(void)
{
    struct sample s = sample_of("counter", "locked", "", 3, 5.25e6);

    s.status = STATUS_WRONG;
    s.lost_updates = 3267;
    s.load1 = 0.37;
    s.audit = AUDIT_ORIGIN_BOUND | AUDIT_SERIALISED;
    strcpy(s.text, "counter 96733, should be 100000");
    return s;
}

/* `line` with field `column` replaced. */
static void with_field(const char *line, size_t column, const char *value,
                       char *out)
{
    const char *at = line;

    for (size_t i = 0; i < column; i++)
        at = strchr(at, '\t') + 1;
    snprintf(out, LINE, "%.*s%s%s", (int)(at - line), line, value,
             at + strcspn(at, "\t"));
}

static size_t column_of(const char *name)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (strcmp(sample_columns[i].name, name) == 0)
            return i;
    fail_msg("no column %s", name);
    return 0;
}

/* What sample_parse() says of the typical line with one other field. */
static int parse_with(const char *column, const char *value)
{
    struct sample s = typical(), ret;
    char line[LINE], changed[LINE];

    format(&s, line);
    with_field(line, column_of(column), value, changed);
    return parse(changed, &ret);
}

static void test_a_line_says_all_that_a_sample_is(void **state)
{
    struct sample s = typical(), back;
    char line[LINE];

    (void)state;
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_same(&s, &back);
}

static void test_every_member_has_a_column(void **state)
{
    size_t bytes = 0, unused = MAX_METRICS;

    (void)state;
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];

        bytes += c->size;
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(c->offset, sample_columns[j].offset);
    }
    for (size_t i = 0; i < n_kinds; i++)
        unused -= kind_list[i]->n_metrics;
    /* Less than a word of padding is left. */
    assert_in_range(sizeof(struct sample) - bytes - unused * sizeof(double), 0,
                    7);
}

static void test_every_status_survives(void **state)
{
    (void)state;
    for (uint32_t status = 0; status < STATUS_N; status++) {
        struct sample s = typical(), back;
        char line[LINE];

        s.status = status;
        format(&s, line);
        assert_non_null(strstr(line, status_name((enum status)status)));
        assert_int_equal(parse(line, &back), 0);
        assert_int_equal(back.status, status);
    }
    assert_string_equal(status_name(STATUS_N), "unknown");
    assert_int_equal(parse_with("status", "unknown"), -EINVAL);
    assert_int_equal(parse_with("status", ""), -EINVAL);
}

static void test_nasty_text_stays_on_its_line(void **state)
{
    struct sample s = typical(), back;
    char line[LINE];

    (void)state;
    strcpy(s.text, "tab\there, line\nthere\r\n, \xc3\xa9\xe2\x82\xac, # a=b");
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_string_equal(back.text,
                        "tab here, line there  , \xc3\xa9\xe2\x82\xac, # a=b");
}

static void test_full_texts_survive(void **state)
{
    struct sample s = typical(), back;
    char line[LINE];

    (void)state;
    memset(s.text, 'x', sizeof(s.text) - 1);
    memset(s.host, 'y', sizeof(s.host) - 1);
    memset(s.tally.by, 0xff, sizeof(s.tally.by));
    memset(s.parameters, 'z', sizeof(s.parameters) - 1);
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_same(&s, &back);
}

static void test_too_long_a_text_is_refused(void **state)
{
    char text[256];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(((struct sample *)0)->text)] = '\0';
    assert_int_equal(parse_with("text", text), -EINVAL);
    text[sizeof(((struct sample *)0)->text) - 1] = '\0';
    assert_int_equal(parse_with("text", text), 0);
    text[SAMPLE_MODEL] = '\0';
    assert_int_equal(parse_with("model", text), -EINVAL);
}

static void test_a_line_needs_just_its_room(void **state)
{
    struct sample s = typical();
    char line[LINE], small[LINE];
    size_t len;

    (void)state;
    format(&s, line);
    len = strlen(line) + 1; /* the newline */
    for (size_t size = 1; size <= len; size++)
        assert_int_equal(sample_format(&s, small, size), -ENOSPC);
    memset(small, '!', sizeof(small));
    assert_int_equal(sample_format(&s, small, len + 1), (int)len);
    assert_int_equal(small[len], '\0');
    assert_int_equal(small[len + 1], '!');
}

static void test_missing_and_extra_columns_are_refused(void **state)
{
    struct sample s = typical(), ret = {.round = 77};
    char line[LINE];

    (void)state;
    format(&s, line);
    strcat(line, "\textra");
    assert_int_equal(parse(line, &ret), -EINVAL);
    for (size_t left = n_sample_columns; left > 1; left--) {
        *strrchr(line, '\t') = '\0';
        if (left <= n_sample_columns - 1)
            assert_int_equal(parse(line, &ret), -EINVAL);
    }
    assert_int_equal(parse("", &ret), -EINVAL);
    assert_int_equal(ret.round, 77);
}

static void test_a_number_is_digits(void **state)
{
    static const char *const bad[] = {"",    "x",  "-1", " -1",  "1x",
                                      "1 2", "1.", "--", "0x10", "1e3"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(parse_with("iterations", bad[i]), -EINVAL);
        assert_int_equal(parse_with("slot", bad[i]), -EINVAL);
    }
    assert_int_equal(parse_with("iterations", "18446744073709551615"), 0);
    assert_int_equal(parse_with("iterations", "18446744073709551616"), -EINVAL);
    assert_int_equal(parse_with("slot", "4294967295"), 0);
    assert_int_equal(parse_with("slot", "4294967296"), -EINVAL);
    /* A table of so many rounds would eat all memory. */
    assert_int_equal(parse_with("round", "4294967295"), -EINVAL);
}

static void test_a_time_is_finite_and_not_negative(void **state)
{
    static const char *const bad[] = {"",     "x",   "-1",       "-0.5",
                                      " -1",  "nan", "-nan",     "inf",
                                      "-inf", "1e",  "infinity", "1e999"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(parse_with("real_ns", bad[i]), -EINVAL);
    assert_int_equal(parse_with("real_ns", "1e3"), 0);
    assert_int_equal(parse_with("real_ns", "0"), 0);
}

static void test_what_was_measured_has_items_and_iterations(void **state)
{
    (void)state;
    assert_int_equal(parse_with("items", "0"), -EINVAL);
    assert_int_equal(parse_with("iterations", "0"), -EINVAL);
}

static void test_a_calibration_has_no_iterations(void **state)
{
    struct sample s = sample_of("counter", "null", "", 0, 0), back;
    char line[LINE];

    (void)state;
    s.iterations = 0;
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_same(&s, &back);
}

static void test_what_failed_may_have_neither(void **state)
{
    struct sample s = typical(), back;
    char line[LINE];

    (void)state;
    s.status = STATUS_CRASHED;
    s.iterations = s.items = 0;
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_same(&s, &back);
}

static void test_what_is_not_finite_is_written_as_zero(void **state)
{
    struct sample s = typical(), back;
    char line[LINE];

    (void)state;
    s.real_ns = NAN;
    s.cpu_ns = INFINITY;
    s.inner_ns = -INFINITY;
    format(&s, line);
    assert_int_equal(parse(line, &back), 0);
    assert_true(back.real_ns == 0 && back.cpu_ns == 0 && back.inner_ns == 0);
}

static uint64_t random_u64(gsl_rng *random)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value = value << 16 | gsl_rng_uniform_int(random, 1 << 16);
    /* Of any length, not only long ones. */
    return value >> gsl_rng_uniform_int(random, 64);
}

static void randomize(gsl_rng *random, const struct column *c, char *at)
{
    size_t len;

    switch (c->type) {
    case COLUMN_U32:
        *(uint32_t *)at = (uint32_t)(random_u64(random) % 1000001);
        break;
    case COLUMN_U64:
    case COLUMN_HEX:
        *(uint64_t *)at = 1 + (random_u64(random) >> 1);
        break;
    case COLUMN_REAL:
        *(double *)at = (double)random_u64(random) * gsl_rng_uniform(random);
        break;
    case COLUMN_STATUS:
        *(uint32_t *)at = (uint32_t)gsl_rng_uniform_int(random, STATUS_N);
        break;
    case COLUMN_AUDIT:
        *(uint32_t *)at = (uint32_t)gsl_rng_uniform_int(random, 8);
        break;
    case COLUMN_OUTCOMES:
        for (size_t i = 0; i < c->size / sizeof(uint64_t); i++)
            ((uint64_t *)(void *)at)[i] = random_u64(random);
        break;
    case COLUMN_HISTOGRAM:
        *(const char **)(void *)at =
            gsl_rng_uniform_int(random, 2) ? "17=3 900=1" : NULL;
        break;
    case COLUMN_TEXT:
        len = gsl_rng_uniform_int(random, c->size);
        for (size_t i = 0; i < len; i++)
            at[i] = (char)(' ' + (char)gsl_rng_uniform_int(random, 95));
        at[len] = '\0';
    }
}

static void test_random_samples_survive(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    for (unsigned times = 0; times < 2000; times++) {
        struct sample s = {0}, back;
        char line[LINE];

        for (size_t i = 0; i < n_sample_columns; i++)
            randomize(random, &sample_columns[i],
                      (char *)&s + sample_columns[i].offset);
        format(&s, line);
        assert_int_equal(parse(line, &back), 0);
        assert_same(&s, &back);
    }
    gsl_rng_free(random);
}

static void test_random_damage_is_refused_or_harmless(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    struct sample s = typical(), back, again;
    char line[LINE], copy[LINE];

    (void)state;
    format(&s, line);
    for (unsigned times = 0; times < 20000; times++) {
        size_t at = gsl_rng_uniform_int(random, strlen(line));

        strcpy(copy, line);
        copy[at] = (char)gsl_rng_uniform_int(random, 256);
        if (copy[at] == '\n' || copy[at] == '\r' || parse(copy, &back))
            continue;
        /* What was accepted is a sample like any other. */
        format(&back, copy);
        assert_int_equal(parse(copy, &again), 0);
        assert_same(&back, &again);
    }
    gsl_rng_free(random);
}

static void test_columns_have_the_names_of_both_schemas(void **state)
{
    (void)state;
    assert_ptr_equal(sample_column("side"), sample_column("arm"));
    assert_ptr_equal(sample_column("aa"), sample_column("twin"));
    assert_ptr_equal(sample_column("audit"), sample_column("labels"));
    assert_ptr_equal(sample_column("metric.outcomes"),
                     sample_column("classes"));
    assert_ptr_equal(sample_column("metric.peak"), sample_column("peak"));
    assert_null(sample_column("metric.slot"));
    assert_null(sample_column("metric."));
    assert_null(sample_column(""));
    for (size_t i = 0; i < n_sample_columns; i++) {
        assert_ptr_equal(sample_column(sample_columns[i].name),
                         &sample_columns[i]);
        assert_ptr_equal(sample_column(column_key(&sample_columns[i])),
                         &sample_columns[i]);
    }
}

static void test_words_that_this_version_lacks_are_passed_over(void **state)
{
    const struct column *audit = sample_column("audit");
    struct sample s = {.audit = 99};

    (void)state;
    assert_int_equal(column_set(audit, "new serialised newer", &s), 0);
    assert_int_equal(s.audit, AUDIT_SERIALISED);
    assert_int_equal(column_set(audit, "serialisedly serial", &s), 0);
    assert_int_equal(s.audit, 0);
}

static void test_an_outcome_that_this_version_lacks_is_another(void **state)
{
    const struct column *outcomes = sample_column("metric.outcomes");
    struct sample s = {0};

    (void)state;
    assert_int_equal(column_set(outcomes, "refused=1 new-class=2", &s), 0);
    assert_int_equal(s.tally.by[OUTCOME_REFUSED], 1);
    assert_int_equal(s.tally.by[OUTCOME_OTHER], 2);
    assert_int_equal(column_set(outcomes, "reset=3", &s), 0);
    assert_int_equal(s.tally.by[OUTCOME_REFUSED], 0);
    assert_int_equal(s.tally.by[OUTCOME_RESET], 3);
}

static void test_outcomes_that_are_none_are_passed_over(void **state)
{
    static const char *const texts[] = {
        "", " ", "reset", "reset =3", "reset 3", "=", "reset=x", "  reset=0 "};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sample s = {0};

        assert_int_equal(
            column_set(sample_column("metric.outcomes"), texts[i], &s), 0);
        for (int j = 0; j < OUTCOME_N; j++)
            if (j != OUTCOME_OTHER)
                assert_int_equal(s.tally.by[j], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_says_all_that_a_sample_is),
        cmocka_unit_test(test_every_member_has_a_column),
        cmocka_unit_test(test_every_status_survives),
        cmocka_unit_test(test_nasty_text_stays_on_its_line),
        cmocka_unit_test(test_full_texts_survive),
        cmocka_unit_test(test_too_long_a_text_is_refused),
        cmocka_unit_test(test_a_line_needs_just_its_room),
        cmocka_unit_test(test_missing_and_extra_columns_are_refused),
        cmocka_unit_test(test_a_number_is_digits),
        cmocka_unit_test(test_a_time_is_finite_and_not_negative),
        cmocka_unit_test(test_what_was_measured_has_items_and_iterations),
        cmocka_unit_test(test_a_calibration_has_no_iterations),
        cmocka_unit_test(test_what_failed_may_have_neither),
        cmocka_unit_test(test_what_is_not_finite_is_written_as_zero),
        cmocka_unit_test(test_columns_have_the_names_of_both_schemas),
        cmocka_unit_test(test_words_that_this_version_lacks_are_passed_over),
        cmocka_unit_test(test_an_outcome_that_this_version_lacks_is_another),
        cmocka_unit_test(test_outcomes_that_are_none_are_passed_over),
        cmocka_unit_test(test_random_samples_survive),
        cmocka_unit_test(test_random_damage_is_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
