/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever happens, the finished samples are there and can be read. */
#include "harness/results/histogram.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char header[] = "# schema=1\n# seed=7\n# empty=\n"
                             "# command=baton run counter --out=x\n";

static int make_dir(void **state)
{
    *state = make_scratch();
    return 0;
}

static int remove_dir(void **state)
{
    remove_scratch(*state);
    return 0;
}

static struct sample sample_number(uint32_t round)
{
    return sample_of("counter", "locked", "", round, 1000.0 * round);
}

/* A store with samples of rounds 1..n, still open. */
static void fill(struct store *store, const char *dir, uint32_t n)
{
    assert_int_equal(store_create(store, dir, header), 0);
    for (uint32_t round = 1; round <= n; round++) {
        struct sample s = sample_number(round);

        assert_int_equal(store_append(store, &s), 0);
    }
}

static void append_text(const char *dir, const char *text, size_t len)
{
    char path[512];
    int fd;

    snprintf(path, sizeof(path), "%s/samples.tsv", dir);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
}

/* The directory holds samples of rounds 1..n in order, and skipped lines. */
static void check_rounds(const char *dir, size_t n, size_t skipped)
{
    struct recording r;

    assert_int_equal(store_read(dir, &r), 0);
    assert_int_equal(r.n, n);
    assert_int_equal(r.skipped, skipped);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(r.samples[i].round, i + 1);
        assert_near(r.samples[i].real_ns, 1000.0 * (i + 1), 0);
    }
    recording_finish(&r);
}

static void test_what_was_appended_is_read(void **state)
{
    struct store store;

    fill(&store, *state, 600);
    assert_int_equal(store_sync(&store), 0);
    /* While it is being written too. */
    check_rounds(*state, 600, 0);
    store_close(&store);
    store_close(&store);
    check_rounds(*state, 600, 0);
}

/* As from thousands of times that all differ. */
static void test_a_long_histogram_is_read_as_it_was(void **state)
{
    struct store store;
    struct sample s = sample_number(1);
    struct recording r;
    char *text = malloc(1 << 17);
    size_t len = 0;

    assert_non_null(text);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        len += (size_t)sprintf(text + len, "%s%u=123456", i ? " " : "", i);
    s.latency_histogram = s.first_byte_histogram = text;
    assert_int_equal(store_create(&store, *state, header), 0);
    assert_int_equal(store_append(&store, &s), 0);
    store_close(&store);
    assert_int_equal(store_read(*state, &r), 0);
    assert_int_equal(r.n, 1);
    assert_string_equal(r.samples[0].latency_histogram, text);
    assert_string_equal(r.samples[0].first_byte_histogram, text);
    recording_finish(&r);
    free(text);
}

static void test_an_empty_run_is_a_run(void **state)
{
    struct store store;

    fill(&store, *state, 0);
    store_close(&store);
    check_rounds(*state, 0, 0);
}

static void test_the_columns_are_named(void **state)
{
    struct store store;
    char *text, *names;

    fill(&store, *state, 0);
    store_close(&store);
    text = read_file(*state, "samples.tsv", NULL);
    assert_int_equal(strncmp(text, header, strlen(header)), 0);
    names = text + strlen(header);
    for (size_t i = 0; i < n_sample_columns; i++) {
        size_t len = strlen(sample_columns[i].name);

        assert_int_equal(strncmp(names, sample_columns[i].name, len), 0);
        assert_int_equal(names[len], i + 1 < n_sample_columns ? '\t' : '\n');
        names += len + 1;
    }
    assert_string_equal(names, "");
    free(text);
}

static void test_an_unterminated_last_line_counts_as_unread(void **state)
{
    struct sample fourth = sample_number(4);
    struct store store;
    char line[4096];
    int len = sample_format(&fourth, line, sizeof(line));

    fill(&store, *state, 3);
    store_close(&store);
    /* All of it but the newline: it may lack the end of its last word. */
    append_text(*state, line, (size_t)len - 1);
    check_rounds(*state, 3, 1);
}

