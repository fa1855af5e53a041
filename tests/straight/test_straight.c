/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The lessons' stand-alone programs do what the workloads and the models do:
 * the judge of the counter judges them, an origin serves them, and what they
 * print is what the model of the same idiom finds there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/results/names.h"
#include "tests/conformance/kit.h"
#include "tests/straight/canned.h"
#include "workloads/count.h"
#include "workloads/web/page.h"

static const char *folder; /* where the programs are */
static const struct downloader {
    const char *program, *model;
    bool at_once;
} downloaders[] = {
    {"download_sequential", "sequential", false},
    {"download_threads", "thread-per-socket", true},
    {"download_libuv", "libuv", true},
};

/* All that a program said, on whichever stream, and its exit status. */
static char said[64 * 1024];

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char words[256], command[4096];
    size_t len;
    va_list args;
    FILE *out;
    int status;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    snprintf(command, sizeof(command), "exec '%s'/%s 2>&1", folder, words);
    out = popen(command, "r");
    assert_non_null(out);
    len = fread(said, 1, sizeof(said) - 1, out);
    said[len] = '\0';
    status = pclose(out);
    if (!WIFEXITED(status))
        fail_msg("%s: status 0x%x, %s", words, (unsigned)status, said);
    return WEXITSTATUS(status);
}

/* Counters. */

/* What the judge of the workload finds in a counter. */
static struct findings judged(uint64_t tasks, uint64_t increments)
{
    const struct setup setup = {.values = {tasks, increments}};
    size_t size = count_results_size(&setup);
    struct count_results *results = aligned_alloc(64, size);
    struct findings findings = {0};
    uint64_t counter;
    char rest;

    if (sscanf(said, "%" SCNu64 "%c%c", &counter, &rest, &rest) != 2)
        fail_msg("no counter: %s", said);
    assert_non_null(results);
    memset(results, 0, size);
    results->gate.entered = results->gate.left = (uint32_t)tasks;
    results->counter = counter;
    count_judge(NULL, &setup, NULL, results, &findings);
    free(results);
    return findings;
}

static struct findings count(const char *how, uint64_t tasks,
                             uint64_t increments)
{
    int status = run("counter_%s %" PRIu64 " %" PRIu64, how, tasks, increments);

    if (status)
        fail_msg("counter_%s: exit status %d, %s", how, status, said);
    return judged(tasks, increments);
}

static void test_counters_that_share_nothing_or_take_turns_are_exact(void **s)
{
    static const char *const exact[] = {"sequential", "locked", "libuv"};

    (void)s;
    for (size_t i = 0; i < COUNT(exact); i++)
        for (int k = 0; k < 20; k++) {
            assert_string_equal(count(exact[i], 100, 1000).text, "");
            assert_string_equal(count(exact[i], 1 + k % 3, k).text, "");
        }
}

/* The least that any interleaving leaves is 2: see the lesson's exercises. */
static void test_threads_lose_updates_and_never_gain_any(void **state)
{
    (void)state;
    for (int k = 0; k < 20; k++) {
        struct findings f = count("threads", 100, 1000);

        assert_int_equal(f.broken_iterations, 0);
        assert_true(f.lost_updates <= 100 * 1000 - 2);
        assert_string_equal(count("threads", 1, 1000).text, "");
    }
}

static void test_two_processors_are_enough_for_the_race_to_show(void **state)
{
    cpu_set_t cpus;
    uint64_t lost = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
    if (CPU_COUNT(&cpus) < 2) {
        print_message("# one processor: a race seldom shows\n");
        skip();
    }
    for (int k = 0; k < 20 && !lost; k++)
        lost = count("threads", 100, 100000).lost_updates;
    assert_true(lost > 0);
}

/* Downloads. */

