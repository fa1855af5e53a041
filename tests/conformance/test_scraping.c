/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The protocol that scrapes: byte by byte in memory, along redirects and odd
 * links to a peer that says what the test wants, and in every model against the
 * real origin with all its faults.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>

#include "tests/conformance/suite.h"
#include "workloads/web/blog.h"
#include "workloads/web/decoding.h"
#include "workloads/clock.h"
#include "workloads/web/fault.h"
#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/scraping.h"

/*
 * The healthy sites have to be there within SHORT_MS, on a machine that stands
 * still for a while, too; some of the others last as long.
 */
enum { REFUSED_PORT = 1, FULL_PORT = 2, SHORT_MS = 1500 };

/* In memory, in pieces of any size. */

struct side {
    struct conn *conn;
    enum verb verb;
};

static bool carry(struct side *from, struct side *to, size_t piece)
{
    size_t len;
    const void *data;

    if (!from->conn || !to->conn || to->verb == CONN_DONE)
        return false;
    data = conn_pending(from->conn, &len);
    if (!len)
        return false;
    if (len > piece)
        len = piece;
    to->verb = conn_received(to->conn, data, len);
    conn_sent(from->conn, len);
    return true;
}

static void hang_up(const struct answering *a, struct side *server)
{
    if (server->conn)
        a->close(server->conn);
    *server = (struct side){NULL, CONN_WAIT};
}

static void dial(const struct answering *a, struct side *client,
                 struct side *server, const uint64_t *now_ns)
{
    int error;

    hang_up(a, server);
    error = a->open(a, &client->conn->dial, now_ns, &server->conn);
    if (error)
        client->verb = conn_ended(client->conn, error);
    else if (server->conn)
        client->verb = conn_opened(client->conn);
    else
        client->verb = CONN_WAIT; /* for its deadline */
}

static void expire(struct side *client, struct side *server, uint64_t *now_ns)
{
    struct side *next = client;

    if (server->conn && server->conn->deadline_ns < client->conn->deadline_ns)
        next = server;
    if (next->conn->deadline_ns > *now_ns)
        *now_ns = next->conn->deadline_ns;
    next->verb = conn_expired(next->conn);
}

static bool crowded; /* for the next page: so many heavy ones are in work */

static void be_crowded(struct conn *c)
{
    struct journal *j = c->layers->journal;

    for (int i = 0; i < 3; i++)
        assert_int_equal(conn_work(c), WORK_LATER);
    assert_int_equal(j->heavy, SCRAPING_MAX_HEAVY);
    j->heavy--;
}

static void work(struct side *client)
{
    bool was_crowded = crowded;

    crowded = false;
    if (was_crowded)
        be_crowded(client->conn);
    while (conn_work(client->conn) != WORK_DONE) {
    }
    client->verb = conn_worked(client->conn);
    if (was_crowded)
        assert_int_equal(client->conn->layers->journal->heavy,
                         SCRAPING_MAX_HEAVY - 1);
}

static void talk(const struct answering *a, struct conn *c, uint64_t *now_ns,
                 size_t piece)
{
    struct side client = {c, conn_start(c)}, server = {NULL, CONN_WAIT};

    while (client.verb != CONN_DONE) {
        if (client.verb == CONN_DIAL) {
            dial(a, &client, &server, now_ns);
        } else if (client.verb == CONN_WORK) {
            work(&client);
        } else if (carry(&client, &server, SIZE_MAX) ||
                   carry(&server, &client, piece)) {
            continue;
        } else if (server.conn && server.verb == CONN_DONE) {
            bool reset = server.conn->reset;

            hang_up(a, &server);
            client.verb = conn_ended(c, reset ? -ECONNRESET : 0);
        } else {
            expire(&client, &server, now_ns);
        }
    }
    hang_up(a, &server);
}

static void fail_sites(struct trial *t)
{
    trial_init(t, "faults", 80);
    t->setup.refused_port = REFUSED_PORT;
    t->setup.full_port = FULL_PORT;
}

