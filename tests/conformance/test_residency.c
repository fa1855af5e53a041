/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Records with their send times: every model has all of them in order, and of
 * a stream that is not right the first wrong record is named.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/judge.h"
#include "workloads/web/records.h"

enum { LANES = 3, EACH = 20, HOG_US = 2000, INTERVAL_US = 1000 };

static void open_trial(struct trial *t, uint64_t interval_us, uint64_t hog_us)
{
    trial_init(t, "residency", kit_origin.port);
    trial_set(t, "connections", LANES);
    trial_set(t, "records", EACH);
    trial_set(t, "interval-us", interval_us);
    trial_set(t, "hog-us", hog_us);
    trial_set(t, "timeout-ms", 60000);
}

/* Where nothing takes time, records come when they are due, and none waits. */
static void assert_punctual(const struct trial *t, uint64_t interval_us,
                            size_t i)
{
    const struct row *rows = trial_journal(t)->rows,
                     *first = rows + i - i % EACH;
    const struct page page = {
        .index = i / EACH,
        .seed = t->setup.seed,
        .rate = interval_us ? RECORD_BYTES * 1000000 / interval_us : 0,
    };

    assert_int_equal(rows[i].start_ns, rows[i].end_ns);
    assert_int_equal(rows[i].start_ns - first->start_ns,
                     records_due_ns(&page, i % EACH) -
                         records_due_ns(&page, 0));
}

static void test_all_records_come_at_possible_times(void **state)
{
    static const uint64_t intervals[] = {0, INTERVAL_US};

    (void)state;
    for (size_t i = 0; i < COUNT(intervals); i++) {
        const uint64_t *noticed;
        struct trial t;

        open_trial(&t, intervals[i], 0);
        suite_run_right(&t);
        noticed = (void *)((char *)t.results + journal_size(LANES * EACH));
        for (size_t j = 0; j < (size_t)LANES * EACH; j++) {
            const struct row *row = &trial_journal(&t)->rows[j];

            assert_true(row->start_ns <= row->first_ns);
            assert_true(row->first_ns <= row->end_ns);
            assert_true(!noticed[j] || (noticed[j] >= row->start_ns &&
                                        noticed[j] <= row->first_ns));
            assert_int_equal(row->lane, j / EACH);
            if (suite_model->connections.in_memory)
                assert_punctual(&t, intervals[i], j);
        }
        trial_finish(&t);
    }
}

static unsigned timed;

static void count_time(struct findings *f, uint64_t ns, uint64_t first_ns)
{
    (void)f;
    assert_true(first_ns <= ns);
    timed++;
}

static void test_a_hog_is_held_and_not_timed(void **state)
{
    struct findings f = {.take_time = count_time};
    struct trial t;

    (void)state;
    open_trial(&t, INTERVAL_US, HOG_US);
    suite_run_right(&t);
    timed = 0;
    judge_account(t.results, t.workload->untimed(&t.setup), &f);
    assert_int_equal(timed, (LANES - 1) * EACH);
    assert_true(f.metrics[HOLD_MAX_NS] >= HOG_US * 1000.0);
    assert_int_equal(t.workload->items(&t.setup), (LANES - 1) * EACH + 1);
    trial_finish(&t);
}

/* The stream as a server would send it, here byte by byte. */
struct scene {
    struct trial t;
    struct conn *conn;
    uint64_t now_ns;
    _Alignas(struct record) char text[8192];
    size_t head, len;
};

static struct record *record_at(struct scene *s, uint64_t i)
{
    return (void *)(s->text + s->head + i * RECORD_BYTES);
}

static void write_stream(struct scene *s)
{
    const struct page page = {.seed = s->t.setup.seed,
                              .bytes = (EACH + 1) * RECORD_BYTES};

    s->head = (size_t)sprintf(s->text,
                              "HTTP/1.1 200 OK\r\nContent-Length: %11u\r\n\r\n",
                              (unsigned)page.bytes);
    assert_int_equal(s->head % 8, 0);
    s->len = s->head + page.bytes;
    for (uint64_t i = 0; i <= EACH; i++) {
        struct record record;

        records_fill(&page, i, &record);
        record.sent_ns = s->now_ns;
        memcpy(record_at(s, i), &record, sizeof(record));
    }
}

