/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/extract.h"

#include <errno.h>
#include <limits.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>
#include <strings.h>

#include "workloads/web/charset.h"

enum {
    MAX_SNIFF = 512,      /* where NULs are looked for, without a type */
    MAX_NAMES = 16 << 10, /* bytes of different names in a page, roughly */
    MAX_PATTERN = 1024,   /* what a thread's small stack has room for: */
    MAX_NESTED = 32,
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

static htmlParserCtxtPtr open_parser(const char *data, size_t len)
{
    htmlParserCtxtPtr parser;

    /* What it could not count it could not hold, either. */
    if (len > INT_MAX / 2)
        return NULL;
    parser = htmlCreateMemoryParserCtxt(data, (int)len);
    if (!parser)
        return NULL;
    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                   HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                   HTML_PARSE_COMPACT | HTML_PARSE_NODEFDTD |
                                   HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    /*
     * Each attribute is compared with all others of its tag, so that 400 KB of
     * different ones would take half a minute.
     */
    xmlDictSetLimit(parser->dict, MAX_NAMES);
    return parser;
}

/* UTF-8 into a tree, or a part of one, to be freed in any case. */
static enum extract parse(const char *data, size_t len, htmlDocPtr *ret)
{
    htmlParserCtxtPtr parser;
    enum extract result = EXTRACT_FOUND;

    *ret = NULL;
    if (len == 0)
        return EXTRACT_NOTHING;
    parser = open_parser(data, len);
    if (!parser)
        return EXTRACT_NO_MEMORY;
    htmlParseDocument(parser);
    *ret = parser->myDoc;
    /*
     * It halts for two reasons only, silently.  What is wanted may stand before
     * that place, but whether it does must not depend on luck.
     */
    if (parser->disableSAX)
        result = parser->errNo == XML_ERR_NO_MEMORY ? EXTRACT_NO_MEMORY
                                                    : EXTRACT_TOO_DEEP;
    else if (!*ret)
        result = EXTRACT_NOTHING;
    htmlFreeParserCtxt(parser);
    return result;
}

/* Kept in the context, and not said on the terminal. */
static void ignore(void *unused, xmlErrorPtr error)
{
    (void)unused;
    (void)error;
}

/* A page, and how XPath sees it. */
struct tree {
    htmlDocPtr doc;
    xmlXPathContextPtr context;
};

static void tree_finish(struct tree *t)
{
    xmlXPathFreeContext(t->context);
    xmlFreeDoc(t->doc);
}

static enum extract tree_init(struct tree *t, const char *data, size_t len)
{
    enum extract result = parse(data, len, &t->doc);

    t->context = NULL;
    if (result == EXTRACT_FOUND) {
        t->context = xmlXPathNewContext(t->doc);
        if (t->context) {
            t->context->error = ignore;
            t->context->node = (xmlNodePtr)t->doc;
            return EXTRACT_FOUND;
        }
        result = EXTRACT_NO_MEMORY;
    }
    tree_finish(t);
    return result;
}

static enum extract tree_of(const struct markup *m, struct tree *ret)
{
    struct utf8 text;
    enum extract result;

    if (!is_html(m))
        return EXTRACT_NOT_HTML;
    if (charset_decode(m->data, m->len, m->type, &text))
        return EXTRACT_NO_MEMORY;
    result = tree_init(ret, text.data, text.len);
    free(text.own);
    return result;
}

/* The string value of what the pattern finds, for xmlFree(). */
static enum extract find(const struct tree *t, const char *xpath, xmlChar **ret)
{
    xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)xpath, t->context);

    /* Of several nodes it is that of the first in the document. */
    *ret = found ? xmlXPathCastToString(found) : NULL;
    xmlXPathFreeObject(found);
    if (*ret)
        return EXTRACT_FOUND;
    return t->context->lastError.code == XML_ERR_NO_MEMORY ? EXTRACT_NO_MEMORY
                                                           : EXTRACT_NOTHING;
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
        c = (UChar32)charset_windows_1252((uint32_t)c);
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

static enum extract take(const struct tree *t, const char *xpath,
                         __typeof__(trim) *copy, char *out, size_t size)
{
    xmlChar *found;
    enum extract result = find(t, xpath, &found);

    if (result == EXTRACT_FOUND)
        result = copy(found, out, size);
    xmlFree(found);
    return result;
}

enum extract extract_text(const struct markup *m, const char *xpath, char *out,
                          size_t size)
{
    struct tree tree;
    enum extract result = tree_of(m, &tree);

    if (result != EXTRACT_FOUND)
        return result;
    result = take(&tree, xpath, fold, out, size);
    tree_finish(&tree);
    return result;
}

enum extract extract_link(const struct markup *m, const char *xpath, char *out,
                          size_t size, char *ret_base, size_t base_size)
{
    struct tree tree;
    enum extract result = tree_of(m, &tree);

    if (result != EXTRACT_FOUND)
        return result;
    result = take(&tree, xpath, trim, out, size);
    if (result == EXTRACT_FOUND) {
        result = take(&tree, "//base/@href", trim, ret_base, base_size);
        if (result == EXTRACT_NOTHING)
            result = EXTRACT_FOUND;
    }
    tree_finish(&tree);
    return result;
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

static void explain(const xmlError *error, char *why, size_t size)
{
    switch (error->code) {
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
                 error->int1 + 1);
    }
}

int extract_check(const char *xpath, char *why, size_t size)
{
    /* Functions are looked up where there is something to call them for. */
    static const char page[] = "<base href=x><title>x</title><h1><a href=x>x"
                               "</a></h1><h3><a href=x>x</a></h3><p>x</p>";
    struct tree tree;
    xmlChar *found = NULL;

    extract_init();
    if (!is_fit(xpath)) {
        snprintf(why, size,
                 "longer than %d bytes, nested deeper than %d, or no UTF-8",
                 MAX_PATTERN, MAX_NESTED);
        return -EINVAL;
    }
    if (tree_init(&tree, page, sizeof(page) - 1) != EXTRACT_FOUND) {
        snprintf(why, size, "out of memory");
        return -EINVAL;
    }
    find(&tree, xpath, &found);
    if (!found)
        explain(&tree.context->lastError, why, size);
    xmlFree(found);
    tree_finish(&tree);
    return found ? 0 : -EINVAL;
}
