/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/conformance/kit.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "harness/sample/process_usage.h"
#include "harness/results/names.h"
#include "workloads/clock.h"

void kit_text(uint64_t offset, char *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = KIT_TEXT[(offset + i) % strlen(KIT_TEXT)];
}

uint64_t kit_text_hash(uint64_t len)
{
    char *text = malloc(len + 1);
    uint64_t hash;

    assert_non_null(text);
    kit_text(0, text, len);
    hash = XXH3_64bits(text, len);
    free(text);
    return hash;
}

/* One cell. */

void trial_init(struct trial *t, const char *workload, uint16_t port)
{
    struct sockaddr_in *peer = (struct sockaddr_in *)&t->setup.server.peer;

    *t = (struct trial){.workload = workload_find(workload)};
    assert_non_null(t->workload);
    workload_presets(t->workload, t->setup.values);
    t->setup.seed = 7;
    t->setup.host = "test";
    peer->sin_family = AF_INET;
    peer->sin_port = htons(port);
    peer->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    t->setup.server.peer_len = sizeof(*peer);
}

void trial_set(struct trial *t, const char *parameter, uint64_t value)
{
    int i = workload_parameter(t->workload, parameter);

    assert_in_range(i, 0, MAX_PARAMETERS - 1);
    t->setup.values[i] = value;
}

void trial_aim(struct trial *t)
{
    size_t size = t->workload->results_size(&t->setup);

    if (!t->ready) {
        assert_int_equal(t->workload->prepare(&t->work, &t->setup), 0);
        t->results = kit_shared(size);
        t->size = size;
        t->ready = true;
    }
    memset(t->results, 0, size);
    t->workload->aim(&t->work, &t->setup, t->results);
}

struct kit_watch *kit_watching;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
unsigned kit_patience_s = 60;
#else
unsigned kit_patience_s = 20;
#endif

bool kit_hangs(const struct kit_watch *watch)
{
    uint64_t since_ns = watch->since_ns;

    return since_ns && clock_ns() > since_ns + kit_patience_s * NS_PER_S;
}

size_t kit_at_once(const struct model *m, const struct kind *kind, size_t n)
{
    const struct ability a = model_ability(m, kind);

    return ability_at_once(&a, n, 0);
}

/* NULL: this kind has none. */
static const struct gate *gate_of(const struct kind *kind, const void *job)
{
    if (kind == &kind_counting)
        return ((const struct counting *)job)->gate;
    if (kind == &kind_relay)
        return ((const struct relay *)job)->gate;
    if (kind == &kind_sleeping)
        return ((const struct sleeping *)job)->gate;
    return NULL;
}

int kit_run(const struct model *m, const struct kind *kind, void *job)
{
    int error;

    if (kit_watching) {
        kit_watching->gate = gate_of(kind, job);
        kit_watching->since_ns = clock_ns();
    }
    error = model_run(m, kind, job);
    if (kit_watching)
        kit_watching->since_ns = 0;
    return error;
}

int trial_run(struct trial *t, const struct model *m)
{
    trial_aim(t);
    return kit_run(m, t->workload->kind, t->work.job);
}

struct findings trial_judge(const struct trial *t)
{
    struct findings f = {0};
    void *expected = NULL;

    if (t->workload->expect)
        assert_int_equal(t->workload->expect(&t->setup, &expected), 0);
    t->workload->judge(t->workload, &t->setup, expected, t->results, &f);
    free(expected);
    assert_int_equal(f.iterations, 1);
    return f;
}

void trial_assert_right(const struct trial *t, const char *model)
{
    struct findings f = trial_judge(t);

    if (f.wrong_iterations || f.errors || f.text[0])
        fail_msg("%s: %s", model, f.text);
}

void trial_finish(struct trial *t)
{
    if (!t->ready)
        return;
    t->workload->finish(&t->work);
    kit_free(t->results, t->size);
    t->ready = false;
}

/* The origin. */

static _Noreturn void serve(int control_fd, pid_t parent)
{
    const struct origin_options options = {.control_fd = control_fd};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    _exit(origin_serve(&options) ? 1 : 0);
}

