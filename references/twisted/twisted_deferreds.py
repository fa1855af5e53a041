# SPDX-License-Identifier: GPL-3.0-or-later
"""Twisted: one reactor, one thread, callbacks of Deferreds.

The same work in the two ways that Twisted's own documents teach: callbacks in
a chain, whose results a DeferredList collects (deferredlist), and generators
that yield a Deferred where they wait (inlinecallbacks).  A callback runs until
it returns, so `counter += 1` needs no lock.  With a yield between load and
store it needs one (inlinecallbacks-lock); without, updates are lost
(inlinecallbacks-yield).

The reactor runs once and cannot be started again, so requests are read by it
too.  A connection for each page; HTML is parsed by lxml.
"""
import platform
import time
from urllib.parse import urljoin

import twisted
from twisted.internet import defer, endpoints, protocol, reactor, stdio, task
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.protocols.basic import LineReceiver
from twisted.web import client
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

try:
    from lxml import html
except ImportError:
    html = None

LAST_WORD = 32  # bytes that the last word of a file fits in


class Counter:
    """What all tasks of a repetition add to."""

    def __init__(self, increments):
        self.increments = increments
        self.value = 0
        self.lock = defer.DeferredLock()

    def plain(self, _):
        """A callback: runs without interruption until it returns."""
        for _ in range(self.increments):
            self.value += 1

    @defer.inlineCallbacks
    def inline(self, _):
        """A generator that never yields in the middle of an update."""
        for _ in range(self.increments):
            self.value += 1
        yield

    @defer.inlineCallbacks
    def add(self):
        """Lets the reactor run between the load and the store."""
        value = self.value
        yield task.deferLater(reactor, 0)
        self.value = value + 1

    @defer.inlineCallbacks
    def yielding(self, _):
        """Updates that other tasks come between."""
        for _ in range(self.increments):
            yield self.add()

    @defer.inlineCallbacks
    def locked(self, _):
        """The same, one task at a time."""
        for _ in range(self.increments):
            yield self.lock.run(self.add)


@implementer(IAgentEndpointFactory)
class Addresses:
    """Hosts are addresses; an Agent would look each up in a thread."""

    def endpointForURI(self, uri):
        """Where a page is."""
        return endpoints.TCP4ClientEndpoint(reactor, uri.host.decode(),
                                            uri.port)


agent = client.Agent.usingEndpointFactory(
    reactor, Addresses(), client.HTTPConnectionPool(reactor, persistent=False))


def request(url):
    """A Deferred that fires with the head of the answer."""
    return agent.request(b"GET", url.encode())


def tree(page):
    """A page as a tree."""
    return html.fromstring(page, parser=html.HTMLParser(encoding="utf-8"))


def last_word(page):
    """The number that ends a page."""
    return int(page.split()[-1])


def link(page, url):
    """What the first <h3> of a blog links to."""
    return urljoin(url, tree(page).xpath("//h3/a/@href")[0])


def title(page):
    """The title of an article."""
    return tree(page).findtext(".//title").strip()


class Stream(protocol.Protocol):
    """Takes a file that is not kept: its last word, and how long it is."""

    def __init__(self, expected):
        self.expected, self.size, self.tail = expected, 0, b""
        self.done = defer.Deferred()

    def dataReceived(self, data):
        """The next part of the file."""
        self.size += len(data)
        self.tail = (self.tail + data)[-LAST_WORD:]

    def connectionLost(self, reason):
        """The end of the file, or of the connection."""
        if self.size == self.expected:
            self.done.callback((last_word(self.tail), self.size))
        else:
            self.done.errback(reason)


def stream(response):
    """Receives the body of an answer."""
    receiver = Stream(response.length)
    response.deliverBody(receiver)
    return receiver.done


# Each page by callbacks ...

def fetch(url):
    """A whole page."""
    return request(url).addCallback(client.readBody)


def number_by_callbacks(url):
    """The last word of a page, a number."""
    return fetch(url).addCallback(last_word)


def title_by_callbacks(url):
    """The title of the page that the first <h3> of a blog links to."""
    return fetch(url).addCallback(link, url).addCallback(fetch).addCallback(
        title)


