/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/charset.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes of the page, or of a part of it. */
struct range {
    const char *at, *end;
};

static size_t length(const struct range *r)
{
    return (size_t)(r->end - r->at);
}

static bool is_word(const struct range *r, const char *word)
{
    return length(r) == strlen(word) && !strncasecmp(r->at, word, length(r));
}

static bool begins(const struct range *r, const char *word)
{
    return length(r) >= strlen(word) && !strncasecmp(r->at, word, strlen(word));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static void skip_space(struct range *r)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
}

/* To the byte, which is left, or to the end. */
static void skip_to(struct range *r, char c)
{
    const char *found = memchr(r->at, c, length(r));

    r->at = found ? found : r->end;
}

/* Behind the text, or to the end. */
static void skip_past(struct range *r, const char *text)
{
    const char *found = memmem(r->at, length(r), text, strlen(text));

    r->at = found ? found + strlen(text) : r->end;
}

static const struct encoding *named(const char *name)
{
    return encoding_find(name, strlen(name));
}

static const struct encoding *labelled(const struct range *r)
{
    return encoding_find(r->at, length(r));
}

/* The first bytes. */

static const struct mark {
    const char *bytes;
    size_t len, skip;
    const char *charset;
} marks[] = {
    {"\xef\xbb\xbf", 3, 3, "utf-8"},
    {"\xfe\xff", 2, 2, "utf-16be"},
    {"\xff\xfe", 2, 2, "utf-16le"},
    /* "<?x" without a mark. */
    {"<\0?\0x\0", 6, 0, "utf-16le"},
    {"\0<\0?\0x", 6, 0, "utf-16be"},
};

static const struct mark *mark_of(const char *data, size_t len)
{
    for (size_t i = 0; i < COUNT(marks); i++)
        if (len >= marks[i].len && !memcmp(data, marks[i].bytes, marks[i].len))
            return &marks[i];
    return NULL;
}

bool charset_is_wide(const char *data, size_t len)
{
    const struct mark *mark = mark_of(data, len);

    return mark && encoding_is_utf16(named(mark->charset));
}

/* The header. */

/* A parameter's value, in quotes or not. */
static struct range read_value(struct range *r)
{
    char quote = r->at < r->end && strchr("\"'", *r->at) ? *r->at : ';';
    struct range value;

    if (quote != ';')
        r->at++;
    value = *r;
    skip_to(r, quote);
    value.end = r->at;
    skip_to(r, ';');
    return value;
}

/* What the first parameter of this name says. */
static const struct encoding *of_type(const char *type)
{
    struct range r = {type, type + strlen(type)}, name, value;

    for (skip_to(&r, ';'); r.at < r.end;) {
        r.at++;
        skip_space(&r);
        name = r;
        while (r.at < r.end && !strchr(";=", *r.at))
            r.at++;
        name.end = r.at;
        while (length(&name) > 0 && is_space(name.end[-1]))
            name.end--;
        if (r.at == r.end || *r.at == ';')
            continue;
        r.at++;
        skip_space(&r);
        value = read_value(&r);
        if (is_word(&name, "charset"))
            return labelled(&value);
    }
    return NULL;
}

/*
 * The page: as the HTML standard has it, the first bytes are searched without
 * regard to scripts, and then elements wherever they stand.
 */
enum { MAX_HEAD = 1024, MAX_METAS = 1000 };

struct attribute {
    struct range name, value;
};

/* Of a tag whose name has been read; false: it has no more. */
static bool read_attribute(struct range *r, struct attribute *ret)
{
    while (r->at < r->end && (is_space(*r->at) || *r->at == '/'))
        r->at++;
    if (r->at == r->end || *r->at == '>')
        return false;
    ret->name = *r;
    for (r->at++; r->at < r->end && !is_space(*r->at); r->at++)
        if (strchr("=/>", *r->at) && *r->at)
            break;
    ret->name.end = ret->value.at = ret->value.end = r->at;
    skip_space(r);
    if (r->at == r->end || *r->at != '=')
        return r->at < r->end;
    r->at++;
    skip_space(r);
    ret->value = *r;
    if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
        ret->value.at++;
        r->at++;
        skip_to(r, r->at[-1]);
        ret->value.end = r->at;
        return r->at < r->end && r->at++;
    }
    while (r->at < r->end && !is_space(*r->at) && *r->at != '>')
        r->at++;
    ret->value.end = r->at;
    return r->at < r->end;
}

/* In quotes, which have to be closed, or up to white space or a semicolon. */
static const struct encoding *of_words(struct range r)
{
    struct range label = r;

    if (r.at < r.end && (*r.at == '"' || *r.at == '\'')) {
        label.at = ++r.at;
        skip_to(&r, r.at[-1]);
        if (r.at == r.end)
            return NULL;
    } else {
        while (r.at < r.end && !is_space(*r.at) && *r.at != ';')
            r.at++;
    }
    label.end = r.at;
    return labelled(&label);
}

/* In the content of a meta. */
static const struct encoding *of_content(struct range r)
{
    struct range value;

    for (; r.at < r.end; r.at++) {
        if (!begins(&r, "charset"))
            continue;
        value = (struct range){r.at + strlen("charset"), r.end};
        skip_space(&value);
        if (value.at == value.end || *value.at != '=')
            continue;
        value.at++;
        skip_space(&value);
        return of_words(value);
    }
    return NULL;
}

