# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of Python's asyncio: coroutines on one thread, one event loop.

A task runs until its next `await`, so `counter += 1` needs no lock.  With an
`await` between load and store it needs one (tasks-lock); without, updates are
lost (tasks-yield).

The standard library has no HTTP client for asyncio: pages come by a GET of
HTTP/1.0 over a stream.  HTML is parsed by lxml.
"""
import asyncio
import platform
import sys
import time
from urllib.parse import urljoin, urlsplit

try:
    from lxml import html
except ImportError:
    html = None

CHUNK = 1 << 16
LAST_WORD = 32  # bytes that the last word of a file fits in

counter = 0


async def plain(increments, _):
    """Runs without interruption until it returns."""
    global counter
    for _ in range(increments):
        counter += 1


async def yielding(increments, _):
    """Lets other tasks run between the load and the store."""
    global counter
    for _ in range(increments):
        value = counter
        await asyncio.sleep(0)
        counter = value + 1


async def locked(increments, lock):
    """The same, one task at a time."""
    global counter
    for _ in range(increments):
        async with lock:
            value = counter
            await asyncio.sleep(0)
            counter = value + 1


async def chunks(url):
    """The body of a page, as it arrives; it must be as long as announced."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path} HTTP/1.0\r\n"
                     f"Host: {parts.netloc}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.splitlines()
        if status.split()[1] != "200":
            raise OSError(f"{url}: {status}")
        fields = dict(line.lower().split(":", 1) for line in lines if line)
        left = int(fields["content-length"])
        while left:
            chunk = await reader.read(min(left, CHUNK))
            if not chunk:
                raise EOFError(f"{url}: {left} bytes are missing")
            left -= len(chunk)
            yield chunk
    finally:
        writer.close()


async def fetch(url):
    """A whole page."""
    return b"".join([chunk async for chunk in chunks(url)])


async def number(url):
    """The last word of a page, a number."""
    return int((await fetch(url)).split()[-1])


async def title(url):
    """The title of the page that the first <h3> of a blog links to."""
    parser = html.HTMLParser(encoding="utf-8")
    blog = html.fromstring(await fetch(url), parser=parser)
    link = urljoin(url, blog.xpath("//h3/a/@href")[0])
    article = html.fromstring(await fetch(link), parser=parser)
    return article.findtext(".//title").strip()


async def stream(url):
    """The last word of a file that is not kept, and how long the file is."""
    size, tail = 0, b""
    async for chunk in chunks(url):
        size += len(chunk)
        tail = (tail + chunk)[-LAST_WORD:]
    return int(tail.split()[-1]), size


COUNTERS = {"tasks": plain, "tasks-yield": yielding, "tasks-lock": locked}
PAGES = {"download": number, "bulk": stream}
if html:
    PAGES["titles"] = title


async def together(coroutines):
    """The results of all; a failure is raised when all have ended."""
    results = await asyncio.gather(*coroutines, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


async def count(model, tasks, increments):
    """What the counter is at the end."""
    global counter
    counter = 0
    lock = asyncio.Lock()
    await together(COUNTERS[model](increments, lock) for _ in range(tasks))
    return counter


async def answer(workload, model, n, size, repetitions, url):
    """What a request asks for: the fields of the answer."""
    if workload == "counter":
        return [await count(model, n, size) for _ in range(repetitions)]
    results = []
    for first in range(0, n * repetitions, n):
        results += await together(PAGES[workload](f"{url}{i}")
                                  for i in range(first, first + n))
    if workload == "bulk":
        return [sum(column) for column in zip(*results)]
    return [sum(results)] if workload == "download" else results


async def reply(workload, model, *rest):
    """The answer to a request, timed around the work only."""
    *numbers, url = rest
    start = time.monotonic_ns()
    fields = await answer(workload, model, *map(int, numbers), url)
    return "OK", time.monotonic_ns() - start, *fields


async def main():
    """Answers requests, one a line, until there are no more.

    Between requests there is no task, so reading may block the loop.
    """
    offers = [f"counter/{model}:" + ("may-lose" if work is yielding else
                                     "exact")
              for model, work in COUNTERS.items()]
    offers += [f"{workload}/tasks:exact" for workload in PAGES]
    print("READY", 1, "Python " + platform.python_version(), ",".join(offers),
          sep="\t", flush=True)
    for line in sys.stdin:
        name, *request = line.rstrip("\n").split("\t")
        try:
            fields = await reply(*request)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            fields = "ERR", " ".join(text.split())
        print(name, *fields, sep="\t", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