/* Nothing but who waited may differ. */
static void assert_same_row(const char *who, const char *site,
                            const struct row *a, const struct row *b,
                            bool bytes)
{
    if (a->outcome != b->outcome || a->status != b->status ||
        a->dials != b->dials ||
        (bytes && (a->bytes != b->bytes || a->hash != b->hash)))
        fail_msg("%s, %s: %s %u with %" PRIu64 " bytes after %u dials, "
                 "should be %s %u, %" PRIu64 ", %u",
                 who, site, outcome_name(b->outcome), b->status, b->bytes,
                 b->dials, outcome_name(a->outcome), a->status, a->bytes,
                 a->dials);
}

static void run_in_pieces(struct trial *t, size_t piece)
{
    struct connections *work;
    uint64_t now_ns = NS_PER_S;

    trial_aim(t);
    work = t->work.job; /* trial_aim() makes it, the first time */
    connections_set_clock(work, &now_ns);
    for (size_t i = 0; i < work->n; i++)
        talk(work->answering, &work->conns[i], &now_ns, piece);
}

/* All faults, whatever the pieces in which their bytes arrive. */
static void test_no_chunking_changes_what_a_site_comes_to(void **state)
{
    static const size_t pieces[] = {1000000, 1, 2, 3, 7, 61, 997, 4096};
    struct row *first = NULL;
    struct trial t;

    (void)state;
    fail_sites(&t);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        const struct journal *j;
        char who[32];

        run_in_pieces(&t, pieces[i]);
        snprintf(who, sizeof(who), "pieces of %zu", pieces[i]);
        trial_assert_right(&t, who);
        j = trial_journal(&t);
        if (!first) {
            first = malloc(j->pages * sizeof(*first));
            memcpy(first, j->rows, j->pages * sizeof(*first));
        }
        for (uint32_t k = 0; k < j->pages; k++) {
            const struct fault *fault =
                &faults[t.workload->group_of(&t.setup, k)];

            assert_same_row(who, fault->name, &first[k], &j->rows[k],
                            fault->flags & FAULT_SAME_BYTES);
        }
    }
    free(first);
    trial_finish(&t);
}

static void test_titles_arrive_in_any_pieces(void **state)
{
    struct trial t;

    (void)state;
    for (uint64_t plain = 0; plain < 2; plain++) {
        trial_init(&t, "titles", 80);
        trial_set(&t, "plain", plain);
        for (size_t piece = 1; piece <= 40; piece++) {
            run_in_pieces(&t, piece);
            trial_assert_right(&t, "pieces");
        }
        trial_finish(&t);
    }
}

/* A peer that says what the test wants. */

static const struct canned {
    const char *path, *answer;
    size_t len; /* 0: to its NUL */
} * canned;

/* It is a resolver, too; and its bytes come in pieces of a length. */
static const struct resolver *resolver;
static size_t canned_piece = SIZE_MAX;
static bool live; /* it is a site of others */

struct peer {
    struct conn conn;
    struct layers layers;
    char request[4096];
    size_t len;
};

static enum verb peer_opened(struct conn *c)
{
    c->deadline_ns = UINT64_MAX;
    return CONN_WAIT;
}

static enum verb peer_received(struct conn *c, const void *data, size_t len)
{
    struct peer *p = c->layers->state;
    const struct canned *i = canned;
    const char *path = p->request + strlen("GET "), *end = "\r\n\r\n";

    assert_true(p->len + len < sizeof(p->request));
    memcpy(p->request + p->len, data, len);
    p->len += len;
    p->request[p->len] = '\0';
    if (strncmp(p->request, "GET ", 4) != 0) {
        path = strchr(p->request, ' ') + 1; /* behind the token */
        end = "\n";
    }
    if (!strstr(p->request, end))
        return CONN_WAIT;
    while (i->path && (strncmp(path, i->path, strlen(i->path)) != 0 ||
                       !strchr(" \n", path[strlen(i->path)])))
        i++;
    if (!i->path)
        fail_msg("asked for %.100s", p->request);
    conn_stage(c, i->answer, i->len ? i->len : strlen(i->answer));
    c->deadline_ns = 0; /* then it hangs up */
    return CONN_WAIT;
}

