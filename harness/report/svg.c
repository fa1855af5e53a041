/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/svg.h"

#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool among(const xmlChar *name, const char *const names[])
{
    for (; *names; names++)
        if (xmlStrEqual(name, BAD_CAST * names))
            return true;
    return false;
}

/* Reads "#0072b2" or "rgb(  0, 114, 178)"; its length, or 0. */
static size_t read_colour(const char *text, uint32_t *ret)
{
    unsigned r, g, b;
    int len = 0;

    if (text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        *ret = (uint32_t)strtoul(text + 1, NULL, 16);
        return 7;
    }
    if (strncmp(text, "rgb(", 4) != 0 ||
        sscanf(text, "rgb(%u ,%u ,%u )%n", &r, &g, &b, &len) != 3 || !len)
        return 0;
    *ret = r << 16 | g << 8 | b;
    return (size_t)len;
}

/*
 * As a variable of the page, which is named after the colour: data/report.css
 * gives it a value for light and one for dark screens.  Letters have variables
 * of their own, because they need more contrast than lines and areas do.
 */
static void write_colour(uint32_t rgb, bool letters, FILE *out)
{
    fprintf(out, "var(--%s-%06x,#%06x)", letters ? "letter" : "line",
            (unsigned)rgb, (unsigned)rgb);
}

/*
 * "url(#clip)" is of this drawing, and anything else a thing to fetch.  How
 * much of the value it took.
 */
static size_t write_url(const char *value, const char *name, FILE *out)
{
    static const char own[] = "url(#";

    if (strncmp(value, own, strlen(own)) != 0) {
        fputs("none", out);
        return (size_t)(strchrnul(value, ')') - value) + strlen(")");
    }
    fprintf(out, "%s%s-", own, name);
    return strlen(own);
}

static void write_value(const char *value, const char *name, bool letters,
                        FILE *out)
{
    const char *end = value + strlen(value);
    uint32_t rgb;

    if (strcmp(value, "black") == 0) {
        write_colour(0x222222, letters, out);
        return;
    }
    while (value < end) {
        size_t len = read_colour(value, &rgb);

        if (len)
            write_colour(rgb, letters, out);
        else if (strncmp(value, "url(", 4) == 0)
            len = write_url(value, name, out);
        else
            len = fputc(*value, out) != EOF;
        value += len;
    }
}

/* What data/report.css says once for all drawings of a page. */
static bool is_style_of_page(const xmlChar *name, const xmlChar *value)
{
    static const char *const styles[][2] = {{"font-family", "sans-serif"},
                                            {"stroke-linecap", "round"},
                                            {"stroke-linejoin", "round"}};

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
        if (xmlStrEqual(name, BAD_CAST styles[i][0]) &&
            xmlStrEqual(value, BAD_CAST styles[i][1]))
            return true;
    return false;
}

static bool is_wanted(const xmlNode *node, const xmlChar *name,
                      const xmlChar *value)
{
    /* A page gives the root its size. */
    static const char *const sizes[] = {"width", "height", NULL};
    bool root = node->parent->type != XML_ELEMENT_NODE;

    if (xmlStrEqual(name, BAD_CAST "href"))
        return value[0] == '#' && value[1];
    return xmlStrncasecmp(name, BAD_CAST "on", 2) != 0 &&
           !xmlStrEqual(name, BAD_CAST "class") &&
           !is_style_of_page(name, value) && !(root && among(name, sizes));
}

static int add_attribute(xmlNode *node, const xmlChar *key, const char *value,
                         const char *name, bool letters)
{
    bool is_id = xmlStrEqual(key, BAD_CAST "id");
    char *text = NULL;
    size_t size;
    FILE *out;
    int error;

    if (!is_wanted(node, key, BAD_CAST value))
        return 0;
    out = open_memstream(&text, &size);
    if (!out)
        return -ENOMEM;
    if (is_id)
        fprintf(out, "%s-%s", name, value);
    else if (xmlStrEqual(key, BAD_CAST "href"))
        fprintf(out, "#%s-%s", name, value + strlen("#"));
    else
        write_value(value, name, letters, out);
    error = fclose(out) || !xmlNewProp(node, key, BAD_CAST text) ? -ENOMEM : 0;
    free(text);
    return error;
}

static void trim(char *value)
{
    size_t len = strlen(value);

    while (len && isspace((unsigned char)value[len - 1]))
        value[--len] = '\0';
}

