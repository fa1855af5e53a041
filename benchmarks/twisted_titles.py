# SPDX-License-Identifier: GPL-3.0-or-later
"""The tutorial's concurrent scraper on today's Twisted, for `titles`.

For each blog its page, the first article's link on it, that article's title,
which is printed as it arrives.  All blogs at once, a connection for each page,
as in Baton's workload.  FILE has the blogs' URLs, one a line.

They are all scraped twice: the second time, which is timed, finds imported and
set up what Twisted and lxml need, as a sample of Baton's finds its own.
"""
import re
import sys
import time
from urllib.parse import urljoin

from lxml import html
from twisted.internet import defer, endpoints, task
from twisted.web import client, iweb
from zope.interface import implementer


@implementer(iweb.IAgentEndpointFactory)
class Addresses:
    """Hosts are addresses, as Baton's workload is given them.

    Otherwise an Agent looks each up in a thread, which nearly doubles its time.
    """
    def __init__(self, reactor):
        self.reactor = reactor

    def endpointForURI(self, uri):
        """Where a page is."""
        return endpoints.TCP4ClientEndpoint(self.reactor, uri.host.decode(),
                                            uri.port)


def parse(response, body):
    """The page as a tree.  A charset in the header beats that in the page."""
    kind = response.headers.getRawHeaders("Content-Type", [""])[0]
    charset = re.search(r"charset=([\w-]+)", kind)
    return html.document_fromstring(body.decode(charset[1]) if charset
                                    else body)


async def download(agent, url):
    """A page of HTML."""
    response = await agent.request(b"GET", url.encode())
    return parse(response, await client.readBody(response))


async def title_of(agent, blog):
    """The title of a blog's first article."""
    page = await download(agent, blog)
    link = page.xpath("//h3/a/@href")[0]
    base = page.xpath("string(//base/@href)")
    article = await download(agent, urljoin(urljoin(blog, base), link.strip()))
    return article.xpath("normalize-space(/html/head/title)")


async def scrape(reactor, blogs):
    """Prints the titles as they arrive; whether all have."""
    pool = client.HTTPConnectionPool(reactor, persistent=False)
    agent = client.Agent.usingEndpointFactory(reactor, Addresses(reactor),
                                              pool)
    titles = [defer.ensureDeferred(title_of(agent, blog)).addCallback(print)
              for blog in blogs]
    results = await defer.DeferredList(titles, consumeErrors=True)
    for found, failure in results:
        if not found:
            print(failure.getErrorMessage(), file=sys.stderr)
    return all(found for found, _ in results)


async def main(reactor, path):
    """All blogs, twice; the nanoseconds of the second time."""
    with open(path, encoding="ascii") as file:
        blogs = file.read().split()
    found = await scrape(reactor, blogs)
    start = time.monotonic_ns()
    found &= await scrape(reactor, blogs)
    print(f"real_ns={time.monotonic_ns() - start}")
    if not found:
        sys.exit(1)


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