static void line_of(uint64_t i, uint64_t bytes, uint64_t hash, char *out)
{
    sprintf(out, "%" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", i, bytes, hash);
}

/* Each line is the page that its address describes, in one call of XXH3. */
static void assert_pages(uint64_t n, uint64_t seed, uint64_t bytes)
{
    char *body = malloc(bytes + 8), line[80];
    const char *at = said;

    assert_non_null(body);
    for (uint64_t i = 0; i < n; i++) {
        const struct page page = {.index = i, .seed = seed, .bytes = bytes};
        uint64_t hash;

        page_fill(&page, 0, body, bytes);
        hash = XXH3_64bits(body, bytes);
        assert_int_equal(hash, page_hash(&page));
        line_of(i, bytes, hash, line);
        if (strncmp(at, line, strlen(line)) != 0)
            fail_msg("should be %sis %.200s", line, at);
        at += strlen(line);
    }
    assert_string_equal(at, "");
    free(body);
}

/* ... and the row that the model of this idiom has of the same page. */
static void assert_rows(const char *name, uint64_t n, uint64_t seed,
                        uint64_t bytes)
{
    const struct model *m = model_find(name);
    char rows[sizeof(said)] = "";
    size_t len = 0;
    struct trial t;

    if (!m || !m->connections.run)
        return; /* left out of this build */
    trial_init(&t, "download", kit_origin.port);
    t.setup.seed = seed;
    trial_set(&t, "n", n);
    trial_set(&t, "bytes", bytes);
    trial_set(&t, "latency-ms", 0);
    assert_int_equal(trial_run(&t, m), 0);
    trial_assert_right(&t, name);
    for (uint64_t i = 0; i < n; i++) {
        const struct row *row = &trial_journal(&t)->rows[i];

        line_of(i, row->bytes, row->hash, rows + len);
        len += strlen(rows + len);
    }
    assert_string_equal(rows, said);
    trial_finish(&t);
}

static void download(const struct downloader *d, uint64_t n, uint64_t seed,
                     uint64_t bytes, unsigned latency_ms)
{
    struct origin_view view;
    int status;

    assert_int_equal(origin_reset(&kit_origin), 0);
    status = run("%s 127.0.0.1 %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %u",
                 d->program, kit_origin.port, n, seed, bytes, latency_ms);
    if (status)
        fail_msg("%s: exit status %d, %s", d->program, status, said);
    assert_pages(n, seed, bytes);
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_int_equal(view.requests, n);
    assert_int_equal(view.bytes, n * bytes);
    assert_int_equal(view.connections, 0);
}

static void test_every_page_is_the_page_that_the_model_finds(void **state)
{
    static const uint64_t seeds[] = {1, 42, UINT64_MAX};
    static const uint64_t sizes[] = {1, 4096, 300000};
    static const uint64_t pages[] = {1, 8, 100};

    (void)state;
    for (size_t i = 0; i < COUNT(downloaders); i++)
        for (size_t j = 0; j < COUNT(seeds) * COUNT(sizes) * COUNT(pages);
             j++) {
            uint64_t seed = seeds[j % 3], bytes = sizes[j / 3 % 3];
            uint64_t n = pages[j / 9];

            download(&downloaders[i], n, seed, bytes, 0);
            assert_rows(downloaders[i].model, n, seed, bytes);
        }
}

static void test_without_more_words_a_page_is_4096_bytes_after_10_ms(void **s)
{
    struct origin_view view;

    (void)s;
    for (size_t i = 0; i < COUNT(downloaders); i++) {
        assert_int_equal(origin_reset(&kit_origin), 0);
        assert_int_equal(
            run("%s 127.0.0.1 %u 3 7", downloaders[i].program, kit_origin.port),
            0);
        assert_pages(3, 7, 4096);
        assert_int_equal(origin_read(&kit_origin, &view), 0);
        assert_true(view.delay_us >= 10000);
    }
}

enum { WAITING = 8 };

/* How many the server saw in flight. */
static uint64_t peak_of(const char *program, unsigned latency_ms)
{
    struct origin_view view;

    assert_int_equal(origin_reset(&kit_origin), 0);
    assert_int_equal(run("%s 127.0.0.1 %u %d 7 64 %u", program, kit_origin.port,
                         WAITING, latency_ms),
                     0);
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_int_equal(view.requests, WAITING);
    return view.peak;
}

/*
 * One after another is exact.  All at once needs all of them to have asked
 * before the first is answered: on a machine that is busy just then, with more
 * time for it.
 */
static void test_they_wait_as_their_idiom_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(downloaders); i++) {
        unsigned latency_ms = 50;
        uint64_t peak = peak_of(downloaders[i].program, latency_ms);

        while (downloaders[i].at_once && peak < WAITING && latency_ms < 3000) {
            latency_ms *= 2;
            peak = peak_of(downloaders[i].program, latency_ms);
        }
        assert_int_equal(peak, downloaders[i].at_once ? WAITING : 1);
    }
}

/* Faults: exit status 1 and a message, never a line that looks right. */

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n"

static const struct answer faults[] = {
    {"a body cut short", OK_HEAD, 4095, false, false},
    {"a body cut off by a reset", OK_HEAD, 2000, true, false},
    {"a body that is too long", OK_HEAD, 4097, false, false},
    {"far more than there is room for", OK_HEAD, 40960, false, false},
    {"a head without a body", OK_HEAD, 0, false, false},
    {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", 0, false, false},
    {"no word at all", "", 0, false, false},
    {"a reset at once", "", 0, true, false},
    {"another status", "HTTP/1.1 404 Not Found\r\n\r\n", 4096, false, false},
    {"no HTTP", "220 ready\r\n\r\n", 4096, false, false},
};

static void assert_fails(const struct downloader *d, const char *what,
                         uint16_t port, unsigned n)
{
    int status = run("%s 127.0.0.1 %u %u 7 4096 0", d->program, port, n);

    if (status != 1 || !strstr(said, "page 0: not 4096 bytes"))
        fail_msg("%s, %s: exit status %d, %s", d->program, what, status, said);
    /* A line of a page begins with its number. */
    for (const char *at = said; *at; at = strchr(at, '\n') + 1)
        if (*at >= '0' && *at <= '9')
            fail_msg("%s, %s: %s", d->program, what, at);
}

static void test_a_page_that_is_not_whole_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct canned server = canned_start(&faults[i], 7, 4096);

        for (size_t k = 0; k < COUNT(downloaders); k++) {
            assert_fails(&downloaders[k], faults[i].what, server.port, 1);
            assert_fails(&downloaders[k], faults[i].what, server.port, 5);
        }
        canned_stop(&server);
    }
}

