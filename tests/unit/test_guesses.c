/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guesses: how they are read, and what is said of them beside an answer. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/teaching/predict.h"

static char said[4096];

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    size_t n = strlen(said);
    va_list args;

    va_start(args, format);
    vsnprintf(said + n, sizeof(said) - n, format, args);
    va_end(args);
    strcat(said, "\n");
}

static const struct choice three[] = {
    {"atomic", "A"}, {"locked", "L"}, {"loop", "U"}};

/* One question of each kind; the share's unit is %. */
enum { FINAL, LOST, RATIO, ORDER };
static void begin(struct prediction *p)
{
    const struct blank blanks[] = {{"model", "M"}, {"base", "B"}, {0}};

    said[0] = '\0';
    assert_int_equal(prediction_begin(p, say), 0);
    assert_int_equal(prediction_add(p, "step-final", NULL, NULL, NULL, 0),
                     FINAL);
    assert_int_equal(prediction_add(p, "run-lost", "m", blanks, NULL, 0), LOST);
    assert_int_equal(prediction_add(p, "run-ratio", "m", blanks, NULL, 0),
                     RATIO);
    assert_int_equal(prediction_add(p, "run-order", NULL, NULL, three, 3),
                     ORDER);
}

static void test_blanks_of_a_question_are_filled_in(void **state)
{
    struct prediction p;

    (void)state;
    begin(&p);
    assert_string_equal(p.items[RATIO].text,
                        "How many times as long as B does M take?");
    assert_string_equal(p.items[RATIO].id, "run-ratio:m");
    assert_int_equal(prediction_add(&p, "none", NULL, NULL, NULL, 0), -ENOENT);
    prediction_finish(&p);
}

static void test_a_guess_has_the_unit_of_its_question_or_none(void **state)
{
    static const struct {
        int of;
        const char *text;
        double number; /* -1: it is refused */
    } rows[] = {
        {FINAL, "100,000", 100000}, {FINAL, " 7 ", 7},  {FINAL, "3 %", -1},
        {FINAL, "1e999", -1},       {FINAL, "nan", -1}, {FINAL, "", -1},
        {LOST, "2.5 %", 2.5},       {LOST, "3", 3},     {LOST, "3 ms", -1},
        {LOST, "-3", -1},           {RATIO, "10x", 10}, {RATIO, "10 times", 10},
        {RATIO, "1/4", 0.25},       {RATIO, "1/0", -1}, {RATIO, "ten", -1},
    };
    struct prediction p;

    (void)state;
    begin(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct guess g;
        char why[256] = "";
        int error = guess_read(&p.items[rows[i].of], "", rows[i].text, &g, why,
                               sizeof(why));

        assert_int_equal(error, rows[i].number < 0 ? -EINVAL : 0);
        if (!error)
            assert_true(g.number == rows[i].number);
        else
            assert_non_null(strstr(why, "is not a"));
        guess_finish(&g);
    }
    prediction_finish(&p);
}

static void test_a_time_needs_its_unit(void **state)
{
    char why[256];
    struct questions all = {0};
    struct predicted q = {0};
    struct guess g;

    (void)state;
    assert_int_equal(questions_add(&all, "t",
                                   "ask=When?\ncommand=run\nunit=time\n", why,
                                   sizeof(why)),
                     0);
    q.question = &all.items[0];
    assert_int_equal(guess_read(&q, "", "15 ms", &g, why, sizeof(why)), 0);
    assert_true(g.number == 15e6);
    guess_finish(&g);
    assert_int_equal(guess_read(&q, "", "15", &g, why, sizeof(why)), -EINVAL);
    guess_finish(&g);
    questions_finish(&all);
}

