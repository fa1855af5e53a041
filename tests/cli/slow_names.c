/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A getaddrinfo(3) for LD_PRELOAD, whose names say what becomes of them:
 *   after-MS.test     127.0.0.1, after so many milliseconds
 *   error-N-MS.test   the error -N
 *   second.test       127.0.0.2, which is not to answer, and then 127.0.0.1
 *   once-ID.test      127.0.0.1, and EAI_FAIL when it is asked for again
 *   again-ID.test     EAI_AGAIN, and 127.0.0.1 when it is asked for again
 *   crash.test        ends the process
 * Any other one is the C library's.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef int look_up(const char *name, const char *service,
                    const struct addrinfo *hints, struct addrinfo **ret);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char asked[64][256];

/* Whether it was asked for before, too. */
static int was_asked(const char *name)
{
    int before = 0;
    size_t i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < 63 && asked[i][0] && !before; i++)
        before = strcmp(asked[i], name) == 0;
    if (!before)
        snprintf(asked[i], sizeof(asked[i]), "%s", name);
    pthread_mutex_unlock(&lock);
    return before;
}

static int join(look_up *next, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    int error = next("127.0.0.2", NULL, hints, ret);

    return error ? error : next("127.0.0.1", NULL, hints, &(*ret)->ai_next);
}

int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **ret)
{
    look_up *next = (look_up *)dlsym(RTLD_NEXT, "getaddrinfo");
    int error = 0;
    unsigned ms = 0;

    if (!name || !strstr(name, ".test") || strlen(name) > 63)
        return next(name, service, hints, ret);
    if (strcmp(name, "crash.test") == 0)
        raise(SIGKILL);
    if (strcmp(name, "second.test") == 0)
        return join(next, hints, ret);
    if (sscanf(name, "error-%d-%u.test", &error, &ms) < 1)
        sscanf(name, "after-%u.test", &ms);
    if (strncmp(name, "once-", 5) == 0 && was_asked(name))
        error = -EAI_FAIL;
    if (strncmp(name, "again-", 6) == 0 && !was_asked(name))
        error = -EAI_AGAIN;
    usleep(1000 * ms);
    return error ? -error : next("127.0.0.1", service, hints, ret);
}
