/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The lessons' scrapers find what the models find, wait as their idiom waits,
 * and say of each blog that has no title why it has none; the same in each
 * idiom, word for word, and whatever the others come to.
 */
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/kit.h"
#include "tests/straight/canned.h"
#include "workloads/web/blog.h"
#include "workloads/web/fault.h"
#include "workloads/web/scraping.h"

static const char *folder;    /* where the programs are, */
static const char *sanitizer; /* and what they were built with, or "none" */
static struct origin origin;

static const struct scraper {
    const char *program, *model;
    bool at_once;
} scrapers[] = {
    {"scrape_sequential", "sequential", false},
    {"scrape_threads", "thread-per-socket", true},
    {"scrape_libuv", "libuv", true},
};

/* What a program said: titles, and complaints. */
static char said[256 * 1024], complained[64 * 1024];
static char complaints[] = "/tmp/baton-test-XXXXXX";

static void read_complaints(void)
{
    FILE *file = fopen(complaints, "r");
    size_t len;

    assert_non_null(file);
    len = fread(complained, 1, sizeof(complained) - 1, file);
    complained[len] = '\0';
    fclose(file);
}

/* `before` is shell, such as "ulimit -n 24 &&". */
static int run_after(const char *before, const char *words)
{
    char command[4096];
    size_t len;
    FILE *out;
    int status;

    snprintf(command, sizeof(command), "%s exec '%s'/%s 2>%s", before, folder,
             words, complaints);
    out = popen(command, "r");
    assert_non_null(out);
    len = fread(said, 1, sizeof(said) - 1, out);
    said[len] = '\0';
    status = pclose(out);
    read_complaints();
    if (!WIFEXITED(status))
        fail_msg("%s: status 0x%x, %s", words, (unsigned)status, complained);
    return WEXITSTATUS(status);
}

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char words[512];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    return run_after("", words);
}

/* The next line is this one; the program's name if not. */
__attribute__((format(printf, 3, 4))) static void
assert_line(const char *program, const char **at, const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (strncmp(*at, line, strlen(line)) != 0)
        fail_msg("%s: should be %sis %.200s", program, line, *at);
    *at += strlen(line);
}

/* Titles. */

static void assert_titles(const char *program, uint64_t n, uint64_t seed)
{
    const char *at = said;

    for (uint64_t i = 0; i < n; i++) {
        const struct page blog = {.index = i, .seed = seed};
        char title[BLOG_MAX_TITLE];

        blog_title(&blog, title);
        assert_line(program, &at, "%" PRIu64 " %s\n", i, title);
    }
    assert_string_equal(at, "");
    assert_string_equal(complained, "");
}

/* ... and the model of this idiom has the same of the same blogs. */
static void assert_rows(const struct scraper *scraper, uint64_t n,
                        uint64_t seed, uint64_t bytes)
{
    const struct model *m = model_find(scraper->model);
    const char *at = said;
    struct trial t;

    if (!m || !m->connections.run)
        return; /* left out of this build */
    trial_init(&t, "titles", origin.port);
    t.setup.seed = seed;
    trial_set(&t, "n", n);
    trial_set(&t, "bytes", bytes);
    trial_set(&t, "latency-ms", 0);
    assert_int_equal(trial_run(&t, m), 0);
    trial_assert_right(&t, m->name);
    for (uint64_t i = 0; i < n; i++)
        assert_line(scraper->program, &at, "%" PRIu64 " %s\n", i,
                    scraping_rows(trial_journal(&t))[i].title);
    assert_string_equal(at, "");
    trial_finish(&t);
}

static void scrape(const struct scraper *scraper, uint64_t n, uint64_t seed,
                   uint64_t bytes)
{
    struct origin_view view;

    assert_int_equal(origin_reset(&origin), 0);
    assert_int_equal(run("%s 127.0.0.1 %u %" PRIu64 " %" PRIu64 " %" PRIu64
                         " 0",
                         scraper->program, origin.port, n, seed, bytes),
                     0);
    assert_titles(scraper->program, n, seed);
    assert_int_equal(origin_read(&origin, &view), 0);
    assert_int_equal(view.requests, 2 * n);
    assert_true(view.bytes >= 2 * n * bytes);
    assert_int_equal(view.connections, 0);
}