static void open_scene(struct scene *s)
{
    const struct connections *job;

    trial_init(&s->t, "residency", 80);
    trial_set(&s->t, "connections", 1);
    trial_set(&s->t, "records", EACH);
    trial_aim(&s->t);
    job = s->t.work.job;
    s->conn = &job->conns[0];
    s->now_ns = NS_PER_S;
    s->conn->layers->now_ns = &s->now_ns;
    write_stream(s);
    assert_int_equal(conn_start(s->conn), CONN_DIAL);
    assert_int_equal(conn_opened(s->conn), CONN_WAIT);
}

/* In pieces of so many bytes; then the stream's end. */
static void play(struct scene *s, size_t piece)
{
    enum verb verb = CONN_WAIT;

    for (size_t at = 0; at < s->len && verb == CONN_WAIT; at += piece) {
        size_t len = s->len - at < piece ? s->len - at : piece;
        char *copy = malloc(len);

        assert_non_null(copy);
        memcpy(copy, s->text + at, len);
        verb = conn_received(s->conn, copy, len);
        free(copy);
    }
    if (verb == CONN_WAIT)
        verb = conn_ended(s->conn, 0);
    assert_int_equal(verb, CONN_DONE);
}

static void test_every_chunk_size_is_right(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof(struct record) * (EACH + 3);
         piece++) {
        struct scene s;

        open_scene(&s);
        play(&s, piece);
        trial_assert_right(&s.t, "a stream in pieces");
        assert_int_equal(trial_journal(&s.t)->unsent, 0);
        trial_finish(&s.t);
    }
}

static void assert_wrong(void (*alter)(struct scene *s), const char *words)
{
    for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
        struct findings f;
        struct scene s;

        open_scene(&s);
        alter(&s);
        play(&s, piece);
        f = trial_judge(&s.t);
        assert_int_equal(f.broken_iterations, 1);
        assert_non_null(strstr(f.text, words));
        trial_finish(&s.t);
    }
}

static void lose(struct scene *s)
{
    memmove(record_at(s, 4), record_at(s, 5), (EACH - 4) * RECORD_BYTES);
    s->len -= RECORD_BYTES;
}

static void swap(struct scene *s)
{
    struct record five;

    memcpy(&five, record_at(s, 5), sizeof(five));
    memcpy(record_at(s, 5), record_at(s, 6), sizeof(five));
    memcpy(record_at(s, 6), &five, sizeof(five));
}

static void double_one(struct scene *s)
{
    memcpy(record_at(s, 7), record_at(s, 6), sizeof(struct record));
}

static void alter_a_letter(struct scene *s)
{
    record_at(s, 8)->letters[39] ^= 1;
}

static void send_in_the_future(struct scene *s)
{
    record_at(s, 9)->sent_ns = s->now_ns + 1;
}

static void send_before_it_was_asked_for(struct scene *s)
{
    record_at(s, 10)->sent_ns = s->now_ns - 1;
}

static void alter_the_closing_one(struct scene *s)
{
    record_at(s, EACH)->index--;
}

static void leave_early(struct scene *s)
{
    s->len -= 3 * RECORD_BYTES;
}

static void test_a_stream_that_is_not_right_is_wrong(void **state)
{
    (void)state;
    assert_wrong(lose, "record 4 of connection 0: another record");
    assert_wrong(swap, "record 5 of connection 0: another record");
    assert_wrong(double_one, "record 7 of connection 0: another record");
    assert_wrong(alter_a_letter, "record 8 of connection 0: another record");
    assert_wrong(send_in_the_future,
                 "record 9 of connection 0: it was sent at an impossible time");
    assert_wrong(send_before_it_was_asked_for,
                 "record 10 of connection 0: it was sent at an impossible");
    assert_wrong(alter_the_closing_one, "record 19 of connection 0: ");
    assert_wrong(leave_early, "record 18 of connection 0: ");
}

static void test_records_that_wait_in_the_sender_are_counted(void **state)
{
    struct scene s;

    (void)state;
    open_scene(&s);
    record_at(&s, 3)->unsent = record_at(&s, EACH)->unsent = 1;
    play(&s, 1000);
    trial_assert_right(&s.t, "two that waited");
    assert_int_equal(trial_journal(&s.t)->unsent, 2);
    trial_finish(&s.t);
}

