/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/document.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/findings.h"

void html_escape(const char *text, FILE *out)
{
    static const char *const entities[UCHAR_MAX + 1] = {
        ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
        ['"'] = "&quot;", ['\''] = "&#39;",
    };

    for (; *text; text++) {
        const char *named = entities[(unsigned char)*text];

        /* No control character has a meaning in HTML, or a glyph. */
        if (!named && (unsigned char)*text < ' ' && *text != '\n')
            named = " ";
        if (named)
            fputs(named, out);
        else
            fputc(*text, out);
    }
}

static void print_args(FILE *out, const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        return;
    html_escape(text, out);
    free(text);
}

void html_print(FILE *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_args(out, format, args);
    va_end(args);
}

void html_element(FILE *out, const char *start, const char *format, ...)
{
    va_list args;

    fprintf(out, "<%s>", start);
    va_start(args, format);
    print_args(out, format, args);
    va_end(args);
    fprintf(out, "</%.*s>", (int)strcspn(start, " "), start);
}

void html_scroll(FILE *out, const char *kind, const char *of, const char *more)
{
    fputs("<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"",
          out);
    html_print(out, "%s: %s%s", kind, of, more);
    fputs("\">\n", out);
}

/* "<li", and its class where it has one. */
static void open_tag(FILE *out, const char *name, const char *class)
{
    fprintf(out, "<%s", name);
    if (class)
        fprintf(out, " class=\"%s\"", class);
    fputc('>', out);
}

static const char bold[] = "\033[1m", red[] = "\033[31m", faint[] = "\033[2m",
                  plain[] = "\033[0m";

static const char *style(const struct document *d, const char *code)
{
    return d->colour ? code : "";
}

/* The columns of a word, in which a colour takes none. */
static size_t columns_of(const char *word, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++, columns++)
        if (word[i] == '\033') {
            i += strcspn(word + i, "m");
            columns--;
        }
    return columns;
}

/* Lines that are longer are hard to read. */
enum { LONGEST = 100, SHORTEST = 20 };

static size_t line_width(const struct document *d)
{
    if (!d->width || d->width > LONGEST)
        return LONGEST;
    return d->width > SHORTEST ? d->width : SHORTEST;
}

/* `first` stands before the first line, as many blanks before the others. */
static void print_wrapped(const struct document *d, const char *first,
                          const char *text)
{
    size_t indent = strlen(first), column = indent;

    fputs(first, d->out);
    while (*text) {
        size_t len = strcspn(text, " "), word;

        if (strncmp(text + len, " %", 2) == 0)
            len += 1 + strcspn(text + len + 1, " ");
        word = columns_of(text, len);
        if (column > indent && column + 1 + word > line_width(d)) {
            fprintf(d->out, "\n%*s", (int)indent, "");
            column = indent;
        }
        fprintf(d->out, "%s%.*s", column > indent ? " " : "", (int)len, text);
        column += (column > indent) + word;
        text += len;
        text += *text == ' ';
    }
    fputc('\n', d->out);
}

void document_begin(struct document *d, const char *class, const char *title)
{
    if (d->html) {
        open_tag(d->out, "section", class);
        fputc('\n', d->out);
        html_element(d->out, "h2", "%s", title);
        fputc('\n', d->out);
    } else {
        fprintf(d->out, "%s%s%s%s\n", d->begun ? "\n" : "", style(d, bold),
                title, style(d, plain));
    }
    d->begun = true;
}

void document_end(struct document *d)
{
    if (d->html)
        fputs("</section>\n", d->out);
}

/* A paragraph or an item of a list. */
static void print_block(struct document *d, const char *tag, const char *class,
                        const char *first, const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        return;
    if (d->html) {
        open_tag(d->out, tag, class);
        html_escape(text, d->out);
        fprintf(d->out, "</%s>\n", tag);
    } else {
        print_wrapped(d, first, text);
    }
    d->begun = true;
    free(text);
}

void document_text(struct document *d, const char *class, const char *format,
                   ...)
{
    va_list args;

    va_start(args, format);
    print_block(d, "p", class, "", format, args);
    va_end(args);
}

void document_item(struct document *d, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_block(d, "li", NULL, "- ", format, args);
    va_end(args);
}

void document_list(struct document *d, const char *class)
{
    if (!d->html)
        return;
    open_tag(d->out, "ul", class);
    fputc('\n', d->out);
}

void document_list_end(struct document *d)
{
    if (d->html)
        fputs("</ul>\n", d->out);
}

/* A shape and a word besides the colour, which some readers cannot see. */
static const char wrong_mark[] =
    "<span class=\"mark\"><svg width=\"20\" height=\"18\" viewBox=\"0 0 20 "
    "18\" aria-hidden=\"true\">"
    "<path d=\"M10 1.5 19 17H1z\" fill=\"none\" stroke=\"currentColor\" "
    "stroke-width=\"2\" stroke-linejoin=\"round\"/><path d=\"M10 6.5v5m0 "
    "2v1.8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/></svg> "
    "wrong results</span> ";