static void test_every_title_is_the_one_that_the_model_finds(void **state)
{
    static const struct {
        uint64_t n, seed, bytes;
    } cases[] = {{1, 1, 4096},           {1, 42, 0},   {8, 7, 300000},
                 {8, UINT64_MAX, 40000}, {100, 1, 0},  {100, 42, 4096},
                 {100, UINT64_MAX, 0},   {100, 8, 100}};

    (void)state;
    for (size_t i = 0; i < COUNT(scrapers); i++)
        for (size_t j = 0; j < COUNT(cases); j++) {
            scrape(&scrapers[i], cases[j].n, cases[j].seed, cases[j].bytes);
            assert_rows(&scrapers[i], cases[j].n, cases[j].seed,
                        cases[j].bytes);
        }
}

static void test_without_more_words_a_page_is_4096_bytes_after_10_ms(void **s)
{
    struct origin_view view;

    (void)s;
    for (size_t i = 0; i < COUNT(scrapers); i++) {
        assert_int_equal(origin_reset(&origin), 0);
        assert_int_equal(
            run("%s 127.0.0.1 %u 3 7", scrapers[i].program, origin.port), 0);
        assert_titles(scrapers[i].program, 3, 7);
        assert_int_equal(origin_read(&origin, &view), 0);
        assert_in_range(view.bytes, 6 * 4096, 6 * 5000);
        assert_true(view.delay_us >= 10000);
    }
}

enum { WAITING = 8 };

/* How many the server saw in flight. */
static uint64_t peak_of(const char *program, unsigned latency_ms)
{
    struct origin_view view;

    assert_int_equal(origin_reset(&origin), 0);
    assert_int_equal(run("%s 127.0.0.1 %u %d 7 64 %u", program, origin.port,
                         WAITING, latency_ms),
                     0);
    assert_int_equal(origin_read(&origin, &view), 0);
    assert_int_equal(view.requests, 2 * WAITING);
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
    for (size_t i = 0; i < COUNT(scrapers); i++) {
        unsigned latency_ms = 50;
        uint64_t peak = peak_of(scrapers[i].program, latency_ms);

        while (scrapers[i].at_once && peak < WAITING && latency_ms < 3000) {
            latency_ms *= 2;
            peak = peak_of(scrapers[i].program, latency_ms);
        }
        assert_int_equal(peak, scrapers[i].at_once ? WAITING : 1);
    }
}

/* Complaints. */

static void assert_complains(const struct scraper *scraper, const char *what,
                             int status, unsigned n, const char *words)
{
    const char *at = complained;

    if (status != 1 || said[0])
        fail_msg("%s, %s: exit status %d, %s", scraper->program, what, status,
                 said);
    for (unsigned i = 0; i < n; i++)
        assert_line(scraper->program, &at, "blog %u: %s\n", i, words);
    assert_string_equal(at, "");
}

/*
 * What they make of the sites of the fault matrix.  Those that are healthy
 * for a model speak more of HTTP than these programs understand; those that
 * last until a deadline would last for ever, for here is none.
 */
static const struct {
    const char *fault, *words; /* NULL: of no use here */
    const char *loop;          /* what else libuv may make of it */
} matrix[] = {
    {"not-found", "HTTP/1.1 404"},
    {"server-error", "HTTP/1.1 500"},
    {"redirect-loop", "HTTP/1.1 302"},
    {"redirect-scheme", "HTTP/1.1 302"},
    {"reset-at-once", "Connection reset by peer"},
    {"empty-reply", "closed without an answer"},
    /* When the reset arrives with the last bytes, libuv says EOF. */
    {"reset-in-body", "Connection reset by peer",
     "not as long as Content-Length"},
    {"short-body", "not as long as Content-Length"},
    {"short-chunks", "no Content-Length"},
    {"bad-chunk", "no Content-Length"},
    {"negative-length", "not as long as Content-Length"},
    {"two-lengths", "not as long as Content-Length"},
    {"not-http", "not HTTP/1.1"},
    {"big-header", "too long"},
    {"big-body", "too long"},
    {"slow-header", NULL},
    {"slow-body", NULL},
    {"silent", NULL},
    {"no-link", "no link to an article"},
    {"no-title", "no title"},
    {"binary", "no link to an article"},
    {"refused", NULL},
    {"deaf", NULL},
    {"chunked", "no Content-Length"},
    {"until-close", "no Content-Length"},
    {"no-content", "HTTP/1.1 204"},
    {"redirect", "HTTP/1.1 302"},
};

