# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that fail, each in a network namespace, with every model.

No root is needed where the kernel lets a user have namespaces; elsewhere these
tests are skipped, with the reason.
"""
import os
import re
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
# The first SYN of each connection to a web server is lost.
FIRST_SYN = '''table ip t {
    set seen { type inet_service; flags dynamic; size 65535; }
    chain first {
        tcp sport @seen accept
        add @seen { tcp sport } drop
    }
    chain in { type filter hook input priority 0;
        tcp dport { 80, 443 } tcp flags & (syn | ack) == syn goto first
    }
}
'''
NGINX = '''worker_processes 1; pid {root}/pid; user root;
error_log {root}/error.log;
events {{ worker_connections 512; }}
http {{
    log_format requests '$uri $connection_requests';
    access_log {root}/access.log requests;
    client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    default_type text/html; gzip on; gzip_min_length 0; root {root}/www;
    server {{ listen 127.0.0.1:80; return 301 https://$host$request_uri; }}
    server {{ listen 127.0.0.1:443 ssl;
        ssl_certificate {root}/site.pem; ssl_certificate_key {root}/site.key; }}
}}
'''
PAGES = {
    'blog': '<h3><a href="a">x</a></h3>', 'a': '<title>it</title>',
    'secret': '<h3><a href="a">x</a></h3>',
    'robots.txt': 'User-agent: baton\nDisallow: /secret\n'}


def reason_to_skip():
    for tool in 'unshare', 'ip':
        if not shutil.which(tool):
            return 'there is no ' + tool
    done = subprocess.run(['unshare', '-rn', 'sh', '-c', LAN],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


REASON = reason_to_skip()


class Namespaced(Case):
    def inside(self, setup, command, *args):
        """Runs a shell's command, whose $@ are `args`, in a namespace."""
        done = subprocess.run(
            ['unshare', '-rnm', 'sh', '-c', setup + ' && ' + command, 'sh',
             *args], capture_output=True, text=True, check=False,
            env=self.env, cwd=self.path('.'), timeout=support.GUARD_S)
        return done.stdout, done.stderr

    def all_models(self):
        root = strict_json(self.baton('list', '--json')[0])
        return [m['name'] for m in root['models']
                if m['available'] and m['kinds']['connections'] is True and
                m['name'] != 'null']


@unittest.skipIf(REASON, 'no network namespaces: %s' % REASON)
class Networks(Namespaced):
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


@unittest.skipIf(REASON, 'no network namespaces: %s' % REASON)
class RealWeb(Namespaced):
    """nginx with TLS, gzip and robots.txt, names of /etc/resolv.conf's server,
    and the first packet of each connection lost."""
    def setUp(self):
        super().setUp()
        self.nginx = os.environ.get('BATON_NGINX')
        if not self.nginx:
            self.skipTest('BATON_NGINX does not name an nginx')
        for tool in 'nft', 'openssl':
            if not shutil.which(tool):
                self.skipTest('there is no ' + tool)
        done = subprocess.run([support.BATON, 'scrape', 'https://[::1]:1/'],
                              capture_output=True, text=True, check=False)
        if 'libssl' in done.stderr:
            self.skipTest(done.stderr.strip())

    def put(self, name, text):
        with open(self.path(name), 'w', encoding='ascii') as file:
            file.write(text)

    def openssl(self, *args):
        subprocess.run(('openssl', *args), check=True, capture_output=True,
                       cwd=self.path('.'))

    def certify(self):
        """root.pem, and site.pem of the names that are right."""
        key = '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'
        self.openssl('req', '-x509', *key, '-keyout', 'root.key', '-out',
                     'root.pem', '-subj', '/CN=root', '-days', '2')
        self.openssl('req', *key, '-keyout', 'site.key', '-out', 'site.csr',
                     '-subj', '/CN=site')
        self.put('names', 'subjectAltName=DNS:after-0.test,'
                          'DNS:after-1500.test\n')
        self.openssl('x509', '-req', '-in', 'site.csr', '-CA', 'root.pem',
                     '-CAkey', 'root.key', '-CAcreateserial', '-out',
                     'site.pem', '-extfile', 'names', '-days', '2')

    def prepare(self):
        self.certify()
        os.mkdir(self.path('www'))
        for name, text in PAGES.items():
            self.put('www/' + name, text)
        self.put('nginx.conf', NGINX.format(root=self.path('.')))
        self.put('first.nft', FIRST_SYN)
        self.put('resolv.conf', 'nameserver 127.0.0.1\nsearch test\n')
        self.put('serve.py', 'import sys; sys.path.insert(0, %r)\n'
                 'import support; names = support.SlowNames(53)\n'
                 'print("serves", flush=True); names.thread.join()\n'
                 % os.path.dirname(os.path.abspath(__file__)))

    def test_sites_of_nginx_with_tls_and_names(self):
        self.prepare()
        wanted = {'https://after-0.test/blog': None,
                  'http://after-0.test/blog': None,
                  'https://after-1500.test/blog': None,
                  'https://after-0.test/secret': 'robots',
                  'https://error-3.test/': 'dns-name',
                  'https://127.0.0.1/blog': 'tls-untrusted',
                  # Not after-0.test: there is no search domain.
                  'http://after-0/blog': 'tls-untrusted'}
        models = self.all_models()
        setup = ('mount --bind resolv.conf /etc/resolv.conf && ' + LOOPBACK +
                 ' && nft -f first.nft && { python3 -B serve.py >served & '
                 ' names=$!; until grep -q serves served; do sleep 0.05; done; '
                 ' } && %s -p . -c nginx.conf -e error.log' % self.nginx)
        command = ('for m in %s; do "$@" --model $m >out.$m 2>err.$m &'
                   ' all="$all $!"; done; wait $all;'
                   ' for m in %s; do cat out.$m; done;'
                   ' kill $names $(cat pid)' % (' '.join(models),
                                                ' '.join(models)))
        out, err = self.inside(setup, command, support.BATON, 'scrape',
                               '--json', '--cafile', 'root.pem',
                               '--timeout-ms', '20000', *wanted)
        rows = [strict_json(line) for line in out.splitlines()]
        self.assertEqual(len(rows), len(models) * len(wanted), out + err)
        for url, error in wanted.items():
            mine = [row for row in rows if row['url'] == url]
            self.assertEqual([row['error'] for row in mine],
                             [error] * len(models), url)
            self.assertEqual({row['title'] for row in mine},
                             {None if error else 'it'})
        # Each article came on the connection of its front page.
        articles = re.findall(r'(?m)^/a (\d+)$',
                              support.read(self.path('access.log')))
        self.assertEqual(len(articles), 3 * len(models))
        self.assertGreaterEqual(min(map(int, articles)), 2)
        slow = [row['elapsed_ms'] for row in rows if '1500' in row['url']]
        self.assertGreaterEqual(min(slow), 1500)


if __name__ == '__main__':
    support.main()
