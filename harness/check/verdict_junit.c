/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "harness/check/verdict.h"
#include "harness/results/clean.h"

/*
 * The XML that CI servers read as a run of tests: a case for each cell, whose
 * time is that of one iteration of the candidate.
 */
struct writer {
    xmlTextWriterPtr xml;
    bool failed; /* no memory */
};

static void check(struct writer *w, int result)
{
    w->failed = w->failed || result < 0;
}

static void start(struct writer *w, const char *name)
{
    check(w, xmlTextWriterStartElement(w->xml, BAD_CAST name));
}

static void end(struct writer *w)
{
    check(w, xmlTextWriterEndElement(w->xml));
}

static void text_attribute(struct writer *w, const char *name, const char *text)
{
    char clean[2048];

    clean_text(text, false, clean, sizeof(clean));
    check(w,
          xmlTextWriterWriteAttribute(w->xml, BAD_CAST name, BAD_CAST clean));
}

__attribute__((format(printf, 3, 4))) static void
attribute(struct writer *w, const char *name, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    check(w, xmlTextWriterWriteVFormatAttribute(w->xml, BAD_CAST name, format,
                                                args));
    va_end(args);
}

/* Seconds; readers of the format take no exponent. */
static void time_attribute(struct writer *w, double ns)
{
    attribute(w, "time", "%.9f", isfinite(ns) ? ns / 1e9 : 0);
}

static void text_element(struct writer *w, const char *name, const char *text)
{
    char clean[2048];

    clean_text(text, false, clean, sizeof(clean));
    check(w, xmlTextWriterWriteElement(w->xml, BAD_CAST name, BAD_CAST clean));
}

static void property(struct writer *w, const char *name, const char *value)
{
    start(w, "property");
    text_attribute(w, "name", name);
    text_attribute(w, "value", value);
    end(w);
}

static void real_property(struct writer *w, const char *name, double value)
{
    char text[64];

    if (!isfinite(value))
        return;
    snprintf(text, sizeof(text), "%.17g", value);
    property(w, name, text);
}

static void cell_properties(struct writer *w, const struct checked *c)
{
    start(w, "properties");
    property(w, "ruling", ruling_name(c->ruling));
    if (c->ratio.n) {
        real_property(w, "ratio", c->ratio.median);
        if (estimate_has_interval(&c->ratio)) {
            real_property(w, "low", c->ratio.low);
            real_property(w, "high", c->ratio.high);
        }
        real_property(w, "p", c->p);
    }
    real_property(w, "detectable", c->detectable);
    if (c->events[0])
        property(w, "events", c->events);
    end(w);
}

/* "failure", "error", "skipped"; NULL: passed. */
static const char *outcome_of(enum ruling ruling, bool strict)
{
    switch (ruling) {
    case RULING_REGRESSED:
        return "failure";
    case RULING_BROKEN:
        return "error";
    case RULING_INCONCLUSIVE:
        return strict ? "failure" : "skipped";
    default:
        return NULL;
    }
}

static size_t count(const struct verdict *v, const char *outcome, bool strict)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n; i++) {
        const char *is = outcome_of(v->cells[i].ruling, strict);

        n += is && strcmp(is, outcome) == 0;
    }
    return n;
}

static void test_case(struct writer *w, const struct checked *c, bool strict)
{
    const char *outcome = outcome_of(c->ruling, strict);

    start(w, "testcase");
    text_attribute(w, "classname", "baton.check");
    text_attribute(w, "name", c->name);
    time_attribute(w, c->cand_ns);
    cell_properties(w, c);
    if (outcome) {
        start(w, outcome);
        text_attribute(w, "message", c->why);
        text_attribute(w, "type", ruling_name(c->ruling));
        end(w);
    } else {
        text_element(w, "system-out", c->why);
    }
    end(w);
}

static void suite_properties(struct writer *w, const struct verdict *v)
{
    char seed[32];

    snprintf(seed, sizeof(seed), "%" PRIu64, v->seed);
    start(w, "properties");
    property(w, "ruling", ruling_name(v->ruling));
    property(w, "base", v->base);
    property(w, "cand", v->cand);
    property(w, "seed", seed);
    if (v->control.n)
        real_property(w, "control", v->control.median);
    property(w, "control_quiet",
             v->disturbed  ? "no"
             : v->untested ? "untested"
                           : "yes");
    end(w);
}

static void counts(struct writer *w, const struct verdict *v, bool strict)
{
    text_attribute(w, "name", "baton check");
    attribute(w, "tests", "%zu", v->n);
    attribute(w, "failures", "%zu", count(v, "failure", strict));
    attribute(w, "errors", "%zu", count(v, "error", strict));
    attribute(w, "skipped", "%zu", count(v, "skipped", strict));
    time_attribute(w, (double)v->elapsed_ns);
}

static void document(struct writer *w, const struct verdict *v, bool strict)
{
    check(w, xmlTextWriterSetIndent(w->xml, 1));
    check(w, xmlTextWriterStartDocument(w->xml, NULL, "UTF-8", NULL));
    start(w, "testsuites");
    counts(w, v, strict);
    start(w, "testsuite");
    counts(w, v, strict);
    suite_properties(w, v);
    for (size_t i = 0; i < v->n; i++)
        test_case(w, &v->cells[i], strict);
    text_element(w, "system-out", v->reason);
    check(w, xmlTextWriterEndDocument(w->xml));
}

char *verdict_junit(const struct verdict *v, bool strict)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    struct writer w = {.xml =
                           buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL};
    char *text = NULL;

    if (w.xml) {
        document(&w, v, strict);
        xmlFreeTextWriter(w.xml); /* what it holds goes to the buffer */
        if (!w.failed)
            text = strdup((const char *)xmlBufferContent(buffer));
    }
    if (buffer)
        xmlBufferFree(buffer);
    return text;
}
