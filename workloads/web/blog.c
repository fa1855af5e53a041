/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/blog.h"

#include <errno.h>
#include <inttypes.h>
#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>
#include <wchar.h>

#include "workloads/web/page.h"

static const char *const prefixes[BLOG_PART_N] = {
    [BLOG_FRONT] = "/blog/",
    [BLOG_ARTICLE] = "/article/",
};

int blog_parse_rest(const char *rest, size_t len, struct page *ret_page)
{
    struct page page;

    if (len > BLOG_MAX_TARGET || memmem(rest, len, "rate=", 5) ||
        memmem(rest, len, "bulk=", 5) || page_parse_rest(rest, len, &page) ||
        page.bytes > BLOG_MAX_BYTES)
        return -EINVAL;
    *ret_page = page;
    return 0;
}

int blog_parse(const char *target, size_t len, enum blog_part *ret_part,
               struct page *ret_page)
{
    for (int part = 0; part < BLOG_PART_N; part++) {
        size_t prefix = strlen(prefixes[part]);

        if (len < prefix || memcmp(target, prefixes[part], prefix) != 0)
            continue;
        if (blog_parse_rest(target + prefix, len - prefix, ret_page))
            return -EINVAL;
        *ret_part = (enum blog_part)part;
        return 0;
    }
    return -EINVAL;
}

/* With "&" written as the place asks for. */
static size_t write_target(const struct page *b, enum blog_part part,
                           const char *prefix, const char *and, char *out,
                           size_t size)
{
    return (size_t)snprintf(out, size,
                            "%s%s%" PRIu64 "?seed=%" PRIu64 "%sbytes=%" PRIu64
                            "%slatency-ms=%" PRIu64,
                            prefix, prefixes[part] + 1, b->index, b->seed, and,
                            b->bytes, and, b->latency_ms);
}

