# SPDX-License-Identifier: GPL-3.0-or-later
#
# Which model is the fastest at each value of two parameters: a cell has the
# colour and the mark of its model and the ratio to the second one; it is grey
# where noise does not separate the two.
#
#     gnuplot -c plots/map.gp DIR svg|png|dumb NAME
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = ARG3
TITLE = (ARGC > 3 ? ARG4 : "Which model is the fastest where?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = ARG2

# First the data are read for what a plot cannot take from them.
set datafile separator "\t"
set datafile columnheaders
row(name) = (strcol("row") eq name)
n = 0; xs = 0; ys = 0; cells = 0; evens = 0; grid = 0
stats DATA using ( \
    row("model") ? (n = n + 1, 0) : \
    row("cell") ? (cells = cells + 1, 0) : \
    row("even") ? (evens = evens + 1, 0) : 0) nooutput
array Style[n + 1]; array Label[n + 1]; array Place[n + 1]; array Line[n + 1]
# Where no model has a colour, the loops below still name one.
i = 1; Style[n + 1] = 0; Label[n + 1] = ""; Place[n + 1] = 0; Line[n + 1] = 0
model(i, s, p, k, l) = (Style[i] = s, Place[i] = p, Line[i] = k, Label[i] = l, 0)
across(v, l, t) = (xs = v, lines = l, xname = t, 0)
down(v, t) = (ys = v, yname = t, 0)
stats DATA using ( \
    row("model") ? model(int(column("n")), int(column("style")), column("x"), \
        int(column("y")), strcol("text")) : \
    row("across") ? across(int(column("x")), int(column("n")), \
        strcol("text")) : \
    row("down") ? down(int(column("x")), strcol("text")) : \
    row("of") ? (what = strcol("text"), 0) : 0) nooutput
array X[xs]; array Y[ys]
stats DATA using ( \
    row("x") ? (X[int(column("x"))] = strcol("text"), 0) : \
    row("y") ? (Y[int(column("y"))] = strcol("text"), 0) : 0) nooutput

HEIGHT = (150 + lines * 28 + ys * 70)
load ARG0[1 : strlen(ARG0) - strlen("map.gp")]."style.gp"

set lmargin at screen 0.11
set rmargin at screen 0.98
if (dumb) {
    set tmargin lines + 4
    set title TITLE offset 0,lines + 1 noenhanced
} else {
    set tmargin at screen below(20 + lines * 28)
}
set xrange [0.5:xs + 0.5]
set yrange [0.5:ys + 0.5]
set border 0
set xtics scale 0 (X[1] 1)
do for [i = 2:xs] { set xtics add (X[i] i) }
set ytics scale 0 (Y[1] 1)
do for [i = 2:ys] { set ytics add (Y[i] i) }
set xlabel what.": ".xname offset 0,XLABEL noenhanced textcolor rgb INK
set label 500 yname at screen 0.01, graph 1 offset 0,0.9 left noenhanced \
    textcolor rgb INK
do for [i = 1:n] {
    if (dumb) {
        set label i letter(i)." ".Label[i] at graph Place[i], graph 1 \
            offset 1,lines - Line[i] noenhanced
    } else {
        set label i Label[i] at graph Place[i] + 0.01, \
            screen below(8 + Line[i] * 28) offset 1.5,-0.3 \
            point pointtype shape(Style[i]) pointsize size(1.2) \
            linecolor rgb hue(Style[i]) noenhanced textcolor rgb INK
        set label n + i "" at graph Place[i] + 0.01, \
            screen below(8 + Line[i] * 28) offset 1.5,0 point pointtype 1 \
            pointsize spikes(Style[i]) * size(1.6) \
            linecolor rgb hue(Style[i]) linewidth 2
    }
}

# The i-th model of the legend; without any, none.
is(i) = (n > 0 && row("cell") && column("style") == Style[i])
half = 0.485

plot for [i = 1:dumb ? 0 : n] DATA \
        using (is(i) ? column("x") : NaN):"y":(half):(half) \
        with boxxyerror fillstyle solid 0.3 noborder \
        linecolor rgb hue(Style[i]) title Label[i].": is the fastest", \
    for [i = 1:!dumb && evens > 0] DATA \
        using (row("even") ? column("x") : NaN):"y":(half):(half) \
        with boxxyerror fillstyle solid 1 noborder \
        linecolor rgb LIGHT title "within noise", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (is(i) ? column("x") - 0.2 : NaN):"y" \
        with points pointtype 1 pointsize spikes(Style[i]) * size(1.6) \
        linecolor rgb hue(Style[i]) linewidth 2 title Label[i].": its mark", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (is(i) ? column("x") - 0.2 : NaN):"y" \
        with points pointtype shape(Style[i]) pointsize size(1.2) \
        linecolor rgb hue(Style[i]) title Label[i].": the fastest", \
    for [i = 1:dumb ? n : 0] DATA \
        using (is(i) ? column("x") - 0.25 : NaN):"y" \
        with points pointtype letter(i) title Label[i].": the fastest", \
    DATA using (row("cell") || row("even") || row("none") ? \
        column("x") : NaN):"y":"text" \
        with labels center noenhanced textcolor rgb INK title "ratios"
