# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of docs/many-machines.md: what starts the parts of a run."""
import os
import shutil
import subprocess
import unittest

import support
from support import USAGE, Case, Samples, cell

PARTS = 3
COMMAND = 'run counter --tasks 1,2,3 --increments 10 --models ' \
    'sequential,locked --rounds 6 --seed 7'
NAMES = ['part%d' % i for i in range(1, PARTS + 1)]
SLURM = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'peers',
                     'slurm.sh')


def has(program):
    return unittest.skipUnless(shutil.which(program), program +
                               ' is not installed')


class Started(Case):
    def start(self, *argv):
        """Each part in turn or at once: they take turns by themselves."""
        done = subprocess.run(argv, cwd=self.dir, text=True, check=False,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=support.GUARD_S,
                              env=dict(self.env, TMPDIR=self.dir))
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self):
        self.baton('merge', *NAMES, '--out', 'whole')
        self.baton(*COMMAND.split(), '--out', 'run')
        whole, run = (Samples(self.path(name)) for name in ('whole', 'run'))
        self.assertEqual(sorted((s['round'], s['aa'], cell(s))
                                for s in whole.rows),
                         sorted((s['round'], s['aa'], cell(s))
                                for s in run.rows))


class Engines(Started):
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


class Slurm(Started):
    def slurm(self, commands):
        """`submit ARRAY` is there for them, and returns when all is done."""
        place = os.path.join(os.path.dirname(support.BATON), 'peers', 'slurm')
        part = '$SLURM_ARRAY_TASK_ID'
        done = subprocess.run(
            [SLURM, place, """submit() {
                sbatch --no-requeue --wrap '%s %s --shard %s/%d --out part%s' \\
                    --array="$1"
                ${2-true}
                while squeue -h | grep -q .; do sleep 0.2; done
            }
            %s""" % (support.BATON, COMMAND, part, PARTS, part, commands)],
            cwd=self.dir, text=True, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=support.GUARD_S, env=dict(self.env, TMPDIR=self.dir))
        if done.returncode == 77:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_slurm(self):
        self.slurm('submit 1-%d' % PARTS)
        self.check()

    def test_slurm_loses_a_node(self):
        """In the middle of the last part, which is then measured again."""
        last = NAMES[-1]
        self.slurm("""lost() {
                until [ -s %s/samples.tsv ]; do sleep 0.01; done
                lose_node
            }
            submit 1-%d%%1 lost
            cp -R %s kept
            rm -r %s
            start_node
            submit %d""" % (last, PARTS, last, last, PARTS))
        err = self.baton('merge', *NAMES[:-1], 'kept', '--out', 'whole',
                         code=USAGE)[1]
        self.assertIn('kept (part %d/%d) was killed, or is still running, '
                      'after' % (PARTS, PARTS), err)
        err = self.baton('merge', *NAMES[:-1], '--out', 'whole',
                         code=USAGE)[1]
        self.assertIn('missing: part %d of %d;' % (PARTS, PARTS), err)
        self.check()


if __name__ == '__main__':
    support.main()