size_t blog_target(const struct page *b, enum blog_part part,
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

static struct dice shake(const struct page *b, enum topic topic)
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

size_t blog_title(const struct page *b, char out[BLOG_MAX_TITLE])
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

    if (b->plain)
        return (size_t)snprintf(out, BLOG_MAX_TITLE, "%s — no. %" PRIu32,
                                what[first], page_number(b));
    return (size_t)snprintf(
        out, BLOG_MAX_TITLE, "%s %s %s, no. %" PRIu64 " of %" PRIu64,
        what[first], joint[second], whom[third], b->index, b->seed);
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
enum { N_CHARSETS = sizeof(charsets) / sizeof(charsets[0]) };

/* Those that may be written by their names. */
static const wchar_t named[] = L"<>&§±¿Å×ÜßçèéïñöøŒ–—“”…€→≤";

/* From 0x80 on; five of them mean what they mean in Unicode. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
    0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
    0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

/* The byte of a character; 0: the charset does not have it. */
static unsigned byte_of(const struct charset *c, unsigned code)
{
    if (code < 0x100)
        return code;
    for (unsigned byte = 0x80; c->code == WINDOWS_1252 && byte < 0xa0; byte++)
        if (windows_1252[byte - 0x80] == code)
            return byte;
    return 0;
}

/*
 * Written without the locks of stdio, which took a quarter of the time of a
 * page: no other thread has the stream.
 */

/* As it is, if the charset has it; false when it has not. */
static bool put_raw(FILE *o, const struct charset *c, const char *at,
                    size_t size, unsigned code)
{
    char byte = (char)byte_of(c, code);

    if (code == '&' || code == '<')
        return false;
    if (code >= 0x80 && c->code == UTF_8)
        fwrite_unlocked(at, 1, size, o);
    else if (byte)
        putc_unlocked(byte, o);
    else
        return false;
    return true;
}

static void put_character(FILE *o, const struct charset *c, struct dice *d,
                          const char *at, size_t size, unsigned code)
{
    unsigned how = roll(d, 4);

    if (how < 2 && put_raw(o, c, at, size, code))
        return;
    if (how < 3 && wcschr(named, (wchar_t)code))
        fprintf(o, "&%s;", htmlEntityValueLookup(code)->name);
    else if (roll(d, 2))
        fprintf(o, "&#%u;", code);
    else
        fprintf(o, "&#x%X;", code);
}

/* The same text, written in one of many ways. */
static void put_text(FILE *o, const struct charset *c, struct dice *d,
                     const char *text)
{
    static const char *const spaces[] = {" ", "\n", " \t", "\r\n\n    "};

    while (*text) {
        size_t size = 0;
        UChar32 code;

        U8_NEXT_UNSAFE(text, size, code);
        if (code == ' ')
            fputs_unlocked(spaces[roll(d, 4)], o);
        else if (code < 0x80 && !strchr("<>&", *text))
            putc_unlocked(*text, o);
        else
            put_character(o, c, d, text, size, (unsigned)code);
        text += size;
    }
}

enum { PARAGRAPH = 1000 };

/* The same paragraph again and again: so a page costs little to write. */
static void put_paragraphs(FILE *o, const struct page *b, size_t len)
{
    static const char between[] = "</p>\n<p>";
    const struct page page = {.index = b->index, .seed = ~b->seed};
    char paragraph[PARAGRAPH];
    size_t text = PARAGRAPH - strlen(between);

    page_fill(&page, 0, paragraph, sizeof(paragraph));
    for (size_t i = 7; i < text; i += 8)
        paragraph[i] = ' ';
    for (; len >= PARAGRAPH; len -= PARAGRAPH) {
        fwrite_unlocked(paragraph, 1, text, o);
        fputs_unlocked(between, o);
    }
    memset(paragraph + text, '.', sizeof(paragraph) - text);
    fwrite_unlocked(paragraph, 1, len, o);
}

/* So that the page has its bytes. */
void blog_put_filling(FILE *o, const struct page *b, const char *last)
{
    size_t len;

    fputs_unlocked("<p>", o);
    len = (size_t)ftell(o) + strlen("</p>\n") + strlen(last);
    if (b->bytes > len)
        put_paragraphs(o, b, (size_t)b->bytes - len);
    fputs_unlocked("</p>\n", o);
    fputs_unlocked(last, o);
}

static void put_article(FILE *o, const struct page *b, const struct charset *c,
                        struct dice *d)
{
    static const char *const opening[] = {
        "<title>", "<TITLE>", "<title lang=\"en\">", "<title>\n        "};
    static const char *const closing[] = {"</title>\n", " </TITLE>\n",
                                          "\n</title>\n", "\t\t</title >\n"};
    char title[BLOG_MAX_TITLE];

    blog_title(b, title);
    fputs_unlocked("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n", o);
    fputs_unlocked(c->meta, o);
    fputs_unlocked(opening[roll(d, 4)], o);
    put_text(o, c, d, title);
    fputs_unlocked(closing[roll(d, 4)], o);
    fputs_unlocked("</head>\n<body>\n"
                   "<svg><title>The title of a picture</title></svg>\n<h1>",
                   o);
    put_text(o, c, d, title);
    fputs_unlocked(
        "</h1>\n<h3><a href=\"/article/0\">The next article</a></h3>\n", o);
    blog_put_filling(o, b, "</body>\n</html>\n");
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

static void put_link(FILE *o, const struct page *b, const struct link *link)
{
    char target[2 * BLOG_MAX_TARGET];

    write_target(b, BLOG_ARTICLE, link->prefix, link->and, target,
                 sizeof(target));
    fprintf(o, "href=%s%s%s", link->open, target, link->close);
}

/* Two articles that are not the first one. */
static void put_others(FILE *o, const struct page *b)
{
    for (uint64_t i = 1; i < 3; i++) {
        struct page other = *b;

        other.index += i;
        fputs_unlocked("<article>\n<h3><a ", o);
        put_link(o, &other, &links[0]);
        fputs_unlocked(">An older article</a></h3>\n"
                       "<p>Nobody reads it any more.</p>\n</article>\n",
                       o);
    }
}

static void put_front(FILE *o, const struct page *b, const struct charset *c,
                      struct dice *d)
{
    static const char *const tags[] = {"<h3>", "<H3 class=\"title\">",
                                       "<h3><a name=\"top\"></a>",
                                       "<h3><!-- <a href=\"/\"> -->"};
    struct dice chance = shake(b, LINK);
    const struct link *link =
        &links[roll(&chance, sizeof(links) / sizeof(links[0]))];

    fputs_unlocked("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n", o);
    fputs_unlocked(c->meta, o);
    fputs_unlocked("<title>", o);
    put_text(o, c, d, "A blog — “the baton & I”");
    fputs_unlocked("</title>\n", o);
    if (link->base)
        fprintf(o, "<base href=\"%s\">\n", link->base);
    fputs_unlocked("</head>\n<body>\n<h1>A blog</h1>\n<p><a href=\"/about\">"
                   "About</a> <a href=\"#first\">The first article</a></p>\n"
                   "<h3>What is new</h3>\n<article id=\"first\">\n",
                   o);
    fputs_unlocked(tags[roll(d, 4)], o);
    fputs_unlocked(roll(d, 2) ? "<a " : "<a class=\"link\"\n   ", o);
    put_link(o, b, link);
    fputs_unlocked(">", o);
    put_text(o, c, d, "Read — it is “new”");
    fputs_unlocked("</a></h3>\n<p>All about it.</p>\n</article>\n", o);
    put_others(o, b);
    blog_put_filling(o, b, "</body>\n</html>\n");
}

char *blog_write(const struct page *b, enum blog_part part, size_t *ret_len,
                 const char **ret_type)
{
    struct dice d = shake(b, LOOK);
    const struct charset *c;
    char *data = NULL;
    FILE *o = open_memstream(&data, ret_len);

    if (!o)
        return NULL;
    /* Else a blog's two pages would always be in the same charset. */
    d.next += (unsigned)part * 16;
    c = &charsets[b->plain ? 0 : roll(&d, N_CHARSETS)];
    *ret_type = c->type;
    if (b->plain)
        blog_put_plain(o, b, part);
    else if (part == BLOG_FRONT)
        put_front(o, b, c, &d);
    else
        put_article(o, b, c, &d);
    if (!fclose(o))
        return data;
    free(data);
    return NULL;
}
