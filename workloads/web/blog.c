/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/blog.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

#include "workloads/web/page.h"

static const char *const prefixes[BLOG_PART_N] = {
    [BLOG_FRONT] = "/blog/",
    [BLOG_ARTICLE] = "/article/",
};

int blog_parse(const char *target, size_t len, enum blog_part *ret_part,
               struct blog *ret_blog)
{
    for (int part = 0; part < BLOG_PART_N; part++) {
        size_t prefix = strlen(prefixes[part]);
        char text[BLOG_MAX_TARGET] = PAGE_PREFIX;
        struct page page;

        if (len < prefix || memcmp(target, prefixes[part], prefix) != 0)
            continue;
        /* The rest is written as a page's is, without a rate. */
        if (len - prefix > sizeof(text) - strlen(text) ||
            memmem(target, len, "rate=", 5))
            return -EINVAL;
        memcpy(text + strlen(PAGE_PREFIX), target + prefix, len - prefix);
        if (page_parse(text, strlen(PAGE_PREFIX) + len - prefix, &page) ||
            page.bytes > BLOG_MAX_BYTES)
            return -EINVAL;
        *ret_part = (enum blog_part)part;
        *ret_blog = (struct blog){.index = page.index,
                                  .seed = page.seed,
                                  .latency_ms = page.latency_ms,
                                  .bytes = page.bytes};
        return 0;
    }
    return -EINVAL;
}

/* With "&" written as the place asks for. */
static size_t write_target(const struct blog *b, enum blog_part part,
                           const char *prefix, const char *and, char *out,
                           size_t size)
{
    return (size_t)snprintf(out, size,
                            "%s%s%" PRIu64 "?seed=%" PRIu64 "%sbytes=%" PRIu64
                            "%slatency-ms=%" PRIu64,
                            prefix, prefixes[part] + 1, b->index, b->seed, and,
                            b->bytes, and, b->latency_ms);
}

size_t blog_target(const struct blog *b, enum blog_part part,
                   char out[BLOG_MAX_TARGET])
{
    return write_target(b, part, "/", "&", out, BLOG_MAX_TARGET);
}

/* What is left to chance, and is the same each time: a page's letters. */
struct dice {
    char letters[64];
    unsigned next;
};

enum topic { TITLE, LOOK, LINK };

static struct dice shake(const struct blog *b, enum topic topic)
{
    const struct page page = {.index = b->index, .seed = b->seed};
    struct dice d = {.next = 0};

    page_fill(&page, topic * sizeof(d.letters), d.letters, sizeof(d.letters));
    return d;
}

/* 0 to n - 1; n is at most 16. */
static unsigned roll(struct dice *d, unsigned n)
{
    return (unsigned)(d->letters[d->next++ % sizeof(d->letters)] - 'a') % n;
}

/* The title. */

size_t blog_title(const struct blog *b, char out[BLOG_MAX_TITLE])
{
    static const char *const what[16] = {
        "Café",    "Übermut", "Naïveté", "Ångström", "Smørrebrød", "¿Quién?",
        "Façade",  "Œuvre",   "Łódź",    "東京",     "Ελλάδα",     "Piñata",
        "Der Weg", "Crème",   "Größe",   "“Quoted”",
    };
    static const char *const joint[16] = {
        "&", "<", ">", "—", "–", "and",    "×",  "±",
        "≤", "…", "→", "§", "€", "versus", "or", "without",
    };
    static const char *const whom[16] = {
        "threads",   "the event loop", "coroutines",    "actors",
        "futures",   "callbacks",      "processes",     "locks",
        "the baton", "promises",       "relay runners", "chain saws",
        "io_uring",  "select()",       "a && b",        "deadlines",
    };
    struct dice d = shake(b, TITLE);
    unsigned first = roll(&d, 16), second = roll(&d, 16), third = roll(&d, 16);

    return (size_t)snprintf(
        out, BLOG_MAX_TITLE, "%s %s %s, no. %" PRIu64 " of %" PRIu64,
        what[first], joint[second], whom[third], b->index, b->seed);
}

/* Writing. */

/* All of a page but its filling fits into this. */
enum { ROOM = 8192 };

struct out {
    char *data;
    size_t len, size;
};

static void put_bytes(struct out *o, const char *data, size_t len)
{
    assert(len <= o->size - o->len);
    memcpy(o->data + o->len, data, len);
    o->len += len;
}

