# SPDX-License-Identifier: GPL-3.0-or-later
"""What the times in `residency` cost, and whether they are right."""

import sys

import bench

MODELS = "thread-per-socket", "epoll", "libuv"
PAIRS, TURNS, LANES, BYTES = 11, 3, 8, 64


def take(model, server, stamps, records, interval_us):
    """One timed iteration after a warm-up, all of its records verified."""
    rows = LANES * records
    size = bench.journal_size(rows) + (8 * rows + 63) // 64 * 64
    address = f"127.0.0.1:{server.port}"
    cell = bench.take_cell(
        2 * size, workload="residency", model=model, seed=1, iterations=1,
        connections=LANES, records=records, interval_us=interval_us, hog_us=0,
        stamps=stamps, timeout_ms=30000, server=address, host=address)
    for start in (0, size):
        bench.verify_pages(cell.results[start:start + size], rows, BYTES)
    return cell


def all_at_once_ms(model, server, stamps):
    """The time of 400,000 records that are sent as fast as can be."""
    return take(model, server, stamps, 50000, 0).real_ns / 1e6


def cpu_us(model, server, stamps):
    """CPU of a record where each comes alone, of 8,000."""
    return take(model, server, stamps, 1000, 250).cpu_ns / LANES / 1000 / 1e3


def cost(model, server, title, unit, measure):
    """With the times taken over without, the median; pairs of medians."""
    def pair():
        return tuple(bench.median(side) for side in zip(*bench.pairs(
            TURNS, lambda: measure(model, server, 1),
            lambda: measure(model, server, 0))))
    return bench.compare(f"{model}: {title}", ("stamps", "none"), unit,
                         [pair() for _ in range(PAIRS)])


def ages(hog_us):
    """How old records are when read, by their own times and the kernel's."""
    done = bench.must([sys.argv[2], str(hog_us)])
    return {key: float(value)
            for key, value in bench.key_values(done.out).items()}


def check_kernel_stamps():
    """Datagrams have exact stamps; on TCP those of waiting records merge."""
    bars = []
    print("\n  age of a record when it is read, 50 % and 99 % (us)\n"
          "  hog_us  by          in the record      kernel's stamp")
    for hog_us in (0, 200, 1000, 5000):
        found = ages(hog_us)
        for protocol in ("udp", "tcp"):
            text = [f"{found[f'{protocol}_{by}_{p}_ns'] / 1e3:10.1f}"
                    for by in ("in_band", "kernel") for p in ("p50", "p99")]
            print(f"  {hog_us:6}  {protocol}  {''.join(text)}")
        if found["udp_early"] or found["tcp_early"]:
            raise bench.Broken("a stamp is earlier than the sending")
        bars.append(bench.at_most("sent to stamped, datagrams, median in us",
                                  found["udp_gap_p50_ns"] / 1e3, 1.5))
        if hog_us >= 1000:
            bars.append(bench.at_least(
                "TCP, median age by the record / by the stamp",
                found["tcp_in_band_p50_ns"] / found["tcp_kernel_p50_ns"], 1.5))
    return bars


def measure():
    """residency: what its times cost, and those of the kernel beside them.

    The same streams with times and without (--stamps 0): 400,000 records that
    are sent as fast as can be, by their time; 8,000 that come alone, by the
    client's CPU.  Then rx_stamps.c: the time that a record carries against the
    kernel's receive stamp, on UDP, where each record has its own, and on TCP,
    where the kernel merges records that wait and keeps the newest stamp.
    """
    bars = []
    with bench.origin() as server:
        for model in bench.present(MODELS, "residency"):
            ratio = cost(model, server, "all at once", "ms", all_at_once_ms)
            bars.append(bench.at_most("time with stamps / without", ratio,
                                      1.02))
            ratio = cost(model, server, "each alone", "us of CPU", cpu_us)
            bars.append(bench.at_most("CPU with stamps / without", ratio,
                                      1.02))
    return bars + check_kernel_stamps()


if __name__ == "__main__":
    bench.main(measure)
