# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kept benchmarks share: running, pairing, judging, peers."""

import collections
import contextlib
import inspect
import itertools
import math
import os
import random
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

NGINX_CONF = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 20000;
{user}
events {{ worker_connections 20000; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    keepalive_timeout 3600s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /16 {{ return 200 "0123456789abcdef"; }}
        location / {{ root {folder}/pages; }}
    }}
}}
"""

Run = collections.namedtuple("Run", "code out cpu_s wall_s")
Server = collections.namedtuple("Server", "port pid refused deaf",
                                defaults=(None, None))  # ports, baton's only
Load = collections.namedtuple("Load", "per_s cpu_us server_us")
Cell = collections.namedtuple("Cell",
                              "real_ns cpu_ns process_cpu_s results said")
Site = collections.namedtuple("Site", "outcome status ms title")


class Skip(Exception):
    """The benchmark cannot run here, and this is why."""


class Broken(Exception):
    """A side did not do its work, so that its time means nothing."""


# Running.

@contextlib.contextmanager
def pinned(cpu):
    """What is started inside runs on this CPU only; None changes nothing."""
    before = os.sched_getaffinity(0)
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cpus():
    """Two CPUs to keep client and server apart, or a skip."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise Skip("needs two CPUs")
    return cpus[0], cpus[1]


def run(argv, fds=(), cpu=None):
    """A process from posix_spawn to reaped; its output goes to memory."""
    out = os.memfd_create("output")
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    actions += [(os.POSIX_SPAWN_DUP2, fd, number) for fd, number in fds]
    with pinned(cpu):
        start = time.monotonic_ns()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall_ns = time.monotonic_ns() - start
    os.lseek(out, 0, os.SEEK_SET)
    with open(out, encoding="utf-8", errors="replace") as file:
        text = file.read()
    return Run(os.waitstatus_to_exitcode(status), text,
               usage.ru_utime + usage.ru_stime, wall_ns / 1e9)


def must(argv, **options):
    """run(), and the process has to succeed."""
    done = run(argv, **options)
    if done.code != 0:
        raise Broken(f"{' '.join(argv)}: exit {done.code}: {done.out[-2000:]}")
    return done


def tool(name):
    """A program in the PATH, or a skip."""
    found = shutil.which(name)
    if not found:
        raise Skip(f"{name} is not installed")
    return found


def python_with(*modules):
    """A Python that has these modules: this one or the system's; or a skip."""
    for program in (sys.executable, "/usr/bin/python3"):
        if run([program, "-c", f"import {', '.join(modules)}"]).code == 0:
            return program
    raise Skip(f"no Python has {' and '.join(modules)}")


def raise_limits():
    """As many descriptors as may be, for what is started from here on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def baton():
    """Meson hands it over as the first argument."""
    return sys.argv[1]


def models(workload):
    """Those that can run it, by `baton list`."""
    lines = must([baton(), "list"]).out.splitlines()
    at = lines[0].index(workload)
    rows = itertools.takewhile(bool, lines[1:])
    return [row.split()[0] for row in rows if row[at:at + 3] == "yes"]


def present(names, workload):
    """Those of them that this build has and this machine can run."""
    able = models(workload)
    return [name for name in names if name in able]


def server_cpu_s(pid):
    """CPU time of a one-threaded process so far, finer than ticks if may be."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


# One sample of Baton's, by the protocol of harness/sample/cell_protocol.h.

def key_values(text):
    """Lines of key=value."""
    return dict(line.split("=", 1) for line in text.splitlines()
                if "=" in line)


def take_cell(size, cpu=None, **keys):
    """Runs `baton cell`; `size` bytes of results for warm-up and iterations."""
    results = os.memfd_create("results")
    try:
        os.ftruncate(results, size)
        argv = [baton(), "cell", "schema=1"]
        argv += [f"{key}={value}" for key, value in keys.items()]
        done = must(argv + ["results_fd=3"], fds=[(results, 3)], cpu=cpu)
        said = key_values(done.out)
        if said.get("end") != "ok":
            raise Broken(f"baton cell: {done.out}")
        return Cell(float(said["real_ns"]), float(said["cpu_ns"]), done.cpu_s,
                    os.pread(results, size, 0), said)
    finally:
        os.close(results)


def count_size(tasks):
    """As count_results_size() of workloads/count.c."""
    return 192 + (2 * tasks + 63) // 64 * 64


ROW = struct.Struct("<5QiHHII")  # struct row of workloads/kinds/journal.h
ROWS_AT = 64
SCRAPED = struct.Struct("<256s2048sII")  # struct scraped of scraping.h


def journal_size(pages):
    """As journal_size() there."""
    return (ROWS_AT + pages * (ROW.size + 4) + 63) // 64 * 64


