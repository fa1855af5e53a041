# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton duel`: the player schedules real threads."""
import os
import signal
import subprocess

import support
from support import DONE, FINDING, GUARD_S, USAGE, Case, read
from terminal import Terminal

# 2 tasks x 3 increments end at 2, with 4 preemptions.
GAME = '122221211112'
HEAD = 'baton-schedule 1 counter tasks=%d increments=%d\n'
# 100 x 1000 end at 2.
OPTIMUM = HEAD % (100, 1000) + '1 1\n3-100 *\n2 1998\n1 1\n2 1\n1-2 *\n'


class Duel(Case):
    def play(self, keys, *args, code=DONE):
        """What it prints for keys from a pipe, as lines."""
        p = subprocess.run([support.BATON, 'duel', *args], input=keys,
                           capture_output=True, text=True, check=False,
                           timeout=GUARD_S, cwd=self.dir, env=self.env)
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        self.assertEqual(p.stderr, '')
        self.assertNotIn('\033', p.stdout)
        return p.stdout.splitlines()

    def file(self, text, name='mine.schedule'):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return name

    def replay(self, text, *args, code=DONE):
        return self.baton('duel', '--schedule', self.file(text), *args,
                          code=code)

    def refused(self, text, line, words, *args):
        out, err = self.replay(text, *args, code=USAGE)
        self.assertEqual(out, '')
        self.assertTrue(err.startswith('baton: mine.schedule, line %d: %s' %
                                       (line, words)), err)


class Lines(Duel):
    def test_a_game_is_won_with_the_fewest_preemptions(self):
        lines = self.play(GAME, '--level', '2')
        self.assertEqual(lines[1], 'Goal: the counter ends at 2, not at 6. '
                         'Fewest preemptions: 4 (chance 0.39 %)')
        self.assertEqual([' '.join(line.split()) for line in lines[2:14]], [
            '1 0 loads 0', '2 0 loads 0', '3 1 stores 1', '4 1 loads 1',
            '5 2 stores 2', '6 1 stores 1 over 2 erases 2', '7 1 loads 1',
            '8 1 loads 1', '9 2 stores 2', '10 2 loads 2', '11 3 stores 3',
            '12 2 stores 2 over 3 erases 2'])
        self.assertEqual(lines[14:], [
            'The goal is reached with 4 preemptions, the fewest. s: save it, '
            'n: next level.',
            'Counter 2. 4 preemptions (fewest 4), 5 switches (fewest 5), '
            '12 steps'])

    def test_the_hints_win_each_small_level_with_the_fewest(self):
        for level, fewest in ('1', 1), ('2', 4), ('3', 1), ('4', 2):
            keys = ''
            while 'The goal is reached' not in \
                    (lines := self.play(keys + 'h', '--level', level))[-2]:
                hint = lines[-2].split()
                self.assertEqual((hint[0], hint[2]), ('Task', 'next;'), hint)
                keys += hint[1]
                self.assertLess(len(keys), 20)
                if 'The goal is reached' in \
                        (lines := self.play(keys, '--level', level))[-2]:
                    break
            self.assertIn('with %d preemption' % fewest, lines[-2])

    def test_what_is_taken_back_has_never_been(self):
        played = self.play('1222212', '--level', '2')
        lines = self.play('12' + 'uu' + '12222' + '1' + 'u:2 1\nu12',
                          '--level', '2')
        self.assertEqual(lines[-1], played[-1])
        self.assertIn('The last move is taken back.', lines)
        self.assertEqual(self.play('ru')[-2], 'There is no move to take back.')

    def test_a_lost_game_says_so(self):
        lines = self.play('11111122h2222', '--level', '2')
        self.assertIn('From here no order of steps ends at 2: undo (u), or '
                      'restart (r).', lines)
        self.assertEqual(lines[-2], 'The counter ended at 6, the goal is 2. '
                         'u: undo, r: restart.')

    def test_keys_that_are_none_are_explained(self):
        lines = self.play('3x:4 1\n:1\n:1 99\n1s')
        self.assertEqual(lines[2:5], [
            'There is no task 3; tasks are 1 to 2.', 'Keys: 1-9 : u h r s n q',
            'there is no task 4; tasks are 1 to 2'])
        self.assertTrue(lines[5].startswith("'1' is not of the form"), lines)
        self.assertIn('Task 1 has finished.', lines)
        self.assertTrue(lines[-2].startswith('The game is not over'), lines)

    def test_a_line_being_typed_is_corrected_or_dropped(self):
        self.assertEqual(self.play(':2 9\b1\n')[-1][-7:], ' 1 step')
        self.assertEqual(self.play(':2 9\0331')[2].split(),
                         ['1', '0', 'loads', '0'])

    def test_levels_follow_each_other(self):
        lines = self.play('n' * 8)
        self.assertEqual(
            [line.split(':')[0] for line in lines if 'duel' in line],
            ['baton duel, level %d of 8' % i for i in range(1, 9)])
        self.assertEqual(lines[-2], 'This is the last level.')

    def test_a_game_of_its_own(self):
        lines = self.play('n', '--tasks', '3', '--increments', '2',
                          '--goal', '5')
        self.assertTrue(lines[0].endswith('3 tasks x 2 increments'), lines)
        self.assertIn('Fewest preemptions: 2', lines[1])
        self.assertTrue(lines[2].startswith('This game belongs to no level'))


