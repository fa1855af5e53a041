# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the command line share: runs, files, children, servers.

    python3 test_usage.py PATH-OF-BATON [unittest's arguments]

A test that waits has a generous limit after which it fails; none asks that
anything be quick.
"""
import collections
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

GUARD_S = 120  # longer than anything here takes; then it hangs
DONE, FINDING, INCONCLUSIVE, USAGE, BROKEN = 0, 1, 3, 4, 5
MARK = 'BATON_TEST_MARK'

BATON = os.environ.get('BATON', '')


def main():
    """unittest's main; 77, meson's word for it, when nothing could run."""
    global BATON
    if len(sys.argv) > 1 and os.access(sys.argv[1], os.X_OK):
        BATON = os.path.abspath(sys.argv.pop(1))
    if not BATON:
        sys.exit('usage: %s PATH-OF-BATON' % sys.argv[0])
    result = unittest.main(exit=False, verbosity=2).result
    if result.wasSuccessful() and 0 < len(result.skipped) == result.testsRun:
        sys.exit(77)
    sys.exit(not result.wasSuccessful())


def wait_until(condition, what, seconds=GUARD_S):
    """What `condition` returns as soon as that is true."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError('waited %d s in vain: %s' % (seconds, what))
        time.sleep(0.004)


# Processes. All that come from one run carry its mark in their environment.

def _read(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return b''


def marked(mark):
    """The living processes of a mark: {pid: argv}."""
    word = ('%s=%s' % (MARK, mark)).encode()
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        if word in _read('/proc/%s/environ' % pid).split(b'\0'):
            argv = _read('/proc/%s/cmdline' % pid).split(b'\0')[:-1]
            found[int(pid)] = [os.fsdecode(word) for word in argv]
    return found


def state_of(pid):
    """The kernel's letter: T is stopped, Z has ended; '': it is gone."""
    return os.fsdecode(_read('/proc/%d/stat' % pid).rpartition(b') ')[2][:1])


def has_ended(pid):
    return state_of(pid) in ('Z', 'X', '')


def stop(pid):
    """Whether it is stopped now: it may have ended before."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: state_of(pid) == 'T' or has_ended(pid), 'a stop')
    return not has_ended(pid)


class Run:
    """A run of baton in the background."""

    def __init__(self, case, *args, **options):
        self.case, self.mark = case, uuid.uuid4().hex
        options.setdefault('cwd', case.dir)
        options.setdefault('stdout', subprocess.PIPE)
        options.setdefault('stderr', subprocess.PIPE)
        options['env'] = dict(case.env, **{MARK: self.mark})
        self.process = subprocess.Popen([BATON, *args], text=True,
                                        stdin=subprocess.DEVNULL, **options)
        case.addCleanup(self.clean)

    def clean(self):
        for pid in marked(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def children(self, *words):
        """Its children, without itself, whose arguments hold all words."""
        return [pid for pid, argv in marked(self.mark).items()
                if pid != self.process.pid and
                all(any(word in a for a in argv) for word in words)]

    def child(self, *words):
        return wait_until(lambda: self.children(*words),
                          'a child with %s' % (words,))[0]

    def hold(self, *words, ready=lambda pid: True):
        """Stops a child that is at work: one that is only found may have ended
        before a signal reaches it."""
        def held():
            return next((pid for pid in self.children(*words)
                         if ready(pid) and stop(pid)), None)
        return wait_until(held, 'a child with %s' % (words,))

    def strike(self, number, *words, **options):
        """Sends a child that is at work a signal that ends it."""
        pid = self.hold(*words, **options)
        os.kill(pid, number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)  # until then only SIGKILL is heard
        wait_until(lambda: has_ended(pid), 'the end of %d' % pid)

    def kill(self, number):
        self.process.send_signal(number)

    def end(self, code):
        """Waits for it: its exit status must be `code`, and nobody be left."""
        out, err = self.process.communicate(timeout=GUARD_S)
        self.case.assertEqual(self.process.returncode, code, err)
        self.case.nobody_left(self)
        return out, err


# Files.

class Samples:
    """samples.tsv, read as strictly as its description allows."""

    def __init__(self, directory):
        path = os.path.join(directory, 'samples.tsv')
        with open(path, encoding='utf-8', newline='') as file:
            text = file.read()
        whole, _, self.cut = text.rpartition('\n')
        lines = whole.split('\n')
        self.header = {}
        self.gaps = []
        # The last lines say how the run and each stage of a check ended, and
        # how quiet the machine was.
        while len(lines) > 1 and lines[-1].startswith('# '):
            lines.insert(0, lines.pop())
        while lines and lines[0].startswith('# '):
            key, equals, value = lines.pop(0)[2:].partition('=')
            if not equals:
                raise ValueError('no key=value: %r' % key)
            if key == 'gap':
                self.gaps.append(value)
            self.header[key] = value
        self.columns = lines.pop(0).split('\t') if lines else []
        self.all = []
        for line in lines:
            fields = line.split('\t')
            if len(fields) != len(self.columns):
                raise ValueError('%d fields: %r' % (len(fields), line))
            self.all.append({_key(name): _value(_key(name), text)
                             for name, text in zip(self.columns, fields)})
        self.calibration = [s for s in self.all if s['round'] == 0]
        self.rows = [s for s in self.all if s['round'] > 0]

    def order(self):
        return [(s['round'], cell(s)) for s in self.rows]


TEXTS = ('host', 'workload', 'model', 'parameters', 'side', 'status', 'audit',
         'text', 'outcomes', 'latency_histogram', 'first_byte_histogram')
# What schema 1 called them.
RENAMED = {'arm': 'side', 'twin': 'aa', 'labels': 'audit',
           'classes': 'outcomes'}


def _key(column):
    return RENAMED.get(column, column.removeprefix('metric.'))


def _value(name, text):
    if name in TEXTS:
        return text
    return float(text) if '.' in text or 'e' in text else int(text)


def cell(sample):
    return sample['workload'], sample['model'], sample['parameters']


def _no_constant(name):
    raise ValueError('%s is no JSON' % name)


def _no_doubles(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError('a key stands twice in %s' % [k for k, _ in pairs])
    return dict(pairs)


def strict_json(text):
    return json.loads(text, parse_constant=_no_constant,
                      object_pairs_hook=_no_doubles)


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


# Limits, for preexec_fn.

def limit(which, value):
    return lambda: resource.setrlimit(which, (value, value))


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix='baton-test-'))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.env = {k: v for k, v in os.environ.items()
                    if k not in ('NO_COLOR', 'COLUMNS')}

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def baton(self, *args, code=DONE, env=None, **options):
        """Runs it to its end: (stdout, stderr); the exit status is `code`,
        None: any."""
        options.setdefault('cwd', self.dir)
        options.setdefault('stdout', subprocess.PIPE)
        options.setdefault('stderr', subprocess.PIPE)
        options.setdefault('timeout', GUARD_S)
        p = subprocess.run([BATON, *args], text=True, check=False,
                           stdin=subprocess.DEVNULL,
                           env=dict(self.env, **(env or {})), **options)
        self.assertEqual(p.returncode,
                         p.returncode if code is None else code,
                         'baton %s\n%s%s' % (' '.join(a[:60] for a in args),
                                             p.stdout or '', p.stderr or ''))
        return p.stdout, p.stderr

    def run_cells(self, *args, code=DONE, **options):
        """`baton run ... --out run`: (samples, stdout, stderr)."""
        out, err = self.baton('run', *args, '--out', self.path('run'),
                              code=code, **options)
        return Samples(self.path('run')), out, err

    def nobody_left(self, run):
        wait_until(lambda: not marked(run.mark),
                   'the end of %s' % marked(run.mark), 20)

    def nothing_written(self):
        self.assertEqual(os.listdir(self.dir), [])

    def whole(self, directory):
        """The files of a run that ended by itself, and agree."""
        self.assertEqual(sorted(set(os.listdir(directory)) -
                                {'events.tsv', 'sites.tsv'}),
                         ['benchmark.json', 'figures', 'report.html',
                          'samples.tsv', 'summary.txt'])
        samples = Samples(directory)
        self.assertEqual(samples.cut, '')
        rows = strict_json(read(directory, 'benchmark.json'))['benchmarks']
        self.assertEqual(len(rows), len([s for s in samples.rows if
                                         s['status'] in ('ok', 'wrong')]))
        self.assertTrue(read(directory, 'summary.txt').strip())
        return samples


# Servers.

class Server:
    """Answers each connection by answer(connection, number from 1)."""

    def __init__(self, case, answer):
        self.answer, self.count = answer, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = 'http://127.0.0.1:%d/page' % self.port
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()
        case.addCleanup(self.close)

    def close(self):
        """Not before nobody accepts: the next server's listener may get the
        same number, and would be answered from here."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.serve, daemon=True,
                             args=(connection, self.count)).start()

    def serve(self, connection, number):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(GUARD_S)
            self.answer(connection, number)


def hear_request(connection):
    data = b''
    while b'\r\n\r\n' not in data:
        more = connection.recv(4096)
        if not more:
            raise ConnectionError
        data += more
    return data


def page(body, status='200 OK'):
    return ('HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n'
            % (status, len(body))).encode() + body


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


class SlowNames:
    """A name server whose names say what becomes of them:

    after-MS.test    127.0.0.1, after so many milliseconds
    error-N-MS.test  the error N of DNS
    second.test      127.0.0.2, which is not to answer, and then 127.0.0.1
    once-ID.test     127.0.0.1, and SERVFAIL when it is asked for again
    again-ID.test    SERVFAIL, and 127.0.0.1 for another look-up
    """
    SERVFAIL, TYPE_A = 2, 1

    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', port))
        self.at = '127.0.0.1:%d' % self.socket.getsockname()[1]
        self.asked = collections.Counter()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.socket.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, asker = self.socket.recvfrom(512)
                delay_ms, answer = self.answer(question)
                timer = threading.Timer(delay_ms / 1000, self.send,
                                        (answer, asker))
                timer.daemon = True
                timer.start()

    def send(self, answer, asker):
        with contextlib.suppress(OSError):
            self.socket.sendto(answer, asker)

    def answer(self, question):
        name = question[13:13 + question[12]].decode()
        kind = int.from_bytes(question[-4:-2], 'big')
        self.asked[name, kind] += 1
        word, error, ms, _ = (name + '---').split('-', 3)
        if word == 'after':
            error, ms = 0, error
        # A look-up tries twice.
        elif (word == 'once' and self.asked[name, self.TYPE_A] > 1) or (
                word == 'again' and self.asked[name, self.TYPE_A] <= 2):
            error = self.SERVFAIL
        elif word != 'error':
            error = 0
        addresses = [] if error or kind != self.TYPE_A else [1]
        if word == 'second' and addresses:
            addresses = [2, 1]
        return int(ms or 0), (
            question[:2] + bytes((0x81, 0x80 + int(error), 0, 1,
                                  0, len(addresses), 0, 0, 0, 0)) +
            question[12:] + b''.join(
                b'\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0' + bytes((last,))
                for last in addresses))


class Nginx:
    """nginx in the foreground, on a free port, with one static page."""

    def __init__(self, case, body):
        program = os.environ.get('BATON_NGINX')
        if not program:
            case.skipTest('BATON_NGINX does not name an nginx')
        root = case.path('nginx')
        os.makedirs(root + '/www')
        with open(root + '/www/page', 'wb') as file:
            file.write(body)
        # Its worker must get in; as root it would be somebody else.
        user = 'user root;' if os.geteuid() == 0 else ''
        for _ in range(5):
            self.port = free_port()
            with open(root + '/nginx.conf', 'w', encoding='utf-8') as file:
                file.write(CONF.format(user=user, root=root, port=self.port))
            self.process = subprocess.Popen(
                [program, '-p', root, '-e', root + '/error.log',
                 '-c', root + '/nginx.conf'], stdin=subprocess.DEVNULL)
            case.addCleanup(self.stop)
            if wait_until(self.state, 'nginx listening') == 'up':
                break
        else:
            raise AssertionError(read(root, 'error.log'))
        self.url = 'http://127.0.0.1:%d/page' % self.port

    def state(self):
        if self.process.poll() is not None:
            return 'down'  # somebody took the port meanwhile
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', self.port)).close()
            return 'up'
        return None

    def stop(self):
        self.process.terminate()
        self.process.wait()


CONF = '''daemon off; worker_processes 1; pid {root}/pid; {user}
error_log {root}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}/www; }}
}}
'''