static void test_a_refused_port_is_an_error(void **state)
{
    uint16_t port;
    int fd = canned_refuse(&port);

    (void)state;
    for (size_t k = 0; k < COUNT(downloaders); k++) {
        assert_fails(&downloaders[k], "a refused port", port, 1);
        assert_fails(&downloaders[k], "a refused port", port, 5);
        assert_non_null(strcasestr(said, "connection refused"));
    }
    close(fd);
}

/* A connection may be reset before the request, in it, or after it. */
static void test_a_reset_is_named_whenever_it_comes(void **state)
{
    static const struct answer resets[] = {
        {"a reset after the request", "", 0, true, false, false},
        {"a reset at once", "", 0, true, false, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(resets); i++) {
        struct canned server = canned_start(&resets[i], 7, 4096);

        for (size_t k = 0; k < COUNT(downloaders) * 20; k++) {
            const struct downloader *d = &downloaders[k % COUNT(downloaders)];

            assert_fails(d, resets[i].what, server.port, 5);
            if (!strcasestr(said, "page 0: connection reset"))
                fail_msg("%s, %s: %s", d->program, resets[i].what, said);
        }
        canned_stop(&server);
    }
}

/* Of many connections, some are broken before their request is written. */
static void test_a_broken_pipe_is_an_error_and_no_signal(void **state)
{
    static const struct answer broken = {"a broken pipe", "",   0,   true,
                                         false,           true, true};
    struct canned server = canned_start(&broken, 7, 4096);

    (void)state;
    for (size_t k = 0; k < COUNT(downloaders); k++)
        for (int i = 0; i < 5; i++)
            assert_fails(&downloaders[k], broken.what, server.port, 200);
    canned_stop(&server);
}

static void test_a_page_that_trickles_is_a_page(void **state)
{
    static const struct answer slow = {"byte by byte", OK_HEAD, 4096, false,
                                       true};
    struct canned server = canned_start(&slow, 7, 4096);

    (void)state;
    for (size_t k = 0; k < COUNT(downloaders); k++) {
        assert_int_equal(run("%s 127.0.0.1 %u 1 7 4096 0",
                             downloaders[k].program, server.port),
                         0);
        assert_pages(1, 7, 4096);
    }
    canned_stop(&server);
}

static void test_arguments_that_are_no_order_are_refused(void **state)
{
    static const char *const wrong[] = {"127.0.0.1 80 1", "here 80 1 1",
                                        "127.0.0.1 80 0 1",
                                        "127.0.0.1 80 10001 1"};

    (void)state;
    for (size_t i = 0; i < COUNT(downloaders); i++)
        for (size_t k = 0; k < COUNT(wrong); k++) {
            assert_int_equal(run("%s %s", downloaders[i].program, wrong[k]), 1);
            assert_non_null(strstr(said, "HOST PORT N SEED"));
            assert_non_null(strstr(said, "N <= 10000"));
        }
}

static void test_without_arguments_they_say_which_they_want(void **state)
{
    static const char *const counters[] = {"sequential", "threads", "locked",
                                           "libuv"};

    (void)state;
    for (size_t i = 0; i < COUNT(counters); i++) {
        assert_int_equal(run("counter_%s 100", counters[i]), 1);
        assert_non_null(strstr(said, "TASKS and INCREMENTS"));
    }
    for (size_t i = 0; i < COUNT(downloaders); i++) {
        assert_int_equal(run("%s 127.0.0.1 80 1", downloaders[i].program), 1);
        assert_non_null(strstr(said, "HOST PORT N SEED"));
        assert_int_equal(run("%s here 80 1 1", downloaders[i].program), 1);
        assert_non_null(strstr(said, "HOST PORT N SEED"));
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_counters_that_share_nothing_or_take_turns_are_exact),
        cmocka_unit_test(test_threads_lose_updates_and_never_gain_any),
        cmocka_unit_test(test_two_processors_are_enough_for_the_race_to_show),
        cmocka_unit_test(test_every_page_is_the_page_that_the_model_finds),
        cmocka_unit_test(
            test_without_more_words_a_page_is_4096_bytes_after_10_ms),
        cmocka_unit_test(test_they_wait_as_their_idiom_waits),
        cmocka_unit_test(test_a_page_that_is_not_whole_is_an_error),
        cmocka_unit_test(test_a_refused_port_is_an_error),
        cmocka_unit_test(test_a_reset_is_named_whenever_it_comes),
        cmocka_unit_test(test_a_broken_pipe_is_an_error_and_no_signal),
        cmocka_unit_test(test_a_page_that_trickles_is_a_page),
        cmocka_unit_test(test_arguments_that_are_no_order_are_refused),
        cmocka_unit_test(test_without_arguments_they_say_which_they_want),
    };

    if (argc != 2)
        return EXIT_FAILURE;
    folder = argv[1];
    return cmocka_run_group_tests(tests, kit_origin_setup, kit_origin_teardown);
}
