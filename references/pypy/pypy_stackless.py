# SPDX-License-Identifier: GPL-3.0-or-later
"""PyPy's stackless: tasklets, which switch where they say so, and channels.

A tasklet runs until it waits for a channel or calls schedule().  Nothing
switches inside `counter += 1`; with schedule() between load and store updates
are lost (tasklets-yield).  Where the counter belongs to one tasklet, which
takes increments from a channel, none are (tasklets-channel).

Pages come by a GET of HTTP/1.0; a tasklet that waits for a socket receives
from a channel, to which the main tasklet sends when poll(2) says that it is
ready.  No parser in C is packaged for PyPy: HTML is parsed by html.parser.
"""
import platform
import select
import socket
import sys
import time
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import stackless

CHUNK = 1 << 16
LAST_WORD = 32  # bytes that the last word of a file fits in

waiting = {}  # the channel of the tasklet that waits for a descriptor
poller = select.poll()
orders = stackless.channel()  # to the owner of the counter
counter = 0


def wait(sock, event):
    """Lets the others run until a socket is ready."""
    waiting[sock.fileno()] = stackless.channel()
    poller.register(sock, event)
    waiting[sock.fileno()].receive()


def tasklets(work, items):
    """A tasklet for each item; runs them all to their ends."""
    def run(i, item):
        try:
            results[i] = work(item)
        except Exception as error:
            errors.append(error)

    results, errors = [None] * len(items), []
    for i, item in enumerate(items):
        stackless.tasklet(run)(i, item)
    stackless.run()
    while waiting:
        for descriptor, _ in poller.poll():
            poller.unregister(descriptor)
            waiting.pop(descriptor).send(None)
        stackless.run()
    if errors:
        raise errors[0]
    return results


def plain(increments):
    """Runs without interruption until it waits."""
    global counter
    for _ in range(increments):
        counter += 1


def yielding(increments):
    """Lets other tasklets run between the load and the store."""
    global counter
    for _ in range(increments):
        value = counter
        stackless.schedule()
        counter = value + 1


def asking(increments):
    """Sends each increment to the owner of the counter."""
    for _ in range(increments):
        orders.send(1)


def own():
    """The owner: takes increments, and may be interrupted in the middle."""
    global counter
    while True:
        increment = orders.receive()
        value = counter
        stackless.schedule()
        counter = value + increment


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


class Finder(HTMLParser):
    """Finds the first link in an <h3>, and the title."""

    def __init__(self, page):
        super().__init__()
        self.link, self.title, self.inside = None, "", []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        """A link, or the start of something that may have one."""
        if tag in ("h3", "title"):
            self.inside.append(tag)
        elif tag == "a" and self.link is None and "h3" in self.inside:
            self.link = dict(attrs).get("href")

    def handle_endtag(self, tag):
        """The end of what was inside."""
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data):
        """Text, which may come in pieces."""
        if "title" in self.inside:
            self.title += data


def title(url):
    """The title of the page that the first <h3> of a blog links to."""
    link = urljoin(url, Finder(b"".join(chunks(url))).link)
    return Finder(b"".join(chunks(link))).title.strip()


def stream(url):
    """The last word of a file that is not kept, and how long the file is."""
    size, tail = 0, b""
    for chunk in chunks(url):
        size += len(chunk)
        tail = (tail + chunk)[-LAST_WORD:]
    return int(tail.split()[-1]), size


COUNTERS = {"tasklets": plain, "tasklets-yield": yielding,
            "tasklets-channel": asking}
PAGES = {"download": number, "titles": title, "bulk": stream}


def count(model, tasks, increments):
    """What the counter is at the end."""
    global counter
    counter = 0
    tasklets(COUNTERS[model], [increments] * tasks)
    return counter


def answer(workload, model, n, size, repetitions, url):
    """What a request asks for: the fields of the answer."""
    if workload == "counter":
        return [count(model, n, size) for _ in range(repetitions)]
    results = []
    for first in range(0, n * repetitions, n):
        results += tasklets(PAGES[workload],
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
    stackless.tasklet(own)()
    offers = [f"counter/{model}:" + ("may-lose" if work is yielding else
                                     "exact")
              for model, work in COUNTERS.items()]
    offers += [f"{workload}/tasklets:exact" for workload in PAGES]
    version = ".".join(map(str, sys.pypy_version_info[:3]))
    runtime = f"PyPy {version}, Python {platform.python_version()}"
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
