/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/extract.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>
#include <strings.h>

#include "workloads/web/bounded.h"
#include "workloads/web/charset.h"
#include "workloads/web/html.h"

enum {
    MAX_SNIFF = 512,    /* where NULs are looked for, without a type */
    MAX_PATTERN = 1024, /* bytes; and parentheses in each other: */
    MAX_NESTED = 32,
    MAX_STEPS = 16 << 20, /* of XPath: nodes visited, and operations */
};

/* Of XPath's codes, this one follows the last that xmlerror.h has. */
static const int too_many_steps =
    XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED;

struct extraction {
    struct bounded *bounded;
    char *text; /* UTF-8, then a NUL */
    size_t len;
    const struct encoding *encoding;
    const char *pattern;
    bool is_link; /* so that a <base> counts */
    enum bounded_state state;
    const xmlChar *found, *base; /* NULL: nothing */
    int error, error_at;
};

/* Some errors of XPath are printed for the process, not for a context. */
__attribute__((format(printf, 2, 3))) static void
keep_silent(void *unused, const char *format, ...)
{
    (void)unused;
    (void)format;
}

void extract_init(void)
{
    xmlMemSetup(bounded_release, bounded_malloc, bounded_realloc,
                bounded_strdup);
    bounded_init();
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, keep_silent);
    xmlThrDefSetGenericErrorFunc(NULL, keep_silent);
}

/* "text/html; charset=utf-8" is text/html, whatever its case. */
static bool is_type(const char *type, const char *name)
{
    type += strspn(type, " \t");
    return !strncasecmp(type, name, strlen(name)) &&
           strchr("; \t", type[strlen(name)]);
}

static bool is_html(const struct markup *m)
{
    size_t head = m->len < MAX_SNIFF ? m->len : MAX_SNIFF;

    if (!is_type(m->type, ""))
        return is_type(m->type, "text/html") ||
               is_type(m->type, "application/xhtml+xml");
    return !memchr(m->data, '\0', head) || charset_is_wide(m->data, m->len);
}

/* Kept in the context, and not said on the terminal. */
static void ignore(void *unused, xmlErrorPtr error)
{
    (void)unused;
    (void)error;
}

/*
 * The parser replaces controls, but those in a link belong to it: they pass the
 * parser as characters for private use.
 */
enum { VEIL = 0x10ff00, CONTROLS = 0xa0, PAUSE = 64 << 10 };

