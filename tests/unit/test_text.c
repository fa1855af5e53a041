/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, lists and lines are read exactly, or not at all. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "harness/results/text.h"

static void test_numbers_are_digits_and_nothing_else(void **state)
{
    static const char *const bad[] = {
        "",   " 1", "1 ",  "-1",    "+1",   "1.5",
        "1k", "x",  "0x1", "1,000", "1KiB", "18446744073709551616"};
    uint64_t value = 77;
    uint32_t small = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (text_u64(bad[i], &value) != -EINVAL || value != 77)
            fail_msg("'%s' was read", bad[i]);
    assert_int_equal(text_u32("4294967296", &small), -EINVAL);
    assert_int_equal(small, 77);
    assert_int_equal(text_u32("4294967295", &small), 0);
    assert_int_equal(small, UINT32_MAX);
    assert_int_equal(text_u64("18446744073709551615", &value), 0);
    assert_true(value == UINT64_MAX);
    assert_int_equal(text_u64("0", &value), 0);
    assert_true(value == 0);
}

static void test_hex_has_no_prefix(void **state)
{
    uint64_t value = 77;

    (void)state;
    assert_int_equal(text_hex("0x1f", &value), -EINVAL);
    assert_int_equal(text_hex("", &value), -EINVAL);
    assert_int_equal(text_hex("1g", &value), -EINVAL);
    assert_true(value == 77);
    assert_int_equal(text_hex("00000000deadbeef", &value), 0);
    assert_true(value == 0xdeadbeef);
}

static void test_reals_are_finite_decimals(void **state)
{
    static const char *const bad[] = {"",     "nan",   "inf", "-1",  " 1",
                                      "0x10", "1e999", "1 ",  "1,5", "."};
    double value = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (text_real(bad[i], &value) != -EINVAL || value != 77)
            fail_msg("'%s' was read", bad[i]);
    assert_int_equal(text_real("1.5e3", &value), 0);
    assert_near(value, 1500, 0);
}

static void test_what_follows_a_number_is_its_unit(void **state)
{
    const char *unit = NULL;
    uint64_t n = 0;
    double value = 0;

    (void)state;
    assert_int_equal(text_u64_unit("30KiB", &n, &unit), 0);
    assert_true(n == 30);
    assert_string_equal(unit, "KiB");
    assert_int_equal(text_real_unit("2.5%", &value, &unit), 0);
    assert_near(value, 2.5, 0);
    assert_string_equal(unit, "%");
    assert_int_equal(text_real_unit("%", &value, &unit), -EINVAL);
}

static void test_a_list_is_read_item_by_item(void **state)
{
    const char *list = "a=1,,word,b=x=2,";
    struct item item;
    uint64_t n = 77;
    char text[4];

    (void)state;
    assert_true(text_next(&list, ',', &item));
    assert_true(item_is(&item, "a"));
    assert_int_equal(item_u64(&item, &n), 0);
    assert_true(n == 1);
    assert_true(text_next(&list, ',', &item));
    assert_true(item_is(&item, "word"));
    assert_null(item.value);
    assert_int_equal(item_u64(&item, &n), -EINVAL);
    assert_true(text_next(&list, ',', &item));
    assert_true(item_is(&item, "b"));
    assert_int_equal(item_copy(&item, text, sizeof(text)), 0);
    assert_string_equal(text, "x=2");
    assert_int_equal(item_copy(&item, text, 3), -EINVAL);
    assert_false(text_next(&list, ',', &item));
}

static void test_a_key_is_found_whole(void **state)
{
    static const char list[] = "n=3,per_n=4,n_per=5,real=1.5,word";
    struct item item;
    uint64_t n = 77;
    double real = 0;

    (void)state;
    assert_true(text_find_u64(list, ',', "per_n", &n));
    assert_true(n == 4);
    assert_true(text_find_u64(list, ',', "n", &n));
    assert_true(n == 3);
    assert_false(text_find_u64(list, ',', "per", &n));
    assert_false(text_find_u64(list, ',', "real", &n));
    assert_false(text_find(list, ',', "word", &item));
    assert_false(text_find("", ',', "n", &item));
    assert_true(n == 3);
    assert_true(text_find_real(list, ',', "real", &real));
    assert_near(real, 1.5, 0);
}

