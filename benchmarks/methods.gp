# SPDX-License-Identifier: GPL-3.0-or-later
# Which methods call identical code slower, and which see a slowdown: data is a
# table of methods by slowdowns, in per cent of cells.
set terminal svg size 900,420 dynamic font 'sans-serif,15' background '#ffffff'
set output out
set datafile separator '\t'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set border 3 lc rgb '#888888'
set tics nomirror out
set grid y lc rgb '#dddddd'
set yrange [0:100]
set ylabel '% of cells called slower'
set key outside top center horizontal
set xtics rotate by -18
plot data using 2:xtic(1) title 'identical code (should be 0)' lc rgb '#d55e00', \
     '' using 3 title '5 % slower' lc rgb '#56b4e9', \
     '' using 4 title '10 % slower' lc rgb '#0072b2'