static void test_a_file_cut_anywhere_is_readable(void **state)
{
    size_t len, header_len = strlen(header);
    struct store store;
    char *text, path[512];

    fill(&store, *state, 3);
    store_close(&store);
    text = read_file(*state, "samples.tsv", &len);
    snprintf(path, sizeof(path), "%s/samples.tsv", (char *)*state);
    for (size_t cut = len; cut >= header_len; cut--) {
        size_t lines = 0;

        for (size_t i = header_len; i < cut; i++)
            lines += text[i] == '\n';
        assert_int_equal(truncate(path, (off_t)cut), 0);
        check_rounds(*state, lines ? lines - 1 : 0, text[cut - 1] != '\n');
    }
    free(text);
}

static void test_a_broken_line_is_counted(void **state)
{
    struct store store;
    struct sample s = sample_number(2);

    fill(&store, *state, 1);
    append_text(*state, "not\ta\tsample\n", 13);
    append_text(*state, "1\t\0\t2\n", 6);
    append_text(*state, "\n", 1);
    /* O_APPEND: the store goes on behind them. */
    assert_int_equal(store_append(&store, &s), 0);
    store_close(&store);
    check_rounds(*state, 2, 3);
}

static void test_another_schema_is_foreign(void **state)
{
    static const char *const foreign[] = {"# schema=3\n", "# seed=1\n",
                                          "# schema=\n"};
    struct recording r = {.n = 77};

    for (size_t i = 0; i < COUNT(foreign); i++) {
        char dir[512];
        struct store store;

        snprintf(dir, sizeof(dir), "%s/%zu", (char *)*state, i);
        assert_int_equal(store_create(&store, dir, foreign[i]), 0);
        store_close(&store);
        assert_int_equal(store_read(dir, &r), -EPROTONOSUPPORT);
    }
    assert_int_equal(r.n, 77);
}

static void test_schema_1_is_read(void **state)
{
    static const char text[] =
        "# schema=1\nround\tslot\tworkload\tmodel\tparameters\tstatus\t"
        "start_ns\twall_ns\tinside_ns\titerations\titems\treal_ns\tcpu_ns\t"
        "clock_ns\tsteal_ticks\tload1\ttext\tpeak\tlabels\ttwin\tarm\t"
        "classes\tlater\n"
        "3\t1\tdownload\tnull\tn=30\tok\t1\t9\t8\t7\t30\t1.5\t1\t1.5\t0\t"
        "0.5\t\t30\toverlapping\t1\tcopy\treset=2\tx\n";
    struct recording r;
    const struct sample *s;

    append_text(*state, text, strlen(text));
    assert_int_equal(store_read(*state, &r), 0);
    assert_int_equal(r.n, 1);
    s = &r.samples[0];
    assert_int_equal(s->peak, 30);
    assert_int_equal(s->audit, AUDIT_OVERLAPPING);
    assert_int_equal(s->twin, 1);
    assert_string_equal(s->side, "copy");
    assert_int_equal(s->tally.by[OUTCOME_RESET], 2);
    assert_string_equal(s->host, "");
    recording_finish(&r);
}

static void test_columns_of_later_versions_are_passed_over(void **state)
{
    struct sample sample = sample_number(1);
    char line[4096], *text, *again = NULL;
    struct store store;
    struct recording r;
    size_t size;
    FILE *out;

    fill(&store, *state, 0);
    store_close(&store);
    text = read_file(*state, "samples.tsv", NULL);
    sample_format(&sample, line, sizeof(line));
    out = open_memstream(&again, &size);
    fprintf(out, "%.*s\tmetric.new\tother\n", (int)strlen(text) - 1, text);
    fprintf(out, "%.*s\t1.5\tgone\n", (int)strlen(line) - 1, line);
    fclose(out);
    assert_int_equal(store_write_file(*state, "samples.tsv", again, size), 0);
    free(again);
    free(text);
    assert_int_equal(store_read(*state, &r), 0);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.skipped, 0);
    assert_int_equal(r.samples[0].slot, sample.slot);
    recording_finish(&r);
}

