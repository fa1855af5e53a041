/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/conformance/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/look.h"
#include "workloads/clock.h"

const struct model *suite_model;
size_t suite_place;
const struct suite_view *suite_view;

/* A process: a model, and the tests that it goes through there. */
struct part {
    const struct model *model;
    size_t place;
    const struct CMUnitTest *tests;
    size_t n_tests;
    pid_t pid; /* 0: it has not begun, or has ended */
    bool begun;
    int output;
    struct kit_watch *watch;
    uint64_t start_ns;
    bool hung, well;
    char hang[sizeof(((struct suite_result *)NULL)->hang)];
    int status;
};

/* Whether BATON_TEST_MODELS, a comma list, has it or is not set. */
static bool is_chosen(const char *name)
{
    const char *list = getenv("BATON_TEST_MODELS");
    size_t len = strlen(name);

    if (!list || !*list)
        return true;
    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (strncmp(list, name, len) == 0 && (!list[len] || list[len] == ','))
            return true;
    }
    return false;
}

/* Why a model is not in the suite, or NULL. */
static const char *reason_against(const struct suite *s, const struct model *m)
{
    const char *gap = model_gap(m, s->kind);
    int error;

    if (!suite_view && !is_chosen(m->name))
        return "BATON_TEST_MODELS does not name it";
    if (gap)
        return gap;
    if (s->sockets && model_ability(m, s->kind).in_memory)
        return "its peer is in memory";
    error = m->probe ? m->probe() : 0;
    return error ? strerror(-error) : NULL;
}

static size_t all_models(const struct suite *s)
{
    return suite_view ? 1 : s->models ? s->n_models : n_models;
}

static const struct model *model_at(const struct suite *s, size_t i)
{
    return suite_view  ? suite_view->model
           : s->models ? s->models[i]
                       : models[i];
}

void suite_run_right(struct trial *t)
{
    assert_int_equal(trial_run(t, suite_model), 0);
    trial_assert_right(t, suite_model->name);
}

size_t suite_models(const struct suite *s)
{
    size_t n = 0;

    for (size_t i = 0; i < all_models(s); i++)
        n += !reason_against(s, model_at(s, i));
    return n;
}

/* In the process of a model. */

static int note_test(void **state)
{
    kit_watching->test = *state;
    return 0;
}

static int go_through(const struct suite *s, const struct part *part)
{
    struct CMUnitTest *tests = calloc(part->n_tests, sizeof(*tests));

    assert_non_null(tests);
    for (size_t i = 0; i < part->n_tests; i++) {
        tests[i] = part->tests[i];
        tests[i].setup_func = note_test;
        tests[i].initial_state = (void *)(uintptr_t)tests[i].name;
    }
    return _cmocka_run_group_tests(s->name, tests, part->n_tests, s->setup,
                                   s->teardown);
}

/* exit() rather than _exit(), so that leaks are looked for. */
static _Noreturn void be_part(const struct suite *s, struct part *part,
                              pid_t parent)
{
    bool failed;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setpgid(0, 0);
    dup2(part->output, STDOUT_FILENO);
    dup2(part->output, STDERR_FILENO);
    close(part->output);
    /* What a failed test has started is to end with it. */
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    suite_model = part->model;
    suite_place = part->place;
    kit_watching = part->watch;
    failed = go_through(s, part) != 0;
    part->watch->finished = true;
    exit(failed);
}

/* In the process that waits for all of them. */

static void start(const struct suite *s, struct part *part)
{
    pid_t parent = getpid();

    part->output = memfd_create("output", MFD_CLOEXEC);
    assert_true(part->output >= 0);
    part->watch = kit_shared(sizeof(*part->watch));
    part->start_ns = clock_ns();
    part->begun = true;
    fflush(NULL);
    part->pid = fork();
    assert_true(part->pid >= 0);
    if (part->pid == 0)
        be_part(s, part, parent);
    setpgid(part->pid, part->pid);
}

static bool is_left_out(const struct CMUnitTest *test)
{
    return suite_view && suite_view->only &&
           !strstr(test->name, suite_view->only);
}

/* Returns how many. */
static size_t add_model(const struct suite *s, const struct model *m,
                        size_t place, struct part *parts)
{
    bool apart = s->apart || suite_view;
    size_t n = 0;

    for (size_t i = 0; i < (apart ? s->n_each : 1); i++)
        if (!is_left_out(&s->each[i]))
            parts[n++] = (struct part){.model = m,
                                       .place = place,
                                       .tests = &s->each[i],
                                       .n_tests = apart ? 1 : s->n_each};
    return n;
}

/* Of a model that passed, only what it was left out of. */
static void copy_output(int fd, bool all)
{
    FILE *file = fdopen(fd, "r");
    char line[1024];

    assert_non_null(file);
    rewind(file);
    while (fgets(line, sizeof(line), file))
        if (all || strncmp(line, "# ", 2) == 0)
            fputs(line, stdout);
    fclose(file);
}