int kit_listen(struct sockaddr_in *ret)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(*ret);

    *ret = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)ret, len), 0);
    assert_int_equal(listen(fd, SOMAXCONN), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret, &len), 0);
    return fd;
}

void kit_origin_start(struct origin *o)
{
    pid_t parent = getpid();
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds),
                     0);
    *o = (struct origin){.child = {.pid = fork(), .pidfd = -1, .pipe = -1},
                         .running = true,
                         .control_fd = fds[0]};
    assert_true(o->child.pid >= 0);
    if (o->child.pid == 0) {
        close(fds[0]);
        serve(fds[1], parent);
    }
    close(fds[1]);
    assert_int_equal(origin_hear(o), 0);
}

struct origin kit_origin;

int kit_origin_setup(void **state)
{
    (void)state;
    kit_origin_start(&kit_origin);
    return 0;
}

int kit_origin_teardown(void **state)
{
    (void)state;
    origin_stop(&kit_origin);
    return 0;
}

/* What a process holds. */

static void *do_nothing(void *context)
{
    return context;
}

/*
 * ThreadSanitizer starts a thread of its own beside the first one that a
 * process starts: it must be there before the threads are counted.
 */
static void start_first_thread(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0)
        pthread_join(thread, NULL);
}

static struct kit_usage usage_now(void)
{
    return (struct kit_usage){.fds = usage_fds(),
                              .threads = usage_threads(),
                              .children = usage_children()};
}

struct kit_usage kit_usage(void)
{
    start_first_thread();
    return usage_now();
}

bool kit_holds(const struct kit_usage *u)
{
    struct kit_usage now = usage_now();

    return now.threads == u->threads && now.fds == u->fds &&
           now.children == u->children;
}

void kit_assert_holds(const struct kit_usage *u, const char *model)
{
    struct kit_usage now;

    if (kit_holds(u))
        return;
    now = usage_now();
    fail_msg("%s: %" PRIu64 " threads, %" PRIu64 " descriptors and %" PRIu64
             " children, should be %" PRIu64 ", %" PRIu64 " and %" PRIu64,
             model, now.threads, now.fds, now.children, u->threads, u->fds,
             u->children);
}

/* exit() rather than _exit(), so that leaks are looked for. */
static _Noreturn void be_child(void (*body)(const void *context),
                               const void *context, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Or it would go on with the parent's next test. */
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    if (getppid() == parent)
        body(context);
    exit(0);
}

struct kit_job kit_start(void (*body)(const void *context), const void *context)
{
    struct kit_job job = {.watch = kit_shared(sizeof(*job.watch))};
    pid_t parent = getpid();

    fflush(NULL);
    job.pid = fork();
    assert_true(job.pid >= 0);
    if (job.pid == 0) {
        kit_watching = job.watch;
        be_child(body, context, parent);
    }
    return job;
}

/* Whether it ended well; it is waited for in any case. */
static bool join(const struct kit_job *job)
{
    bool hung = false;
    int status;

    while (waitpid(job->pid, &status, WNOHANG) == 0) {
        if (!hung && kit_hangs(job->watch)) {
            print_message("a run of the model hangs\n");
            hung = true;
            kill(job->pid, SIGKILL);
        }
        usleep(2000);
    }
    kit_free(job->watch, sizeof(*job->watch));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void kit_join(const struct kit_job *jobs, size_t n)
{
    bool well = true;

    for (size_t i = 0; i < n; i++)
        well &= join(&jobs[i]);
    if (!well)
        fail_msg("a run of the model in a process of its own hung or failed");
}

void *kit_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

void kit_free(void *memory, size_t size)
{
    munmap(memory, size);
}

int kit_in_child(int (*body)(const void *context), const void *context,
                 unsigned seconds)
{
    uint64_t end_ns = clock_ns() + seconds * NS_PER_S;
    pid_t pid, parent = getpid();
    int status;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        kit_watching = NULL;
        _exit(getppid() == parent ? body(context) : 1);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_ns() > end_ns)
            kill(pid, SIGKILL);
        usleep(2000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}