static void assert_fault(const struct scraper *scraper, size_t i)
{
    const char *words = matrix[i].words, *loop = matrix[i].loop;
    unsigned n = loop ? 1 : 3;
    int status = run("%s 127.0.0.1 %u %u 7 4096 0 fault/%s", scraper->program,
                     origin.port, n, matrix[i].fault);

    if (loop && strcmp(scraper->model, "libuv") == 0 &&
        strstr(complained, loop))
        words = loop;
    assert_complains(scraper, matrix[i].fault, status, n, words);
}

static void test_each_fault_is_named_alike_in_each_idiom(void **state)
{
    (void)state;
    assert_int_equal(COUNT(matrix) + 1, n_faults); /* all but "plain" */
    for (size_t i = 0; i < COUNT(matrix); i++) {
        assert_non_null(fault_find(matrix[i].fault, strlen(matrix[i].fault)));
        for (size_t k = 0; matrix[i].words && k < COUNT(scrapers); k++)
            assert_fault(&scrapers[k], i);
    }
}

static void test_links_lead_from_wherever_the_page_lies(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++)
        for (unsigned seed = 0; seed < 10; seed++) {
            assert_int_equal(run("%s 127.0.0.1 %u 10 %u 4096 0 fault/plain",
                                 scrapers[k].program, origin.port, seed),
                             0);
            assert_titles(scrapers[k].program, 10, seed);
        }
}

static void test_a_refused_port_is_named(void **state)
{
    uint16_t port;
    int fd = canned_refuse(&port);

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++)
        assert_complains(&scrapers[k], "a refused port",
                         run("%s 127.0.0.1 %u 5 7", scrapers[k].program, port),
                         5, "Connection refused");
    close(fd);
}

/* Answers that the origin does not give. */

#define OK           "HTTP/1.1 200 OK\r\n"
#define LINK(target) "<h3><a href=" target ">x</a></h3>"
#define LONG         "/2345678901234567890123456789012345678901234567890123456789"
#define LONGER       LONG LONG LONG LONG LONG LONG LONG LONG LONG

static const struct {
    struct answer answer;
    const char *words;
} broken[] = {
    {{.what = "no word", .head = ""}, "closed without an answer"},
    {{.what = "half a version", .head = "HTTP/1"}, "not HTTP/1.1"},
    {{.what = "another protocol", .head = "220 ready\r\n\r\n"}, "not HTTP/1.1"},
    {{.what = "half a status", .head = "HTTP/1.1 4"}, "an incomplete header"},
    {{.what = "half a header", .head = OK "Content-Length: 2"},
     "an incomplete header"},
    {{.what = "a status that is none", .head = "HTTP/1.1 \033[2J\r\n\r\n"},
     "HTTP/1.1 "},
    {{.what = "no length", .head = OK "\r\n" LINK("/x")}, "no Content-Length"},
    {{.what = "a length that is none of the header's",
      .head = OK "\r\n\r\nContent-Length: 0\r\n"},
     "no Content-Length"},
    {{.what = "a body cut short",
      .head = OK "Content-Length: 26\r\n\r\n" LINK("/x")},
     "not as long as Content-Length"},
    {{.what = "a body that is too long",
      .head = OK "Content-Length: 24\r\n\r\n" LINK("/x")},
     "not as long as Content-Length"},
    {{.what = "more than there is room for",
      .head = OK "Content-Length: 40000\r\n\r\n",
      .body = 40000},
     "too long"},
    {{.what = "a header without an end", .head = OK "X: ", .body = 40000},
     "too long"},
};

static void test_answers_that_are_no_pages_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct canned server = canned_start(&broken[i].answer, 7, 4096);

        for (size_t k = 0; k < COUNT(scrapers); k++) {
            int status = run("%s 127.0.0.1 %u 5 7 4096 0", scrapers[k].program,
                             server.port);

            assert_complains(&scrapers[k], broken[i].answer.what, status, 5,
                             broken[i].words);
        }
        canned_stop(&server);
    }
}

