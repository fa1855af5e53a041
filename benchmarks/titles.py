# SPDX-License-Identifier: GPL-3.0-or-later
"""The tutorial's scraper: sequential, libuv, and Twisted."""

import os
import sys
import tempfile

import bench

PAIRS = 7
FEW, FEW_LATENCY_MS = 30, 100
MANY, MANY_LATENCY_MS = 1000, 50
FLOOR_MS = 2 * MANY_LATENCY_MS  # an article is asked for after its blog


def model_ms(model, server, titles, latency_ms, cold):
    """One timed iteration; after a warm-up, unless it is to be cold."""
    n = len(titles)
    cell = bench.take_cell(
        2 * bench.scraping_size(n), workload="titles", model=model, n=n,
        latency_ms=latency_ms, cold=int(cold), **bench.scraping_keys(server))
    if not cold:
        bench.verify_titles(bench.scraped_sites(cell.results, 0), titles)
    # A cold one leaves nothing in the place of the warm-up, not even a count.
    results = cell.results[bench.scraping_size(n):]
    bench.verify_titles(bench.scraped_sites(results, 0), titles)
    return cell.real_ns / 1e6


def libuv_and_parsing(server, titles):
    """Both in milliseconds, one right after the other."""
    total = model_ms("libuv", server, titles, MANY_LATENCY_MS, False)
    _, parsing = bench.parse_titles(sys.argv[2], MANY, MANY_LATENCY_MS)
    return total, parsing


def twisted_ms(python, urls, titles):
    """The second of two times in one process; both are verified."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "twisted_titles.py")
    # Its own readBody() warns of its own Agent.
    done = bench.must([python, "-X", "utf8", "-W", "ignore::DeprecationWarning",
                       script, urls])
    *said, spent = done.out.splitlines()
    if sorted(said) != sorted(2 * titles):
        raise bench.Broken(f"other titles by Twisted: {said[:3]} ...")
    return float(spent.partition("=")[2]) / 1e6


def write_urls(path, server):
    """The blogs as titles has them, one a line."""
    with open(path, "w", encoding="ascii") as file:
        for i in range(MANY):
            file.write(f"http://127.0.0.1:{server.port}/blog/{i}?seed=1&"
                       f"bytes=4096&latency-ms={MANY_LATENCY_MS}\n")


def against_sequential(server, titles):
    """How many times faster libuv is with few blogs."""
    def side(model):
        return model_ms(model, server, titles, FEW_LATENCY_MS, True)
    return bench.compare(
        f"{FEW} blogs at {FEW_LATENCY_MS} ms", ("sequential", "libuv"), "ms",
        bench.pairs(PAIRS, lambda: side("sequential"), lambda: side("libuv")))


def against_twisted(server, titles, python):
    """The ratio of the times, and what libuv's consists of."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        urls = os.path.join(folder, "urls")
        write_urls(urls, server)
        taken = bench.pairs(PAIRS, lambda: libuv_and_parsing(server, titles),
                            lambda: twisted_ms(python, urls, titles))
    ratio = bench.compare(
        f"{MANY} blogs at {MANY_LATENCY_MS} ms", ("libuv", "Twisted"), "ms",
        [(total, twisted) for (total, _), twisted in taken])
    return ratio, rest_us([ours for ours, _ in taken])


def rest_us(taken):
    """Prints the parts of libuv's time; the rest of it, for each blog."""
    print("\n  libuv's time (ms) = floor + parsing + rest\n"
          "  pair       libuv       floor     parsing        rest"
          "  us a blog")
    rests = []
    for i, (total, parsing) in enumerate(taken):
        rest = total - FLOOR_MS - parsing
        rests.append(rest * 1000 / MANY)
        print(f"  {i + 1:4}{total:12.2f}{FLOOR_MS:12}{parsing:12.2f}"
              f"{rest:12.2f}{rests[-1]:11.1f}")
    bench.describe("parsing, us a blog",
                   [parsing * 1000 / MANY for _, parsing in taken])
    return bench.describe("rest, us a blog", rests)


def measure():
    """titles: the titles of n blogs' first articles, two pages each.

    30 blogs at 100 ms, by sequential and by libuv, without a warm-up.  1,000
    blogs at 50 ms, by libuv and by the tutorial's scraper on today's Twisted
    (twisted_titles.py), each after a warm-up in its process.  libuv's time is
    a floor of two latencies, the parsing of the same 2,000 pages alone
    (parse_loop.c), and a rest.  All titles are verified.
    """
    python = bench.python_with("twisted", "lxml.html")
    bench.raise_limits()
    titles, _ = bench.parse_titles(sys.argv[2], MANY, MANY_LATENCY_MS)
    with bench.origin() as server:
        speed_up = against_sequential(server, titles[:FEW])
        ratio, rest = against_twisted(server, titles, python)
    return [bench.at_least("sequential / libuv", speed_up, 25),
            bench.at_most("libuv / Twisted", ratio, 0.25),
            bench.at_most("us a blog beside floor and parsing", rest, 60)]


if __name__ == "__main__":
    bench.main(measure)
