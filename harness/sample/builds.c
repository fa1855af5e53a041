/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/builds.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/results/text.h"
#include "harness/sample/machine.h"
#include "harness/sample/references.h"
#include "harness/sample/runtimes.h"
#include "harness/sample/sampler.h"
#include "harness/sample/tracer.h"
#include "workloads/clock.h"

/* A program, where it is run from. */
struct image {
    int fd; /* memory with all of it, or its file; -1: it is run by its name */
    char path[64];
    const char *file;
    uint64_t hash;
};

struct builds {
    struct builds_setup setup;
    struct taker taker;
    struct image images[SIDE_N];
    struct image
        *variants[SIDE_COPY]; /* [setup.variants]; the copy has base's */
    struct sampler sampler;
    struct runtimes *runtimes;
    struct origin origin;       /* where cells of a plan need one */
    char host[32];              /* "127.0.0.1:8080" */
    struct cell *cells[SIDE_N]; /* [n] each */
};

/* Images. */

static int copy_bytes(int from, int to, off_t size, XXH3_state_t *state)
{
    static char bytes[1 << 16];
    ssize_t n;

    XXH3_64bits_reset(state);
    while ((n = read(from, bytes, sizeof(bytes))) > 0) {
        XXH3_64bits_update(state, bytes, (size_t)n);
        if (to >= 0 && write(to, bytes, (size_t)n) != n)
            return -EIO;
        size -= n;
    }
    return n < 0 ? -errno : size == 0 ? 0 : -EAGAIN;
}

/* A script's interpreter would have to open it again, which it cannot. */
static bool is_executable_format(int fd)
{
    char magic[4];

    return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
           memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static int load(struct image *image, const char *file, bool copied)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), error = 0;
    XXH3_state_t *state = XXH3_createState();
    struct stat is;

    *image = (struct image){.fd = -1, .file = file};
    if (fd < 0 || fstat(fd, &is) || access(file, X_OK))
        error = -errno;
    else if (!S_ISREG(is.st_mode))
        error = -EACCES;
    else if (!state)
        error = -ENOMEM;
    if (!error && is_executable_format(fd))
        image->fd = copied ? memfd_create("baton", MFD_CLOEXEC)
                           : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (!error)
        error = copy_bytes(fd, copied ? image->fd : -1, is.st_size, state);
    if (!error)
        image->hash = XXH3_64bits_digest(state);
    if (image->fd >= 0)
        snprintf(image->path, sizeof(image->path), "/proc/self/fd/%d",
                 image->fd);
    XXH3_freeState(state);
    if (fd >= 0)
        close(fd);
    return error;
}

static int load_one(struct image *image, const char *file, bool copied,
                    char *why, size_t size)
{
    int error = load(image, file, copied);

    if (error)
        snprintf(why, size, "cannot run %.160s: %s", file, strerror(-error));
    return error;
}

/* A side's hash is that of the hashes of all its programs. */
static int load_variants(struct builds *b, enum sample_side side,
                         const char *pattern, char *why, size_t size)
{
    unsigned n = b->setup.variants;
    uint64_t *hashes = calloc(n, sizeof(*hashes));
    int error = 0;

    b->variants[side] = calloc(n, sizeof(*b->variants[side]));
    if (!hashes || !b->variants[side])
        error = -ENOMEM;
    for (unsigned i = 0; i < n && !error; i++) {
        char number[16], *file;

        snprintf(number, sizeof(number), "%u", i + 1);
        file = text_replace(pattern, "{n}", number);
        error = file ? load_one(&b->variants[side][i], file, false, why, size)
                     : -ENOMEM;
        b->variants[side][i].file = file;
        if (!error)
            hashes[i] = b->variants[side][i].hash;
    }
    if (!error)
        b->images[side].hash = XXH3_64bits(hashes, n * sizeof(*hashes));
    free(hashes);
    return error;
}

static void unload_variants(struct builds *b, struct image *images)
{
    for (unsigned i = 0; images && i < b->setup.variants; i++) {
        if (images[i].fd > 0)
            close(images[i].fd);
        free((char *)images[i].file);
    }
    free(images);
}

static int load_all(struct builds *b, char *why, size_t size)
{
    int sides = b->setup.alone ? 0 : b->setup.variants ? SIDE_COPY : SIDE_N;
    const char *files[SIDE_N] = {b->setup.base, b->setup.cand, b->setup.base};

    for (int side = 0; side < sides; side++) {
        const char *file = files[side] ? files[side] : "/proc/self/exe";
        int error =
            b->setup.variants
                ? load_variants(b, (enum sample_side)side, file, why, size)
                : load_one(&b->images[side], file, true, why, size);

        if (error)
            return error;
    }
    return 0;
}

