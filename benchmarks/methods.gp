# SPDX-License-Identifier: GPL-3.0-or-later
# Which methods call identical code slower, and which see a slowdown: data is a
# table of methods by slowdowns, in per cent of cells.
set terminal svg size 1000,460 dynamic font 'sans-serif,16' background '#ffffff'
set output out
set datafile separator '\t'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set border 3 lc rgb '#888888'
set tics nomirror out
set grid y lc rgb '#dddddd'
set yrange [0:108]
set ylabel '% of cells called slower'
set key outside top center horizontal maxrows 1
set rmargin 14
set xrange [-0.6:5.6]
set xtics rotate by -18
plot data every ::1 using 2:xtic(1) title 'identical code: false alarms' lc rgb '#d55e00', \
     '' every ::1 using 3 title '5 % slower' lc rgb '#56b4e9', \
     '' every ::1 using 4 title '10 % slower' lc rgb '#0072b2', \
     '' every ::1 using ($0 - 0.25):($2 + 4):(sprintf('%.1f', $2)) with labels tc rgb '#d55e00' notitle