static enum verb peer_done(struct conn *c)
{
    (void)c;
    return CONN_DONE;
}

static enum verb peer_ended(struct conn *c, int error)
{
    (void)c;
    (void)error;
    return CONN_DONE;
}

static const struct protocol protocol_peer = {
    .opened = peer_opened,
    .received = peer_received,
    .ended = peer_ended,
    .expired = peer_done,
};

static int open_peer(const struct answering *a, const struct dial *to,
                     const uint64_t *now_ns, struct conn **ret)
{
    struct peer *p = calloc(1, sizeof(*p));

    (void)a;
    (void)to;
    assert_non_null(p);
    p->layers = (struct layers){
        .protocol = &protocol_peer, .state = p, .now_ns = now_ns};
    p->conn.layers = &p->layers;
    conn_opened(&p->conn);
    *ret = &p->conn;
    return 0;
}

static void close_peer(struct conn *c)
{
    free(c->layers->state);
}

static const struct answering peers = {.open = open_peer, .close = close_peer};

/* Site 0 alone, whose front page is /front. */
static enum outcome front_page(const void *context, uint32_t site,
                               struct url *ret_url, struct dial *ret_dial)
{
    (void)site;
    return scraping_origin_page(context, "/front", ret_url, ret_dial);
}

struct story {
    enum outcome outcome;
    struct row row;
    struct scraped scraped;
};

static struct story scrape(const struct canned *answers)
{
    struct setup setup = {.host = "blog.test"};
    const struct scraping job = {
        .sites = 1,
        .lanes = 1,
        .strands = 1,
        .timeout_ns = NS_PER_S,
        .link = SCRAPING_LINK,
        .title = SCRAPING_TITLE,
        .live = live,
        .front = front_page,
        .resolve = scraping_resolve,
        .context = &setup,
        .resolver = resolver,
    };
    void *results = aligned_alloc(64, scraping_size(1));
    uint64_t now_ns = NS_PER_S;
    struct work work;
    struct story story;

    canned = answers;
    assert_non_null(results);
    memset(results, 0, scraping_size(1));
    assert_int_equal(scraping_prepare(&work, &setup, &job), 0);
    fetch_aim(&work, &setup, results);
    if (crowded)
        ((struct journal *)results)->heavy = SCRAPING_MAX_HEAVY;
    connections_set_clock(work.job, &now_ns);
    talk(&peers, ((struct connections *)work.job)->conns, &now_ns,
         canned_piece);
    story.row = ((struct journal *)results)->rows[0];
    story.outcome = story.row.outcome;
    story.scraped = *scraping_rows(results);
    fetch_finish(&work);
    free(results);
    return story;
}

#define OK_HTML         "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
#define TITLE(text)     OK_HTML "<title>" text "</title>"
#define LINK(reference) OK_HTML "<h3><a href='" reference "'>x</a></h3>"
#define MOVED(place)    "HTTP/1.1 301 Moved\r\nLocation: " place "\r\n\r\n"

static void assert_story(const char *what, const struct canned *answers,
                         enum outcome outcome, const char *title,
                         const char *article)
{
    struct story s = scrape(answers);

    if (s.outcome != outcome || strcmp(s.scraped.title, title) != 0 ||
        strcmp(s.scraped.article, article) != 0)
        fail_msg("%s: %s, '%s', '%s'", what, outcome_name(s.outcome),
                 s.scraped.title, s.scraped.article);
}

