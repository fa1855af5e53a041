# SPDX-License-Identifier: GPL-3.0-or-later
"""Models from a shared object, built against what `meson install` installs."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import asking  # noqa: F401, it says where `support` is
import support
from support import BROKEN, DONE, FINDING, USAGE, Case, Samples, read, strict_json

PLAIN = '''
static int count(struct counting *work)
{
    for (size_t task = 0; task < work->tasks; task++) {
        gate_enter(work->gate, task);
        counter_run(work, work->increments);
        gate_leave(work->gate, task);
    }
    return 0;
}

static int connect_all(struct connections *work)
{
    for (size_t i = 0; i < work->n; i++)
        blocking_talk(&work->conns[i]);
    return 0;
}
'''
MODEL = '''
static const struct model %(id)s = {
    .contract = %(contract)s,
    .name = "%(name)s",
    .label = "my %(name)s",
    .summary = "it was built elsewhere",
    .family = FAMILY_SEQUENTIAL,
    .mark = 9,
    .counting = {.run = %(count)s, .keeps_threads = %(keeps)s},
    .connections = {.run = %(connect)s},
};
'''
# What a model leaves: at its first iteration, or at each one.
LEAK = '''#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *volatile kept;
static unsigned ran;

static inline void *wait_for_ever(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static inline void start_thread(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, wait_for_ever, NULL);
}

static int leak(struct counting *work)
{
    bool first = work->tasks && !ran++;

    (void)first, (void)kept;
    %s;
    return count(work);
}
'''
THREADS = '''#include <models/model.hh>

#include <thread>
#include <vector>

static int count(struct counting *work)
{
    std::vector<std::thread> threads;

    for (size_t i = 0; i < work->tasks; i++)
        threads.emplace_back([work, i] {
            gate_wait(work->gate, i);
            for (uint64_t n = 0; n < work->increments; n++)
                counter_add(work, 1);
            gate_leave(work->gate, i);
        });
    for (auto &thread : threads)
        thread.join();
    return 0;
}

extern "C" const struct model model_cplusplus;
const struct model model_cplusplus = {
    .contract = MODEL_CONTRACT,
    .name = "cplusplus",
    .label = "std::thread",
    .summary = "threads of C++",
    .family = FAMILY_LOCKS,
    .mark = 9,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
};
BATON_MODELS(&model_cplusplus);
'''

# The first thread that has the lock ends with it; the others wait.
LOCK_KEPT = '''#include <models/model.h>
#include <models/wait/guarded.h>
#include <pthread.h>
#include <unistd.h>

static %s

static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)work, (void)task, (void)guard;
    %s;
    pthread_exit(NULL);
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

static const struct model mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "a lock is kept",
    .summary = "a thread ends with the lock",
    .family = FAMILY_LOCKS,
    .mark = 12,
    .counting = {.run = count, .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD},
};
BATON_MODELS(&mine);
'''


def model(name='mine', contract='MODEL_CONTRACT', count='count',
          connect='connect_all', keeps=0):
    return MODEL % {'id': name, 'name': name, 'contract': contract,
                    'count': count, 'connect': connect, 'keeps': keeps}


class ModelFile(Case):
    @classmethod
    def setUpClass(cls):
        for tool in ('meson', 'cc', 'c++', 'pkg-config'):
            if not shutil.which(tool):
                raise unittest.SkipTest(tool + ' is not in the PATH')
        build = os.path.dirname(support.BATON)
        options = {o['name']: o['value'] for o in json.loads(
            read(build, 'meson-info', 'intro-buildoptions.json'))}
        stage = tempfile.mkdtemp(prefix='baton-test-')
        cls.addClassCleanup(shutil.rmtree, stage, ignore_errors=True)
        subprocess.run(['meson', 'install', '--no-rebuild', '-C', build,
                        '--destdir', stage], check=True,
                       stdout=subprocess.DEVNULL)
        cls.flags = subprocess.run(
            ['pkg-config', '--cflags', 'baton'], check=True,
            capture_output=True, text=True,
            env=dict(os.environ, PKG_CONFIG_SYSROOT_DIR=stage,
                     PKG_CONFIG_PATH=os.path.join(
                         stage + options['prefix'], options['libdir'],
                         'pkgconfig'))).stdout.split()

    def build(self, text, *, name='mine.so', compiler=('cc',)):
        source = self.path('source.cc' if compiler[0] == 'c++' else 'source.c')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(text)
        subprocess.run([*compiler, '-D_GNU_SOURCE', '-O2', '-Wall', '-Werror',
                        '-shared', '-fPIC', *self.flags, '-o', self.path(name),
                        source], check=True)
        return self.path(name)

    def plain(self, *models, listed=('&mine',), **more):
        return self.build('#include <models/model.h>\n'
                          '#include <models/wait/blocking.h>\n' + PLAIN +
                          ''.join(models) +
                          'BATON_MODELS(%s);\n' % ', '.join(listed), **more)

    def refused(self, file, *words):
        for command in (('list',), ('run', 'counter')):
            _, err = self.baton(*command, '--model-file', file, code=USAGE)
            self.assertEqual(len(err.splitlines()), 1, err)
            for word in (file, *words):
                self.assertIn(word, err)
        self.assertFalse(os.path.exists(self.path('baton-results')))

    def test_its_models_are_listed_and_measured(self):
        file = self.plain(model())
        root = strict_json(self.baton('list', '--json', '--model-file',
                                      file)[0])
        mine = root['models'][-1]
        runs = [kind for kind, can in mine['kinds'].items() if can is True]
        self.assertEqual((mine['name'], mine['label'], sorted(runs)),
                         ('mine', 'my mine', ['connections', 'counting']))
        self.baton('run', 'counter', '--models', 'mine,sequential',
                   '--model-file=' + file, '--rounds', '2', '--out', 'run')
        samples = [s for s in Samples(self.path('run')).rows
                   if s['model'] == 'mine']
        self.assertEqual({s['status'] for s in samples}, {'ok'})
        self.baton('run', 'download', '--n', '3', '--models', 'mine',
                   '--model-file', file, '--rounds', '1', '--out', 'pages')
        self.baton('trace', 'counter', '--model', 'mine', '--model-file', file,
                   '--out', 'trace.json')
        _, err = self.baton('trace', 'counter', '--model', 'mine',
                            '--model-file', file, '--out', file, code=BROKEN)
        self.assertIn('File exists', err)
        self.baton('list', '--model-file', file)

    def test_a_path_without_a_slash_is_that_of_a_file(self):
        self.plain(model())
        self.baton('list', '--model-file', 'mine.so')

    def test_several_files_may_be_given(self):
        first = self.plain(model())
        second = self.plain(model('other'), listed=('&other',),
                            name='other.so')
        root = strict_json(self.baton('list', '--json', '--model-file', first,
                                      '--model-file', second)[0])
        self.assertEqual([m['name'] for m in root['models'][-2:]],
                         ['mine', 'other'])

    def test_a_model_in_cplusplus_counts_right(self):
        file = self.build(THREADS, compiler=('c++', '-std=c++20'))
        self.baton('run', 'counter', '--models', 'cplusplus', '--model-file',
                   file, '--rounds', '1', '--out', 'run')

    def run_leak(self, what, code, keeps=0):
        file = self.plain(LEAK % what, model(count='leak', keeps=keeps))
        out, _ = self.baton('run', 'counter', '--models', 'sequential,mine',
                            '--model-file', file, '--rounds', '3', '--seed',
                            '1', '--out', 'leak', code=code)
        page = read(self.path('leak/report.html'))
        shutil.rmtree(self.path('leak'))
        return ' '.join(out.split()), page

    def test_what_a_first_iteration_leaves_open_is_a_finding(self):
        for what, words in (
                ('if (first) ran += open("/dev/null", O_RDONLY) > 0', '1 descriptor'),
                ('if (first) start_thread()', '1 thread')):
            with self.subTest(words):
                out, page = self.run_leak(what, FINDING)
                for text in (out, page):
                    self.assertIn(words + ' left open in 3 of 3 samples', text)

    def test_declared_threads_are_no_leak_and_more_are(self):
        one = 'if (first) start_thread()'
        out, page = self.run_leak(one, DONE, 1)
        self.assertNotIn('left open', out)
        self.assertIn('keeps 1 thread of counting', page)
        out, _ = self.run_leak('if (first) for (int i = 0; i < 3; i++) '
                               'start_thread()', FINDING, 1)
        self.assertIn('2 threads left open', out)

    def test_a_heap_that_grows_is_a_finding_and_a_large_one_is_not(self):
        leaves = 'each iteration leaves 4.9 KiB of memory allocated'
        for text in self.run_leak('kept = malloc(5000)', FINDING):
            self.assertIn(leaves, text)
        for what in ('if (first) kept = malloc(1 << 20)',
                     'kept = malloc(2000)', 'free(malloc(1 << 20))'):
            with self.subTest(what):
                self.assertNotIn('allocated', self.run_leak(what, DONE)[0])

    def test_a_long_iteration_that_leaves_heap_is_a_finding(self):
        for iterations, us in ((1, 60000), (2, 40000)):
            with self.subTest(iterations):
                slow = 'usleep(work->tasks ? %d : 0);\n    ' % us
                self.assertIn(
                    'KiB of memory allocated',
                    self.run_leak(slow + 'kept = malloc(5000)', FINDING)[0])
                self.assertNotIn(
                    'allocated',
                    self.run_leak(slow + 'if (first) kept = malloc(1 << 20)',
                                  DONE)[0])

    def test_an_ended_sample_tells_whether_it_was_blocked_or_slow(self):
        for what, words in (
                ('while (work->tasks) pause()',
                 (r'blocked: no progress for (9|10) s; threads: 0 running, '
                  r'1 waiting', '0 of 100 tasks reached the gate')),
                ('while (work->tasks && !usleep(1000))\n'
                 '        work->gate->peak++',
                 ('too slow for its limit: progress until the end',))):
            with self.subTest(words[0]):
                begin = time.monotonic()
                out, _ = self.run_leak(what, BROKEN)
                for text in words:
                    self.assertRegex(out, text)
                self.assertLess(time.monotonic() - begin, 20)

    def test_a_thread_that_ends_with_the_lock_is_reported(self):
        for guard, take in (
                ('pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;',
                 'pthread_mutex_lock(&lock)'),
                ('_Atomic(unsigned) next, served;',
                 'for (unsigned own = next++; own != served;) usleep(100000)')):
            with self.subTest(take):
                file = self.build(LOCK_KEPT % (guard, take))
                begin = time.monotonic()
                out, _ = self.baton(
                    'run', 'counter', '--models', 'mine', '--tasks', '3',
                    '--model-file', file, '--rounds', '1', '--out', 'kept',
                    code=BROKEN)
                self.assertLess(time.monotonic() - begin, 20)
                shutil.rmtree(self.path('kept'))
                out = ' '.join(out.split())
                self.assertRegex(out, r'blocked: no progress for (9|10) s')
                self.assertIn('0 running, 3 waiting', out)

    def test_what_is_no_shared_object_is_refused(self):
        text = self.path('text')
        with open(text, 'w', encoding='utf-8') as file:
            file.write('no ELF')
        self.refused(text)
        os.unlink(text)
        self.refused(text, 'No such file')

    def test_no_model_is_refused(self):
        self.refused(self.build('int nothing;\n'), 'BATON_MODELS')
        self.refused(self.build(
            '#include <models/model.h>\n'
            'extern const struct model *const baton_models[];\n'
            'const struct model *const baton_models[] = {NULL};\n'), 'empty')

    def test_another_contract_is_refused(self):
        self.refused(self.plain(model(contract='MODEL_CONTRACT + 1')),
                     'contract', 'compile it against the headers')

    def test_two_models_of_one_name_are_refused(self):
        self.refused(self.plain(model(), listed=('&mine', '&mine')),
                     "'mine'", 'rename it')
        self.refused(self.plain(model('locked'), listed=('&locked',)),
                     "'locked'", 'rename it')

    def test_a_model_that_can_do_nothing_is_refused(self):
        self.refused(self.build('#include <models/model.h>\n' +
                                model(count='NULL', connect='NULL') +
                                'BATON_MODELS(&mine);\n'), 'set .run')

    def test_a_file_has_to_be_named(self):
        _, err = self.baton('list', '--model-file', code=USAGE)
        self.assertIn('requires an argument', err)


if __name__ == '__main__':
    support.main()
