/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be found on a page of HTML, and where its link leads. */
#ifndef STRAIGHT_HTML_H
#define STRAIGHT_HTML_H

#include <libxml/HTMLtree.h>
#include <libxml/uri.h>
#include <libxml/xpath.h>
#include <stdio.h>

/* The text of the first node that matches, for xmlFree(); "": there is none. */
static inline char *find(htmlDocPtr page, const char *pattern)
{
    xmlXPathContextPtr context = xmlXPathNewContext(page);
    xmlXPathObjectPtr found = xmlXPathEval(BAD_CAST pattern, context);
    xmlChar *text = xmlXPathCastToString(found);

    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return (char *)text;
}

/* From the page at `path` to its first article on this server, or why not. */
static inline const char *follow(htmlDocPtr page, char path[512])
{
    char *base = find(page, "normalize-space(//base/@href)");
    char *link = find(page, "normalize-space(//h3/a/@href)");
    xmlChar *from = xmlBuildURI(BAD_CAST base, BAD_CAST path);
    xmlChar *to = xmlBuildURI(BAD_CAST link, from);
    xmlURIPtr uri = to ? xmlParseURIRaw((char *)to, 1) : NULL;
    const char *why = link[0] ? NULL : "no link to an article";

    if (!why && (!uri || uri->scheme || uri->server || !uri->path))
        why = "its link leads elsewhere";
    if (!why && !xmlNormalizeURIPath(uri->path) && /* "/x/../y" is "/y" */
        snprintf(path, 512, "%s%s%s", uri->path, uri->query_raw ? "?" : "",
                 uri->query_raw ? uri->query_raw : "") >= 512)
        why = "its link is too long";
    xmlFreeURI(uri);
    xmlFree(to);
    xmlFree(from);
    xmlFree(link);
    xmlFree(base);
    return why;
}

#endif
