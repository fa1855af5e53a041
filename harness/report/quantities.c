/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/quantities.h"

#include <stdbool.h>
#include <stdio.h>

/* Into the largest unit in which it is at least 1. */
static const char *scale(double *value, double least, double step,
                         const char *const units[4])
{
    size_t unit = 0;

    for (; *value >= least && unit < 3; unit++)
        *value /= step;
    return units[unit];
}

void quantity_ns(double ns, char *out, size_t size)
{
    const char *unit =
        scale(&ns, 999.5, 1000, (const char *const[]){"ns", "us", "ms", "s"});

    snprintf(out, size, "%.*f %s", ns < 9.995 ? 2 : ns < 99.95, ns, unit);
}

void quantity_bytes(double bytes, char *out, size_t size)
{
    const char *unit = scale(&bytes, 1024, 1024,
                             (const char *const[]){"B", "KiB", "MiB", "GiB"});

    snprintf(out, size, "%.*f %s", bytes < 99.95, bytes, unit);
}

void quantity_rate(double bytes_per_s, char *out, size_t size)
{
    char bytes[QUANTITY_SIZE];

    quantity_bytes(bytes_per_s, bytes, sizeof(bytes));
    snprintf(out, size, "%s/s", bytes);
}

void quantity_count(double value, char *out, size_t size)
{
    bool many = value >= 99999.5;

    snprintf(out, size,
             many           ? "%.2gM"
             : value < 9.95 ? "%.1f"
                            : "%.0f",
             many ? value / 1e6 : value);
}
