# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton scrape`: titles as they arrive, and a class for all that fails."""
import contextlib
import functools
import gzip
import json
import os
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import threading
import time
import zlib

import support
from support import (BROKEN, Case, DONE, FINDING, Nginx, Run, Server,
                     SlowNames, USAGE, free_port, hear_request, limit,
                     strict_json, wait_until)

KEYS = ['url', 'article', 'title', 'error', 'status', 'elapsed_ms',
        'reason']
# No healthy site misses it, though the machine stand still for a moment.
TIMEOUT = ('--timeout-ms', '2000')
CLASSES = {
    'not-found': 'status', 'server-error': 'status',
    'redirect-loop': 'too-many-redirects', 'redirect-scheme': 'bad-redirect',
    'reset-at-once': 'reset', 'empty-reply': 'empty',
    'reset-in-body': 'reset', 'short-body': 'truncated',
    'short-chunks': 'truncated', 'bad-chunk': 'malformed',
    'negative-length': 'malformed', 'two-lengths': 'malformed',
    'not-http': 'malformed', 'big-header': 'too-big', 'big-body': 'too-big',
    'slow-header': 'header-timeout', 'slow-body': 'body-timeout',
    'silent': 'header-timeout', 'no-link': 'no-link', 'no-title': 'no-title',
    'binary': 'not-html', 'no-content': 'no-link',
    'plain': None, 'chunked': None, 'until-close': None, 'redirect': None,
}
# Too long for a name, so that no name server is asked.
NO_NAME = 'a' * 64 + '.test'
HTML = 'Content-Type: text/html; charset=utf-8\r\n'


@functools.lru_cache
def turn():
    """The same for a commit, and another for the next one."""
    git = subprocess.run(['git', 'rev-list', '--count', 'HEAD'],
                         capture_output=True, cwd=os.path.dirname(__file__),
                         text=True, check=False)
    return int(git.stdout) if git.returncode == 0 else 0


def reply(body, fields=HTML, status='200 OK'):
    body = body.encode() if isinstance(body, str) else body
    return ('HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n'
            % (status, fields, len(body))).encode() + body


def front(link):
    return reply('<h3><a href="%s">x</a></h3>' % link)


def article(title):
    return reply('<title>%s</title>' % title)


def target_of(request):
    return request.split(b' ')[1].decode()


class Site(Server):
    """Answers by the path: path -> what is sent, bytes or function."""

    def __init__(self, case, pages, otherwise=reply('', '', '404 No')):
        self.pages, self.otherwise = pages, otherwise
        super().__init__(case, self.say)
        self.root = 'http://127.0.0.1:%d' % self.port

    def say(self, connection, _):
        target = target_of(hear_request(connection))
        page = self.pages.get(target, self.otherwise)
        connection.sendall(page(target) if callable(page) else page)


class Scraping(Case):
    def scrape(self, *args, code=DONE, robots=False, **options):
        """All rows, by an object a line; and standard error."""
        args = args if robots else ('--ignore-robots', *args)
        out, err = self.baton('scrape', '--json', *args, code=code, **options)
        return [self.row(line) for line in out.splitlines()], err

    def row(self, line):
        row = strict_json(line)
        self.assertEqual(list(row), KEYS)
        self.assertEqual(row['title'] is None, row['error'] is not None)
        return row

    def rest(self, run, code):
        """What comes after lines that were read: rows and standard error."""
        rows = [self.row(line) for line in run.process.stdout]
        return rows, run.end(code)[1]

    def is_plain(self):
        """Whether no sanitizer takes memory of its own."""
        with open(support.BATON, 'rb') as file:
            return b'sanitize=none' in file.read()

    def listed(self, *lines, end='\n', name='list'):
        """A file of lines, which are text or bytes."""
        with open(self.path(name), 'wb') as file:
            for line in lines:
                file.write((line.encode() if isinstance(line, str) else line)
                           + end.encode())
        return self.path(name)

    def processes(self, run, name):
        found = []
        for pid in run.children():
            with contextlib.suppress(OSError):
                if support.read('/proc', str(pid), 'comm').strip() == name:
                    found.append(pid)
        return found

    def at_work(self, run):
        """The process of the model; the other one looks names up."""
        return min(self.processes(run, os.path.basename(support.BATON)))

    def resolver(self, run):
        return wait_until(lambda: self.processes(run, 'baton-resolver'),
                          'the resolver')[0]

    def at_once(self, model):
        """How many connections it has, where it is given as many sites."""
        out, _ = self.baton('list', '--json')
        family, = (m['family'] for m in json.loads(out)['models']
                   if m['name'] == model)
        return {'sequential': 1, 'pools': 8}.get(family, 10 ** 6)

    def all_models(self):
        root = strict_json(self.baton('list', '--json')[0])
        return {m['name']: m['family'] for m in root['models']
                if m['available'] and m['kinds']['connections'] is True and
                m['name'] != 'null'}

    def models(self):
        """One of each family, which the number of commits chooses so that each
        has its turn: the conformance tests hold all of them to the same."""
        families = {}
        for name, family in self.all_models().items():
            families.setdefault(family, []).append(name)
        return [names[turn() % len(names)] for names in families.values()]


class WithOrigin(Scraping):
    def setUp(self):
        super().setUp()
        origin = Run(self, 'origin', '--port', '0')
        lines = [origin.process.stdout.readline() for _ in range(3)]
        self.root, self.refused, self.deaf = (
            re.search(r'http://\S+', line).group() for line in lines)

    def blog(self, index, **parameters):
        query = '&'.join('%s=%d' % (name.replace('_', '-'), value)
                         for name, value in parameters.items())
        return '%s/blog/%d?%s' % (self.root, index, query or 'seed=0')

    def faults(self):
        """{url: class} of every site of the origin."""
        sites = {'%s/fault/%s/1' % (self.root, name): wanted
                 for name, wanted in CLASSES.items()}
        sites[self.refused + '/'] = 'refused'
        sites[self.deaf + '/'] = 'connect-timeout'
        return sites


