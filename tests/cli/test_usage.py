# SPDX-License-Identifier: GPL-3.0-or-later
"""What is listed and helped, what is refused and how."""
import ctypes
import errno
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys

import support
from support import (BROKEN, Case, Run, Samples, USAGE, limit,
                     strict_json)

# The first ones; others may follow.
MODELS = ['null', 'sequential', 'thread-per-socket', 'locked', 'libuv']
KINDS = {'counting', 'connections'}
COUNTING = {'tasks': 100, 'increments': 1000, 'per-turn': 0, 'workers': 0,
            'hold': 0, 'think': 0, 'reads': 0, 'total': 0, 'gate': 1,
            'cpus': 0, 'spins': 100}
PARAMETERS = {
    'counter': COUNTING,
    'counter-split': COUNTING,
    'download': {'n': 30, 'concurrency': 0, 'requests-per-connection': 1,
                 'latency-ms': 10, 'bytes': 4096, 'rate': 0,
                 'timeout-ms': 5000, 'workers': 0, 'names': 0,
                 'tls': 0},
}
HELP = (('--help',), ('list', '--help'), ('run', '--help'),
        ('run', 'counter', '--help'), ('run', 'counter-split', '--help'),
        ('run', 'download', '--help'), ('report', '--help'),
        ('export', '--help'), ('check', '--help'),
        ('demo', '--help'), ('origin', '--help'))


