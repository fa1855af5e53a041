# SPDX-License-Identifier: GPL-3.0-or-later
#
# How time grows with n, what plots/growth.gp and plots/growth-titles.gp share:
# both axes logarithmic, every sample as a faint stroke, medians with intervals,
# the exponent with its interval at the end of each curve. The CPU floor is
# dashed.

load here."style.gp"

# First the data are read for what a plot cannot take from them.
n = 0; ticks = 0; holes = 0; intervals = 0; floors = 0; note = ""
array Label[64]; array Style[64]
array Tick[256]; array At[256]
series(i, l, s) = (n = i, Label[i] = l, Style[i] = s, \
    floors = floors + (s == 0), 0)
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
sizes(l, h, t) = (left = l, right = h, cells = t, 0)
times(l, h) = (bottom = l, top = h, 0)
remark(t) = (note = t, 0)
row(name) = (strcol("row") eq name)
hollow(name) = (row(name) && column("hollow") > 0)
cell(h, i) = (holes = holes + h, intervals = intervals + i, 0)
stats DATA using ( \
    row("cell") ? cell(hollow("cell"), strcol("low") ne "") : \
    row("label") ? series(int(column("series")), \
        strcol("label"), int(column("style"))) : \
    row("tick") ? tick(column("n"), strcol("label")) : \
    row("axis n") ? sizes(column("low"), column("high"), \
        strcol("label")) : \
    row("axis time") ? times(column("low"), column("high")) : \
    row("note") ? remark(strcol("label")) : 0) nooutput

set lmargin 9
set rmargin 24
set tmargin (TERM eq "svg" ? 1 : 3)
set logscale xy
set xrange [left:right]
set yrange [bottom:top]
set xtics (Tick[1] At[1])
do for [i = 2:ticks] { set xtics add (Tick[i] At[i]) }
# Fewer than two decades have room for numbers in between.
set ytics ("1 ns" 1)
do for [e = 0:12] {
    do for [m in (top / bottom < 100 ? "1 2 5" : "1")] {
        set ytics add (sprintf("%d %s", int(m) * 10 ** (e % 3), \
            word("ns us ms s ks", e / 3 + 1)) int(m) * 10.0 ** e)
    }
}
if (!dumb) { set grid ytics linetype 1 linecolor rgb LIGHT linewidth 1 }
set xlabel cells.": n (both axes are logarithmic)".behind(note) \
    offset 0,XLABEL noenhanced textcolor rgb INK

is(name, i) = (row(name) && column("series") == i)
x(name, i) = (is(name, i) ? column("n") : NaN)
wide = (right / left) ** 0.008

plot for [i = 1:dumb ? 0 : n] DATA \
        using (x("label", i)):"ns":(right - column("n")): \
            (column("place") - column("ns")) \
        with vectors nohead linecolor rgb GREY linewidth 1 dashtype 3 \
        title Label[i].": to its label", \
    for [i = 1:dumb ? 0 : n] DATA using (x("sample", i) / wide):"ns": \
            (column("n") * (wide - 1 / wide)):(0) \
        with vectors nohead linecolor rgb faint(Style[i]) linewidth 3 \
        title Label[i].": every sample", \
    for [i = 1:n] DATA using (x("cell", i)):"ns" \
        with lines linecolor rgb hue(Style[i]) linewidth 2 \
        dashtype Style[i] == 0 ? 2 : 1 title Label[i], \
    for [i = 1:dumb || !intervals ? 0 : n] DATA \
        using (x("cell", i)):"low":(0):(column("high") - column("low")) \
        with vectors nohead linecolor rgb hue(Style[i]) linewidth 5 \
        title Label[i].": interval of the median", \
    for [i = 1:dumb ? 0 : n] DATA using (x("cell", i)):"ns" \
        with points pointtype shape(Style[i]) pointsize size(1) \
        linecolor rgb hue(Style[i]) title Label[i].": median", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow("cell") ? column("n") : NaN):"ns": \
            (shape(column("style"))) \
        with points pointtype variable pointsize HOLE \
        linecolor rgb PAPER title "hollow: a wrong result", \
    for [i = 1:dumb ? n : 0] DATA using (x("cell", i)):"ns" \
        with points pointtype letter(Style[i]) title Label[i].": median", \
    for [i = 1:n] DATA using (is("label", i) ? right : NaN):"place": \
            (dumb ? letter(Style[i])." ".strcol("label") : strcol("label")) \
        with labels left offset 1,(dumb ? 1 : 0.5) noenhanced font BOLD \
        textcolor rgb INK title Label[i], \
    DATA using (row("label") ? right : NaN):"place":"text" \
        with labels left offset 1,(dumb ? 0 : -0.5) noenhanced \
        textcolor rgb INK title "growth exponents", \
    for [i = 1:floors > 0] DATA \
        using (row("label") && column("style") == 0 ? right : NaN):"place": \
            ("(no floor for waiting)") \
        with labels left offset 1,(dumb ? -1 : -1.5) noenhanced \
        textcolor rgb INK title "the CPU floor is no floor for waiting"