/* What is read as ASCII is not UTF-16. */
static const struct encoding *readable(const struct encoding *e)
{
    if (e && encoding_is_utf16(e))
        return encoding_utf8();
    if (e == named("x-user-defined"))
        return named("windows-1252");
    return e;
}

/* Of the attributes of each name the first counts. */
static const struct encoding *of_meta(struct range *r)
{
    enum { PRAGMA, CONTENT, CHARSET, NAMES };
    static const char *const names[] = {"http-equiv", "content", "charset"};
    const struct encoding *content = NULL, *charset = NULL;
    bool seen[NAMES] = {false}, pragma = false;
    struct attribute a;

    while (read_attribute(r, &a))
        for (int i = 0; i < NAMES; i++) {
            if (!is_word(&a.name, names[i]) || seen[i])
                continue;
            seen[i] = true;
            if (i == PRAGMA)
                pragma = is_word(&a.value, "content-type");
            else if (i == CONTENT)
                content = of_content(a.value);
            else
                charset = labelled(&a.value);
        }
    /* Of a tag that has no end nothing counts. */
    if (r->at == r->end)
        return NULL;
    return readable(seen[CHARSET] ? charset : pragma ? content : NULL);
}

static bool is_end_of(const struct range *r, const char *name)
{
    size_t len = strlen(name);

    return begins(r, name) && length(r) > len &&
           (is_space(r->at[len]) || r->at[len] == '/' || r->at[len] == '>');
}

/* To the end tag of the element that begins here, if its content is text. */
static void skip_text(struct range *r, const struct range *name)
{
    static const char *const names[] = {"script",   "style",   "title",
                                        "textarea", "xmp",     "iframe",
                                        "noembed",  "noframes"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (!is_word(name, names[i]))
            continue;
        do
            skip_past(r, "</");
        while (r->at < r->end && !is_end_of(r, names[i]));
        return;
    }
}

static void skip_tag(struct range *r, bool with_text)
{
    bool is_start = r->at[1] != '/';
    struct attribute a;
    struct range name;

    r->at += is_start ? 1 : 2;
    name = *r;
    while (r->at < r->end && !is_space(*r->at) && *r->at != '/' &&
           *r->at != '>')
        r->at++;
    name.end = r->at;
    while (read_attribute(r, &a)) {
    }
    if (is_start && with_text)
        skip_text(r, &name);
}

static bool is_tag(const struct range *r)
{
    size_t at = length(r) > 1 && r->at[1] == '/' ? 2 : 1;

    return length(r) > at && isalpha((unsigned char)r->at[at]);
}

static const struct encoding *of_metas(struct range r, bool skips_text)
{
    const struct encoding *e;
    int metas = 0;

    for (skip_to(&r, '<'); r.at < r.end; skip_to(&r, '<')) {
        if (begins(&r, "<!--")) {
            r.at += 2; /* "<!-->" is one */
            skip_past(&r, "-->");
        } else if (begins(&r, "<meta") && length(&r) > 5 &&
                   (is_space(r.at[5]) || r.at[5] == '/')) {
            r.at += 5;
            e = of_meta(&r);
            /* In 4 MiB there may be 260,000 that name none. */
            if (e || ++metas == MAX_METAS)
                return e;
        } else if (is_tag(&r)) {
            skip_tag(&r, skips_text);
        } else if (length(&r) > 1 && strchr("!/?", r.at[1]) && r.at[1]) {
            skip_to(&r, '>');
        } else {
            r.at++;
        }
    }
    return NULL;
}

static const struct encoding *of_xml(struct range r)
{
    struct range value;

    if (length(&r) < 5 || memcmp(r.at, "<?xml", 5) != 0)
        return NULL;
    value = r;
    skip_to(&value, '>');
    r.end = value.at;
    skip_past(&r, "encoding");
    while (r.at < r.end && (unsigned char)*r.at <= ' ')
        r.at++;
    if (r.at == r.end || *r.at++ != '=')
        return NULL;
    while (r.at < r.end && (unsigned char)*r.at <= ' ')
        r.at++;
    if (r.at == r.end || (*r.at != '"' && *r.at != '\''))
        return NULL;
    value = (struct range){r.at + 1, r.end};
    skip_to(&value, *r.at);
    if (value.at == r.end)
        return NULL;
    value = (struct range){r.at + 1, value.at};
    if (value.at < value.end &&
        (is_space(*value.at) || is_space(value.end[-1])))
        return NULL;
    return readable(labelled(&value));
}

static const struct encoding *of_page(struct range r)
{
    struct range head = {r.at, length(&r) < MAX_HEAD ? r.end : r.at + MAX_HEAD};
    const struct encoding *e = of_metas(head, false);

    if (!e)
        e = of_metas(r, true);
    if (!e)
        e = of_xml(r);
    if (e)
        return e;
    return encoding_is_valid_utf8(r.at, length(&r)) ? encoding_utf8()
                                                    : named("windows-1252");
}

int charset_decode(const char *data, size_t len, const char *type,
                   struct utf8 *ret)
{
    const struct mark *mark = mark_of(data, len);
    const struct encoding *e = NULL;

    if (!mark || !mark->skip)
        e = of_type(type);
    if (!e && mark)
        e = named(mark->charset);
    if (!e)
        e = of_page((struct range){data, data + len});
    if (mark) {
        data += mark->skip;
        len -= mark->skip;
    }
    return encoding_decode(e, data, len, ret);
}
