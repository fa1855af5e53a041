# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate, used on Baton itself: identical code passes, a slower build is
caught.  Each run adds a line to the ledger of such checks, results/nulls.tsv.
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
        ledger, args = os.environ.get('BATON_LEDGER', ''), ()
        if ledger and os.access(os.path.dirname(ledger), os.W_OK):
            args = '--ledger', ledger
        # Of noise there may be so much that two in a hundred drown in it.
        out = self.check(support.BATON, DONE, '--threshold', '5', *args)
        self.assertNotRegex(out, '(?m)^(REGRESSED|BROKEN)')
        if args:
            with open(ledger, encoding='utf-8') as file:
                names, *rows = (line.rstrip('\n').split('\t')
                                for line in file)
            row = dict(zip(names, rows[-1]))
            self.assertEqual(row['base_hash'], row['cand_hash'])
            self.assertEqual(row['regressed'], '0')

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
