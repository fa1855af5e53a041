/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 128 gaps for the code of a variant: a section each, which the linker shuffles
 * among the functions. Functions begin at cache lines, so a gap is whole lines.
 */
.altmacro
.macro gap number, lines
    .section .text.gap_\number, "ax", @progbits
    .skip 64 * \lines
.endm
.set at, 0
.rept 128
    .set size, 1 + (at * 37 + VARIANT * 101) % 31
    gap %at, %size
    .set at, at + 1
.endr
.section .note.GNU-stack, "", @progbits