static void test_links_are_followed_as_they_are_meant(void **state)
{
    static const struct {
        const char *link, *path;
    } links[] = {
        {LINK("/a"), "/a"},
        {LINK("a?b&amp;c=1"), "/a?b&c=1"},
        {LINK("  a  "), "/a"},
        {LINK("./x/../a#part"), "/a"},
        {LINK("http://blog.test/a"), "/a"},
        {LINK("//blog.test/a"), "/a"},
        {LINK("HTTP://Blog.Test/a"), "/a"},
        {LINK("a b"), "/a%20b"},
        {LINK("?x"), "/front?x"},
        {OK_HTML "<base href='/deep/er/'><h3><a href='a'>x</a></h3>",
         "/deep/er/a"},
        /* These count as none. */
        {OK_HTML "<base href='data:,x'><h3><a href='/a'>x</a></h3>", "/a"},
        {OK_HTML "<base href='JavaScript:x'><h3><a href='/a'>x</a></h3>", "/a"},
        {OK_HTML "<base href='http://[x/'><h3><a href='/a'>x</a></h3>", "/a"},
        /* It is not needed. */
        {OK_HTML "<base href='https://o/'><h3><a href='http://blog.test/a'>",
         "/a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(links); i++) {
        const struct canned answers[] = {
            {"/front", links[i].link}, {links[i].path, TITLE("it")}, {0}};
        char article[128];

        snprintf(article, sizeof(article), "http://blog.test%s", links[i].path);
        assert_story(links[i].link, answers, OUTCOME_OK, "it", article);
    }
}

#define CODED(coding)                                                          \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"                           \
    "Content-Encoding: " coding "\r\n\r\n"

/* "<h3><a href='/a'>x</a></h3>", and "<title>it</title>" without a header. */
static const char in_gzip[] =
    CODED("gzip") "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc9\x30\xb6"
                  "\xb3\x49\x54\xc8\x28\x4a\x4d\xb3\x55\xd7\x4f\x54\xb7\xab"
                  "\xb0\xd1\x4f\xb4\xb3\xd1\x07\x0a\x03\x00\xd7\x8c\xd9\x97"
                  "\x1b\x00\x00\x00";
static const char in_deflate[] =
    CODED("deflate") "\xb3\x29\xc9\x2c\xc9\x49\xb5\xcb\x2c\xb1\xd1\x87\xb0\x00";

static void test_coded_pages_are_decoded_in_any_pieces(void **state)
{
    const size_t len = sizeof(in_gzip) - 1;
    struct canned answers[] = {{"/front", in_gzip, len},
                               {"/a", in_deflate, sizeof(in_deflate) - 1},
                               {0}};

    (void)state;
    if (!decoding_works)
        skip();
    live = true;
    for (canned_piece = 1; canned_piece <= len; canned_piece++)
        assert_story("coded", answers, OUTCOME_OK, "it", "http://blog.test/a");
    for (answers[0].len = len - 1; answers[0].len > strlen(CODED("gzip"));
         answers[0].len--)
        assert_story("cut", answers, OUTCOME_TRUNCATED, "", "");
    canned_piece = SIZE_MAX;
    live = false;
    answers[0].len = len;
    assert_story("not asked for", answers, OUTCOME_COMPRESSED, "", "");
}

#define LATIN_1 "HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=latin1\r\n"

/* Redirects know no page. */
static void test_a_query_is_sent_in_the_encoding_of_its_page(void **state)
{
    static const struct canned answers[] = {
        {"/front", LATIN_1 "\r\n<base href='/\xe9?\xe9'>"
                           "<h3><a href='?q=\xe9&eacute;&mdash;'>x</a></h3>"},
        {"/%C3%A9?q=%E9%E9%97", MOVED("?\xc3\xa9")},
        {"/%C3%A9?%C3%A9", LATIN_1 "\r\n<title>\xe9</title>"},
        {0}};

    (void)state;
    assert_story("latin1", answers, OUTCOME_OK, "\xc3\xa9",
                 "http://blog.test/%C3%A9?%C3%A9");
}

static void test_a_link_that_leads_nowhere_has_its_class(void **state)
{
    static const struct {
        const char *link;
        enum outcome outcome;
        const char *article;
    } links[] = {
        {OK_HTML "<p>nothing</p>", OUTCOME_NO_LINK},
        {OK_HTML "<base href='https://o/x/'><h3><a href='art/1'>x</a></h3>",
         OUTCOME_BAD_REDIRECT, "https://o/x/art/1"},
        {OK_HTML "<base href='ftp://o/'><h3><a href='/a'>x</a></h3>",
         OUTCOME_BAD_REDIRECT},
        {OK_HTML "<base href='mailto:x@o'><h3><a href='/a'>x</a></h3>",
         OUTCOME_BAD_REDIRECT},
        {OK_HTML, OUTCOME_NO_LINK},
        {OK_HTML "<a href='/a'>not in h3</a>", OUTCOME_NO_LINK},
        {LINK("https://blog.test/a"), OUTCOME_BAD_REDIRECT,
         "https://blog.test/a"},
        {LINK("mailto:a@blog.test"), OUTCOME_BAD_REDIRECT},
        {LINK("http://"), OUTCOME_BAD_REDIRECT},
        {LINK("http://other.test/a"), OUTCOME_DNS_NAME, "http://other.test/a"},
        {"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n<h3>",
         OUTCOME_NOT_HTML},
        {"HTTP/1.1 204 No Content\r\n\r\n", OUTCOME_OK},
        {"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", OUTCOME_OK},
        {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", OUTCOME_NO_LINK},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
         "Content-Encoding: br\r\n\r\nx",
         OUTCOME_COMPRESSED},
        {OK_HTML "\x1f\x8b\x08", OUTCOME_COMPRESSED},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", OUTCOME_NO_LINK},
        {"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\n\r\nx",
         OUTCOME_STATUS},
        {"HTTP/1.1 410 Gone\r\n\r\n", OUTCOME_STATUS},
        {"HTTP/1.1 304 Not Modified\r\nLocation: /a\r\n\r\n", OUTCOME_STATUS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(links); i++) {
        const struct canned answers[] = {{"/front", links[i].link}, {0}};

        assert_story(links[i].link, answers, links[i].outcome, "",
                     links[i].article ? links[i].article : "");
    }
}

static void test_a_large_page_waits_while_16_are_in_work(void **state)
{
    enum { LARGE = 2 << 20 };
    char *front = malloc(LARGE + 1);
    const struct canned answers[] = {
        {"/front", front}, {"/a", TITLE("it")}, {0}};

    (void)state;
    assert_non_null(front);
    memset(front, ' ', LARGE);
    front[LARGE] = '\0';
    memcpy(front, LINK("/a"), strlen(LINK("/a")));
    crowded = true;
    assert_story("a large page", answers, OUTCOME_OK, "it",
                 "http://blog.test/a");
    assert_false(crowded);
    free(front);
}

static void test_any_2xx_with_a_page_is_a_page(void **state)
{
    (void)state;
    for (int status = 200; status < 300; status++) {
        char front[128], article[128];
        const struct canned answers[] = {
            {"/front", front}, {"/a", article}, {0}};

        if (status == 204)
            continue;
        snprintf(front, sizeof(front),
                 "HTTP/1.1 %d ?\r\nContent-Type: text/html\r\n\r\n"
                 "<h3><a href=/a>x</a></h3>",
                 status);
        snprintf(article, sizeof(article),
                 "HTTP/1.1 %d ?\r\n\r\n<title>it</title>", status);
        assert_story(front, answers, OUTCOME_OK, "it", "http://blog.test/a");
    }
}

static void test_an_article_without_a_title_still_has_an_address(void **state)
{
    static const struct canned answers[] = {
        {"/front", LINK("/a")}, {"/a", OK_HTML "<h1>no title</h1>"}, {0}};

    (void)state;
    assert_story("no title", answers, OUTCOME_NO_TITLE, "",
                 "http://blog.test/a");
}

/* Five for the front page, five more for the article, and not one beyond. */
static void test_five_redirects_are_followed_for_each_page(void **state)
{
    static const struct canned answers[] = {
        {"/front", MOVED("/f1")},
        {"/f1", MOVED("f2")},
        {"/f2", MOVED("/f3")},
        {"/f3", MOVED("http://blog.test/f4")},
        {"/f4", MOVED("/f5")},
        {"/f5", LINK("/a")},
        {"/a", MOVED("/a1")},
        {"/a1", MOVED("/a2")},
        {"/a2", MOVED("/a3")},
        {"/a3", MOVED("/a4")},
        {"/a4", MOVED("/a5")},
        {"/a5", TITLE("there")},
        {0}};
    static const struct canned six[] = {{"/front", MOVED("/f1")},
                                        {"/f1", MOVED("/f2")},
                                        {"/f2", MOVED("/f3")},
                                        {"/f3", MOVED("/f4")},
                                        {"/f4", MOVED("/f5")},
                                        {"/f5", MOVED("/f6")},
                                        {0}};
    struct story s = scrape(answers);

    (void)state;
    assert_int_equal(s.row.dials, 12);
    assert_int_equal(s.scraped.redirects, 10);
    assert_story("five", answers, OUTCOME_OK, "there", "http://blog.test/a5");
    assert_story("six", six, OUTCOME_TOO_MANY_REDIRECTS, "", "");
}

static void test_redirects_to_nowhere_have_a_class(void **state)
{
    static char far[5000] = "HTTP/1.1 302 Found\r\nLocation: /";
    static const char *const places[] = {
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: \r\n\r\n",
        MOVED("ftp://blog.test/"),
        MOVED("https://blog.test/front"),
        MOVED("http://blog.test:99999/"),
        far,
    };
    size_t len = strlen(far);

    (void)state;
    memset(far + len, 'x', 3000);
    strcpy(far + len + 3000, "\r\n\r\n");
    for (size_t i = 0; i < COUNT(places); i++) {
        const struct canned answers[] = {{"/front", places[i]}, {0}};

        assert_story(places[i], answers, OUTCOME_BAD_REDIRECT, "", "");
    }
}

/* Wherever the page is; and the lane goes on to the next name. */
static void test_names_are_looked_up_on_the_way(void **state)
{
    static const struct resolver here = {.token = "token"};
    static const struct canned answers[] = {
        {"/front", MOVED("http://moved.test:81/f")},
        {"moved.test", "address 2001:db8::1\naddress 192.0.2.1\noutcome ok\n"},
        {"/f", LINK("http://article.test/a")},
        {"article.test", "address 192.0.2.2\noutcome ok\n"},
        {"/a", TITLE("there")},
        {0}};

    (void)state;
    resolver = &here;
    for (canned_piece = 1; canned_piece < 60; canned_piece++)
        assert_story("names", answers, OUTCOME_OK, "there",
                     "http://article.test/a");
    assert_int_equal(scrape(answers).row.dials, 5);
    resolver = NULL;
    canned_piece = SIZE_MAX;
}

static void test_a_name_without_an_address_has_its_class(void **state)
{
    static const struct resolver here = {.token = "token"};
    static const struct {
        const char *answer;
        enum outcome outcome;
    } cases[] = {
        {"outcome dns-name\n", OUTCOME_DNS_NAME},
        {"outcome dns-no-answer\n", OUTCOME_DNS_NO_ANSWER},
        {"outcome ok\n", OUTCOME_DNS_FAILED},
        {"address x\noutcome ok\n", OUTCOME_DNS_FAILED},
        {"", OUTCOME_DNS_RESOLVER},
        {"address 192.0.2.1\n", OUTCOME_DNS_RESOLVER},
    };

    (void)state;
    resolver = &here;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct canned answers[] = {{"/front", LINK("http://x.test/a")},
                                         {"x.test", cases[i].answer},
                                         {0}};

        assert_story(cases[i].answer, answers, cases[i].outcome, "",
                     "http://x.test/a");
    }
    resolver = NULL;
}

/* What an interim answer says is not said by the answer. */
static void test_an_early_hint_is_no_redirect(void **state)
{
    static const struct canned answers[] = {
        {"/front", "HTTP/1.1 103 Early Hints\r\nLocation: /b\r\n"
                   "Content-Type: image/png\r\n\r\n" LINK("/a")},
        {"/a", "HTTP/1.1 100 Continue\r\n\r\n" TITLE("kept")},
        {0}};

    (void)state;
    assert_story("hint", answers, OUTCOME_OK, "kept", "http://blog.test/a");
}

/* In every model, against the real origin. */

static void aim_at_origin(struct trial *t, const char *workload,
                          const char *host)
{
    trial_init(t, workload, kit_origin.port);
    t->setup.host = host;
    t->setup.refused_port = kit_origin.refused_port;
    t->setup.full_port = kit_origin.full_port;
}

static void test_every_model_finds_all_titles(void **state)
{
    static const uint64_t lanes[] = {0, 1, 7};
    const char *model = suite_model->name;

    (void)state;
    for (size_t i = 0; i < COUNT(lanes); i++) {
        struct kit_usage before = kit_usage();
        struct trial t;

        aim_at_origin(&t, "titles", "test");
        trial_set(&t, "concurrency", lanes[i]);
        trial_set(&t, "plain", lanes[i] == 7);
        trial_set(&t, "latency-ms", 2);
        assert_int_equal(trial_run(&t, suite_model), 0);
        trial_assert_right(&t, model);
        trial_finish(&t);
        if (i > 0) /* what a library keeps, it has by now */
            kit_assert_holds(&before, model);
    }
}

/* What each model reports of each site: [models][n_sites]. */
static struct row *rows;
static size_t n_sites, n_places;

static void test_every_model_visits_all_sites(void **state)
{
    const struct journal *j;
    struct trial t;
    char host[32];

    (void)state;
    assert_true(kit_origin.refused_port && kit_origin.full_port);
    snprintf(host, sizeof(host), "127.0.0.1:%u", kit_origin.port);
    aim_at_origin(&t, "faults", host);
    /* Ports that lead nowhere are on the first address alone. */
    t.setup.addresses = 3;
    trial_set(&t, "timeout-ms", SHORT_MS);
    suite_run_right(&t);
    j = trial_journal(&t);
    assert_int_equal(j->pages, n_sites);
    memcpy(rows + suite_place * n_sites, j->rows, n_sites * sizeof(*rows));
    trial_finish(&t);
}

/* Behind the others, which stay what they are. */
static void test_every_model_takes_no_page_in_gzip(void **state)
{
    const struct journal *j;
    struct page_group group;
    struct trial t;

    (void)state;
    aim_at_origin(&t, "faults", "test");
    trial_set(&t, "n", 5);
    trial_set(&t, "failing", 0);
    trial_set(&t, "compressed", 2);
    suite_run_right(&t);
    j = trial_journal(&t);
    assert_int_equal(j->pages, 7);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(j->rows[i].outcome,
                         i < 5 ? OUTCOME_OK : OUTCOME_COMPRESSED);
        assert_true(t.workload->group(
            &t.setup, t.workload->group_of(&t.setup, i), &group));
        assert_int_equal(strcmp(group.name, "compressed") == 0, i >= 5);
    }
    trial_finish(&t);
}