static void test_a_line_has_exactly_its_fields(void **state)
{
    char good[] = "a\t\tc", few[] = "a\tb", many[] = "a\tb\tc\td";
    char *fields[3];

    (void)state;
    assert_int_equal(text_fields(good, fields, 3), 0);
    assert_string_equal(fields[1], "");
    assert_string_equal(fields[2], "c");
    assert_int_equal(text_fields(few, fields, 3), -EINVAL);
    assert_int_equal(text_fields(many, fields, 3), -EINVAL);
}

struct seen {
    char text[64];
    size_t longest;
};

static int see_line(void *data, char *line, size_t len)
{
    struct seen *s = data;

    if (strcmp(line, "stop") == 0)
        return -ECANCELED;
    strcat(strcat(s->text, line), "|");
    s->longest = len > s->longest ? len : s->longest;
    return 0;
}

static int see_lines(const char *text, size_t size, struct seen *ret)
{
    FILE *file = tmpfile();
    char path[64];
    int error;

    assert_non_null(file);
    fwrite(text, 1, size, file);
    fflush(file);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
    *ret = (struct seen){.text = ""};
    error = text_read(path, see_line, ret);
    fclose(file);
    return error;
}

static void test_lines_that_are_not_whole_are_told_apart(void **state)
{
    struct seen seen;

    (void)state;
    assert_int_equal(see_lines("a\n\nb\n", 5, &seen), 0);
    assert_string_equal(seen.text, "a||b|");
    assert_int_equal(see_lines("a\ncut", 5, &seen), -ENODATA);
    assert_string_equal(seen.text, "a|");
    assert_int_equal(see_lines("a\nstop\nb\n", 9, &seen), -ECANCELED);
    assert_string_equal(seen.text, "a|");
    assert_int_equal(see_lines("a\0bc\n", 5, &seen), 0);
    assert_string_equal(seen.text, "a|");
    assert_int_equal(seen.longest, 4);
    assert_int_equal(text_read("/nowhere/at/all", see_line, &seen), -ENOENT);
}

static int see_pair(void *data, const char *key, const char *value)
{
    struct seen *s = data;

    if (strcmp(key, "unknown") == 0)
        return -ENOENT;
    strcat(strcat(strcat(strcat(s->text, key), ":"), value), "|");
    return 0;
}

static int see_pairs(const char *text, struct seen *ret, unsigned *ret_line)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int error;

    assert_non_null(file);
    *ret = (struct seen){.text = ""};
    error = text_pairs(file, see_pair, ret, ret_line);
    fclose(file);
    return error;
}

static void test_pairs_that_people_write(void **state)
{
    struct seen seen;
    unsigned line;

    (void)state;
    assert_int_equal(
        see_pairs("# a comment\n\n  id = two words \nx=a=b\nempty=\nlast=1",
                  &seen, &line),
        0);
    assert_string_equal(seen.text, "id:two words|x:a=b|empty:|last:1|");
    assert_int_equal(line, 6);
}

static void test_the_line_that_is_wrong_is_named(void **state)
{
    struct seen seen;
    unsigned line;

    (void)state;
    assert_int_equal(see_pairs("id=1\n\nword\nx=2\n", &seen, &line), -EINVAL);
    assert_int_equal(line, 3);
    assert_int_equal(see_pairs("id=1\nunknown=2\nx=3\n", &seen, &line),
                     -ENOENT);
    assert_int_equal(line, 2);
    assert_string_equal(seen.text, "id:1|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_digits_and_nothing_else),
        cmocka_unit_test(test_hex_has_no_prefix),
        cmocka_unit_test(test_reals_are_finite_decimals),
        cmocka_unit_test(test_what_follows_a_number_is_its_unit),
        cmocka_unit_test(test_a_list_is_read_item_by_item),
        cmocka_unit_test(test_a_key_is_found_whole),
        cmocka_unit_test(test_a_line_has_exactly_its_fields),
        cmocka_unit_test(test_lines_that_are_not_whole_are_told_apart),
        cmocka_unit_test(test_pairs_that_people_write),
        cmocka_unit_test(test_the_line_that_is_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
