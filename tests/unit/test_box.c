/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not trusted stays in the box, and nothing of it is left. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/grade/box.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

static const char *hostile; /* the program */

static struct box box_of(char *const argv[])
{
    return (struct box){.argv = argv,
                        .deadline_ns = 20 * NS_PER_S,
                        .cpu_s = 10,
                        .memory_bytes = 256 << 20};
}

static size_t count_folders(void)
{
    glob_t found = {0};
    char pattern[64];
    size_t n;

    snprintf(pattern, sizeof(pattern), "/tmp/baton-grade-%d-*", getpid());
    glob(pattern, 0, NULL, &found);
    n = found.gl_pathc;
    globfree(&found);
    return n;
}

static struct box_result run(const struct box *box)
{
    struct box_result result;
    struct tree tree;
    char why[160];

    if (box_run(box, &result, why, sizeof(why)))
        fail_msg("%s", why);
    tree_look(getpid(), &tree);
    assert_int_equal(tree.processes, 1); /* nothing is left */
    assert_int_equal(count_folders(), 0);
    return result;
}

static struct box_result run_hostile(const char *what, uint64_t seconds)
{
    char *argv[] = {(char *)hostile, (char *)what, NULL};
    struct box box = box_of(argv);

    box.deadline_ns = seconds * NS_PER_S;
    return run(&box);
}

static void assert_says(const struct box_result *result, const char *words)
{
    if (!strstr(result->output, words))
        fail_msg("no \"%s\" in:\n%s", words, result->output);
}

static void test_a_command_runs_and_its_end_is_known(void **state)
{
    char *argv[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL};
    const struct box box = box_of(argv);
    struct box_result result = run(&box);
    char words[64];

    (void)state;
    box_describe_end(&box, &result, words, sizeof(words));
    assert_string_equal(words, "exit status 3");
    assert_string_equal(result.output, "out\nerr\n");
    assert_null(result.taken);
    box_finish(&result);
}

static void test_files_go_in_and_one_comes_out(void **state)
{
    char *argv[] = {"sh", "-c", "cat in >out; echo more >&3; ls", NULL};
    const struct box_file file = {"in", "some text\n", 10, false};
    struct box box = box_of(argv);
    struct box_result result;

    (void)state;
    box.files = &file;
    box.n_files = 1;
    box.take = "out";
    result = run(&box);
    assert_string_equal(result.output, "in\nout\n");
    assert_string_equal(result.taken, "some text\nmore\n");
    box_finish(&result);
}

