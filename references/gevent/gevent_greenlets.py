# SPDX-License-Identifier: GPL-3.0-or-later
"""gevent: greenlets, which look like threads and switch only where they wait.

The patched standard library gives the CPU to another greenlet where it would
block, so programs are written as if they blocked.  Nothing switches inside
`counter += 1`.  With a sleep between load and store a lock is needed
(spawn-lock); without, updates are lost (spawn-yield).

Pages come by urllib, a connection for each; HTML is parsed by lxml.
"""
from gevent import monkey

monkey.patch_all()  # before everything else is imported

import platform  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from urllib.parse import urljoin  # noqa: E402
from urllib.request import urlopen  # noqa: E402

import gevent  # noqa: E402
from gevent.lock import BoundedSemaphore  # noqa: E402
from gevent.pool import Pool  # noqa: E402

try:
    from lxml import html  # noqa: E402
except ImportError:
    html = None

WORKERS = 8  # of the pool
CHUNK = 1 << 16
LAST_WORD = 32  # bytes that the last word of a file fits in

counter = 0
lock = BoundedSemaphore()


def spawn(work, items):
    """A greenlet for each item; a failure is raised when all have ended."""
    greenlets = [gevent.spawn(work, item) for item in items]
    gevent.joinall(greenlets)
    return [greenlet.get() for greenlet in greenlets]


def pool(work, items):
    """At most so many greenlets at a time as the pool has places."""
    return Pool(WORKERS).map(work, items)


def plain(increments):
    """Runs without interruption until it returns."""
    global counter
    for _ in range(increments):
        counter += 1


def yielding(increments):
    """Lets other greenlets run between the load and the store."""
    global counter
    for _ in range(increments):
        value = counter
        gevent.sleep(0)
        counter = value + 1


def locked(increments):
    """The same, one greenlet at a time."""
    global counter
    for _ in range(increments):
        with lock:
            value = counter
            gevent.sleep(0)
            counter = value + 1


def number(url):
    """The last word of a page, a number."""
    with urlopen(url) as page:
        return int(page.read().split()[-1])


def title(url):
    """The title of the page that the first <h3> of a blog links to."""
    parser = html.HTMLParser(encoding="utf-8")
    with urlopen(url) as page:
        blog = html.fromstring(page.read(), parser=parser)
    with urlopen(urljoin(url, blog.xpath("//h3/a/@href")[0])) as page:
        article = html.fromstring(page.read(), parser=parser)
    return article.findtext(".//title").strip()


def stream(url):
    """The last word of a file that is not kept, and how long the file is."""
    size, tail = 0, b""
    with urlopen(url) as file:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            tail = (tail + chunk)[-LAST_WORD:]
    return int(tail.split()[-1]), size


COUNTERS = {"spawn": (spawn, plain, "exact"),
            "spawn-yield": (spawn, yielding, "may-lose"),
            "spawn-lock": (spawn, locked, "exact")}
FETCHERS = {"spawn": spawn, "pool": pool}
PAGES = {"download": number, "bulk": stream}
if html:
    PAGES["titles"] = title


def count(model, tasks, increments):
    """What the counter is at the end."""
    global counter
    counter = 0
    run, work, _ = COUNTERS[model]
    run(work, [increments] * tasks)
    return counter


def answer(workload, model, n, size, repetitions, url):
    """What a request asks for: the fields of the answer."""
    if workload == "counter":
        return [count(model, n, size) for _ in range(repetitions)]
    results = []
    for first in range(0, n * repetitions, n):
        urls = [f"{url}{i}" for i in range(first, first + n)]
        results += FETCHERS[model](PAGES[workload], urls)
    if workload == "bulk":
        return [sum(column) for column in zip(*results)]
    return [sum(results)] if workload == "download" else results


def reply(workload, model, *rest):
    """The answer to a request, timed around the work only."""
    *numbers, url = rest
    start = time.monotonic_ns()
    fields = answer(workload, model, *map(int, numbers), url)
    return "OK", time.monotonic_ns() - start, *fields


def main():
    """Answers requests, one a line, until there are no more.

    Between requests there is no greenlet, so reading may block the hub.
    """
    offers = [f"counter/{model}:{promise}"
              for model, (_, _, promise) in COUNTERS.items()]
    offers += [f"{workload}/{model}:exact"
               for workload in PAGES for model in FETCHERS]
    runtime = (f"gevent {gevent.__version__}, "
               f"Python {platform.python_version()}")
    print("READY", 1, runtime, ",".join(offers), sep="\t", flush=True)
    for line in sys.stdin:
        name, *request = line.rstrip("\n").split("\t")
        try:
            fields = reply(*request)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            fields = "ERR", " ".join(text.split())
        print(name, *fields, sep="\t", flush=True)


if __name__ == "__main__":
    main()
