# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs of the URL standard's own table, which librust-url-dev brings along."""
import glob
import json
import subprocess
import sys
import unittest

RESOLVE = sys.argv.pop(1)
TABLE = '/usr/share/cargo/registry/url-*/tests/urltestdata.json'
TABLE = sys.argv.pop(1) if len(sys.argv) > 1 else TABLE
# How many of them are right; it may only rise. What is missing has a user, a
# password or port 0, which Baton refuses.
OF, RIGHT = 583, 556


def wanted(row):
    """The URL without its fragment; None: that is not to be gone to."""
    if row.get('failure') or row['protocol'] not in ('http:', 'https:'):
        return None
    return row['href'].split('#')[0]


def rows_of(path):
    """[(base, input, wanted)] of those on http pages, or on none."""
    with open(path, encoding='utf-8') as file:
        rows = [row for row in json.load(file) if isinstance(row, dict)]
    for row in rows:
        base = row.get('base') or ''
        base = '' if base == 'about:blank' else base
        if base and not base.startswith(('http:', 'https:')):
            continue
        # The C string of it is another one.
        if '\0' in row['input'] or row['input'].encode(
                'utf-8', 'replace') != row['input'].encode(
                    'utf-8', 'surrogatepass'):
            continue
        yield base, row['input'], wanted(row)


class Table(unittest.TestCase):
    def test_urls_are_those_of_the_standard(self):
        found = glob.glob(TABLE)
        if not found:
            self.skipTest('librust-url-dev is not installed')
        rows = list(rows_of(found[0]))
        text = ''.join('%s %s\n' % (base.encode().hex(), link.encode().hex())
                       for base, link, _ in rows)
        out = subprocess.run([RESOLVE], input=text.encode(), check=True,
                             stdout=subprocess.PIPE).stdout.decode()
        out = [line if line.startswith('http') else None
               for line in out.splitlines()]
        right = sum(line == row[2] for line, row in zip(out, rows))
        print('%d of %d' % (right, len(rows)))
        for line, (base, link, url) in zip(out, rows):
            if line is not None:
                self.assertEqual(line, url, 'another page: %r on %r'
                                 % (link, base))
        self.assertGreaterEqual(right * OF, RIGHT * len(rows))


if __name__ == '__main__':
    unittest.main(verbosity=2)
