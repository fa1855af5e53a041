/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What a fuzzer shows its target: bytes of any kind.  The first ones choose
 * how the others are cut, so that whatever was found can be found again.
 *
 * Each target is one function.  libFuzzer calls it where the compiler has it
 * (suite long); fuzz_driver.c calls it with seeded mutations of what the
 * target says is typical (suite protocol).
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Typical inputs, to mutate; NULL ends them. */
extern const char *const fuzz_seeds[];

#define FUZZ_CHECK(condition)                                                  \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,       \
                    #condition);                                               \
            abort();                                                           \
        }                                                                      \
    } while (0)

/* The length of the next piece, 1 to `left`, chosen by 8 bytes of input. */
static inline size_t fuzz_piece(const uint8_t *choice, size_t *turn,
                                size_t left)
{
    static const size_t lengths[] = {1, 2, 3, 5, 16, 100, 1000, SIZE_MAX};
    size_t len = lengths[choice[(*turn)++ % 8] % 8];

    return len < left ? len : left;
}

#endif