static void test_a_folder_is_shown_that_others_cannot_reach(void **state)
{
    char *argv[] = {"sh", "-c", "cat shown/file; echo >shown/file", NULL};
    struct box box = box_of(argv);
    char *scratch = make_scratch(); /* below /tmp, for its owner alone */
    char folder[256], path[300];
    struct box_result result;
    FILE *file;

    (void)state;
    snprintf(folder, sizeof(folder), "%s/open", scratch);
    assert_int_equal(mkdir(folder, 0755), 0);
    snprintf(path, sizeof(path), "%s/file", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("text\n", file);
    fclose(file);
    box.shown = folder;
    result = run(&box);
    assert_memory_equal(result.output, "text\n", 5);
    assert_says(&result, "Read-only file system");
    box_finish(&result);
    remove_scratch(scratch);
}

/* As those of editors, agents and displays, which do what they are told. */
static void test_sockets_of_other_programs_are_out_of_reach(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char *argv[] = {"test", "-e", name.sun_path, NULL};
    struct box box = box_of(argv);
    struct box_result result;

    (void)state;
    snprintf(name.sun_path, sizeof(name.sun_path), "/tmp/box-%d", getpid());
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    result = run(&box);
    assert_int_equal(WEXITSTATUS(result.wait_status), 1);
    box_finish(&result);
    unlink(name.sun_path);
    close(fd);
}

static void test_a_link_is_not_handed_out(void **state)
{
    char *argv[] = {"sh", "-c", "rm out; ln -s /etc/hostname out", NULL};
    struct box box = box_of(argv);
    struct box_result result;

    (void)state;
    box.take = "out";
    result = run(&box);
    assert_null(result.taken);
    box_finish(&result);
}

static void test_what_cannot_be_run_is_said(void **state)
{
    char *argv[] = {"/nonexistent/program", NULL};
    struct box box = box_of(argv);
    struct box_result result;
    char why[160];

    (void)state;
    assert_int_equal(box_run(&box, &result, why, sizeof(why)), -ENOENT);
    argv[0] = "no-such-program";
    assert_true(box_run(&box, &result, why, sizeof(why)) < 0);
    assert_memory_equal(why, "no-such-program: ", 17);
}

static void test_forks_end_at_the_limit(void **state)
{
    struct box_result result = run_hostile("forks", 60);

    (void)state;
    assert_says(&result, "processes, then Resource temporarily unavailable");
    assert_in_range(atoi(result.output), 300, BOX_PROCESSES);
    box_finish(&result);
}

static void test_threads_end_at_the_limit(void **state)
{
    struct box_result result = run_hostile("threads", 60);

    (void)state;
    assert_says(&result, "threads, then Resource temporarily unavailable");
    assert_in_range(atoi(result.output), 300, BOX_PROCESSES);
    box_finish(&result);
}

static void test_a_loop_ends_at_the_deadline(void **state)
{
    struct box_result result = run_hostile("loop", 1);

    (void)state;
    assert_int_equal(result.end, BOX_DEADLINE);
    box_finish(&result);
}

static void test_a_loop_ends_at_its_limit_of_cpu_time(void **state)
{
    char *argv[] = {(char *)hostile, "loop", NULL};
    struct box box = box_of(argv);
    struct box_result result;

    (void)state;
    box.cpu_s = 1;
    box.deadline_ns = 60 * NS_PER_S;
    result = run(&box);
    assert_int_equal(result.end, BOX_ENDED);
    assert_true(WIFSIGNALED(result.wait_status));
    box_finish(&result);
}

static void test_memory_ends_at_the_limit(void **state)
{
    struct box_result result = run_hostile("memory", 60);

    (void)state;
    assert_int_equal(result.end, BOX_MEMORY);
    box_finish(&result);
}

static void test_only_its_folder_can_be_written_and_is_small(void **state)
{
    struct box_result result = run_hostile("files", 60);

    (void)state;
    assert_says(&result, "MiB, then ");
    assert_in_range(atoi(result.output), 1, 64);
    if (strstr(result.output, "WRITABLE"))
        fail_msg("%s", result.output);
    box_finish(&result);
}

static void test_output_is_cut(void **state)
{
    struct box_result result = run_hostile("flood", 2);

    (void)state;
    assert_true(result.cut);
    assert_int_equal(result.output_len, BOX_OUTPUT);
    assert_int_equal(result.end, BOX_DEADLINE);
    box_finish(&result);
}

static void test_it_can_kill_no_process_outside(void **state)
{
    struct box_result result = run_hostile("kill", 20);

    (void)state;
    assert_says(&result, "alive as ");
    box_finish(&result);
}

static void test_its_network_is_its_own(void **state)
{
    struct box_result result = run_hostile("network", 20);

    (void)state;
    assert_says(&result, "1.1.1.1: Network is unreachable");
    assert_says(&result, "127.0.0.1: reached");
    box_finish(&result);
}

static void test_it_has_no_privileges_and_no_descriptors(void **state)
{
    struct box_result result = run_hostile("privileges", 20);

    (void)state;
    for (const char *const *of =
             (const char *const[]){"Eff", "Prm", "Inh", "Bnd", "Amb", NULL};
         *of; of++) {
        char line[64];

        snprintf(line, sizeof(line), "Cap%s:\t0000000000000000", *of);
        assert_says(&result, line);
    }
    assert_says(&result, "NoNewPrivs:\t1");
    assert_says(&result, "descriptor 3");
    if (strstr(result.output, "descriptor 4"))
        fail_msg("%s", result.output);
    box_finish(&result);
}

static void test_an_include_without_end_is_no_harm(void **state)
{
    char *argv[] = {"cc", "-c", "mine.c", NULL};
    const char text[] = "#include \"/dev/zero\"\n";
    const struct box_file file = {"mine.c", text, sizeof(text) - 1, false};
    struct box box = box_of(argv);
    struct box_result result;

    (void)state;
    box.files = &file;
    box.n_files = 1;
    box.data_bytes = 256 << 20;
    result = run(&box);
    assert_true(result.end != BOX_ENDED || result.wait_status != 0);
    box_finish(&result);
}

static void test_what_holds_here_is_known(void **state)
{
    struct box_protections holds;

    (void)state;
    assert_int_equal(box_probe(&holds), 0);
    assert_true(holds.namespaces);
    assert_int_equal(holds.other_user, geteuid() == 0);
}

/* The argument "nobody" repeats all tests as a user without privileges. */
static void become_nobody(void)
{
    if (setgroups(0, NULL) || setgid(65534) || setuid(65534)) {
        puts("only root can become another user");
        exit(77);
    }
    prctl(PR_SET_DUMPABLE, 1); /* as after a login */
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_command_runs_and_its_end_is_known),
        cmocka_unit_test(test_files_go_in_and_one_comes_out),
        cmocka_unit_test(test_a_folder_is_shown_that_others_cannot_reach),
        cmocka_unit_test(test_sockets_of_other_programs_are_out_of_reach),
        cmocka_unit_test(test_a_link_is_not_handed_out),
        cmocka_unit_test(test_what_cannot_be_run_is_said),
        cmocka_unit_test(test_forks_end_at_the_limit),
        cmocka_unit_test(test_threads_end_at_the_limit),
        cmocka_unit_test(test_a_loop_ends_at_the_deadline),
        cmocka_unit_test(test_a_loop_ends_at_its_limit_of_cpu_time),
        cmocka_unit_test(test_memory_ends_at_the_limit),
        cmocka_unit_test(test_only_its_folder_can_be_written_and_is_small),
        cmocka_unit_test(test_output_is_cut),
        cmocka_unit_test(test_it_can_kill_no_process_outside),
        cmocka_unit_test(test_its_network_is_its_own),
        cmocka_unit_test(test_it_has_no_privileges_and_no_descriptors),
        cmocka_unit_test(test_an_include_without_end_is_no_harm),
        cmocka_unit_test(test_what_holds_here_is_known),
    };
    struct box_protections holds;

    hostile = argv[1];
    if (argc == 3)
        become_nobody();
    if (box_probe(&holds)) {
        printf("no box can be made here: %s\n", holds.missing);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