/* Samples. */

/* The count that all sides have, and what is injected into the candidate. */
static void share_count(struct builds *b, size_t cell, enum sample_side side)
{
    const struct cell *base = &b->cells[SIDE_BASE][cell];
    struct cell *c = &b->cells[side][cell];

    c->extra =
        side == SIDE_CAND
            ? (uint64_t)llround(b->setup.slower * (double)base->iterations)
            : 0;
    c->iterations = base->iterations + c->extra;
    c->iteration_ns = base->iteration_ns;
}

static int take_sample(struct builds *b, struct cell *cell, struct sample *ret)
{
    if (reference_offer(cell->model))
        return runtimes_take(b->runtimes, &b->sampler, cell, ret);
    return sampler_take(&b->sampler, cell, ret);
}

/*
 * Each side's first sample is calibrated: only there the heap is counted, and
 * the threads of long iterations.  The count of iterations is that of base,
 * whose calibration is a sample of its own.
 */
static int take_one(struct builds *b, size_t cell, enum sample_side side,
                    struct sample *ret)
{
    struct cell *c = &b->cells[side][cell];
    bool first = c->iterations == 0;
    int error = 0;

    if (first)
        error = take_sample(b, c, ret);
    if (error || c->iterations == 0 ||
        (first && (side == SIDE_BASE || ret->status != STATUS_OK)))
        return error;
    share_count(b, cell, side);
    return take_sample(b, c, ret);
}

/* The second of an A/A pair has the calibration of the first. */
static void follow(struct builds *b, size_t cell)
{
    struct cell *cells = b->cells[SIDE_BASE], *c = &cells[cell], first;

    if (!c->twin || c->iterations)
        return;
    first = cells[plan_find(b->setup.plan, c->workload->name, c->model->name,
                            c->setup.values)];
    first.twin = true;
    first.most_rounds = c->most_rounds;
    *c = first;
}

static uint64_t expected_ns(void *context, size_t cell)
{
    const struct builds *b = context;
    const struct cell *c = &b->cells[SIDE_BASE][cell];

    if (!c->iterations)
        return 0;
    return c->iteration_ns * (c->iterations + !cell_is_cold(c)) + 3 * NS_PER_MS;
}

static void explain(struct builds *b, int error)
{
    if (error)
        snprintf(b->taker.why, sizeof(b->taker.why), "%s",
                 error == -EPIPE       ? "the origin died"
                 : error == -ETIMEDOUT ? "the origin does not answer"
                 : error == -EINTR     ? "interrupted"
                                       : strerror(-error));
}

static const struct image *image_of(const struct builds *b,
                                    enum sample_side side)
{
    unsigned n = b->taker.variant;

    return b->setup.variants ? &b->variants[side == SIDE_CAND][n ? n - 1 : 0]
                             : &b->images[side];
}

static int take(void *context, size_t cell, enum sample_side side,
                struct sample *ret)
{
    struct builds *b = context;
    const struct image *image = image_of(b, side);
    int error;

    free(b->taker.journal);
    b->taker.journal = NULL;
    follow(b, cell);
    b->sampler.program = image->fd >= 0 ? image->path : image->file;
    error = take_one(b, cell, side, ret);
    if (!error && ret->status == STATUS_DISTURBED) {
        error = take_one(b, cell, side, ret);
        ret->repeats = 1;
    }
    explain(b, error);
    return error;
}

int builds_trace(struct builds *b, struct cell *cell, struct sample *ret,
                 struct trace **ret_trace)
{
    struct sampler sampler = b->sampler;
    int error;

    sampler.journal = NULL;
    error = tracer_take(&sampler, cell, ret, ret_trace);
    explain(b, error);
    return error;
}

static int copy_cells(struct builds *b)
{
    const struct plan *plans[SIDE_N] = {
        b->setup.plan, b->setup.cand_plan ? b->setup.cand_plan : b->setup.plan,
        b->setup.plan};

    for (int side = 0; side < (b->setup.alone ? 1 : SIDE_N); side++) {
        size_t size = (plans[side]->n + 1) * sizeof(struct cell);

        b->cells[side] = malloc(size);
        if (!b->cells[side])
            return -ENOMEM;
        if (plans[side]->n)
            memcpy(b->cells[side], plans[side]->cells,
                   plans[side]->n * sizeof(struct cell));
    }
    return 0;
}

static bool is_served(const struct cell *cell)
{
    return cell->workload->kind->served && !cell->setup.path;
}

static bool needs_origin(const struct plan *plan)
{
    for (size_t i = 0; plan && i < plan->n; i++)
        if (is_served(&plan->cells[i]))
            return true;
    return false;
}