class Refuse(Duel):
    """Models that lose nothing end the level, and say why."""

    def end(self, model, keys, code=DONE):
        return self.play(keys, '--level', '2', '--model', model,
                         code=code)[-2]

    def test_a_lock_makes_the_other_wait(self):
        lines = self.play('121112h', '--level', '2', '--model', 'locked')
        self.assertIn('Without a lock 4 preemptions are enough.', lines[1])
        self.assertEqual([' '.join(line.split()[2:]) for line in lines[2:8]],
                         ['takes the lock', 'waits for task 1', 'loads 0',
                          'stores 1', 'unlocks', 'gets the lock'])
        self.assertIn('no order of its steps loses an update', lines[-2])
        self.assertEqual(self.play('122', '--model', 'locked')[-2],
                         'Task 2 waits for the lock that task 1 has.')
        self.assertIn('No update was lost. Load and store are inside a lock',
                      self.end('locked', ':1 *\n:2 *\n'))

    def test_a_task_that_waits_is_not_preempted(self):
        lines = self.play('121', '--model', 'locked')
        self.assertTrue(lines[-1].startswith(
            'Counter 0. 1 preemption, 2 switches'), lines[-1])

    def test_getting_a_lock_is_no_step_of_the_player(self):
        unlocked, = self.play('12111', '--model', 'locked')[-1:]
        self.assertTrue(unlocked.endswith('2 switches, 5 steps'), unlocked)
        self.assertEqual(self.play('121112uu1', '--model', 'locked')[-1],
                         unlocked)

    def test_one_instruction_has_nothing_between(self):
        self.assertEqual(
            self.end('atomic', '121122'), 'No update was lost. Load, addition '
            'and store are one instruction: nothing comes between them.')

    def test_a_turn_is_not_interrupted(self):
        keys = ''
        for _ in range(2):
            # Which task has the first turn is the loop's affair.
            for task in '12':
                keys += ':%s *\n' % task
        lines = self.play(keys, '--level', '2', '--model', 'async')
        self.assertIn('a turn is not interrupted', '\n'.join(lines))

    def test_tasks_that_yield_need_no_preemption(self):
        lines = self.play(':2 *\n' + ':1 *\n:2 *\n' * 4 + 'h',
                          'counter-split', '--model', 'libuv')
        self.assertIn('Tasks yield between load and store.', lines[1])
        self.assertTrue(lines[-1].startswith('Counter 2. 0 preemptions, '),
                        lines[-1])
        self.assertIn('There are no hints', lines[-2])

    def test_processes_are_not_held(self):
        p = subprocess.run([support.BATON, 'duel', '--model', 'process'],
                           capture_output=True, text=True, check=False,
                           input='', timeout=GUARD_S)
        self.assertEqual(p.returncode, USAGE)
        self.assertIn('tasks are processes', p.stderr)


