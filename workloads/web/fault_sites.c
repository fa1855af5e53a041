/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/fault_sites.h"

#include "workloads/web/fault.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/tls_server.h"

static struct fault_site page_site(const struct fault *f)
{
    return (struct fault_site){.fault = f,
                               .name = f->name,
                               .what = f->what,
                               .outcome = f->outcome,
                               .status = f->status,
                               .flags = f->flags};
}

/* With an address it is a healthy site. */
static struct fault_site name_site(const struct name_script *n)
{
    bool healthy = n->outcome == OUTCOME_OK;

    return (struct fault_site){
        .script = n,
        .name = n->name,
        .what = n->what,
        .outcome = n->outcome,
        .status = healthy ? 200 : 0,
        .flags = healthy ? FAULT_SAME_BYTES | FAULT_TITLED : FAULT_SAME_BYTES};
}

static uint16_t status_of(enum outcome outcome)
{
    return outcome == OUTCOME_OK || outcome == OUTCOME_TRUNCATED ? 200 : 0;
}

static struct fault_site tls_site(const struct tls_script *t)
{
    bool healthy = t->outcome == OUTCOME_OK;
    bool late = t->outcome == OUTCOME_CONNECT_TIMEOUT;

    return (struct fault_site){.tls = t,
                               .name = t->name,
                               .what = t->what,
                               .outcome = t->outcome,
                               .status = status_of(t->outcome),
                               .flags = (late ? 0 : FAULT_SAME_BYTES) |
                                        (healthy ? FAULT_TITLED : 0)};
}

/* The table has the broken ones first. */
static size_t n_broken(void)
{
    size_t n = 0;

    while (n < n_faults && faults[n].outcome != OUTCOME_OK)
        n++;
    return n;
}

static size_t n_unreachable(void)
{
    size_t n = 0;

    for (size_t i = 0; i < n_faults; i++)
        n += faults[i].place != FAULT_ORIGIN;
    return n;
}

uint64_t fault_sites_n(const struct fault_sites *s)
{
    return s->healthy + s->failing * n_broken() + s->compressed +
           s->names * n_name_scripts + s->tls * n_tls_scripts;
}

/* Broken and healthy ones in turn, until one kind is used up. */
static const struct fault *fault_of(const struct fault_sites *s, uint32_t index)
{
    size_t broken = n_broken();
    uint64_t n_bad = s->failing * broken, n_good = s->healthy;
    uint64_t pairs = n_bad < n_good ? n_bad : n_good, turn = index / 2;
    bool bad = index % 2 == 0;

    if (index >= n_bad + n_good)
        return &fault_compressed;
    if (index >= 2 * pairs) {
        bad = n_bad > n_good;
        turn = index - pairs;
    }
    return bad ? &faults[turn % broken]
               : &faults[broken + turn % (n_faults - broken)];
}

/* Behind the others those with names, then those with TLS. */
struct fault_site fault_sites_at(const struct fault_sites *s, uint32_t index)
{
    uint64_t tls = fault_sites_n(s) - s->tls * n_tls_scripts;
    uint64_t names = tls - s->names * n_name_scripts;

    if (index >= tls)
        return tls_site(&tls_scripts[(index - tls) % n_tls_scripts]);
    if (index >= names)
        return name_site(&name_scripts[(index - names) % n_name_scripts]);
    return page_site(fault_of(s, index));
}

/* How many groups there are of pages. */
static size_t page_groups(const struct fault_sites *s)
{
    return n_faults + (s->compressed > 0);
}

static size_t name_groups(const struct fault_sites *s)
{
    return s->names ? n_name_scripts : 0;
}

size_t fault_sites_groups(const struct fault_sites *s)
{
    return page_groups(s) + name_groups(s) + (s->tls ? n_tls_scripts : 0);
}

struct fault_site fault_sites_of_group(const struct fault_sites *s,
                                       size_t group)
{
    size_t pages = page_groups(s), names = pages + name_groups(s);

    if (group >= names)
        return tls_site(&tls_scripts[group - names]);
    if (group >= pages)
        return name_site(&name_scripts[group - pages]);
    return page_site(group < n_faults ? &faults[group] : &fault_compressed);
}

size_t fault_sites_group_of(const struct fault_sites *s, uint32_t index)
{
    const struct fault_site at = fault_sites_at(s, index);

    if (at.tls)
        return page_groups(s) + name_groups(s) + (size_t)(at.tls - tls_scripts);
    if (at.script)
        return page_groups(s) + (size_t)(at.script - name_scripts);
    return at.fault == &fault_compressed ? n_faults
                                         : (size_t)(at.fault - faults);
}

uint64_t fault_sites_requests(const struct fault_sites *s)
{
    uint64_t unnamed = 0, unshaken = 0;

    for (size_t i = 0; i < n_name_scripts; i++)
        unnamed += name_scripts[i].outcome != OUTCOME_OK;
    for (size_t i = 0; i < n_tls_scripts; i++)
        unshaken += status_of(tls_scripts[i].outcome) == 0;
    return fault_sites_n(s) - s->failing * n_unreachable() -
           s->names * unnamed - s->tls * unshaken;
}
