# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile pages delay no other site by more than its deadlines.

    python3 test_hostile_sites.py PATH-OF-BATON [unittest's arguments]
"""
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'cli'))
import support  # noqa: E402
from support import FINDING  # noqa: E402
import test_scrape  # noqa: E402

HOSTILE, HEALTHY = 16, 84
MIB = 1 << 20


def repeated(text, size=4 * MIB - 64):
    return text * (size // len(text))


PAGES = [
    repeated('<div>'), repeated('<br>'), repeated('<b><div>'),
    '<a' + ''.join(' a%d=1' % i for i in range(300000)),
    '<p>' + ''.join('<b a=%d>' % i for i in range(2000)) + '<p>x' * 9000,
]


class HostileSites(test_scrape.Scraping):
    def site(self):
        pages = {'/hostile/%d' % i: test_scrape.reply(PAGES[i % len(PAGES)])
                 for i in range(HOSTILE)}
        for i in range(HEALTHY):
            pages['/front/%d' % i] = test_scrape.front('/article/%d' % i)
            pages['/article/%d' % i] = test_scrape.article('no. %d' % i)
        return test_scrape.Site(self, pages)

    def test_healthy_sites_end_in_time_in_every_model(self):
        site = self.site()
        urls = ([site.root + '/hostile/%d' % i for i in range(HOSTILE)] +
                [site.root + '/front/%d' % i for i in range(HEALTHY)])
        for model in self.models():
            rows, _ = self.scrape(
                '--model', model, '--timeout-ms', '5000', '--per-host', '0',
                '--urls', self.listed(*urls), code=FINDING)
            self.assertEqual(len(rows), HOSTILE + HEALTHY)
            for row in rows:
                if '/hostile/' in row['url']:
                    self.assertEqual(row['error'], 'too-big', model)
                else:
                    self.assertIsNone(row['error'], model)
            self.assertEqual(
                sorted(r['title'] for r in rows if r['title']),
                sorted('no. %d' % i for i in range(HEALTHY)))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(peak << 10, 1.1 * (1 << 30))


if __name__ == '__main__':
    support.main()