/* The same page is the blog and its article. */
static const struct {
    const char *page, *title, *words;
} pages[] = {
    {"<title>A</title>" LINK("/x"), "A", NULL},
    {"<title> A\n  &amp;\t b </title><h3><a href='\n /x#y '>x</a>", "A & b",
     NULL},
    {"<title>A</title><base href=/a/b/?c=/../d><h3><a href=../e?f=/../g>x</a>",
     "A", NULL},
    {"<title>A</title><h3>x</h3><h3><a name=x>x</a><a href=/x>x</a>", "A",
     NULL},
    {"<title>A</title><svg><title>B</title></svg>" LINK("/x"), "A", NULL},
    {"", NULL, "not HTML"},
    {"<title>A</title>", NULL, "no link to an article"},
    {"<title>A</title><h2><a href=/x>x</a></h2>", NULL,
     "no link to an article"},
    {"<title>A</title>" LINK("' '"), NULL, "no link to an article"},
    {"<title>A</title>" LINK("//127.0.0.1/x"), NULL,
     "its link leads elsewhere"},
    {"<title>A</title>" LINK("mailto:x@y"), NULL, "its link leads elsewhere"},
    {"<title>A</title><base href=http://other/>" LINK("x"), NULL,
     "its link leads elsewhere"},
    {"<title>A</title>" LINK("/[x]%zz"), NULL, "its link leads elsewhere"},
    {"<title>A</title>" LINK(LONGER), NULL, "its link is too long"},
    {LINK("/x"), NULL, "no title"},
    {"<title> \t\n</title>" LINK("/x"), NULL, "no title"},
    {"<h1>A</h1>" LINK("/x"), NULL, "no title"},
};

static void test_what_is_on_a_page_is_found_or_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++) {
        char head[2048];
        const struct answer answer = {.head = head};
        struct canned server;

        snprintf(head, sizeof(head), OK "Content-Length: %zu\r\n\r\n%s",
                 strlen(pages[i].page), pages[i].page);
        server = canned_start(&answer, 7, 4096);
        for (size_t k = 0; k < COUNT(scrapers); k++) {
            int status =
                run("%s 127.0.0.1 %u 1 7", scrapers[k].program, server.port);
            const char *at = said;

            if (pages[i].words) {
                assert_complains(&scrapers[k], pages[i].page, status, 1,
                                 pages[i].words);
                continue;
            }
            assert_line(scrapers[k].program, &at, "0 %s\n", pages[i].title);
            assert_string_equal(complained, "");
            assert_int_equal(status, 0);
        }
        canned_stop(&server);
    }
}

static void test_a_header_tells_the_charset(void **state)
{
    static const struct answer cyrillic = {
        .head = OK "Content-Type: text/html; charset=koi8-r\r\n"
                   "Content-Length: 42\r\n\r\n"
                   "<title>\xc3\xa9</title>" LINK("/x")};
    struct canned server = canned_start(&cyrillic, 7, 4096);

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++) {
        assert_int_equal(
            run("%s 127.0.0.1 %u 1 7", scrapers[k].program, server.port), 0);
        assert_string_equal(said, "0 ц╘\n");
    }
    canned_stop(&server);
}

static void test_a_page_that_trickles_is_a_page(void **state)
{
    static const struct answer slow = {
        .head = OK "Content-Length: 41\r\n\r\n<title>A</title>" LINK("/x"),
        .trickling = true};
    struct canned server = canned_start(&slow, 7, 4096);

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++) {
        assert_int_equal(
            run("%s 127.0.0.1 %u 2 7", scrapers[k].program, server.port), 0);
        assert_string_equal(said, "0 A\n1 A\n");
    }
    canned_stop(&server);
}

