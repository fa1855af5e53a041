# SPDX-License-Identifier: GPL-3.0-or-later
"""The measured build takes the same steps as the hooked one.

    python3 test_page_trap.py PATH-OF-BATON PATH-OF-PAGE_TRAP
"""
import os
import re
import subprocess
import sys

import support
from support import Case

TRAP = os.path.abspath(sys.argv.pop(2))
STEP = re.compile(r'^ *\d+  ( *)(loads|stores) (\d+)', re.M)


class PageTrap(Case):
    def test_both_take_the_same_steps(self):
        for tasks, increments in ((2, 3), (3, 20)):
            out, _ = self.baton('step', 'counter', '--model',
                                'thread-per-socket', '--seed', '7', '--tasks',
                                str(tasks), '--increments', str(increments))
            width = 51 // tasks
            steps = [(str(len(blanks) // width + 1), kind, value)
                     for blanks, kind, value in STEP.findall(out)]
            self.assertEqual(len(steps), 2 * tasks * increments)
            seen = subprocess.run(
                [TRAP, str(tasks), str(increments)],
                input='\n'.join(task for task, _, _ in steps),
                capture_output=True, text=True, check=True,
                timeout=support.GUARD_S).stdout
            self.assertEqual(seen.split('\n')[:-1],
                             [' '.join(step) for step in steps])


if __name__ == '__main__':
    support.main()