def take_download(model, pages, page_bytes, server, path=None, cpu=None,
                  workload="download", **keys):
    """A warm-up and one timed iteration of `pages` pages, each verified."""
    size = journal_size(pages)
    request = {"n": pages, "concurrency": 0, "requests_per_connection": 1,
               "latency_ms": 0, "bytes": page_bytes, "rate": 0,
               "timeout_ms": 30000, **keys}
    request.update(seed=1, iterations=1, server=f"127.0.0.1:{server.port}",
                   host=f"127.0.0.1:{server.port}")
    if path:
        request.update(path=path, reference_bytes=page_bytes)
    cell = take_cell(2 * size, cpu=cpu, workload=workload, model=model,
                     **request)
    for start in (0, size):
        verify_pages(cell.results[start:start + size], pages, page_bytes)
    return cell


def verify_pages(journal, pages, page_bytes):
    """All arrived, with status 200 and the right length."""
    rows = ROW.iter_unpack(journal[ROWS_AT:ROWS_AT + pages * ROW.size])
    for index, row in enumerate(rows):
        if row[0] != page_bytes or row[6] != 0 or row[7] != 200:
            raise Broken(f"page {index}: {row[0]} bytes, outcome {row[6]}, "
                         f"status {row[7]}")


# Scraping: what a sample of titles or faults leaves.

def scraping_size(sites):
    """As scraping_size() in workloads/web/scraping.c."""
    return journal_size(sites) + (sites * SCRAPED.size + 63) // 64 * 64


def text_of(field):
    """Of a field that a NUL ends."""
    return field.partition(b"\0")[0].decode()


def scraped_sites(results, iteration):
    """The sites of an iteration; 0 is the warm-up.

    How many there are is what the journal of the first iteration says.
    """
    sites, = struct.unpack_from("<I", results, 4)
    at = iteration * scraping_size(sites)
    rows = ROW.iter_unpack(results[at + ROWS_AT:at + ROWS_AT +
                                   sites * ROW.size])
    at += journal_size(sites)
    more = SCRAPED.iter_unpack(results[at:at + sites * SCRAPED.size])
    return [Site(row[6], row[7], (row[4] - row[2]) / 1e6, text_of(rest[0]))
            for row, rest in zip(rows, more)]


def scraping_keys(server, **keys):
    """What a sample on the origin is asked for; 4 KiB a page, all at once."""
    address = f"127.0.0.1:{server.port}"
    return {"concurrency": 0, "bytes": 4096, "timeout_ms": 30000, "seed": 1,
            "iterations": 1, "server": address, "host": address, **keys}


def parse_titles(parse_loop, n, latency_ms):
    """The titles of the blogs, and the milliseconds that parsing takes."""
    done = must([parse_loop, str(n), "1", "4096", str(latency_ms)])
    *titles, spent = done.out.splitlines()
    return titles, float(spent.partition("=")[2]) / 1e6


def verify_titles(sites, titles):
    """Each blog came to its own title."""
    for index, (site, title) in enumerate(zip(sites, titles, strict=True)):
        if site.outcome != 0 or site.status != 200 or site.title != title:
            raise Broken(f"blog {index}: {site}, should be {title}")


