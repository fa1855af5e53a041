# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads, processes and pools of Python's standard library.

What a task shares with the others is safe where a lock or a process of its
own makes it so.  Unguarded, `counter += 1` loses nothing on CPython 3.10 and
later: the interpreter switches threads at calls and where a loop begins again,
never between that load and that store.  A call between the two (threads-call)
or a yield (threads-yield) makes the same counter wrong.

Pages come by urllib, a connection for each; HTML is parsed by lxml.
"""
import concurrent.futures
import multiprocessing
import platform
import sys
import threading
import time
from urllib.parse import urljoin
from urllib.request import urlopen

try:
    from lxml import html
except ImportError:
    html = None

WORKERS = 8  # of a pool
CHUNK = 1 << 16
LAST_WORD = 32  # bytes that the last word of a file fits in


# How tasks are run: each function is map() in another way.

def sequential(work, items):
    """One after the other."""
    return [work(item) for item in items]


def threads(work, items):
    """A thread for each item.  An exception is raised where it is joined."""
    def run(i, item):
        try:
            results[i] = work(item)
        except Exception as error:
            errors.append(error)

    results, errors = [None] * len(items), []
    started = [threading.Thread(target=run, args=pair)
               for pair in enumerate(items)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if errors:
        raise errors[0]
    return results


def thread_pool(work, items):
    """A few threads, which take one item after another."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))


def processes(work, items):
    """A process for each item, which puts its result into a queue."""
    def run(i, item):
        try:
            queue.put((i, work(item), None))
        except Exception as error:
            queue.put((i, None, error))

    queue = multiprocessing.SimpleQueue()
    started = [multiprocessing.Process(target=run, args=pair)
               for pair in enumerate(items)]
    for process in started:
        process.start()
    answers = sorted((queue.get() for _ in started), key=lambda a: a[0])
    for process in started:
        process.join()
    for _, _, error in answers:
        if error:
            raise error
    return [result for _, result, _ in answers]


def process_pool(work, items):
    """A few processes, started here, which take one item after another."""
    with multiprocessing.Pool(WORKERS) as pool:
        return pool.map(work, items, chunksize=1)


# What a task does: add to a counter ...

counter = 0
shared = multiprocessing.Value("q", 0)  # in memory that children share
lock = threading.Lock()


def plain(increments):
    """Loads, adds and stores, with nothing between them."""
    global counter
    for _ in range(increments):
        counter += 1


def calling(increments):
    """The same with a call, at which the interpreter may switch threads."""
    global counter
    for _ in range(increments):
        counter = counter + int(1)


def locked(increments):
    """One thread at a time."""
    global counter
    for _ in range(increments):
        with lock:
            counter += 1


def yielding(increments):
    """Gives up the CPU between the load and the store."""
    global counter
    for _ in range(increments):
        value = counter
        time.sleep(0)
        counter = value + 1


def private(increments):
    """A counter for each task: only the CPU is shared."""
    mine = 0
    for _ in range(increments):
        mine += 1
    return mine


def in_memory(increments):
    """In shared memory, unguarded."""
    number = shared.get_obj()
    for _ in range(increments):
        number.value += 1


def in_memory_locked(increments):
    """In shared memory, one process at a time."""
    for _ in range(increments):
        with shared.get_lock():
            shared.value += 1


# ... or get pages.

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


COUNTERS = {
    "sequential": (sequential, plain, "exact"),
    "sequential-private": (sequential, private, "exact"),
    "threads": (threads, plain, "may-lose"),
    "threads-call": (threads, calling, "may-lose"),
    "threads-lock": (threads, locked, "exact"),
    "threads-yield": (threads, yielding, "may-lose"),
    "threads-private": (threads, private, "exact"),
    "thread-pool": (thread_pool, locked, "exact"),
    "processes": (processes, in_memory, "may-lose"),
    "processes-lock": (processes, in_memory_locked, "exact"),
    "processes-private": (processes, private, "exact"),
    "process-pool": (process_pool, private, "exact"),
}
FETCHERS = {"sequential": sequential, "threads": threads,
            "thread-pool": thread_pool, "processes": processes,
            "process-pool": process_pool}
PAGES = {"download": number, "bulk": stream}
if html:
    PAGES["titles"] = title


def count(model, tasks, increments):
    """What the counter is at the end."""
    global counter
    counter = shared.value = 0
    run, work, _ = COUNTERS[model]
    results = run(work, [increments] * tasks)
    return counter + shared.value + sum(filter(None, results))


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
    interval = sys.getswitchinterval()
    if model == "threads-call":
        sys.setswitchinterval(1e-6)
    try:
        start = time.monotonic_ns()
        fields = answer(workload, model, *map(int, numbers), url)
        return "OK", time.monotonic_ns() - start, *fields
    finally:
        sys.setswitchinterval(interval)


def main():
    """Answers requests, one a line, until there are no more."""
    offers = [f"counter/{model}:{promise}"
              for model, (_, _, promise) in COUNTERS.items()]
    offers += [f"{workload}/{model}:exact"
               for workload in PAGES for model in FETCHERS]
    print("READY", 1, "Python " + platform.python_version(), ",".join(offers),
          sep="\t", flush=True)
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
