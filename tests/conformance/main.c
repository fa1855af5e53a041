/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A program of one suite, SUITE, for all models. */
#include "tests/conformance/suite.h"

int main(int argc, char *argv[])
{
    return SUITE(argc, argv);
}
