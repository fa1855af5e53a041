/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the sites of a sample, as sites.tsv has it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/names.h"
#include "harness/results/sites.h"
#include "workloads/web/fault.h"
#include "workloads/kinds/outcome.h"
#include "workloads/workload.h"

static struct sites sites, back;
static const struct workload *workload;
static struct setup setup;
static struct sample sample;
static struct journal *journal; /* in which every site has its right end */
static char *scratch, *text;

static int start(void **state)
{
    size_t n;

    (void)state;
    workload = workload_find("faults");
    setup = (struct setup){0};
    assert_int_equal(cell_values(workload, "n=7,failing=1", setup.values), 0);
    n = workload->items(&setup);
    sample = sample_of("faults", "libuv", "n=7", 2, 1e6);
    sample.slot = 5;
    sites = back = (struct sites){0};
    journal = calloc(1, journal_size(n));
    journal_init(journal, (uint32_t)n, (uint32_t)n);
    for (uint32_t i = 0; i < n; i++) {
        const struct fault *fault = &faults[workload->group_of(&setup, i)];

        journal->rows[i] = (struct row){
            .bytes = 100 + i,
            .hash = UINT64_C(0xfedcba9876543210) + i,
            .start_ns = 1000000,
            .end_ns = 1000000 + 1000 * i + 999,
            .outcome = (uint16_t)fault->outcome,
            .status = fault->status,
            .dials = 1 + i % 3,
        };
    }
    scratch = make_scratch();
    text = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    sites_finish(&sites);
    sites_finish(&back);
    free(journal);
    free(text);
    remove_scratch(scratch);
    return 0;
}

static void add(void)
{
    assert_int_equal(sites_add(&sites, &sample, workload, &setup, journal), 0);
}

static void write_text(void)
{
    size_t size;
    FILE *out;

    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    sites_write(&sites, out);
    fclose(out);
}

static int read_text(const char *contents)
{
    assert_int_equal(
        store_write_file(scratch, "sites.tsv", contents, strlen(contents)), 0);
    sites_finish(&back);
    return sites_read(scratch, &back);
}

static void assert_same(const struct site *a, const struct site *b)
{
    assert_int_equal(a->index, b->index);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->class, b->class);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->dials, b->dials);
    assert_true(a->bytes == b->bytes && a->hash == b->hash);
    assert_true(a->elapsed_us == b->elapsed_us);
}

/* From the journal. */

static void test_each_site_has_its_name_class_and_numbers(void **state)
{
    const struct visit *v;

    (void)state;
    add();
    assert_int_equal(sites.n, 1);
    v = &sites.items[0];
    assert_int_equal(v->round, 2);
    assert_int_equal(v->slot, 5);
    assert_string_equal(v->workload, "faults");
    assert_string_equal(v->model, "libuv");
    assert_string_equal(v->parameters, sample.parameters);
    assert_int_equal(v->n, 30);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct fault *fault = &faults[workload->group_of(&setup, i)];
        const struct site *s = &v->sites[i];

        assert_int_equal(s->index, i);
        assert_string_equal(s->name, fault->name);
        assert_string_equal(s->class, outcome_name(fault->outcome));
        assert_int_equal(s->status, fault->status);
        assert_int_equal(s->bytes, 100 + i);
        assert_true(s->hash == UINT64_C(0xfedcba9876543210) + i);
        assert_int_equal(s->elapsed_us, i);
        assert_int_equal(s->dials, 1 + i % 3);
    }
}

static void test_all_names_and_classes_fit(void **state)
{
    const struct site s = {0};

    (void)state;
    for (size_t i = 0; i < n_faults; i++)
        assert_true(strlen(faults[i].name) < sizeof(s.name));
    for (int i = 0; i < OUTCOME_N; i++)
        assert_true(strlen(outcome_name((enum outcome)i)) < sizeof(s.class));
}

static void test_a_row_without_an_end_is_cancelled(void **state)
{
    (void)state;
    journal->rows[3].end_ns = 0;
    add();
    assert_string_equal(sites.items[0].sites[3].class, "cancelled");
    assert_string_equal(sites.items[0].sites[3].name,
                        faults[workload->group_of(&setup, 3)].name);
    /* What it says besides is of no use. */
    assert_int_equal(sites.items[0].sites[3].bytes, 0);
    assert_int_equal(sites.items[0].sites[3].elapsed_us, 0);
    assert_string_not_equal(sites.items[0].sites[2].class, "cancelled");
}

static void test_what_a_crash_left_behind_is_no_class(void **state)
{
    (void)state;
    journal->rows[3].outcome = 65535;
    journal->rows[4].start_ns = journal->rows[4].end_ns + 1;
    add();
    assert_string_equal(sites.items[0].sites[3].class, "other");
    assert_int_equal(sites.items[0].sites[4].elapsed_us, 0);
}

/* The file. */

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    journal->rows[7].end_ns = 0;
    add();
    sample.round = 3;
    journal->rows[8].hash = 0;
    journal->rows[8].bytes = UINT64_MAX;
    add();
    write_text();
    assert_int_equal(read_text(text), 0);
    assert_int_equal(back.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct visit *a = &sites.items[i], *b = &back.items[i];

        assert_int_equal(a->round, b->round);
        assert_int_equal(a->slot, b->slot);
        assert_string_equal(a->workload, b->workload);
        assert_string_equal(a->model, b->model);
        assert_string_equal(a->parameters, b->parameters);
        assert_int_equal(a->n, b->n);
        for (size_t j = 0; j < a->n; j++)
            assert_same(&a->sites[j], &b->sites[j]);
    }
}

