/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The URLs to scrape; what is not a URL is reported and skipped. */
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
    MAX_SHOWN = 64,       /* bytes of what is not a URL */
    MAX_LINE = 64 * 1024, /* bytes: a file with a longer one has no URLs */
};

static int add(struct list *l, struct hosts *h, const struct url *url)
{
    struct target target = {.host = hosts_add(h, url)};

    if (target.host && ARRAY_ROOM(l->targets, l->n))
        target.url = strdup(url->text);
    if (!target.url)
        return complain_broken("out of memory");
    l->targets[l->n++] = target;
    return EXIT_DONE;
}

/* Whether it is a URL with "http://" in front of it: "example.org:80/blog". */
static bool lacks_scheme(const char *text, struct url *ret)
{
    char whole[URL_MAX + 8];

    snprintf(whole, sizeof(whole), "http://%s", text);
    return !strstr(text, "://") && url_parse(whole, ret) == URL_OK;
}

static void refuse_tls(const char *where, const char *text)
{
    char shown[MAX_SHOWN];

    complain("%s: '%s' needs TLS, but %s", where,
             clean_text(text, false, shown, sizeof(shown)), tls_missing());
}

/* `where` is a line of a file, or the number of an argument. */
static void refuse(const char *where, const char *text, enum url_error error)
{
    char shown[MAX_SHOWN], meant[MAX_SHOWN];
    struct url url;

    clean_text(text, false, shown, sizeof(shown));
    if (error == URL_TOO_LONG)
        complain("%s: '%s...' is %s", where, shown, url_error_text(error));
    else if (lacks_scheme(text, &url))
        complain("%s: '%s' has no scheme; write %s", where, shown,
                 clean_text(url.text, false, meant, sizeof(meant)));
    else
        complain("%s: '%s' is %s", where, shown, url_error_text(error));
}

static int take(struct list *l, struct hosts *h, const char *where,
                const char *text, size_t len)
{
    struct url url;
    enum url_error error;

    if (strlen(text) == len) {
        text += strspn(text, " \t\r\n\f\v");
        error = url_parse(text, &url);
        if (error == URL_OK && !(url.tls && tls_missing()))
            return add(l, h, &url);
        if (error == URL_OK)
            refuse_tls(where, text);
        else if (*text)
            refuse(where, text, error);
        else
            complain("%s: blank, where a URL should be", where);
    } else {
        complain("%s: there is a NUL byte in it", where);
    }
    l->bad++;
    return EXIT_DONE;
}

int list_take_words(struct list *l, struct hosts *h, char *words[], size_t n)
{
    int status = EXIT_DONE;

    for (size_t i = 0; i < n && !status; i++) {
        char where[32];

        snprintf(where, sizeof(where), "URL %zu", i + 1);
        status = take(l, h, where, words[i], strlen(words[i]));
    }
    return status;
}

/* Its length, without its end; MAX_LINE: it goes on.  -1: there is none. */
static ssize_t read_line(FILE *in, char line[MAX_LINE + 1])
{
    ssize_t len = 0;
    int c = EOF;

    while (len < MAX_LINE && (c = getc(in)) != EOF && c != '\n')
        line[len++] = (char)c;
    line[len] = '\0';
    return len == 0 && c == EOF ? -1 : len;
}

static int read_all(struct list *l, struct hosts *h, FILE *in, const char *name)
{
    /* The mark with which some editors begin a file. */
    static const char mark[] = "\xef\xbb\xbf";
    char line[MAX_LINE + 1], where[1024];
    ssize_t len;
    int status = EXIT_DONE;

    for (size_t i = 1; !status && (len = read_line(in, line)) >= 0; i++) {
        size_t skip = i == 1 && strncmp(line, mark, 3) == 0 ? 3 : 0;

        snprintf(where, sizeof(where), "%.1000s:%zu", name, i);
        if (len == MAX_LINE)
            return complain_usage(
                "%s: a line of %d bytes or more: this is not a list of URLs",
                where, MAX_LINE);
        if (i > LIST_MAX)
            return complain_usage("%s: a list has at most %d lines; split it",
                                  where, LIST_MAX);
        status = take(l, h, where, line + skip, (size_t)len - skip);
    }
    return status;
}

int list_read(struct list *l, struct hosts *h, const char *path)
{
    bool piped = strcmp(path, "-") == 0;
    const char *name = piped ? "standard input" : path;
    FILE *in = piped ? stdin : fopen(path, "re");
    int status;

    if (!in)
        return complain_usage("cannot read %s: %s", name, strerror(errno));
    status = read_all(l, h, in, name);
    if (!status && ferror(in))
        status = complain_usage("cannot read %s: %s", name, strerror(errno));
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