/* A connection may be reset before the request, in it, or after it. */
static void test_a_reset_is_named_whenever_it_comes(void **state)
{
    static const struct answer resets[] = {
        {.what = "a reset after the request", .head = "", .reset = true},
        {.what = "a reset at once", .head = "", .reset = true, .deaf = true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(resets); i++) {
        struct canned server = canned_start(&resets[i], 7, 4096);

        for (size_t k = 0; k < COUNT(scrapers) * 20; k++) {
            const struct scraper *scraper = &scrapers[k % COUNT(scrapers)];
            int status =
                run("%s 127.0.0.1 %u 5 7", scraper->program, server.port);

            assert_complains(scraper, resets[i].what, status, 5,
                             "Connection reset by peer");
        }
        canned_stop(&server);
    }
}

/* Of many connections, some are broken before their request is written. */
static void test_a_broken_pipe_is_an_error_and_no_signal(void **state)
{
    static const struct answer pipes = {
        .head = "", .reset = true, .deaf = true, .piping = true};
    struct canned server = canned_start(&pipes, 7, 4096);

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++)
        for (int i = 0; i < 5; i++) {
            assert_int_equal(
                run("%s 127.0.0.1 %u 200 7", scrapers[k].program, server.port),
                1);
            assert_string_equal(said, "");
        }
    canned_stop(&server);
}

/* Each blog has its own fault, or none. */

#define RESET "reset"

static const struct {
    const char *front, *article; /* NULL: a page that has it all */
    const char *words;
} kinds[] = {
    {NULL, NULL, NULL},
    {RESET, NULL, "Connection reset by peer"},
    {"HTTP/1.1 404 Not Found\r\n\r\n", NULL, "HTTP/1.1 404"},
    {"", NULL, "closed without an answer"},
    {OK "Content-Length: 9\r\n\r\n<p>x", NULL, "not as long as Content-Length"},
    {OK "Content-Length: 4\r\n\r\n<p>x", NULL, "no link to an article"},
    {NULL, RESET, "Connection reset by peer"},
    {NULL, "HTTP/1.1 500 Sorry\r\n\r\n", "HTTP/1.1 500"},
    {NULL, "", "closed without an answer"},
    {NULL, OK "Content-Length: 4\r\n\r\n<p>x", "no title"},
};

static void say_page(int fd, unsigned index)
{
    char body[128], text[256];
    int len =
        snprintf(body, sizeof(body),
                 "<title>Blog %u</title>" LINK("/article/%u"), index, index);

    len = snprintf(text, sizeof(text), OK "Content-Length: %d\r\n\r\n%s", len,
                   body);
    send(fd, text, (size_t)len, MSG_NOSIGNAL);
}

static void answer_mixed(int fd)
{
    const struct linger now = {.l_onoff = 1};
    char request[1024], part[8];
    ssize_t n = recv(fd, request, sizeof(request) - 1, 0);
    const char *text;
    unsigned i;

    request[n > 0 ? n : 0] = '\0';
    if (sscanf(request, "GET /%7[a-z]/%u", part, &i) != 2)
        abort();
    text = strcmp(part, "blog") == 0 ? kinds[i % COUNT(kinds)].front
                                     : kinds[i % COUNT(kinds)].article;
    if (!text)
        say_page(fd, i);
    else if (strcmp(text, RESET) == 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    else
        send(fd, text, strlen(text), MSG_NOSIGNAL);
    close(fd);
}

static struct canned start_mixed(void)
{
    struct canned server;
    int listener = canned_refuse(&server.port);
    pid_t parent = getpid();

    assert_int_equal(listen(listener, 128), 0);
    server.pid = fork();
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == parent)
            answer_mixed(accept(listener, NULL, NULL));
        _exit(1);
    }
    close(listener);
    return server;
}

static void test_an_error_at_one_blog_is_none_at_the_others(void **state)
{
    const unsigned n = 10 * COUNT(kinds);
    struct canned server = start_mixed();

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++) {
        const char *program = scrapers[k].program, *titles = said;
        const char *words = complained;

        assert_int_equal(run("%s 127.0.0.1 %u %u 7", program, server.port, n),
                         1);
        for (unsigned i = 0; i < n; i++)
            if (kinds[i % COUNT(kinds)].words)
                assert_line(program, &words, "blog %u: %s\n", i,
                            kinds[i % COUNT(kinds)].words);
            else
                assert_line(program, &titles, "%u Blog %u\n", i, i);
        assert_string_equal(titles, "");
        assert_string_equal(words, "");
    }
    canned_stop(&server);
}