static void test_a_line_has_the_columns_that_are_named(void **state)
{
    (void)state;
    add();
    write_text();
    assert_true(matches(text, "^round\tslot\tworkload\tmodel\tparameters\tsite"
                              "\tname\tclass\tstatus\tbytes\thash\telapsed_us"
                              "\tdials\n2\t5\tfaults\tlibuv\tn=7,[^\t]*\t0\t"
                              "not-found\tstatus\t404\t100\tfedcba9876543210\t0"
                              "\t1\n2\t5\t"));
}

static void test_old_directories_have_none(void **state)
{
    (void)state;
    assert_int_equal(sites_read(scratch, &back), 0);
    assert_int_equal(back.n, 0);
}

static void test_no_sites_at_all_are_a_file_too(void **state)
{
    (void)state;
    write_text();
    assert_int_equal(read_text(text), 0);
    assert_int_equal(back.n, 0);
}

/* The text with `old`, which stands in it, replaced where it stands first. */
static int read_changed(const char *old, const char *new)
{
    char *at = strstr(text, old), *changed;
    int error;

    assert_non_null(at);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, new,
                         at + strlen(old)) > 0);
    error = read_text(changed);
    free(changed);
    return error;
}

static void test_damage_is_seen(void **state)
{
    static const char *const changes[][2] = {
        {"round\tslot", "slot\tround"},
        {"\tdials\n", "\n"},
        {"\n2\t5\tfaults", "\n0\t5\tfaults"},
        {"\n2\t5\tfaults", "\n2\t5\tfaults\tmore"},
        {"\n2\t5\tfaults", "\n2\t5\t"},
        {"\n2\t5\tfaults", "\n-2\t5\tfaults"},
        {"\n2\t5\tfaults", "\n0x2\t5\tfaults"},
        {"\n2\t5\tfaults", "\n4294967298\t5\tfaults"},
        {"\t1\tplain", "\t2\tplain"}, /* a site is missing */
        {"\t0\tnot-found", "\t1\tnot-found"},
        {"\t0\tnot-found", "\t0\ta-name-that-is-longer-than-any"},
        {"\tstatus\t404", "\tstatus\tx"},
        {"\t404\t100\t", "\t404\t18446744073709551616\t"},
        {"\tfedcba9876543210", "\tfedcba987654321g"},
        {"\tfedcba9876543210", "\t"},
        {"\tfedcba9876543210", "\t0xfedcba987654"},
        {"\t0\t1\n", "\t0\t1\t1\n"},
        {"\t0\t1\n", "\t0\n"},
    };

    (void)state;
    add();
    write_text();
    assert_int_equal(read_text(text), 0);
    for (size_t i = 0; i < COUNT(changes); i++) {
        if (read_changed(changes[i][0], changes[i][1]) != -EINVAL)
            fail_msg("change %zu is not seen", i);
        assert_int_equal(back.n, 0);
    }
    text[strlen(text) - 1] = '\0';
    assert_int_equal(read_text(text), -EINVAL);
    assert_int_equal(read_text(""), -EINVAL);
}

/* A file of one line, which no other line contradicts. */
static int read_line(const char *line)
{
    char *whole;
    int error;

    assert_true(asprintf(&whole, "%s\n%s\n", sites_columns, line) > 0);
    error = read_text(whole);
    free(whole);
    return error;
}

static void test_a_line_says_all_of_its_sample(void **state)
{
    (void)state;
    assert_int_equal(read_line("1\t0\tw\tm\tp\t0\tn\tc\t0\t0\t0\t0\t0"), 0);
    assert_int_equal(back.n, 1);
    assert_int_equal(read_line("0\t0\tw\tm\tp\t0\tn\tc\t0\t0\t0\t0\t0"),
                     -EINVAL);
    assert_int_equal(read_line("1\t0\t\tm\tp\t0\tn\tc\t0\t0\t0\t0\t0"),
                     -EINVAL);
    assert_int_equal(read_line("1\t0\tw\tm\tp\t0\t\tc\t0\t0\t0\t0\t0"),
                     -EINVAL);
    assert_int_equal(read_line("1\t0\tw\tm\tp\t1\tn\tc\t0\t0\t0\t0\t0"),
                     -EINVAL);
    assert_int_equal(read_line(""), -EINVAL);
}

static void test_the_lines_of_a_sample_stand_together(void **state)
{
    (void)state;
    add();
    write_text();
    assert_int_equal(read_changed("\n2\t5\tfaults\tlibuv\tn=7,failing=1,"
                                  "concurrency=0,latency_ms=10,bytes=4096,"
                                  "timeout_ms=500\t1\t",
                                  "\n2\t5\tfaults\tnull\tn=7,failing=1,"
                                  "concurrency=0,latency_ms=10,bytes=4096,"
                                  "timeout_ms=500\t1\t"),
                     -EINVAL);
}

int main(void)
{
#define FACT(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FACT(test_each_site_has_its_name_class_and_numbers),
        FACT(test_all_names_and_classes_fit),
        FACT(test_a_row_without_an_end_is_cancelled),
        FACT(test_what_a_crash_left_behind_is_no_class),
        FACT(test_what_is_written_is_read),
        FACT(test_a_line_has_the_columns_that_are_named),
        FACT(test_old_directories_have_none),
        FACT(test_no_sites_at_all_are_a_file_too),
        FACT(test_damage_is_seen),
        FACT(test_a_line_says_all_of_its_sample),
        FACT(test_the_lines_of_a_sample_stand_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
