# SPDX-License-Identifier: GPL-3.0-or-later
"""Models from a shared object, built against what `meson install` installs."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import asking  # noqa: F401, it says where `support` is
import support
from support import USAGE, Case, Samples, read, strict_json

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
    .counting = {.run = %(count)s},
    .connections = {.run = %(connect)s},
};
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


def model(name='mine', contract='MODEL_CONTRACT', count='count',
          connect='connect_all'):
    return MODEL % {'id': name, 'name': name, 'contract': contract,
                    'count': count, 'connect': connect}


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
        self.assertEqual((mine['name'], mine['label'], mine['kinds']),
                         ('mine', 'my mine',
                          {'counting': True, 'connections': True}))
        self.baton('run', 'counter', '--models', 'mine,sequential',
                   '--model-file=' + file, '--rounds', '2', '--out', 'run')
        samples = [s for s in Samples(self.path('run')).rows
                   if s['model'] == 'mine']
        self.assertEqual({s['status'] for s in samples}, {'ok'})
        self.baton('run', 'download', '--n', '3', '--models', 'mine',
                   '--model-file', file, '--rounds', '1', '--out', 'pages')
        self.baton('trace', 'counter', '--model', 'mine', '--model-file', file,
                   '--out', 'trace.json')

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