static void test_all_models_tell_the_same_of_each_fault(void **state)
{
    struct trial t;

    (void)state;
    fail_sites(&t);
    for (size_t place = 1; place < n_places; place++)
        for (uint32_t k = 0; k < n_sites; k++) {
            const struct fault *fault =
                &faults[t.workload->group_of(&t.setup, k)];

            assert_same_row("a model", fault->name, &rows[k],
                            &rows[place * n_sites + k],
                            fault->flags & FAULT_SAME_BYTES);
        }
}

/* The judge sees it when one class, one title or one row is another. */
static void test_the_judge_is_not_fooled(void **state)
{
    struct trial t;
    struct row *row;

    (void)state;
    fail_sites(&t);
    run_in_pieces(&t, SIZE_MAX);
    trial_assert_right(&t, "null");
    row = &trial_journal(&t)->rows[0];
    row->outcome = OUTCOME_RESET;
    assert_int_equal(trial_judge(&t).broken_iterations, 1);
    row->outcome = OUTCOME_STATUS;
    row->status = 405;
    assert_int_equal(trial_judge(&t).broken_iterations, 1);
    row->status = 404;
    trial_assert_right(&t, "null");
    row->end_ns = 0; /* never done, though the journal says so */
    assert_int_equal(trial_judge(&t).broken_iterations, 1);
    row->end_ns = 1;
    strcpy(scraping_rows(trial_journal(&t))[1].title, "another");
    assert_int_equal(trial_judge(&t).broken_iterations, 1);
    trial_finish(&t);
}

