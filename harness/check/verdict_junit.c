/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <libxml/tree.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "harness/check/verdict.h"
#include "harness/results/clean.h"

/*
 * The XML that CI servers read as a run of tests: a case for each cell, whose
 * time is that of one iteration of the candidate.  NULL for an element or a
 * text stands for no memory, which libxml2 passes on to the end.
 */
static xmlNodePtr element(xmlNodePtr parent, const char *name, const char *text)
{
    char clean[2048];

    if (text)
        clean_text(text, false, clean, sizeof(clean));
    return xmlNewTextChild(parent, NULL, BAD_CAST name,
                           text ? BAD_CAST clean : NULL);
}

__attribute__((format(printf, 3, 4))) static void
attribute(xmlNodePtr node, const char *name, const char *format, ...)
{
    char text[2048], clean[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    clean_text(text, false, clean, sizeof(clean));
    xmlNewProp(node, BAD_CAST name, BAD_CAST clean);
}

/* Seconds; readers of the format take no exponent. */
static void time_attribute(xmlNodePtr node, double ns)
{
    attribute(node, "time", "%.9f", isfinite(ns) ? ns / 1e9 : 0);
}

static void property(xmlNodePtr properties, const char *name, const char *value)
{
    xmlNodePtr node = element(properties, "property", NULL);

    attribute(node, "name", "%s", name);
    attribute(node, "value", "%s", value);
}

static void real_property(xmlNodePtr properties, const char *name, double value)
{
    char text[64];

    if (!isfinite(value))
        return;
    snprintf(text, sizeof(text), "%.17g", value);
    property(properties, name, text);
}

static void cell_properties(xmlNodePtr test, const struct checked *c)
{
    xmlNodePtr all = element(test, "properties", NULL);

    property(all, "ruling", ruling_name(c->ruling));
    if (c->ratio.n) {
        real_property(all, "ratio", c->ratio.median);
        if (estimate_has_interval(&c->ratio)) {
            real_property(all, "low", c->ratio.low);
            real_property(all, "high", c->ratio.high);
        }
        real_property(all, "p", c->p);
    }
    real_property(all, "detectable", c->detectable);
    if (c->events[0])
        property(all, "events", c->events);
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

static void test_case(xmlNodePtr suite, const struct checked *c, bool strict)
{
    const char *outcome = outcome_of(c->ruling, strict);
    xmlNodePtr test = element(suite, "testcase", NULL), node;

    attribute(test, "classname", "baton.check");
    attribute(test, "name", "%s", c->name);
    time_attribute(test, c->cand_ns);
    cell_properties(test, c);
    if (!outcome) {
        element(test, "system-out", c->why);
        return;
    }
    node = element(test, outcome, NULL);
    attribute(node, "message", "%s", c->why);
    attribute(node, "type", "%s", ruling_name(c->ruling));
}

static void suite_properties(xmlNodePtr suite, const struct verdict *v)
{
    xmlNodePtr all = element(suite, "properties", NULL);
    char seed[32];

    snprintf(seed, sizeof(seed), "%" PRIu64, v->seed);
    property(all, "ruling", ruling_name(v->ruling));
    property(all, "base", v->base);
    property(all, "cand", v->cand);
    property(all, "seed", seed);
    if (v->control.n)
        real_property(all, "control", v->control.median);
    property(all, "control_quiet",
             v->disturbed  ? "no"
             : v->untested ? "untested"
                           : "yes");
}

static void counts(xmlNodePtr node, const struct verdict *v, bool strict)
{
    size_t undecided = v->count[RULING_INCONCLUSIVE];

    attribute(node, "name", "baton check");
    attribute(node, "tests", "%zu", v->n);
    attribute(node, "failures", "%zu",
              v->count[RULING_REGRESSED] + (strict ? undecided : 0));
    attribute(node, "errors", "%zu", v->count[RULING_BROKEN]);
    attribute(node, "skipped", "%zu", strict ? 0 : undecided);
    time_attribute(node, (double)v->elapsed_ns);
}

char *verdict_junit(const struct verdict *v, bool strict)
{
    xmlDocPtr document = xmlNewDoc(BAD_CAST "1.0");
    xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "testsuites"), suite;
    xmlChar *text = NULL;
    int size;

    if (document && root) {
        xmlDocSetRootElement(document, root);
        counts(root, v, strict);
        suite = element(root, "testsuite", NULL);
        counts(suite, v, strict);
        suite_properties(suite, v);
        for (size_t i = 0; i < v->n; i++)
            test_case(suite, &v->cells[i], strict);
        element(suite, "system-out", v->reason);
        xmlDocDumpFormatMemoryEnc(document, &text, &size, "UTF-8", 1);
    }
    xmlFreeDoc(document);
    return (char *)text;
}