/* The statement large, the rest of the same sentence smaller. */
void document_finding(struct document *d, const struct wording *w,
                      bool alarming, bool wrong)
{
    const char *tag = w->sure ? "strong" : "span";
    FILE *out = d->out;

    if (!d->html) {
        print_wrapped(d, "- ", w->text);
        return;
    }
    open_tag(out, "li", alarming ? "wrong" : NULL);
    fprintf(out, "<span class=\"task\">%s", wrong ? wrong_mark : "");
    html_print(out, "%.*s", (int)w->subject, w->text);
    fprintf(out, "</span><%s>", tag);
    html_print(out, "%.*s", (int)(w->statement - w->subject),
               w->text + w->subject);
    /* No line ends inside an interval. */
    fputs("<span class=\"whole\">", out);
    html_print(out, "%.*s", (int)(w->interval - w->statement),
               w->text + w->statement);
    fprintf(out, "</span></%s><span class=\"detail\">", tag);
    html_print(out, "%s", w->text + w->interval);
    fputs("</span></li>\n", out);
}

static size_t width_of(const struct table_column *c)
{
    return (size_t)abs(c->width);
}

/* Whether there is room for a column beside those of lower rank. */
static bool is_shown(const struct document *d, const struct table_column *c)
{
    size_t width = 1;

    for (size_t i = 0; i < d->n_columns; i++)
        if (d->columns[i].width && d->columns[i].rank <= c->rank)
            width += 1 + width_of(&d->columns[i]);
    return !c->rank || (c->width && (!d->width || width <= d->width));
}

/* The columns of a line, without the blanks at its end. */
static void print_line(const struct document *d, const char *start,
                       const char *const cells[], const char *end)
{
    int blanks = 0;

    fprintf(d->out, " ");
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct table_column *c = &d->columns[i];
        size_t len = strlen(cells[i]), width = width_of(c);
        int pad = len < width ? (int)(width - len) : 0;

        if (!is_shown(d, c))
            continue;
        if (!len) {
            blanks += 1 + pad;
            continue;
        }
        fprintf(d->out, "%*s%s%s%s", 1 + blanks + (c->width < 0 ? 0 : pad), "",
                i ? "" : start, cells[i], i ? "" : end);
        blanks = c->width < 0 ? pad : 0;
    }
    fputc('\n', d->out);
}

static void print_head(const struct document *d)
{
    const char *names[d->n_columns];

    for (size_t i = 0; i < d->n_columns; i++)
        names[i] = d->columns[i].name;
    fputs(style(d, faint), d->out);
    print_line(d, "", names, "");
    fputs(style(d, plain), d->out);
}

void document_table(struct document *d, const char *class, const char *name,
                    const char *of, const struct table_column *columns,
                    size_t n)
{
    d->columns = columns;
    d->n_columns = n;
    d->in_body = false;
    if (!d->html) {
        print_head(d);
        d->begun = true;
        return;
    }
    html_scroll(d->out, "Table", name, of);
    open_tag(d->out, "table", class);
    fputs("\n<thead><tr>", d->out);
    for (size_t i = 0; i < n; i++)
        html_element(d->out, "th scope=\"col\"", "%s", columns[i].name);
    fputs("</tr></thead>\n", d->out);
}

static void end_body(struct document *d)
{
    if (d->in_body)
        fputs("</tbody>\n", d->out);
    d->in_body = false;
}

static void begin_body(struct document *d)
{
    if (!d->in_body)
        fputs("<tbody>\n", d->out);
    d->in_body = true;
}

void document_table_end(struct document *d)
{
    if (!d->html)
        return;
    end_body(d);
    fputs("</table>\n</div>\n", d->out);
}

void document_group(struct document *d, bool apart, const char *text)
{
    if (!d->html) {
        fprintf(d->out, "%s%s%s%s\n", apart ? "  " : "",
                style(d, apart ? faint : bold), text, style(d, plain));
        return;
    }
    if (!apart)
        end_body(d);
    begin_body(d);
    fprintf(d->out, "<tr class=\"%s\"><th colspan=\"%zu\" scope=\"rowgroup\">",
            apart ? "apart" : "group", d->n_columns);
    html_escape(text, d->out);
    fputs("</th></tr>\n", d->out);
}

static void print_cells(const struct document *d, const char *const cells[])
{
    for (size_t i = 1; i < d->n_columns; i++) {
        open_tag(d->out, "td", d->columns[i].class);
        html_escape(cells[i - 1], d->out);
        fputs("</td>", d->out);
    }
}

void document_row(struct document *d, const char *class, const char *name,
                  const char *const cells[])
{
    const char *all[d->n_columns];
    bool wrong = class && strcmp(class, "wrong") == 0;

    if (!d->html) {
        all[0] = name;
        memcpy(all + 1, cells, (d->n_columns - 1) * sizeof(*all));
        print_line(d, wrong ? style(d, red) : "", all,
                   wrong ? style(d, plain) : "");
        return;
    }
    begin_body(d);
    open_tag(d->out, "tr", class);
    html_element(d->out, "th scope=\"row\"", "%s", name);
    print_cells(d, cells);
    fputs("</tr>\n", d->out);
}

void document_note(struct document *d, const char *alarm, const char *text)
{
    char *line;

    if (d->html) {
        fprintf(d->out, "<tr class=\"note\"><td colspan=\"%zu\"><div>",
                d->n_columns);
        if (alarm[0])
            html_element(d->out, "strong class=\"alarm\"", "%s", alarm);
        html_escape(text, d->out);
        fputs("</div></td></tr>\n", d->out);
        return;
    }
    if (asprintf(&line, "%s%s%s%s", alarm[0] ? style(d, red) : "", alarm,
                 alarm[0] ? style(d, plain) : "", text) < 0)
        return;
    print_wrapped(d, "    ", line);
    free(line);
}
