/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/html.h"

#include <gumbo.h>
#include <libxml/parserInternals.h>
#include <libxml/valid.h>
#include <stdbool.h>
#include <string.h>

#include "workloads/web/bounded.h"
#include "workloads/web/plain.h"

/* An element whose children are being converted. */
struct level {
    GumboNode *from;
    const GumboVector *children;
    unsigned next;
    unsigned plain; /* texts and comments since the last element */
    xmlNodePtr node;
};

struct tree {
    struct bounded *bounded;
    xmlDocPtr doc;
    struct plain plain;
    const char *pattern;
    bool any_attribute; /* "@*" and "@node()" find each */
    ptrdiff_t elements;
    unsigned depth;
    struct level levels[HTML_DEEPEST + 1];
};

static void *allocate(void *bounded, size_t size)
{
    return bounded_alloc(bounded, size);
}

static void release(void *bounded, void *data)
{
    bounded_free(bounded, data);
}

static void *allocate_as(struct tree *t, size_t size, size_t freed)
{
    return bounded_alloc(t->bounded, size > freed ? size : freed);
}

/* Of the size of gumbo's, so that its memory is used again. */
static xmlNodePtr node_of(struct tree *t, xmlElementType type,
                          const xmlChar *name)
{
    xmlNodePtr node = allocate_as(t, sizeof(*node), sizeof(GumboNode));

    *node = (xmlNode){.type = type, .name = name, .doc = t->doc};
    return node;
}

static xmlChar *content_of(struct tree *t, const char *from)
{
    return (xmlChar *)plain_restore(t->bounded, &t->plain, (char *)from);
}

static xmlNodePtr text_of(struct tree *t, const char *content)
{
    xmlNodePtr node = node_of(t, XML_TEXT_NODE, xmlStringText);

    node->content = content_of(t, content);
    return node;
}

/* Of a text's node, what follows the content is never read. */
static xmlNodePtr value_of(struct tree *t, const char *content)
{
    size_t size = offsetof(xmlNode, properties);
    const xmlNode whole = {
        .type = XML_TEXT_NODE,
        .name = xmlStringText,
        .doc = t->doc,
        .content = content_of(t, content),
    };

    return memcpy(bounded_alloc(t->bounded, size), &whole, size);
}

static const xmlChar *lower_case(struct tree *t, GumboStringPiece piece)
{
    xmlChar *name = bounded_alloc(t->bounded, piece.length + 1);

    for (size_t i = 0; i < piece.length; i++)
        name[i] = (xmlChar)(piece.data[i] >= 'A' && piece.data[i] <= 'Z'
                                ? piece.data[i] + ('a' - 'A')
                                : piece.data[i]);
    name[piece.length] = '\0';
    return name;
}

static const xmlChar *name_of(struct tree *t, const GumboElement *element)
{
    GumboStringPiece piece = element->original_tag;
    const char *name = NULL;

    gumbo_tag_from_original_text(&piece);
    if (element->tag_namespace == GUMBO_NAMESPACE_SVG)
        name = gumbo_normalize_svg_tagname(&piece);
    if (name)
        return (const xmlChar *)name;
    if (element->tag != GUMBO_TAG_UNKNOWN)
        return (const xmlChar *)gumbo_normalized_tagname(element->tag);
    return lower_case(t, piece);
}

/* "xlink:href" is not the "href" of a link. */
static const xmlChar *attribute_name(struct tree *t,
                                     const GumboAttribute *attribute)
{
    static const char *const prefixes[] = {
        [GUMBO_ATTR_NAMESPACE_XLINK] = "xlink:",
        [GUMBO_ATTR_NAMESPACE_XML] = "xml:",
        [GUMBO_ATTR_NAMESPACE_XMLNS] = "xmlns:",
    };
    const char *prefix = prefixes[attribute->attr_namespace];
    char *name;

    if (!prefix)
        return (const xmlChar *)attribute->name;
    name =
        bounded_alloc(t->bounded, strlen(prefix) + strlen(attribute->name) + 1);
    strcpy(stpcpy(name, prefix), attribute->name);
    return (const xmlChar *)name;
}

/* A large page has no room for attributes that nothing asks for. */
static bool is_wanted(const struct tree *t, const GumboAttribute *attribute)
{
    return t->any_attribute || strstr(t->pattern, attribute->name) ||
           strcmp(attribute->name, "href") == 0;
}

static void drop_attribute(struct tree *t, GumboAttribute *from)
{
    bounded_free(t->bounded, (void *)from->name);
    bounded_free(t->bounded, (void *)from->value);
}

