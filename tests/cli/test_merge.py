# SPDX-License-Identifier: GPL-3.0-or-later
"""baton merge: the parts of a run are measured apart, and joined to one."""
import os
import re
import resource
import shutil

import support
from support import BROKEN, Case, DONE, Run, Samples, USAGE, cell, limit, read

RUN = ('run', 'counter', '--tasks', '1,2,3', '--increments', '10', '--models',
       'sequential,locked,libuv', '--rounds', '6', '--seed', '7')
REPORT = ('report', '--claims', 'claims', '--rounds', '1', '--seed', '7')
CLAIMS = {
    'sets': 'core=sequential,libuv\nscrape=sequential\n',
    'count': 'workload=counter\nparameters=tasks=2,increments=10\n'
             'models=@core\nflags=default\n',
    'sites': 'workload=faults\nparameters=n=3\nmodels=@core\n'
             'flags=default\n',
    'sites4': 'workload=faults\nparameters=n=4\nmodels=@core\n'
              'flags=default\n',
    'trace': 'workload=counter\nparameters=tasks=3,increments=10\n'
             'models=@core\nflags=default,trace\n',
    'waits': 'workload=download\nparameters=n=2,latency_ms=1\n'
             'models=@core\nflags=default,trace\n',
}


class Merge(Case):
    def setUp(self):
        super().setUp()
        # Other tests take turns, too.
        self.env['TMPDIR'] = self.dir

    def part(self, number, of, command=RUN, out=None, **options):
        return self.baton(*command, '--shard', '%d/%d' % (number, of), '--out',
                          out or 'part%d' % number, **options)

    def merge(self, *dirs, code=DONE, out='whole'):
        return self.baton('merge', *dirs, '--out', out, code=code)

    def refused(self, words, *dirs):
        out, err = self.merge(*dirs, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)
        self.assertFalse(os.path.exists(self.path('whole')))

    def edit(self, directory, pattern, text):
        path = self.path(directory, 'samples.tsv')
        before = read(path)
        after = re.sub(pattern, text, before, flags=re.M)
        self.assertNotEqual(before, after)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(after)

    def test_the_parts_are_the_whole_run(self):
        out, _ = self.part(1, 2)
        self.assertRegex(out, r'^Part 1/2: part1\n.*baton merge DIR')
        self.assertFalse(os.path.exists(self.path('part1', 'report.html')))
        self.part(2, 2)
        self.baton(*RUN, '--out', 'run')
        parts = [Samples(self.path('part%d' % i)) for i in (1, 2)]
        run = Samples(self.path('run'))
        for i, part in enumerate(parts):
            self.assertEqual(part.header['shard'], '%d/2' % (i + 1))
            self.assertEqual({s['part'] for s in part.rows}, {i + 1})
            self.assertEqual(part.header['cells'], run.header['cells'])
        # Whole groups: no parameters are in both.
        self.assertFalse({s['parameters'] for s in parts[0].rows} &
                         {s['parameters'] for s in parts[1].rows})
        self.merge('part2', 'part1')
        whole = Samples(self.path('whole'))
        self.assertEqual(whole.all, parts[0].all + parts[1].all)
        self.assertEqual(sorted((s['round'], s['aa'], cell(s))
                                for s in whole.rows),
                         sorted((s['round'], s['aa'], cell(s))
                                for s in run.rows))
        self.assertEqual(whole.header['ended'], 'complete')
        self.assertEqual(whole.header['shard'], '1/1')
        self.assertIn('--shard 2/2', whole.header['part.2'])
        out, _ = self.baton('report', '--from', 'whole')
        self.assertRegex(out, 'grows as tasks')
        self.assertRegex(out, 'tasks 3, increments 10: .* sequential')

    def test_traces_and_sites_are_in_the_whole(self):
        os.mkdir(self.path('claims'))
        for name, text in CLAIMS.items():
            with open(self.path('claims', name), 'w', encoding='utf-8') as f:
                f.write(text)
        for i in (1, 2, 3):
            self.part(i, 3, REPORT)
        self.merge('part1', 'part2', 'part3')
        for name in ('events.tsv', 'sites.tsv'):
            lines, found = [], 0
            for i in (1, 2, 3):
                path = self.path('part%d' % i, name)
                new = read(path).splitlines() if os.path.exists(path) else []
                lines += new[1 if lines and name == 'sites.tsv' else 0:]
                found += bool(new)
            self.assertEqual(found, 2)
            self.assertEqual(read(self.path('whole', name)).splitlines(),
                             lines)
        self.baton('report', '--from', 'whole', '--out', 'drawn')

    def test_what_is_no_whole_is_refused(self):
        for i in (1, 2, 3):
            self.part(i, 3)
        self.refused('missing: part 2 of 3; nothing was merged',
                     'part1', 'part3')
        self.refused('missing: part 2, 3 of 3', 'part1')
        self.refused('part 2 is there twice: part2 and part2', 'part1',
                     'part2', 'part2', 'part3')
        self.refused('nothing: name a directory|holds no run', 'part1', 'none')
        self.part(1, 2, out='half')
        self.refused('half is one of 2 parts, part1 one of 3', 'part1', 'half')
        other = tuple('8' if word == '7' else word for word in RUN)
        self.part(2, 3, other, out='other')
        self.refused('their seed differ', 'part1', 'other', 'part3')
        other = tuple('11' if word == '10' else word for word in RUN)
        self.part(2, 3, other, out='more')
        self.refused('their cells differ', 'part1', 'more', 'part3')
        self.baton(*RUN, '--out', 'run')
        self.refused('run is a whole run', 'run', 'part1')

    def test_a_part_that_is_not_complete_is_refused(self):
        for i in (1, 2):
            self.part(i, 2)
        shutil.copytree(self.path('part2'), self.path('cut'))
        self.edit('part2', '^# ended=complete$', '# ended=interrupted')
        self.refused(r'part2 \(part 2/2\) was interrupted.*again', 'part1',
                     'part2')
        with open(self.path('cut', 'samples.tsv'), 'r+b') as file:
            file.truncate(os.path.getsize(self.path('cut', 'samples.tsv')) - 3)
        self.refused('cut: the last line of samples.tsv is cut off', 'part1',
                     'cut')
        self.edit('part1', '^host\tpart', 'host\tportion')
        self.refused('part1 was written by another version', 'part1', 'cut')

    def test_a_disk_that_is_full_leaves_nothing(self):
        for i in (1, 2):
            self.part(i, 2)
        size = os.path.getsize(self.path('part1', 'samples.tsv'))
        _, err = self.baton('merge', 'part1', 'part2', '--out', 'whole',
                            code=BROKEN,
                            preexec_fn=limit(resource.RLIMIT_FSIZE, size))
        self.assertRegex(err, 'cannot write to whole: .*nothing was merged')
        self.assertFalse(os.path.exists(self.path('whole', 'samples.tsv')))
        self.merge('part1', 'part2')
        _, err = self.merge('part1', 'part2', code=USAGE)
        self.assertIn('whole holds a run already', err)

    def test_parts_of_two_hosts_are_not_compared_with_each_other(self):
        for i in (1, 2):
            self.part(i, 2)
        self.edit('part2', '^' + Samples(self.path('part2')).rows[0]['host'] +
                  '\t', 'other\t')
        self.merge('part1', 'part2')
        out, _ = self.baton('report', '--from', 'whole')
        self.assertRegex(out, 'tasks 2, increments 10: ')
        self.assertNotIn('grows as', out)

    def test_parts_on_one_host_take_turns(self):
        first = Run(self, *RUN, '--shard', '1/2', '--out', 'part1', '--rounds',
                    '100000')
        first.hold('cell')
        second = Run(self, *RUN, '--shard', '2/2', '--out', 'part2')
        line = second.process.stderr.readline()
        self.assertIn('another part is measured on this host', line)
        self.assertFalse(os.path.exists(self.path('part2')))
        self.part(2, 2, (*RUN, '--no-lock'), out='beside')
        first.kill(support.signal.SIGKILL)
        for pid in first.children():
            os.kill(pid, support.signal.SIGKILL)
        second.end(DONE)
        waited = Samples(self.path('part2')).header['waited_ns']
        self.assertGreater(int(waited), 0)

    def test_parts_of_a_check_have_one_verdict(self):
        cells = ['counter/sequential/tasks:%d' % n for n in (2, 3, 4)]
        check = ('check', '--base', support.BATON, '--cells',
                 ','.join(cells), '--seed', '7', '--budget', '300ms')
        for i in (1, 2):
            out, _ = self.part(i, 2, check)
            self.assertRegex(out, r'^Part %d/2: part%d\n.*--replay' % (i, i))
            self.assertEqual(os.listdir(self.path('part%d' % i)),
                             ['samples.tsv'])
        _, err = self.baton('check', '--replay', 'part1', code=USAGE)
        self.assertIn('part1/samples.tsv is part 1/2 of a check', err)
        out, _ = self.merge('part2', 'part1')
        self.assertIn('Verdict: baton check --replay whole', out)
        whole = Samples(self.path('whole'))
        self.assertAlmostEqual(float(whole.header['budget_s']), .9)
        out, _ = self.baton('check', '--replay', 'whole', '--json', code=None)
        verdict = support.strict_json(out)
        self.assertEqual({c['name'].split('/increments')[0]
                          for c in verdict['cells']}, set(cells))
        self.assertEqual(sum(c['control']['pairs'] for c in verdict['cells']),
                         verdict['control']['pairs'])
        self.edit('part2', '^# rules=threshold=0.02', '# rules=threshold=0.5')
        self.baton('merge', 'part1', 'part2', '--out', 'other', code=USAGE)
        for words, *args in (
                ('two commands are one comp', '--', 'true', '--', 'true'),
                ('have no parts', '--self-test', '9s'),
                ('part 9 of 9 has no cell', *check[1:], '--shard', '9/9')):
            _, err = self.baton('check', '--shard', '1/2', *args, code=USAGE)
            self.assertIn(words, err)

    def test_a_part_needs_rounds_and_a_number(self):
        for words, *args in (
                ('needs --rounds', '--shard', '1/2', '--budget', '9s'),
                ('such as 2/4', '--shard', '0/3', '--rounds', '6'),
                ('such as 2/4', '--shard', '4/3', '--rounds', '6'),
                ('such as 2/4', '--shard', '2', '--rounds', '6'),
                ('a part has none of', '--shard', '1/2', '--rounds', '6',
                 '--json'),
                ('part 9 of 9 has no cell', '--shard', '9/9', '--rounds', '6')):
            _, err = self.baton('run', 'counter', '--tasks', '1', *args,
                                code=USAGE)
            self.assertIn(words, err)
        _, err = self.baton('merge', 'a', code=USAGE)
        self.assertIn('--out DIR', err)


if __name__ == '__main__':
    support.main()
