/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/robots.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "workloads/web/url.h"

struct text {
    const char *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct text trim(struct text t)
{
    while (t.at < t.end && is_blank(*t.at))
        t.at++;
    while (t.at < t.end && is_blank(t.end[-1]))
        t.end--;
    return t;
}

/* The next line, without its end and its comment; false: there is none. */
static bool next_line(struct text *rest, struct text *ret_line)
{
    const char *at = rest->at, *stop = at, *note;

    if (at == rest->end)
        return false;
    while (stop < rest->end && *stop != '\n' && *stop != '\r')
        stop++;
    rest->at = stop < rest->end ? stop + 1 : stop;
    note = memchr(at, '#', (size_t)(stop - at));
    *ret_line = trim((struct text){at, note ? note : stop});
    return true;
}

enum key { OTHER, AGENT, ALLOW, DISALLOW };

static enum key split(struct text line, struct text *ret_value)
{
    static const char *const keys[] = {
        [AGENT] = "user-agent", [ALLOW] = "allow", [DISALLOW] = "disallow"};
    const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));
    struct text key;

    if (!colon)
        return OTHER;
    key = trim((struct text){line.at, colon});
    *ret_value = trim((struct text){colon + 1, line.end});
    for (int i = AGENT; i <= DISALLOW; i++)
        if ((size_t)(key.end - key.at) == strlen(keys[i]) &&
            !strncasecmp(key.at, keys[i], strlen(keys[i])))
            return (enum key)i;
    return OTHER;
}

/* "Name/1.0" is Name; "*" is for all that are not named. */
static bool names(struct text agent, const char *product)
{
    size_t len = 0, size = (size_t)(agent.end - agent.at);

    if (*product == '*')
        return size > 0 && *agent.at == '*' &&
               (size == 1 || is_blank(agent.at[1]));
    while (len < size && (isalpha((unsigned char)agent.at[len]) ||
                          strchr("-_", agent.at[len])))
        len++;
    return len == strlen(product) && !strncasecmp(agent.at, product, len);
}

static char *put_percent(char *to, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";

    *to++ = '%';
    *to++ = digits[c >> 4];
    *to++ = digits[c & 15];
    return to;
}

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : (c | ' ') - 'a' + 10;
}

static bool is_escape(const char *at, const char *end)
{
    return end - at >= 3 && *at == '%' && isxdigit((unsigned char)at[1]) &&
           isxdigit((unsigned char)at[2]);
}

/* One byte of a path; those that are meant literally are told from signs. */
static char *put_byte(char *to, const char **at, const char *end)
{
    bool escaped = is_escape(*at, end);
    unsigned char c = escaped
                          ? (unsigned char)(hex((*at)[1]) << 4 | hex((*at)[2]))
                          : (unsigned char)**at;
    bool plain = escaped ? isalnum(c) || (c && strchr("-._~", c))
                         : c > ' ' && c < 0x7f && !strchr("*$", c);

    *at += escaped ? 3 : 1;
    if (!plain || c >= 0x80)
        return put_percent(to, c);
    *to++ = (char)c;
    return to;
}

static char *put_pattern(char *to, struct text pattern)
{
    bool anchored = pattern.end > pattern.at && pattern.end[-1] == '$';
    const char *end = pattern.end - anchored;

    for (const char *at = pattern.at; at < end;)
        if (*at == '*') {
            /* Two are as one. */
            if (to[-1] != '*')
                *to++ = '*';
            at++;
        } else {
            to = put_byte(to, &at, end);
        }
    if (anchored)
        *to++ = '$';
    return to;
}

static char *put_rule(char *to, enum key key, struct text pattern)
{
    if (pattern.at == pattern.end)
        return to;
    *to++ = key == ALLOW ? 'A' : 'D';
    to = put_pattern(to, pattern);
    *to++ = '\n';
    return to;
}

/* Of all groups of `product`; whether there is one. */
static bool collect(struct text rest, const char *product, char **to)
{
    bool any = false, ours = false, in_head = false;
    struct text line, value;

    while (next_line(&rest, &line)) {
        enum key key = split(line, &value);

        if (key == AGENT) {
            ours = names(value, product) || (in_head && ours);
            any |= ours;
        } else if (key != OTHER && ours) {
            *to = put_rule(*to, key, value);
        }
        if (key != OTHER)
            in_head = key == AGENT;
    }
    return any;
}

size_t robots_parse(const char *text, size_t len, const char *product,
                    char *ret_rules)
{
    struct text rest = {text, text + len};
    char *to = ret_rules;

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        rest.at += 3;
    if (!collect(rest, product, &to))
        collect(rest, "*", &to);
    return (size_t)(to - ret_rules);
}

/*
 * Whether a pattern matches the beginning of a target, or with '$' all of it;
 * an earlier '*' is never tried again once a later one is reached.
 */
static bool matches(struct text pattern, struct text target, size_t *steps)
{
    const char *star = NULL, *retry = NULL;

    while (*steps > 0) {
        --*steps;
        if (pattern.at == pattern.end)
            return true;
        if (*pattern.at == '*') {
            star = ++pattern.at;
            retry = target.at;
        } else if (*pattern.at == '$' && target.at == target.end) {
            return true;
        } else if (target.at < target.end && *pattern.at == *target.at) {
            pattern.at++;
            target.at++;
        } else if (star && retry < target.end) {
            pattern.at = star;
            target.at = ++retry;
        } else {
            return false;
        }
    }
    return false;
}

static struct text canonical(const char *target, size_t len, char *room)
{
    struct text t = {room, room};
    const char *end = target + len;
    char *to = room;

    while (target < end)
        to = put_byte(to, &target, end);
    t.end = to;
    return t;
}

bool robots_allow(const char *rules, size_t len, const char *target,
                  size_t target_len)
{
    char room[3 * URL_MAX];
    const char *at = rules, *end = rules + len;
    size_t longest = 0, steps = ROBOTS_STEPS;
    struct text path = canonical(target, target_len, room);
    bool allowed = true;

    while (at < end && steps > 0) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)(stop - at);
        bool allow = *at == 'A';

        if ((size > longest || (size == longest && allow)) &&
            matches((struct text){at + 1, stop}, path, &steps)) {
            longest = size;
            allowed = allow;
        }
        at = stop + 1;
    }
    return allowed && steps > 0;
}
