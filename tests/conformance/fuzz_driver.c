/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Where there is no libFuzzer: two seconds of mutations of the typical inputs,
 * and of those in the files of the command line, the same ones each time.
 */
#include <stdbool.h>
#include <time.h>

#include "tests/conformance/fuzz.h"

enum { MAX_INPUT = 4096, MAX_SEEDS = 64, ROUNDS = 300000, MAX_SECONDS = 2 };

static struct seed {
    const uint8_t *data;
    size_t size;
} seeds[MAX_SEEDS];
static size_t n_seeds;

static uint64_t state = 1;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return n ? (size_t)(draw() % n) : 0;
}

static void mutate(uint8_t *input, size_t *size)
{
    static const char *const words[] = {
        "\r\n", "0", "\r", ":", "chunked", "-", "\n", "ffff", "&", "=", " "};
    size_t at = below(*size), n;
    const char *word;

    switch (draw() % 6) {
    case 0: /* a bit */
        input[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1: /* a byte */
        input[at] = (uint8_t)draw();
        break;
    case 2: /* cut the end off */
        *size = at + 1;
        break;
    case 3: /* take some out */
        n = below(*size - at < 20 ? *size - at : 20);
        memmove(input + at, input + at + n, *size - at - n);
        *size -= n;
        break;
    case 4: /* say a part again */
        n = below(*size - at);
        if (*size + n <= MAX_INPUT) {
            memmove(input + at + n, input + at, *size - at);
            *size += n;
        }
        break;
    default: /* put a word in */
        word = words[below(sizeof(words) / sizeof(words[0]))];
        n = strlen(word);
        if (*size + n <= MAX_INPUT) {
            memmove(input + at + n, input + at, *size - at);
            memcpy(input + at, word, n);
            *size += n;
        }
        break;
    }
}

static void add_seed(const void *data, size_t size)
{
    FUZZ_CHECK(n_seeds < MAX_SEEDS && size <= MAX_INPUT);
    seeds[n_seeds++] = (struct seed){data, size};
}

static void add_file(const char *path)
{
    /* One more, to see that there is no more. */
    uint8_t *data = malloc(MAX_INPUT + 1);
    FILE *file = fopen(path, "rb");
    size_t size;

    FUZZ_CHECK(data && file);
    size = fread(data, 1, MAX_INPUT + 1, file);
    fclose(file);
    add_seed(data, size);
}

int main(int argc, char *argv[])
{
    static uint8_t input[MAX_INPUT];
    time_t end = time(NULL) + MAX_SECONDS;
    unsigned long rounds = 0;

    for (size_t i = 0; fuzz_seeds[i]; i++)
        add_seed(fuzz_seeds[i], strlen(fuzz_seeds[i]));
    for (int i = 1; i < argc; i++)
        add_file(argv[i]);
    for (size_t i = 0; i < n_seeds; i++)
        LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
    for (; rounds < ROUNDS && time(NULL) <= end; rounds++) {
        const struct seed *seed = &seeds[below(n_seeds)];
        size_t size = seed->size;

        memcpy(input, seed->data, size);
        for (size_t n = below(5); n > 0 && size > 0; n--)
            mutate(input, &size);
        LLVMFuzzerTestOneInput(input, size);
    }
    printf("%zu files and texts, %lu inputs\n", n_seeds, rounds);
    return 0;
}
