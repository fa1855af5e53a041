# SPDX-License-Identifier: GPL-3.0-or-later
#
# The time until each kind of site is reported: a line for each kind, a mark on
# it for each model, the median, and through it a stroke from the shortest to
# the longest. Upright strokes are where a deadline lies. The outcome stands on
# the right; the mark of a wrong model is hollow.
#
#     gnuplot -c plots/reported.gp DIR [svg|png|dumb [NAME]]
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = (ARGC > 2 ? ARG3 : "reported")
TITLE = (ARGC > 3 ? ARG4 : "How long until each site is reported?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = (ARGC > 1 ? ARG2 : "svg")
here = ARG0[1 : strlen(ARG0) - strlen("reported.gp")]

# First pass over the data.
set datafile separator "\t"
set datafile columnheaders
row(name) = (strcol("row") eq name)
n = 0; holes = 0; deadlines = 0
stats DATA using (row("model") ? \
    (n = n + 1, 0) : 0) nooutput
array Label[n]; array Style[n]; array Place[n]; array Line[n]
model(i, l, s, p, k) = (Label[i] = l, Style[i] = s, Place[i] = p, \
    Line[i] = k, 0)
axis(l, h, p, t) = (low = l, high = h, lines = p, task = t, 0)
hollow(name) = (row(name) && column("hollow") > 0)
stats DATA using ( \
    row("model") ? model(int(column("series")), strcol("label"), \
        int(column("style")), column("place"), column("low")) : \
    row("cell") ? (holes = holes + hollow("cell"), 0) : \
    row("deadline") ? (deadlines = deadlines + 1, 0) : \
    row("axis") ? axis(column("low"), column("high"), \
        column("place"), strcol("label")) : 0) nooutput

# Only the first part has a legend.
more = (Line[n] >= 0 ? int(Line[n]) : -1)
HEIGHT = lines * (n > 6 ? 35 : 30) + 120 + more * 28
if (HEIGHT < 400) { HEIGHT = 400 }
load here."style.gp"
if (dumb) { set terminal dumb noenhanced size 100,int(lines) + 8 + more }

set lmargin (dumb ? 18 : 17)
set rmargin (dumb ? 20 : 19)
if (dumb) { set tmargin 3 + more } else {
    set tmargin at screen below(55 + more * 28)
}
if (dumb) { set title TITLE offset 0,1 + more noenhanced }
set logscale x
set xrange [low:high]
set yrange [lines - 0.4 : 0.4]
unset ytics
set border 1
# Fewer than three decades have room for numbers in between.
set xtics ("1 ns" 1e-6)
do for [e = -6:6] {
    do for [m in (high / low < 1000 ? "1 2 5" : "1")] {
        set xtics add (sprintf("%d %s", int(m) * 10 ** ((e + 6) % 3), \
            word("ns us ms s ks", (e + 6) / 3 + 1)) int(m) * 10.0 ** e)
    }
}
if (!dumb) { set grid xtics linetype 1 linecolor rgb LIGHT linewidth 1 }
set xlabel task.": until it was reported (logarithmic)" \
    offset 0,XLABEL noenhanced textcolor rgb INK

# Which mark is whose stands once, above the first part.
do for [i = 1:n] {
    if (dumb && Line[i] >= 0) {
        set label i letter(i)." ".Label[i] at graph Place[i], graph 1 \
            offset 0,1 + more - Line[i] noenhanced
    }
    if (!dumb && Line[i] >= 0) {
        set label i Label[i] at graph Place[i], screen below(25 + Line[i] * 28) \
            offset 1.5,-0.3 \
            point pointtype shape(Style[i]) pointsize size(1.2) \
            linecolor rgb hue(Style[i]) noenhanced textcolor rgb INK
        set label n + i "" at graph Place[i], screen below(25 + Line[i] * 28) \
            offset 1.5,0 point pointtype 1 \
            pointsize spikes(Style[i]) * size(1.6) \
            linecolor rgb hue(Style[i]) linewidth 2
    }
}

is(name, i) = (row(name) && column("series") == i)

plot for [i = 1:!dumb] DATA \
        using (row("site") ? low : NaN):"place":(high - low):(0) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title "lines", \
    for [i = 1:!dumb && deadlines > 0] DATA \
        using (row("deadline") ? column("ms") : NaN): \
            (column("place") - 0.5):(0):(1) \
        with vectors nohead linecolor rgb INK linewidth 2 \
        title "deadlines", \
    for [i = 1:dumb && deadlines > 0] DATA \
        using (row("deadline") ? column("ms") : NaN):"place" \
        with points pointtype "|" title "deadlines", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (is("cell", i) ? column("low") : NaN):"place": \
            (column("high") - column("low")):(0) \
        with vectors nohead linecolor rgb hue(Style[i]) linewidth 3 \
        title Label[i].": from the shortest to the longest", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (is("cell", i) ? column("ms") : NaN):"place" \
        with points pointtype 1 pointsize spikes(Style[i]) * size(1.1) \
        linecolor rgb hue(Style[i]) linewidth 2 title Label[i].": its mark", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (is("cell", i) ? column("ms") : NaN):"place" \
        with points pointtype shape(Style[i]) pointsize size(0.8) \
        linecolor rgb hue(Style[i]) title Label[i].": median", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow("cell") ? column("ms") : NaN):"place": \
            (shape(column("style"))) \
        with points pointtype variable pointsize 0.8 * HOLE \
        linecolor rgb PAPER title "hollow: a wrong class, or other bytes", \
    for [i = 1:dumb ? n : 0] DATA \
        using (is("cell", i) ? column("ms") : NaN):"place" \
        with points pointtype letter(i) title Label[i].": median", \
    DATA using (row("site") ? low : NaN):"place":"label" \
        with labels right offset -1,0 noenhanced textcolor rgb INK \
        title "sites", \
    DATA using (row("site") ? high : NaN):"place":"text" \
        with labels left offset 1,0 noenhanced textcolor rgb INK \
        title "classes", \
    DATA using (row("group") ? low : NaN):"place":"label" \
        with labels left offset (dumb ? -17 : -16),0 noenhanced \
        font BOLD textcolor rgb INK title "what ends them"
