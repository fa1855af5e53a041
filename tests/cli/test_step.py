# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton step`: what each step prints, and what is refused and how."""
import json
import os
import re
import shutil
import subprocess

import support
from support import BROKEN, Case, DONE, FINDING, USAGE, read, strict_json

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TWICE = '''
#include <pthread.h>
#include "models/model.h"
#include "models/wait/threads.h"
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void lock_twice(void *context, size_t task)
{
    struct counting *work = context;
    gate_wait(work->gate, task);
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        pthread_mutex_lock(&lock);
        counter_store(work, counter_load(work) + 1);
#ifndef ONCE
        pthread_mutex_lock(&lock);
#endif
        pthread_mutex_unlock(&lock);
    }
    gate_leave(work->gate, task);
}
static void stay_away(void *context, size_t task)
{
    struct counting *work = context;
    if (task)
        gate_wait(work->gate, task);
}
static int twice(struct counting *work)
{
    return threads_run(work->tasks, lock_twice, NULL, work);
}
static int few(struct counting *work)
{
    return threads_run(work->tasks, stay_away, NULL, work);
}
#define MODEL(id, number) {.contract = MODEL_CONTRACT, .name = #id, \\
    .label = #id, .summary = #id, .family = FAMILY_LOCKS, .mark = number, \\
    .counting = {.run = id, .plain = PROMISE_EXACT, .split = PROMISE_EXACT, \\
                 .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD}, \\
    .connections = {.gap = "none"}, .sleeping = {.gap = "none"}, \\
    .relay = {.gap = "none"}}
static const struct model model_twice = MODEL(twice, 11);
static const struct model model_few = MODEL(few, 12);
BATON_MODELS(&model_twice, &model_few);
'''
HEAD = 'baton-schedule 1 counter tasks=%d increments=%d\n'
STEP = re.compile(r'^ *(\d+)  ( *)(\S.*?) +(\d+|-)(?:  (erases|regains) '
                  r'(\d+))?$', re.M)
RESULT = re.compile(r'^The counter is (\d+) of (\d+)', re.M)


def erased(text):
    """What all marks say together."""
    return sum(int(step[5]) * (1 if step[4] == 'erases' else -1)
               for step in STEP.findall(text) if step[4])


