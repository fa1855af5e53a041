# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton autopsy`: how runs end, and what a lost update is explained by.

How often updates are lost depends on what else the machine does; that the
numbers of one run agree with each other does not.
"""
import os
import re
import shutil
import subprocess
import time

import support
from support import BROKEN, Case, FINDING, USAGE, strict_json

HEAD = r'\A%s with %s: %s tasks x %s increments?, %s expected\n'
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PLACES = {'task', 'us', 'value'}


class Autopsy(Case):
    def autopsy(self, *args, code=0, **options):
        return self.baton('autopsy', *args, code=code, **options)

    def json(self, *args, **options):
        return strict_json(self.autopsy(*args, '--json', **options)[0])

    def rows(self, part):
        """The rows hold all runs, from the highest value to the lowest."""
        self.assertEqual(sum(row['runs'] for row in part['rows']),
                         part['runs'])
        for row in part['rows']:
            self.assertLessEqual(row['low'], row['high'])
            self.assertIn(row['verdict'],
                          ('expected', 'lost updates', 'impossible'))
        for one, other in zip(part['rows'], part['rows'][1:]):
            self.assertGreater(one['low'], other['high'])
        expected = [r['runs'] for r in part['rows']
                    if r['verdict'] == 'expected']
        self.assertEqual(part['nothing_lost'], sum(expected))
        return {row['verdict'] for row in part['rows']}

    def story(self, erasure):
        """The figures of an erasure belong together."""
        read, store, over = (erasure[k] for k in ('read', 'store', 'over'))
        for place in (read, store, over, erasure['first']):
            self.assertEqual(set(place), PLACES)
        self.assertEqual(read['us'], 0)
        self.assertEqual(read['task'], store['task'])
        self.assertNotEqual(read['task'], over['task'])
        self.assertEqual(store['value'], read['value'] + 1)
        self.assertEqual(erasure['erased'], over['value'] - read['value'])
        self.assertLessEqual(erasure['first']['us'], over['us'])
        self.assertLessEqual(over['us'], store['us'])
        self.assertGreaterEqual(erasure['stores'], erasure['others'])


class Found(Autopsy):
    def test_of_tasks_that_yield_all_lost_updates_are_explained(self):
        for model, tasks in (('epoll', 3), ('libuv', 4), ('coroutine', 2)):
            with self.subTest(model=model):
                found = self.json('counter-split', '--model', model,
                                  '--tasks', str(tasks), '--increments', '6',
                                  '--runs', '5')
                self.assertEqual(found['expected'], 6 * tasks)
                self.assertEqual(found['runs']['rows'], [
                    {'low': 6, 'high': 6, 'runs': 5,
                     'verdict': 'lost updates'}])
                self.assertAlmostEqual(found['runs']['mean_loss'],
                                       1 - 1 / tasks)
                self.assertEqual(found['log']['final'], 6)
                self.assertEqual(found['log']['erasures'], 6 * (tasks - 1))
                self.assertEqual(found['erasure']['kind'], 'yielded')
                self.story(found['erasure'])
                self.assertIsNone(found['nothing_can_be_lost'])

    def test_threads_that_yield_show_one_that_erased_more(self):
        found = self.json('counter-split', '--model', 'thread-per-socket',
                          '--tasks', '8', '--increments', '100', '--runs', '3')
        self.story(found['erasure'])
        self.assertGreater(found['erasure']['erased'], 1)
        self.assertEqual(self.rows(found['log']), {'lost updates'})

    def test_the_text_has_the_same_story_in_80_columns(self):
        out, err = self.autopsy('counter-split', '--model', 'epoll', '--tasks',
                                '2', '--increments', '3', '--runs', '7',
                                '--long')
        self.assertEqual(err, '')
        self.assertRegex(out, HEAD % ('counter-split', 'epoll', 2, 3, 6))
        self.assertRegex(out, r'(?m)^7 runs without a log, \d+\.\d s:$')
        self.assertRegex(out, r'(?m)^  3 +7 +100\.0 %  lost updates$')
        self.assertRegex(out, r'(?m)^  without +7 +0\.0 % +50\.00 %$')
        self.assertRegex(out, r'(?m)^  with +\d[\d,]* +0\.0 % +50\.00 %$')
        self.assertRegex(out, r'(?m)^ +time us  task \d \(the eraser\) +1 '
                              r'other\n +0\.0  reads 0\n')
        self.assertRegex(out, r'(?m)  stores 1 over 1 +<- erases 1 update$')
        self.assertIn('Of the 3 updates that run 1 lost, 3 such stores '
                      'erased 3.\n', out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_without_long_it_fits_on_the_screen(self):
        args = ('counter-split', '--model', 'thread-per-socket', '--runs',
                '30', '--tasks', '9')
        out, _ = self.autopsy(*args)
        self.assertIn('<- erases', out)
        self.assertIn('Without a log the mean loss is ', out)
        self.assertLess(len(out.splitlines()), 24, out)
        self.assertEqual(sum(map(int, re.findall(
            r'(?m)^  [\d,]+(?: to [\d,]+)? +(\d+) .*%  ', out))), 30)
        self.assertGreater(len(self.autopsy(*args, '--long')[0].splitlines()),
                           24)

    def test_free_threads(self):
        """Whatever they did, the numbers agree."""
        for args in ((), ('--tasks', '4', '--increments', '20000'),
                     ('--pin', '0')):
            with self.subTest(args=args):
                found = self.json('counter', '--model', 'thread-per-socket',
                                  '--runs', '20', *args)
                for part in (found['runs'], found['log']):
                    self.assertNotIn('impossible', self.rows(part))
                if found['erasure']:
                    self.story(found['erasure'])
                    self.assertEqual(found['erasure']['kind'], 'stopped')
                    self.assertGreaterEqual(found['erasure']['store']['us'], 1)
                beside = found['side_by_side']
                if beside:
                    self.assertGreater(beside['increments'], beside['grown'])
                    self.assertEqual(len(set(beside['tasks'])), 2)

    def test_large_numbers_fit_into_80_columns(self):
        out, _ = self.autopsy('counter', '--model', 'thread-per-socket',
                              '--tasks', '50', '--increments', '50000',
                              '--runs', '5')
        self.assertIn('2,500,000 expected', out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_of_many_tasks_that_yield_not_all_is_compared(self):
        begin = time.monotonic()
        out, _ = self.autopsy('counter-split', '--model', 'epoll', '--tasks',
                              '4000', '--increments', '200', '--runs', '2')
        self.assertLess(time.monotonic() - begin, support.GUARD_S / 4)
        self.assertIn('<- erases 1 update\n', out)
        self.assertNotIn('such stores', out)

    def test_the_log_names_its_clock_and_its_cost(self):
        log = self.json('counter', '--model', 'thread-per-socket', '--tasks',
                        '2', '--increments', '500', '--runs', '3')['log']
        self.assertIn(log['clock'], ('tsc', 'clock_gettime'))
        self.assertGreater(log['event_ns'], 1)


class Tiny(Autopsy):
    ARGS = ('counter', '--model', 'thread-per-socket', '--tasks', '2',
            '--increments', '3', '--runs', '10')

    def test_a_bare_pair_names_what_was_not_seen(self):
        pair = self.json(*self.ARGS)['pair']
        if pair is None:
            self.skipTest('there is one CPU')
        self.assertNotIn('impossible', self.rows(pair))
        seen = {row['low'] for row in pair['rows']}
        self.assertEqual(seen, {row['high'] for row in pair['rows']})
        self.assertEqual(sorted(seen | set(pair['not_seen'])),
                         [2, 3, 4, 5, 6])
        self.assertFalse(seen & set(pair['not_seen']))
        self.assertEqual(len(set(pair['cpus'])), 2)

    def test_the_lowest_that_was_not_seen_is_a_game(self):
        found, (out, _) = self.json(*self.ARGS), self.autopsy(*self.ARGS)
        if found['pair'] is None:
            self.skipTest('there is one CPU')
        unseen = re.search(r'(?m)^  Possible, and not seen: (\d+)', out)
        self.assertEqual('baton duel --tasks 2 --increments 3 --goal %s`\n' %
                         (unseen[1] if unseen else '?') in out, bool(unseen))

    def test_with_one_cpu_the_reason_stands_there(self):
        out, _ = self.autopsy(*self.ARGS, '--pin', '0')
        self.assertIn('The bare pair is left out: this process has one CPU.',
                      out)

    def test_it_is_for_tiny_work_alone(self):
        for args in (('--tasks', '3'), ('--increments', '21')):
            self.assertIsNone(self.json(*self.ARGS, *args)['pair'])


class Guarded(Autopsy):
    def test_models_that_lose_nothing_say_why(self):
        for model, why in (
                ('locked', 'a task has a lock from its load to its store'),
                ('atomic', 'each increment is one indivisible step'),
                ('libuv', 'tasks of one thread hand over by themselves'),
                ('sequential', 'one task runs after another')):
            with self.subTest(model=model):
                found = self.json('counter', '--model', model, '--runs', '4',
                                  '--tasks', '5')
                self.assertIn(why, found['nothing_can_be_lost'])
                self.assertIsNone(found['log'])
                self.assertIsNone(found['erasure'])
                self.assertEqual(self.rows(found['runs']), {'expected'})
                out, _ = self.autopsy('counter', '--model', model, '--runs',
                                      '4', '--tasks', '5')
                self.assertIn('Nothing can be lost here: ' + why[:40], out)


MINE = '''
#include "models/model.h"

static int count(struct counting *work)
{
    for (uint64_t i = 0; i < work->increments; i++)
        for (size_t task = 0; task < work->tasks; task++) {
            if (i == 0)
                gate_enter(work->gate, task);
            gate_turn(work->gate, task);
            counter_store(work, counter_load(work) / 2);
            if (i + 1 == work->increments)
                gate_leave(work->gate, task);
        }
    return 0;
}

static const struct model mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "halves",
    .family = FAMILY_LOOPS,
    .mark = 9,
    .counting = {.run = count, .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE, .at_once = AT_ONCE_ALL},
};
BATON_MODELS(&mine);
'''


class Mine(Autopsy):
    """A model from a shared object is of the hooked program."""

    def found(self, *flags):
        if not shutil.which('cc'):
            self.skipTest('there is no C compiler')
        with open(self.path('mine.c'), 'w', encoding='utf-8') as file:
            file.write(MINE)
        subprocess.run(['cc', '-std=gnu17', '-shared', '-fPIC', '-I', SOURCE,
                        *flags, '-o', self.path('mine.so'),
                        self.path('mine.c')], check=True)
        args = ('counter', '--model-file', './mine.so', '--model', 'mine',
                '--tasks', '2', '--increments', '3', '--runs', '2')
        return (self.autopsy(*args, code=FINDING)[0],
                self.json(*args, code=FINDING))

    def test_its_increments_are_logged(self):
        out, found = self.found('-DBATON_WATCHED')
        self.assertNotIn('-DBATON_WATCHED', out)
        self.assertEqual(found['log']['final'], 0)
        self.assertEqual(found['runs']['rows'], [
            {'low': 0, 'high': 0, 'runs': 2, 'verdict': 'impossible'}])

    def test_without_hooks_the_remedy_stands_there(self):
        self.assertIn('The model shows none of its loads: compile its file '
                      'with -DBATON_WATCHED.', self.found()[0])


class Usage(Autopsy):
    def refused(self, *args):
        out, err = self.autopsy(*args, code=USAGE)
        self.assertEqual(out, '')
        return err

    def test_what_cannot_be(self):
        for args, words in (
                ((), ''),
                (('download',), 'download has no counter'),
                (('cuonter', '--model', 'locked'), "no workload 'cuonter'"),
                (('counter', '--model', 'loked'), "'loked'"),
                (('download', '--model', 'libuv'),
                 'download has no counter: `baton list` shows which workloads '
                 'are of the kind counting'),
                (('counter', '--model', 'locked', '--tasks', '0'), ''),
                (('counter', '--model', 'locked', '--runs', '0'), ''),
                (('counter', '--model', 'locked', '--increments', '1,2'), ''),
                (('counter', '--model', 'locked', '--increments', '9999999'),
                 'the log has room for 8000000 increments'),
                (('counter', '--model', 'locked', '--finals', '99'), '')):
            with self.subTest(args=args):
                self.assertIn(words, self.refused(*args))
        self.nothing_written()

    def test_help(self):
        out, _ = self.autopsy('counter', '--help')
        self.assertIn('baton autopsy counter --tasks 2 --increments 5', out)
        self.assertNotIn('finals', out)
        out, _ = self.autopsy('--help')
        self.assertIn('baton autopsy counter\n', out)

    def test_a_full_standard_output_is_an_error(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            err = self.autopsy('counter', '--model', 'locked', '--runs', '2',
                               code=BROKEN, stdout=full)[1]
        self.assertIn('baton: cannot write to standard output: ', err)


if __name__ == '__main__':
    support.main()