def refuse_io_uring():
    """As a container does; for preexec_fn: io_uring_setup() is EPERM."""
    no_new_privs, set_seccomp, filtering, setup = 38, 22, 2, 425
    program = b''.join(struct.pack('HBBI', *step) for step in (
        (0x20, 0, 0, 0),                       # load the call's number
        (0x15, 0, 1, setup),                   # equal: the next one
        (0x06, 0, 0, 0x50000 | errno.EPERM),   # fails
        (0x06, 0, 0, 0x7fff0000)))             # is allowed
    text = ctypes.create_string_buffer(program)
    filters = ctypes.create_string_buffer(
        struct.pack('HxxxxxxP', 4, ctypes.addressof(text)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(no_new_privs, 1, 0, 0, 0) or \
            prctl(set_seccomp, filtering, filters, 0, 0):
        raise OSError(ctypes.get_errno(), 'prctl')


class List(Case):
    def test_a_model_that_a_sandbox_refuses_is_absent(self):
        listed = strict_json(self.baton('list', '--json')[0])['models']
        ring = next(m for m in listed if m['name'] == 'io-uring')
        if not ring['available']:
            self.skipTest(ring['reason'])
        self.assertRegex(ring['library'], r'^liburing [0-9.]+, Linux [0-9]')
        refused = strict_json(self.baton('list', '--json',
                                         preexec_fn=refuse_io_uring)[0])
        for was, m in zip(listed, refused['models']):
            if m['name'] == 'io-uring':
                self.assertFalse(m['available'])
                self.assertIn('Operation not permitted', m['reason'])
            else:
                self.assertEqual(m, was)
        _, err = self.baton('run', 'counter', '--models', 'io-uring',
                            code=None, preexec_fn=refuse_io_uring)
        self.assertIn('io-uring cannot run counter: this machine refuses it',
                      err)

    def test_the_list_names_models_workloads_and_gaps(self):
        out, err = self.baton('list')
        for name in MODELS + list(PARAMETERS):
            self.assertRegex(out, r'(?m)^ *%s\b' % name)
        self.assertRegex(out, r'(?m)^  thread-per-socket .*loses updates')
        self.assertIn('no connections: ', out)
        self.assertEqual(err, '')
        if 'absent: built without ck' not in out:
            self.assertRegex(out, r'counting of \d+ tasks at most: \w+ \w+')

    def test_the_models_in_json(self):
        root = strict_json(self.baton('list', '--json')[0])
        self.assertEqual(set(root), {'models', 'workloads', 'references'})
        for program in root['references']:
            self.assertEqual(program['reason'] is None, program['available'])
            self.assertTrue(program['packages'] and program['models'])
        self.assertEqual([m['name'] for m in root['models']
                          if m['name'] in MODELS], MODELS)
        for m in root['models']:
            self.assertEqual(set(m), {'name', 'label', 'summary', 'family',
                                      'library', 'available', 'reason',
                                      'kinds', 'lines'})
            self.assertLess(0, m['lines']['own'])
            self.assertLessEqual(m['lines']['own'], m['lines']['all'])
            self.assertTrue(m['label'] and m['summary'])
            self.assertIs(type(m['available']), bool)
            self.assertEqual(m['reason'] is None, m['available'])
            self.assertLessEqual(KINDS, set(m['kinds']))
            for kind in KINDS:
                can = m['kinds'][kind]
                if m['name'] not in MODELS:
                    continue
                if (m['name'], kind) == ('locked', 'connections'):
                    self.assertRegex(can, r'\w+ \w+')
                else:
                    self.assertIs(can, True)

    def test_the_workloads_in_json(self):
        root = strict_json(self.baton('list', '--json')[0])
        for w in root['workloads']:
            self.assertEqual(set(w), {'name', 'kind', 'summary', 'parameters'})
            self.assertTrue(w['summary'])
        workloads = {w['name']: w for w in root['workloads']}
        for name, parameters in PARAMETERS.items():
            w = workloads[name]
            self.assertEqual(w['kind'], 'connections'
                             if name == 'download' else 'counting')
            self.assertEqual({p['name']: p['default']
                              for p in w['parameters']}, parameters)

    def test_nothing_is_written(self):
        self.baton('list')
        self.nothing_written()


class Help(Case):
    def test_help_is_everywhere_with_examples(self):
        for args in HELP:
            with self.subTest(args=args):
                out, err = self.baton(*args)
                self.assertRegex(out, r'(?s)Usage: baton.*Examples:\n +baton')
                self.assertEqual(err, '')

    def test_help_of_a_workload_has_its_parameters_and_defaults(self):
        for workload, parameters in PARAMETERS.items():
            out = self.baton('run', workload, '--help')[0]
            for name, default in parameters.items():
                words = r'--%s=\S+\s[^=]*\(default:\s+%d\b' % (name, default)
                self.assertRegex(out, words)
            for name in ('models', 'rounds', 'budget', 'seed', 'pin',
                         'pin-origin', 'out', 'json'):
                self.assertIn('--%s' % name, out)
            self.assertEqual('--origin=' in out, workload == 'download')

    def test_the_version(self):
        self.assertRegex(self.baton('--version')[0], r'^baton \d+\.\d+\.\d+\n')

    def test_nothing_at_all_is_a_usage_error(self):
        for args in ((), ('run',)):
            out, err = self.baton(*args, code=USAGE)
            self.assertEqual(out, '')
            self.assertIn('Usage: baton', err)


class Refusals(Case):
    def refused(self, *args, words=()):
        with self.subTest(args=args):
            out, err = self.baton(*args, code=USAGE)
            self.assertEqual(out, '')
            self.nothing_written()
            for word in words:
                self.assertIn(word, err)
            self.assertRegex(err, r'^baton')

    def test_unknown_commands(self):
        self.refused('reprot', words=["'reprot'", 'report', 'list', 'origin',
                                      "did you mean 'report'"])
        self.refused('frobnicate', words=["'frobnicate'", 'report'])

    def test_unknown_workloads(self):
        self.refused('run', 'conuter', '--rounds', '1', words=[
            "'conuter'", 'counter-split', 'download',
            "did you mean 'counter'"])
        self.refused('run', '--rounds', '1', 'counter', words=['workload'])

    def test_unknown_models(self):
        self.refused('run', 'counter', '--models', 'sequential,libvu', words=[
            "'libvu'", "did you mean 'libuv'", *MODELS])
        self.refused('run', 'counter', '--models', '', words=MODELS)

    def test_commands_of_the_launcher_are_known(self):
        err = self.baton('foo', code=USAGE)[1]
        self.assertRegex(err, 'there are: .* test bench install-references\n')
        for name in ('test', 'bench', 'install-references'):
            self.refused(name, words=['`%s` is a command of ./baton' % name])

    def test_a_run_is_not_resumed_and_why(self):
        for args in (('run', 'counter'), ('report',)):
            self.refused(*args, '--resume', 'old', words=[
                'a run is not resumed', 'baton report --from old'])

    def test_options_that_are_not_for_people_are_not_listed(self):
        err = self.baton('origin', '--prot', '1', code=USAGE)[1]
        self.assertIn("did you mean '--port'?", err)
        self.assertNotIn('control-fd', err)

    def test_no_name_that_is_not_near_is_proposed(self):
        for args in (('check', '--term'), ('run', 'counter', '--models',
                                           'other')):
            err = self.baton(*args, code=USAGE)[1]
            self.assertNotIn('did you mean', err, args)
        err = self.baton('run', 'xyzzyxyzzy', code=USAGE)[1]
        self.assertNotIn('did you mean', err)

    def test_unknown_options(self):
        for args in (('run', 'counter', '--taskz', '1'),
                     ('run', 'counter', '--latency-ms', '1'),
                     ('run', 'counter', '--origin', 'http://127.0.0.1:1/'),
                     ('report', '--runs', '3'), ('list', '--yaml'),
                     ('export', 'run', '--form', 'csv'),
                     ('check', '--bsae', 'baton'),
                     ('origin', '--prot', '1')):
            self.refused(*args, words=[args[-2 if len(args) > 2 else 1],
                                       '--help'])

    def test_too_many_words(self):
        self.refused('run', 'counter', 'download', words=["'download'"])
        self.refused('list', 'models')
        self.refused('report', 'counter')
        self.refused('origin', '8080')

    def test_bad_numbers(self):
        for text in ('', 'x', '-1', '1.5', '1e3', '0x10', '1,,2', '1,', '0',
                     '1000001', '99999999999999999999', '1 2', '+1'):
            self.refused('run', 'counter', '--tasks=' + text,
                         words=['--tasks', 'from 1 to 1000000'])
        for text in ('4KB', '4kib', '4 KiB', 'KiB', '-1', '5GiB',
                     '99999999999GiB'):
            self.refused('run', 'download', '--bytes=' + text,
                         words=['--bytes', 'KiB'])

    def test_bad_options(self):
        for name, texts in (('rounds', ('0', 'x', '-1', '1.5', '')),
                            ('budget', ('0', 'x', '-1s', '3 parsecs', '',
                                        'nan', '1e99s')),
                            ('seed', ('x', '-1', '4294967296', '')),
                            ('pin', ('x', '', '0-', '1-0', '9999', '1,'))):
            for text in texts:
                self.refused('run', 'counter', '--models=sequential',
                             '--%s=%s' % (name, text))
        self.refused('run', 'counter', '--pin=9999', words=['CPU', '9999'])
        self.refused('run', 'download', '--pin-origin=9999', words=['9999'])
        self.refused('report', '--budget', 'x', words=['--budget'])
        self.refused('report', '--seed', 'x', words=['--seed'])
        for text in ('65536', 'x', '-1', ''):
            self.refused('origin', '--port=' + text, words=['--port'])

    def test_a_missing_value(self):
        self.refused('run', 'counter', '--tasks', words=['--tasks'])

    def test_rounds_and_budget_exclude_each_other(self):
        self.refused('run', 'counter', '--rounds', '2', '--budget', '2s',
                     words=['--rounds', '--budget'])

    def test_what_no_model_can_do(self):
        for models in ('locked', 'libuv,locked'):
            self.refused('run', 'download', '--models', models, words=[
                'not applicable: ', 'locked', 'download',
                'it only adds a lock'])

    def test_latency_above_the_timeout(self):
        for args in (('--latency-ms', '6000'), ('--timeout-ms', '5'),
                     ('--latency-ms', '1,300', '--timeout-ms', '200')):
            self.refused('run', 'download', *args, words=['timeout'])

    def test_increments_that_would_never_end(self):
        self.refused('run', 'counter', '--tasks', '1000', '--increments',
                     '1000000000000', words=['increments'])

    def test_a_sweep_of_too_many_cells(self):
        self.refused('run', 'counter', '--tasks',
                     ','.join(map(str, range(1, 101))), '--increments',
                     ','.join(map(str, range(1, 101))), words=['sweep'])

    def test_a_foreign_origin_has_no_parameters_of_ours(self):
        for name in ('bytes', 'latency-ms', 'rate'):
            self.refused('run', 'download', '--origin', 'http://127.0.0.1:1/',
                         '--' + name, '1', words=['--' + name])

    def test_foreign_addresses_that_are_none(self):
        for url in ('https://127.0.0.1/', 'ftp://127.0.0.1/', '127.0.0.1:80/',
                    'http:///', 'http://a b/', 'http://127.0.0.1:x/', '',
                    'http://127.0.0.1:1/a b', 'http://[::1/', 'page',
                    'http://127.0.0.1:99999/', 'http://127.0.0.1/\r\nX: y'):
            self.refused('run', 'download', '--origin', url,
                         words=['http://host:port/path'])


class Base(Case):
    def base(self, *args):
        samples, out, err = self.run_cells(*args, '--rounds', '1')
        shutil.rmtree(self.path('run'))
        return samples.header.get('base'), samples, err

    def test_the_first_that_is_named_is_the_base(self):
        tasks = 'counter', '--tasks', '2', '--increments', '2', '--models'
        for models, base in (('locked,null', 'locked'), ('null,locked', 'null'),
                             ('@core,locked', 'locked'),
                             ('@core', 'sequential'), ('@locks', 'locked'),
                             ('null', 'null')):
            self.assertEqual(self.base(*tasks, models)[0], base, models)

    def test_a_base_is_measured_with_the_others(self):
        base, samples, _ = self.base(
            'counter', '--tasks', '2', '--increments', '2', '--models',
            'locked', '--base', 'null')
        self.assertEqual(base, 'null')
        self.assertEqual({s['model'] for s in samples.rows},
                         {'locked', 'null'})

    def test_a_base_that_cannot_do_it_is_refused_with_those_that_can(self):
        for args in (('--base', 'locked'), ('--models', 'locked,sequential')):
            err = self.baton('run', 'download', *args, code=USAGE)[1]
            self.assertIn('locked cannot be the base of download: it only',
                          err)
            self.assertRegex(err, 'these can:.* sequential .*thread-per-')
            self.assertNotRegex(err, 'these can:.* locked')
        err = self.baton('run', 'counter', '--base', 'sequental',
                         code=USAGE)[1]
        self.assertIn("did you mean 'sequential'?", err)
        self.nothing_written()

    def test_a_gap_of_a_set_is_listed_and_one_that_was_named_refused(self):
        samples, out, _ = self.run_cells('download', '--n', '1', '--rounds',
                                         '1', '--models', '@core')
        self.assertIn('download/locked: it only adds a lock', out)
        self.assertEqual(samples.header['base'], 'sequential')
        err = self.baton('run', 'download', '--models', 'sequential,locked',
                         code=USAGE)[1]
        self.assertIn('not applicable: locked cannot run download', err)

    def test_a_map_needs_two_parameters_with_three_values_and_two_models(self):
        for values in (('--tasks', '1,2,3'),
                       ('--tasks', '1,2,3', '--increments', '1,2,2'),
                       ('--tasks', '1,1,1', '--increments', '1,2,3')):
            err = self.baton('run', 'counter', '--map', *values,
                             code=USAGE)[1]
            self.assertIn('--map needs two parameters with 3 values each, '
                          'such as --tasks 1,10,100 --increments 1,10,100',
                          err)
        err = self.baton('run', 'counter', '--map', '--tasks', '1,2,3',
                         '--increments', '1,2,3', '--models', 'locked',
                         code=USAGE)[1]
        self.assertIn('--map compares models, and there is one', err)
        self.nothing_written()

    def test_a_map_is_shown_and_drawn(self):
        _, out, _ = self.run_cells(
            'counter', '--map', '--tasks', '1,2,3', '--increments', '1,20,300',
            '--models', 'sequential,libuv', '--rounds', '1')
        self.assertIn('counter: the fastest model by tasks and increments',
                      out)
        self.assertRegex(out, r'(?m)^  300( +[AB] ~?[\d.]+){3}$')

    def test_maps_and_further_metrics_are_findings(self):
        _, out, _ = self.run_cells(
            'counter', '--json', '--tasks', '1,2,4', '--increments', '1,2,3',
            '--models', 'sequential,libuv', '--rounds', '1')
        findings = strict_json(out)['findings']
        maps = [f for f in findings if f['kind'] == 'map']
        self.assertEqual([(f['figure'], f['over'], f['down'], f['cells'],
                           f['even']) for f in maps],
                         [('map-counter', 'tasks', 'increments', 9, 9)])
        self.assertEqual({(f['parameters'].split(',')[0], f['estimate'])
                          for f in findings if f['kind'] == 'metric' and
                          f['metric'] == 'fairness'},
                         {('tasks=1', 1), ('tasks=2', 0.5),
                          ('tasks=4', 0.25)})

    def test_one_model_alone_is_measured_and_said_to_be_alone(self):
        base, samples, err = self.base('counter', '--tasks', '2', '--models',
                                       'locked')
        self.assertEqual({s['status'] for s in samples.rows}, {'ok'})
        self.assertIn('one model is measured (locked), so there are no ratios',
                      err)

    def test_an_unknown_set_is_refused_with_the_sets(self):
        err = self.baton('run', 'counter', '--models', '@nothing',
                         code=USAGE)[1]
        self.assertIn("no set of models '@nothing'; there are: @core @quick "
                      "@all @sequential", err)
        self.assertNotIn('locked', err)

    def test_noise_is_measured_where_it_takes_a_tenth_of_the_time(self):
        def pairs(*tasks):
            samples, _, _ = self.run_cells(
                'counter', '--tasks', ','.join(tasks), '--increments', '2',
                '--rounds', '6', '--models', '@core')
            shutil.rmtree(self.path('run'))
            return {(s['model'], s['parameters'].split(',')[0])
                    for s in samples.rows if s['aa']}

        self.assertEqual(pairs('1', '2', '3'), {('sequential', 'tasks=2')})
        self.assertEqual(pairs('1'), set())

    def test_noise_of_few_cells_is_measured_in_some_of_many_rounds(self):
        samples, out, _ = self.run_cells(
            'counter', '--tasks', '2', '--increments', '2', '--rounds', '30',
            '--models', 'locked,libuv,sequential')
        rounds = [s['round'] for s in samples.rows if s['aa']]
        self.assertEqual(rounds, list(range(1, len(rounds) + 1)))
        self.assertIn(len(rounds), range(6, 16))
        self.assertEqual(max(s['round'] for s in samples.rows), 30)
        self.assertIn('within noise (A/A pairs)', ' '.join(out.split()))
        shutil.rmtree(self.path('run'))
        out = self.run_cells('counter', '--tasks', '2', '--increments', '2',
                             '--rounds', '7', '--models', 'locked,libuv')[1]
        self.assertIn('No A/A pair was measured', out)

    def test_a_report_has_the_base_that_it_was_given(self):
        self.baton('report', '--quick', '--rounds', '1', '--base', 'process',
                   '--out', 'run')
        samples = Samples(self.path('run'))
        self.assertEqual(samples.header['base'], 'process')
        self.assertIn('process', {s['model'] for s in samples.rows})
        self.baton('report', '--quick', '--from', 'run', '--base', 'null',
                   code=USAGE)
        for models, base in (('locked,sequential', 'locked'),
                             ('@core,libuv', 'libuv'), ('@core', None)):
            self.baton('report', '--quick', '--rounds', '1', '--models',
                       models, '--out', models)
            samples = Samples(self.path(models))
            self.assertEqual(samples.header.get('base'), base)


class Busy(Case):
    def test_what_else_runs_is_said_before_and_on_top_of_the_report(self):
        spin = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
        self.addCleanup(spin.wait)
        self.addCleanup(spin.kill)
        samples, out, err = self.run_cells('counter', '--tasks', '2',
                                           '--rounds', '1')
        self.assertRegex(samples.header['busy'],
                         r'other processes use \d\.\d CPUs \(')
        self.assertRegex(err, '^baton: this machine is busy ')
        self.assertRegex(out, '^The machine was busy before the run: ')
        with open(self.path('run/report.html'), encoding='utf-8') as file:
            self.assertIn('The machine was busy before the run: ',
                          file.read().split('<h2')[0])

    def test_rounds_without_an_interval_are_said_to_be_few(self):
        for rounds, few in (('2', True), ('6', False)):
            err = self.baton('run', 'counter', '--tasks', '2', '--rounds',
                             rounds, '--out', rounds)[1]
            self.assertEqual('intervals need six rounds' in err, few)


class Limits(Case):
    def test_more_pages_than_descriptors_are_refused_before_the_start(self):
        out, err = self.baton('run', 'download', '--n', '1000', code=USAGE,
                              preexec_fn=limit(resource.RLIMIT_NOFILE, 64))
        self.nothing_written()
        self.assertEqual(out, '')
        self.assertRegex(err, r'1000 .*RLIMIT_NOFILE.*64; raise it: .*ulimit')
        self.assertEqual(err.count('\n'), 1)

    def test_one_after_another_needs_no_descriptors(self):
        samples, _, _ = self.run_cells(
            'download', '--n', '100', '--latency-ms', '0', '--models',
            'null,sequential', '--rounds', '1',
            preexec_fn=limit(resource.RLIMIT_NOFILE, 64))
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})

    def test_the_soft_limit_does_not_count(self):
        def soften():
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (24, hard))

        samples, _, _ = self.run_cells(
            'download', '--n', '100', '--latency-ms', '20', '--models',
            'libuv', '--rounds', '1', preexec_fn=soften)
        self.assertEqual([s['status'] for s in samples.rows], ['ok'])
        self.assertGreater(samples.rows[0]['fds_peak'], 100)

    def test_a_report_has_gaps_instead(self):
        run = Run(self, 'report', '--quick', '--out', 'run',
                  preexec_fn=limit(resource.RLIMIT_NOFILE, 48))
        run.child('workload=')
        run.kill(signal.SIGINT)  # the plan is all there is to see
        out, _ = run.end(BROKEN)
        gaps = self.whole(self.path('run')).gaps
        for model in ('libuv', 'thread-per-socket'):
            why = r'download/%s/n:30: 30 at once need .*RLIMIT_NOFILE' % model
            self.assertEqual(len([g for g in gaps if re.match(why, g)]), 1)
            self.assertRegex(out, why)
        self.assertEqual(len([g for g in gaps if '/n:' in g and
                              '/n:30: ' not in g]), 0)
        for model in ('null', 'sequential'):
            self.assertFalse([g for g in gaps if 'download/' + model in g])


if __name__ == '__main__':
    support.main()
