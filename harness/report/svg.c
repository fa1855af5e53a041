/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/html.h"
#include "harness/report/rectangles.h"

enum { MAX_DEPTH = 32 };

/* Part of the text of the drawing. */
struct span {
    const char *at;
    size_t len;
};

struct drawing {
    const char *at; /* what is read next */
    const char *name, *label;
    FILE *out;
    unsigned depth, muted; /* elements around it; dropped ones of those */
    bool fresh;            /* nothing stands on the line yet */
    /* The start tag of a group whose end has been read and not yet written. */
    struct span closed;
    bool closed_line; /* and a line end behind it */
};

static bool is(struct span s, const char *text)
{
    return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

static bool among(struct span s, const char *const names[])
{
    for (; *names; names++)
        if (is(s, *names))
            return true;
    return false;
}

static void write_end(struct drawing *d)
{
    if (!d->closed.at)
        return;
    fputs(d->closed_line ? "</g>\n" : "</g>", d->out);
    d->fresh = d->closed_line;
    d->closed.at = NULL;
}

static void emit(struct drawing *d, const char *text, size_t len)
{
    if (d->muted || !len)
        return;
    write_end(d);
    fwrite(text, 1, len, d->out);
    d->fresh = text[len - 1] == '\n';
}

static void emit_text(struct drawing *d, const char *text)
{
    emit(d, text, strlen(text));
}

/* Colours. */

/* Reads "#0072b2" or "rgb(  0, 114, 178)"; its length, or 0. */
static size_t read_colour(const char *text, uint32_t *ret)
{
    char start[32];
    unsigned r, g, b;
    int len = 0;

    if (text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        *ret = (uint32_t)strtoul(text + 1, NULL, 16);
        return 7;
    }
    if (strncmp(text, "rgb(", 4) != 0)
        return 0;
    /* sscanf() would look for the end of the whole drawing. */
    snprintf(start, sizeof(start), "%.*s", (int)sizeof(start) - 1, text);
    if (sscanf(start, "rgb(%u ,%u ,%u )%n", &r, &g, &b, &len) != 3 || !len)
        return 0;
    *ret = r << 16 | g << 8 | b;
    return (size_t)len;
}

/*
 * As a variable of the page, which is named after the colour: data/report.css
 * gives it a value for light and one for dark screens.  Letters have variables
 * of their own, because they need more contrast than lines and areas do.
 */
static void emit_colour(struct drawing *d, uint32_t rgb, bool letters)
{
    char text[64];

    snprintf(text, sizeof(text), "var(--%s-%06x,#%06x)",
             letters ? "letter" : "line", (unsigned)rgb, (unsigned)rgb);
    emit_text(d, text);
}

/* Attributes. */

/*
 * "url(#clip)" is of this drawing, and anything else a thing to fetch.  How
 * much of the value it took.
 */
static size_t emit_url(struct drawing *d, struct span url)
{
    static const char own[] = "url(#";
    const char *end = memchr(url.at, ')', url.len);

    if (strncmp(url.at, own, strlen(own)) != 0) {
        emit_text(d, "none");
        return end ? (size_t)(end - url.at) + 1 : url.len;
    }
    emit_text(d, own);
    emit_text(d, d->name);
    emit_text(d, "-");
    return strlen(own);
}

static void emit_value(struct drawing *d, struct span value, bool letters)
{
    const char *end = value.at + value.len;

    if (is(value, "black")) {
        emit_colour(d, 0x222222, letters);
        return;
    }
    for (const char *at = value.at; at < end;) {
        uint32_t rgb;
        size_t len = read_colour(at, &rgb);

        if (len) {
            emit_colour(d, rgb, letters);
        } else if (strncmp(at, "url(", 4) == 0) {
            len = emit_url(d, (struct span){at, (size_t)(end - at)});
        } else {
            len = 1;
            emit(d, at, 1);
        }
        at += len;
    }
}

/* Of the root: a page gives it its size. */
static const char *const sizes[] = {"width", "height", NULL};

static const char *const dropped_attributes[] = {"class", "xmlns",
                                                 "xmlns:xlink", NULL};

static bool is_wanted(const struct drawing *d, struct span name,
                      struct span value)
{
    bool reference = is(name, "href") || is(name, "xlink:href");

    if (reference)
        return value.len > 1 && value.at[0] == '#';
    return !(name.len > 2 && strncasecmp(name.at, "on", 2) == 0) &&
           !among(name, dropped_attributes) &&
           !(d->depth == 0 && among(name, sizes));
}

static void emit_attribute(struct drawing *d, struct span name,
                           struct span value, bool letters)
{
    const char *quote = memchr(value.at, '"', value.len) ? "'" : "\"";

    if (!is_wanted(d, name, value))
        return;
    if (is(name, "xlink:href")) {
        name.at += strlen("xlink:");
        name.len -= strlen("xlink:");
    }
    emit_text(d, " ");
    emit(d, name.at, name.len);
    emit_text(d, "=");
    emit_text(d, quote);
    if (is(name, "href") || is(name, "id")) {
        bool hash = value.at[0] == '#';

        emit_text(d, hash ? "#" : "");
        emit_text(d, d->name);
        emit_text(d, "-");
        emit(d, value.at + hash, value.len - hash);
    } else {
        emit_value(d, value, letters);
    }
    emit_text(d, quote);
}

static void skip_blanks(struct drawing *d)
{
    while (isspace((unsigned char)*d->at))
        d->at++;
}

static struct span read_name(struct drawing *d)
{
    struct span name = {d->at, strcspn(d->at, " \t\r\n=/><\"'")};

    d->at += name.len;
    return name;
}

/* One `name="value"`; 0 or -EINVAL. */
static int copy_attribute(struct drawing *d, bool letters)
{
    struct span name = read_name(d), value;
    char quotes[2] = "";

    skip_blanks(d);
    if (!name.len || *d->at != '=')
        return -EINVAL;
    d->at++;
    skip_blanks(d);
    quotes[0] = *d->at;
    if (*quotes != '"' && *quotes != '\'')
        return -EINVAL;
    value.at = ++d->at;
    value.len = strcspn(d->at, quotes);
    d->at += value.len;
    if (*d->at != *quotes)
        return -EINVAL;
    d->at++;
    while (value.len && isspace((unsigned char)value.at[value.len - 1]))
        value.len--;
    emit_attribute(d, name, value, letters);
    return 0;
}

static int copy_attributes(struct drawing *d)
{
    struct span tag = {d->at, strcspn(d->at, ">")};
    /* gnuplot says a text's font and colour on the group around it. */
    bool letters = memmem(tag.at, tag.len, "font-size", 9);

    for (;;) {
        int error;

        skip_blanks(d);
        if (*d->at == '>' || strncmp(d->at, "/>", 2) == 0)
            return 0;
        error = copy_attribute(d, letters);
        if (error)
            return error;
    }
}

/* Elements. */

static const char *const allowed_elements[] = {
    "circle",         "clipPath", "defs",    "ellipse", "feBlend",
    "feComposite",    "feFlood",  "filter",  "g",       "line",
    "linearGradient", "path",     "pattern", "polygon", "polyline",
    "radialGradient", "rect",     "stop",    "svg",     "text",
    "title",          "tspan",    "use",     NULL};

static const char *const text_elements[] = {"text", "title", "tspan", NULL};

/* A group of nothing but a style that nothing uses: gnuplot leaves many. */
static bool is_empty_group(struct span name, struct span tag)
{
    const char *at = tag.at + tag.len;

    if (!is(name, "g") || *at != '>' || memmem(tag.at, tag.len, " id=", 4))
        return false;
    at += 1 + strspn(at + 1, " \t\r\n");
    return strncmp(at, "</g>", 4) == 0;
}

/* "Gnuplot", and what it calls a plot that was given no title. */
static bool is_empty_title(const struct drawing *d, struct span name,
                           struct span tag)
{
    static const char untitled[] = ">gnuplot_plot_";

    return is(name, "title") &&
           (d->depth == 1 ||
            strncmp(tag.at + tag.len, untitled, strlen(untitled)) == 0);
}

/* Comments, instructions, declarations. */
static int skip_markup(struct drawing *d)
{
    bool comment = strncmp(d->at, "<!--", 4) == 0;
    const char *end = strstr(d->at, comment ? "-->" : ">");

    if (!end)
        return -EINVAL;
    d->at = end + (comment ? 3 : 1);
    return 0;
}

/* Blanks between elements mean nothing; one line end keeps lines short. */
static void copy_text(struct drawing *d, struct span parent)
{
    size_t len = strcspn(d->at, "<");
    bool blank = strspn(d->at, " \t\r\n") == len;

    if (!blank || among(parent, text_elements)) {
        emit(d, d->at, len);
    } else if (memchr(d->at, '\n', len)) {
        d->closed_line = true;
        if (!d->closed.at && !d->fresh)
            emit_text(d, "\n");
    }
    d->at += len;
}

/*
 * gnuplot begins a group for every box and every line, most of them just like
 * the one before: such a group goes on, instead of ending and beginning again,
 * which is a third of a drawing's size.
 */
static bool goes_on(const struct drawing *d, struct span name, struct span tag)
{
    return is(name, "g") && d->closed.at && d->closed.len == tag.len &&
           memcmp(d->closed.at, tag.at, tag.len) == 0 &&
           !memmem(tag.at, tag.len, " id=", 4) &&
           !memmem(tag.at, tag.len, "opacity", 7);
}

static int copy_element(struct drawing *d);

static void end_element(struct drawing *d, struct span name, struct span tag)
{
    if (d->muted)
        return;
    if (is(name, "g")) {
        write_end(d);
        d->closed = tag;
        d->closed_line = false;
        return;
    }
    emit_text(d, "</");
    emit(d, name.at, name.len);
    emit_text(d, ">");
}

/* What stands between a start tag and its end tag, and the latter. */
static int copy_content(struct drawing *d, struct span name, struct span tag)
{
    int error = 0;

    while (!error) {
        copy_text(d, name);
        if (strncmp(d->at, "</", 2) == 0)
            break;
        error = d->at[0] == '\0'                     ? -EINVAL
                : d->at[1] == '!' || d->at[1] == '?' ? skip_markup(d)
                                                     : copy_element(d);
    }
    if (error)
        return error;
    d->at += 2;
    if (strncmp(d->at, name.at, name.len) != 0)
        return -EINVAL;
    d->at += name.len;
    skip_blanks(d);
    if (*d->at != '>')
        return -EINVAL;
    d->at++;
    end_element(d, name, tag);
    return 0;
}

static void emit_label(struct drawing *d)
{
    emit_text(d, " role=\"img\" aria-label=\"");
    html_escape(d->label, d->out);
    emit_text(d, "\"");
}

/* The start tag from behind its name on; `*ret_empty`: it is the end too. */
static int copy_start(struct drawing *d, struct span name, bool *ret_empty)
{
    int error;

    emit_text(d, "<");
    emit(d, name.at, name.len);
    error = copy_attributes(d);
    if (error)
        return error;
    if (d->depth == 0)
        emit_label(d);
    *ret_empty = *d->at == '/';
    emit_text(d, *ret_empty ? "/>" : ">");
    d->at += *ret_empty ? 2 : 1;
    return 0;
}

/* The element that begins at '<'. */
static int copy_element(struct drawing *d)
{
    struct span name, tag;
    bool drop, same, empty = false;
    int error;

    d->at++;
    name = read_name(d);
    tag = (struct span){d->at, strcspn(d->at, ">")};
    if (!name.len || d->depth == MAX_DEPTH)
        return -EINVAL;
    drop = !among(name, allowed_elements) || is_empty_group(name, tag) ||
           is_empty_title(d, name, tag);
    same = !drop && !d->muted && goes_on(d, name, tag);
    if (same)
        d->closed.at = NULL;
    d->muted += drop + same;
    error = copy_start(d, name, &empty);
    d->muted -= same;
    d->depth++;
    if (!error && !empty)
        error = copy_content(d, name, tag);
    d->depth--;
    d->muted -= drop;
    return error;
}

int svg_inline(const char *svg, const char *name, const char *label, FILE *out)
{
    struct drawing d = {
        .at = strstr(svg, "<svg"), .name = name, .label = label};
    char *text = NULL;
    size_t size;
    int error;

    if (!d.at)
        return -EINVAL;
    d.out = open_memstream(&text, &size);
    if (!d.out)
        return -ENOMEM;
    error = copy_element(&d);
    if (fclose(d.out) && !error)
        error = -ENOMEM;
    skip_blanks(&d);
    if (!error && *d.at)
        error = -EINVAL;
    if (!error)
        rectangles_write(text, out);
    free(text);
    return error;
}
