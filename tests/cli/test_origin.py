# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton origin`, standing alone."""
import contextlib
import errno
import html
import http.client
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urljoin
from xml.etree import ElementTree

import support
from support import BROKEN, Case, DONE, INCONCLUSIVE, Run

LISTEN = '0A'


def listeners(port, table):
    """The addresses, as the kernel writes them, that listen on a port."""
    lines = support.read('/proc/net', table).splitlines()[1:]
    fields = [line.split() for line in lines]
    return [f[1].split(':')[0] for f in fields if f[3] == LISTEN and
            int(f[1].split(':')[1], 16) == port]


EOF, RESET, OPEN = 'its end', 'a reset', 'nothing'

# What each site says to a request that is to be the last: how it begins, how
# many bytes at least and at most, and what comes then.
SITES = {
    'not-found': (b'HTTP/1.1 404 Not Found\r\n', 4096, 4400, EOF),
    'server-error': (b'HTTP/1.1 500 Internal Server Error\r\n', 4096, 4400,
                     EOF),
    'redirect-loop': (b'HTTP/1.1 302 Found\r\n', 100, 400, EOF),
    'redirect-scheme': (b'HTTP/1.1 302 Found\r\n', 100, 400, EOF),
    'reset-at-once': (b'', 0, 0, RESET),
    'empty-reply': (b'', 0, 0, EOF),
    'reset-in-body': (b'HTTP/1.1 200 OK\r\n', 2048, 2400, RESET),
    'short-body': (b'HTTP/1.1 200 OK\r\n', 4095, 4400, EOF),
    'short-chunks': (b'HTTP/1.1 200 OK\r\n', 4200, 4800, EOF),
    'bad-chunk': (b'HTTP/1.1 200 OK\r\n', 3200, 3700, EOF),
    'negative-length': (b'HTTP/1.1 200 OK\r\n', 4096, 4400, EOF),
    'two-lengths': (b'HTTP/1.1 200 OK\r\n', 4096, 4400, EOF),
    'not-http': (b'SSH-2.0-OpenSSH_9.2p1\r\n', 23, 23, EOF),
    'big-header': (b'HTTP/1.1 200 OK\r\n', 15e6, 15 << 20, EOF),
    'big-body': (b'HTTP/1.1 200 OK\r\n', 60 << 20, 64 << 20, EOF),
    'slow-header': (b'HTT', 3, 200, OPEN),
    'slow-body': (b'HTTP/1.1 200 OK\r\n', 60, 400, OPEN),
    'silent': (b'', 0, 0, OPEN),
    'no-link': (b'HTTP/1.1 200 OK\r\n', 100, 400, EOF),
    'no-title': (b'HTTP/1.1 200 OK\r\n', 100, 400, EOF),
    'binary': (b'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n', 100, 400,
               EOF),
    'compressed': (b'HTTP/1.1 200 OK\r\n', 4096, 4400, EOF),
    'plain': (b'HTTP/1.1 200 OK\r\n', 4096, 4400, EOF),
    'chunked': (b'HTTP/1.1 200 OK\r\n', 4200, 4800, EOF),
    'until-close': (b'HTTP/1.1 200 OK\r\n', 4096, 4400, EOF),
    'no-content': (b'HTTP/1.1 204 No Content\r\n', 27, 100, EOF),
    'redirect': (b'HTTP/1.1 302 Found\r\n', 100, 400, EOF),
}