class Step(Case):
    def step(self, *args, code=DONE):
        return self.baton('step', 'counter', *args, code=code)

    def schedule(self, text, tasks=2, increments=2):
        path = self.path('schedule.txt')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(HEAD % (tasks, increments) + text)
        return path

    def counting(self):
        """The models that count here."""
        return [m['name'] for m in
                json.loads(self.baton('list', '--json')[0])['models']
                if m['available'] and m['kinds']['counting'] is True]

    def test_it_ends_when_no_program_reads_its_lines(self):
        with subprocess.Popen(
                [support.BATON, 'step', 'counter', '--model',
                 'thread-per-socket', '--increments', '1000000', '--seed', '1'],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            p.stdout.readline()
            p.stdout.close()
            err = p.stderr.read().decode()
            p.wait(timeout=support.GUARD_S / 4)
        self.assertEqual(err.count('cannot write to standard output'), 1)

    def test_a_lost_update_is_seen_step_by_step(self):
        path = self.schedule('1 1\n2 *\n1 *\n')
        out, _ = self.step('--model', 'thread-per-socket', '--schedule', path)
        self.assertEqual(
            [(step[2], step[3], step[5]) for step in STEP.findall(out)],
            [('loads 0', '0', ''), ('loads 0', '0', ''), ('stores 1', '1', ''),
             ('loads 1', '1', ''), ('stores 2', '2', ''),
             ('stores 1 over 2', '1', '2'), ('loads 1', '1', ''),
             ('stores 2', '2', '')])
        self.assertIn('The counter is 2 of 4: stores have erased 2 updates.',
                      out)

    def test_each_task_has_its_column(self):
        path = self.schedule('1 1\n2 *\n1 *\n')
        out, _ = self.step('--model', 'thread-per-socket', '--schedule', path)
        head = out.splitlines()[1]
        for task, line in zip((1, 2, 2, 2, 2, 1), out.splitlines()[2:]):
            self.assertEqual(head.index('task %d' % task),
                             8 + len(re.match(r' *\d+  ( *)', line).group(1)))
        self.assertLessEqual(max(map(len, out.splitlines()[1:])), 80)

    def test_the_marks_are_what_is_missing(self):
        for model in self.counting():
            p = subprocess.run(
                [support.BATON, 'step', 'counter', '--model', model, '--tasks',
                 '4', '--increments', '10', '--seed', '3'],
                capture_output=True, text=True, check=False,
                timeout=support.GUARD_S)
            with self.subTest(model):
                if p.returncode == USAGE:
                    self.assertIn('cannot be held', p.stderr)
                    continue
                self.assertEqual(p.returncode, DONE, p.stderr)
                counter, items = map(int, RESULT.search(p.stdout).groups())
                self.assertEqual(items, 40)
                self.assertEqual(erased(p.stdout), items - counter)

    def test_the_same_seed_prints_the_same_lines(self):
        for model in ('thread-per-socket', 'locked'):
            args = ('--model', model, '--tasks', '3', '--increments', '20',
                    '--seed', '11')
            first = self.step(*args)[0]
            for _ in range(4):
                self.assertEqual(self.step(*args)[0], first)
            self.assertNotEqual(self.step(*args[:-1], '12')[0], first)

    def test_models_that_lose_nothing_show_why(self):
        for model, words in (
                ('locked', 'waits for task'), ('locked', 'inside a lock'),
                ('atomic', 'one instruction'), ('cas', 'Compare-and-swap'),
                ('async', 'a turn is not interrupted'),
                ('sharded', 'a variable of its own')):
            out, _ = self.step('--model', model, '--tasks', '3', '--seed', '5')
            with self.subTest(model):
                self.assertIn(words, out)
                self.assertIn('The counter is 6 of 6: no update is lost.', out)

    def test_a_task_that_yields_in_the_middle_loses_updates(self):
        out, _ = self.baton('step', 'counter-split', '--model', 'async',
                            '--increments', '3', '--seed', '1')
        self.assertGreater(erased(out), 0)
        self.assertNotIn('not interrupted', out)

    def test_two_are_left_of_a_hundred_thousand(self):
        path = self.schedule('1 1\n3-100 *\n2 1998\n1 1\n2 1\n1 *\n2 *\n',
                             100, 1000)
        out, _ = self.step('--model', 'thread-per-socket', '--schedule', path)
        self.assertEqual(RESULT.search(out).groups(), ('2', '100000'))
        self.assertEqual(out.count('\n'), 200003)

    def test_a_schedule_that_cannot_be_played_has_its_line(self):
        for text, model, words in (
                ('1 *\n1 1\n', 'thread-per-socket', 'line 3: task 1 has fin'),
                ('1 5\n', 'thread-per-socket', 'line 2: task 1 was to take 5'),
                ('1 *\n', 'thread-per-socket', 'task 2 for one'),
                ('1 1\n2 1\n2 1\n', 'locked', 'line 4: task 2 waits for the l'),
                ('1 0\n', 'thread-per-socket', 'line 2'),
                ('3 1\n', 'thread-per-socket', 'line 2')):
            path = self.schedule(text)
            with self.subTest(text):
                self.assertIn(words, self.step('--model', model, '--schedule',
                                               path, code=USAGE)[1])

    def test_a_file_without_an_end_is_no_schedule(self):
        _, err = self.baton('step', 'counter', '--schedule', '/dev/zero',
                            code=USAGE)
        self.assertEqual(err, 'baton: /dev/zero, line 1: a control character, '
                         'or more than 4094 characters\n')

    def test_a_schedule_of_another_game_is_refused(self):
        path = self.schedule('1 *\n2 *\n')
        for args in (('--model', 'locked', '--tasks', '3'),
                     ('--model', 'locked', '--seed', '1'), ()):
            self.step('--schedule', path, *args, code=USAGE)
        self.baton('step', 'counter-split', '--model', 'locked', '--schedule',
                   path, code=USAGE)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('baton-schedule 2 counter tasks=2 increments=2\n1 *\n')
        self.assertIn('1', self.step('--model', 'locked', '--schedule', path,
                                     code=USAGE)[1])

    def test_numbers_that_make_no_game_are_refused(self):
        for args in (('--tasks', '0'), ('--increments', '0'), ('--tasks', 'x'),
                     ('--tasks', '10000', '--increments', '10000')):
            self.step('--model', 'locked', *args, code=USAGE)

    def test_what_is_no_counting_is_refused(self):
        self.baton('step', 'hog', '--model', 'libuv', code=USAGE)
        self.assertIn('cannot be held',
                      self.step('--model', 'process', code=USAGE)[1])

    def test_the_trace_has_each_step(self):
        path = self.path('trace.json')
        out, _ = self.step('--model', 'thread-per-socket', '--seed', '1',
                           '--trace', path)
        spans = [event for event in strict_json(read(path))['traceEvents']
                 if event['ph'] == 'X']
        self.assertEqual([span['name'] for span in spans],
                         [step[2] for step in STEP.findall(out)])
        self.assertEqual({span['cat'] for span in spans}, {'load', 'store'})
        times = [span['ts'] for span in spans]
        self.assertEqual(times, sorted(times))

    def test_guesses_stand_beside_the_result(self):
        path = self.path('guesses.tsv')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('Ann\tstep-final\t4\nBob\tstep-erased\t1\n')
        out, _ = self.step('--model', 'thread-per-socket', '--seed', '1',
                           '--guesses', path)
        counter = RESULT.search(out).group(1)
        self.assertRegex(out, r'measured +%s\b' % counter)
        self.assertIn('Ann', out)
        self.assertIn('Bob', out)

    def model_file(self, *flags):
        """A model that locks twice, and one that begins too few tasks."""
        source = self.path('twice.c')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(TWICE)
        made = source[:-2] + '.so'
        subprocess.run(['cc', '-D_GNU_SOURCE', '-shared', '-fPIC', '-I', SOURCE,
                        *flags, '-o', made, source], check=True)
        return made

    def test_a_deadlock_is_explained(self):
        made = self.model_file('-DBATON_WATCHED')
        out, _ = self.step('--model-file', made, '--model', 'twice', '--seed',
                           '1', code=FINDING)
        self.assertIn('waits for itself', out)
        self.assertRegex(out, r'deadlock: .*waits for a lock that it has its')

    def test_conditions_and_tries_are_steps(self):
        made = self.path('condition.so')
        subprocess.run(['cc', '-D_GNU_SOURCE', '-DBATON_WATCHED', '-shared',
                        '-fPIC', '-I', SOURCE, '-o', made, os.path.join(
                            SOURCE, 'tests', 'data', 'condition.c')],
                       check=True)
        unlocks = set()
        for seed in range(1, 9):
            args = ('--model-file', made, '--seed', str(seed), '--model')
            waiting, _ = self.step(*args, 'waiting')
            self.assertEqual(self.step(*args, 'waiting')[0], waiting)
            self.assertIn('The counter is 4 of 4', waiting)
            # A task that waits for the flag does not have the mutex.
            self.assertEqual(waiting.count('unlocks'),
                             len(re.findall('takes the lock|gets the lock',
                                            waiting)), waiting)
            unlocks.add(waiting.count('unlocks'))
            trying, _ = self.step(*args, 'trying')
            self.assertIn('The counter is 4 of 4', trying)
            self.assertEqual(trying.count('takes the lock'), 4)
            self.assertEqual(trying.count('has it'),
                             trying.count('yields the CPU'))
        # Two for each increment, and one for each wait.
        self.assertGreater(max(unlocks), 8)

    def test_tasks_that_do_not_come_are_missed(self):
        made = self.model_file('-DBATON_WATCHED')
        self.assertIn('1 of 2 tasks have come', self.step(
            '--model-file', made, '--model', 'few', code=BROKEN)[1])

    def test_a_file_without_hooks_is_said_to_be(self):
        out, _ = self.step('--model-file', self.model_file('-DONCE'),
                           '--model', 'twice', '--seed', '1')
        self.assertIn('-DBATON_WATCHED', out)
        self.assertIn('no update is lost', out)

    def test_without_its_second_program_it_says_so(self):
        alone = self.path('alone')
        os.mkdir(alone)
        copy = os.path.join(alone, 'baton')
        shutil.copy(support.BATON, copy)
        p = subprocess.run([copy, 'step', 'counter', '--model', 'locked'],
                           capture_output=True, text=True, check=False)
        self.assertEqual(p.returncode, BROKEN)
        self.assertIn('baton-watched', p.stderr)


if __name__ == '__main__':
    support.main()
