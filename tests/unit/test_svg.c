/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a drawing that is put into a page. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/svg.h"

static char *text; /* what was written last */

static int start(void **state)
{
    (void)state;
    text = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static int inline_svg(const char *svg)
{
    size_t size;
    FILE *out;
    int error;

    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    error = svg_inline(svg, "fig", "Who's <first>?", out);
    fclose(out);
    return error;
}

/* The elements `inner`, as they stand in the page. */
static const char *inlined(const char *inner)
{
    static const char start_tag[] =
        "<svg role=\"img\" aria-label=\"Who's &lt;first&gt;?\">";
    char svg[2048];

    snprintf(svg, sizeof(svg),
             "<svg xmlns:xlink='http://www.w3.org/1999/xlink'>%s</svg>", inner);
    assert_int_equal(inline_svg(svg), 0);
    assert_memory_equal(text, start_tag, strlen(start_tag));
    text[strlen(text) - strlen("</svg>")] = '\0';
    return text + strlen(start_tag);
}

static void test_the_root_is_what_a_page_needs(void **state)
{
    (void)state;
    assert_int_equal(
        inline_svg("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                   "<!DOCTYPE svg PUBLIC \"x\" \"http://www.w3.org/svg.dtd\">\n"
                   "<svg \n width=\"1100\" height=\"620\"\n"
                   " viewBox=\"0 0 1100 620\"\n"
                   " xmlns=\"http://www.w3.org/2000/svg\"\n"
                   " xmlns:xlink=\"http://www.w3.org/1999/xlink\"\n>\n\n"
                   "<title>Gnuplot</title>\n"
                   "<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>\n"
                   "<rect width='9' height='8'/></svg>\n\n"),
        0);
    assert_string_equal(text, "<svg viewBox=\"0 0 1100 620\" role=\"img\" "
                              "aria-label=\"Who's &lt;first&gt;?\">"
                              "<rect width=\"9\" height=\"8\"/></svg>");
}

static void test_ids_and_references_get_the_name(void **state)
{
    (void)state;
    assert_string_equal(
        inlined("<g id='gpPt3'/><use xlink:href='#gpPt3'/><use href=\"#a\"/>"
                "<g clip-path='url(#clip)'><path/></g>"),
        "<g id=\"fig-gpPt3\"/><use href=\"#fig-gpPt3\"/>"
        "<use href=\"#fig-a\"/><g clip-path=\"url(#fig-clip)\"><path/></g>");
}

static void test_the_palette_becomes_variables(void **state)
{
    (void)state;
    assert_string_equal(
        inlined("<path stroke='rgb(  0, 114, 178)'/>"
                "<path stroke='#0072B2' fill=\"#d55e00\"/>"
                "<path color=\"black\" stroke=\"currentColor\" "
                "fill = 'rgb( 1, 2, 3)'/>"),
        "<path stroke=\"var(--line-0072b2)\"/>"
        "<path stroke=\"var(--line-0072b2)\" "
        "fill=\"var(--line-d55e00)\"/>"
        "<path color=\"var(--line-222222)\" "
        "stroke=\"currentColor\" fill=\"var(--line-010203)\"/>");
}

static void test_letters_have_colours_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(
        inlined("<g fill=\"rgb(230, 159, 0)\" font-size=\"18.00\">"
                "<text>a label</text></g>"),
        "<g fill=\"var(--letter-e69f00)\" font-size=\"18.00\">"
        "<text>a label</text></g>");
}

static void test_colours_in_texts_are_texts(void **state)
{
    (void)state;
    assert_string_equal(inlined("<text> #0072b2 &lt; url(#x)  </text>"),
                        "<text> #0072b2 &lt; url(#x)  </text>");
}

static void test_nothing_runs_or_is_fetched(void **state)
{
    (void)state;
    assert_string_equal(
        inlined(
            "<script>alert('<g/>')</script><image href='http://x/y'/>"
            "<rect onclick=\"go()\" ONLOAD='go()'/><style>@import 'x';</style>"
            "<use xlink:href='http://x/y#z' y:href='#'/><foreignObject><p>x</p>"
            "</foreignObject><g fill='url(http://x)' "
            "style='fill:url(\"http://x\") red'><path/></g><a "
            "href='http://x'>y</a>"),
        "<rect/><use/><g><path/></g>");
}

static void test_what_gnuplot_leaves_empty_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(inlined("<g fill=\"none\" stroke=\"currentColor\">\n"
                                "</g><g id=\"q\"><title>sequential</title></g>"
                                "<!-- <script> --><g><path/></g>"),
                        "<g id=\"fig-q\"><title>sequential</title></g>"
                        "<g><path/></g>");
}

static void test_what_the_page_says_of_all_drawings_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(inlined("<g font-family='sans-serif' x='1' "
                                "class='a' style='fill:red' "
                                "stroke-linecap='round' "
                                "stroke-linejoin='round'><path/></g>"),
                        "<g x=\"1\"><path/></g>");
}

static void test_quotes_inside_quotes_stay_apart(void **state)
{
    (void)state;
    assert_string_equal(inlined("<text y='\"A B\"' x=\"it's\"/>"),
                        "<text y=\"&quot;A B&quot;\" x=\"it's\"/>");
}

/* A deeper nesting than any that gnuplot writes. */
static char *nested(size_t depth)
{
    char *svg = calloc(depth + 1, 16);

    assert_non_null(svg);
    strcpy(svg, "<svg>");
    for (size_t i = 0; i < depth; i++)
        strcat(svg, "<g>x");
    for (size_t i = 0; i < depth; i++)
        strcat(svg, "</g>");
    strcat(svg, "</svg>");
    return svg;
}

static void test_what_is_no_whole_svg_writes_nothing(void **state)
{
    static const char whole[] =
        "<svg viewBox=\"0 0 1 1\"><g id='a'><text>x</text></g></svg>";
    static const char *const broken[] = {
        "",          "no svg",           "<svg",
        "<svg></g>", "<svg></svg>junk",  "<svg><g></svg></g>",
        "<svg a/>",  "<svg><!-- </svg>", "<svg>< g></ g></svg>",
    };
    char *deep;

    (void)state;
    for (size_t len = 0; len < strlen(whole); len++) {
        char cut[sizeof(whole)] = "";

        memcpy(cut, whole, len);
        assert_int_equal(inline_svg(cut), -EINVAL);
        assert_string_equal(text, "");
    }
    assert_int_equal(inline_svg(whole), 0);
    for (size_t i = 0; i < COUNT(broken); i++) {
        assert_int_equal(inline_svg(broken[i]), -EINVAL);
        assert_string_equal(text, "");
    }
    deep = nested(20);
    assert_int_equal(inline_svg(deep), 0);
    free(deep);
    deep = nested(1000);
    assert_int_equal(inline_svg(deep), -EINVAL);
    assert_string_equal(text, "");
    free(deep);
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FRESH(test_the_root_is_what_a_page_needs),
        FRESH(test_ids_and_references_get_the_name),
        FRESH(test_the_palette_becomes_variables),
        FRESH(test_letters_have_colours_of_their_own),
        FRESH(test_colours_in_texts_are_texts),
        FRESH(test_nothing_runs_or_is_fetched),
        FRESH(test_what_gnuplot_leaves_empty_is_left_out),
        FRESH(test_what_the_page_says_of_all_drawings_is_left_out),
        FRESH(test_quotes_inside_quotes_stay_apart),
        FRESH(test_what_is_no_whole_svg_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
