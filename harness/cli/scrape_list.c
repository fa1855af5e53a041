/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The URLs that a scrape is given; what is none is named, the rest goes on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/scrape.h"
#include "harness/results/array.h"
#include "harness/results/clean.h"

enum {
    MAX_SHOWN = 64,     /* bytes of what was no URL */
    MAX_LINE = 1 << 20, /* bytes: beyond that it is no list of URLs */
};

static int add(struct list *l, struct hosts *h, const struct url *url)
{
    struct target target = {.host = hosts_add(h, url)};

    if (target.host && ARRAY_ROOM(l->targets, l->n))
        target.url = strdup(url->text);
    if (!target.url) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    l->targets[l->n++] = target;
    return EXIT_DONE;
}

/* The URL that was meant by one without a scheme, "example.org:80/blog". */
static bool lacks_scheme(const char *text, struct url *ret)
{
    char whole[URL_MAX + 8];

    snprintf(whole, sizeof(whole), "http://%s",
             text + strspn(text, " \t\r\n\f\v"));
    return !strstr(text, "://") && url_parse(whole, ret) == URL_OK;
}

static bool has_scheme(const char *text, const char *scheme)
{
    text += strspn(text, " \t\r\n\f\v");
    return strncasecmp(text, scheme, strlen(scheme)) == 0;
}

/* `where` is a line of a file, or which word of the command line. */
static void refuse(const char *where, const char *text, enum url_error error)
{
    bool ascii = show_ascii(STDERR_FILENO);
    char shown[MAX_SHOWN], meant[MAX_SHOWN];
    struct url url;

    clean_text(text, ascii, shown, sizeof(shown));
    if (error == URL_TOO_LONG)
        complain("%s: '%s...' is %s", where, shown, url_error_text(error));
    else if (lacks_scheme(text, &url))
        complain("%s: '%s' has no scheme; write %s", where, shown,
                 clean_text(url.text, ascii, meant, sizeof(meant)));
    else if (has_scheme(text, "https:"))
        complain("%s: '%s' needs TLS, which is not there yet; write http:// "
                 "where the server takes it",
                 where, shown);
    else
        complain("%s: '%s' is %s", where, shown, url_error_text(error));
}

static int take(struct list *l, struct hosts *h, const char *where,
                const char *text)
{
    struct url url;
    enum url_error error;

    if (!text[strspn(text, " \t\r\n\f\v")]) {
        complain("%s: blank, where a URL should be", where);
        l->bad++;
        return EXIT_DONE;
    }
    error = url_parse(text, &url);
    if (error == URL_OK)
        return add(l, h, &url);
    refuse(where, text, error);
    l->bad++;
    return EXIT_DONE;
}

int list_take_words(struct list *l, struct hosts *h, char *words[], size_t n)
{
    int status = EXIT_DONE;

    for (size_t i = 0; i < n && !status; i++) {
        char where[32];

        snprintf(where, sizeof(where), "URL %zu", i + 1);
        status = take(l, h, where, words[i]);
    }
    return status;
}

struct line {
    char text[URL_MAX + 1]; /* with room for the end of a line of Windows */
    size_t len;             /* of the line; beyond that of `text`, perhaps */
    bool nul;
};

static bool read_line(FILE *in, struct line *ret)
{
    int c = EOF;

    ret->len = 0;
    ret->nul = false;
    while (ret->len < MAX_LINE && (c = getc(in)) != EOF && c != '\n') {
        if (ret->len < sizeof(ret->text) - 1)
            ret->text[ret->len] = (char)c;
        ret->nul = ret->nul || c == '\0';
        ret->len++;
    }
    ret->text[ret->len < sizeof(ret->text) ? ret->len : sizeof(ret->text) - 1] =
        '\0';
    return c != EOF || ret->len > 0;
}

static int take_line(struct list *l, struct hosts *h, const char *where,
                     const struct line *line, bool first)
{
    const char *text = line->text;

    if (first && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3; /* the mark with which some editors begin a file */
    if (!line->nul && line->len < sizeof(line->text))
        return take(l, h, where, text);
    if (line->nul)
        complain("%s: broken: there is a NUL in it", where);
    else
        refuse(where, text, URL_TOO_LONG);
    l->bad++;
    return EXIT_DONE;
}

static int read_all(struct list *l, struct hosts *h, FILE *in, const char *name)
{
    int status = EXIT_DONE;
    struct line line;

    for (size_t i = 1; !status && read_line(in, &line); i++) {
        char where[1024];

        snprintf(where, sizeof(where), "%.1000s:%zu", name, i);
        if (line.len >= MAX_LINE) {
            complain("%s: a line of %d bytes or more: this is no list of URLs",
                     where, MAX_LINE);
            return EXIT_USAGE;
        }
        if (i > LIST_MAX) {
            complain("%s: a list has at most %d lines; split it", where,
                     LIST_MAX);
            return EXIT_USAGE;
        }
        status = take_line(l, h, where, &line, i == 1);
    }
    return status;
}

int list_read(struct list *l, struct hosts *h, const char *path)
{
    bool piped = strcmp(path, "-") == 0;
    const char *name = piped ? "standard input" : path;
    FILE *in = piped ? stdin : fopen(path, "re");
    int status;

    if (!in) {
        complain("cannot read %s: %s", name, strerror(errno));
        return EXIT_USAGE;
    }
    status = read_all(l, h, in, name);
    if (!status && ferror(in)) {
        complain("cannot read %s: %s", name, strerror(errno));
        status = EXIT_USAGE;
    }
    if (!piped)
        fclose(in);
    return status;
}

void list_finish(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->targets[i].url);
    free(l->targets);
    *l = (struct list){0};
}
