/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the variants of two builds: baton.1 to baton.N in their folders. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/check/verdict.h"
#include "harness/cli/check.h"

static bool is_folder(const char *path)
{
    struct stat is;

    return path && stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

/* Of this program; 0 or -errno. */
static int own_folder(char out[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    if (n < 0)
        return -1;
    out[n] = '\0';
    *strrchr(out, '/') = '\0';
    return 0;
}

static unsigned count_variants(const char *folder)
{
    char path[PATH_MAX + 32];
    unsigned n = 0;

    do
        snprintf(path, sizeof(path), "%s/baton.%u", folder, n + 1);
    while (access(path, F_OK) == 0 && ++n < VERDICT_MOST_VARIANTS);
    return n;
}

/* One side; a path that is no folder has none. */
struct side {
    char folder[PATH_MAX], path[PATH_MAX + 16];
    unsigned n;
};

static void look(const char *given, struct side *ret)
{
    snprintf(ret->folder, sizeof(ret->folder), "%s", given ? given : "");
    if (given ? !is_folder(given) : own_folder(ret->folder) != 0)
        return;
    ret->n = count_variants(ret->folder);
    snprintf(ret->path, sizeof(ret->path), "%s/baton%s", ret->folder,
             ret->n ? ".{n}" : "");
}

/* EXIT_DONE where both have as many. */
static int compare(const struct side *base, const struct side *cand)
{
    const struct side *with = base->n ? base : cand;
    const struct side *without = base->n ? cand : base;

    if (!without->n)
        return complain_usage(
            "%.200s has variants (baton.1 to baton.%u), and %.200s has none: "
            "name the folders of two builds that were configured with "
            "-Dvariants=%u",
            with->folder, with->n, without->folder, with->n);
    if (base->n != cand->n)
        return complain_usage(
            "%.200s has %u variants, and %.200s has %u: both sides need as "
            "many (meson configure -Dvariants=%u)",
            base->folder, base->n, cand->folder, cand->n,
            base->n > cand->n ? base->n : cand->n);
    if (base->n < 2)
        return complain_usage(
            "%.200s has one variant, which shows nothing of the deviation "
            "between variants: configure with -Dvariants=8",
            base->folder);
    return EXIT_DONE;
}

int comparison_find_variants(struct comparison *g)
{
    static struct side base, cand;

    if (!is_folder(g->base) && !is_folder(g->cand))
        return EXIT_DONE;
    look(g->base, &base);
    look(g->cand, &cand);
    if (base.n || cand.n) {
        int status = compare(&base, &cand);

        if (status)
            return status;
        g->variants = base.n;
    }
    if (g->variants || (is_folder(g->base) && access(base.path, F_OK) == 0))
        g->base = base.path;
    if (g->variants || (is_folder(g->cand) && access(cand.path, F_OK) == 0))
        g->cand = cand.path;
    return EXIT_DONE;
}
