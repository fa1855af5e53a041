# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate, used on Baton itself: identical code passes, a slower build is
caught.
"""
import os
import re
import sys

import support
from support import Case, DONE, FINDING

CELLS = 'counter/*,download/null/*'


class Gate(Case):
    def check(self, cand, code, *args):
        """Prints what was found, and returns the verdict's first words."""
        out, _ = self.baton('check', '--base', support.BATON, '--cand', cand,
                            '--cells', CELLS, '--budget', '30s',
                            '--out', self.path('check'), *args, code=code)
        print(out, file=sys.stderr)
        return out

    def test_a_build_is_not_slower_than_itself(self):
        # Of noise there may be so much that two in a hundred drown in it.
        out = self.check(support.BATON, DONE, '--threshold', '5')
        self.assertNotRegex(out, '(?m)^(REGRESSED|BROKEN)')

    def test_a_slower_build_is_caught(self):
        out = self.check(os.environ['BATON_SLOW'], FINDING)
        self.assertRegex(out, '(?m)^REGRESSED')
        # By its time, and not by something else that it does.
        found = re.findall(r'(?m)^REGRESSED .*\n +(\S+) %', out)
        self.assertEqual(len(found), out.count('\nREGRESSED  ') +
                         out.startswith('REGRESSED  '))
        for percent in found:
            self.assertGreater(float(percent), 5)


if __name__ == '__main__':
    support.main()
