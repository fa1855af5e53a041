# SPDX-License-Identifier: GPL-3.0-or-later
"""baton grade: reference solutions, typical mistakes, bad and hostile files.

Hostile files are text here: they are compiled and run by `grade` alone, in its
box, and skipped where no box can be made.
"""
import os
import pathlib
import subprocess

import support
from support import Case, BROKEN, DONE, FINDING, USAGE, strict_json

MISTAKES = pathlib.Path(__file__).resolve().parents[1] / 'data/mistakes'

# What runs before a check does: when the file is loaded.
HOSTILE = '''
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void harm(void)
{
    %s
}
'''


def reference(kind='counting'):
    return (MISTAKES / ('reference_%s.c' % kind)).read_text('utf-8')


class Graded(Case):
    def write(self, text, name='mine.c'):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return name

    def grade(self, text, *args, code=FINDING):
        out, err = self.baton('grade', self.write(text), '--json', *args,
                              code=None)
        if code != BROKEN and 'cannot be run here' in err:
            self.skipTest(err.strip())
        root = strict_json(out)
        failed = [(c['check'], c['seen']) for c in root['checks']
                  if c['result'] == 'failed']
        self.assertEqual(code == DONE, not failed, failed)
        self.assertEqual(root['points'] == root['of'], not failed)
        return root

    def failed(self, root):
        return ' | '.join('%s: %s -> %s' % (c['check'], c['seen'], c['look_at'])
                          for c in root['checks'] if c['result'] == 'failed')

    def refused(self, name, *words):
        _, err = self.baton('grade', name, code=USAGE)
        self.assertEqual(len(err.splitlines()), 1, err)
        for word in words:
            self.assertIn(word, err)


class References(Graded):
    def test_a_right_counting_model_has_all_points(self):
        root = self.grade(reference(), '--kind', 'counting', code=DONE)
        self.assertEqual((root['file'], root['model']),
                         ('mine.c', 'model_mine'))
        self.assertGreater(root['of'], 5)

    def test_a_model_of_a_source_tree_needs_no_list(self):
        text = reference().replace('BATON_MODELS(&model_mine);', '')
        self.grade(text, '--kind', 'counting', code=DONE)

    def test_the_table_names_the_box_and_the_sum(self):
        self.write(reference())
        out, _ = self.baton('grade', 'mine.c', '--kind', 'counting', code=DONE)
        self.assertIn('at most 512 processes', out)
        self.assertRegex(out, r'(\d+)/\1 in all for mine.c \(model_mine\)')
        self.assertLessEqual(max(map(len, out.splitlines())), 80)


