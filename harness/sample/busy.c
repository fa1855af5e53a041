/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/busy.h"

#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "harness/results/text.h"
#include "harness/sample/machine.h"

/* Below a third of a CPU a run is hardly disturbed, and ticks are coarse. */
const double busy_limit = 0.3;
static const double most_stolen = 0.02;
enum { WINDOW_MS = 100, MOST_NAMES = 3 };

/* " (cc1, ld)": some processes that run now. */
static void print_running(FILE *out)
{
    glob_t found = {0};
    unsigned n = 0;

    glob("/proc/[1-9]*/stat", GLOB_NOSORT, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc && n < MOST_NAMES; i++) {
        char line[512], name[32], state = 0;
        int id = 0;

        text_first_line(found.gl_pathv[i], line, sizeof(line));
        if (sscanf(line, "%d (%31[^)]) %c", &id, name, &state) == 3 &&
            state == 'R' && id != getpid())
            fprintf(out, "%s%s", n++ ? ", " : " (", name);
    }
    globfree(&found);
    fputs(n ? ")" : "", out);
}

static void print(FILE *out, double cpus, double stolen, double online)
{
    const char *join = "";

    if (machine_load() > online) {
        fprintf(out, "load %.1f on %.0f CPU%s", machine_load(), online,
                online > 1 ? "s" : "");
        join = "; ";
    }
    if (cpus > busy_limit) {
        fprintf(out, "%sother processes use %.1f CPUs", join, cpus);
        print_running(out);
        join = "; ";
    }
    if (stolen > most_stolen)
        fprintf(out, "%sother virtual machines take %.0f %% of its CPU time",
                join, 100 * stolen);
}

static const struct timespec window = {.tv_nsec = WINDOW_MS * 1000000L};

static double window_ticks(void)
{
    return (double)sysconf(_SC_CLK_TCK) * WINDOW_MS / 1e3;
}

double busy_others(void)
{
    uint64_t used = machine_used();

    nanosleep(&window, NULL);
    return (double)(machine_used() - used) / window_ticks();
}

bool busy_describe(char *out, size_t size)
{
    double ticks = window_ticks();
    double online = (double)sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t used = machine_used(), steal = machine_steal();
    FILE *text = fmemopen(out, size, "w");

    out[0] = '\0';
    if (!text)
        return false;
    nanosleep(&window, NULL);
    print(text, (double)(machine_used() - used) / ticks,
          (double)(machine_steal() - steal) / ticks / online, online);
    fclose(text);
    return out[0];
}
