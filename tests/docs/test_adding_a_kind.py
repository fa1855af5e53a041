#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of work is a pair of files and a member of struct model.

Usage: test_adding_a_kind.py SOURCE_ROOT

On a copy of the tree it adds one, a workload of it, a model of two files that
runs it, a model in C++, and one whose library is missing. No file of harness/
and no model that is there is changed.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None
PARTS = ('meson.build', 'meson_options.txt', 'workloads', 'models', 'harness',
         'plots', 'data', 'docs', 'claims', 'questions', 'references',
         'results')

KIND_H = '''
#ifndef BATON_WORKLOADS_KINDS_FLIPPING_H
#define BATON_WORKLOADS_KINDS_FLIPPING_H
#include <stdint.h>
#include "workloads/kinds/kind.h"
struct flipping { uint64_t coins; uint64_t *flipped; };
struct flipping_ability {
    int (*run)(struct flipping *work);
    const char *gap;
    enum at_once at_once;
    enum unit unit;
};
#endif
'''
KIND_C = '''
#include "workloads/kinds/flipping.h"
static struct ability ability(const void *own)
{
    const struct flipping_ability *a = own;
    return (struct ability){.runs = a->run, .gap = a->gap,
                            .at_once = a->at_once, .unit = a->unit};
}
static int run(const void *own, void *job)
{
    const struct flipping_ability *a = own;
    return a->run(job);
}
static const struct metric metrics[] = {
    {"heads", "coins", "coins that were flipped, sum", false},
};
const struct kind kind_flipping = {
    .name = "flipping", .ability = ability, .run = run,
    .metrics = metrics, .n_metrics = 1,
};
'''
WORKLOAD = '''
#include "workloads/workload.h"
#include "workloads/kinds/flipping.h"
#include <stdio.h>
#include <stdlib.h>
extern const struct kind kind_flipping;
static const struct parameter parameters[] = {
    {.name = "coins", .preset = 10, .min = 1, .max = 1000, .always = true,
     .help = "coins to flip"},
};
static int check(const struct setup *s, char *why, size_t size)
{ (void)s; (void)why; (void)size; return 0; }
static uint64_t items(const struct setup *s) { return s->values[0]; }
static uint64_t tasks(const struct setup *s) { (void)s; return 1; }
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{ (void)s; (void)at_once; return 1000; }
static uint64_t patience_ns(const struct setup *s)
{ (void)s; return 1000000; }
static bool tells_width(const struct setup *s) { (void)s; return false; }
static size_t results_size(const struct setup *s) { (void)s; return 64; }
static int prepare(struct work *w, const struct setup *s)
{
    struct flipping *job = calloc(1, sizeof(*job));
    if (!job)
        return -12;
    job->coins = s->values[0];
    *w = (struct work){.job = job};
    return 0;
}
static void aim(struct work *w, const struct setup *s, void *results)
{ (void)s; ((struct flipping *)w->job)->flipped = results; }
static void finish(struct work *w) { free(w->job); }
static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results,
                  struct findings *f)
{
    uint64_t is = *(const uint64_t *)results;
    (void)w;
    (void)expected;
    f->iterations++;
    f->peak = 1;
    f->metrics[0] += (double)is;
    if (is == s->values[0])
        return;
    f->wrong_iterations++;
    f->broken_iterations++;
    snprintf(f->text, sizeof(f->text), "wrong coins");
}
const struct workload workload_flips = {
    .name = "flips", .summary = "coins are flipped", .kind = &kind_flipping,
    .item = "coin", .parameters = parameters, .n_parameters = 1,
    .check = check, .items = items, .tasks = tasks,
    .expected_ns = expected_ns, .patience_ns = patience_ns,
    .tells_width = tells_width,
    .results_size = results_size, .prepare = prepare, .aim = aim,
    .finish = finish, .judge = judge,
};
'''
# Right only with its second file, its flag and its environment variable.
FLIPPER = '''
#include "models/model.h"
#include <stdlib.h>
uint64_t flipper_flip(uint64_t coins);
static int flip(struct flipping *work)
{
    const char *variable = getenv("FLIPPER");
    *work->flipped = flipper_flip(work->coins) + !variable + FLAG;
    return 0;
}
const struct model model_flipper = {
    .contract = MODEL_CONTRACT, .name = "flipper", .label = "flipper",
    .summary = "flips coins", .family = FAMILY_ACTORS, .mark = 12,
    .counting = {.gap = "it does not count"},
    .flipping = {.run = flip, .at_once = AT_ONCE_ONE},
};
'''
FLIPPER_PART = '''
#include <stdint.h>
uint64_t flipper_flip(uint64_t coins);
uint64_t flipper_flip(uint64_t coins) { return coins - FLAG; }
'''
CPLUSPLUS = '''
#include "models/model.hh"
#include <vector>
static int count(struct counting *work)
{
    std::vector<int> turns(work->tasks, 1);
    for (size_t task = 0; task < turns.size(); task++) {
        gate_enter(work->gate, task);
        counter_run(work, work->increments);
        gate_leave(work->gate, task);
    }
    return 0;
}
extern "C" const struct model model_plus_plus;
const struct model model_plus_plus = {
    .contract = MODEL_CONTRACT, .name = "plus-plus", .label = "C++",
    .summary = "counts in C++", .family = FAMILY_ACTORS, .mark = 11,
    .counting = {.run = count, .at_once = AT_ONCE_ONE},
};
'''
ROWS = '''
  {'name': 'flipper', 'sources': ['flipper.c', 'flipper_part.c'],
    'flags': ['-DFLAG=3'], 'environment': ['FLIPPER=1']},
  {'name': 'plus-plus', 'sources': ['plus_plus.cc'], 'flags': ['-std=c++20']},
  {'name': 'ghost', 'libraries': ['no-such-library'],
    'packages': ['no-such-dev']},
]
'''