def file_by_callbacks(url):
    """A large file."""
    return request(url).addCallback(stream)


# ... and by a generator.

@defer.inlineCallbacks
def number_inline(url):
    """The last word of a page, a number."""
    response = yield request(url)
    page = yield client.readBody(response)
    return last_word(page)


@defer.inlineCallbacks
def title_inline(url):
    """The title of the page that the first <h3> of a blog links to."""
    blog = yield fetch(url)
    article = yield fetch(link(blog, url))
    return title(article)


@defer.inlineCallbacks
def file_inline(url):
    """A large file."""
    response = yield request(url)
    found = yield stream(response)
    return found


COUNTERS = {"deferredlist": Counter.plain, "inlinecallbacks": Counter.inline,
            "inlinecallbacks-yield": Counter.yielding,
            "inlinecallbacks-lock": Counter.locked}
PAGES = {"download/deferredlist": number_by_callbacks,
         "download/inlinecallbacks": number_inline,
         "bulk/deferredlist": file_by_callbacks,
         "bulk/inlinecallbacks": file_inline}
if html:
    PAGES["titles/deferredlist"] = title_by_callbacks
    PAGES["titles/inlinecallbacks"] = title_inline


@defer.inlineCallbacks
def together(deferreds):
    """The results of all; a failure is raised when all have ended."""
    results = yield defer.DeferredList(deferreds, consumeErrors=True)
    for succeeded, result in results:
        if not succeeded:
            result.raiseException()
    return [result for _, result in results]


@defer.inlineCallbacks
def count(model, tasks, increments):
    """What the counter is at the end."""
    counter = Counter(increments)
    yield together([task.deferLater(reactor, 0, COUNTERS[model], counter, i)
                    for i in range(tasks)])
    return counter.value


@defer.inlineCallbacks
def answer(workload, model, n, size, repetitions, url):
    """What a request asks for: the fields of the answer."""
    results = []
    for first in range(0, n * repetitions, n):
        if workload == "counter":
            final = yield count(model, n, size)
            results.append(final)
        else:
            get = PAGES[f"{workload}/{model}"]
            found = yield together([get(f"{url}{i}")
                                    for i in range(first, first + n)])
            results += found
    if workload == "bulk":
        return [sum(column) for column in zip(*results)]
    return [sum(results)] if workload == "download" else results


@implementer(IHalfCloseableProtocol)
class Requests(LineReceiver):
    """Answers requests, one a line, in turn, until there are no more."""

    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self):
        self.turn = defer.DeferredLock()

    def connectionMade(self):
        """Says what there is."""
        offers = [f"counter/{model}:" + ("may-lose" if "yield" in model else
                                         "exact") for model in COUNTERS]
        offers += [f"{name}:exact" for name in PAGES]
        runtime = (f"Twisted {twisted.__version__}, "
                   f"Python {platform.python_version()}")
        self.send("READY", 1, runtime, ",".join(offers))

    def send(self, *fields):
        """Writes a line."""
        self.sendLine("\t".join(map(str, fields)).encode())

    def lineReceived(self, line):
        """A request, which waits for the one before it."""
        name, *fields = line.decode().split("\t")
        self.turn.run(self.reply, *fields).addCallback(
            lambda fields: self.send(name, "OK", *fields)).addErrback(
                lambda failure: self.send(name, "ERR", " ".join(
                    failure.getErrorMessage().split())))

    @defer.inlineCallbacks
    def reply(self, workload, model, *rest):
        """The answer to a request, timed around the work only."""
        *numbers, url = rest
        start = time.monotonic_ns()
        fields = yield answer(workload, model, *map(int, numbers), url)
        return [time.monotonic_ns() - start, *fields]

    def readConnectionLost(self):
        """No more requests: ends after the running one."""
        self.turn.run(self.transport.loseConnection)

    def writeConnectionLost(self):
        """The reader of the answers has gone."""
        self.connectionLost(None)

    def connectionLost(self, reason):
        """The end, once."""
        if reactor.running:
            reactor.stop()


if __name__ == "__main__":
    stdio.StandardIO(Requests())
    reactor.run()
