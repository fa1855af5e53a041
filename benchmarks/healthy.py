# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether broken sites make the healthy ones wait."""

import math

import bench

MODELS = ("libuv", "thread-per-socket")
PAIRS, ITERATIONS, HEALTHY = 11, 5, 200
MOST_BROKEN = 64  # of a kind each; there are fewer
USUAL = (200, 204)


def latencies_ms(model, server, failing):
    """Of the healthy sites, from dial to title, in a sample's iterations."""
    room = bench.scraping_size(HEALTHY + failing * MOST_BROKEN)
    cell = bench.take_cell(
        (1 + ITERATIONS) * room, workload="faults", model=model, n=HEALTHY,
        failing=failing, latency_ms=10, refused_port=server.refused,
        deaf_port=server.deaf,
        **bench.scraping_keys(server, timeout_ms=500, iterations=ITERATIONS))
    taken = []
    for i in range(1, 1 + ITERATIONS):
        sites = bench.scraped_sites(cell.results, i)
        well = [site.ms for site in sites
                if site.outcome == 0 and site.status in USUAL]
        if len(well) != HEALTHY or (len(sites) > HEALTHY) != bool(failing):
            raise bench.Broken(f"{model}: {len(well)} of {len(sites)} sites "
                               f"were well, should be {HEALTHY}")
        taken += well
    return taken


def p99(values):
    """The value that 99 % do not exceed."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


def delay_ms(model, server):
    """Prints the pairs; the median difference of their 99th percentiles."""
    taken = bench.pairs(PAIRS, lambda: latencies_ms(model, server, 1),
                        lambda: latencies_ms(model, server, 0))
    print(f"\n  {model}: {HEALTHY} healthy sites (ms)\n"
          "  pair   99 %: among failing   alone   difference"
          "      50 %: among   alone")
    differences = []
    for i, (among, alone) in enumerate(taken):
        differences.append(p99(among) - p99(alone))
        print(f"  {i + 1:4}{p99(among):22.2f}{p99(alone):8.2f}"
              f"{differences[-1]:13.2f}{bench.median(among):17.2f}"
              f"{bench.median(alone):8.2f}")
    return bench.describe("difference of the 99th percentiles, ms",
                          differences)


def measure():
    """healthy: the latency of healthy sites, with failing ones and without.

    200 healthy sites at 10 ms a page, all at once; among them one with each
    fault, or none.  A sample pools the latencies of five iterations, 1,000 of
    them, each from dial to title; some redirect and so take twice as long.
    """
    met = []
    with bench.origin() as server:
        if not server.deaf:
            raise bench.Skip("this kernel accepts where nobody accepts")
        for model in MODELS:
            met.append(bench.at_most(
                f"{model}'s 99th percentile among failing sites, ms more,",
                delay_ms(model, server), 5))
    return met


if __name__ == "__main__":
    bench.main(measure)
