/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/svg.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool among(const xmlChar *name, const char *const names[])
{
    for (; *names; names++)
        if (xmlStrEqual(name, BAD_CAST * names))
            return true;
    return false;
}

/* "#0072b2", "rgb(  0, 114, 178)" or "black". */
static bool read_colour(const char *text, unsigned rgb[3])
{
    rgb[0] = rgb[1] = rgb[2] = 0x22;
    return strcmp(text, "black") == 0 ||
           sscanf(text, "#%2x%2x%2x", &rgb[0], &rgb[1], &rgb[2]) == 3 ||
           sscanf(text, "rgb(%u ,%u ,%u )", &rgb[0], &rgb[1], &rgb[2]) == 3;
}

/* False: the page sets it for all drawings, or it could run or fetch. */
static bool is_wanted(const xmlAttr *a, const char *value)
{
    static const char *const page[] = {"class", "font-family",
                                       "stroke-linejoin", "style", NULL};
    static const char series[] = "gnuplot_plot"; /* nothing refers to them */
    /* A page gives the root its size. */
    static const char *const sizes[] = {"width", "height", NULL};
    bool root = a->parent->parent->type != XML_ELEMENT_NODE;

    if (among(a->name, page) || (root && among(a->name, sizes)) ||
        xmlStrncasecmp(a->name, BAD_CAST "on", 2) == 0 ||
        xmlStrchr(a->name, ':'))
        return false;
    if (xmlStrEqual(a->name, BAD_CAST "stroke-linecap"))
        return strcmp(value, "round") != 0;
    if (xmlStrEqual(a->name, BAD_CAST "id"))
        return strncmp(value, series, strlen(series)) != 0;
    if (xmlStrEqual(a->name, BAD_CAST "href"))
        return value[0] == '#' && value[1];
    return !strstr(value, "url(") || strncmp(value, "url(#", 5) == 0;
}

/*
 * A colour becomes a variable of the page, which is named after it:
 * data/report.css gives it a value for light and one for dark screens.  Letters
 * have variables of their own, because they need more contrast than lines and
 * areas do.  Ids and what refers to them begin with the drawing's name.
 */
static void rewrite(xmlAttr *a, const char *value, const char *name)
{
    /* gnuplot sets a text's font and colour on the group around it. */
    bool letters = xmlHasProp(a->parent, BAD_CAST "font-size");
    unsigned rgb[3];
    char text[512] = "";

    if (xmlStrEqual(a->name, BAD_CAST "id"))
        snprintf(text, sizeof(text), "%s-%s", name, value);
    else if (xmlStrEqual(a->name, BAD_CAST "href"))
        snprintf(text, sizeof(text), "#%s-%s", name, value + strlen("#"));
    else if (strncmp(value, "url(#", 5) == 0)
        snprintf(text, sizeof(text), "url(#%s-%s", name, value + 5);
    else if (read_colour(value, rgb))
        snprintf(text, sizeof(text), "var(--%s-%02x%02x%02x)",
                 letters ? "letter" : "line", rgb[0], rgb[1], rgb[2]);
    if (text[0])
        xmlSetProp(a->parent, a->name, BAD_CAST text);
}

static void clean_attributes(xmlNode *node, const char *name)
{
    for (xmlAttr *a = node->properties, *next; a; a = next) {
        char *value = (char *)xmlNodeGetContent((xmlNode *)a);

        next = a->next;
        a->ns = NULL;
        if (value && is_wanted(a, value))
            rewrite(a, value, name);
        else
            xmlRemoveProp(a);
        xmlFree(value);
    }
}

static const char *const allowed_elements[] = {
    "circle",         "clipPath", "defs",    "ellipse", "feBlend",
    "feComposite",    "feFlood",  "filter",  "g",       "line",
    "linearGradient", "path",     "pattern", "polygon", "polyline",
    "radialGradient", "rect",     "stop",    "svg",     "text",
    "title",          "tspan",    "use",     NULL};

/* Blanks between elements, and the drawing's own title: the page's heading. */
static bool is_needless(xmlNode *node)
{
    static const char *const texts[] = {"text", "tspan", NULL};
    bool own = node->parent == xmlDocGetRootElement(node->doc);

    return node->type == XML_TEXT_NODE
               ? !among(node->parent->name, texts) && xmlIsBlankNode(node)
               : node->type != XML_ELEMENT_NODE ||
                     !among(node->name, allowed_elements) ||
                     (own && xmlStrEqual(node->name, BAD_CAST "title"));
}

/* gnuplot leaves many groups of a style without anything in them. */
static bool is_empty_group(const xmlNode *node)
{
    return xmlStrEqual(node->name, BAD_CAST "g") &&
           !xmlHasProp(node, BAD_CAST "id") &&
           (!node->children ||
            (!node->children->next && xmlIsBlankNode(node->children)));
}

/* Nesting is limited by the parser. */
static void clean(xmlNode *node, const char *name)
{
    clean_attributes(node, name);
    node->ns = NULL;
    for (xmlNode *child = node->children, *next; child; child = next) {
        next = child->next;
        if (!is_needless(child) && !is_empty_group(child)) {
            if (child->type == XML_ELEMENT_NODE)
                clean(child, name);
            continue;
        }
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    xmlFreeNsList(node->nsDef);
    node->nsDef = NULL;
}

int svg_inline(const char *svg, const char *name, const char *label, FILE *out)
{
    /* What stands before it names a DTD. */
    const char *start = strstr(svg, "<svg");
    xmlDoc *doc =
        start ? xmlReadMemory(start, (int)strlen(start), NULL, "UTF-8",
                              XML_PARSE_NONET | XML_PARSE_NOERROR |
                                  XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)
              : NULL;
    xmlOutputBuffer *buffer = doc ? xmlOutputBufferCreateFile(out, NULL) : NULL;
    xmlNode *root = buffer ? xmlDocGetRootElement(doc) : NULL;
    int error = -EINVAL;

    if (root) {
        clean(root, name);
        xmlNewProp(root, BAD_CAST "role", BAD_CAST "img");
        xmlNewProp(root, BAD_CAST "aria-label", BAD_CAST label);
        xmlNodeDumpOutput(buffer, doc, root, 0, 0, "UTF-8");
        error = xmlOutputBufferClose(buffer) < 0 ? -EIO : 0;
    }
    xmlFreeDoc(doc);
    return error;
}
