/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/ruling.h"

#include "harness/results/text.h"

const struct rules rules_default = {
    .threshold = 0.02,
    .screen = 0.05,
    .alpha = 0.002,
    .control = 0.001,
};

static const char *const names[RULING_N] = {
    [RULING_PASS] = "PASS",
    [RULING_IMPROVED] = "IMPROVED",
    [RULING_INCONCLUSIVE] = "INCONCLUSIVE",
    [RULING_REGRESSED] = "REGRESSED",
    [RULING_BROKEN] = "BROKEN",
};

const char *ruling_name(enum ruling ruling)
{
    return (unsigned)ruling < RULING_N ? names[ruling] : "?";
}

void rules_read(const struct recording *r, struct rules *ret)
{
    char text[256];

    recording_key(r, "rules", text, sizeof(text));
    *ret = rules_default;
    text_find_real(text, ' ', "threshold", &ret->threshold);
    text_find_real(text, ' ', "screen", &ret->screen);
    text_find_real(text, ' ', "alpha", &ret->alpha);
    text_find_real(text, ' ', "control", &ret->control);
}