class Schedules(Duel):
    def test_a_saved_game_is_played_again_byte_for_byte(self):
        self.assertIn('Saved: `baton duel --schedule duel-2x3-2.schedule` '
                      'plays it again.',
                      self.play(GAME + 's', '--level', '2'))
        self.assertEqual(read(self.path('duel-2x3-2.schedule')),
                         'baton-schedule 1 counter tasks=2 increments=3 '
                         'model=thread-per-socket\n'
                         '1 1\n2 4\n1 1\n2 1\n1 4\n2 1\n')
        first, _ = self.baton('duel', '--schedule', 'duel-2x3-2.schedule')
        again, _ = self.baton('duel', '--schedule', 'duel-2x3-2.schedule')
        self.assertEqual(first, again)
        self.assertTrue(first.endswith(
            'Counter 2. 4 preemptions (fewest 4), 5 switches (fewest 5), '
            '12 steps\n'))

    def test_saving_overwrites_nothing(self):
        for _ in range(2):
            self.play(GAME + 's', '--level', '2')
        self.play(':1 *\n:2 *\ns', '--level', '2')
        self.assertEqual(sorted(os.listdir(self.dir)),
                         ['duel-2x3-2-2.schedule', 'duel-2x3-2-3.schedule',
                          'duel-2x3-2.schedule'])

    def test_a_hundred_threads_end_at_2_each_time(self):
        first, _ = self.replay(OPTIMUM)
        again, _ = self.replay(OPTIMUM, '--level', '8')
        self.assertEqual(first, again)
        self.assertTrue(first.endswith(
            'Counter 2. 4 preemptions (fewest 4), 103 switches (fewest 103), '
            '200000 steps\n'), first[-200:])
        self.assertIn('level 8 of 8', first)

    def test_its_own_lines_make_the_keys_of_that_level(self):
        keys = ''.join(':%s\n' % line for line in OPTIMUM.splitlines()[1:])
        lines = self.play(keys + 's', '--level', '8')
        self.assertIn('The goal is reached with 4 preemptions, the fewest. '
                      's: save it, n: next level.', lines)
        self.assertEqual(read(self.path('duel-100x1000-2.schedule')),
                         'baton-schedule 1 counter tasks=100 increments=1000 '
                         'model=thread-per-socket\n1 1\n3-100 2000\n2 1998\n'
                         '1 1\n2 1\n1 1998\n2 1\n')

    def test_hints_of_large_games_are_lines_of_one_way(self):
        keys, hint = '', ''
        for _ in range(12):
            lines = self.play(keys + 'h', '--level', '8')
            if 'One way goes on' not in lines[-2]:
                break
            hint = lines[-2].rpartition(': ')[2]
            keys += ':%s\n' % hint
        self.assertIn('The goal is reached with 4 preemptions, the fewest.',
                      '\n'.join(self.play(keys, '--level', '8')))
        self.assertIn('Restart it', self.play('12h', '--level', '8')[-2])

    def test_a_missed_goal_is_a_finding(self):
        out, _ = self.replay(HEAD % (2, 3) + '1-2 *\n', '--level', '2',
                             code=FINDING)
        self.assertIn('The counter ended at 6, the goal is 2.', out)
        out, _ = self.replay(HEAD % (2, 3) + '1-2 *\n')
        self.assertIn('0 preemptions (fewest 0)', out)

    def test_what_is_wrong_has_its_line(self):
        head = HEAD % (2, 3)
        self.refused(head + '1 6\n1 1\n', 3, '')
        self.refused(head + '1 7\n', 2, '')
        _, err = self.replay(head + '1 6\n2 5\n', code=USAGE)
        self.assertIn('ends before the work does: 1 of 2 tasks', err)
        self.refused(head + '3 1\n', 2, 'there is no task 3')
        self.refused('baton-schedule 2 counter tasks=2 increments=3\n', 1,
                     'version 2 of the format is not known')
        self.refused(head, 1, 'the schedule is for 2 tasks x 3 increments, '
                     'not for 2 x 2', '--level', '1')
        self.refused(head[:-1] + ' model=locked\n1-2 *\n', 1,
                     'the schedule is for the model locked, not for atomic',
                     '--model', 'atomic')
        self.refused(head[:-1] + ' model=locked\n1 1\n2 1\n2 1\n', 4, '')

    def test_a_game_that_is_too_large_is_refused(self):
        _, err = self.replay(HEAD % (10 ** 15, 10 ** 15) + '1 *\n',
                             code=USAGE)
        self.assertIn('line 1: a game has at most 10000 tasks', err)
        _, err = self.baton('duel', '--tasks', '2', '--increments', str(10**9),
                            '--goal', '2', code=USAGE)
        self.assertIn('10000000 increments in all', err)

    def test_a_model_or_a_file_that_is_not_there_is_named(self):
        _, err = self.replay(HEAD[:-1] % (2, 3) + ' model=loked\n', code=USAGE)
        self.assertIn("'loked'", err)
        _, err = self.baton('duel', '--schedule', 'none', code=USAGE)
        self.assertIn('cannot read none: No such file', err)
        _, err = self.replay('\0\n', code=USAGE)
        self.assertIn('line 1: a control character', err)


