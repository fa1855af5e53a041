# SPDX-License-Identifier: GPL-3.0-or-later
"""Baton verifies all models of all reference programs that are there.

    python3 test_reference_cells.py PATH-OF-BATON [unittest's arguments]
"""
import json

import support
from support import Case


class Cells(Case):
    def run_all(self, workload, *args):
        samples, _, _ = self.run_cells(workload, '--models', '@references',
                                       '--rounds', '1', *args)
        self.assertTrue(samples.rows)
        return samples.rows

    def pages(self, requests, workload, *args):
        """So many are served for each repetition, and all are right."""
        for row in self.run_all(workload, *args):
            self.assertEqual(row['status'], 'ok', row['text'])
            self.assertEqual(row['origin_requests'],
                             requests * row['iterations'], row['model'])

    def test_exact_counters_are_right(self):
        programs = json.loads(self.baton('list', '--json')[0])['references']
        exact = {model['name'] for program in programs
                 for model in program['models']
                 if 'counter' in model['workloads'].split(',')}
        for row in self.run_all('counter', '--tasks', '10',
                                '--increments', '100'):
            if row['model'] in exact:
                self.assertEqual(row['status'], 'ok', row['text'])

    def test_pages_are_right(self):
        self.pages(4, 'download', '--n', '4', '--latency-ms', '20')

    def test_titles_are_right(self):
        self.pages(8, 'titles', '--n', '4', '--latency-ms', '20',
                   '--plain', '1')

    def test_files_are_right(self):
        self.pages(3, 'bulk', '--n', '3', '--bytes', '1000000')


if __name__ == '__main__':
    support.main()
