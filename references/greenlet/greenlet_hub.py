# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare greenlets: coroutines with stacks, and a hub of a few lines.

A greenlet runs until it switches to another.  Here they switch to the hub
where a socket is not ready, and it resumes them when poll(2) says so: what
gevent and others are made of.  Nothing switches inside `counter += 1`; with a
switch between load and store updates are lost (switch-yield).

Pages come by a GET of HTTP/1.0; HTML is parsed by lxml.
"""
import collections
import platform
import select
import socket
import sys
import time
from urllib.parse import urljoin, urlsplit

import greenlet

try:
    from lxml import html
except ImportError:
    html = None

CHUNK = 1 << 16
LAST_WORD = 32  # bytes that the last word of a file fits in

hub = greenlet.getcurrent()
ready = collections.deque()  # greenlets to resume, with arguments
waiting = {}  # the greenlet that waits for a descriptor
poller = select.poll()
counter = 0


def pause():
    """Lets the others run."""
    ready.append((greenlet.getcurrent(),))
    hub.switch()


def wait(sock, event):
    """Lets the others run until a socket is ready."""
    waiting[sock.fileno()] = greenlet.getcurrent()
    poller.register(sock, event)
    hub.switch()
    poller.unregister(sock)


def switch(work, items):
    """A greenlet for each item; runs them all to their ends."""
    def run(i, item):
        try:
            results[i] = work(item)
        except Exception as error:
            errors.append(error)

    results, errors = [None] * len(items), []
    for i, item in enumerate(items):
        ready.append((greenlet.greenlet(run), i, item))
    while ready or waiting:
        while ready:
            next_one, *arguments = ready.popleft()
            next_one.switch(*arguments)
        for descriptor, _ in poller.poll() if waiting else ():
            ready.append((waiting.pop(descriptor),))
    if errors:
        raise errors[0]
    return results


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
        pause()
        counter = value + 1


def receive(sock):
    """The next bytes; none at the end."""
    wait(sock, select.POLLIN)
    return sock.recv(CHUNK)


def connect(parts):
    """A socket that does not block, once it is connected."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex((parts.hostname, parts.port))
    wait(sock, select.POLLOUT)
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        sock.close()
        raise OSError(error, f"connecting to {parts.netloc} failed")
    return sock


def chunks(url):
    """The body of a page, as it arrives; it must be as long as announced."""
    parts = urlsplit(url)
    with connect(parts) as sock:
        sock.send(f"GET {parts.path} HTTP/1.0\r\n"
                  f"Host: {parts.netloc}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = receive(sock)
            if not chunk:
                raise EOFError(f"{url}: the head of the answer is missing")
            head += chunk
        head, body = head.split(b"\r\n\r\n", 1)
        status, *lines = head.decode("latin-1").lower().splitlines()
        if status.split()[1] != "200":
            raise OSError(f"{url}: {status}")
        fields = dict(line.split(":", 1) for line in lines)
        left = int(fields["content-length"])
        while left > 0:
            body = body or receive(sock)
            if not body:
                raise EOFError(f"{url}: {left} bytes are missing")
            left -= len(body)
            yield body
            body = b""


def number(url):
    """The last word of a page, a number."""
    return int(b"".join(chunks(url)).split()[-1])


def title(url):
    """The title of the page that the first <h3> of a blog links to."""
    parser = html.HTMLParser(encoding="utf-8")
    blog = html.fromstring(b"".join(chunks(url)), parser=parser)
    link = urljoin(url, blog.xpath("//h3/a/@href")[0])
    article = html.fromstring(b"".join(chunks(link)), parser=parser)
    return article.findtext(".//title").strip()


def stream(url):
    """The last word of a file that is not kept, and how long the file is."""
    size, tail = 0, b""
    for chunk in chunks(url):
        size += len(chunk)
        tail = (tail + chunk)[-LAST_WORD:]
    return int(tail.split()[-1]), size


COUNTERS = {"switch": plain, "switch-yield": yielding}
PAGES = {"download": number, "bulk": stream}
if html:
    PAGES["titles"] = title


def count(model, tasks, increments):
    """What the counter is at the end."""
    global counter
    counter = 0
    switch(COUNTERS[model], [increments] * tasks)
    return counter


def answer(workload, model, n, size, repetitions, url):
    """What a request asks for: the fields of the answer."""
    if workload == "counter":
        return [count(model, n, size) for _ in range(repetitions)]
    results = []
    for first in range(0, n * repetitions, n):
        results += switch(PAGES[workload],
                          [f"{url}{i}" for i in range(first, first + n)])
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
    """Answers requests, one a line, until there are no more."""
    offers = [f"counter/{model}:" + ("may-lose" if work is yielding else
                                     "exact")
              for model, work in COUNTERS.items()]
    offers += [f"{workload}/switch:exact" for workload in PAGES]
    runtime = (f"greenlet {greenlet.__version__}, "
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
