# SPDX-License-Identifier: GPL-3.0-or-later
"""Encodings: labels and characters, by Python's codecs and by a package."""
import codecs
import glob
import json
import subprocess
import sys
import unittest

DECODE = sys.argv.pop(1)
NONE = '\ufffd'
# Where Python agrees with the Encoding standard: encoding, codec, how many
# bytes and pairs that the codec decodes, and how many are the same here: the
# standard differs in the rest.
CODECS = '''
ibm866 cp866 255 255
koi8-r koi8_r 255 255
koi8-u koi8_u 255 253
macintosh mac_roman 255 255
x-mac-cyrillic mac_cyrillic 255 255
windows-874 cp874 224 224
gbk gbk 21918 21918
gb18030 gb18030 24067 24047
big5 big5hkscs 18529 18518
euc-jp euc_jp 7069 7063
shift_jis cp932 9799 9795
euc-kr cp949 17175 17175
iso-8859-2 iso8859_2 255 255
iso-8859-3 iso8859_3 248 248
iso-8859-4 iso8859_4 255 255
iso-8859-5 iso8859_5 255 255
iso-8859-6 iso8859_6 210 210
iso-8859-7 iso8859_7 252 252
iso-8859-8 iso8859_8 219 219
iso-8859-10 iso8859_10 255 255
iso-8859-13 iso8859_13 255 255
iso-8859-14 iso8859_14 255 255
iso-8859-15 iso8859_15 255 255
iso-8859-16 iso8859_16 255 255
windows-1250 cp1250 250 250
windows-1251 cp1251 254 254
windows-1252 cp1252 250 250
windows-1253 cp1253 238 238
windows-1254 cp1254 248 248
windows-1255 cp1255 232 232
windows-1256 cp1256 255 255
windows-1257 cp1257 243 243
windows-1258 cp1258 246 246
'''
# npm's whatwg-encoding; it lacks four encodings, which stand below.
PACKAGE = 'whatwg-encoding/lib/labels-to-names.json'
FOLDERS = ['/usr/share/nodejs', '/usr/lib/node_modules',
           '/usr/local/lib/node_modules', 'node_modules']
OTHER_LABELS = {
    'csiso88598i': 'ISO-8859-8-I', 'iso-8859-8-i': 'ISO-8859-8-I',
    'logical': 'ISO-8859-8-I', 'x-mac-cyrillic': 'x-mac-cyrillic',
    'x-mac-ukrainian': 'x-mac-cyrillic', 'csiso2022jp': 'ISO-2022-JP',
    'iso-2022-jp': 'ISO-2022-JP', 'csiso2022kr': 'replacement',
    'hz-gb-2312': 'replacement', 'iso-2022-cn': 'replacement',
    'iso-2022-cn-ext': 'replacement', 'iso-2022-kr': 'replacement',
    'replacement': 'replacement', ' \tUTF-8\r\f': 'UTF-8',
    'UniCode-1-1-utf-8': 'UTF-8', 'LATIN1': 'windows-1252',
    'x-cp1251': 'windows-1251', 'utf-32': '-', 'utf-7': '-', 'utf-8 l2': '-',
    'iso-8859-': '-', 'ucs-4': '-', 'ebcdic-us': '-', 'koi8': 'KOI8-R',
    'tis-620': 'windows-874', 'iso-8859-17': '-', 'iso-8859-9': 'windows-1254',
}