/* One that the model ended by exit(0) did not finish. */
static bool is_well(const struct part *part)
{
    return !part->hung && part->status == 0 && part->watch->finished;
}

static void tell_end(const struct part *part)
{
    bool well = is_well(part);

    print_message("# %s%s%s: %s after %.1f s\n", part->model->name,
                  part->n_tests == 1 ? ", " : "",
                  part->n_tests == 1 ? part->tests->name : "",
                  part->hung ? "hangs"
                  : well     ? "passed"
                             : "FAILED",
                  (double)(clock_ns() - part->start_ns) / 1e9);
    if (part->hung)
        print_message("# %s hangs in %s: %s\n", part->model->name,
                      part->watch->test, part->hang);
    copy_output(part->output, !well);
    if (WIFSIGNALED(part->status) && !part->hung)
        print_message("# %s: signal %d in %s\n", part->model->name,
                      WTERMSIG(part->status), part->watch->test);
    fflush(stdout);
}

static void show_end(const struct suite *s, const struct part *part)
{
    struct suite_result r = {
        .suite = s->name,
        .test = part->tests->name,
        .model = part->model,
        .status = part->status,
        .seconds = (double)(clock_ns() - part->start_ns) / 1e9,
        .output = look_at_output(part->output),
    };

    memcpy(r.hang, part->hang, sizeof(r.hang));
    r.end = part->hung                               ? SUITE_HUNG
            : look_for_crash(part->status, r.output) ? SUITE_CRASHED
            : !is_well(part)                         ? SUITE_FAILED
            : strstr(r.output, "[  SKIPPED ]")       ? SUITE_SKIPPED
                                                     : SUITE_PASSED;
    suite_view->show(&r);
    free(r.output);
}

static void end(const struct suite *s, struct part *part)
{
    /* Its children are of its group, and some may not have noticed. */
    kill(-part->pid, SIGKILL);
    part->pid = 0;
    if (suite_view)
        show_end(s, part);
    else
        tell_end(part);
    part->well = is_well(part);
    munmap(part->watch, sizeof(*part->watch));
}

/* A test may wait for what a wrong model never did. */
static bool lasts_too_long(const struct part *part)
{
    return suite_view &&
           clock_ns() > part->start_ns + suite_view->limit_s * NS_PER_S;
}

/* Whether it has ended. */
static bool attend(const struct suite *s, struct part *part)
{
    if (waitpid(part->pid, &part->status, WNOHANG) == part->pid) {
        end(s, part);
        return true;
    }
    if (!part->hung && (kit_hangs(part->watch) || lasts_too_long(part))) {
        part->hung = true;
        look_at_hang(part->pid, part->watch, part->hang, sizeof(part->hang));
        kill(-part->pid, SIGKILL);
    }
    return false;
}

/*
 * Most of them wait, so that more run at once than there are CPUs; but all of
 * many models' would be a load that tests of time cannot bear.
 */
enum { MOST_AT_ONCE = 16, MOST_COMPUTING = 4 };

static bool run_all(const struct suite *s, struct part *parts, size_t n)
{
    size_t most = suite_view    ? suite_view->most_at_once
                  : s->computes ? MOST_COMPUTING
                                : MOST_AT_ONCE;
    bool well = true;
    size_t left = n, running = 0;

    while (left > 0) {
        for (size_t i = 0; i < n; i++) {
            struct part *part = &parts[i];

            if (!part->begun && running < most) {
                start(s, part);
                running++;
            }
            if (!part->pid || !attend(s, part))
                continue;
            well &= part->well;
            running--;
            left--;
        }
        usleep(5000);
    }
    return well;
}

static void leave_out(const struct suite *s, const struct model *m,
                      const char *reason)
{
    struct suite_result r = {.suite = s->name,
                             .test = "all",
                             .model = m,
                             .end = SUITE_SKIPPED,
                             .output = (char *)reason};

    if (suite_view)
        suite_view->show(&r);
    else
        print_message("# %s left out: %s\n", m->name, reason);
}

static bool go_through_all(const struct suite *s, struct part *parts)
{
    size_t n = 0, place = 0, began = 0;
    bool well = true;

    for (size_t i = 0; i < all_models(s); i++) {
        const struct model *m = model_at(s, i);
        const char *reason = reason_against(s, m);

        if (reason) {
            leave_out(s, m, reason);
            continue;
        }
        n += add_model(s, m, place++, parts + n);
        if (!s->in_turn)
            continue;
        well &= run_all(s, parts + began, n - began);
        began = n;
    }
    return run_all(s, parts + began, n - began) && well;
}

int suite_run(const struct suite *s)
{
    struct part *parts = calloc(all_models(s) * s->n_each + 1, sizeof(*parts));
    bool well;

    assert_non_null(parts);
    well = go_through_all(s, parts);
    free(parts);
    if (s->n_once && !suite_view)
        well &= _cmocka_run_group_tests(s->name, s->once, s->n_once, NULL,
                                        NULL) == 0;
    return well ? 0 : 1;
}
