# SPDX-License-Identifier: GPL-3.0-or-later
"""`--origin URL`: downloads from a server that is not ours."""
import threading
import time

import support
from support import (BROKEN, Case, DONE, FINDING, Nginx, Server, hear_request,
                     page)

BODY = b'The same page, whoever asks.\n' * 40
FETCHES = 2  # of the reference, before the run


class Foreign(Case):
    def download(self, url, *args, code=DONE):
        return self.run_cells('download', '--origin', url, *args, code=code)

    def refused(self, url, words, *args):
        with self.subTest(url=url):
            out, err = self.baton('run', 'download', '--origin', url, '--n',
                                  '2', *args, code=BROKEN)
            self.assertEqual(out, '')
            self.assertRegex(err, r'^baton: cannot fetch %s: .*%s' %
                             (url, words))
            self.nothing_written()


class OfNginx(Foreign):
    def test_a_static_page(self):
        nginx = Nginx(self, BODY)
        samples, out, _ = self.download(
            nginx.url, '--models', 'sequential,thread-per-socket', '--n', '10',
            '--rounds', '2')
        self.assertEqual([s['status'] for s in samples.all], ['ok'] * 6)
        self.assertEqual({s['origin_requests'] for s in samples.all}, {0})
        self.assertIn('concurrency not verified', out)
        self.assertIn('not verified', samples.header['audit'])
        self.whole(self.path('run'))

    def test_no_budget_is_refused_for_a_guess(self):
        """A page of 100 ms is expected; this server is quicker."""
        nginx = Nginx(self, BODY)
        samples, _, _ = self.download(nginx.url, '--models', 'sequential',
                                      '--n', '50', '--budget', '1s')
        self.assertGreaterEqual(samples.rows[-1]['round'], 6)

    def test_keep_alive(self):
        nginx = Nginx(self, BODY)
        samples, _, _ = self.download(
            nginx.url, '--models', 'sequential,thread-per-socket,thread-pool',
            '--n', '20', '--concurrency', '4', '--requests-per-connection',
            '1,0', '--rounds', '1')
        self.assertEqual([s['status'] for s in samples.all], ['ok'] * 12)

    def test_models_without_a_network_are_gaps(self):
        nginx = Nginx(self, BODY)
        samples, out, _ = self.download(nginx.url, '--models', 'all', '--n',
                                        '3', '--rounds', '1')
        models = {s['model'] for s in samples.rows}
        self.assertLessEqual(
            {'sequential', 'thread-per-socket', 'thread-pool'}, models)
        self.assertNotIn('null', models)
        for model in ('null', 'locked'):
            self.assertRegex(out, r'(?s)Not run\n.*download/%s: \w+' % model)

    def test_a_page_that_is_not_there(self):
        nginx = Nginx(self, BODY)
        _, err = self.baton('run', 'download', '--origin', nginx.url + '/no',
                            code=BROKEN)
        self.assertRegex(err, r'^baton: cannot fetch http.*: .*status 404')


