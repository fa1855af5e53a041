/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether an answer is a page of HTML, and all of it has come. */
#ifndef STRAIGHT_ANSWER_H
#define STRAIGHT_ANSWER_H

#include <libxml/HTMLparser.h>

#include "site.h"

/* The header may name the charset; else libxml2 looks for it in the page. */
static inline htmlDocPtr parse(char *header, const char *body, size_t len)
{
    char *charset = strstr(header, "charset=");

    if (charset)
        charset[strcspn(charset, "; \r")] = '\0';
    return htmlReadMemory(body, (int)len, NULL, charset ? charset + 8 : NULL,
                          HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
}

/* No chunks, and no redirects: those are for `baton scrape`. */
static inline const char *open_page(struct site *s, htmlDocPtr *ret)
{
    char *body, *length;

    *s->end = '\0';
    if (s->error)
        return strerror(s->error);
    if (s->end == s->answer)
        return "closed without an answer";
    if (s->end == s->limit)
        return "too long";
    if (strncmp(s->answer, "HTTP/1.1 ", 9) != 0)
        return "not HTTP/1.1";
    if (!(body = strstr(s->answer, "\r\n\r\n")))
        return "an incomplete header";
    *body = '\0';
    body += 4;
    if (strncmp(s->answer + 9, "200 ", 4) != 0) {
        s->answer[9 + strspn(s->answer + 9, "0123456789")] = '\0';
        return s->answer;
    }
    if (!(length = strstr(s->answer, "\r\nContent-Length: ")))
        return "no Content-Length";
    if (strtoul(length + 18, NULL, 10) != (size_t)(s->end - body))
        return "not as long as Content-Length";
    *ret = parse(s->answer, body, (size_t)(s->end - body));
    return *ret ? NULL : "not HTML";
}

#endif
