/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `grade` runs in the box: the schedules of grade/hostile.h, as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/grade/hostile.h"
#include "harness/results/json.h"

static int show(size_t i, const struct model *m)
{
    static const char *const ends[] = {"passed", "failed", "skipped"};
    struct hostile_result result;
    json_t *line = json_object();
    char *text;
    int error = hostile_run(i, m, &result);

    if (error) {
        json_decref(line);
        return complain_broken("%s: %s", hostile_name(i), strerror(-error));
    }
    json_set_text(line, "suite", "schedule");
    json_set_text(line, "check", hostile_name(i));
    json_set_text(line, "result", ends[result.end]);
    json_set_text(line, "seen", result.seen);
    json_set_text(line, "next", result.next);
    text = json_line(line, JSON_COMPACT);
    error = output_text(NULL, text);
    free(text);
    return error ? EXIT_BROKEN : EXIT_DONE;
}

int cli_hostile(int argc, char *argv[])
{
    const size_t built = n_models;
    char why[512];
    int status = EXIT_DONE;

    if (argc != 2)
        return complain_usage("hostile needs one file with a model");
    if (model_load(argv[1], why, sizeof(why)))
        return complain_usage("%s: %s", argv[1], why);
    if (!models[built]->counting.run)
        puts("{\"suite\":\"schedule\",\"check\":\"all\",\"result\":\"skipped\","
             "\"seen\":\"it does not count\"}");
    for (size_t i = 0; models[built]->counting.run && i < n_hostile; i++)
        if (!status)
            status = show(i, models[built]);
    if (!status)
        puts("{\"finished\":true}");
    return status;
}
