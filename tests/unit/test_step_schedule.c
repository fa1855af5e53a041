/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule is read as it is written, and what is wrong has its line. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/schedule.h"

#define HEADER "baton-schedule 1 counter tasks=4 increments=5 model=some\n"

static int read_bytes(const char *text, size_t len, struct schedule *ret,
                      char *why)
{
    FILE *file = fmemopen((void *)text, len, "r");
    int error;

    assert_non_null(file);
    error = schedule_read(file, ret, why, 300);
    fclose(file);
    return error;
}

static int read_text(const char *text, struct schedule *ret, char *why)
{
    return read_bytes(text, strlen(text), ret, why);
}

static char *written(const struct schedule *s)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    schedule_write(s, out);
    fclose(out);
    return text;
}

static void test_comments_and_blanks_mean_nothing(void **state)
{
    struct schedule s;
    char why[300], *text;

    (void)state;
    assert_int_equal(
        read_text("# homework\n\nbaton-schedule  1 counter increments=5 "
                  "tasks=4 model=some # of a class\n"
                  "1\t1\r\n\n  2-4   *  # the others\n# end\n1 *",
                  &s, why),
        0);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.runs[1].line, 6);
    assert_int_equal(s.runs[2].line, 8);
    text = written(&s);
    assert_string_equal(text, HEADER "1 1\n2-4 *\n1 *\n");
    free(text);
    schedule_finish(&s);
}

static void test_written_is_what_was_read(void **state)
{
    static const char file[] = HEADER "1 1\n3-4 10\n2 8\n1 *\n2 *\n";
    struct schedule s;
    char why[300], *text;

    (void)state;
    assert_int_equal(read_text(file, &s, why), 0);
    text = written(&s);
    assert_string_equal(text, file);
    free(text);
    schedule_finish(&s);
}

static void test_a_range_is_each_task_in_turn(void **state)
{
    static const struct {
        uint64_t task, steps;
        unsigned line;
    } expected[] = {{2, 1, 2}, {2, 9, 3}, {3, 9, 3}, {4, 9, 3}, {1, 3, 4}};
    struct schedule_place place = {0};
    struct schedule_grant grant;
    struct schedule s;
    char why[300];

    (void)state;
    assert_int_equal(read_text(HEADER "2 1\n2-4 9\n1 3\n", &s, why), 0);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_true(schedule_next(&s, &place, &grant));
        assert_int_equal(grant.task, expected[i].task);
        assert_int_equal(grant.steps, expected[i].steps);
        assert_int_equal(grant.line, expected[i].line);
    }
    assert_false(schedule_next(&s, &place, &grant));
    assert_false(schedule_next(&s, &place, &grant));
    schedule_finish(&s);
}

static void test_steps_of_one_task_become_one_run(void **state)
{
    struct schedule s = {.workload = "counter", .tasks = 4, .increments = 5};
    char *text;

    (void)state;
    assert_int_equal(schedule_add(&s, 1, 1, 1), 0);
    assert_int_equal(schedule_add(&s, 1, 1, 1), 0);
    assert_int_equal(schedule_add(&s, 2, 2, 1), 0);
    assert_int_equal(schedule_add(&s, 2, 3, 4), 0);
    assert_int_equal(schedule_add(&s, 3, 3, SCHEDULE_REST), 0);
    assert_int_equal(schedule_add(&s, 3, 3, 1), 0);
    text = written(&s);
    assert_string_equal(text, "baton-schedule 1 counter tasks=4 increments=5\n"
                              "1 2\n2 1\n2-3 4\n3 *\n3 1\n");
    free(text);
    schedule_finish(&s);
}