/* Limits of this side. */

static unsigned lines_with(const char *text, const char *words)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, words)); at++)
        n++;
    return n;
}

/* What has room is scraped, and the rest is named. */
static void assert_limited(const char *before, const char *words,
                           const char *complaint, unsigned n)
{
    int status = run_after(before, words);

    if (status == 77) {
        print_message("# these limits cannot be set\n");
        skip();
    }
    assert_int_equal(status, 1);
    assert_true(lines_with(complained, complaint) > 0);
    assert_true(lines_with(said, " of 7\n") > 0);
    assert_int_equal(
        lines_with(complained, complaint) + lines_with(said, " of 7\n"), n);
    assert_int_equal(lines_with(complained, "\n"),
                     lines_with(complained, complaint));
}

static void test_a_blog_without_a_descriptor_is_named(void **state)
{
    char words[128];

    (void)state;
    for (size_t k = 0; k < COUNT(scrapers); k++) {
        if (!scrapers[k].at_once)
            continue;
        snprintf(words, sizeof(words), "%s 127.0.0.1 %u 200 7 64 500",
                 scrapers[k].program, origin.port);
        assert_limited("ulimit -n 40 || exit 77;", words,
                       ": Too many open files\n", 200);
    }
}

/* Sanitizers want more addresses than this limit leaves. */
static void test_a_blog_without_a_thread_is_named(void **state)
{
    char words[128];

    (void)state;
    if (strcmp(sanitizer, "none") != 0)
        skip();
    snprintf(words, sizeof(words), "scrape_threads 127.0.0.1 %u 50 7 64 200",
             origin.port);
    assert_limited("ulimit -s 1000000 && ulimit -v 4000000 || exit 77;", words,
                   ": Resource temporarily unavailable\n", 50);
}

static void test_arguments_that_are_no_order_are_refused(void **state)
{
    static const char *const wrong[] = {"", "127.0.0.1 80 1", "here 80 1 1",
                                        "127.0.0.1 80 0 1",
                                        "127.0.0.1 80 10001 1"};

    (void)state;
    for (size_t i = 0; i < COUNT(scrapers); i++)
        for (size_t k = 0; k < COUNT(wrong); k++) {
            assert_int_equal(run("%s %s", scrapers[i].program, wrong[k]), 1);
            assert_non_null(strstr(complained, "HOST PORT N SEED"));
            assert_non_null(strstr(complained, "N <= 10000"));
            assert_string_equal(said, "");
        }
}

static int start_origin(void **state)
{
    (void)state;
    kit_origin_start(&origin);
    close(mkstemp(complaints));
    return 0;
}

static int stop_origin(void **state)
{
    (void)state;
    origin_stop(&origin);
    unlink(complaints);
    return 0;
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_title_is_the_one_that_the_model_finds),
        cmocka_unit_test(
            test_without_more_words_a_page_is_4096_bytes_after_10_ms),
        cmocka_unit_test(test_they_wait_as_their_idiom_waits),
        cmocka_unit_test(test_each_fault_is_named_alike_in_each_idiom),
        cmocka_unit_test(test_links_lead_from_wherever_the_page_lies),
        cmocka_unit_test(test_a_refused_port_is_named),
        cmocka_unit_test(test_answers_that_are_no_pages_are_named),
        cmocka_unit_test(test_what_is_on_a_page_is_found_or_named),
        cmocka_unit_test(test_a_header_tells_the_charset),
        cmocka_unit_test(test_a_page_that_trickles_is_a_page),
        cmocka_unit_test(test_a_reset_is_named_whenever_it_comes),
        cmocka_unit_test(test_a_broken_pipe_is_an_error_and_no_signal),
        cmocka_unit_test(test_an_error_at_one_blog_is_none_at_the_others),
        cmocka_unit_test(test_a_blog_without_a_descriptor_is_named),
        cmocka_unit_test(test_a_blog_without_a_thread_is_named),
        cmocka_unit_test(test_arguments_that_are_no_order_are_refused),
    };

    if (argc != 3)
        return EXIT_FAILURE;
    folder = argv[1];
    sanitizer = argv[2];
    return cmocka_run_group_tests(tests, start_origin, stop_origin);
}
