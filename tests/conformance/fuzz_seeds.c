/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * libFuzzer's mutations, which now and then begin again with a typical input:
 * so no folder of inputs has to be kept.
 */
#include "tests/conformance/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed)
{
    size_t n = 0, len;

    if (seed % 64 == 0) {
        while (fuzz_seeds[n])
            n++;
        n = seed / 64 % n;
        len = strlen(fuzz_seeds[n]);
        size = len < max_size ? len : max_size;
        memcpy(data, fuzz_seeds[n], size);
    }
    return LLVMFuzzerMutate(data, size, max_size);
}