static void test_an_order_has_each_choice_once(void **state)
{
    static const struct {
        const char *text;
        int error;
    } rows[] = {{"c a b", 0},         {"C,A,B", 0},      {"loo < at < loc", 0},
                {"a lo b", -EINVAL},  {"c a", -EINVAL},  {"c a a", -EINVAL},
                {"c a b b", -EINVAL}, {"d a b", -EINVAL}};
    struct prediction p;

    (void)state;
    begin(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct guess g;
        char why[256];

        assert_int_equal(
            guess_read(&p.items[ORDER], "", rows[i].text, &g, why, sizeof(why)),
            rows[i].error);
        if (!rows[i].error)
            assert_true(g.order[0] == 2 && g.order[1] == 0 && g.order[2] == 1);
        guess_finish(&g);
    }
    prediction_finish(&p);
}

static void compared(struct prediction *p, long at, const char *text,
                     const char *words)
{
    struct guess g;
    char out[160], why[256];

    assert_int_equal(guess_read(&p->items[at], "", text, &g, why, sizeof(why)),
                     0);
    guess_compare(&p->items[at], &g, out, sizeof(out));
    assert_string_equal(out, words);
    guess_finish(&g);
}

static void test_a_guess_is_right_inside_the_interval(void **state)
{
    struct prediction p;

    (void)state;
    begin(&p);
    prediction_answer(&p, LOST, (struct estimate){7, 2, 1, 4, 0.98});
    compared(&p, LOST, "1", "inside the interval");
    compared(&p, LOST, "4 %", "inside the interval");
    compared(&p, LOST, "0.5", "too low by a factor of 4");
    compared(&p, LOST, "20", "too high by a factor of 10");
    compared(&p, LOST, "0", "too low");
    prediction_answer(&p, LOST, prediction_exact(0));
    compared(&p, LOST, "0", "right");
    compared(&p, LOST, "5", "too high");
    /* Without an interval only the median itself is right. */
    prediction_answer(&p, RATIO, (struct estimate){3, 2, 0, 0, 0});
    compared(&p, RATIO, "2", "right");
    compared(&p, RATIO, "3", "too high by a factor of 1.5");
    prediction_finish(&p);
}

static void test_what_is_within_noise_may_change_places(void **state)
{
    /* loop, then atomic and locked in either order. */
    static const struct place places[] = {{1, 2}, {1, 2}, {0, 0}};
    struct prediction p;

    (void)state;
    begin(&p);
    prediction_answer_order(&p, ORDER, places);
    compared(&p, ORDER, "c a b", "3 of 3 places right");
    compared(&p, ORDER, "c b a", "3 of 3 places right");
    compared(&p, ORDER, "a c b", "1 of 3 places right, wrong: 1 2");
    prediction_finish(&p);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_bad_lines_of_a_file_are_named_and_passed_over(void **state)
{
    char path[] = "/tmp/guesses-XXXXXX";
    int fd = mkstemp(path);
    struct prediction p;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "# a comment\nAnn\tstep-final\t4\n\nAnn\tstep-final\t5\n"
                     "no tabs\nBob\tstep-finl\t4\nBob\tstep-final\tfour\n"
                     "Bob\trun-growth-n:x\t3\r\n\x01\tstep-final\t9\nend");
    begin(&p);
    assert_int_equal(prediction_read(&p, path), 0);
    unlink(path);
    assert_int_equal(p.items[FINAL].n_guesses, 2);
    assert_string_equal(p.items[FINAL].guesses[0].name, "Ann");
    assert_string_equal(p.items[FINAL].guesses[1].name, "?");
    assert_non_null(strstr(said, ":4: this line is not used: Ann has"));
    assert_non_null(strstr(said, ":5: this line is not used: it needs"));
    assert_non_null(strstr(said, ":6: this line is not used: there is no"));
    assert_non_null(strstr(said, ":7: this line is not used: 'four' is not"));
    assert_null(strstr(said, ":8:"));
    assert_non_null(strstr(said, ":10: this line is not used: it has no end"));
    assert_int_equal(prediction_read(&p, "/nonexistent"), -ENOENT);
    prediction_finish(&p);
}