static void test_nothing_to_read_is_an_error(void **state)
{
    struct recording r;

    assert_int_equal(store_read(*state, &r), -ENOENT);
    append_text(*state, "", 0);
    assert_int_equal(store_read(*state, &r), -EPROTONOSUPPORT);
}

static void test_parents_are_made(void **state)
{
    struct store store;
    char dir[512];

    snprintf(dir, sizeof(dir), "%s/a/b//c/", (char *)*state);
    fill(&store, dir, 2);
    store_close(&store);
    check_rounds(dir, 2, 0);
}

static void test_a_run_is_never_overwritten(void **state)
{
    struct store store, second;

    fill(&store, *state, 2);
    assert_int_equal(store_create(&second, *state, header), -EEXIST);
    store_close(&second);
    store_close(&store);
    check_rounds(*state, 2, 0);
}

static void test_a_file_in_the_way_is_an_error(void **state)
{
    struct store store;
    char dir[512];

    append_text(*state, "x", 1);
    snprintf(dir, sizeof(dir), "%s/samples.tsv/run", (char *)*state);
    assert_int_equal(store_create(&store, dir, header), -ENOTDIR);
    snprintf(dir, sizeof(dir), "%s/samples.tsv", (char *)*state);
    assert_int_equal(store_create(&store, dir, header), -ENOTDIR);
    assert_int_equal(store_create(&store, "", header), -ENOENT);
}

static void test_too_long_a_name_is_an_error(void **state)
{
    struct store store;
    char *dir = malloc(PATH_MAX + 1);

    (void)state;
    memset(dir, '/', PATH_MAX);
    dir[PATH_MAX] = '\0';
    assert_int_equal(store_create(&store, dir, header), -ENAMETOOLONG);
    free(dir);
}

static void test_an_unwritable_directory_is_an_error(void **state)
{
    const char *dir = *state;
    int status;
    pid_t pid;

    assert_int_equal(chmod(dir, 0555), 0);
    pid = fork();
    if (pid == 0) {
        struct store store;
        char below[512];
        int error, error_below;

        /* Nothing is unwritable to root. */
        if (geteuid() == 0 && seteuid(65534))
            _exit(99);
        snprintf(below, sizeof(below), "%s/run", dir);
        error = store_create(&store, dir, header);
        error_below = store_create(&store, below, header);
        _exit(error != -EACCES || error_below != -EACCES ||
              store_write_file(dir, "x", "x", 1) != -EACCES);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    chmod(dir, 0755);
    assert_int_equal(status, 0);
    assert_int_equal(count_entries(dir), 0);
}

/* For a file no longer than `max`, write() is cut short, then fails. */
static void limit_files(rlim_t max)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = max == RLIM_INFINITY ? limit.rlim_max : max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_line_that_does_not_fit_leaves_nothing(void **state)
{
    struct sample s = sample_number(3);
    struct store store;
    size_t len;

    fill(&store, *state, 2);
    free(read_file(*state, "samples.tsv", &len));
    for (rlim_t room = 0; room < 100; room += 33) {
        size_t now;
        int error;
        char *text;

        limit_files(len + room);
        error = store_append(&store, &s);
        limit_files(RLIM_INFINITY);
        assert_int_equal(error, -EFBIG);
        text = read_file(*state, "samples.tsv", &now);
        assert_int_equal(now, len);
        assert_int_equal(text[now - 1], '\n');
        free(text);
        check_rounds(*state, 2, 0);
    }
    assert_int_equal(store_append(&store, &s), 0);
    store_close(&store);
    check_rounds(*state, 3, 0);
}

static void test_a_header_that_does_not_fit_leaves_no_file(void **state)
{
    struct store store;

    for (rlim_t room = 0; room < strlen(header) + 100; room += 20) {
        int error;

        limit_files(room);
        error = store_create(&store, *state, header);
        limit_files(RLIM_INFINITY);
        assert_int_equal(error, -EFBIG);
        assert_int_equal(count_entries(*state), 0);
    }
}

static void check_file(const char *dir, const char *name, const char *text)
{
    char *is = read_file(dir, name, NULL);

    assert_string_equal(is, text);
    free(is);
}

static void test_a_derived_file_is_whole_or_as_it_was(void **state)
{
    int error;

    assert_int_equal(store_write_file(*state, "a.txt", "first\n", 6), 0);
    check_file(*state, "a.txt", "first\n");
    assert_int_equal(store_write_file(*state, "a.txt", "2nd\n", 4), 0);
    check_file(*state, "a.txt", "2nd\n");
    limit_files(5);
    error = store_write_file(*state, "a.txt", "this is longer\n", 15);
    limit_files(RLIM_INFINITY);
    assert_int_equal(error, -EFBIG);
    check_file(*state, "a.txt", "2nd\n");
    assert_int_equal(count_entries(*state), 1);
}

static void test_a_failed_rename_leaves_no_temporary(void **state)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/a.txt", (char *)*state);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(store_write_file(*state, "a.txt", "x", 1), -EISDIR);
    assert_int_equal(count_entries(*state), 1);
    snprintf(path, sizeof(path), "%s/no", (char *)*state);
    assert_int_equal(store_write_file(path, "a.txt", "x", 1), -ENOENT);
}