class OfOrigin(WithOrigin):
    def test_blog_article_and_title_by_tabs(self):
        out, err = self.baton('scrape', *(self.blog(i, seed=5)
                                          for i in range(20)))
        rows = [line.split('\t') for line in out.splitlines()]
        self.assertEqual(sorted(row[0] for row in rows),
                         sorted(self.blog(i, seed=5) for i in range(20)))
        for blog, link, title in rows:
            index = re.search(r'/blog/(\d+)', blog).group(1)
            self.assertTrue(link.startswith('%s/article/%s?' %
                                            (self.root, index)))
            self.assertRegex(title, r'\w.*, no\. %s of 5$' % index)
        self.assertRegex(err, r'^baton: 20 of 20 found in \d+\.\d+ s by '
                              r'[a-z-]+\n$')

    def test_an_object_a_line(self):
        rows, _ = self.scrape(self.blog(7, seed=1, latency_ms=50))
        self.assertEqual(rows[0]['url'], self.blog(7, seed=1, latency_ms=50))
        self.assertIn('/article/7', rows[0]['article'])
        self.assertIn('no. 7 of 1', rows[0]['title'])
        self.assertIsNone(rows[0]['error'])
        self.assertGreaterEqual(rows[0]['elapsed_ms'], 100)

    def test_every_fault_has_its_class(self):
        sites = self.faults()
        rows, err = self.scrape(*sites, *TIMEOUT, '--per-host', '0',
                                code=FINDING)
        self.assertEqual({r['url']: r['error'] for r in rows}, sites)
        self.assertIn('baton: 4 of %d found in ' % len(sites), err)
        # Once each, with how many there were, the cause and the remedy.
        said = re.findall(r'^  ([a-z-]+) +(\d+)  \w.*\n +-> \w', err, re.M)
        wanted = {name: list(sites.values()).count(name)
                  for name in sites.values() if name}
        self.assertEqual({name: int(n) for name, n in said}, wanted)

    def test_failed_sites_are_named_as_they_fail(self):
        out, err = self.baton(
            'scrape', self.root + '/fault/not-found/1',
            self.root + '/fault/no-title/1', self.blog(1), code=FINDING)
        self.assertEqual(len(out.splitlines()), 1)
        self.assertIn('baton: %s/fault/not-found/1: status 404\n' % self.root,
                      err)
        self.assertRegex(err, r'/fault/no-title/1: no-title '
                              r'\(article http://.*no-title.*\)\n')

    def test_a_timeout_is_per_phase_and_as_long_as_asked_for(self):
        for ms in (1000, 2000):
            rows, _ = self.scrape(self.root + '/fault/silent/1',
                                  '--timeout-ms', str(ms), code=FINDING)
            self.assertEqual(rows[0]['error'], 'header-timeout')
            self.assertGreaterEqual(rows[0]['elapsed_ms'], ms)
        # Four answers, of which each is far from late.
        rows, _ = self.scrape(
            self.root + '/fault/redirect/1?seed=0&latency-ms=700',
            '--timeout-ms', '2500')
        self.assertIsNone(rows[0]['error'])
        self.assertGreaterEqual(rows[0]['elapsed_ms'], 2800)

    def test_every_model_finds_the_same(self):
        sites = self.faults()
        runs = {model: Run(self, 'scrape', '--json', *sites, *TIMEOUT,
                           '--model', model, '--per-host', '0')
                for model in self.models()}
        for model, run in runs.items():
            out, err = run.end(FINDING)
            rows = map(self.row, out.splitlines())
            self.assertEqual({r['url']: r['error'] for r in rows}, sites)
            self.assertIn(' s by %s\n' % model, err)

    def test_an_interrupt_keeps_what_came(self):
        blogs = [self.blog(i, latency_ms=30) for i in range(500)]
        run = Run(self, 'scrape', '--json', '--urls', self.listed(*blogs),
                  '--concurrency', '2')
        first = self.row(run.process.stdout.readline())
        run.kill(signal.SIGINT)
        rows, err = self.rest(run, BROKEN)
        rows.insert(0, first)
        self.assertEqual(sorted(r['url'] for r in rows), sorted(blogs))
        errors = [r['error'] for r in rows]
        self.assertEqual(set(errors), {None, 'cancelled'})
        self.assertEqual(errors, sorted(errors, key=bool))  # found ones first
        self.assertRegex(err, r'(?m)^baton: interrupted$')
        self.assertRegex(err, r'(?m)^  cancelled +%d  '
                         % errors.count('cancelled'))
        self.assertEqual({r['elapsed_ms'] for r in rows
                          if r['error']}, {None})

    def test_killing_it_leaves_nobody(self):
        blogs = [self.blog(i, latency_ms=200) for i in range(500)]
        for model in self.models():
            run = Run(self, 'scrape', *blogs, '--concurrency', '2', '--model',
                      model)
            run.process.stdout.readline()
            run.kill(signal.SIGKILL)
            self.nobody_left(run)  # left alone, it would take a minute
            run.end(-signal.SIGKILL)

    def test_a_crash_cancels_the_rest(self):
        blogs = [self.blog(i, latency_ms=30) for i in range(500)]
        run = Run(self, 'scrape', '--json', *blogs, '--concurrency', '2')
        first = self.row(run.process.stdout.readline())
        os.kill(self.at_work(run), signal.SIGABRT)
        rows, err = self.rest(run, BROKEN)
        rows.insert(0, first)
        self.assertEqual(len(rows), 500)
        self.assertEqual({r['error'] for r in rows}, {None, 'cancelled'})
        self.assertRegex(err, r'(?m)^baton: \S+ crashed: signal 6 \(')

    def test_threads_that_cannot_be_had_fail_their_own_sites_only(self):
        if not self.is_plain():
            self.skipTest('a sanitizer needs more memory than there is to be')
        sites = ['%s/fault/silent/%d' % (self.root, i) for i in range(600)]
        rows, err = self.scrape(
            '--urls', self.listed(*sites), '--per-host', '0', '--concurrency',
            '600', '--model', 'thread-per-socket', *TIMEOUT,
            code=FINDING, preexec_fn=limit(resource.RLIMIT_AS, 160 << 20))
        self.assertEqual(sorted(r['url'] for r in rows), sorted(sites))
        self.assertEqual({r['error'] for r in rows},
                         {'header-timeout', 'local-limit'})
        self.assertRegex(err, r'(?m)^baton: thread-per-socket gave up: \w+')
        self.assertRegex(err, r'(?m)^  local-limit +\d+ ')

    def test_too_few_descriptors_are_refused_with_the_remedy(self):
        blogs = [self.blog(i) for i in range(100)]
        few = {'preexec_fn': limit(resource.RLIMIT_NOFILE, 60)}
        out, err = self.baton('scrape', *blogs, '--per-host', '0',
                              code=USAGE, **few)
        self.assertEqual(out, '')
        self.assertRegex(err, r'64 at once need 96 .*RLIMIT_NOFILE.*'
                              r'lower --concurrency')
        rows, _ = self.scrape(*blogs, '--per-host', '0', '--concurrency', '20',
                              **few)
        self.assertEqual(len(rows), 100)

    def test_output_that_cannot_be_written_ends_it(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('there is no /dev/full')
        blogs = [self.blog(i, latency_ms=100) for i in range(500)]
        with open('/dev/full', 'wb') as full:
            _, err = self.baton('scrape', *blogs, '--concurrency', '1',
                                stdout=full, code=BROKEN)
        self.assertEqual(err.count('cannot write to standard output'), 1)
        self.assertRegex(err, r'(?m)^  cancelled +4\d\d ')

    def test_a_reader_that_leaves_ends_it(self):
        run = Run(self, 'scrape', '--concurrency', '1', *(
            self.blog(i, latency_ms=20) for i in range(500)))
        run.process.stdout.readline()
        run.process.stdout.close()
        run.process.stdout = None
        self.assertEqual(run.process.wait(timeout=support.GUARD_S),
                         -signal.SIGPIPE)
        self.nobody_left(run)


class Limits(Scraping):
    """How many requests a server sees at once."""

    def crowd(self, wanted):
        """A site that answers nobody until `wanted` are there at once."""
        lock, here = threading.Lock(), {'now': 0, 'peak': 0}

        def say(target):
            with lock:
                here['now'] += 1
                here['peak'] = max(here['peak'], here['now'])
            with contextlib.suppress(AssertionError):
                wait_until(lambda: here['peak'] >= wanted, 'a crowd', 10)
            time.sleep(0.03)
            with lock:
                here['now'] -= 1
            return front('/a') if target.startswith('/b') else article('it')

        return Site(self, {}, say), here

    def peak(self, wanted, *args, n=12):
        site, here = self.crowd(wanted)
        rows, _ = self.scrape(*('%s/b%d' % (site.root, i) for i in range(n)),
                              *args)
        self.assertEqual(len(rows), n)
        self.assertEqual(here['peak'], wanted)

    def test_two_connections_to_a_host(self):
        self.peak(2)

    def test_more_and_fewer_and_no_limit(self):
        for model in self.models():
            most = self.at_once(model)
            self.peak(1, '--per-host', '1', '--model', model, n=6)
            self.peak(min(5, most), '--per-host', '5', '--model', model)
            self.peak(min(12, most), '--per-host', '0', '--model', model)

    def test_connections_in_all(self):
        self.peak(3, '--per-host', '0', '--concurrency', '3')
        self.peak(3, '--per-host', '5', '--concurrency', '3')

    def test_a_host_does_not_wait_for_another(self):
        """Three hosts at two each make six, whatever the order of the list."""
        sites, seen = [], threading.Barrier(6, timeout=30)

        def say(target):
            if target.startswith('/first'):
                seen.wait()  # all six front pages are asked for at once
            return (article('it') if target == '/a' else front('/a'))

        for _ in range(3):
            sites.append(Site(self, {}, say))
        urls = ['%s/first%d' % (s.root, i) for s in sites for i in range(2)]
        urls += ['%s/later%d' % (s.root, i) for s in sites for i in range(3)]
        rows, _ = self.scrape(*urls)
        self.assertEqual(len(rows), 15)

    def test_rows_are_printed_when_they_arrive(self):
        """The second blog's article waits until the first row was read."""
        read = threading.Event()
        site = Site(self, {
            '/slow': front('/s'), '/quick': front('/q'),
            '/q': article('quick'),
            '/s': lambda _: read.wait(30) and article('slow'),
        })
        for args in ((), ('--json',)):
            read.clear()
            run = Run(self, 'scrape', *args, site.root + '/slow',
                      site.root + '/quick', '--timeout-ms', '60000')
            self.assertIn('quick', run.process.stdout.readline())
            read.set()
            self.assertIn('slow', run.end(DONE)[0])


class Pages(Scraping):
    def test_other_patterns(self):
        site = Site(self, {
            '/': reply('<h3><a href=/no>x</a></h3><h2><a href=/a>x</a></h2>'),
            '/a': reply('<title>no</title><h1> The \n one </h1>')})
        rows, _ = self.scrape(site.root, '--link', '//h2/a/@href', '--title',
                              '//h1')
        self.assertEqual(rows[0]['title'], 'The one')
        self.assertEqual(rows[0]['url'], site.root + '/')
        self.assertEqual(rows[0]['article'], site.root + '/a')

    def test_patterns_are_checked_beforehand(self):
        for option in ('--link', '--title'):
            out, err = self.baton('scrape', 'http://127.0.0.1:1/', option,
                                  '//a[', code=USAGE)
            self.assertEqual(out, '')
            self.assertRegex(err, r'^baton: %s is no XPath.*: .*\n$' % option)

    def test_answers_as_servers_give_them(self):
        coded = HTML + 'Content-Encoding: gzip\r\n'
        page = '<h3><a href="/a">x</a></h3>'
        chunked = ('HTTP/1.1 203 Cached\r\nTransfer-Encoding: chunked\r\n\r\n'
                   '%x \r\n%s\r\n0;a=b;c="d\\"e"\r\n\r\n'
                   % (len(page), page)).encode()
        site = Site(self, {
            '/a': article('it'), '/chunked': chunked,
            '/twice': reply(page, 'Content-Length: %d\r\n' % len(page)),
            '/coded': reply(b'x', coded.replace('gzip', 'br')),
            '/0': b'HTTP/1.1 099 x\r\n\r\n',
            '/404': reply('', coded, '404 No'),
            '/503': reply('', coded, '503 Busy'),
            '/204': b'HTTP/1.1 204 None\r\n\r\n'})
        wanted = {'/chunked': (None, 200), '/twice': (None, 200),
                  '/coded': ('compressed', 200), '/0': ('malformed', None),
                  '/404': ('status', 404), '/503': ('status', 503),
                  '/204': ('no-link', 204)}
        for model in self.models():
            rows, err = self.scrape('--model', model, code=FINDING,
                                    *(site.root + path for path in wanted))
            self.assertEqual({row['url'][len(site.root):]:
                              (row['error'], row['status']) for row in rows},
                             wanted)
        self.assertRegex(err, r'(?m)^  compressed +1  the body is in a coding')
        _, err = self.baton('scrape', site.root + '/503', code=FINDING)
        self.assertIn('/503: status 503', err)

    def test_compressed_pages_are_decoded(self):
        page = b'<h3><a href="/a">x</a></h3>'
        raw = zlib.compressobj(wbits=-15)
        raw = raw.compress(page) + raw.flush()
        whole = gzip.compress(page)
        accepted = set()

        def coded(body, coding='gzip'):
            return reply(body, HTML + 'Content-Encoding: %s\r\n' % coding)

        pages = {
            '/gzip': (coded(whole), None), '/raw': (coded(raw, 'deflate'), None),
            '/zlib': (coded(zlib.compress(page), 'deflate'), None),
            '/two': (coded(gzip.compress(page[:9]) + gzip.compress(page[9:])),
                     None),
            '/behind': (coded(whole + b'rubbish'), None),
            '/unsaid': (reply(whole), None),
            '/chunks': (b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n'
                        b'Transfer-Encoding: chunked\r\n\r\n' + b''.join(
                            b'1\r\n%c\r\n' % byte for byte in whole) +
                        b'0\r\n\r\n', None),
            '/large': (coded(gzip.compress(b' ' * 4000000 + page)), None),
            '/bomb': (coded(gzip.compress(bytes(50000000))), 'too-big'),
            '/cut': (coded(whole[:-3]), 'truncated'),
            '/broken': (coded(whole[:12] + b'xxx' + whole[12:]), 'bad-coding'),
            '/text': (coded(page), 'bad-coding'),
            '/double': (coded(gzip.compress(whole)), 'compressed'),
            '/both': (coded(whole, 'deflate, gzip'), 'compressed')}

        class Coded(Site):
            def say(self, connection, _):
                request = hear_request(connection)
                accepted.update(line for line in request.split(b'\r\n')
                                if line.startswith(b'Accept-Encoding'))
                path = target_of(request)
                connection.sendall(
                    article('it') if path == '/a' else pages[path][0])

        site = Coded(self, {})
        for model in self.models():
            rows, _ = self.scrape('--model', model, code=FINDING,
                                  *(site.root + path for path in pages))
            if b'Accept-Encoding: identity' in accepted:
                self.skipTest('built without zlib')
            self.assertEqual(
                {row['url'][len(site.root):]: row['error'] for row in rows},
                {path: error for path, (_, error) in pages.items()}, model)
        self.assertEqual(accepted, {b'Accept-Encoding: gzip, deflate'})

    def test_a_connection_is_used_again(self):
        moved = reply('gone', 'Location: /front\r\n', '302 Found')
        pages = {'/': moved, '/front': front('/a'), '/a': article('it'),
                 '/404': reply('no', HTML, '404 No')}
        last = HTML + 'Connection: close\r\n'
        # How many requests a connection takes, whether HTML ends it, and how
        # many connections there are then.
        for most, ends, wanted in (9, False, 1), (1, False, 7), (9, True, 5):
            def say(connection, _, most=most, ends=ends):
                for _ in range(most):
                    page = pages[target_of(hear_request(connection))]
                    connection.sendall(page.replace(
                        HTML.encode(), (last if ends else HTML).encode()))

            for model in self.all_models():
                server = Server(self, say)
                root = 'http://127.0.0.1:%d' % server.port
                rows, _ = self.scrape('--model', model, '--per-host', '1',
                                      root + '/', root + '/404', root + '/',
                                      code=FINDING)
                self.assertEqual([row['error'] for row in rows],
                                 [None, 'status', None], model)
                self.assertEqual(server.count, wanted, model)

    def test_a_used_connection_is_tried_once_more_on_a_new_one(self):
        def say(connection, number):
            if number > 1:  # and there it is an error
                hear_request(connection)
                return
            hear_request(connection)
            connection.sendall(front('/a'))
            hear_request(connection)

        server = Server(self, say)
        rows, _ = self.scrape('http://127.0.0.1:%d/' % server.port,
                              code=FINDING)
        self.assertEqual(rows[0]['error'], 'empty')
        self.assertEqual(server.count, 2)

    def test_robots_txt_is_obeyed(self):
        rules = (b'User-agent: *\nDisallow: /\n\nUser-agent: Baton\n'
                 b'Disallow: /no\nAllow: /no/$\nDisallow: /*.gif$\n')
        pages = {'/robots.txt': reply('', 'Location: /r\r\n', '301 Moved'),
                 '/r': reply(rules, 'Content-Type: text/plain\r\n'),
                 '/': front('/a'), '/a': article('it'), '/no/': front('/a'),
                 '/to': front('/no/x'), '/x.gif': front('/a'),
                 '/moved': reply('', 'Location: /no\r\n', '302 Found')}
        wanted = {'/': None, '/no/': None, '/no': 'robots', '/to': 'robots',
                  '/x.gif': 'robots', '/moved': 'robots', '/no?x': 'robots'}
        for model in self.all_models():
            asked = []

            def say(connection, _, asked=asked):
                while True:
                    asked.append(target_of(hear_request(connection)))
                    connection.sendall(pages[asked[-1]])

            server = Server(self, say)
            root = 'http://127.0.0.1:%d' % server.port
            rows, _ = self.scrape('--model', model, '--per-host', '0',
                                  *(root + path for path in wanted),
                                  code=FINDING, robots=True)
            self.assertEqual({row['url'][len(root):]: row['error']
                              for row in rows}, wanted, model)
            self.assertEqual(sorted(asked), sorted(
                ['/robots.txt', '/r', '/', '/a', '/no/', '/a', '/to',
                 '/moved']), model)
        self.scrape(root + '/x.gif')
        self.assertEqual(asked[-2:], ['/x.gif', '/a'])

    def test_a_server_without_robots_txt(self):
        """RFC 9309, 2.3.1: none allows all, one that fails forbids all."""
        page = front('/a')
        long = 'User-agent: *\nDisallow: /\n' + '#' * 600000
        wanted = {reply('', HTML, '404 No'): None, reply(''): None,
                  reply('', HTML, '403 No'): None,
                  reply('', 'Location: /robots.txt\r\n', '301 x'): None,
                  reply('', HTML, '503 Busy'): 'robots',
                  reply(long): 'robots', b'': 'empty',
                  reply('', HTML, '429 Slow'): 'status'}
        for robots, error in wanted.items():
            site = Site(self, {'/robots.txt': robots, '/': page,
                               '/a': article('it')})
            rows, _ = self.scrape(site.root + '/', robots=True,
                                  code=FINDING if error else DONE)
            self.assertEqual(rows[0]['error'], error, robots[:60])

    def test_after_429_a_host_is_left_alone(self):
        asked = []

        def say(connection, _):
            asked.append(target_of(hear_request(connection)))
            connection.sendall(reply('', HTML, '429 Slow down'))

        for model in self.all_models():
            server, other = Server(self, say), Site(self, {
                '/': front('/a'), '/a': article('it')})
            asked.clear()
            rows, err = self.scrape(
                '--model', model, '--per-host', '1',
                *('http://127.0.0.1:%d/%d' % (server.port, i)
                  for i in range(9)), other.root + '/', code=FINDING)
            self.assertEqual(asked, ['/0'], model)
            self.assertEqual(sorted((row['error'] or '', row['status'])
                                    for row in rows),
                             [('', 200)] + 9 * [('status', 429)], model)

    def test_pages_in_their_encodings(self):
        def page(body, charset=''):
            return reply(body, 'Content-Type: text/html%s\r\n'
                         % (charset and '; charset=' + charset))

        first = b'<h3><a href="%s">x</a></h3>'
        late = b' ' * 2000 + b'<title>\xf0\xd2</title><meta charset=koi8-r>'
        pages = {
            '/mark': page(b'\xef\xbb\xbf' + first % b'/a', 'windows-1251'),
            '/a': page(b'\xef\xbb\xbf<title>\xc3\xa9</title>', 'x-cp1251'),
            '/late': page(first % b'/b'), '/b': page(late),
            '/words': page(first % b'/c'),
            '/c': page(b'<meta name=keywords content="charset=koi8-r">'
                       b'<title>\xe9</title>'),
            '/xml': page(b"<?xml encoding='iso-8859-2'?>" + first % b'/d'),
            '/d': page(b"<?xml encoding='iso-8859-2'?><title>\xb1</title>"),
            '/jp': page(first % b'/e'),
            '/e': page(b'<title>\xad\xa1</title>', 'x-euc-jp'),
            '/query': page(first % b'/f/%2e%2E/f?q=\xe9', 'latin1'),
            '/f?q=%E9': page(b'<title>f</title>')}
        wanted = {'/mark': '\xe9', '/late': '\u041f\u0440', '/words': '\xe9',
                  '/xml': '\u0105', '/jp': '\u2460', '/query': 'f'}
        site = Site(self, pages)
        for model in self.models():
            rows, _ = self.scrape('--model', model,
                                  *(site.root + path for path in wanted))
            self.assertEqual({row['url'][len(site.root):]: row['title']
                              for row in rows}, wanted)

    def test_who_asks(self):
        heard = []

        def say(connection, _):
            heard.append(hear_request(connection).decode())
            connection.sendall(article('it') if len(heard) > 1
                               else front('/a?b=c'))

        server = Server(self, say)
        self.scrape('HTTP://LocalHost:%d/x/../y?q#f' % server.port)
        for request, target in zip(heard, ('/y?q', '/a?b=c')):
            lines = request.split('\r\n')
            self.assertEqual(lines[0], 'GET %s HTTP/1.1' % target)
            self.assertIn(lines[-4], ('Accept-Encoding: gzip, deflate',
                                  'Accept-Encoding: identity'))
            self.assertIn('Host: localhost:%d' % server.port, lines)
            self.assertRegex(request, r'User-Agent: baton/\d+\.\d+\.\d+ \(')
            self.assertNotIn('Mozilla', request)

    def test_over_ipv6(self):
        try:
            listener = socket.create_server(('::1', 0),
                                            family=socket.AF_INET6)
        except OSError as error:
            self.skipTest('no IPv6: %s' % error)
        with listener:
            port = listener.getsockname()[1]

            def serve():
                for page in (front('/a'), article('six')):
                    connection, _ = listener.accept()
                    with connection:
                        hear_request(connection)
                        connection.sendall(page)

            thread = threading.Thread(target=serve)
            thread.start()
            rows, _ = self.scrape('http://[::1]:%d/' % port, *TIMEOUT)
            thread.join()
        self.assertEqual(rows[0]['title'], 'six')
        self.assertEqual(rows[0]['article'], 'http://[::1]:%d/a' % port)

    def test_a_host_that_is_met_on_the_way(self):
        other = Site(self, {'/a': article('there')})
        site = Site(self, {
            '/link': front('http://localhost:%d/a' % other.port),
            '/short': front('http://127.1:%d/a' % other.port),
            '/moved': reply('', 'Location: %s/front\r\n' % other.root,
                            '302 Found'),
            '/nowhere': front('http://%s/' % NO_NAME),
            '/tls': front('https://127.0.0.1:%d/' % free_port())})
        other.pages['/front'] = front('/a')
        rows, _ = self.scrape(*(site.root + path for path in site.pages),
                              code=FINDING)
        found = {r['url'][len(site.root):]: r for r in rows}
        self.assertEqual(found['/link']['title'], 'there')
        self.assertEqual(found['/short']['title'], 'there')
        self.assertEqual(found['/moved']['title'], 'there')
        self.assertIn(found['/tls']['error'], ('refused', 'bad-redirect'))
        self.assertEqual(found['/nowhere']['error'], 'dns-name')

    def test_a_name_that_does_not_exist_is_never_dialled(self):
        url = 'http://%s:%d/blog' % (NO_NAME, free_port())
        rows, err = self.scrape(url, url + '/2', code=FINDING)
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertEqual(row['error'], 'dns-name')
        self.assertRegex(err, r'(?m)^  dns-name +2  ')

    def endless(self, head):
        """A server that never stops sending, and how much was taken."""
        taken = []

        def say(connection, _):
            hear_request(connection)
            sent = connection.send(head)
            with contextlib.suppress(OSError):
                while sent < 2 << 30:
                    sent += connection.send(b'<p>more</p>' * 6000)
            taken.append(sent)

        return Server(self, say), taken

    def test_a_page_without_end_is_cut_off(self):
        ok = ('HTTP/1.1 200 OK\r\n%s' % HTML).encode()
        for head in (ok + b'\r\n', ok + b'Content-Length: 2147483648\r\n\r\n',
                     b'HTTP/1.1 200 OK\r\nX: '):
            for model in self.models():
                server, taken = self.endless(head)
                rows, _ = self.scrape(server.url, '--model', model,
                                      code=FINDING)
                self.assertEqual(rows[0]['error'], 'too-big')
                wait_until(lambda: taken, 'the end of a page')
                self.assertLess(taken[0], 32 << 20)

    def test_a_page_that_is_nested_too_deep(self):
        deep = '<div>' * 100000 + 'x'
        site = Site(self, {'/front': reply(deep), '/b': front('/a'),
                           '/a': reply(deep)})
        for model in self.models():
            rows, _ = self.scrape(site.root + '/front', site.root + '/b',
                                  '--model', model, code=FINDING)
            self.assertEqual([r['error'] for r in rows], ['too-big'] * 2)

    def test_nothing_that_a_terminal_obeys_is_printed(self):
        evil = ('\x1b[31mred\x07 \x9b31m \u2028line\x7f &#27;]0;x&#7; \x08'
                '\r\n\ttab')
        site = Site(self, {'/': front('/a\x1b[2J\x07'),
                           '/a%1B[2J': article(evil)})
        rows, _ = self.scrape(site.root)
        out, err = self.baton('scrape', site.root, site.root + '/\x1b[1m',
                              'no\x1b[1m\u009b1m\udcff', code=FINDING)
        columns = out[:-1].split('\t')
        self.assertEqual(len(columns), 3)
        for text in (*columns, *err.splitlines(), rows[0]['title'],
                     rows[0]['article']):
            self.assertTrue(text.isprintable(), ascii(text))
        self.assertIn('red', rows[0]['title'])

    def test_a_model_without_a_network_is_refused_with_the_reason(self):
        for model, why in (('locked', r'adds a lock'), ('null', 'network')):
            _, err = self.baton('scrape', '--model', model,
                                'http://127.0.0.1:1/', code=USAGE)
            self.assertRegex(err, r'^baton: %s cannot scrape: .*%s' %
                             (model, why))


class NameServer(Scraping):
    """Names that `--dns` asks the origin's name server for."""
    def setUp(self):
        super().setUp()
        self.origin = Run(self, 'origin')
        lines = [self.origin.process.stdout.readline() for _ in range(4)]
        self.port, self.dns = (line.strip().rsplit(':', 1)[1]
                               for line in (lines[0], lines[3]))

    def url(self, kind, number=7, latency=0):
        return 'http://%d.%s-%d.origin.test:%s/blog/%d?seed=1&bytes=1024' % (
            number, kind, latency, self.port, number)

    def test_each_kind_of_name_has_its_outcome_with_every_model(self):
        kinds = {'known': None, 'long': None, 'spoofed': None,
                 'mistaken': None, 'alias': None, 'two': None,
                 'missing': 'dns-name', 'failing': 'dns-failed',
                 'looping': 'dns-failed', 'lying': 'dns-failed',
                 'mute': 'dns-no-answer', 'unheard-of': 'dns-failed'}
        urls = {self.url(kind): kind for kind in kinds}
        for model in self.all_models():
            rows, _ = self.scrape(*urls, *TIMEOUT, '--model', model, '--dns',
                                  '127.0.0.1:' + self.dns, code=FINDING)
            self.assertEqual({urls[r['url']]: r['error'] for r in rows}, kinds,
                             model)

    def test_a_slow_name_delays_no_other_and_is_kept(self):
        urls = [self.url('known', 1, 1000)] + [
            self.url('known', number, 1) for number in range(2, 30)]
        start = time.monotonic()
        rows, _ = self.scrape(*urls, '--dns', '127.0.0.1:' + self.dns)
        took = {r['url']: r['elapsed_ms'] for r in rows}
        self.assertGreaterEqual(took.pop(urls[0]), 1000)
        self.assertLess(max(took.values()), 1000)
        # Its article is on the same host, whose address is known then.
        self.assertLess(time.monotonic() - start, 2)

    def test_another_server_is_asked_after_one_that_is_not_there(self):
        absent = '127.0.0.1:%d' % free_port()
        rows, _ = self.scrape(self.url('known'), '--dns', absent,
                              '--dns', '127.0.0.1:' + self.dns)
        self.assertEqual([r['error'] for r in rows], [None])
        rows, _ = self.scrape(self.url('known'), '--dns', absent, code=FINDING)
        self.assertEqual([r['error'] for r in rows], ['dns-no-answer'])

    def test_long_names_are_no_names(self):
        for name in ('a' * 64 + '.test', '.'.join(['a' * 50] * 6), 'a..b'):
            rows, _ = self.scrape('http://%s/' % name, '--dns',
                                  '127.0.0.1:' + self.dns, code=FINDING)
            self.assertEqual([r['error'] for r in rows], ['dns-name'])

    def test_what_is_no_server_is_refused(self):
        for server in ('', 'dns.test', '127.0.0.1:', '127.0.0.1:0', '::1:x',
                       '127.0.0.1:65536', '[::1', '[::1]53', '127.0.0.1:5x'):
            _, err = self.baton('scrape', 'http://127.0.0.1/', '--dns', server,
                                code=USAGE)
            self.assertIn("'%s' is not the address of a name server" % server,
                          err)
        _, err = self.baton('scrape', 'http://127.0.0.1/',
                            *['--dns', '127.0.0.1'] * 4, code=USAGE)
        self.assertIn('at most 3 name servers', err)


class Names(Scraping):
    """Names that are looked up as SlowNames says."""
    def setUp(self):
        super().setUp()
        names = SlowNames()
        self.addCleanup(names.close)
        self.dns = '--dns', names.at
        self.site = Site(self, {'/b': front('/a'), '/a': article('it')},
                         front('/a'))

    def url(self, name, path='/b'):
        return 'http://%s.test:%d%s' % (name, self.site.port, path)

    def scrape(self, *args, **options):
        return super().scrape(*self.dns, *args, **options)

    def errors(self, *names, code=FINDING, **options):
        """{name: class}, and standard error."""
        urls = {self.url(name): name for name in names}
        rows, err = self.scrape(*urls, *options.pop('args', ()), code=code)
        return {urls[r['url']]: r['error'] for r in rows}, err

    def test_a_slow_name_delays_no_other_site(self):
        for model in self.all_models():
            if self.at_once(model) == 1:
                continue
            late = ['after-2000', 'error-3-2000']
            soon = ['after-%d' % i for i in range(4)]
            urls = [self.url(name) for name in late + soon]
            urls += [self.site.root + '/%d' % i for i in range(6)]
            rows, _ = self.scrape(*urls, '--model', model, '--per-host', '0',
                                  code=FINDING)
            self.assertEqual(sorted(r['url'] for r in rows), sorted(urls))
            for row in rows:
                if row['url'] in urls[:2]:
                    self.assertGreaterEqual(row['elapsed_ms'], 2000, model)
                else:
                    self.assertLess(row['elapsed_ms'], 1000, model)

    def test_a_slow_name_in_a_link_delays_no_other_site(self):
        self.site.pages['/far'] = front(self.url('after-2000', '/a'))
        urls = [self.site.root + path for path in ('/far', '/1', '/2')]
        for model in self.all_models():
            if self.at_once(model) == 1:
                continue
            rows, _ = self.scrape(*urls, '--model', model, '--per-host', '0')
            took = {r['url']: r['elapsed_ms'] for r in rows}
            self.assertGreaterEqual(took[urls[0]], 2000, model)
            self.assertLess(max(took[url] for url in urls[1:]), 1000, model)

    def test_a_name_is_looked_up_once(self):
        for turn_of, model in enumerate(self.models()):
            urls = [self.url('once-%d' % turn_of, '/%d' % i) for i in range(20)]
            rows, _ = self.scrape(*urls, '--model', model, '--per-host', '0')
            self.assertEqual({r['title'] for r in rows}, {'it'})

    def test_a_failure_that_may_pass_is_not_kept(self):
        urls = [self.url('again-1', '/%d' % i) for i in range(3)]
        rows, _ = self.scrape(*urls, '--per-host', '1', code=FINDING)
        self.assertEqual([r['error'] for r in rows],
                         ['dns-failed', None, None])

    def test_every_failure_has_its_class(self):
        wanted = {'error-3-0': 'dns-name', 'error-2-0': 'dns-failed',
                  'error-5-0': 'dns-failed', 'after-0': None}
        for model in self.models():
            errors, _ = self.errors(*wanted, args=('--model', model))
            self.assertEqual(errors, wanted)

    def test_the_next_address_is_tried(self):
        for model in self.models():
            errors, _ = self.errors('second', code=DONE,
                                    args=('--model', model))
            self.assertEqual(errors, {'second': None})

    def test_a_name_takes_no_longer_than_a_connection_may(self):
        for model in self.models():
            began = time.monotonic()
            errors, err = self.errors('after-60000',
                                      args=('--timeout-ms', '300', '--model',
                                            model))
            self.assertEqual(errors, {'after-60000': 'dns-no-answer'})
            self.assertLess(time.monotonic() - began, 20)

    def test_more_names_than_are_looked_up_at_once(self):
        slow = [self.url('after-%d' % (300 + i)) for i in range(40)]
        rows, _ = self.scrape(*slow)
        self.assertEqual({r['title'] for r in rows}, {'it'})
        later = sorted(r['elapsed_ms'] for r in rows)[32:]
        self.assertGreaterEqual(min(later), 600)

    def test_many_slow_names_delay_another_by_a_second(self):
        slow = [self.url('after-%d' % (4000 + i)) for i in range(40)]
        rows, _ = self.scrape(*slow, self.url('after-0'), '--timeout-ms',
                              '60000')
        self.assertEqual({r['title'] for r in rows}, {'it'})
        self.assertLess(min(r['elapsed_ms'] for r in rows), 2500)

    def test_a_resolver_that_dies_is_named_by_every_site(self):
        for model in self.models():
            urls = [self.url('after-60000', '/%d' % i) for i in range(9)]
            run = Run(self, 'scrape', *self.dns, '--json', *urls,
                      self.url('after-1'),
                      self.site.root, '--per-host', '1', '--concurrency', '3',
                      '--model', model, '--timeout-ms', '120000',
                      '--ignore-robots')
            pid = self.resolver(run)
            if self.at_once(model) > 1:
                rows = [self.row(run.process.stdout.readline())
                        for _ in range(2)]
            else:
                rows = []
            os.kill(pid, signal.SIGKILL)
            rest, err = self.rest(run, FINDING)
            errors = {r['url']: r['error'] for r in rows + rest}
            self.assertEqual(len(errors), 11)
            self.assertIsNone(errors[self.site.root + '/'])
            self.assertEqual({errors[url] for url in urls}, {'dns-resolver'})
            self.assertRegex(err, r'(?m)^baton: the resolver process ended '
                                  r'early: signal 9 ')
            self.assertRegex(err, r'(?m)^  dns-resolver +\d+  \w')

    def test_a_resolver_that_stands_still_takes_no_longer(self):
        run = Run(self, 'scrape', *self.dns, '--json', self.url('after-60000'),
                  self.url('after-60001'), '--timeout-ms', '1000',
                  '--ignore-robots')
        os.kill(self.resolver(run), signal.SIGSTOP)
        rows, _ = self.rest(run, FINDING)
        self.assertEqual([r['error'] for r in rows], ['dns-no-answer'] * 2)
        self.nobody_left(run)

    def test_killing_it_ends_the_resolver(self):
        run = Run(self, 'scrape', *self.dns, self.url('after-60000'),
                  '--timeout-ms', '120000')
        self.resolver(run)
        run.kill(signal.SIGKILL)
        self.nobody_left(run)
        run.end(-signal.SIGKILL)

    def test_an_interrupt_does_not_wait_for_a_name(self):
        run = Run(self, 'scrape', *self.dns, '--json', self.url('after-60000'),
                  '--timeout-ms', '120000')
        self.resolver(run)
        run.kill(signal.SIGINT)
        rows, err = self.rest(run, BROKEN)
        self.assertEqual([r['error'] for r in rows], ['cancelled'])
        self.assertNotIn('resolver', err)
        self.nobody_left(run)


class Input(Scraping):
    def setUp(self):
        super().setUp()
        self.site = Site(self, {'/': front('/a'), '/a': article('it')})
        self.good = self.site.root + '/'

    def named(self, lines, words, found=1, **options):
        """`words` is what is said of each line that is no URL."""
        path = self.listed(*lines, **options)
        rows, err = self.scrape('--urls', path, code=FINDING)
        self.assertEqual(len(rows), found)
        said = [line for line in err.splitlines() if path in line]
        self.assertEqual(len(said), len(words), err)
        for line, (number, what) in zip(said, words):
            self.assertTrue(line.startswith('baton: %s:%d: ' %
                                            (path, number)), line)
            self.assertRegex(line, what)
        self.assertRegex(err, r'(?m)^baton: %d more (is|are) not a URL' % len(words))

    def test_what_is_no_url_is_named_and_the_rest_goes_on(self):
        self.named(
            ['', 'example.org/blog', self.good,
             'ftp://example.org/', '   \t', '# comment', 'http://',
             'http://user:pw@example.org/', b'http://a/\0b',
             'http://127.0.0.1/' + 'a' * 2048, 'a b', 'http://h:99999/',
             'localhost:8080/x'],
            [(1, 'blank'), (2, 'scheme; write http://example.org/blog$'),
             (4, 'neither http nor https$'), (5, 'blank'),
             (6, 'not a usable http URL'), (7, 'not a usable http URL'),
             (8, 'not a usable http URL'), (9, 'NUL'), (10, '2047 bytes'),
             (11, 'not a usable http URL'), (12, 'not a usable http URL'),
             (13, 'write http://localhost:8080/x$')])

    def test_lines_of_windows(self):
        self.named([b'\xef\xbb\xbf' + self.good.encode(), self.good, ''],
                   [(3, 'blank')], found=2, end='\r\n')

    def test_the_longest_url(self):
        longest = self.good + 'x' * (2047 - len(self.good))
        path = self.listed(longest, end='\r\n')
        rows, _ = self.scrape('--urls', path, code=FINDING)
        self.assertEqual((rows[0]['url'], rows[0]['error']),
                         (longest, 'status'))
        self.named([longest + 'x', self.good], [(1, '2047 bytes')])

    def test_a_last_line_without_an_end(self):
        with open(self.path('list'), 'w', encoding='ascii') as file:
            file.write(self.good + '\n' + self.good)
        rows, _ = self.scrape('--urls', self.path('list'))
        self.assertEqual(len(rows), 2)

    def test_standard_input(self):
        p = subprocess.run([support.BATON, 'scrape', '--urls', '-'],
                           input='%s\nx y\n' % self.good, text=True,
                           capture_output=True, env=self.env, check=False,
                           timeout=support.GUARD_S)
        self.assertEqual(p.returncode, FINDING)
        self.assertEqual(len(p.stdout.splitlines()), 1)
        self.assertIn('standard input:2: ', p.stderr)

    def test_words_are_named_by_their_number(self):
        rows, err = self.scrape(self.good, 'nonsense://', '', 'x.org',
                                code=FINDING)
        self.assertEqual(len(rows), 1)
        self.assertIn("baton: URL 2: 'nonsense://' is ", err)
        self.assertIn('baton: URL 3: blank', err)
        self.assertIn('baton: URL 4: ', err)

    def test_nothing_but_bad_ones(self):
        _, err = self.scrape('x.org', code=FINDING)
        self.assertIn('no URL to scrape', err)

    def test_a_url_may_come_more_than_once(self):
        rows, _ = self.scrape(*[self.good] * 5)
        self.assertEqual(len(rows), 5)

    def refused(self, *args, words):
        out, err = self.baton('scrape', *args, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)
        self.assertRegex(err, r'^baton')
        self.assertEqual(self.site.count, 0)

    def test_a_list_that_cannot_be_read(self):
        self.refused('--urls', self.path('no'), words='No such file')
        self.refused('--urls', self.dir, words='Is a directory')
        self.refused('--urls', os.devnull, words='no URL to scrape')
        self.refused('--urls', '/dev/zero', words='not a list of')

    def test_a_list_that_is_too_long(self):
        with open(self.path('list'), 'wb') as file:
            file.write(b'http://127.0.0.1:1/\n' * 1000001)
        self.refused('--urls', self.path('list'),
                     words=r':1000001: .*at most 1000000 lines')

    def test_usage(self):
        self.refused(words='URLs, or --urls')
        self.refused(self.good, '--urls', 'x', words='not both')
        self.refused(self.good, '--model', 'libvu', words="mean 'libuv'")
        self.refused(self.good, '--model', 'all', words='takes one model')
        self.refused(self.good, '--modle', 'libuv', words="mean '--model'")
        self.refused(self.good, '--compare', words="no option '--compare'")
        for option, values in (('--concurrency', ('0', '-1', 'x', '100001')),
                               ('--per-host', ('-1', 'x', '')),
                               ('--timeout-ms', ('0', '1.5', '3600001'))):
            for value in values:
                self.refused(self.good, option + '=' + value, words=option)


class Terminal(Scraping):
    def on_terminal(self, which, *args, **env):
        """What appears on a terminal that is standard output or error."""
        ours, theirs = pty.openpty()
        others = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
        others[which] = theirs
        process = subprocess.Popen([support.BATON, 'scrape', *args],
                                   stdin=subprocess.DEVNULL,
                                   env=dict(self.env, **env), **others)
        os.close(theirs)
        self.shown = b''
        with contextlib.suppress(OSError):  # EIO: nobody holds it any more
            while select.select([ours], [], [], support.GUARD_S)[0]:
                self.shown += os.read(ours, 4096)
        os.close(ours)
        self.assertEqual(process.wait(timeout=support.GUARD_S), DONE)
        return self.shown

    def site(self):
        def say(_):
            time.sleep(0.3)
            return article('Œuvre')
        return Site(self, {'/': front('/a'), '/a': say})

    def test_progress_is_for_terminals(self):
        def say(_):
            wait_until(lambda: b'failed' in self.shown, 'progress')
            return article('it')
        shown = self.on_terminal('stderr', Site(self, {
            '/': front('/a'), '/a': say}).root, '--timeout-ms', '120000')
        self.assertRegex(shown, rb'\r\x1b\[K\S+  0/1  0 found, 0 failed')
        site = self.site()
        self.assertNotIn(b'\x1b', self.on_terminal('stdout', site.root))
        _, err = self.baton('scrape', site.root)
        self.assertEqual(len(err.splitlines()), 1)
        self.assertNotIn('\r', err)

    def test_titles_are_utf8_in_every_locale(self):
        site = self.site()
        for locale in ('C', 'C.UTF-8'):
            shown = self.on_terminal('stdout', site.root, LC_ALL=locale)
            self.assertIn('\tŒuvre'.encode(), shown)
            out, _ = self.baton('scrape', site.root, env={'LC_ALL': locale},
                                encoding='utf-8')
            self.assertIn('\tŒuvre\n', out)


class WebServer(Nginx):
    """nginx with blogs: plain, redirected, from the other side of a link."""
    pages = '''
        default_type text/html;
        location = /moved { return 301 /blog; }
        location = /round { return 302 /round; }
        location = /away { return 307 http://localhost:$server_port/moved; }
        location = /secret { return 403; }
        location = /text { default_type text/plain; }
'''

    def __init__(self, case):
        super().__init__(case, b'')
        root = case.path('nginx')
        for name, body in (('blog', '<h3><a href="a b.html">x</a></h3>'),
                           ('a b.html', '<title>of nginx</title>'),
                           ('text', 'no HTML')):
            with open('%s/www/%s' % (root, name), 'w',
                      encoding='ascii') as file:
                file.write(body)
        conf = support.read(root, 'nginx.conf')
        with open(root + '/nginx.conf', 'w', encoding='utf-8') as file:
            file.write(re.sub(r'(root \S+;) }', r'\1 %s }' % self.pages, conf))
        self.root = 'http://127.0.0.1:%d' % self.port
        # A reload would leave the old worker at work for a while.
        command = self.process.args
        self.stop()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        case.assertEqual(wait_until(self.state, 'nginx listening'), 'up')


class OfNginx(Scraping):
    def test_pages_redirects_and_refusals(self):
        nginx = WebServer(self)
        wanted = {'/blog': None, '/moved': None, '/away': None,
                  '/round': 'too-many-redirects', '/no': 'status',
                  '/secret': 'status', '/text': 'not-html'}
        for model in self.models():
            rows, _ = self.scrape(*(nginx.root + p for p in wanted),
                                  '--model', model, code=FINDING)
            self.assertEqual({r['url'][len(nginx.root):]: r['error']
                              for r in rows}, wanted)
            self.assertEqual({r['title'] for r in rows if not r['error']},
                             {'of nginx'})
            self.assertEqual({r['article'] for r in rows if r['title']},
                             {nginx.root + '/a%20b.html',
                              'http://localhost:%d/a%%20b.html' % nginx.port})

    def test_a_hundred_of_them(self):
        """On a few connections, which nginx keeps alive."""
        nginx = WebServer(self)
        blogs = ['%s/blog?%d' % (nginx.root, i) for i in range(100)]
        for model in self.models():
            rows, _ = self.scrape(*blogs, '--per-host', '20', '--model', model)
            self.assertEqual(sorted(r['url'] for r in rows), sorted(blogs))
            self.assertEqual({r['title'] for r in rows}, {'of nginx'})


class Thousand(WithOrigin):
    """Mixed scrapes leave nothing behind in the process that makes them."""

    def belongings(self, run):
        pid = self.at_work(run)
        status = support.read('/proc', str(pid), 'status')
        return (len(os.listdir('/proc/%d/fd' % pid)),
                int(re.search(r'RssAnon:\s+(\d+)', status).group(1)))

    def mixed(self, n):
        names = [name for name in CLASSES if not name.startswith('big-')]
        sites = ['%s/fault/%s/%d' % (self.root, names[i % len(names)], i)
                 for i in range(n - n // 20)]
        sites += [self.refused + '/%d' % i for i in range(n // 20)]
        return sites

    def test_no_leak_after_a_thousand(self):
        # It is looked at while it works, and so has more to do than that.
        sites = self.mixed(1000) + ['%s/fault/silent/%d' % (self.root, i)
                                    for i in range(1000, 1600)]
        for model in self.models():
            if model == 'sequential':
                continue  # three minutes of time-outs, and the same code
            run = Run(self, 'scrape', '--json', '--per-host', '0',
                      '--timeout-ms', '150', '--concurrency', '50', '--model',
                      model, '--urls', self.listed(*sites))
            rows, seen = [], {}
            for line in run.process.stdout:
                rows.append(self.row(line))
                if len(rows) in (200, 900):
                    with contextlib.suppress(IndexError, OSError):
                        seen[len(rows)] = self.belongings(run)
            run.end(FINDING)  # with a sanitizer: 5, if it had found a leak
            self.assertEqual(sorted(r['url'] for r in rows), sorted(sites))
            self.assertEqual(set(seen), {200, 900})
            for fds, _ in seen.values():
                self.assertLessEqual(fds, 50 + 20)
            # What a sanitizer keeps for itself is more than any leak.
            if self.is_plain():
                self.assertLess(seen[900][1] - seen[200][1], 2048, 'KiB')


if __name__ == '__main__':
    support.main()