class Usage(Duel):
    def test_what_does_not_go_together_is_refused(self):
        for words, said in (
                (['--level', '9'], '9'), (['--level', '0'], '0'),
                (['--goal', '2'], 'needs --tasks'),
                (['--level', '1', '--tasks', '2', '--increments', '2',
                  '--goal', '2'], 'without --level'),
                (['--tasks', '2', '--increments', '2', '--goal', '1'],
                 'no order of steps ends at 1'),
                (['download'], 'has no counter'), (['coutner'], 'counter'),
                (['counter', 'counter'], 'one workload only')):
            _, err = self.baton('duel', *words, code=USAGE)
            self.assertIn(said, err, words)


class Screen(Duel):
    def start(self, *args, **options):
        terminal = Terminal([support.BATON, 'duel', *args], **options)
        self.addCleanup(terminal.__exit__)
        return terminal

    def test_a_game_is_played_key_by_key(self):
        t = self.start('--level', '2')
        t.wait_for('0 steps')
        t.press(GAME)
        t.wait_for('\033[J', t.wait_for('The goal is reached'))
        frame = t.frame()
        self.assertEqual(len(frame), 24)
        self.assertLessEqual(max(map(len, frame)), 80)
        self.assertEqual(frame[15], '    12       2  ' + 23 * ' ' +
                         'stores 2 over 3          erases 2')
        self.assertIn('Counter 2. 4 preemptions (fewest 4)', '\n'.join(frame))
        t.press('q')
        self.assertEqual(t.ended(), 0)
        self.assertTrue(t.is_as_before())
        self.assertTrue(t.written.endswith(b', 12 steps\r\n'))

    def test_the_page_for_a_class_quotes_a_screen(self):
        page = read(os.path.dirname(__file__), '..', '..', 'docs',
                    'classroom.md')
        t = self.start('--level', '2')
        t.wait_for('0 steps')
        t.press(GAME[:7] + 'h')
        t.wait_for('\033[J', t.wait_for('1 more preemption'))
        self.assertIn('```text\n%s\n```' % '\n'.join(t.frame()), page)

    def test_what_is_typed_is_seen(self):
        t = self.start('--level', '8')
        t.wait_for('100 not begun')
        t.press(':3-9 *')
        t.wait_for('Enter (Esc: none): 3-9 *_')
        t.press('\n')
        t.wait_for('7 finished, 93 not begun')

    def test_the_lock_has_a_line(self):
        t = self.start('--level', '4', '--model', 'locked')
        t.wait_for('0 steps')
        t.press('132')
        t.wait_for('lock: task 1 has it; waiting: 2, 3')

    def test_ctrl_c_gives_the_terminal_back(self):
        t = self.start()
        t.wait_for('0 steps')
        t.press('12\003')
        self.assertEqual(t.ended(), -signal.SIGINT)
        self.assertTrue(t.is_as_before())

    def test_more_rows_show_more_steps(self):
        t = self.start('--level', '5')
        t.wait_for('0 steps')
        t.press('12' * 10)
        t.wait_for('20 steps')
        t.wait_for('\033[J', t.written.rfind(b'20 steps'))
        self.assertNotIn('     1 ', '\n'.join(t.frame()))
        start = len(t.written)
        t.resize(100, 40)
        t.wait_for('     1 ', start)

    def test_one_that_is_too_small_is_told_so(self):
        t = self.start(columns=79)
        self.assertEqual(t.ended(), USAGE)
        self.assertIn(b'79 x 24 characters; 80 x 24 are needed', t.written)
        self.assertTrue(t.is_as_before())

    def test_without_sequences_it_plays_in_lines(self):
        t = self.start('--level', '2', TERM='dumb')
        t.press(GAME + 'q\n')
        t.wait_for('12 steps')
        self.assertEqual(t.ended(), 0)
        self.assertNotIn(b'\033', t.written)


if __name__ == '__main__':
    support.main()