static void test_header_keys_are_found(void **state)
{
    struct store store;
    struct recording r;
    char value[64], small[6];

    fill(&store, *state, 1);
    store_close(&store);
    assert_int_equal(store_read(*state, &r), 0);
    assert_string_equal(r.header, header);
    recording_key(&r, "seed", value, sizeof(value));
    assert_string_equal(value, "7");
    recording_key(&r, "command", value, sizeof(value));
    assert_string_equal(value, "baton run counter --out=x");
    recording_key(&r, "command", small, sizeof(small));
    assert_string_equal(small, "baton");
    recording_key(&r, "empty", value, sizeof(value));
    assert_string_equal(value, "");
    recording_key(&r, "see", value, sizeof(value));
    assert_string_equal(value, "");
    recording_key(&r, "eed", value, sizeof(value));
    assert_string_equal(value, "");
    recording_finish(&r);
    recording_key(&r, "seed", value, sizeof(value));
    assert_string_equal(value, "");
}

int main(void)
{
#define IN_SCRATCH(test)                                                       \
    cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_what_was_appended_is_read),
        IN_SCRATCH(test_a_long_histogram_is_read_as_it_was),
        IN_SCRATCH(test_an_empty_run_is_a_run),
        IN_SCRATCH(test_the_columns_are_named),
        IN_SCRATCH(test_an_unterminated_last_line_counts_as_unread),
        IN_SCRATCH(test_a_file_cut_anywhere_is_readable),
        IN_SCRATCH(test_a_broken_line_is_counted),
        IN_SCRATCH(test_another_schema_is_foreign),
        IN_SCRATCH(test_schema_1_is_read),
        IN_SCRATCH(test_columns_of_later_versions_are_passed_over),
        IN_SCRATCH(test_nothing_to_read_is_an_error),
        IN_SCRATCH(test_parents_are_made),
        IN_SCRATCH(test_a_run_is_never_overwritten),
        IN_SCRATCH(test_a_file_in_the_way_is_an_error),
        IN_SCRATCH(test_too_long_a_name_is_an_error),
        IN_SCRATCH(test_an_unwritable_directory_is_an_error),
        IN_SCRATCH(test_a_line_that_does_not_fit_leaves_nothing),
        IN_SCRATCH(test_a_header_that_does_not_fit_leaves_no_file),
        IN_SCRATCH(test_a_derived_file_is_whole_or_as_it_was),
        IN_SCRATCH(test_a_failed_rename_leaves_no_temporary),
        IN_SCRATCH(test_header_keys_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
