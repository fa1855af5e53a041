/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_JUDGEMENT_H
#define BATON_HARNESS_SAMPLE_JUDGEMENT_H

#include "harness/sample/cell_protocol.h"
#include "harness/sample/observer.h"
#include "harness/sample/slots.h"

/*
 * Sets status, findings, audit and text of *s, in which the process's own
 * numbers stand already, and the origin's where `origin` says that there is
 * one. Whether it came to an end, so that the findings are those of all
 * iterations.
 */
bool judgement_of(const struct cell *cell, const struct observer *observer,
                  const struct slots *r, const struct cell_report *report,
                  bool origin, struct sample *s);

#endif