static void test_of_many_bad_lines_ten_are_named(void **state)
{
    char path[] = "/tmp/guesses-XXXXXX";
    int fd = mkstemp(path);
    struct prediction p;

    (void)state;
    assert_true(fd >= 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(write(fd, "rubbish\n", 8), 8);
    close(fd);
    begin(&p);
    assert_int_equal(prediction_read(&p, path), 0);
    unlink(path);
    assert_non_null(strstr(said, ":10: "));
    assert_null(strstr(said, ":11: "));
    assert_non_null(strstr(said, ": 290 more lines are not used"));
    prediction_finish(&p);
}

/* What is asked of these lines; for free(). */
static char *ask(struct prediction *p, const char *lines, bool terminal)
{
    char *out = NULL;
    size_t size;
    FILE *in = fmemopen((void *)lines, strlen(lines), "r"),
         *to = open_memstream(&out, &size);

    assert_true(in && to);
    prediction_ask(p, in, to, terminal);
    fclose(in);
    fclose(to);
    return out;
}

static void test_a_terminal_asks_again_and_a_pipe_does_not(void **state)
{
    struct prediction p;

    (void)state;
    begin(&p);
    free(ask(&p, "four\n4\n\n", true));
    assert_int_equal(p.items[FINAL].n_guesses, 1);
    assert_int_equal(p.items[LOST].n_guesses, 0);
    prediction_finish(&p);
    begin(&p);
    free(ask(&p, "four\nAnn: 4; Bob: 5 %\n", false));
    assert_int_equal(p.items[FINAL].n_guesses, 0);
    assert_int_equal(p.items[LOST].n_guesses, 2);
    assert_string_equal(p.items[LOST].guesses[1].name, "Bob");
    prediction_finish(&p);
}

static void test_typed_guesses_are_added_to_the_file_once(void **state)
{
    char path[] = "/tmp/guesses-XXXXXX", text[256] = "";
    int fd = mkstemp(path);
    struct prediction p;

    (void)state;
    assert_true(fd >= 0);
    write_file(path, "Ann\tstep-final\t4\n");
    begin(&p);
    assert_int_equal(prediction_read(&p, path), 0);
    free(ask(&p, "Bob: 5\n", false));
    assert_int_equal(prediction_save(&p, path), 0);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    assert_string_equal(text, "Ann\tstep-final\t4\nBob\tstep-final\t5\n");
    close(fd);
    unlink(path);
    prediction_finish(&p);
}

static void test_a_question_with_an_unknown_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "ask=a\ncommand=run\ncolour=red\n", "ask=a\ncommand=run\nkind=maybe\n",
        "ask=a\ncommand=run\nmost=many\n",  "ask=a\n",
        "ask=a\ncommand=run\nno equals\n",  ""};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct questions all = {0};
        char why[512] = "";

        assert_int_equal(questions_add(&all, "q", texts[i], why, sizeof(why)),
                         -EINVAL);
        assert_non_null(strstr(why, "questions/q:"));
        questions_finish(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_of_a_question_are_filled_in),
        cmocka_unit_test(test_a_guess_has_the_unit_of_its_question_or_none),
        cmocka_unit_test(test_a_time_needs_its_unit),
        cmocka_unit_test(test_an_order_has_each_choice_once),
        cmocka_unit_test(test_a_guess_is_right_inside_the_interval),
        cmocka_unit_test(test_what_is_within_noise_may_change_places),
        cmocka_unit_test(test_bad_lines_of_a_file_are_named_and_passed_over),
        cmocka_unit_test(test_of_many_bad_lines_ten_are_named),
        cmocka_unit_test(test_a_terminal_asks_again_and_a_pipe_does_not),
        cmocka_unit_test(test_typed_guesses_are_added_to_the_file_once),
        cmocka_unit_test(test_a_question_with_an_unknown_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
