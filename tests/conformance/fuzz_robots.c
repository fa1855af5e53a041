/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Any bytes as a robots.txt: its rules fit, and are searched within bounds. */
#include "tests/conformance/fuzz.h"
#include "workloads/web/robots.h"

const char *const fuzz_seeds[] = {
    "/a?b*c$%2f\nUser-agent: *\nDisallow: /a%62\nAllow: /*b$ # x\n",
    "/x\nuser-agent: other\r\nuser-agent: BATON/1.0\r\ndisallow:/\r\n",
    "/%\xc3\xa9\nSitemap: /s\nUser-agent:baton\nAllow:\nDisallow: $\n**$*\n",
    NULL,
};

static void check_lines(const char *rules, size_t len)
{
    FUZZ_CHECK(len == 0 || rules[len - 1] == '\n');
    for (size_t i = 0; i < len; i++) {
        FUZZ_CHECK(rules[i] == '\n' || (rules[i] > ' ' && rules[i] < 0x7f));
        if (i == 0 || rules[i - 1] == '\n')
            FUZZ_CHECK(rules[i] == 'A' || rules[i] == 'D');
    }
}

/* The first line is a path that is asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t target_len = end ? (size_t)(end - data) : 0, len, room;
    char *text, *rules;

    if (!end || target_len > 2000)
        return 0;
    size -= target_len + 1;
    room = robots_room(size);
    text = malloc(size + !size);
    rules = malloc(room);
    FUZZ_CHECK(text && rules);
    memcpy(text, end + 1, size);
    len = robots_parse(text, size, "baton", rules);
    FUZZ_CHECK(len <= room);
    check_lines(rules, len);
    robots_allow(rules, len, (const char *)data, target_len);
    free(text);
    free(rules);
    return 0;
}