def read_samples(folder):
    """The samples of a run, by column."""
    with open(os.path.join(folder, "samples.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file
                if not line.startswith("#")]
    names = [name.removeprefix("metric.") for name in rows[0]]
    return [dict(zip(names, row)) for row in rows[1:]]


# Servers, and a load on them.

def free_port():
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_listener(process, port):
    """Until it answers; says what it said if it ends instead."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise Broken(f"{process.args[0]} does not listen on port {port}")


def end(process):
    """Ends it and waits until it has gone."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def child_of(pid):
    """The process that this one started: nginx's one worker."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), \
                    open(f"/proc/{entry}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[1] == str(pid):
                    return int(entry)
    raise Broken(f"process {pid} has no child")


def nginx_program():
    """Of BATON_NGINX, which the launcher sets, or an installed one."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    found = os.environ.get("BATON_NGINX") or shutil.which("nginx", path=path)
    if not found or not os.access(found, os.X_OK):
        raise Skip("there is no nginx; BATON_NGINX names one")
    return found


@contextlib.contextmanager
def nginx(page_bytes=16384):
    """nginx with one worker: /16 from its memory, /page a file."""
    program = nginx_program()
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        port = free_port()
        os.mkdir(f"{folder}/pages")
        with open(f"{folder}/pages/page", "wb") as file:
            piece = random.Random(1).randbytes(min(page_bytes, 1 << 20))
            for at in range(0, page_bytes, 1 << 20):
                file.write(piece[:page_bytes - at])
        with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
            file.write(NGINX_CONF.format(
                folder=folder, port=port,
                user="user root;" if os.geteuid() == 0 else ""))
        process = subprocess.Popen([program, "-p", folder, "-e", "stderr",
                                    "-c", f"{folder}/nginx.conf"])
        try:
            await_listener(process, port)
            yield Server(port, child_of(process.pid))
        finally:
            end(process)


@contextlib.contextmanager
def origin():
    """`baton origin`, as it stands alone."""
    process = subprocess.Popen([baton(), "origin", "--port", "0"],
                               stdout=subprocess.PIPE)
    try:
        # All of it is said at once.
        said = os.read(process.stdout.fileno(), 4096).decode()
        ports = dict(re.findall(r"^(.*?):? ?http://.*:(\d+)$", said, re.M))
        if not ports:
            raise Broken("baton origin did not start")
        yield Server(int(ports[""]), process.pid,
                     ports.get("refuses connections"),
                     ports.get("does not accept connections"))
    finally:
        end(process)
        process.stdout.close()


def wrk(server, path, cpu=None):
    """One second of wrk -t1 -c64."""
    before_s = server_cpu_s(server.pid)
    done = must([tool("wrk"), "-t1", "-c64", "-d1s",
                 f"http://127.0.0.1:{server.port}{path}"], cpu=cpu)
    server_s = server_cpu_s(server.pid) - before_s
    requests = int(re.search(r"(\d+) requests in", done.out)[1])
    per_s = float(re.search(r"Requests/sec:\s*([\d.]+)", done.out)[1])
    if not requests or "Non-2xx" in done.out or "Socket errors" in done.out:
        raise Broken(done.out)
    return Load(per_s, done.cpu_s / requests * 1e6, server_s / requests * 1e6)


# Pairs.

def pairs(count, first, second):
    """Both sides in turn, `count` times; a coin says which begins."""
    taken = []
    for _ in range(count):
        if random.random() < 0.5:
            a = first()
            b = second()
        else:
            b = second()
            a = first()
        taken.append((a, b))
    return taken


def median(values):
    """The middle one, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2


def interval(values):
    """The order statistics that hold the median with 95 % or more.

    Exact for any distribution: (low, high, coverage), or None.
    """
    n, ordered, best = len(values), sorted(values), None
    outside = 0
    for k in range((n + 1) // 2):
        outside += 2 * math.comb(n, k) / 2 ** n
        if outside > 0.05:
            break
        best = (ordered[k], ordered[n - 1 - k], 1 - outside)
    return best


def describe(what, values):
    """Prints and returns the median, with range and interval."""
    middle = median(values)
    bounds = interval(values)
    text = "no interval from so few" if not bounds else (
        f"{100 * bounds[2]:.1f} % interval {bounds[0]:.3f} to {bounds[1]:.3f}")
    print(f"  {what}: median {middle:.3f}, range {min(values):.3f} to "
          f"{max(values):.3f}, {text} ({len(values)})")
    return middle


def compare(title, names, unit, taken):
    """Prints the pairs and their ratios first/second; the median ratio."""
    ratios = [a / b for a, b in taken]
    width = max(12, *(len(name) + 1 for name in names))
    print(f"\n  {title} ({unit})")
    print("  pair" + "".join(f"{name:>{width}}" for name in names) + "   ratio")
    for i, (a, b) in enumerate(taken):
        print(f"  {i + 1:4}{a:{width}.4g}{b:{width}.4g}{a / b:8.3f}")
    middles = [median(side) for side in zip(*taken)]
    print(f"  median of {names[0]} {middles[0]:.4g}, "
          f"of {names[1]} {middles[1]:.4g} {unit}")
    return describe(f"{names[0]} / {names[1]}", ratios)


# The verdict.

def at_most(what, value, bar):
    """Prints whether the bar is met."""
    print(f"  bar: {what} {value:.3f}, at most {bar:g}: "
          f"{'pass' if value <= bar else 'MISSED'}")
    return value <= bar


def at_least(what, value, bar):
    """Prints whether the bar is met."""
    print(f"  bar: {what} {value:.3f}, at least {bar:g}: "
          f"{'pass' if value >= bar else 'MISSED'}")
    return value >= bar


def steal_ticks():
    """What the hypervisor took from all CPUs so far."""
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8])


def main(measure):
    """Runs a benchmark, which returns its bars: a truth value for each."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    sys.stdout.reconfigure(line_buffering=True)
    if len(sys.argv) < 2:
        sys.exit("usage: SCRIPT BATON [PROGRAM]; `./baton bench` runs them all")
    load, steal, start = os.getloadavg()[0], steal_ticks(), time.monotonic()
    print(inspect.cleandoc(measure.__doc__))
    try:
        met = measure()
    except Skip as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    except Broken as reason:
        print(f"broken: {reason}\nMISSED")
        sys.exit(1)
    lost_s = (steal_ticks() - steal) / os.sysconf("SC_CLK_TCK")
    print(f"\nload {load:.1f} at the start; {lost_s:.2f} s stolen from all "
          f"CPUs in {time.monotonic() - start:.0f} s")
    print("pass" if all(met) else "MISSED")
    sys.exit(not all(met))