/* Or the first byte of one. */
static bool is_control(unsigned char c)
{
    return (c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r') ||
           c == 0x7f || c == 0xc2;
}

static size_t count_controls(struct bounded *b, const char *in, size_t len)
{
    size_t controls = 0;

    for (size_t i = 0; i < len;) {
        size_t end = i + PAUSE < len ? i + PAUSE : len;

        for (; i < end; i++)
            controls += is_control((unsigned char)in[i]);
        bounded_pause(b);
    }
    return controls;
}

/* Valid UTF-8; what it becomes ends in a NUL. */
static void veil(struct extraction *e, const char *in, char *out)
{
    size_t to = 0;

    for (size_t at = 0; at < e->len; at++) {
        unsigned char c = (unsigned char)in[at];

        if (at % PAUSE == 0)
            bounded_pause(e->bounded);
        if (c == 0xc2 && (unsigned char)in[at + 1] < CONTROLS) {
            c = (unsigned char)in[++at];
        } else if (c == 0xc2 || !is_control(c)) {
            out[to++] = (char)c;
            continue;
        }
        U8_APPEND_UNSAFE(out, to, VEIL + c);
    }
    out[to] = '\0';
    e->text = out;
    e->len = to;
}

static void veil_controls(struct extraction *e)
{
    char *text = e->text;
    size_t controls = count_controls(e->bounded, text, e->len);

    if (controls == 0)
        return;
    veil(e, text, bounded_alloc(e->bounded, e->len + 3 * controls + 1));
    bounded_free(e->bounded, text);
}

static const xmlChar *unveil(xmlChar *text)
{
    size_t at = 0, to = 0;

    while (text && text[at]) {
        UChar32 c;

        U8_NEXT_UNSAFE(text, at, c);
        if (c > VEIL && c < VEIL + CONTROLS)
            c -= VEIL;
        U8_APPEND_UNSAFE(text, to, c);
    }
    if (text)
        text[to] = '\0';
    return text;
}

static xmlXPathCompExprPtr compile(xmlXPathContextPtr context,
                                   const char *xpath)
{
    return xmlXPathCtxtCompile(context, (const xmlChar *)xpath);
}

/* The string value of what is found; NULL: nothing, or an error. */
static const xmlChar *find(xmlXPathContextPtr context,
                           xmlXPathCompExprPtr pattern)
{
    xmlXPathObjectPtr found =
        pattern ? xmlXPathCompiledEval(pattern, context) : NULL;

    /* Of several nodes it is that of the first in the document. */
    return found ? unveil(xmlXPathCastToString(found)) : NULL;
}

static xmlXPathContextPtr context_of(xmlDocPtr doc)
{
    xmlXPathContextPtr context = xmlXPathNewContext(doc);

    context->error = ignore;
    context->node = (xmlNodePtr)doc;
    context->opLimit = MAX_STEPS;
    return context;
}

/* In bounded_run(): what it allocates is freed with the mapping. */
static void search(struct bounded *b, void *data)
{
    struct extraction *e = data;
    xmlXPathContextPtr context;
    xmlXPathCompExprPtr pattern, base;

    veil_controls(e);
    context = context_of(html_parse(b, e->text, e->len, e->pattern));
    pattern = compile(context, e->pattern);
    base = e->is_link ? compile(context, "//base/@href") : NULL;
    /* Sets of nodes are compared with each other, without allocations. */
    bounded_watch(b);
    e->found = find(context, pattern);
    e->error = context->lastError.code;
    e->error_at = context->lastError.int1;
    if (e->error == too_many_steps)
        bounded_give_up(b);
    if (e->found)
        e->base = find(context, base);
}

/* The page as UTF-8, into the memory that the search has. */
static enum extract decode(struct bounded *b, const struct markup *m,
                           struct extraction **ret)
{
    struct utf8 text;
    struct extraction *e = bounded_alloc(b, sizeof(*e));
    char *copy;

    if (charset_decode(m->data, m->len, m->type, &text))
        return EXTRACT_NO_MEMORY;
    copy = bounded_alloc(b, text.len + 1);
    if (copy) {
        memcpy(copy, text.data, text.len);
        copy[text.len] = '\0';
        *e = (struct extraction){
            .bounded = b, .text = copy, .len = text.len, .encoding = text.from};
        *ret = e;
    }
    free(text.own);
    if (!copy)
        return EXTRACT_TOO_BIG;
    return text.len > 0 ? EXTRACT_FOUND : EXTRACT_NOTHING;
}

enum extract extract_begin(const struct markup *m, const char *xpath,
                           bool is_link, struct extraction **ret)
{
    struct bounded *b;
    enum extract result;

    if (!is_html(m))
        return EXTRACT_NOT_HTML;
    b = bounded_create(search);
    if (!b)
        return EXTRACT_NO_MEMORY;
    result = decode(b, m, ret);
    if (result != EXTRACT_FOUND) {
        bounded_destroy(b);
        return result;
    }
    (*ret)->pattern = xpath;
    (*ret)->is_link = is_link;
    bounded_set_context(b, *ret);
    return EXTRACT_FOUND;
}

size_t extract_used(const struct extraction *e)
{
    return bounded_used(e->bounded);
}

const struct encoding *extract_encoding(const struct extraction *e)
{
    return e->encoding;
}

bool extract_work(struct extraction *e)
{
    e->state = bounded_run(e->bounded);
    return e->state == BOUNDED_MORE;
}

/* White space, and controls, which a terminal would obey. */
static bool is_blank(UChar32 c)
{
    return c <= ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* A title: valid UTF-8 in, valid UTF-8 out. */
static enum extract fold(const xmlChar *in, char *out, size_t size)
{
    size_t len = 0, at = 0, space = 0;

    while (in[at]) {
        UChar32 c;

        U8_NEXT_UNSAFE(in, at, c);
        if (is_blank(c)) {
            space = len > 0;
            continue;
        }
        if (len + space + U8_LENGTH(c) >= size)
            break;
        if (space)
            out[len++] = ' ';
        U8_APPEND_UNSAFE(out, len, c);
        space = 0;
    }
    out[len] = '\0';
    return len > 0 ? EXTRACT_FOUND : EXTRACT_NOTHING;
}

/* A link. */
static enum extract trim(const xmlChar *in, char *out, size_t size)
{
    size_t len;

    while (*in && *in <= ' ')
        in++;
    len = strlen((const char *)in);
    while (len > 0 && in[len - 1] <= ' ')
        len--;
    if (len >= size)
        return EXTRACT_TOO_LONG;
    memcpy(out, in, len);
    out[len] = '\0';
    return len > 0 ? EXTRACT_FOUND : EXTRACT_NOTHING;
}

static enum extract take(const struct extraction *e, const xmlChar *found,
                         __typeof__(trim) *copy, char *out, size_t size)
{
    if (e->state != BOUNDED_DONE)
        return EXTRACT_TOO_BIG;
    return found ? copy(found, out, size) : EXTRACT_NOTHING;
}

enum extract extract_end_text(struct extraction *e, char *out, size_t size)
{
    enum extract result = take(e, e->found, fold, out, size);

    bounded_destroy(e->bounded);
    return result;
}

enum extract extract_end_link(struct extraction *e, char *out, size_t size,
                              char *ret_base, size_t base_size)
{
    enum extract result = take(e, e->found, trim, out, size);

    *ret_base = '\0';
    if (result == EXTRACT_FOUND) {
        result = take(e, e->base, trim, ret_base, base_size);
        if (result == EXTRACT_NOTHING)
            result = EXTRACT_FOUND;
    }
    bounded_destroy(e->bounded);
    return result;
}

enum extract extract_text(const struct markup *m, const char *xpath, char *out,
                          size_t size)
{
    struct extraction *e;
    enum extract result = extract_begin(m, xpath, false, &e);

    if (result != EXTRACT_FOUND)
        return result;
    while (extract_work(e)) {
    }
    return extract_end_text(e, out, size);
}

enum extract extract_link(const struct markup *m, const char *xpath, char *out,
                          size_t size, char *ret_base, size_t base_size)
{
    struct extraction *e;
    enum extract result = extract_begin(m, xpath, true, &e);

    if (result != EXTRACT_FOUND)
        return result;
    while (extract_work(e)) {
    }
    return extract_end_link(e, out, size, ret_base, base_size);
}

/* Whether a model's thread could search for it, and show what it says. */
static bool is_fit(const char *xpath)
{
    size_t nested = 0, most = 0;

    for (const char *at = xpath; *at; at++) {
        if (*at == '(' || *at == '[')
            nested++;
        else if (nested > 0 && (*at == ')' || *at == ']'))
            nested--;
        most = nested > most ? nested : most;
    }
    return strlen(xpath) <= MAX_PATTERN && most <= MAX_NESTED &&
           xmlCheckUTF8((const unsigned char *)xpath);
}

static void explain(const struct extraction *e, char *why, size_t size)
{
    switch (e->error) {
    case XML_XPATH_UNKNOWN_FUNC_ERROR:
        snprintf(why, size, "a function that XPath 1.0 does not have");
        break;
    case XML_XPATH_INVALID_TYPE:
    case XML_XPATH_INVALID_ARITY:
        snprintf(why, size, "a function that takes other arguments");
        break;
    case XML_XPATH_UNDEF_VARIABLE_ERROR:
    case XML_XPATH_UNDEF_PREFIX_ERROR:
        snprintf(why, size,
                 "variables and namespace prefixes are not supported");
        break;
    default:
        snprintf(why, size, "not understood from character %d on",
                 e->error_at + 1);
    }
}

int extract_check(const char *xpath, char *why, size_t size)
{
    /* Functions are looked up where there is something to call them for. */
    static const char page[] = "<base href=x><title>x</title><h1><a href=x>x"
                               "</a></h1><h3><a href=x>x</a></h3><p>x</p>";
    const struct markup m = {page, sizeof(page) - 1, "text/html"};
    struct extraction *e;
    bool found;

    extract_init();
    if (!is_fit(xpath)) {
        snprintf(why, size,
                 "longer than %d bytes, nested deeper than %d, or no UTF-8",
                 MAX_PATTERN, MAX_NESTED);
        return -EINVAL;
    }
    if (extract_begin(&m, xpath, false, &e) != EXTRACT_FOUND) {
        snprintf(why, size, "out of memory");
        return -EINVAL;
    }
    while (extract_work(e)) {
    }
    found = e->found;
    if (!found)
        explain(e, why, size);
    bounded_destroy(e->bounded);
    return found ? 0 : -EINVAL;
}
