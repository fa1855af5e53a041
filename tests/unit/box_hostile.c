/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that harm a machine, for the test of the box.  They run nowhere
 * else: outside of it, where the host has another name, this ends at once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void *rest(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

static int fork_bomb(void)
{
    int n = 0;

    signal(SIGTERM, SIG_IGN);
    for (;;) {
        pid_t pid = fork();

        if (pid < 0)
            break;
        if (pid == 0) {
            setsid();
            rest(NULL);
        }
        n++;
    }
    printf("%d processes, then %s\n", n, strerror(errno));
    return 0;
}

static int thread_bomb(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    int n = 0, error;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    while (!(error = pthread_create(&thread, &attr, rest, NULL)))
        n++;
    printf("%d threads, then %s\n", n, strerror(error));
    return 0;
}

static _Noreturn int memory_hog(void)
{
    for (;;) {
        char *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (page != MAP_FAILED)
            memset(page, 1, 1 << 20);
    }
}

static int file_eater(void)
{
    static char block[1 << 16];
    size_t written = 0;
    ssize_t n;

    for (char name = 'a'; name < 'e'; name++) {
        int fd = open((char[]){name, '\0'}, O_WRONLY | O_CREAT, 0600);

        while ((n = write(fd, block, sizeof(block))) > 0 && written < (size_t)60
                                                                          << 20)
            written += (size_t)n;
    }
    printf("%zu MiB, then %s\n", written >> 20, strerror(errno));
    for (const char *const *path =
             (const char *const[]){"/tmp/eaten", "/var/tmp/eaten", "/eaten",
                                   "/dev/shm/eaten", "/run/eaten", NULL};
         *path; path++)
        printf("%s: %s\n", *path,
               open(*path, O_WRONLY | O_CREAT, 0600) < 0 ? strerror(errno)
                                                         : "WRITABLE");
    return 0;
}

static int flood(void)
{
    static char block[1 << 16];

    for (;;)
        if (write(1, block, sizeof(block)) < 0)
            return 1;
}

static int kill_all(void)
{
    printf("kill(-1): %d\n", kill(-1, SIGKILL));
    printf("kill(1): %d\n", kill(1, SIGKILL));
    printf("alive as %d\n", getpid());
    return 0;
}

static int network(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    inet_pton(AF_INET, "1.1.1.1", &to.sin_addr);
    printf("1.1.1.1: %s\n",
           connect(fd, (void *)&to, sizeof(to)) ? strerror(errno) : "REACHED");
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    printf("127.0.0.1: %s\n",
           connect(fd, (void *)&to, sizeof(to)) ? strerror(errno) : "reached");
    return 0;
}

static int privileges(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof(line), status))
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNew", 5) == 0)
            fputs(line, stdout);
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && (!status || fd != fileno(status)))
            printf("descriptor %d\n", fd);
    return 0;
}

static _Noreturn int loop(void)
{
    for (;;)
        ;
}

int main(int argc, char *argv[])
{
    static const struct {
        const char *name;
        int (*run)(void);
    } all[] = {{"forks", fork_bomb},      {"threads", thread_bomb},
               {"memory", memory_hog},    {"files", file_eater},
               {"flood", flood},          {"kill", kill_all},
               {"network", network},      {"loop", loop},
               {"privileges", privileges}};
    char host[16] = "";

    gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (argc == 2 && strcmp(host, "box") == 0 &&
            strcmp(argv[1], all[i].name) == 0)
            return all[i].run();
    fputs("this runs in the box alone\n", stderr);
    return 99;
}
