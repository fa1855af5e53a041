# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium that is asked through a pipe (its DevTools protocol)."""
import base64
import contextlib
import fcntl
import json
import os
import re
import select
import shutil
import signal
import struct
import tempfile
import time
import zlib

GUARD_S = 120  # longer than anything here takes; then it hangs

FLAGS = ['--headless', '--remote-debugging-pipe', '--no-sandbox',
         '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update',
         '--disable-sync', '--hide-scrollbars',
         # Whatever it asks for, it finds nothing, and the tests see the asking.
         '--host-resolver-rules=MAP * ~NOTFOUND']


def program():
    """Where Chromium is, or None."""
    for name in ('chromium', 'chromium-browser', 'google-chrome'):
        if shutil.which(name):
            return shutil.which(name)
    return None


def _high(fd):
    """Out of the way of 3 and 4, which Chromium reads and writes."""
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return copy


class Browser:
    """One Chromium with one page, of which JavaScript is switched off."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix='baton-page-')
        asked, self.ask = map(_high, os.pipe())
        self.told, tell = map(_high, os.pipe())
        self.child = os.posix_spawn(
            program(),
            [program(), *FLAGS, '--user-data-dir=' + self.home], os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, asked, 3),
                          (os.POSIX_SPAWN_DUP2, tell, 4),
                          (os.POSIX_SPAWN_OPEN, 1, '/dev/null', os.O_WRONLY, 0),
                          (os.POSIX_SPAWN_DUP2, 1, 2)],
            setpgroup=0)
        os.close(asked)
        os.close(tell)
        self.text, self.number, self.session = b'', 0, None
        self.requests = {}  # what the page has asked for: {id: address}
        self.refused = []  # those of them that the page's own policy refused
        target = self.call('Target.createTarget', url='about:blank')
        self.session = self.call('Target.attachToTarget', flatten=True,
                                 targetId=target['targetId'])['sessionId']
        for domain in ('Page', 'Network', 'Runtime'):
            self.call(domain + '.enable')
        self.call('Emulation.setScriptExecutionDisabled', value=True)

    def close(self):
        with contextlib.suppress(OSError):
            os.killpg(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.ask)
        os.close(self.told)
        shutil.rmtree(self.home, ignore_errors=True)

    def _message(self, end):
        while b'\0' not in self.text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.told], [], [], left)[0]:
                raise AssertionError('Chromium says nothing')
            more = os.read(self.told, 1 << 20)
            if not more:
                raise AssertionError('Chromium has ended')
            self.text += more
        line, _, self.text = self.text.partition(b'\0')
        message = json.loads(line)
        params = message.get('params', {})
        if message.get('method') == 'Network.requestWillBeSent':
            self.requests[params['requestId']] = params['request']['url']
        if (message.get('method') == 'Network.loadingFailed' and
                params.get('blockedReason') == 'csp'):
            self.refused.append(self.requests[params['requestId']])
        return message

    def _until(self, wanted):
        end = time.monotonic() + GUARD_S
        while True:
            message = self._message(end)
            if wanted(message):
                return message

    def call(self, method, **params):
        self.number += 1
        number = self.number
        request = {'id': number, 'method': method, 'params': params}
        if self.session:
            request['sessionId'] = self.session
        os.write(self.ask, json.dumps(request).encode() + b'\0')
        answer = self._until(lambda m: m.get('id') == number)
        if 'error' in answer:
            raise AssertionError('%s: %s' % (method, answer['error']))
        return answer['result']

    def show(self, path, width, height, scheme='light', media='screen'):
        """Opens a file as a screen of that size would show it."""
        self.call('Emulation.setDeviceMetricsOverride', width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', media=media, features=[
            {'name': 'prefers-color-scheme', 'value': scheme}])
        self.requests, self.refused = {}, []
        self.call('Page.navigate', url='file://' + os.path.abspath(path))
        self._until(lambda m: m.get('method') == 'Page.loadEventFired')
        # What comes after is seen as well: this answers once all is laid out.
        self.evaluate('document.documentElement.scrollHeight')

    def evaluate(self, expression):
        """The debugger's own words: they work where the page's would not."""
        answer = self.call('Runtime.evaluate', expression=expression,
                           returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise AssertionError(answer['exceptionDetails'])
        return answer['result'].get('value')

    def screenshot(self, width, height, scale):
        """What that part of the page looks like, scaled; PNG."""
        return base64.b64decode(self.call('Page.captureScreenshot', clip={
            'x': 0, 'y': 0, 'width': width, 'height': height,
            'scale': scale})['data'])

    def paper_sizes(self):
        """Width and height of each page that it prints, in points."""
        pdf = base64.b64decode(self.call('Page.printToPDF',
                                         preferCSSPageSize=True)['data'])
        return [(round(float(width)), round(float(height))) for width, height in
                re.findall(rb'/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]', pdf)]


def _unfilter(kind, line, above, step):
    for i, value in enumerate(line):
        left = line[i - step] if i >= step else 0
        up = above[i]
        if kind == 1:
            value += left
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (left + up) // 2
        elif kind == 4:
            corner = above[i - step] if i >= step else 0
            guess = left + up - corner
            value += min((abs(guess - left), 0, left), (abs(guess - up), 1, up),
                         (abs(guess - corner), 2, corner))[2]
        line[i] = value & 255


def pixels(png):
    """The lines of a PNG of 8 bits without interlacing: bytes, per pixel."""
    at, data, width, step = 8, b'', 0, 0
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        if kind == b'IHDR':
            width, _, depth, colour = struct.unpack('>IIBB', png[at + 8:at + 18])
            step = {2: 3, 6: 4}[colour]
            assert depth == 8
        elif kind == b'IDAT':
            data += png[at + 8:at + 8 + length]
        at += length + 12
    raw = zlib.decompress(data)
    lines, above = [], bytearray(width * step)
    for start in range(0, len(raw), width * step + 1):
        line = bytearray(raw[start + 1:start + 1 + width * step])
        if raw[start]:
            _unfilter(raw[start], line, above, step)
        lines.append(line)
        above = line
    return lines, step
