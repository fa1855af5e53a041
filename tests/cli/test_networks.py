# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that fail, each in a network namespace, with every model.

No root is needed where the kernel lets a user have namespaces; elsewhere these
tests are skipped, with the reason.
"""
import shutil
import subprocess
import time
import unittest

import support
from support import Case, strict_json

LOOPBACK = 'ip link set lo up'
# An interface that is up, with a neighbour that has no addresses.
LAN = ('ip link set lo up && ip link add v0 type veth peer name v1 &&'
       ' ip link set v0 up && ip link set v1 up &&'
       ' ip addr add 10.9.0.1/24 dev v0')
TIMEOUT_MS = 6000  # more than the three seconds of ARP


def reason_to_skip():
    for tool in 'unshare', 'ip':
        if not shutil.which(tool):
            return 'there is no ' + tool
    done = subprocess.run(['unshare', '-rn', 'sh', '-c', LAN],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


REASON = reason_to_skip()


@unittest.skipIf(REASON, 'no network namespaces: %s' % REASON)
class Networks(Case):
    def inside(self, setup, command, *args):
        """Runs a shell's command, whose $@ are `args`, in a namespace."""
        done = subprocess.run(
            ['unshare', '-rn', 'sh', '-c', setup + ' && ' + command, 'sh',
             *args], capture_output=True, text=True, check=False,
            env=self.env, cwd=self.path('.'), timeout=support.GUARD_S)
        return done.stdout, done.stderr

    def all_models(self):
        root = strict_json(self.baton('list', '--json')[0])
        return [m['name'] for m in root['models']
                if m['available'] and m['kinds']['connections'] is True and
                m['name'] != 'null']

    def outcomes(self, setup, url, *args):
        """{model: class and ms}; all of them at once."""
        models = self.all_models()
        command = ('for m in %s; do "$@" --model $m >out.$m 2>err.$m &'
                   ' done; wait; for m in %s; do cat out.$m; done'
                   % (' '.join(models), ' '.join(models)))
        out, err = self.inside(setup, command, support.BATON, 'scrape',
                               '--json', '--timeout-ms', str(TIMEOUT_MS), url,
                               *args)
        rows = [strict_json(line) for line in out.splitlines()]
        self.assertEqual(len(rows), len(models), out + err)
        return {model: (row['error'], row['elapsed_ms'])
                for model, row in zip(models, rows)}

    def all_say(self, error, setup, url, *args, least_ms=0, most_ms=TIMEOUT_MS):
        for model, (said, ms) in self.outcomes(setup, url, *args).items():
            self.assertEqual(said, error, model)
            self.assertGreaterEqual(ms, least_ms, model)
            self.assertLess(ms, most_ms, model)

    def test_no_interface(self):
        self.all_say('no-network', 'true', 'http://192.0.2.1/', most_ms=2000)

    def test_nothing_but_the_loopback(self):
        self.all_say('no-network', LOOPBACK, 'http://192.0.2.1/', most_ms=2000)

    def test_no_route(self):
        self.all_say('no-route', LAN, 'http://192.0.2.1/', most_ms=2000)

    def test_an_unreachable_route(self):
        self.all_say('no-route',
                     LAN + ' && ip route add unreachable 192.0.2.0/24',
                     'http://192.0.2.1/', most_ms=2000)

    def test_a_prohibited_route(self):
        self.all_say('no-route',
                     LAN + ' && ip route add prohibit 192.0.2.0/24',
                     'http://192.0.2.1/', most_ms=2000)

    def test_a_host_that_is_down(self):
        self.all_say('no-route', LAN, 'http://10.9.0.7/', least_ms=500)

    def test_no_network_to_the_name_server(self):
        self.all_say('no-network', LOOPBACK, 'http://a.test/', '--dns',
                     '192.0.2.1', most_ms=2000)

    def test_no_name_server_there(self):
        self.all_say('dns-no-answer', LOOPBACK, 'http://a.test/', '--dns',
                     '127.0.0.1:9', most_ms=2000)

    def test_a_name_server_in_a_black_hole(self):
        self.all_say('dns-no-answer',
                     LAN + ' && ip route add blackhole 192.0.2.0/24',
                     'http://a.test/', '--dns', '192.0.2.1', most_ms=2000)

    def test_a_first_packet_that_is_lost(self):
        """Each second SYN is dropped, and the kernel sends another."""
        if not shutil.which('nft'):
            self.skipTest('there is no nft (package nftables)')
        drop = ('nft add table ip t && nft add chain ip t in'
                " '{ type filter hook input priority 0; }' &&"
                ' nft add rule ip t in tcp flags syn / syn,ack tcp dport 8080'
                ' numgen inc mod 2 == 0 drop')
        # The origin is ready when it has a port.
        serve = ('%s origin --port 8080 >origin.out 2>&1 & pid=$!;'
                 ' until grep -q http origin.out; do sleep 0.05; done'
                 % support.BATON)
        probe = subprocess.run(['unshare', '-rn', 'sh', '-c', drop],
                               capture_output=True, text=True, check=False)
        if probe.returncode:
            self.skipTest('nft: ' + probe.stderr.strip())
        start = time.monotonic()
        out, err = self.inside(
            LOOPBACK + ' && ' + drop + ' && { ' + serve + '; }',
            'for m in %s; do "$@" --model $m; done; kill $pid'
            % ' '.join(self.all_models()), support.BATON, 'scrape', '--json',
            'http://127.0.0.1:8080/blog/1?seed=1&bytes=1024')
        rows = [strict_json(line) for line in out.splitlines()]
        self.assertEqual([row['error'] for row in rows],
                         [None] * len(self.all_models()), err)
        # Two connections, of which one waits a second.
        self.assertGreaterEqual(time.monotonic() - start, len(rows))


if __name__ == '__main__':
    support.main()