class BadFiles(Graded):
    def test_what_is_not_one_model_is_refused_with_its_line(self):
        text = reference()
        line = 1 + text.count('\n', 0, text.index('static const struct model'))
        for name, words, bad in (
                ('main', ('line %d defines main()' % (text.count('\n') + 1),),
                 text + 'int main(void) { return 0; }\n'),
                ('two', ('line %d defines a second model, model_b' %
                         (text.count('\n') + 1), 'model_mine, is in line %d' %
                         line), text + 'const struct model model_b = {0};\n'),
                ('none', ('no model',), 'int nothing; /* struct model a = */\n'),
                ('empty', ('no model',), ''),
                ('binary', ('no text',), 'a\0b'),
                ('large', ('larger than 1 MiB',), 'x' * (10 << 20))):
            with self.subTest(name):
                self.refused(self.write(bad), *words)

    def test_a_refused_file_has_a_grade_with_the_reason(self):
        out, err = self.baton('grade', '--json', self.write('int nothing;\n'),
                              code=USAGE)
        root = strict_json(out)
        self.assertEqual((root['file'], root['points'], root['of']),
                         ('mine.c', 0, 0))
        self.assertIn(root['refused'], err)

    def test_the_box_is_described_before_anything_runs(self):
        endless = '#include "/dev/zero"\n' + reference()
        with subprocess.Popen([support.BATON, 'grade', self.write(endless)],
                              cwd=self.dir, env=self.env, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as p:
            line = p.stdout.readline()
            alive = p.poll() is None
            p.terminate()
            err = p.communicate()[1]
        if 'cannot be run here' in err:
            self.skipTest(err.strip())
        self.assertEqual((line[:27], alive), ('Compiled and run in a box: ',
                                              True))

    def test_comments_and_texts_define_nothing(self):
        text = ('/* int main(void) */ // const struct model b = {0};\n'
                'static const char text[] = "struct model c = main(";\n' +
                reference())
        self.grade(text, '--kind', 'counting', code=DONE)

    def test_what_cannot_be_read_is_said(self):
        self.refused('nothing.c', 'No such file')
        self.refused('.', 'no regular file')
        os.mkfifo(self.path('pipe.c'))
        self.refused('pipe.c', 'no regular file')

    def test_arguments_are_judged_first(self):
        _, err = self.baton('grade', 'a.c', '--kind', 'x', code=USAGE)
        self.assertIn("no kind of work 'x'", err)
        self.baton('grade', code=USAGE)
        self.baton('grade', 'a.c', 'b.c', code=USAGE)

    def test_without_namespaces_nothing_is_run(self):
        self.write(reference())
        refuse = ('echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" '
                  'grade mine.c')
        p = subprocess.run(['unshare', '-Ur', 'sh', '-c', refuse,
                            support.BATON], cwd=self.dir, check=False,
                           capture_output=True, text=True)
        if 'unshare' in p.stderr or 'sys/user' in p.stderr:
            self.skipTest(p.stderr.strip())
        self.assertEqual((p.returncode, p.stdout), (BROKEN, ''))
        self.assertIn('user.max_user_namespaces allows no more', p.stderr)

    def test_a_compilers_message_has_its_line(self):
        root = self.grade(reference() + 'int broken(\n')
        line = reference().count('\n') + 1
        self.assertEqual([c['result'] for c in root['checks']], ['failed'])
        self.assertRegex(self.failed(root), 'mine.c:%d:.*error' % line)

    def test_another_contract_is_named_with_its_line(self):
        text = reference()
        line = 1 + text.count('\n', 0, text.index('.contract'))
        found = self.failed(self.grade(
            text.replace('MODEL_CONTRACT', '1'), '--kind', 'counting'))
        self.assertIn('a model of contract 1', found)
        self.assertIn('line %d: write' % line, found)


class HostileFiles(Graded):
    """The machine goes on, and the grade says what happened."""

    def hostile(self, what, *words):
        found = self.failed(self.grade(HOSTILE % what + reference(),
                                       '--kind', 'counting'))
        for word in words:
            self.assertRegex(found, word)

    def test_an_early_end_is_no_success(self):
        self.hostile('exit(0);', 'ended after 0 of them: exit status 0')

    def test_an_endless_loop_is_ended(self):
        self.hostile('for (;;) ;', 'ended after 0 of them: (ended|signal)')

    def test_a_fork_bomb_is_contained(self):
        self.hostile('for (;;) { pid_t p = fork(); if (p == 0) setsid(); '
                     'if (p < 0) pause(); }',
                     'ended after 0 of them')

    def test_memory_is_limited(self):
        self.hostile('for (;;) memset(malloc(1 << 20), 1, 1 << 20);',
                     'more than 1024 MiB|signal')

    def test_files_are_limited(self):
        self.hostile(
            'char block[4096] = {0}; int fd = open("f", O_WRONLY | O_CREAT, '
            '0600); while (write(fd, block, sizeof(block)) > 0) ; '
            'printf("%s\\n", strerror(errno)); exit(0);', 'exit status 0|signal')

    def test_an_include_without_end_is_ended(self):
        root = self.grade('#include "/dev/zero"\n' + reference())
        self.assertEqual([c['check'] for c in root['checks']],
                         ['the file compiles'])


class Mistakes(Graded):
    """Each typical mistake has the sentence that names it."""

    def named(self, name, *words):
        kind = name.split('_')[0]
        text = (MISTAKES / (name + '.c')).read_text('utf-8')
        found = self.failed(self.grade(text, '--kind', kind))
        for word in words:
            self.assertRegex(found, word)

    def test_counting(self):
        for name, *words in (
                ('counting_unguarded', 'counter [0-9]+, should be'),
                ('counting_crashes', 'gdb'),
                ('counting_exits', 'neither exit'),
                ('counting_leaks_a_thread', 'thread'),
                ('counting_forgets_a_task', 'counter [0-9]+, should be|gate'),
                ('counting_forgets_to_leave', 'left')):
            with self.subTest(name):
                self.named(name, *words)

    def test_what_a_sanitizer_reports_is_named(self):
        for name, *words in (
                ('counting_races', 'data race.*counting_races|data race.*mine.c',
                 'lock|atomic'),
                ('counting_leaks_memory', 'leaked|memory'),
                ('counting_overflows', 'overflow')):
            with self.subTest(name):
                self.named(name, *words)

    def test_an_update_that_can_be_lost_is_found_each_time(self):
        text = (MISTAKES / 'counting_unguarded.c').read_text('utf-8')
        root = self.grade(text, '--kind', 'counting')
        failed = {c['check']: c['seen'] for c in root['checks']
                  if c['result'] == 'failed' and c['of'] == 3}
        self.assertEqual(len(failed), 3)
        self.assertIn('counter 2, should be 20',
                      failed['schedule: the worst order, which leaves 2 where '
                             'nothing guards'])
        self.assertIn('erased 3 increments', ' '.join(failed.values()))
        blind = [c for c in root['checks'] if c['check'] == 'ThreadSanitizer']
        self.assertEqual([(c['result'], c['points']) for c in blind],
                         [('skipped', 0)])

    def test_a_deadlock_is_named_by_its_threads(self):
        self.named('counting_deadlocks', 'did not end.*waiting')


class Connections(Graded):
    """Their checks wait for deadlines, some for half a minute."""

    def test_a_right_model_has_all_points(self):
        self.grade(reference('connections'), code=DONE)

    def test_each_mistake_has_its_sentence(self):
        for name, words in (
                ('never_closes', 'close the socket'),
                ('forgets_a_lane', 'was never finished'),
                ('spins', 'CPU time while it waited'),
                ('drives_a_lane_twice', 'once for each lane')):
            with self.subTest(name):
                text = (MISTAKES / ('connections_%s.c' % name)).read_text()
                found = self.failed(self.grade(text, '--kind', 'connections'))
                self.assertIn(words, ' '.join(found.split()))


if __name__ == '__main__':
    support.main()