def decode(rows):
    """Of (label, bytes): (name, text)."""
    text = ''.join('%s %s\n' % (label, data.hex()) for label, data in rows)
    out = subprocess.run([DECODE], input=text.encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    for line in out.splitlines():
        name, text = line.split(' ')
        yield name, bytes.fromhex(text).decode()


def sequences(codec):
    """All single bytes and pairs that the codec decodes."""
    singles = [bytes([a]) for a in range(1, 256)]
    pairs = [bytes([a, b]) for a in range(0x80, 256) for b in range(0x21, 256)]
    for data in singles + pairs:
        try:
            text = codecs.decode(data, codec)
        except UnicodeDecodeError:
            continue
        if len(data) == 1 or len(text) == 1 or codec == 'big5hkscs':
            yield data, text


class Encodings(unittest.TestCase):
    def test_characters_are_those_of_python_but_for_known_ones(self):
        for line in CODECS.split('\n')[1:-1]:
            label, codec, wanted, same = line.split()
            rows = list(sequences(codec))
            found = list(decode((label, data) for data, _ in rows))
            with self.subTest(label):
                self.assertEqual(len(rows), int(wanted))
                self.assertGreaterEqual(
                    sum(text == row[1] for (_, text), row
                        in zip(found, rows)), int(same))

    def test_what_is_no_character_is_never_another(self):
        labels = [line.split()[0] for line in CODECS.split('\n')[1:-1]]
        rows = [(label, b'\xff<' if label != 'shift_jis' else b'\xfd<')
                for label in ('euc-jp', 'euc-kr', 'gbk', 'big5', 'shift_jis')]
        for (label, _), (_, text) in zip(rows, decode(rows)):
            self.assertEqual(text, NONE + '<', label)
        rows = [(label, bytes([lead]) + b'<') for label in labels
                for lead in range(0x80, 256)]
        for (label, data), (_, text) in zip(rows, decode(rows)):
            self.assertTrue(text.endswith('<'), (label, data))

    def test_letters_that_no_codec_has(self):
        rows = {
            ('iso-2022-jp', b'\x1b(J\\~\x1b(I1\x1b$B$\"-5|q\x1b(B\\'):
                '\xa5\u203e\uff71\u3042\u2160\u2170\\',
            ('iso-2022-jp', b'a\x1b$B$'): 'a' + NONE,
            ('iso-2022-jp', b'\x1b$B$\x1b(B<'): NONE + '<',
            ('iso-2022-jp', b'\xe9\x0e<'): NONE + NONE + '<',
            ('x-user-defined', b'a\x80\xff'): 'a\uf780\uf7ff',
            ('replacement', b'<h3>'): NONE, ('replacement', b''): '',
            ('utf-16le', b'a\0\x3d\xd8\0\xde\0\xdcb\0'): 'a\U0001f600%sb' % NONE,
            ('utf-16be', b'\0ab'): 'a' + NONE,
            ('gb18030', b'\x81\x30\x81\x30\x80\x94\x39\xda\x33'):
                '\x80\u20ac\U0001f4a9',
            ('big5', b'\x88\x62\x88\xa5\x87\x40'): '\xca\u0304\xea\u030c\u43f0',
            ('euc-jp', b'\xad\xa1\x8f\xb0\xa1\x8e\xb1'): '\u2460\u4e02\uff71',
            ('windows-1253', b'\xaa'): NONE,
            ('koi8-u', b'\xae\xbe'): '\u045e\u040e',
            ('windows-1255', b'\xca'): '\u05ba', ('ibm866', b'\x1a\x7f'): '\x1a\x7f',
        }
        for (key, wanted), (_, text) in zip(rows.items(), decode(rows)):
            self.assertEqual(text, wanted, key)

    def test_labels(self):
        rows = [(label, b'') for label in OTHER_LABELS if ' ' not in label]
        for (label, _), (name, _) in zip(rows, decode(rows)):
            self.assertEqual(name, OTHER_LABELS[label], label)

    def test_all_labels_of_the_package(self):
        found = [path for folder in FOLDERS
                 for path in glob.glob('%s/%s' % (folder, PACKAGE))]
        if not found:
            self.skipTest('npm package whatwg-encoding is not installed')
        with open(found[0], encoding='utf-8') as file:
            names = json.load(file)
        self.assertGreaterEqual(len(names), 215)
        rows = [(label, b'') for label in names]
        for (label, _), (name, _) in zip(rows, decode(rows)):
            self.assertEqual(name, names[label], label)


if __name__ == '__main__':
    unittest.main(verbosity=2)
