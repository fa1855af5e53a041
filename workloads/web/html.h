/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_HTML_H
#define BATON_WORKLOADS_WEB_HTML_H

#include <libxml/tree.h>
#include <stddef.h>

struct bounded;

/*
 * A page by the HTML 5 algorithm (gumbo), as a tree of libxml2 without
 * namespaces.  In the body of `b` only: the tree lies in its memory, and is
 * never freed.  `text` is UTF-8 without NULs, followed by a NUL, and stays.
 *
 * More than HTML_DEEPEST elements in each other, or HTML_LONGEST texts and
 * comments without an element between them, exceed the bounds of `b`: with
 * those, XPath takes quadratic time.
 *
 * The tree has what `pattern` can find: of the attributes, those whose names
 * stand in it, and href.
 */
enum { HTML_DEEPEST = 512, HTML_LONGEST = 1024 };

xmlDocPtr html_parse(struct bounded *b, const char *text, size_t len,
                     const char *pattern);

#endif