class OfStrangers(Foreign):
    def steady(self, connection, _):
        hear_request(connection)
        connection.sendall(page(BODY))

    def test_the_request_is_the_address(self):
        heard = []

        def answer(connection, _):
            heard.append(hear_request(connection).decode())
            connection.sendall(page(BODY))

        server = Server(self, answer)
        self.download('http://localhost:%d/a%%20b?c=d&e#f' % server.port,
                      '--models', 'sequential', '--n', '2', '--rounds', '1')
        self.assertEqual({r.split('\r\n')[0] for r in heard},
                         {'GET /a%20b?c=d&e HTTP/1.1'})
        for request in heard:
            self.assertIn('\r\nHost: localhost:%d\r\n' % server.port, request)

    def test_six_rounds_that_take_longer_are_announced(self):
        def answer(connection, number):
            time.sleep(0.3)
            self.steady(connection, number)

        server = Server(self, answer)
        samples, _, err = self.download(
            'http://127.0.0.1:%d/' % server.port, '--models', 'sequential',
            '--n', '1', '--budget', '1s')
        self.assertEqual(samples.rows[-1]['round'], 6)
        self.assertRegex(err, r'six rounds take \d+ s on this machine .* 1 s\n')

    def test_a_url_without_a_path(self):
        heard = []

        def answer(connection, _):
            heard.append(hear_request(connection))
            connection.sendall(page(BODY))

        server = Server(self, answer)
        self.download('http://127.0.0.1:%d' % server.port, '--models',
                      'sequential', '--n', '1', '--rounds', '1')
        self.assertTrue(heard[0].startswith(b'GET / HTTP/1.1\r\n'))

    def test_a_page_that_changes_during_the_run_is_a_finding(self):
        def answer(connection, number):
            hear_request(connection)
            connection.sendall(page(BODY if number <= FETCHES
                                    else BODY.upper()))

        samples, out, _ = self.download(
            Server(self, answer).url, '--models',
            'sequential,thread-per-socket', '--n', '2', '--rounds', '2', code=FINDING)
        self.assertEqual({s['status'] for s in samples.all}, {'wrong'})
        for s in samples.rows:
            self.assertEqual(s['wrong_iterations'], s['iterations'])
            self.assertEqual(s['lost_updates'], 0)
        self.assertEqual(out.count('\n    wrong in 2 of 2 samples'), 2)
        self.assertIn('%d bytes with a wrong checksum' % len(BODY), out)
        self.whole(self.path('run'))

    def test_who_is_wrong_is_not_ranked_among_the_right(self):
        # A server that errs as soon as two ask at once.
        lock, asking = threading.Lock(), [0]

        def answer(connection, _):
            hear_request(connection)
            with lock:
                asking[0] += 1
            time.sleep(0.03)
            with lock:
                alone = asking[0] == 1
            # All that overlapped are still counted when each looks.
            time.sleep(0.03)
            with lock:
                asking[0] -= 1
            connection.sendall(page(BODY if alone else BODY[::-1]))

        samples, out, _ = self.download(
            Server(self, answer).url, '--models',
            'thread-per-socket,sequential', '--n', '3', '--rounds', '1', code=FINDING)
        self.assertEqual({(s['model'], s['status']) for s in samples.all},
                         {('thread-per-socket', 'wrong'),
                          ('sequential', 'ok')})
        self.assertEqual([s['model'] for s in samples.calibration],
                         ['thread-per-socket', 'sequential'])
        self.assertRegex(out, r'(?s)\n  sequential .*\n  threads .*\n'
                         r'    wrong in 1 of 1 samples')

    def test_a_status_and_a_length_are_told(self):
        def answer(connection, number):
            hear_request(connection)
            connection.sendall(page(BODY) if number <= FETCHES else
                               page(b'', '503 Service Unavailable')
                               if number % 2 else page(BODY[:-7]))

        samples, out, _ = self.download(
            Server(self, answer).url, '--models', 'sequential', '--n', '2',
            '--rounds', '1', code=FINDING)
        self.assertRegex(samples.rows[0]['text'],
                         r'status 503|%d bytes' % (len(BODY) - 7))
        self.assertEqual(samples.rows[0]['errors'],
                         samples.rows[0]['iterations'])
        self.assertIn(samples.rows[0]['text'], out)

    def test_a_page_that_changes_between_two_requests_is_refused(self):
        def answer(connection, number):
            hear_request(connection)
            connection.sendall(page(BODY + b'%d' % number))

        server = Server(self, answer)
        out, err = self.baton('run', 'download', '--origin', server.url,
                              code=BROKEN)
        self.assertEqual(out, '')
        self.assertRegex(err, r'^baton: .*changes from one request to the '
                         r'next.*verified')
        self.nothing_written()

    def test_servers_that_do_not_answer(self):
        def silent(connection, _):
            hear_request(connection)
            connection.recv(1)

        def cut(connection, _):
            hear_request(connection)
            connection.sendall(page(BODY)[:-5])

        def sever(connection, _):
            hear_request(connection)

        def garbage(connection, _):
            connection.sendall(b'220 mail.example ESMTP\r\n')
            connection.recv(1)

        self.refused('http://127.0.0.1:%d/' % support.free_port(), 'refused')
        self.refused(Server(self, silent).url, 'timeout', '--timeout-ms',
                     '400')
        for answer, words in ((cut, 'truncated'), (sever, 'empty|reset'),
                              (garbage, 'malformed')):
            self.refused(Server(self, answer).url, words)

    def test_a_redirect_is_no_page(self):
        def answer(connection, _):
            hear_request(connection)
            connection.sendall(b'HTTP/1.1 301 Moved\r\nLocation: /x\r\n'
                               b'Content-Length: 0\r\n\r\n')

        self.refused(Server(self, answer).url, 'status 301')

    def test_a_name_that_does_not_exist(self):
        _, err = self.baton('run', 'download', '--origin',
                            'http://baton.invalid/', code=BROKEN)
        self.assertRegex(err, r'^baton: cannot resolve baton.invalid: \w+')
        self.nothing_written()


if __name__ == '__main__':
    support.main()