/*
 * How many of its addresses a cell takes.  Where the kernel has three quarters
 * of its ports in use, it takes long to find one.
 */
static uint64_t addresses_for(const struct builds *b, const struct cell *cell)
{
    struct limits limits;
    uint64_t n;

    machine_limits(&limits);
    n = cell->workload->tasks(&cell->setup) / (limits.ports / 4 * 3 + 1) + 1;
    if (n > b->origin.addresses)
        n = b->origin.addresses;
    return n > 1 ? n : 0; /* 0: an earlier build does not know it */
}

/* Sets its address in the cells of a plan. */
static void point_to_origin(const struct builds *b, struct plan *plan)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(b->origin.port),
    };

    for (size_t i = 0; plan && i < plan->n; i++) {
        struct setup *s = &plan->cells[i].setup;

        if (!is_served(&plan->cells[i]))
            continue;
        memcpy(&s->server.peer, &address, sizeof(address));
        s->server.peer_len = sizeof(address);
        s->host = b->host;
        s->addresses = addresses_for(b, &plan->cells[i]);
        s->refused_port = b->origin.refused_port;
        s->full_port = b->origin.full_port;
        if (workload_names(plan->cells[i].workload, s->values))
            s->names_port = b->origin.names_port;
        if (workload_tls(plan->cells[i].workload, s->values)) {
            s->tls_port = b->origin.tls_port;
            s->authority = b->origin.authority;
        }
    }
}

static int start_origin(struct builds *b, char *why, size_t size)
{
    const struct builds_setup *s = &b->setup;
    int error;

    if (!needs_origin(s->plan) && !needs_origin(s->cand_plan) &&
        !needs_origin(s->traced))
        return 0;
    error = origin_start(&b->origin, s->pin_origin);
    if (error) {
        snprintf(why, size, "the origin does not start: %s", strerror(-error));
        return error;
    }
    snprintf(b->host, sizeof(b->host), "127.0.0.1:%u", b->origin.port);
    point_to_origin(b, s->plan);
    point_to_origin(b, s->cand_plan);
    point_to_origin(b, s->traced);
    b->sampler.origin = &b->origin;
    return 0;
}

static int start(struct builds *b, char *why, size_t size)
{
    int error = load_all(b, why, size);

    if (!error)
        error = start_origin(b, why, size);
    if (error)
        return error;
    b->sampler.random = gsl_rng_alloc(gsl_rng_mt19937);
    b->runtimes = runtimes_create();
    error = b->sampler.random && b->runtimes ? copy_cells(b) : -ENOMEM;
    if (error)
        snprintf(why, size, "%s", strerror(-error));
    else
        gsl_rng_set(b->sampler.random, (unsigned long)b->setup.seed);
    return error;
}

int builds_create(const struct builds_setup *setup, struct builds **ret,
                  char *why, size_t size)
{
    struct builds *b = calloc(1, sizeof(*b));
    int error;

    if (!b)
        return -ENOMEM;
    b->setup = *setup;
    b->origin.control_fd = -1;
    for (int side = 0; side < SIDE_N; side++)
        b->images[side].fd = -1;
    error = start(b, why, size);
    b->sampler.pin = setup->pin;
    b->sampler.target_ns = setup->target_ns;
    b->sampler.trace_fd = -1;
    b->sampler.start_ns = setup->start_ns;
    if (setup->alone)
        b->sampler.journal = &b->taker.journal;
    b->taker = (struct taker){.n = setup->plan->n,
                              .take = take,
                              .expected_ns = expected_ns,
                              .context = b};
    if (error)
        builds_destroy(b);
    else
        *ret = b;
    return error;
}

void builds_destroy(struct builds *b)
{
    if (!b)
        return;
    for (int side = 0; side < SIDE_N; side++) {
        if (b->images[side].fd >= 0)
            close(b->images[side].fd);
        free(b->cells[side]);
    }
    unload_variants(b, b->variants[SIDE_BASE]);
    unload_variants(b, b->variants[SIDE_CAND]);
    runtimes_destroy(b->runtimes);
    origin_stop(&b->origin);
    free(b->taker.journal);
    if (b->sampler.random)
        gsl_rng_free(b->sampler.random);
    free(b);
}

struct taker *builds_taker(struct builds *b)
{
    return &b->taker;
}

const struct runtimes *builds_runtimes(const struct builds *b)
{
    return b->runtimes;
}

void builds_inject(struct builds *b, double slower)
{
    b->setup.slower = slower;
}

uint64_t builds_hash(const struct builds *b, enum sample_side side)
{
    return b->images[side].hash;
}

bool builds_copied(const struct builds *b)
{
    return b->images[SIDE_COPY].fd >= 0;
}