/* Three strands of four sites: never more than three at once. */

static enum outcome slow_blog(const void *context, uint32_t site,
                              struct url *ret_url, struct dial *ret_dial)
{
    const struct page blog = {.index = site, .seed = 3, .latency_ms = 80};
    char target[BLOG_MAX_TARGET];

    blog_target(&blog, BLOG_FRONT, target);
    return scraping_origin_page(context, target, ret_url, ret_dial);
}

static void test_a_strand_is_one_site_after_another(void **state)
{
    static const uint32_t firsts[] = {0, 1, 2};
    static const uint32_t next[] = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const struct model *m = suite_model;
    size_t at_once = kit_at_once(m, &kind_connections, COUNT(firsts));
    struct setup setup = {.host = "test"};
    const struct scraping job = {
        .sites = COUNT(next),
        .lanes = (uint32_t)at_once,
        .strands = COUNT(firsts),
        .first = firsts,
        .next = next,
        .timeout_ns = 10 * NS_PER_S,
        .link = SCRAPING_LINK,
        .title = SCRAPING_TITLE,
        .front = slow_blog,
        .resolve = scraping_resolve,
        .context = &setup,
    };
    size_t size = scraping_size(COUNT(next));
    struct journal *j = kit_shared(size);
    struct origin_view view;
    struct trial t;
    struct work work;

    (void)state;
    if (m->connections.in_memory)
        suite_leave_out("no server sees what it does");
    aim_at_origin(&t, "titles", "test");
    setup.server = t.setup.server;
    assert_int_equal(origin_reset(&kit_origin), 0);
    assert_int_equal(scraping_prepare(&work, &setup, &job), 0);
    fetch_aim(&work, &setup, j);
    assert_int_equal(kit_run(m, &kind_connections, work.job), 0);
    for (size_t i = 0; i < COUNT(next); i++)
        if (j->rows[i].outcome != OUTCOME_OK || !j->rows[i].end_ns)
            fail_msg("%s: site %zu: %s", m->name, i,
                     outcome_name(j->rows[i].outcome));
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_int_equal(view.requests, 2 * COUNT(next));
    assert_int_equal(view.peak, at_once);
    fetch_finish(&work);
    kit_free(j, size);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_model_finds_all_titles),
        cmocka_unit_test(test_every_model_visits_all_sites),
        cmocka_unit_test(test_every_model_takes_no_page_in_gzip),
        cmocka_unit_test(test_a_strand_is_one_site_after_another),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_all_models_tell_the_same_of_each_fault),
        cmocka_unit_test(test_no_chunking_changes_what_a_site_comes_to),
        cmocka_unit_test(test_titles_arrive_in_any_pieces),
        cmocka_unit_test(test_links_are_followed_as_they_are_meant),
        cmocka_unit_test(test_coded_pages_are_decoded_in_any_pieces),
        cmocka_unit_test(test_a_query_is_sent_in_the_encoding_of_its_page),
        cmocka_unit_test(test_a_link_that_leads_nowhere_has_its_class),
        cmocka_unit_test(test_a_large_page_waits_while_16_are_in_work),
        cmocka_unit_test(test_any_2xx_with_a_page_is_a_page),
        cmocka_unit_test(test_an_article_without_a_title_still_has_an_address),
        cmocka_unit_test(test_five_redirects_are_followed_for_each_page),
        cmocka_unit_test(test_redirects_to_nowhere_have_a_class),
        cmocka_unit_test(test_names_are_looked_up_on_the_way),
        cmocka_unit_test(test_a_name_without_an_address_has_its_class),
        cmocka_unit_test(test_an_early_hint_is_no_redirect),
        cmocka_unit_test(test_the_judge_is_not_fooled),
    };
    const struct suite suite = {
        .name = "scraping",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .apart = true,
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
        .once = once,
        .n_once = COUNT(once),
    };
    struct trial t;

    fail_sites(&t);
    n_sites = t.workload->items(&t.setup);
    n_places = suite_models(&suite);
    rows = kit_shared((n_places + 1) * n_sites * sizeof(*rows));
    return suite_run(&suite);
}
