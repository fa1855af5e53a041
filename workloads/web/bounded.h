/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_BOUNDED_H
#define BATON_WORKLOADS_WEB_BOUNDED_H

#include <stddef.h>

/*
 * Runs a library that knows no bounds, in pieces: on a stack of its own, with
 * an allocator that returns to the caller after BOUNDED_PIECE_NS, and for the
 * last time when the memory or the CPU time is used up.  Then the library never
 * runs again: nothing of it is freed one by one, all lies in one mapping.
 *
 * A stretch of code that allocates nothing is one piece; only bounded_watch()
 * ends it.
 */
enum {
    BOUNDED_MEMORY = 63 << 20,    /* bytes */
    BOUNDED_PIECE_NS = 4000000,   /* of wall clock */
    BOUNDED_TOTAL_NS = 900000000, /* of CPU, the last piece not counted */
    BOUNDED_LIGHT = 1 << 20,      /* bytes; a piece ends behind these */
    BOUNDED_STACK = 256 << 10,    /* bytes */
};

enum bounded_state { BOUNDED_MORE, BOUNDED_DONE, BOUNDED_EXCEEDED };

struct bounded;

/* In a process, before other threads are there; again does no harm. */
void bounded_init(void);

/* NULL: no memory.  `body` runs in bounded_run() only. */
struct bounded *bounded_create(void (*body)(struct bounded *b, void *context));
/* Before the first piece: what body() is given. */
void bounded_set_context(struct bounded *b, void *context);
/* The next piece, on any thread; only after BOUNDED_MORE or for the first time.
 */
enum bounded_state bounded_run(struct bounded *b);
/* Bytes of memory, so far. */
size_t bounded_used(const struct bounded *b);
/* Frees everything, in any state.  Accepts NULL. */
void bounded_destroy(struct bounded *b);

/*
 * Aligned to 8 bytes.  In body() it does not return when there is no room;
 * outside of it, it returns NULL then.
 */
void *bounded_alloc(struct bounded *b, size_t size);
/* Accepts NULL. */
void bounded_free(struct bounded *b, void *data);
/* In body(): ends it as BOUNDED_EXCEEDED. */
_Noreturn void bounded_give_up(struct bounded *b);
/* In body(): ends the piece when its time is over. */
void bounded_pause(struct bounded *b);
/*
 * In body(): from now on it is ended anywhere when its time is used up, also
 * where it allocates nothing; so it may hold no lock.
 */
void bounded_watch(struct bounded *b);

/*
 * For libraries with one allocator for the process, such as libxml2: that of
 * the body() that runs on this thread, else malloc() and so on.
 */
void *bounded_malloc(size_t size);
void *bounded_realloc(void *data, size_t size);
void bounded_release(void *data);
char *bounded_strdup(const char *text);

#endif
