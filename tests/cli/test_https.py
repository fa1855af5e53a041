# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton scrape` of https sites: the same titles, and a reason for each error."""
import contextlib
import shutil
import ssl
import subprocess
import unittest

import support
from support import FINDING, GUARD_S, Server, USAGE, free_port, hear_request
from test_scrape import HTML, Scraping, Site, article, front, reply, target_of

CLOSE = HTML + 'Connection: close\r\n'


class Secure(Site):
    """A site whose connections are TLS; `notify`: they end as TLS has it."""

    def __init__(self, case, pages, notify=True):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(case.root_pem, case.path('key.pem'))
        self.notify = notify
        super().__init__(case, pages)
        self.root = 'https://127.0.0.1:%d' % self.port

    def serve(self, connection, number):
        with contextlib.suppress(OSError):
            connection.settimeout(GUARD_S)
            with self.context.wrap_socket(connection, server_side=True) as tls:
                self.answer(tls, number)
                if self.notify:
                    tls.unwrap()


class Https(Scraping):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which('openssl'):
            raise unittest.SkipTest('there is no openssl')

    def setUp(self):
        super().setUp()
        url = 'https://127.0.0.1:%d/' % free_port()
        if 'has no OpenSSL' in self.baton('scrape', url, code=None)[1]:
            self.skipTest('this build has no OpenSSL')
        self.root_pem = self.path('root.pem')
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
             'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
             '/CN=root', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout',
             self.path('key.pem'), '-out', self.root_pem],
            check=True, capture_output=True)

    def over_tls(self, *args, **options):
        return self.scrape('--cafile', self.root_pem, *args, **options)

    def fails(self, url, error, reason, *args):
        rows, err = self.scrape(*args, url, code=FINDING)
        self.assertEqual((rows[0]['error'], rows[0]['reason']),
                         (error, reason))
        out, err = self.baton('scrape', '--ignore-robots', *args, url,
                              code=FINDING)
        self.assertEqual(out, '')
        self.assertIn('%s: %s' % (error, reason) if reason else error, err)

    def test_every_model_finds_titles_behind_redirects(self):
        plain, secure = Site(self, {}), Secure(self, {})
        moved = '301 Moved'
        secure.pages.update({
            '/': front('/a'), '/a': article('secret'),
            '/down': reply('', 'Location: %s/up\r\n' % plain.root, moved)})
        plain.pages.update({
            '/up': reply('', 'Location: %s/\r\n' % secure.root, moved),
            '/link': front(secure.root + '/a')})
        urls = [secure.root + '/', secure.root + '/down', plain.root + '/up',
                plain.root + '/link']
        for model in self.models():
            rows, err = self.over_tls('--model', model, *urls)
            self.assertEqual({row['title'] for row in rows}, {'secret'}, model)
            self.assertEqual({row['article'] for row in rows},
                             {secure.root + '/a'}, model)
            self.assertRegex(err, r'\d+ TLS handshakes: .* of CPU time')

    def test_what_is_not_trusted_has_a_reason(self):
        site = Secure(self, {'/': front('/a'), '/a': article('secret')})
        trusted = '--cafile', self.root_pem
        self.fails(site.root + '/', 'tls-untrusted',
                   "the certificate's issuer is unknown")
        self.fails('https://localhost:%d/' % site.port, 'tls-untrusted',
                   'the certificate is for another host', *trusted)
        cut = Server(self, lambda connection, _: connection.recv(1000))
        self.fails('https://127.0.0.1:%d/' % cut.port, 'tls-protocol',
                   'the connection ended within the handshake')
        self.fails('https://127.0.0.1:%d/' % free_port(), 'refused', None)

    def test_an_answer_that_is_not_tls_is_told(self):
        def say(connection, _):
            connection.recv(100)
            connection.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')
            connection.recv(100)

        self.fails('https://127.0.0.1:%d/' % Server(self, say).port,
                   'tls-protocol', 'the answer is not TLS')

    def test_a_silent_handshake_meets_the_deadline(self):
        silent = Server(self, lambda connection, _: connection.recv(0) or
                        [connection.recv(1000) for _ in range(2)])
        self.fails('https://127.0.0.1:%d/' % silent.port, 'connect-timeout',
                   'the handshake was not complete in time', '--timeout-ms',
                   '300')

    def test_an_end_without_notice_is_an_end_only_with_a_length(self):
        open_end = ('HTTP/1.1 200 OK\r\n%s\r\n' % CLOSE).encode()
        pages = {'/known': front('/a'), '/a': article('all'),
                 '/open': open_end + b'<h3><a href="/a">x</a></h3>'}
        for notify, wanted in (True, None), (False, 'truncated'):
            site = Secure(self, pages, notify)
            rows, _ = self.over_tls(*(site.root + path for path in
                                      ('/known', '/open')), code=None)
            found = {r['url'][len(site.root):]: r['error'] for r in rows}
            self.assertEqual(found, {'/known': None, '/open': wanted})

    def test_the_next_page_needs_no_handshake(self):
        class Kept(Secure):
            def say(self, connection, _):
                while True:
                    target = target_of(hear_request(connection))
                    connection.sendall(self.pages[target])

        site = Kept(self, {'/': front('/a'), '/a': article('kept')})
        for model in self.models():
            rows, err = self.over_tls('--model', model, site.root + '/')
            self.assertEqual(rows[0]['title'], 'kept')
            self.assertIn('1 TLS handshake: ', err)

    def test_robots_txt_comes_over_tls(self):
        site = Secure(self, {
            '/robots.txt': reply('User-agent: *\nDisallow: /no\n'),
            '/': front('/a'), '/a': article('yes'), '/no': front('/a')})
        rows, _ = self.over_tls(site.root + '/', site.root + '/no',
                                robots=True, code=FINDING)
        self.assertEqual({r['url'][len(site.root):]: r['error'] for r in rows},
                         {'/': None, '/no': 'robots'})

    def test_certificates_that_cannot_be_read(self):
        _, err = self.baton('scrape', '--cafile', '/nowhere', 'http://x/',
                            code=USAGE)
        self.assertIn('--cafile /nowhere: No such file or directory', err)
        with open(self.path('empty'), 'w', encoding='ascii'):
            pass
        self.baton('scrape', '--cafile', self.path('empty'), 'http://x/',
                   code=USAGE)


if __name__ == '__main__':
    support.main()
