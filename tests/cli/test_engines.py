# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of docs/many-machines.md: what starts the parts of a run."""
import os
import shutil
import subprocess
import unittest

import support
from support import Case, Samples, cell

PARTS = 3
COMMAND = 'run counter --tasks 1,2,3 --increments 10 --models ' \
    'sequential,locked --rounds 6 --seed 7'


def has(program):
    return unittest.skipUnless(shutil.which(program), program +
                               ' is not installed')


class Engines(Case):
    def start(self, *argv):
        """Each part in turn or at once: they take turns by themselves."""
        done = subprocess.run(argv, cwd=self.dir, text=True, check=False,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=support.GUARD_S,
                              env=dict(self.env, TMPDIR=self.dir))
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self):
        self.baton('merge', *('part%d' % i for i in range(1, PARTS + 1)),
                   '--out', 'whole')
        self.baton(*COMMAND.split(), '--out', 'run')
        whole, run = (Samples(self.path(name)) for name in ('whole', 'run'))
        self.assertEqual(sorted((s['round'], s['aa'], cell(s))
                                for s in whole.rows),
                         sorted((s['round'], s['aa'], cell(s))
                                for s in run.rows))

    @has('parallel')
    def test_gnu_parallel(self):
        self.start('parallel', '--will-cite', '-j3',
                   '%s %s --shard {}/%d --out part{}' % (
                       support.BATON, COMMAND, PARTS),
                   ':::', *map(str, range(1, PARTS + 1)))
        self.check()

    @has('mpirun')
    def test_open_mpi(self):
        root = ('--allow-run-as-root',) if os.geteuid() == 0 else ()
        part = '$((OMPI_COMM_WORLD_RANK + 1))'
        self.start('mpirun', *root, '--oversubscribe', '-n', str(PARTS), 'sh',
                   '-c', '%s %s --shard %s/%d --out part%s' % (
                       support.BATON, COMMAND, part, PARTS, part))
        self.check()


if __name__ == '__main__':
    support.main()
