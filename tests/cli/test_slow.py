# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples and origins that hang, and a whole report: what takes its time."""
import os
import re
import resource
import signal

import support
from support import BROKEN, Case, DONE, Run, limit, strict_json


class Hung(Case):
    def test_a_sample_that_hangs_is_ended_and_the_rest_goes_on(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential,libuv',
                  '--tasks', '1', '--increments', '100000000', '--rounds',
                  '12', '--out', 'run')
        run.hold('workload=', 'iterations=', 'model=libuv')
        out, err = run.end(DONE)
        samples = self.whole(self.path('run'))
        hung = [s for s in samples.all if s['status'] != 'ok']
        self.assertEqual([(s['model'], s['status']) for s in hung],
                         [('libuv', 'hung')])
        self.assertGreaterEqual(hung[0]['wall_ns'], 10 * 10**9)
        self.assertRegex(hung[0]['text'], r'^ended after 1\d s, \d of \d')
        self.assertRegex(err, r'baton: counter/libuv .* hung: ended after 1')
        self.assertEqual(len(samples.rows), 24)

    def test_a_run_that_waits_for_a_hung_sample_can_be_interrupted(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential',
                  '--tasks', '1', '--increments', '100000000', '--rounds',
                  '12', '--out', 'run')
        run.hold('workload=', 'iterations=')
        run.kill(signal.SIGINT)
        run.end(BROKEN)
        samples = self.whole(self.path('run'))
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})

    def test_an_origin_that_hangs_ends_the_run(self):
        run = Run(self, 'run', 'download', '--n', '3', '--models', 'libuv',
                  '--rounds', '1000', '--timeout-ms', '2000', '--out', 'run')
        run.child('workload=', 'iterations=')
        os.kill(run.child('--control-fd'), signal.SIGSTOP)
        _, err = run.end(BROKEN)
        samples = self.whole(self.path('run'))
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})
        self.assertRegex(err, r'the origin does not answer; \d+ finished')


class Report(Case):
    def test_what_a_limit_forbids_is_a_gap_of_the_report(self):
        out = self.baton('report', '--quick', '--rounds', '1', '--out',
                         self.path('run'),
                         preexec_fn=limit(resource.RLIMIT_NOFILE, 48))[0]
        samples = self.whole(self.path('run'))
        for model in ('libuv', 'thread-per-socket'):
            why = r'download/%s/n:30: 30 at once need .*RLIMIT_NOFILE' % model
            self.assertEqual(len([g for g in samples.gaps
                                  if re.match(why, g)]), 1)
            self.assertNotIn((model, '30'), [
                (s['model'], s['parameters'].split(',')[0][2:])
                for s in samples.rows if s['workload'] == 'download'])
            self.assertRegex(out, why)
        # Every model that can is there with every cell, or in a gap.
        models = strict_json(self.baton('list', '--json')[0])['models']
        able = {m['name'] for m in models
                if m['available'] and m['kinds']['connections'] is True}
        able &= {s['model'] for s in samples.all}
        self.assertEqual({s['model'] for s in samples.rows
                          if s['parameters'].startswith('n=1,')}, able)
        self.assertEqual({s['model'] for s in samples.rows
                          if s['parameters'].startswith('n=30,')} |
                         {g.split('/')[1] for g in samples.gaps
                          if '/n:30: ' in g}, able)
        self.assertEqual({s['workload'] for s in samples.rows},
                         {'counter', 'counter-split', 'download'})
        self.assertRegex(out, r'Findings\n- counter, 100 x 1000: ')
        self.assertRegex(out, r'grows as n\^')


if __name__ == '__main__':
    support.main()
