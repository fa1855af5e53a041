/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A callback of libuv sends to the next async handle; see relay_loop.h. */
#include <uv.h>

#include "benchmarks/relay_loop.h"

static struct bare *bare;
static uv_async_t *all;
static uint64_t made;

static void on_token(uv_async_t *async)
{
    size_t next = (size_t)(async - all) + 1;

    if (made == 0)
        bare->begun_ns = clock_ns();
    if (made++ < bare->passes) {
        uv_async_send(&all[next < bare->runners ? next : 0]);
        return;
    }
    bare->ended_ns = clock_ns();
    for (size_t i = 0; i < bare->runners; i++)
        uv_close((uv_handle_t *)&all[i], NULL);
}

static int run(struct bare *b)
{
    uv_loop_t loop;

    bare = b;
    made = 0;
    all = calloc(b->runners, sizeof(*all));
    if (!all || uv_loop_init(&loop))
        return 1;
    for (size_t i = 0; i < b->runners; i++)
        uv_async_init(&loop, &all[i], on_token);
    uv_async_send(&all[0]);
    uv_run(&loop, UV_RUN_DEFAULT);
    free(all);
    return uv_loop_close(&loop) != 0;
}

int main(int argc, char *argv[])
{
    return bare_run(argc, argv, run);
}
