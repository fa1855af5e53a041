# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton trace`: what Perfetto is given, and what is refused and how.

The format is Chrome's: an event is a JSON object with a phase `ph`, a group
`pid` and a row `tid`; M names groups and rows, X is a slice with `ts` and
`dur` in microseconds, s and f are an arrow's ends, bound to the slices around
them.
"""
import bisect
import collections
import contextlib
import ctypes
import errno
import os
import platform
import re
import resource
import signal
import threading

import support
from support import BROKEN, Case, Run, USAGE, limit, read, strict_json

COUNTING = ('--tasks', '8', '--increments', '50')
DOWNLOAD = ('--latency-ms', '2')
LATENCY_NS = 2 * 10**6
MANY = '300000'  # events have no room if each increment is one
# A task that waits in a queue yields its CPU again and again while the first
# one has none: as many tasks as there are CPUs.
QUEUED = ('ticket', 'mcs')
# Workload, its options, its kind, its lanes, its pages.
CELLS = (
    ('counter', COUNTING, 'counting', 8, 0),
    ('counter', ('--tasks', '4', '--increments', MANY, '--per-turn',
                 '100000'), 'counting', 4, 0),
    ('counter-split', COUNTING, 'counting', 8, 0),
    ('download', ('--n', '8', *DOWNLOAD), 'connections', 8, 8),
    ('download', ('--n', '30', '--concurrency', '4',
                  '--requests-per-connection', '5', *DOWNLOAD),
     'connections', 4, 30),
)
ABOUT = {'made_by', 'workload', 'model', 'parameters', 'duration_ns',
         'whole_ns', 'events_dropped', 'kernel_switches'}
STATES = {'runs', 'ready', 'waits', 'preempted'}
PASSINGS = {'hand-over', 'preempted', 'waits', 'ended'}
SINCE = {'start', 'dial', 'wait', 'turn', 'opened', 'received', 'ended',
         'expired', 'done', 'on', 'off', 'cut', 'gone'}

Span = collections.namedtuple('Span', 'begin end name args row at')
Arrow = collections.namedtuple('Arrow', 'time row name')


def nanoseconds(value):
    """What was written as microseconds with three decimals."""
    if not isinstance(value, float):
        raise ValueError('%r is no real number' % value)
    rounded = round(value * 1000)
    if abs(rounded - value * 1000) > 1e-3 * max(1, rounded * 1e-9):
        raise ValueError('%r is finer than a nanosecond' % value)
    return rounded


class Trace:
    """A trace as its text says it, sorted by what it shows."""

    def __init__(self, text):
        root = strict_json(text)
        self.about = root['otherData']
        self.groups, self.rows, self.group_of = {}, {}, {}
        self.spans = collections.defaultdict(list)
        self.arrows = {'s': {}, 'f': {}}
        self.keys, self.order, self.last = set(root), {}, 0
        for at, event in enumerate(root['traceEvents']):
            self.add(at, event)
        self.recorded = self.about['kernel_switches'] == 'recorded'
        self.lanes = collections.defaultdict(list)
        for span in self.spans['lane']:
            self.lanes[span.row].append(span)

    def add(self, at, event):
        """Fails on whatever the format does not know."""
        phase, group, row = event.pop('ph'), event.pop('pid'), event.pop('tid')
        name = event.pop('name')
        if not isinstance(group, int) or not isinstance(row, int):
            raise ValueError('%r, %r: no numbers' % (group, row))
        if self.group_of.setdefault(row, group) != group:
            raise ValueError('row %d is of two groups' % row)
        if phase == 'M':
            self.add_name(group, row, name, event)
            return
        category = event.pop('cat')
        time = nanoseconds(event.pop('ts'))
        if time < self.last:
            raise ValueError('%d after %d: not by time' % (time, self.last))
        self.last = time
        if phase == 'X':
            self.spans[category].append(
                Span(time, time + nanoseconds(event.pop('dur')), name,
                     event.pop('args', {}), row, at))
        elif phase in 'sf' and category == name and \
                name in PASSINGS:
            if phase == 'f' and event.pop('bp') != 'e':
                raise ValueError('an arrow to the next slice')
            if not isinstance(event['id'], int):
                raise ValueError('%r is no number' % event['id'])
            if event['id'] in self.arrows[phase]:
                raise ValueError('two arrows %d' % event['id'])
            self.arrows[phase][event.pop('id')] = Arrow(time, row, name)
        else:
            raise ValueError('a phase %r' % phase)
        if event:
            raise ValueError('%r besides' % event)

    def add_name(self, group, row, name, event):
        if name in ('process_sort_index', 'thread_sort_index'):
            if set(event['args']) != {'sort_index'}:
                raise ValueError('the place of %d: %r' % (row, event))
            self.order[name, row] = event['args']['sort_index']
            return
        names, key = {'process_name': (self.groups, group),
                      'thread_name': (self.rows, row)}[name]
        if key in names or set(event) != {'args'} or \
                set(event['args']) != {'name'}:
            raise ValueError('the name of %d: %r' % (key, event))
        names[key] = event['args']['name']

    def number(self, row):
        """3 of "lane 3"."""
        return int(self.rows[row].split()[1])

    def threads(self):
        return sorted(name for name in self.rows.values()
                      if name.startswith('thread '))


def overlaps(spans):
    """The first two that are there at once."""
    spans = sorted(spans)
    for one, other in zip(spans, spans[1:]):
        if other.begin < one.end:
            return one, other
    return None


def misplaced(spans):
    """The first that is neither inside nor outside of another in its row."""
    stacks = collections.defaultdict(list)
    for span in sorted(spans, key=lambda s: (s.begin, s.at)):
        stack = stacks[span.row]
        while stack and stack[-1].end <= span.begin:
            stack.pop()
        if stack and span.end > stack[-1].end:
            return stack[-1], span
        stack.append(span)
    return None


class Around:
    """Which of some spans, that are never two at once, is around a time."""

    def __init__(self, spans):
        self.spans = sorted(spans)
        self.begins = [s.begin for s in self.spans]

    def end(self, time):
        """The end of the last one that has begun by then; or none: -1."""
        at = bisect.bisect_right(self.begins, time)
        return self.spans[at - 1].end if at else -1


def by(key, spans):
    groups = collections.defaultdict(list)
    for span in spans:
        groups[key(span)].append(span)
    return groups


class Traced(Case):
    """A trace, and what holds for all of them."""

    def trace(self, workload, model, *options, **run):
        out, err = self.baton('trace', workload, '--model', model, *options,
                              **run)
        self.assertRegex(err, r'(?m)^%s with %s: \d+\.\d{3} ms, \d+ events, '
                         r'\d+ threads?\n' % (workload, model))
        self.err = err
        return self.right(Trace(out), workload, model)

    def right(self, trace, workload, model):
        self.has_its_words(trace, workload, model)
        self.has_its_rows(trace)
        self.lanes_are_whole(trace)
        self.threads_are_right(trace)
        self.arrows_are_right(trace)
        everything = [s for spans in trace.spans.values() for s in spans]
        self.assertIsNone(misplaced(everything))
        for span in everything:
            self.assertLess(span.begin, span.end)
            self.assertLessEqual(span.end, trace.about['whole_ns'])
        return trace

    def has_its_words(self, trace, workload, model):
        about = trace.about
        self.assertEqual(trace.keys,
                         {'displayTimeUnit', 'otherData', 'traceEvents'})
        self.assertEqual(set(about), ABOUT)
        self.assertRegex(about['made_by'], r'^baton \d+\.\d+\.\d+')
        self.assertEqual((about['workload'], about['model']),
                         (workload, model))
        self.assertLessEqual(about['whole_ns'], about['duration_ns'])
        self.assertEqual(about['whole_ns'] < about['duration_ns'],
                         about['events_dropped'] > 0)
        self.assertEqual('the trace buffer was full after ' in self.err,
                         about['events_dropped'] > 0)
        self.assertEqual('switches are not recorded' in self.err,
                         not trace.recorded)

    def has_its_rows(self, trace):
        unit = 'lane' if trace.about['workload'] == 'download' else 'task'
        self.assertEqual(sorted(trace.groups.values()),
                         sorted([unit + 's', 'threads']))
        groups = {name: group for group, name in trace.groups.items()}
        for row, name in trace.rows.items():
            self.assertRegex(name, r'^(%s|thread) \d+$' % unit)
            self.assertEqual(trace.group_of[row],
                             groups[name.split()[0] + 's'])
        self.assertEqual(len(set(trace.rows.values())), len(trace.rows))
        # The first row of each group has the group's number.
        for name, group in groups.items():
            if group in trace.rows:
                self.assertEqual(trace.rows[group], name[:-1] + ' 0')
            self.assertEqual(trace.order['process_sort_index', group], group)
        for row in trace.rows:
            self.assertEqual(trace.order['thread_sort_index', row],
                             trace.number(row))
        for span in trace.spans['run']:
            self.assertIn(span.name, trace.rows.values())
        self.assertLessEqual(set(trace.spans),
                             {'life', 'lane', 'run', 'thread'})

    def lanes_are_whole(self, trace):
        lives = {span.row: span for span in trace.spans['life']}
        self.assertEqual(len(lives), len(trace.spans['life']))
        self.assertEqual(set(lives), set(trace.lanes))
        for row, slices in trace.lanes.items():
            self.assertEqual(lives[row].name, trace.rows[row])
            self.assertEqual(slices[0].begin, lives[row].begin)
            self.assertEqual(slices[-1].end, lives[row].end)
            for one, other in zip(slices, slices[1:]):
                self.assertEqual(one.end, other.begin)
            for span in slices:
                self.assertIn(span.name, STATES)
                self.assertIn(span.args['since'], SINCE)
                self.assertIn('thread %d' % span.args['thread'],
                              trace.rows.values())
                self.assertLessEqual(set(span.args),
                                     {'since', 'thread', 'cpu'})

    def threads_are_right(self, trace):
        for spans in by(lambda s: s.row, trace.spans['run']).values():
            self.assertIsNone(overlaps(spans))
        # What a thread runs is what its lane says.
        self.assertEqual(
            sorted((s.begin, s.end, s.name, trace.number(s.row))
                   for s in trace.spans['run']),
            sorted((s.begin, s.end, trace.rows[s.row], s.args['thread'])
                   for s in trace.spans['lane'] if s.name == 'runs'))
        self.assertEqual(trace.recorded, bool(trace.spans['thread']))
        if not trace.recorded:
            return
        stays = by(lambda s: s.row, trace.spans['thread'])
        for spans in (*stays.values(),
                      *by(lambda s: s.name, trace.spans['thread']).values()):
            self.assertIsNone(overlaps(spans))
        for span in trace.spans['thread']:
            self.assertRegex(span.name, r'^on CPU \d+$')
            self.assertIn(span.args['until'],
                          {'slept', 'preempted', 'ended', 'the trace ended'})
        around = {row: Around(spans) for row, spans in stays.items()}
        for span in trace.spans['run']:
            self.assertGreaterEqual(around[span.row].end(span.begin),
                                    span.end, span)

    def arrows_are_right(self, trace):
        starts, ends = trace.arrows['s'], trace.arrows['f']
        self.assertEqual(set(starts), set(ends))
        runs = {row: Around(s for s in slices if s.name == 'runs')
                for row, slices in trace.lanes.items()}
        for number, start in starts.items():
            end = ends[number]
            self.assertLessEqual(start.time, end.time)
            self.assertNotEqual(start.row, end.row)
            for tip in (start, end):
                self.assertGreater(runs[tip.row].end(tip.time), tip.time)


class Cells(Traced):
    """Every model that can, with every kind of work."""

    def able(self, kind):
        models = strict_json(self.baton('list', '--json')[0])['models']
        return [m['name'] for m in models
                if m['available'] and m['kinds'][kind] is True]

    def cells(self, *workloads):
        for workload, usual, kind, most, pages in CELLS:
            for model in self.able(kind) if workload in workloads else ():
                options, lanes = usual, most
                if model in QUEUED:
                    options, lanes = ('--tasks', '2', *usual[2:]), 2
                with self.subTest(workload=workload, model=model,
                                  options=options):
                    yield model, lanes, pages, self.trace(workload, model,
                                                          *options)

    def test_every_task_is_there(self):
        for model, lanes, _, trace in self.cells('counter', 'counter-split'):
            self.assertEqual(sorted(map(trace.number, trace.lanes)),
                             list(range(lanes)))
            # Each increment of an actor is a message, and a turn.
            full = model == 'actor' and MANY in trace.about['parameters']
            self.assertEqual(trace.about['events_dropped'] > 0, full)
            if model in ('sequential', 'null'):
                self.assertIsNone(overlaps(trace.spans['life']))

    def test_every_lane_is_there_and_waits_for_its_pages(self):
        for model, lanes, pages, trace in self.cells('download'):
            self.assertEqual(sorted(map(trace.number, trace.lanes)),
                             list(range(lanes)))
            self.assertNotIn('wrong', self.err)
            if model == 'null':
                continue
            # The origin sends nothing before the latency is over.
            for row, slices in trace.lanes.items():
                self.assertTrue([s for s in slices if self.is_long(s)], row)
            self.assertGreaterEqual(
                len([s for s in trace.spans['lane'] if self.is_long(s)]),
                pages)
            if model == 'sequential':
                self.assertIsNone(overlaps(trace.spans['life']))

    @staticmethod
    def is_long(span):
        return span.name == 'waits' and span.args['since'] == 'wait' and \
            span.end - span.begin >= LATENCY_NS

    def test_who_runs_it_is_seen(self):
        for workload, options, _, lanes, _ in CELLS:
            models = {'sequential': 1, 'libuv': 1,
                      'thread-per-socket': lanes + 1}
            if workload != 'download':
                models['locked'] = lanes + 1
            for model, threads in models.items():
                with self.subTest(workload=workload, model=model):
                    trace = self.trace(workload, model, *options)
                    self.assertEqual(trace.threads(),
                                     sorted('thread %d' % i
                                            for i in range(threads)))
                    self.assertEqual(
                        len({s.row for s in trace.spans['run']}),
                        min(threads, lanes))

    def test_one_after_another_the_baton_goes_to_each(self):
        for workload, options, _, lanes, _ in CELLS:
            with self.subTest(workload=workload, options=options):
                trace = self.trace(workload, 'sequential', *options)
                to = {arrow.row for arrow in trace.arrows['f'].values()}
                self.assertGreaterEqual(len(trace.arrows['f']), lanes - 1)
                self.assertEqual(len(to), lanes - 1)

    def test_only_cooperative_tasks_hand_over(self):
        for model, names in (('libuv', {'hand-over', 'ended'}),
                             ('sequential', {'ended'}),
                             ('locked', {'preempted', 'waits', 'ended'})):
            with self.subTest(model=model):
                trace = self.trace('counter-split', model, *COUNTING)
                found = {a.name for a in trace.arrows['f'].values()}
                self.assertTrue(found)
                self.assertLessEqual(found, names)

    def test_cooperative_tasks_take_turns(self):
        trace = self.trace('counter', 'libuv', '--tasks', '3', '--increments',
                           '30', '--per-turn', '10')
        turns = sorted((s.begin, trace.number(s.row))
                       for s in trace.spans['lane']
                       if s.args['since'] == 'turn' and s.name == 'runs')
        self.assertEqual(len(turns), 9)
        for at in range(0, 9, 3):
            self.assertEqual({task for _, task in turns[at:at + 3]},
                             {0, 1, 2})
        runs = [task for _, task in
                sorted((s.begin, trace.number(s.row))
                       for s in trace.spans['lane'] if s.name == 'runs')]
        self.assertGreaterEqual(len(trace.arrows['f']), 9)
        self.assertEqual(len(trace.arrows['f']),
                         sum(a != b for a, b in zip(runs, runs[1:])))

    def test_what_the_seed_and_the_options_were_is_told(self):
        trace = self.trace('download', 'libuv', '--n', '2', '--latency-ms',
                           '1', '--seed', '7', '--bytes', '1KiB')
        self.assertEqual(trace.about['parameters'].split(',')[:5],
                         ['n=2', 'concurrency=0', 'requests_per_connection=1',
                          'latency_ms=1', 'bytes=1024'])

    def test_a_wrong_result_is_told_and_no_error(self):
        trace = self.trace('counter-split', 'libuv', *COUNTING)
        self.assertRegex(self.err, r'(?m)^the result was wrong: counter 50, '
                         r'should be 400$')
        self.assertEqual(len(trace.lanes), 8)

    def test_a_kept_result_is_not_called_wrong(self):
        for model in ('sequential', 'locked'):
            self.trace('counter-split', model, *COUNTING)
            self.assertNotIn('wrong', self.err)


class Full(Traced):
    """More than there is room for."""

    def test_events_without_room_are_counted_and_end_the_trace(self):
        trace = self.trace('counter', 'libuv', '--tasks', '1', '--increments',
                           '150000', '--per-turn', '1')
        dropped, about = trace.about['events_dropped'], trace.about
        # Start, turns, done, and the kernel's few.
        self.assertGreaterEqual(dropped, 150002 - 131072)
        self.assertLess(about['whole_ns'], about['duration_ns'])
        words = re.search(r'(?m)^the trace buffer was full after ([\d.]+) ms: '
                          r'at least (\d+) later events are missing; use a '
                          r'smaller workload$', self.err)
        self.assertEqual(int(words[2]), dropped)
        self.assertEqual(words[1], '%.3f' % (about['whole_ns'] / 1e6))
        life = trace.spans['life'][0]
        self.assertEqual(life.end, about['whole_ns'])

    def test_switches_without_room_are_told_too(self):
        # Each of the 60,000 hand-overs is two of the kernel's events.
        trace = self.trace('counter-split', 'locked', '--tasks', '60',
                           '--increments', '1000')
        self.assertEqual(len(trace.lanes), 60)


# What a kernel says that does not let anybody look.

PERF_EVENT_OPEN = {'x86_64': 298, 'aarch64': 241, 'riscv64': 241}


class Filter(ctypes.Structure):
    _fields_ = [('code', ctypes.c_uint16), ('jt', ctypes.c_uint8),
                ('jf', ctypes.c_uint8), ('k', ctypes.c_uint32)]


class Program(ctypes.Structure):
    _fields_ = [('len', ctypes.c_uint16), ('filter', ctypes.POINTER(Filter))]


def forbid(number, error):
    """For preexec_fn: this system call fails, in all that come of it."""
    libc = ctypes.CDLL(None, use_errno=True)
    rules = (Filter * 4)(
        Filter(0x20, 0, 0, 0),  # load the number of the call
        Filter(0x15, 0, 1, number),
        Filter(0x06, 0, 0, 0x00050000 | error),
        Filter(0x06, 0, 0, 0x7fff0000))
    program = Program(len(rules), rules)

    def install():
        if libc.prctl(38, 1, 0, 0, 0) or \
                libc.prctl(22, 2, ctypes.byref(program)):
            raise OSError('no filter')
    return install


class Refused(Traced):
    def refused(self, error, words):
        number = PERF_EVENT_OPEN.get(platform.machine())
        if number is None:
            self.skipTest('the number of perf_event_open is not known here')
        for workload, model, lanes in (('counter', 'locked', 8),
                                       ('download', 'libuv', 8)):
            with self.subTest(workload=workload):
                options = COUNTING if workload == 'counter' else (
                    '--n', '8', *DOWNLOAD)
                trace = self.trace(workload, model, *options,
                                   preexec_fn=forbid(number, error))
                self.assertFalse(trace.recorded)
                self.assertEqual(trace.about['kernel_switches'],
                                 os.strerror(error))
                self.assertEqual(len(trace.lanes), lanes)
                self.assertNotIn('cpu', trace.spans['lane'][0].args)
                self.assertRegex(self.err, words)

    def test_without_permission_there_are_lanes_and_a_remedy(self):
        self.refused(errno.EACCES, r'switches are not recorded \(Permission denied\): '
                     r'.*; as root, `sysctl kernel.perf_event_paranoid=2`')

    def test_a_kernel_without_it_gives_lanes_too(self):
        self.refused(errno.ENOSYS, r'switches are not recorded \(Function not '
                     r'implemented\): .* was stopped\n')

    def test_so_do_few_descriptors(self):
        # Enough for the sample, and none for the kernel's events.
        def too_few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        trace = self.trace('counter', 'sequential', *COUNTING,
                           preexec_fn=too_few)
        self.assertEqual(len(trace.lanes), 8)


class Output(Traced):
    CELL = ('trace', 'counter', '--model', 'sequential', '--tasks', '3')

    def test_a_file_has_all_of_it(self):
        for _ in range(2):  # the second one takes the place of the first
            out, self.err = self.baton(*self.CELL, '--out', 'trace.json')
            self.assertEqual(out, '')
            self.right(Trace(read(self.path('trace.json'))), 'counter',
                       'sequential')
            self.assertEqual(os.listdir(self.dir), ['trace.json'])

    def test_standard_output_has_nothing_else(self):
        out, _ = self.baton(*self.CELL)
        self.assertTrue(out.startswith('{') and out.endswith('}\n'))
        self.assertEqual(out.count('\n'), 1)
        self.nothing_written()

    def test_a_pipe_stays_a_pipe(self):
        os.mkfifo(self.path('pipe'))
        heard = []
        reader = threading.Thread(
            target=lambda: heard.append(read(self.path('pipe'))))
        reader.start()
        out, self.err = self.baton(*self.CELL, '--out', 'pipe')
        reader.join(support.GUARD_S)
        self.assertEqual(out, '')
        self.right(Trace(heard[0]), 'counter', 'sequential')
        self.assertTrue(support.wait_until(
            lambda: os.listdir(self.dir) == ['pipe'], 'the pipe alone'))

    def test_a_link_stays_a_link(self):
        os.symlink('there.json', self.path('link.json'))
        for _ in range(2):  # the second one finds what the first one wrote
            _, self.err = self.baton(*self.CELL, '--out', 'link.json')
            self.assertTrue(os.path.islink(self.path('link.json')))
            self.right(Trace(read(self.path('there.json'))), 'counter',
                       'sequential')

    def test_where_nothing_can_be_written(self):
        os.mkdir(self.path('folder'))
        for place in ('missing/trace.json', '/proc/baton/trace.json',
                      'folder', 'folder/', '', 'x' * 300, 'x/' * 3000):
            with self.subTest(place=place[:40]):
                out, err = self.baton(*self.CELL, '--out', place, code=BROKEN)
                self.assertEqual(out, '')
                self.assertRegex(err, r'(?m)\Abaton: cannot write .*: \w')
                self.assertEqual(os.listdir(self.dir), ['folder'])
                self.assertEqual(os.listdir(self.path('folder')), [])

    def test_a_large_file_is_announced_before(self):
        words = 'each increment yields once: the file can become as large as'
        for increments, large in (('400', True), ('40', False)):
            err = self.baton('trace', 'counter-split', '--model', 'libuv',
                             '--increments', increments, '--out',
                             'trace.json')[1]
            self.assertEqual(err.startswith(words + ' 24 MB; smaller: --tasks '
                                            '--increments\n'), large, err)
            self.assertEqual(words in err, large)

    def test_the_size_is_said(self):
        _, err = self.baton(*self.CELL, '--out', 'trace.json')
        size = os.path.getsize(self.path('trace.json'))
        self.assertIn('writing %.1f MB to trace.json\n' % (size / 1e6), err)

    def test_a_full_standard_output_is_an_error(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            err = self.baton(*self.CELL, code=BROKEN, stdout=full)[1]
        self.assertIn('baton: cannot write to standard output: ', err)

    def test_a_full_disk_leaves_what_was_there_and_no_half(self):
        with open(self.path('trace.json'), 'w', encoding='utf-8') as file:
            file.write('before')
        # Room for the memory of a sample, and not for so many turns in words.
        err = self.baton(
            'trace', 'counter', '--model', 'libuv', '--tasks', '1',
            '--increments', '60000', '--per-turn', '1', '--out', 'trace.json',
            code=BROKEN,
            preexec_fn=limit(resource.RLIMIT_FSIZE, 6 * 2**20))[1]
        self.assertIn('baton: cannot write trace.json: File too large', err)
        self.assertEqual(read(self.path('trace.json')), 'before')
        self.assertEqual(os.listdir(self.dir), ['trace.json'])


class Events(Case):
    """events.tsv, which a report draws anew."""

    def test_damaged_events_are_told_and_the_rest_is_drawn_without(self):
        self.baton('run', 'counter', '--models', 'sequential', '--tasks', '1',
                   '--rounds', '1', '--out', 'run')
        with open(self.path('run/events.tsv'), 'w', encoding='utf-8') as file:
            file.write('# trace workload=counter\n')
        err = self.baton('report', '--from', 'run', code=BROKEN)[1]
        self.assertIn('baton: cannot read run/events.tsv: it is damaged; '
                      'without it the rest can be drawn\n', err)
        os.remove(self.path('run/events.tsv'))
        self.baton('report', '--from', 'run')

    def test_a_run_has_none(self):
        self.baton('run', 'counter', '--models', 'sequential', '--tasks', '1',
                   '--rounds', '1', '--out', 'run')
        self.assertNotIn('events.tsv', os.listdir(self.path('run')))


class Ends(Traced):
    LONG = ('trace', 'counter', '--model', 'sequential', '--tasks', '1',
            '--increments', '300000000000', '--out', 'trace.json')

    def test_a_signal_ends_it_without_a_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                run = Run(self, *self.LONG)
                run.child('workload=counter')
                run.kill(number)
                out, err = run.end(BROKEN)
                self.assertEqual(out, '')
                self.assertEqual(err, 'baton: interrupted\n')
                self.nothing_written()

    def test_a_kill_ends_its_sample_and_its_origin(self):
        run = Run(self, 'trace', 'download', '--model', 'sequential', '--n',
                  '1000', '--latency-ms', '1000')
        run.child('origin')
        sample = run.child('workload=download')
        support.wait_until(lambda: self.has_socket(sample), 'a connection')
        run.kill(signal.SIGKILL)
        run.end(-signal.SIGKILL)

    @staticmethod
    def has_socket(pid):
        """Then it has long asked to be ended with its parent."""
        folder = '/proc/%d/fd' % pid
        with contextlib.suppress(OSError):
            return any(os.readlink(os.path.join(folder, fd)).startswith(
                'socket:') for fd in os.listdir(folder))
        return False

    def test_a_sample_that_crashes_is_told(self):
        run = Run(self, *self.LONG)
        os.kill(run.child('workload=counter'), signal.SIGSEGV)
        err = run.end(BROKEN)[1]
        self.assertRegex(err, r'^baton: counter with sequential crashed: '
                         r'signal 11')
        self.nothing_written()

    def test_an_origin_that_dies_is_told(self):
        run = Run(self, 'trace', 'download', '--model', 'sequential', '--n',
                  '1000', '--latency-ms', '1000')
        run.child('workload=download')
        os.kill(run.child('origin'), signal.SIGKILL)
        self.assertIn('baton: the origin died\n', run.end(BROKEN)[1])


class Usage(Case):
    def refused(self, *args, words=()):
        with self.subTest(args=args):
            out, err = self.baton('trace', *args, code=USAGE)
            self.assertEqual(out, '')
            self.nothing_written()
            for word in words:
                self.assertIn(word, err)
            self.assertTrue(err.startswith('baton'), err)

    def test_names_that_are_not_there(self):
        self.refused('conuter', '--model', 'libuv', words=[
            "no workload 'conuter'", 'counter-split',
            "did you mean 'counter'"])
        self.refused('counter', '--model', 'libvu', words=[
            "no model 'libvu'", 'sequential', "did you mean 'libuv'"])
        self.refused('counter', '--model', 'locked', '--taskz', '1', words=[
            "no option '--taskz'", "did you mean '--tasks'"])
        self.refused('download', '--model', 'libuv', '--rounds', '1', words=[
            "no option '--rounds'", '--latency-ms'])

    def test_one_model_is_needed_and_no_more(self):
        self.refused('counter', words=['--model NAME', 'baton list'])
        self.refused('counter', '--tasks', '3', words=['--model NAME'])
        for models in ('libuv,sequential', 'all'):
            self.refused('counter', '--model', models,
                         words=['--model takes one model', 'baton list'])
        self.refused('counter', '--model', '', words=['sequential'])

    def test_what_a_model_cannot_do(self):
        self.refused('download', '--model', 'locked', words=[
            'not applicable: locked cannot run download: ', 'a lock'])

    def test_what_a_limit_forbids(self):
        out, err = self.baton('trace', 'download', '--model', 'libuv', '--n',
                              '500', code=USAGE,
                              preexec_fn=limit(resource.RLIMIT_NOFILE, 100))
        self.assertEqual(out, '')
        self.assertRegex(err, r'not applicable: .*RLIMIT_NOFILE')

    def test_values(self):
        for option, value in (('--tasks', '0'), ('--tasks', '1,2'),
                              ('--tasks', 'many'), ('--tasks', '-1'),
                              ('--tasks', '1000001'), ('--tasks', ''),
                              ('--seed', '4294967296'), ('--seed', 'x'),
                              ('--pin', 'here'), ('--pin', '99999')):
            self.refused('counter', '--model', 'libuv', option, value)
        self.refused('counter', '--model', 'libuv', '--tasks', '1000000',
                     '--increments', '1000000000', words=['at most'])

    def test_the_order_of_words(self):
        self.refused('--model', 'libuv', 'counter',
                     words=['the workload comes first'])
        self.refused('counter', '--model', 'libuv', 'download',
                     words=["'download' is too much"])

    def test_nothing_is_a_usage_error(self):
        out, err = self.baton('trace', code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, r'^Usage: baton trace WORKLOAD --model M')

    def test_help(self):
        for args in (('--help',), ('counter', '--help'),
                     ('download', '--help')):
            out, err = self.baton('trace', *args)
            self.assertRegex(out, r'(?s)Usage: baton trace.*Examples:\n +'
                             r'baton trace.*Perfetto|Perfetto.*Examples:')
            self.assertEqual(err, '')
        for option in ('--latency-ms=N', '--model=M', '--out=FILE',
                       '--seed=S', '--pin=CPUS'):
            self.assertIn(option, out)

    def test_a_pinned_sample_stays_where_it_is_put(self):
        cpu = max(os.sched_getaffinity(0))
        out, _ = self.baton('trace', 'counter', '--model',
                            'thread-per-socket', *COUNTING, '--pin', str(cpu))
        self.assertLessEqual({s.name for s in Trace(out).spans['thread']},
                             {'on CPU %d' % cpu})


if __name__ == '__main__':
    support.main()
