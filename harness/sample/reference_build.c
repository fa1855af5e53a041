/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/reference_build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/results/data.h"
#include "harness/results/text.h"
#include "harness/sample/program.h"
#include "workloads/clock.h"

/* Scala's compiler took 16 s on a busy machine. */
static const uint64_t patience_ns = 120 * NS_PER_S;

static const char *folder_of(const struct reference_program *of)
{
    return of->folder ? of->folder : "references";
}

/* Adds the bytes of a file to a hash; false: there is no such file. */
static bool hash_file(const char *path, uint64_t *hash)
{
    FILE *file = fopen(path, "re");
    char bytes[8192];
    size_t n;

    if (!file)
        return false;
    while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        *hash = XXH3_64bits_withSeed(bytes, n, *hash);
    fclose(file);
    return true;
}

/* The folder of the sources, and a hash of all that is built. */
static int find_sources(const struct reference_program *of,
                        struct reference_place *place, uint64_t *ret_hash,
                        char *why, size_t size)
{
    const char *sources = of->sources;
    char name[128], path[PATH_MAX];
    uint64_t hash = XXH3_64bits(of->build ? of->build : "",
                                of->build ? strlen(of->build) : 0);
    struct item source;

    while (text_next(&sources, ' ', &source)) {
        snprintf(name, sizeof(name), "%s/%.*s", folder_of(of),
                 (int)source.key_len, source.key);
        if (data_path(name, path, sizeof(path)) || !hash_file(path, &hash)) {
            snprintf(why, size, "%s did not come with this program", name);
            return -ECANCELED;
        }
        *strrchr(path, '/') = '\0';
    }
    snprintf(place->dir, sizeof(place->dir), "DIR=%.4000s", path);
    *ret_hash = hash;
    return 0;
}

/* Each folder of a path; 0 or -errno. */
static int make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        int made;

        *at = '\0';
        made = mkdir(path, 0777);
        *at = '/';
        if (made && errno != EEXIST)
            return -errno;
    }
    return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}

static int make_place(const struct reference_program *of, uint64_t hash,
                      struct reference_place *place, char *why, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool own = cache && *cache == '/';
    int error;

    snprintf(place->out, sizeof(place->out),
             "OUT=%.3000s%s/baton/%s/%s-%016" PRIx64,
             own    ? cache
             : home ? home
                    : "/tmp",
             own ? "" : "/.cache", folder_of(of), of->name, hash);
    error = make_folders(place->out + strlen("OUT="));
    if (!error)
        return 0;
    snprintf(why, size, "%.150s: %s; set XDG_CACHE_HOME",
             place->out + strlen("OUT="), strerror(-error));
    return -ECANCELED;
}

/* 0 when it ended with status 0; what it prints is no matter. */
static int attend(struct program *p, char *why, size_t size)
{
    uint64_t deadline_ns = clock_ns() + patience_ns;
    char *line, text[256];
    unsigned left;
    int error;

    do
        error = program_hear(p, deadline_ns, &line);
    while (!error || error == -EILSEQ);
    if (error == -EPIPE) {
        program_end(p, NS_PER_S, &left);
        if (p->child.wait_status == 0)
            return 0;
        program_describe_end(p, text, sizeof(text));
    } else {
        program_fail(p, error, text, sizeof(text));
    }
    snprintf(why, size, "building it failed: %s", text);
    return error == -EINTR ? error : -ECANCELED;
}

static int build(const struct reference_program *of,
                 const struct reference_place *place, char *why, size_t size)
{
    char *words[] = {"sh", "-c", (char *)of->build, NULL};
    const char *added[] = {"LC_ALL=C.UTF-8", place->dir, place->out, NULL};
    struct program p;
    int error = program_start(&p, words, added, NULL);

    if (!error)
        return attend(&p, why, size);
    program_fail(&p, error, why, size);
    return -ECANCELED;
}

/* One at a time; `done` is there when it was. */
static int build_once(const struct reference_program *of,
                      const struct reference_place *place, char *why,
                      size_t size)
{
    char done[PATH_MAX + 8];
    int lock = open(place->out + strlen("OUT="), O_RDONLY | O_CLOEXEC), fd;
    int error = 0;

    snprintf(done, sizeof(done), "%s/done", place->out + strlen("OUT="));
    if (lock >= 0)
        flock(lock, LOCK_EX);
    if (access(done, F_OK) != 0) {
        error = build(of, place, why, size);
        fd = error ? -1 : open(done, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd >= 0)
            close(fd);
    }
    if (lock >= 0)
        close(lock);
    return error;
}

int reference_build(const struct reference_program *of,
                    struct reference_place *ret, char *why, size_t size)
{
    uint64_t hash = 0;
    int error = find_sources(of, ret, &hash, why, size);

    strcpy(ret->out, "OUT=/nonexistent");
    if (error || !of->build)
        return error;
    error = make_place(of, hash, ret, why, size);
    return error ? error : build_once(of, ret, why, size);
}
