/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands' options have in common; parameters are data. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/cli.h"
#include "harness/results/text.h"

static void describe(const struct parameter *p, char *out, size_t size)
{
    snprintf(out, size, "%c%s%s%s (default: %" PRIu64 "%s)",
             p->help[0] - 'a' + 'A', p->help + 1, p->unit ? ", in " : "",
             p->unit ? p->unit : "", p->preset,
             p->kib ? "; KiB, MiB, GiB understood" : "");
}

size_t parameter_options(const struct workload *w, const char *arg,
                         struct argp_option out[], char help[][OPTION_HELP])
{
    for (size_t i = 0; i < w->n_parameters; i++) {
        describe(&w->parameters[i], help[i], OPTION_HELP);
        out[i] = (struct argp_option){
            .name = w->parameters[i].name,
            .key = KEY_PARAMETER + (int)i,
            .arg = arg,
            .doc = help[i],
            .group = 2,
        };
    }
    return w->n_parameters;
}

error_t setting_take(const struct setting *settings, int key, const char *arg,
                     const struct argp_state *state)
{
    const struct setting *s = settings;
    char *command = state->input;
    void *at;

    while (s->key && s->key != key)
        s++;
    if (!s->key)
        return ARGP_ERR_UNKNOWN;
    at = command + s->offset;
    if (s->type == SETTING_TEXT)
        *(const char **)at = arg;
    else if (s->type == SETTING_ON)
        *(bool *)at = true;
    else if (s->type == SETTING_BUDGET && read_duration(arg, at))
        argp_error(state, "--budget is a time such as 90s or 5m");
    else if (s->type == SETTING_SEED &&
             (text_u64(arg, at) || *(uint64_t *)at > UINT32_MAX))
        argp_error(state, "--seed is a number below 2^32");
    else if (s->type == SETTING_ROUNDS &&
             (text_u32(arg, at) || *(uint32_t *)at < 1 ||
              *(uint32_t *)at > 100000))
        argp_error(state, "--rounds is a number from 1 to 100000");
    if (s->given)
        *(bool *)(command + s->given) = true;
    return 0;
}

int read_workload(const char *name, const struct workload **ret)
{
    const char **names;

    *ret = workload_find(name);
    if (*ret)
        return EXIT_DONE;
    names = calloc(n_workloads, sizeof(*names));
    for (size_t i = 0; names && i < n_workloads; i++)
        names[i] = workloads[i]->name;
    complain_unknown("workload", name, names, names ? n_workloads : 0);
    free(names);
    return EXIT_USAGE;
}

/*
 * Like argp, takes what begins an option's name for it; unlike argp, says which
 * ones there are, and the nearest.
 */
static bool is_known(const char *word, const struct argp_option options[])
{
    enum { MOST = MAX_PARAMETERS + 32 };
    static const char *const fixed[] = {"help", "usage", "version"};
    char shown[MOST][40], name[64];
    const char *names[MOST];
    size_t n = 0, len = strcspn(word, "=");

    for (size_t i = 0; options[i].name && n + 3 < MOST; i++)
        snprintf(shown[n++], sizeof(shown[0]), "--%s", options[i].name);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        snprintf(shown[n++], sizeof(shown[0]), "--%s", fixed[i]);
    for (size_t i = 0; i < n; i++) {
        names[i] = shown[i];
        if (strncmp(shown[i], word, len) == 0)
            return true;
    }
    snprintf(name, sizeof(name), "%.*s", (int)len, word);
    complain_unknown("option", name, names, n);
    return false;
}

bool options_known(int argc, char *argv[], const struct argp_option options[])
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--", 2) == 0 && !is_known(argv[i], options))
            return false;
    return true;
}
