# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton origin`, standing alone."""
import http.client
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

import support
from support import BROKEN, Case, DONE, Run

LISTEN = '0A'


def listeners(port, table):
    """The addresses, as the kernel writes them, that listen on a port."""
    lines = support.read('/proc/net', table).splitlines()[1:]
    fields = [line.split() for line in lines]
    return [f[1].split(':')[0] for f in fields if f[3] == LISTEN and
            int(f[1].split(':')[1], 16) == port]


class Origin(Case):
    def setUp(self):
        super().setUp()
        self.origin = Run(self, 'origin', '--port', '0')
        line = self.origin.process.stdout.readline()
        self.assertRegex(line, r'^http://127\.0\.0\.1:\d+\n$')
        self.address = line.strip()
        self.port = int(self.address.rsplit(':', 1)[1])

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

    def test_it_listens_on_the_loopback_alone(self):
        self.assertEqual(listeners(self.port, 'tcp'), ['0100007F'])
        if os.path.exists('/proc/net/tcp6'):
            self.assertEqual(listeners(self.port, 'tcp6'), [])

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
        for target in ('/', '/page', '/page/', '/page/x', '/page/1x', '/pages',
                       '/page/1?colour=red', '/page/1?bytes=', '/page/-1',
                       '/page/1?bytes=99999999999', '/page/1&bytes=1'):
            with self.subTest(target=target):
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    self.get(target)
                self.assertEqual(caught.exception.code, 404)
                caught.exception.close()

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
            '3', '--models', 'libuv', '--rounds', '1')
        self.assertEqual([s['status'] for s in samples.all], ['ok', 'ok'])
        self.assertIn('unwitnessed', out)


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