static int clean_attributes(xmlNode *node, const char *name)
{
    xmlAttr *old = node->properties;
    /* gnuplot says a text's font and colour on the group around it. */
    bool letters = xmlHasProp(node, BAD_CAST "font-size");
    int error = 0;

    node->properties = NULL;
    for (xmlAttr *a = old; a && !error; a = a->next) {
        const xmlChar *prefix = xmlStrchr(a->name, ':');
        char *value =
            (char *)xmlNodeListGetString(node->doc, a->children, true);

        if (value)
            trim(value);
        error = add_attribute(node, prefix ? prefix + 1 : a->name,
                              value ? value : "", name, letters);
        xmlFree(value);
    }
    xmlFreePropList(old);
    return error;
}

static const char *const allowed_elements[] = {
    "circle",         "clipPath", "defs",    "ellipse", "feBlend",
    "feComposite",    "feFlood",  "filter",  "g",       "line",
    "linearGradient", "path",     "pattern", "polygon", "polyline",
    "radialGradient", "rect",     "stop",    "svg",     "text",
    "title",          "tspan",    "use",     NULL};

static const char *const text_elements[] = {"text", "title", "tspan", NULL};

/* "Gnuplot", and what it calls a plot that was given no title. */
static bool is_empty_title(const xmlNode *node)
{
    static const char untitled[] = "gnuplot_plot_";

    return xmlStrEqual(node->name, BAD_CAST "title") &&
           (node->parent == xmlDocGetRootElement(node->doc) ||
            (node->children && node->children->content &&
             xmlStrncmp(node->children->content, BAD_CAST untitled,
                        strlen(untitled)) == 0));
}

/* Whether it draws nothing: gnuplot leaves many groups of a style alone. */
static bool is_empty_group(const xmlNode *node)
{
    return xmlStrEqual(node->name, BAD_CAST "g") &&
           !xmlHasProp(node, BAD_CAST "id") &&
           (!node->children ||
            (!node->children->next && xmlIsBlankNode(node->children)));
}

/* Blanks between elements mean nothing; one line end keeps lines short. */
static bool is_needless_text(xmlNode *node)
{
    if (!xmlIsBlankNode(node) || among(node->parent->name, text_elements))
        return false;
    if (!xmlStrchr(node->content, '\n') ||
        (node->prev && node->prev->type == XML_TEXT_NODE))
        return true;
    xmlNodeSetContent(node, BAD_CAST "\n");
    return false;
}

static bool is_needless(xmlNode *node)
{
    if (node->type == XML_TEXT_NODE)
        return is_needless_text(node);
    return node->type != XML_ELEMENT_NODE ||
           !among(node->name, allowed_elements) || is_empty_title(node) ||
           is_empty_group(node);
}

/* Nesting is limited by the parser. */
static int clean(xmlNode *node, const char *name)
{
    int error = clean_attributes(node, name);

    node->ns = NULL;
    for (xmlNode *child = node->children, *next; child && !error;
         child = next) {
        next = child->next;
        if (is_needless(child)) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        } else if (child->type == XML_ELEMENT_NODE) {
            error = clean(child, name);
        }
    }
    xmlFreeNsList(node->nsDef);
    node->nsDef = NULL;
    return error;
}

static int write_drawing(xmlDoc *doc, const char *name, const char *label,
                         FILE *out)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlOutputBuffer *buffer;
    int error = clean(root, name);

    if (error)
        return error;
    xmlNewProp(root, BAD_CAST "role", BAD_CAST "img");
    xmlNewProp(root, BAD_CAST "aria-label", BAD_CAST label);
    buffer = xmlOutputBufferCreateFile(out, NULL);
    if (!buffer)
        return -ENOMEM;
    xmlNodeDumpOutput(buffer, doc, root, 0, 0, "UTF-8");
    return xmlOutputBufferClose(buffer) < 0 ? -EIO : 0;
}

int svg_inline(const char *svg, const char *name, const char *label, FILE *out)
{
    /* What stands before it names a DTD, which nobody fetches. */
    const char *start = strstr(svg, "<svg");
    xmlDoc *doc;
    int error;

    if (!start)
        return -EINVAL;
    doc = xmlReadMemory(start, (int)strlen(start), NULL, "UTF-8",
                        XML_PARSE_NONET | XML_PARSE_NOERROR |
                            XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    if (!doc)
        return -EINVAL;
    error = write_drawing(doc, name, label, out);
    xmlFreeDoc(doc);
    return error;
}