class Origin(Case):
    def setUp(self):
        super().setUp()
        self.origin = Run(self, 'origin', '--port', '0')
        lines = [self.origin.process.stdout.readline() for _ in range(4)]
        self.assertRegex(lines[0], r'^http://127\.0\.0\.1:\d+\n$')
        self.assertRegex(lines[1], r'^refuses connections: http://127\.0\.0\.1:\d+\n$')
        self.assertRegex(lines[2],
                         r'^does not accept connections: http://127\.0\.0\.1:\d+\n$')
        self.assertRegex(lines[3], r'^answers DNS: 127\.0\.0\.1:\d+\n$')
        self.address = lines[0].strip()
        self.port, self.refused, self.deaf, self.names = (
            int(line.rsplit(':', 1)[1]) for line in lines)

    def get(self, target):
        with urllib.request.urlopen(self.address + target,
                                    timeout=support.GUARD_S) as answer:
            return answer.read(), answer.headers

    def raw(self, request):
        with socket.create_connection(('127.0.0.1', self.port)) as s:
            s.settimeout(support.GUARD_S)
            s.sendall(request)
            s.shutdown(socket.SHUT_WR)
            data = b''
            while more := s.recv(4096):
                data += more
            return data

    def visit(self, target, piece=1 << 16, patience_s=support.GUARD_S):
        """What is said to a request, and what comes behind it."""
        with socket.create_connection(('127.0.0.1', self.port)) as s:
            data = bytearray()
            s.settimeout(patience_s)
            s.sendall(b'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
                      b'\r\n' % target.encode())
            try:
                while more := s.recv(piece):
                    data += more
                return bytes(data), EOF
            except ConnectionResetError:
                return bytes(data), RESET

    def test_it_listens_on_the_loopback_alone(self):
        for port, there in ((self.port, ['0100007F']), (self.refused, []),
                            (self.deaf, ['0100007F'])):
            self.assertEqual(listeners(port, 'tcp'), there)
            if os.path.exists('/proc/net/tcp6'):
                self.assertEqual(listeners(port, 'tcp6'), [])

    def question(self, name, kind=1):
        labels = b''.join(bytes([len(label)]) + label for label in name.split(b'.'))
        return b'\x12\x34\x01\0\0\1\0\0\0\0\0\0' + labels + b'\0' + bytes([0, kind, 0, 1])

    def ask(self, name, kind=1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(support.GUARD_S)
            s.connect(('127.0.0.1', self.names))
            s.send(self.question(name, kind))
            return s.recv(4096)

    def test_it_answers_questions_for_names(self):
        question = self.question(b'7.known-0.ORIGIN.test')
        answer = self.ask(b'7.known-0.ORIGIN.test')
        self.assertEqual(answer[:2], b'\x12\x34')
        self.assertEqual(answer[2:12], b'\x85\0\0\1\0\1\0\0\0\0')
        self.assertEqual(answer[12:len(question)], question[12:])
        self.assertEqual(answer[-4:], b'\x7f\0\0\1')
        for kind in b'missing', b'failing', b'other':
            code = {b'missing': 3, b'failing': 2, b'other': 5}[kind]
            self.assertEqual(self.ask(b'7.%s-0.origin.test' % kind)[3], code)
        start = time.monotonic()
        self.ask(b'7.known-200.origin.test', 28)
        self.assertGreaterEqual(time.monotonic() - start, 0.2)
        self.assertEqual(self.ask(b'7.long-0.origin.test')[2] & 2, 2)
        with socket.create_connection(('127.0.0.1', self.names)) as s:
            s.settimeout(support.GUARD_S)
            question = self.question(b'7.long-0.origin.test')
            for piece in b'\0' + bytes([len(question)]), question[:9], question[9:]:
                s.sendall(piece)
            length = s.recv(2, socket.MSG_WAITALL)[1]
            self.assertEqual(s.recv(length, socket.MSG_WAITALL)[-4:], b'\x7f\0\0\1')

    def test_a_question_that_is_none_gets_no_answer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(('127.0.0.1', self.names))
            good = self.question(b'7.known-0.origin.test')
            for length in range(len(good)):
                s.send(good[:length])
            s.send(good[:12] + b'\xff' * 300)
            s.send(good[:12] + b'\xc0\x0c' + good[-4:])
            s.send(b'x' * 60000)
            s.send(good)
            s.settimeout(support.GUARD_S)
            self.assertEqual(s.recv(4096)[-4:], b'\x7f\0\0\1')

    def test_an_address_always_has_the_same_body(self):
        body, headers = self.get('/page/7?seed=1&bytes=1001')
        self.assertEqual(len(body), 1001)
        self.assertEqual(headers['Content-Length'], '1001')
        self.assertEqual(set(body) - set(b'abcdefghijklmnop'), set())
        self.assertGreater(len(set(body)), 10)
        for target in ('/page/7?seed=1&bytes=1001',
                       '/page/7?bytes=1001&seed=1&latency-ms=1'):
            self.assertEqual(self.get(target)[0], body)
        for target in ('/page/8?seed=1&bytes=1001',
                       '/page/7?seed=2&bytes=1001'):
            self.assertNotEqual(self.get(target)[0], body)
        self.assertEqual(self.get('/page/7?seed=1&bytes=99')[0], body[:99])

    def test_defaults(self):
        self.assertEqual(len(self.get('/page/1')[0]), 4096)
        self.assertEqual(self.get('/page/1?bytes=0')[0], b'')

    def test_latency_is_kept_and_told(self):
        for latency_ms in (0, 30, 150):
            start = time.monotonic()
            _, headers = self.get('/page/1?latency-ms=%d' % latency_ms)
            self.assertGreaterEqual(time.monotonic() - start,
                                    latency_ms / 1000)
            if latency_ms:
                self.assertGreaterEqual(int(headers['Baton-Delay-Us']),
                                        latency_ms * 1000)

    def test_rate_is_kept(self):
        start = time.monotonic()
        body, _ = self.get('/page/1?bytes=60000&rate=200000')
        self.assertGreaterEqual(time.monotonic() - start, 0.25)
        self.assertEqual(body, self.get('/page/1?bytes=60000')[0])

    def test_a_connection_serves_many_pages(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.connect()
        first = connection.sock
        for i in range(5):
            connection.request('GET', '/page/%d?bytes=100' % i)
            self.assertEqual(connection.getresponse().read(),
                             self.get('/page/%d?bytes=100' % i)[0])
            self.assertIs(connection.sock, first)
        connection.close()

    def test_latencies_overlap(self):
        start = time.monotonic()
        getters = [threading.Thread(target=self.get, args=(
            '/page/%d?latency-ms=200' % i,)) for i in range(50)]
        for getter in getters:
            getter.start()
        for getter in getters:
            getter.join()
        # One after another they would take 10 s.
        self.assertLess(time.monotonic() - start, 9)

    def test_what_is_no_page_is_not_found(self):
        for target in ('/', '/blog', '/blog/x', '/article/1?rate=1', '/fault',
                       '/fault/1', '/fault/plain', '/fault/nothing/1',
                       '/fault/refused/1', '/page', '/page/', '/page/x', '/page/1x', '/pages',
                       '/page/1?colour=red', '/page/1?bytes=', '/page/-1',
                       '/page/1?bytes=99999999999', '/page/1&bytes=1'):
            with self.subTest(target=target):
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    self.get(target)
                self.assertEqual(caught.exception.code, 404)
                caught.exception.close()

    def test_a_blog_leads_to_its_article(self):
        front, headers = self.get('/blog/4?seed=3&latency-ms=20')
        self.assertEqual(len(front), 4096)
        self.assertTrue(headers['Content-Type'].startswith('text/html'))
        self.assertGreaterEqual(int(headers['Baton-Delay-Us']), 20000)
        self.assertRegex(html.unescape(front.decode('latin-1')),
                         r'(?s)<h3.*article/4\?seed=3&bytes=4096&'
                         r'latency-ms=20.*<h3')
        article, _ = self.get('/article/4?seed=3&bytes=4096&latency-ms=20')
        self.assertRegex(article.decode('latin-1'),
                         r'(?is)<head>.*<title.*4\s+of\s+3\s*</title')

    def test_a_numbered_page_ends_with_its_number(self):
        """Another nonce, another number."""
        numbers = set()
        for nonce in ('1-600-0', '2-600-0', '1-600-1', '1-600-0-open'):
            for kind in ('n', 'bulk'):
                body, _ = self.get('/%s/%s/7' % (kind, nonce))
                self.assertEqual(len(body), 600)
                self.assertRegex(body, rb'^[a-p]{589} \d{10}$')
                numbers.add(body.split()[-1])
        self.assertEqual(len(numbers), 4)

    def test_parsers_of_any_kind_agree_on_a_plain_blog(self):
        for i in range(16):
            url = '/plain/3-%d-0/%d' % (500 * i, i)
            front = ElementTree.fromstring(self.get(url)[0])
            link, = front.findall('.//h3/a')
            body, headers = self.get(urljoin(url, link.get('href')))
            self.assertEqual(headers['Content-Type'],
                             'text/html; charset=utf-8')
            title = ElementTree.fromstring(body).find('.//title').text
            self.assertEqual(re.findall(rb'<title>(.*)</title>', body),
                             [title.encode()])
            self.assertRegex(title, r'^\D+ \d{10}$')
            self.assertFalse(title.isascii())

    def test_each_site_says_what_it_should(self):
        for name, (start, least, most, end) in SITES.items():
            if end == OPEN:
                continue
            with self.subTest(name=name):
                data, how = self.visit('/fault/%s/3' % name)
                self.assertEqual(data[:len(start)], start)
                self.assertLessEqual(least, len(data))
                self.assertLessEqual(len(data), most)
                self.assertEqual(how, end)
                if most < 10000:
                    self.assertEqual(self.visit('/fault/%s/3' % name, 1),
                                     (data, end))

    def test_bytes_come_before_a_reset(self):
        for _ in range(50):
            data, end = self.visit('/fault/reset-in-body/1?bytes=500000')
            self.assertEqual(len(data) - data.index(b'\r\n\r\n') - 4, 8192)
            self.assertEqual(end, RESET)

    def test_endless_sites_say_no_more_than_is_due(self):
        for name, (start, least, most, end) in SITES.items():
            if end != OPEN:
                continue
            with self.subTest(name=name), \
                    socket.create_connection(('127.0.0.1', self.port)) as s:
                s.sendall(b'GET /fault/%s/3 HTTP/1.1\r\n\r\n' %
                          name.encode())
                time.sleep(1)
                data = s.recv(1 << 16, socket.MSG_DONTWAIT) if most else b''
                self.assertEqual(data[:len(start)], start)
                self.assertLessEqual(least, len(data))
                self.assertLessEqual(len(data), most)
                s.settimeout(0.01)
                with self.assertRaises(TimeoutError):
                    while s.recv(1):  # nothing, or a drop
                        s.settimeout(0.01)

    def test_drips_keep_their_time(self):
        for name in ('slow-header', 'slow-body'):
            with self.subTest(name=name), \
                    socket.create_connection(('127.0.0.1', self.port)) as s:
                s.settimeout(support.GUARD_S)
                begin = time.monotonic()
                s.sendall(b'GET /fault/%s/3 HTTP/1.1\r\n\r\n' %
                          name.encode())
                data = s.recv(1 << 16)
                first = len(data)
                while len(data) < first + 20:
                    data += s.recv(1 << 16)
                # 20 of them, the first one 50 ms after the beginning.
                self.assertGreaterEqual(
                    time.monotonic() - begin,
                    0.05 * (len(data) - first) - 0.001)

    def test_the_help_knows_each_site(self):
        out, _ = self.baton('origin', '--help')
        words = re.findall(r'[a-z-]+', out)
        for name in SITES:
            self.assertIn(name, words)

    def test_a_port_that_refuses(self):
        for _ in range(20):
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(('127.0.0.1', self.refused))
        with socket.socket() as s, self.assertRaises(OSError) as caught:
            s.bind(('127.0.0.1', self.refused))
        self.assertEqual(caught.exception.errno, errno.EADDRINUSE)

    def test_a_port_that_accepts_nobody(self):
        guests = []
        for _ in range(20):
            guest = socket.socket()
            self.addCleanup(guest.close)
            guest.setblocking(False)
            self.assertEqual(guest.connect_ex(('127.0.0.1', self.deaf)),
                             errno.EINPROGRESS)
            guests.append(guest)
        # Long enough for the kernel to knock a second time.
        self.assertEqual(select.select([], guests, [], 1.5), ([], [], []))

    def test_nonsense_does_not_end_it(self):
        for request in (b'SSH-2.0-hello\r\n\r\n', b'\0' * 500, b'GET',
                        b'GET / HTTP/1.1\r\nA: ' + b'x' * 200000, b'',
                        b'POST /page/1 HTTP/1.1\r\nHost: x\r\n'
                        b'Content-Length: 3\r\n\r\nabc'):
            try:
                answer = self.raw(request)
            except ConnectionError:  # a reset is an answer
                continue
            self.assertNotIn(b' 200 ', answer[:20])
        self.assertEqual(len(self.get('/page/1')[0]), 4096)

    def test_signals_end_it_well(self):
        self.get('/page/1')
        with socket.create_connection(('127.0.0.1', self.port)) as guest:
            guest.sendall(b'GET /page/1?latency-ms=60000 HTTP/1.1\r\n')
            self.origin.kill(signal.SIGTERM)
            out, err = self.origin.end(DONE)
        self.assertEqual((out, err), ('', ''))

    def test_interrupting_ends_it_well(self):
        self.origin.kill(signal.SIGINT)
        self.origin.end(DONE)

    def test_a_port_in_use(self):
        out, err = self.baton('origin', '--port', str(self.port), code=BROKEN)
        self.assertEqual(out, '')
        self.assertRegex(err, r'^baton: port %d is in use; .*--port' %
                         self.port)

    def test_it_serves_a_foreign_run(self):
        samples, out, _ = self.run_cells(
            'download', '--origin', self.address + '/page/3?bytes=99', '--n',
            '3', '--models', 'thread-per-socket', '--rounds', '1')
        self.assertEqual([s['status'] for s in samples.all], ['ok', 'ok'])
        self.assertIn('concurrency not verified', out)


class Owned(Case):
    """An origin that obeys a run, by the packets of origin.h."""

    def setUp(self):
        super().setUp()
        self.control, theirs = socket.socketpair(socket.AF_UNIX,
                                                 socket.SOCK_SEQPACKET)
        self.control.settimeout(support.GUARD_S)
        self.addCleanup(self.control.close)
        with theirs:
            self.origin = Run(self, 'origin',
                              '--control-fd=%d' % theirs.fileno(),
                              pass_fds=[theirs.fileno()])
        line, _, _ = self.control.recv(4096).decode().partition('\n')
        self.ports = re.findall(r'=(\d+)', line)
        self.assertEqual(len(self.ports), 7)

    def ask(self, command):
        self.control.send(command)
        return self.control.recv(512).decode()

    def late_ns(self):
        return int(re.search(r' late_ns=(\d+)', self.ask(b'read'))[1])

    def waits(self):
        """How often it has waited so far."""
        status = support.read('/proc/%d/status' % self.origin.process.pid)
        return int(re.search(r'\nvoluntary_ctxt_switches:\s*(\d+)',
                             status)[1])

    def test_an_origin_without_a_cpu_reports_for_how_long(self):
        self.assertEqual(self.ask(b'reset'), 'ok')
        support.stop(self.origin.process.pid)
        time.sleep(0.3)
        self.origin.kill(signal.SIGCONT)
        self.assertGreaterEqual(self.late_ns(), 290 * 10**6)
        # What was late before a sample is not counted to it.
        self.assertEqual(self.ask(b'reset'), 'ok')
        self.assertLess(self.late_ns(), 290 * 10**6)

    def look(self):
        return {key: int(value) for key, value in
                (pair.split('=') for pair in self.ask(b'look').split())}

    def test_it_listens_on_eight_addresses_of_the_loopback(self):
        port, addresses = int(self.ports[0]), int(self.ports[4])
        self.assertEqual(addresses, 8)
        self.assertEqual(sorted(listeners(port, 'tcp')),
                         ['0%d00007F' % i for i in range(1, 9)])
        for i in range(1, 9):
            with urllib.request.urlopen(
                    'http://127.0.0.%d:%d/n/1-20-0/7' % (i, port),
                    timeout=support.GUARD_S) as answer:
                self.assertEqual(len(answer.read()), 20)

    def test_a_look_does_not_wait_for_open_connections(self):
        port = int(self.ports[0])
        with socket.create_connection(('127.0.0.1', port)) as s:
            s.settimeout(support.GUARD_S)
            for _ in range(2):
                self.assertEqual(self.ask(b'mark'), 'ok')
                begin = time.monotonic_ns()
                s.sendall(b'GET /n/1-300-200/1 HTTP/1.1\r\n\r\n')
                support.wait_until(lambda: self.look()['requests'] == 1,
                                   'the request')
                self.assertEqual(self.look()['in_flight'], 1)
                data = b''
                while not re.search(rb' \d{10}$', data):
                    data += s.recv(4096)
                view = self.look()
                self.assertEqual((view['in_flight'], view['peak'],
                                  view['bytes']), (0, 1, 300))
                self.assertGreaterEqual(view['last_ns'], begin + 200 * 10**6)
                self.assertLessEqual(view['last_ns'], time.monotonic_ns())

    def assert_idle(self):
        before = self.waits()
        time.sleep(0.2)
        self.assertLess(self.waits(), before + 5)

    def test_its_timer_runs_during_a_sample_only(self):
        self.assert_idle()
        before = self.waits()
        self.assertEqual(self.ask(b'reset'), 'ok')
        support.wait_until(lambda: self.waits() > before + 50, 'many turns')
        self.late_ns()
        self.assert_idle()


class Encoded(Case):
    """Its port with TLS."""

    def setUp(self):
        super().setUp()
        self.origin = Run(self, 'origin', '--cafile', self.path('ca.pem'))
        with open(self.origin.process.stdout.fileno(), 'rb', 0,
                  closefd=False) as said:
            lines = said.read(4096).decode().splitlines()
        self.address = lines[0]
        if len(lines) < 5:
            self.skipTest('this build has no TLS')
        self.port = int(lines[4].rsplit(':', 1)[1])
        self.trusting = ssl.create_default_context(cafile=self.path('ca.pem'))

    def connect(self, host, context=None):
        plain = socket.create_connection(('127.0.0.1', self.port),
                                         timeout=support.GUARD_S)
        self.addCleanup(plain.close)
        return (context or self.trusting).wrap_socket(
            plain, server_hostname=host, suppress_ragged_eofs=False)

    def get(self, host, target, context=None):
        with self.connect(host, context) as s:
            s.sendall(b'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close'
                      b'\r\n\r\n' % target.encode())
            data = b''
            while more := s.recv(1 << 16):
                data += more
            return data.partition(b'\r\n\r\n')[2]

    def test_a_page_is_the_same_with_tls(self):
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            context = ssl.create_default_context(cafile=self.path('ca.pem'))
            context.minimum_version = context.maximum_version = version
            for target in ('/page/1?bytes=100', '/page/2?bytes=3000000',
                           '/page/3?bytes=100000&rate=1000000',
                           '/page/4?bytes=9&latency-ms=20'):
                with urllib.request.urlopen(self.address + target) as plain:
                    self.assertEqual(self.get('127.0.0.1', target, context),
                                     plain.read())

    def test_names_and_addresses_have_certificates(self):
        for host in 'localhost', '127.0.0.2', '7.known-10.origin.test':
            self.assertEqual(len(self.get(host, '/page/1?bytes=100')), 100)

    def test_certificates_are_wrong_where_the_name_says_so(self):
        for kind in 'expired', 'misnamed', 'unissued':
            with self.assertRaises(ssl.SSLCertVerificationError):
                self.connect('7.%s-0.origin.test' % kind)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect('localhost', ssl.create_default_context())

    def test_handshakes_fail_where_the_name_says_so(self):
        for kind in 'unencrypted', 'cut':
            with self.assertRaises(ssl.SSLError, msg=kind):
                self.connect('7.%s-0.origin.test' % kind)

    def test_an_end_is_missing_where_the_name_says_so(self):
        target = '/fault/until-close/1?bytes=100'
        self.get('7.closed-0.origin.test', target)
        for kind in 'unclosed', 'garbled':
            with self.assertRaises(ssl.SSLError, msg=kind):
                self.get('7.%s-0.origin.test' % kind, target)

    def test_what_is_not_tls_ends_the_connection(self):
        with socket.create_connection(('127.0.0.1', self.port)) as s:
            s.settimeout(support.GUARD_S)
            s.sendall(b'GET / HTTP/1.1\r\n\r\n')
            self.assertEqual(s.recv(100), b'')

    def test_a_certificate_that_cannot_be_written_is_an_error(self):
        origin = Run(self, 'origin', '--cafile', self.path('no', 'ca.pem'))
        _, err = origin.end(BROKEN)
        self.assertIn('cannot write', err)


class Starved(Case):
    def starve(self, origin, end):
        """The origin gets a CPU for a moment at a time."""
        while not end.wait(0.02):
            with contextlib.suppress(ProcessLookupError):
                support.stop(origin)
                time.sleep(0.6)
                os.kill(origin, signal.SIGCONT)

    def test_a_run_whose_origin_has_no_cpu_is_inconclusive(self):
        run = Run(self, 'run', 'download', '--n', '3', '--models',
                  'sequential,libuv', '--latency-ms', '150', '--timeout-ms',
                  '200', '--rounds', '1', '--out', 'run')
        end = threading.Event()
        starving = threading.Thread(target=self.starve, args=(
            run.child('--control-fd'), end))
        starving.start()
        self.addCleanup(starving.join)
        self.addCleanup(end.set)
        out, err = run.end(INCONCLUSIVE)
        self.assertIn('inconclusive, not measured: the machine was busy',
                      ' '.join(out.split()))
        self.assertIn('baton: inconclusive: the machine was too busy', err)
        samples = support.Samples(self.path('run')).all
        self.assertEqual({(s['status'], s['repeats']) for s in samples},
                         {('disturbed', 1)})


# The loopback is down in a network namespace of its own.
FEW_PORTS = '''
import fcntl, socket, struct, subprocess, sys
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 1))  # SIOCSIFFLAGS
with open('/proc/sys/net/ipv4/ip_local_port_range', 'w') as file:
    file.write('32768 33767')
sys.exit(subprocess.run(sys.argv[1:]).returncode)
'''


class Addresses(Case):
    N, PORTS = 3000, 1000

    def with_few_ports(self, *command):
        return subprocess.run(
            ['unshare', '-rn', sys.executable, '-c', FEW_PORTS, *command],
            capture_output=True, text=True, timeout=support.GUARD_S,
            check=False)

    def test_more_connections_than_ports_are_open_at_once(self):
        if (shutil.which('unshare') is None or
                self.with_few_ports('true').returncode):
            self.skipTest('no network namespace of its own here')
        done = self.with_few_ports(
            support.BATON, 'run', 'download', '--n', str(self.N), '--models',
            'epoll', '--latency-ms', '2000', '--timeout-ms', '60000',
            '--rounds', '1', '--out', self.path('run'))
        self.assertEqual(done.returncode, DONE, done.stderr)
        sample, = support.Samples(self.path('run')).rows
        self.assertEqual((sample['status'], sample['errors']), ('ok', 0))
        self.assertGreater(sample['origin_peak'], 2 * self.PORTS)


class Port(Case):
    def test_a_port_can_be_chosen(self):
        port = support.free_port()
        origin = Run(self, 'origin', '--port', str(port))
        self.assertEqual(origin.process.stdout.readline(),
                         'http://127.0.0.1:%d\n' % port)
        origin.kill(signal.SIGTERM)
        origin.end(DONE)

    def test_nobody_told_is_an_error(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            origin = Run(self, 'origin', stdout=full)
            support.wait_until(lambda: origin.process.poll() is not None,
                               'the end of an origin without a voice', 10)
            _, err = origin.end(BROKEN)
        self.assertIn('baton: cannot write', err)


if __name__ == '__main__':
    support.main()