static void test_what_is_wrong_has_its_line(void **state)
{
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"", "line 1: a schedule begins with \"baton-schedule 1 "},
        {"# nothing\n", "line 1: a schedule begins with"},
        {"\n1 1\n", "line 2: a schedule begins with"},
        {"baton-schedule\n", "line 1: a schedule begins with"},
        {"baton-schedule 2 counter tasks=4 increments=5\n",
         "line 1: version 2 of the format is not known"},
        {"baton-schedule 1x counter tasks=4 increments=5\n",
         "line 1: version 1x of the format is not known"},
        {"baton-schedule 1 tasks=4 increments=5\n",
         "line 1: the name of a workload is missing"},
        {"baton-schedule 1 counter tasks=4\n",
         "line 1: tasks=N and increments=K must be 1 or more"},
        {"baton-schedule 1 counter tasks=0 increments=5\n",
         "line 1: tasks=N and increments=K must be 1 or more"},
        {"baton-schedule 1 counter tasks=4 increments=5 seed=1\n",
         "line 1: 'seed=1' is none of tasks=N, increments=K, model=NAME"},
        {"baton-schedule 1 counter tasks=-4 increments=5\n",
         "line 1: 'tasks=-4' is none of"},
        {HEADER "1 1\n5 1\n", "line 3: there is no task 5; tasks are 1 to 4"},
        {HEADER "0 1\n", "line 2: there is no task 0; tasks are 1 to 4"},
        {HEADER "0-3 1\n", "line 2: there is no task 0; tasks are 1 to 4"},
        {HEADER "2-5 1\n", "line 2: there is no task 5; tasks are 1 to 4"},
        {HEADER "3-2 1\n", "line 2: the range 3-2 ends before it begins"},
        {HEADER "1 0\n", "line 2: '0' is no number of steps, and not \"*\""},
        {HEADER "1 -1\n", "line 2: '-1' is no number of steps"},
        {HEADER "1 18446744073709551616\n",
         "line 2: '18446744073709551616' is no number of steps"},
        {HEADER "one 1\n", "line 2: 'one' is no task, and no range"},
        {HEADER "1- 1\n", "line 2: '1-' is no task, and no range"},
        {HEADER "1\n", "line 2: '1' is not of the form \"TASK STEPS\""},
        {HEADER "1 1 1\n", "line 2: '1 1 1' is not of the form"},
        {HEADER "1 \033[2J\n", "line 2: a control character"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct schedule s;
        char why[300] = "";

        assert_int_equal(read_text(wrong[i].text, &s, why), -EINVAL);
        if (strncmp(why, wrong[i].why, strlen(wrong[i].why)) != 0)
            fail_msg("%s\nis not\n%s", why, wrong[i].why);
        schedule_finish(&s);
    }
}

static void test_a_nul_or_a_long_line_is_refused(void **state)
{
    static const char nul[] = HEADER "1 1\n1\0 1\n";
    char why[300] = "", line[5000] = HEADER;
    struct schedule s;

    (void)state;
    assert_int_equal(read_bytes(nul, sizeof(nul) - 1, &s, why), -EINVAL);
    assert_non_null(strstr(why, "line 3: a control character"));
    schedule_finish(&s);
    memset(line + strlen(line), '1', sizeof(line) - 1 - strlen(line));
    memcpy(line + sizeof(line) - 4, " 1\n", 4);
    assert_int_equal(read_text(line, &s, why), -EINVAL);
    assert_non_null(strstr(why, "line 2: "));
    schedule_finish(&s);
}

static void test_a_schedule_of_other_work_is_refused(void **state)
{
    struct schedule s;
    char why[300];

    (void)state;
    assert_int_equal(read_text(HEADER "1 1\n", &s, why), 0);
    assert_int_equal(schedule_fits(&s, "counter", "some", 4, 5, why, 300), 0);
    assert_int_equal(schedule_fits(&s, NULL, NULL, 0, 0, why, 300), 0);
    assert_int_equal(schedule_fits(&s, "other", "some", 4, 5, why, 300),
                     -EINVAL);
    assert_string_equal(why, "line 1: the schedule is for the workload "
                             "counter, not for other");
    assert_int_equal(schedule_fits(&s, NULL, "other", 4, 5, why, 300), -EINVAL);
    assert_string_equal(
        why, "line 1: the schedule is for the model some, not for other");
    assert_int_equal(schedule_fits(&s, NULL, NULL, 4, 6, why, 300), -EINVAL);
    assert_string_equal(why, "line 1: the schedule is for 4 tasks x 5 "
                             "increments, not for 4 x 6");
    assert_int_equal(schedule_fits(&s, NULL, NULL, 5, 0, why, 300), -EINVAL);
    s.model[0] = '\0';
    assert_int_equal(schedule_fits(&s, NULL, "other", 4, 5, why, 300), 0);
    schedule_finish(&s);
}

static void test_a_file_that_is_not_there_is_named(void **state)
{
    struct schedule s;
    char why[300];

    (void)state;
    assert_int_equal(schedule_read_file("/no/such", &s, why, 300), -ENOENT);
    assert_string_equal(why, "cannot read /no/such: No such file or directory");
    assert_int_equal(schedule_read_file("/", &s, why, 300), -EIO);
    schedule_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments_and_blanks_mean_nothing),
        cmocka_unit_test(test_written_is_what_was_read),
        cmocka_unit_test(test_a_range_is_each_task_in_turn),
        cmocka_unit_test(test_steps_of_one_task_become_one_run),
        cmocka_unit_test(test_what_is_wrong_has_its_line),
        cmocka_unit_test(test_a_nul_or_a_long_line_is_refused),
        cmocka_unit_test(test_a_schedule_of_other_work_is_refused),
        cmocka_unit_test(test_a_file_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