static void put(struct out *o, const char *text)
{
    put_bytes(o, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void
put_format(struct out *o, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(o->data + o->len, o->size - o->len, format, args);
    va_end(args);
    assert(len >= 0 && (size_t)len < o->size - o->len);
    o->len += (size_t)len;
}

/* How a page says which charset it is in, and what it is in. */
struct charset {
    const char *type, *meta;
    enum { UTF_8, LATIN_1, WINDOWS_1252 } code;
};

static const struct charset charsets[] = {
    {"text/html; charset=utf-8", "", UTF_8},
    {"text/html", "<meta charset=\"utf-8\">\n", UTF_8},
    {"text/html; charset=ISO-8859-1", "", LATIN_1},
    {"text/html",
     "<meta http-equiv=\"Content-Type\" "
     "content=\"text/html; charset=windows-1252\">\n",
     WINDOWS_1252},
};

static const struct {
    unsigned code, windows; /* 0: not there, or the same as in Latin 1 */
    const char *entity;
} characters[] = {
    {'<', 0, "lt"},          {'>', 0, "gt"},           {'&', 0, "amp"},
    {0xa7, 0, "sect"},       {0xb1, 0, "plusmn"},      {0xbf, 0, "iquest"},
    {0xc5, 0, "Aring"},      {0xd7, 0, "times"},       {0xdc, 0, "Uuml"},
    {0xdf, 0, "szlig"},      {0xe7, 0, "ccedil"},      {0xe8, 0, "egrave"},
    {0xe9, 0, "eacute"},     {0xef, 0, "iuml"},        {0xf1, 0, "ntilde"},
    {0xf6, 0, "ouml"},       {0xf8, 0, "oslash"},      {0x152, 0x8c, "OElig"},
    {0x2013, 0x96, "ndash"}, {0x2014, 0x97, "mdash"},  {0x201c, 0x93, "ldquo"},
    {0x201d, 0x94, "rdquo"}, {0x2026, 0x85, "hellip"}, {0x20ac, 0x80, "euro"},
    {0x2192, 0, "rarr"},     {0x2264, 0, "le"},
};

static size_t find_character(unsigned code)
{
    size_t i = 0, n = sizeof(characters) / sizeof(characters[0]);

    while (i < n && characters[i].code != code)
        i++;
    return i;
}

/* As it is, if the charset has it; false when it has not. */
static bool put_raw(struct out *o, const struct charset *c, const char *at,
                    const char *end, unsigned code)
{
    size_t i = find_character(code);
    bool known = i < sizeof(characters) / sizeof(characters[0]);
    char byte = (char)code;

    if (code == '&' || code == '<')
        return false;
    if (code >= 0x80 && c->code == UTF_8) {
        put_bytes(o, at, (size_t)(end - at));
        return true;
    }
    if (c->code == WINDOWS_1252 && known && characters[i].windows)
        byte = (char)characters[i].windows;
    else if (code >= 0x100)
        return false;
    put_bytes(o, &byte, 1);
    return true;
}

static void put_character(struct out *o, const struct charset *c,
                          struct dice *d, const char *at, const char *end,
                          unsigned code)
{
    size_t i = find_character(code);
    bool known = i < sizeof(characters) / sizeof(characters[0]);
    unsigned how = roll(d, 4);

    if (how < 2 && put_raw(o, c, at, end, code))
        return;
    if (how < 3 && known)
        put_format(o, "&%s;", characters[i].entity);
    else if (roll(d, 2))
        put_format(o, "&#%u;", code);
    else
        put_format(o, "&#x%X;", code);
}

/* The same text for whoever reads it, written in one of many ways. */
static void put_text(struct out *o, const struct charset *c, struct dice *d,
                     const char *text)
{
    static const char *const spaces[] = {" ", "\n", " \t", "\r\n\n    "};

    while (*text) {
        size_t size = 0;
        UChar32 code;
        const char *end;

        U8_NEXT_UNSAFE(text, size, code);
        end = text + size;
        if (code == ' ')
            put(o, spaces[roll(d, 4)]);
        else if (code < 0x80 && !strchr("<>&", *text))
            put_bytes(o, text, 1);
        else
            put_character(o, c, d, text, end, (unsigned)code);
        text = end;
    }
}

enum { PARAGRAPH = 1000 };

/* The same paragraph again and again: so a page costs little to write. */
static void write_paragraphs(const struct blog *b, char *out, size_t len)
{
    static const char between[] = "</p>\n<p>";
    const struct page page = {.index = b->index, .seed = ~b->seed};
    char paragraph[PARAGRAPH];
    size_t text = PARAGRAPH - strlen(between);

    page_fill(&page, 0, paragraph, sizeof(paragraph));
    for (size_t i = 7; i < text; i += 8)
        paragraph[i] = ' ';
    for (; len > text; out += PARAGRAPH, len -= PARAGRAPH) {
        memcpy(out, paragraph, text);
        if (len < PARAGRAPH) {
            memset(out + text, '.', len - text);
            return;
        }
        memcpy(out + text, between, strlen(between));
    }
    memcpy(out, paragraph, len);
}

/* So that the page has its bytes. */
static void put_filling(struct out *o, const struct blog *b, const char *last)
{
    size_t rest = strlen("</p>\n") + strlen(last), len = 0;

    put(o, "<p>");
    if (b->bytes > o->len + rest)
        len = (size_t)b->bytes - o->len - rest;
    assert(len <= o->size - o->len);
    write_paragraphs(b, o->data + o->len, len);
    o->len += len;
    put(o, "</p>\n");
    put(o, last);
}

static void put_article(struct out *o, const struct blog *b,
                        const struct charset *c, struct dice *d)
{
    static const char *const opening[] = {
        "<title>", "<TITLE>", "<title lang=\"en\">", "<title>\n        "};
    static const char *const closing[] = {"</title>\n", " </TITLE>\n",
                                          "\n</title>\n", "\t\t</title >\n"};
    char title[BLOG_MAX_TITLE];

    blog_title(b, title);
    put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    put(o, c->meta);
    put(o, opening[roll(d, 4)]);
    put_text(o, c, d, title);
    put(o, closing[roll(d, 4)]);
    put(o, "</head>\n<body>\n"
           "<svg><title>The title of a picture</title></svg>\n<h1>");
    put_text(o, c, d, title);
    put(o, "</h1>\n<h3><a href=\"/article/0\">The next article</a></h3>\n");
    put_filling(o, b, "</body>\n</html>\n");
}

/* Each leads to the blog's article, wherever the page itself lies. */
static const struct link {
    const char *base, *open, *prefix, *and, *close;
} links[] = {
    {NULL, "\"", "/", "&amp;", "\""},
    {NULL, "\"", "../../", "&amp;", "\""}, /* beyond the root is the root */
    {NULL, "\"", "/", "&", "\""},
    {NULL, "'", "/", "&#38;", "'"},
    {NULL, "\" \n\t", "/", "&amp;", "  \""},
    {NULL, "\"", "&#x2F;", "&#x26;", "#top\""},
    {NULL, "\"", "/blog/.././", "&amp;", "\""},
    {"/", "\"", "", "&amp;", "\""},
    {"/blog/archive/2016/", "'", "../../../", "&amp;", "'"},
    {"/fault/?this=that#there", "\"\n", "./../", "&", "#:~:text=a%20b\""},
};

static void put_link(struct out *o, const struct blog *b,
                     const struct link *link)
{
    char target[2 * BLOG_MAX_TARGET];

    write_target(b, BLOG_ARTICLE, link->prefix, link->and, target,
                 sizeof(target));
    put_format(o, "href=%s%s%s", link->open, target, link->close);
}

/* Two articles that are not the first one. */
static void put_others(struct out *o, const struct blog *b)
{
    for (uint64_t i = 1; i < 3; i++) {
        struct blog other = *b;

        other.index += i;
        put(o, "<article>\n<h3><a ");
        put_link(o, &other, &links[0]);
        put(o, ">An older article</a></h3>\n"
               "<p>Nobody reads it any more.</p>\n</article>\n");
    }
}

static void put_front(struct out *o, const struct blog *b,
                      const struct charset *c, struct dice *d)
{
    static const char *const tags[] = {"<h3>", "<H3 class=\"title\">",
                                       "<h3><a name=\"top\"></a>",
                                       "<h3><!-- <a href=\"/\"> -->"};
    struct dice chance = shake(b, LINK);
    const struct link *link =
        &links[roll(&chance, sizeof(links) / sizeof(links[0]))];

    put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    put(o, c->meta);
    put(o, "<title>");
    put_text(o, c, d, "A blog — “the baton & I”");
    put(o, "</title>\n");
    if (link->base)
        put_format(o, "<base href=\"%s\">\n", link->base);
    put(o, "</head>\n<body>\n<h1>A blog</h1>\n<p><a href=\"/about\">"
           "About</a> <a href=\"#first\">The first article</a></p>\n"
           "<h3>What is new</h3>\n<article id=\"first\">\n");
    put(o, tags[roll(d, 4)]);
    put(o, roll(d, 2) ? "<a " : "<a class=\"link\"\n   ");
    put_link(o, b, link);
    put(o, ">");
    put_text(o, c, d, "Read — it is “new”");
    put(o, "</a></h3>\n<p>All about it.</p>\n</article>\n");
    put_others(o, b);
    put_filling(o, b, "</body>\n</html>\n");
}

char *blog_write(const struct blog *b, enum blog_part part, size_t *ret_len,
                 const char **ret_type)
{
    struct dice d = shake(b, LOOK);
    struct out o = {.size = (size_t)b->bytes + ROOM};
    const struct charset *c;

    /* Else a blog's two pages would always be in the same charset. */
    d.next += (unsigned)part * 16;
    c = &charsets[roll(&d, sizeof(charsets) / sizeof(charsets[0]))];
    o.data = malloc(o.size);
    if (!o.data)
        return NULL;
    if (part == BLOG_FRONT)
        put_front(&o, b, c, &d);
    else
        put_article(&o, b, c, &d);
    *ret_len = o.len;
    *ret_type = c->type;
    return o.data;
}