static void add_attribute(struct tree *t, xmlNodePtr node, xmlAttrPtr *last,
                          GumboAttribute *from)
{
    xmlAttrPtr attribute =
        allocate_as(t, sizeof(*attribute), sizeof(GumboAttribute));
    xmlNodePtr text = value_of(t, from->value);

    *attribute = (xmlAttr){
        .type = XML_ATTRIBUTE_NODE,
        .name = attribute_name(t, from),
        .children = text,
        .last = text,
        .parent = node,
        .prev = *last,
        .doc = t->doc,
    };
    text->parent = (xmlNodePtr)attribute;
    if (*last)
        (*last)->next = attribute;
    else
        node->properties = attribute;
    *last = attribute;
    if (strcmp(from->name, "id") == 0)
        xmlAddID(NULL, t->doc, text->content, attribute);
}

static xmlNodePtr element_of(struct tree *t, GumboElement *from)
{
    xmlNodePtr node = node_of(t, XML_ELEMENT_NODE, name_of(t, from));
    xmlAttrPtr last = NULL;

    /* The place in the document, where xmlXPathOrderDocElems() puts it. */
    node->content = (xmlChar *)-++t->elements;
    for (unsigned i = 0; i < from->attributes.length; i++) {
        GumboAttribute *attribute = from->attributes.data[i];

        if (is_wanted(t, attribute))
            add_attribute(t, node, &last, attribute);
        else
            drop_attribute(t, attribute);
        bounded_free(t->bounded, attribute);
    }
    bounded_free(t->bounded, from->attributes.data);
    return node;
}

static void append(struct level *level, xmlNodePtr node)
{
    node->parent = level->node;
    node->prev = level->node->last;
    if (node->prev)
        node->prev->next = node;
    else
        level->node->children = node;
    level->node->last = node;
}

static void descend(struct tree *t, GumboNode *from,
                    const GumboVector *children, xmlNodePtr node)
{
    if (t->depth > HTML_DEEPEST)
        bounded_give_up(t->bounded);
    t->levels[t->depth++] =
        (struct level){.from = from, .children = children, .node = node};
}

static void convert_plain(struct tree *t, struct level *level, GumboNode *from)
{
    xmlNodePtr node = text_of(t, from->v.text.text);

    if (++level->plain > HTML_LONGEST)
        bounded_give_up(t->bounded);
    if (from->type == GUMBO_NODE_COMMENT) {
        node->type = XML_COMMENT_NODE;
        node->name = xmlStringComment;
    }
    append(level, node);
    bounded_free(t->bounded, from);
}

/* The next child, or back to the parent.  A node is freed behind its last. */
static void step(struct tree *t)
{
    struct level *level = &t->levels[t->depth - 1];
    GumboNode *from;
    xmlNodePtr node;

    if (level->next == level->children->length) {
        bounded_free(t->bounded, level->children->data);
        bounded_free(t->bounded, level->from);
        t->depth--;
        return;
    }
    from = level->children->data[level->next++];
    if (from->type != GUMBO_NODE_ELEMENT && from->type != GUMBO_NODE_TEMPLATE) {
        convert_plain(t, level, from);
        return;
    }
    level->plain = 0;
    node = element_of(t, &from->v.element);
    append(level, node);
    descend(t, from, &from->v.element.children, node);
}

xmlDocPtr html_parse(struct bounded *b, const char *text, size_t len,
                     const char *pattern)
{
    GumboOptions options = kGumboDefaultOptions;
    struct tree t = {
        .bounded = b,
        .pattern = pattern,
        .any_attribute = strchr(pattern, '*') || strstr(pattern, "node"),
    };
    GumboNode *document;

    options.allocator = allocate;
    options.deallocator = release;
    options.userdata = b;
    options.max_errors = 0; /* else it keeps them all */
    if (plain_shorten(b, text, len, &t.plain)) {
        text = t.plain.short_text;
        len = t.plain.short_len;
    }
    document = gumbo_parse_with_options(&options, text, len)->document;
    t.doc = bounded_alloc(b, sizeof(*t.doc));
    *t.doc = (xmlDoc){.type = XML_HTML_DOCUMENT_NODE,
                      .doc = t.doc,
                      .charset = XML_CHAR_ENCODING_UTF8};
    descend(&t, document, &document->v.document.children, (xmlNodePtr)t.doc);
    while (t.depth > 0)
        step(&t);
    return t.doc;
}
