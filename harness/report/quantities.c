/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/quantities.h"

#include <stdio.h>
#include <string.h>

void quantity_ns(double ns, char *out, size_t size)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;

    while (ns >= 999.5 && unit < 3) {
        ns /= 1000;
        unit++;
    }
    snprintf(out, size,
             ns < 9.995   ? "%.2f %s"
             : ns < 99.95 ? "%.1f %s"
                          : "%.0f %s",
             ns, units[unit]);
}

void quantity_bytes(double bytes, char *out, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit < 3) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, size, bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
}

void quantity_count(double value, char *out, size_t size)
{
    if (value < 9.95)
        snprintf(out, size, "%.1f", value);
    else if (value < 99999.5)
        snprintf(out, size, "%.0f", value);
    else
        snprintf(out, size, "%.2gM", value / 1e6);
}

void quantity_interval(const struct estimate *ns, char *out, size_t size)
{
    char low[16], high[16];

    if (!estimate_has_interval(ns)) {
        snprintf(out, size, "no interval");
        return;
    }
    quantity_ns(ns->low, low, sizeof(low));
    quantity_ns(ns->high, high, sizeof(high));
    /* One unit is enough where both share it. */
    if (strcmp(strchr(low, ' '), strchr(high, ' ')) == 0)
        *strchr(low, ' ') = '\0';
    snprintf(out, size, "[%s, %s]", low, high);
}