class AddingAKind(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name) / 'tree'
        self.tree.mkdir()
        for part in PARTS:
            copy = (shutil.copytree if (SOURCE / part).is_dir()
                    else shutil.copy)
            copy(SOURCE / part, self.tree / part)

    def write(self, name, text):
        self.assertFalse((self.tree / name).exists(), name)
        (self.tree / name).write_text(text, encoding='utf-8')

    def change(self, name, *pairs):
        path = self.tree / name
        text = path.read_text(encoding='utf-8')
        for old, new in pairs:
            self.assertIn(old, text, name)
            text = text.replace(old, new, 1)
        path.write_text(text, encoding='utf-8')

    def run_in(self, *command):
        done = subprocess.run(command, cwd=self.tree, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        return done.stdout

    def add(self):
        self.write('workloads/kinds/flipping.h', KIND_H)
        self.write('workloads/kinds/flipping.c', KIND_C)
        self.write('workloads/flips.c', WORKLOAD)
        self.write('models/flipper.c', FLIPPER)
        self.write('models/flipper_part.c', FLIPPER_PART)
        self.write('models/plus_plus.cc', CPLUSPLUS)
        self.write('models/ghost.c', '''#include "models/model.h"
const struct model model_ghost = {.counting = {.run = 0}};''')
        self.change('models/model.h', (
            '    struct connections_ability connections;\n',
            '    struct connections_ability connections;\n'
            '    struct flipping_ability flipping;\n'), (
            '#include "workloads/kinds/connections.h"\n',
            '#include "workloads/kinds/connections.h"\n'
            '#include "workloads/kinds/flipping.h"\n'))
        self.change('models/meson.build', ('\n]\n', ROWS))
        self.change('workloads/meson.build',
                    ("kind_rows = [", "kind_rows = ['flipping', "),
                    ("workload_rows = [", "workload_rows = ['flips', "))
        # Neither is copied, so that no program of the tests is built.
        self.change('meson.build',
                    ("subdir('tests')\n", 'cmocka = disabler()\n'),
                    ("subdir('benchmarks')", ''))

    def test_a_kind_and_its_models_need_no_change_elsewhere(self):
        self.add()
        self.run_in('meson', 'setup', 'build', '--buildtype=plain')
        self.run_in('ninja', '-C', 'build', 'program')
        listed = json.loads(self.run_in('build/baton', 'list', '--json'))
        models = {m['name']: m for m in listed['models']}
        self.assertIs(models['flipper']['kinds']['flipping'], True)
        self.assertEqual(models['flipper']['kinds']['counting'],
                         'it does not count')
        self.assertEqual(models['locked']['kinds']['flipping'],
                         'not written yet')
        self.assertIn('no-such-library', models['ghost']['reason'])
        self.assertIn('no-such-dev', models['ghost']['reason'])
        self.run_in('build/baton', 'run', 'flips', '--models', '@all',
                    '--rounds', '2', '--out', 'run')
        lines = (self.tree / 'run' / 'samples.tsv').read_text(
            encoding='utf-8').splitlines()
        names, *rows = [line.split('\t') for line in lines
                        if not line.startswith('#')]
        samples = [dict(zip(names, row)) for row in rows]
        self.assertEqual({s['model'] for s in samples}, {'flipper'})
        self.assertEqual({s['status'] for s in samples}, {'ok'})
        for s in samples:
            self.assertEqual(float(s['metric.heads']) /
                             max(1, int(s['iterations'])),
                             10 if int(s['iterations']) else
                             float(s['metric.heads']))
        self.run_in('build/baton', 'run', 'counter', '--models', 'plus-plus',
                    '--rounds', '1', '--out', 'counted')


if __name__ == '__main__':
    unittest.main()
