# SPDX-License-Identifier: GPL-3.0-or-later
#
# Bars of a demonstration: a label, a number and a bar each, whose parts lie
# one behind the other.
#
#     gnuplot -c plots/bars.gp DIR [svg|png|dumb [COLUMNS ROWS]]
#
# reads DIR/figures/bars.tsv and writes DIR/figures/bars.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = "bars"
TITLE = ""
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
load ARG0[1 : strlen(ARG0) - strlen(NAME.".gp")]."style.gp"
if (dumb && ARGC > 3) { set terminal dumb mono size @ARG3,@ARG4 }

row(name) = (strcol("row") eq name)
array Parts[3]; parts = 0
axis(n, h, l, t) = (bars = n, high = (h > 0 ? h : 1), labels = l, texts = t, 0)
part(l) = (parts = parts + 1, Parts[parts] = l, 0)
stats DATA using ( \
    row("axis") ? axis(column("place"), column("end1"), strcol("label"), \
        strcol("text")) : \
    row("title") ? (heading = strcol("label"), 0) : \
    row("part") ? part(strcol("label")) : 0) nooutput

if (dumb) { set title heading noenhanced } else {
    set label 999 heading
}
HUE = BLUE." ".ORANGE." ".GREY
set border 2 linecolor rgb GREY linewidth 1
unset xtics
unset ytics
set lmargin at screen 0.45
set rmargin at screen 0.98
set tmargin at screen below(parts ? 96 : 60)
set bmargin at screen 0.03
set xrange [0:1.02 * high]
set yrange [(bars < 5 ? 5 : bars) + 0.7:0.3]
set label 1 labels at screen 0.27, graph 1 offset 0,0.7 right noenhanced \
    textcolor rgb GREY
set label 2 texts at screen 0.435, graph 1 offset 0,0.7 right noenhanced \
    textcolor rgb GREY
do for [i = 1:parts] {
    set object i rectangle from screen 0.46 + 0.17 * (i - 1), \
        screen below(28) to screen 0.48 + 0.17 * (i - 1), screen below(8) \
        fillcolor rgb word(HUE, i) fillstyle solid noborder
    set label 2 + i Parts[i] at screen 0.49 + 0.17 * (i - 1), \
        screen below(18) left noenhanced textcolor rgb INK
}
# The bars of a part begin where those of the part before it end.
begin(i) = (i == 1 ? 0 : column("end".(i - 1)))
end(i) = column("end".i)
shown(i) = (row("bar") && end(i) > begin(i))
set style fill solid noborder
plot for [i = 1:3] DATA using (shown(i) ? begin(i) : NaN):"place": \
        (begin(i)):(end(i)):(column("place") - 0.36):(column("place") + 0.36) \
        with boxxyerror linecolor rgb word(HUE, i) notitle, \
    DATA using (row("bar") ? 0 : NaN):"place":"label" with labels right \
        offset screen -0.18,0 noenhanced textcolor rgb INK notitle, \
    DATA using (row("bar") ? 0 : NaN):"place":"text" with labels right \
        offset screen -0.015,0 noenhanced font BOLD textcolor rgb INK notitle