static int connect_to_origin(void)
{
    static const int room = 4096;
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(kit_origin.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    assert_int_equal(connect(fd, (const void *)&to, sizeof(to)), 0);
    return fd;
}

/* The records of an answer that come with the mark. */
static uint64_t count_marked(int fd, char *answer, size_t size)
{
    uint64_t marked = 0;
    size_t len = 0, head;
    ssize_t n;

    while ((n = recv(fd, answer + len, size - 1 - len, 0)) > 0)
        len += (size_t)n;
    answer[len] = '\0';
    head = (size_t)(strstr(answer, "\r\n\r\n") + 4 - answer);
    assert_true(len > head);
    for (size_t at = head; at < len; at += RECORD_BYTES) {
        struct record record;

        memcpy(&record, answer + at, sizeof(record));
        marked += record.unsent;
    }
    return marked;
}

/* A peer that reads nothing for a while, with little room. */
static void test_the_origin_marks_records_that_it_could_not_send(void **state)
{
    enum { BYTES = 640000 };
    static const char request[] =
        "GET " RECORDS_PREFIX "0?bytes=640000&rate=64000000 HTTP/1.1\r\n"
        "Connection: close\r\n\r\n";
    char *answer = malloc(BYTES + 1000);
    int fd;

    assert_non_null(answer);
    kit_origin_setup(state);
    fd = connect_to_origin();
    assert_int_equal(send(fd, request, sizeof(request) - 1, 0),
                     sizeof(request) - 1);
    usleep(50000);
    assert_true(count_marked(fd, answer, BYTES + 1000) > 0);
    close(fd);
    free(answer);
    kit_origin_teardown(state);
}

/* In real time: what woke the model for a record is between its two times. */
static void test_a_record_is_noticed_when_the_wait_returned(void **state)
{
    const uint64_t *noticed;
    struct scene s;
    uint64_t woke_ns;

    (void)state;
    open_scene(&s);
    record_at(&s, 1)->sent_ns = s.now_ns = clock_ns();
    conn_woke();
    woke_ns = conn_woke_ns();
    s.now_ns = clock_ns() + 1;
    record_at(&s, 2)->sent_ns = woke_ns + 1; /* it came after that */
    play(&s, s.len);
    trial_assert_right(&s.t, "records in real time");
    noticed = (void *)((char *)s.t.results + journal_size(EACH));
    assert_int_equal(noticed[1], woke_ns);
    assert_int_equal(noticed[2], s.now_ns);
    trial_finish(&s.t);
}

static void test_a_record_that_does_not_come_ends_at_the_deadline(void **state)
{
    struct findings f;
    struct scene s;

    (void)state;
    open_scene(&s);
    s.now_ns += 3 * NS_PER_S;
    assert_int_equal(conn_received(s.conn, s.text, s.head + RECORD_BYTES),
                     CONN_WAIT);
    assert_int_equal(s.conn->deadline_ns, s.now_ns + 5 * NS_PER_S);
    assert_int_equal(conn_expired(s.conn), CONN_DONE);
    f = trial_judge(&s.t);
    assert_int_equal(f.errors, EACH - 1);
    trial_finish(&s.t);
}

/* Each in its interval, at a moment of its own; the rate says how long. */
static void test_records_are_due_in_their_intervals(void **state)
{
    const uint64_t interval_ns = NS_PER_MS;
    const struct page page = {.bytes = 4096, .rate = RECORD_BYTES * 1000};
    const struct page other = {.index = 1, .bytes = 4096, .rate = page.rate};
    unsigned same = 0;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t due_ns = records_due_ns(&page, i);

        assert_in_range(due_ns, i * interval_ns, (i + 1) * interval_ns - 1);
        same += due_ns == records_due_ns(&other, i);
    }
    assert_true(same < 10);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_all_records_come_at_possible_times),
        cmocka_unit_test(test_a_hog_is_held_and_not_timed),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_every_chunk_size_is_right),
        cmocka_unit_test(test_a_stream_that_is_not_right_is_wrong),
        cmocka_unit_test(test_records_that_wait_in_the_sender_are_counted),
        cmocka_unit_test(test_the_origin_marks_records_that_it_could_not_send),
        cmocka_unit_test(test_a_record_is_noticed_when_the_wait_returned),
        cmocka_unit_test(test_a_record_that_does_not_come_ends_at_the_deadline),
        cmocka_unit_test(test_records_are_due_in_their_intervals),
    };
    const struct suite suite = {
        .name = "residency",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
        .once = once,
        .n_once = COUNT(once),
    };

    return suite_run(&suite);
}
