# SPDX-License-Identifier: GPL-3.0-or-later
"""Each program of references/meson.build gives right results, where it can run.

    python3 test_reference_programs.py PATH-OF-BATON [unittest's arguments]
"""
import html
import http.server
import os
import random
import re
import subprocess
import tempfile
import threading

import support
from reference_table import absent, rows
from support import Case

BUILD_S = 120
SEED = random.randrange(2**31)


def number(path):
    return 2**31 + random.Random('%d%s' % (SEED, path)).randrange(2**31)


class Origin(http.server.BaseHTTPRequestHandler):
    """/n/I and /plain/I as of Baton's origin, /bulk/I of 3,000,000 bytes."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        kind, index, *article = self.path.split('/')[1:]
        ending = b' %d' % number(self.path)
        if kind == 'plain':
            body = ('<html><head><meta charset="utf-8"/><title>\n %s </title>'
                    '</head><body><h1><a href="x">x</a></h1>'
                    '<h3><a href="%s/a">x</a></h3></body></html>' %
                    (html.escape(title(self.path) if article else 'Blog'),
                     index)).encode()
        else:
            body = b'a b ' * (250 if kind == 'n' else 750000)
            body = body[:-len(ending)] + ending
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def title(path):
    return 'Číslo %d & více' % number(path)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 100

    def handle_error(self, *_):
        """Programs may end with connections open."""


class Programs(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(('127.0.0.1', 0), Origin)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = 'http://127.0.0.1:%d' % cls.server.server_port

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def talk(self, row, *requests):
        """Its READY line and its answers, as fields."""
        with tempfile.TemporaryDirectory() as out:
            env = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'OUT': out,
                   'DIR': os.path.join(os.path.dirname(support.BATON),
                                       'references')}
            if 'build' in row:
                subprocess.run(row['build'], shell=True, env=env, check=True,
                               timeout=BUILD_S, stdin=subprocess.DEVNULL)
            ran = subprocess.run(
                row['start'], shell=True, env=env, capture_output=True,
                text=True, timeout=support.GUARD_S, encoding='utf-8',
                input=''.join('\t'.join(map(str, request)) + '\n'
                              for request in requests))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [line.split('\t') for line in ran.stdout.splitlines()]

    def requests(self, offers):
        """For each model a request, and what its result has to be."""
        for offer in offers:
            workload, model, may = re.split('[/:]', offer)
            if workload == 'counter':
                low = 100 if may == 'may-lose' else 1000
                yield ((workload, model, 10, 100, 2, '-'),
                       [range(low, 1001)] * 2)
                continue
            kind = {'download': 'n', 'titles': 'plain'}.get(workload, workload)
            paths = ['/%s/%d' % (kind, i) for i in range(6)]
            result = {'titles': [title(path + '/a') for path in paths],
                      'download': [sum(map(number, paths))],
                      'bulk': [sum(map(number, paths)), 6 * 3000000]}[workload]
            yield ((workload, model, 3, 3000000 * (kind == 'bulk'), 2,
                    '%s/%s/' % (self.url, kind)), map(str, result))

    def check(self, row):
        if absent(row):
            self.skipTest(absent(row))
        models = list(offers_of(row))
        asked = [(i, request, list(result)) for i, (request, result) in
                 enumerate(self.requests(models))]
        ready, *answers = self.talk(
            row, ('wrong',), ('x', 'counter', 'no-model', 1, 1, 1, '-'),
            *[(i, *request) for i, request, _ in asked])
        self.assertEqual(ready[:2], ['READY', '1'])
        self.assertEqual(sorted(ready[3].split(',')), sorted(models))
        self.assertEqual([answer[:2] for answer in answers[:2]],
                         [['wrong', 'ERR'], ['x', 'ERR']])
        self.assertEqual(len(answers), len(asked) + 2)
        for (i, request, result), answer in zip(asked, answers[2:]):
            with self.subTest(request=request):
                self.assertEqual(answer[:2], [str(i), 'OK'], answer)
                self.assertGreaterEqual(int(answer[2]), 0)
                self.compare(answer[3:], result)

    def compare(self, answer, result):
        if isinstance(result[0], range):
            answer = [int(value) for value in answer]
            result = [value if value in may else may
                      for value, may in zip(answer, result)]
        self.assertEqual(answer, result)


def offers_of(row):
    """The models, as READY names them."""
    parser, _ = row.get('parser', (row['needs'][0], None))
    for model in row['models']:
        name, _, workloads = model.split()
        for workload in workloads.split(','):
            if workload == 'titles' and not os.path.exists(parser):
                continue
            workload, _, may = workload.partition(':')
            yield '%s/%s:%s' % (workload, name, may or 'exact')


for program in rows():
    setattr(Programs, 'test_%s_gives_right_results' % program['name'],
            lambda self, row=program: self.check(row))


if __name__ == '__main__':
    support.main()
