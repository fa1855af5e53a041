# SPDX-License-Identifier: GPL-3.0-or-later
"""A run beside an earlier one: `baton report --from NEW --against OLD`."""
import json
import os
import re

import support
from support import USAGE, Case, read

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..'))
OLD = os.path.join(SOURCE, 'tests', 'data', 'schema1')
REFERENCE = os.path.join(SOURCE, 'results', 'example')
COUNTER = os.path.join(OLD, 'counter')


class Against(Case):
    def earlier(self, folder=COUNTER, factor=None, **header):
        """A copy whose times are so many times as long, by model."""
        lines = read(os.path.join(folder, 'samples.tsv')).splitlines()
        names = next(line for line in lines if line[0] != '#').split('\t')
        made = []
        for line in lines:
            key = re.match('# ([a-z_.0-9]+)=', line)
            fields = line.split('\t')
            if key and key.group(1) in header:
                line = '# %s=%s' % (key.group(1), header[key.group(1)])
            elif line[0] != '#' and fields != names:
                row = dict(zip(names, fields))
                times = (factor or {}).get(row['model'], 1)
                row['real_ns'] = repr(float(row['real_ns']) * times)
                line = '\t'.join(row[name] for name in names)
            made.append(line)
        os.makedirs(self.path('earlier'), exist_ok=True)
        with open(self.path('earlier', 'samples.tsv'), 'w') as file:
            file.write('\n'.join(made) + '\n')
        return self.path('earlier')

    def refused(self, why, *args):
        _, err = self.baton('report', '--out', self.path('refused'), *args,
                            code=USAGE)
        self.assertIn(why, ' '.join(err.split()))
        self.assertFalse(os.path.exists(self.path('refused', 'report.html')))

    def test_the_comparison_is_said_first_and_on_the_page(self):
        old = self.earlier(REFERENCE, {'locked': 0.5, 'null': 2},
                           version='0.0.1', cpu='another')
        out, _ = self.baton('report', '--from', REFERENCE, '--against', old,
                         '--out', self.path('out'))
        first = out.lstrip().splitlines()
        self.assertTrue(first[0].startswith('Compared with the earlier run'))
        self.assertIn('- machine: cpu was another, is ', out)
        self.assertIn('- version was 0.0.1, is ', out)
        self.assertRegex(out, r'threads \+ mutex .* 2 slower  +1\.')
        self.assertRegex(out, r'CPU floor .* 0\.5 faster  +0\.')
        self.assertIn('prove less than `baton check`',
                      ' '.join(out.split()))
        page = read(self.path('out', 'report.html'))
        self.assertIn('Compared with the earlier run', page)
        self.assertIn('<td>slower</td>', page)
        self.assertIn('Compared with', read(self.path('out', 'summary.txt')))
        # And a report without an earlier run does not speak of one.
        self.baton('report', '--from', REFERENCE, '--out', self.path('alone'))
        self.assertNotIn('Compared with', read(self.path('alone',
                                                         'report.html')))

    def test_json_has_each_cell_with_its_ratio(self):
        old = self.earlier(REFERENCE, {'locked': 0.5})
        out, _ = self.baton('report', '--from', REFERENCE, '--against', old,
                         '--out', self.path('out'), '--json')
        said = json.loads(out)
        self.assertFalse(said['paired'])
        self.assertEqual(said['differences'], [])
        cells = {c['cell']: c for c in said['cells']}
        self.assertEqual(len(cells), len(said['cells']))
        for name, cell in cells.items():
            if 'ratio' not in cell:
                continue
            twice = 2 if '/locked/' in name else 1
            self.assertAlmostEqual(cell['ratio'], twice)
            if 'low' in cell:
                self.assertLessEqual(cell['low'], twice)
                self.assertGreaterEqual(cell['high'], twice)
                self.assertGreaterEqual(cell['rounds_now'], 6)
        self.assertIn('slower', {c['result'] for c in said['cells']})

    def test_what_cannot_be_compared_is_refused(self):
        check = os.path.join(OLD, 'check-builds')
        self.refused('is a recording of `baton check`', '--from', COUNTER,
                     '--against', check)
        self.refused('this run is a recording of `baton check`', '--from',
                     check, '--against', COUNTER)
        self.refused('measured another workload (download; this run: counter)',
                     '--from', COUNTER, '--against',
                     os.path.join(OLD, 'download'))
        self.refused('has schema 2 and this run schema 1', '--from', COUNTER,
                     '--against', self.earlier(schema='2'))
        self.refused('has another schema', '--from', COUNTER,
                     '--against', self.earlier(schema='9'))
        self.refused('holds no run', '--from', COUNTER, '--against',
                     self.path('nowhere'))
        self.refused('--from', '--against', COUNTER)


if __name__ == '__main__':
    support.main()
