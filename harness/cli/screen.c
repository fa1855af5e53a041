/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "harness/cli/cli.h"

static const char enter_text[] = "\033[?1049h\033[?25l\033[2J";
static const char leave_text[] = "\033[0m\033[?25h\033[?1049l";

static struct {
    struct termios before, raw;
    volatile sig_atomic_t taken;
    int wake;               /* an eventfd: a handler may run on any thread */
    unsigned columns, rows; /* that are needed */
    unsigned char keys[64]; /* that have been read */
    size_t n_keys;
} screen = {.wake = -1};

/* Handlers call these two: nothing but system calls. */
static void enter(void)
{
    ssize_t written;

    tcsetattr(STDIN_FILENO, TCSANOW, &screen.raw);
    written = write(STDOUT_FILENO, enter_text, sizeof(enter_text) - 1);
    (void)written;
    screen.taken = 1;
}

static void leave(void)
{
    ssize_t written;

    if (!screen.taken)
        return;
    screen.taken = 0;
    written = write(STDOUT_FILENO, leave_text, sizeof(leave_text) - 1);
    (void)written;
    tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
}

static void on_end(int number)
{
    leave();
    raise(number); /* its action is the default one again */
}

static void on_stop(int number)
{
    int error = errno;

    (void)number;
    leave();
    kill(getpid(), SIGSTOP);
    errno = error;
}

static void on_change(int number)
{
    int error = errno;
    ssize_t written;

    if (number == SIGCONT)
        enter();
    written = write(screen.wake, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
    errno = error;
}

/* Unless the signal is ignored, or a sanitizer's. */
static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

    sigfillset(&action.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

static void handle_all(void)
{
    static const int ends[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                               SIGSEGV, SIGABRT, SIGBUS,  SIGFPE,  SIGILL,
                               SIGALRM, SIGXCPU, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        handle(ends[i], on_end, (int)SA_RESETHAND | SA_NODEFER);
    handle(SIGTSTP, on_stop, SA_RESTART);
    handle(SIGCONT, on_change, SA_RESTART);
    handle(SIGWINCH, on_change, SA_RESTART);
}

void screen_size(unsigned *ret_columns, unsigned *ret_rows)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col &&
                 size.ws_row;

    *ret_columns = known ? size.ws_col : 80;
    *ret_rows = known ? size.ws_row : 24;
}

bool screen_is_small(unsigned columns, unsigned rows, char *why, size_t size)
{
    unsigned has_columns, has_rows;

    screen_size(&has_columns, &has_rows);
    if (has_columns >= columns && has_rows >= rows)
        return false;
    snprintf(why, size,
             "the terminal has %u x %u characters; %u x %u are "
             "needed",
             has_columns, has_rows, columns, rows);
    return true;
}

static bool too_small(char *why, size_t size)
{
    return screen_is_small(screen.columns, screen.rows, why, size);
}

void screen_clear(void)
{
    if (!takes_escapes(STDOUT_FILENO))
        return;
    fputs("\033[H\033[2J", stdout);
    fflush(stdout);
}

int screen_open(unsigned columns, unsigned rows, char *why, size_t size)
{
    if (!isatty(STDIN_FILENO) || !takes_escapes(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &screen.before))
        return -ENOTTY;
    screen.columns = columns;
    screen.rows = rows;
    if (too_small(why, size))
        return -ERANGE;
    screen.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (screen.wake < 0) {
        snprintf(why, size, "%s", strerror(errno));
        return -errno;
    }
    screen.raw = screen.before;
    screen.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    screen.raw.c_cc[VMIN] = 1;
    screen.raw.c_cc[VTIME] = 0;
    fflush(stdout);
    atexit(leave);
    handle_all();
    enter();
    return 0;
}

void screen_close(void)
{
    signal(SIGCONT, SIG_DFL);
    signal(SIGWINCH, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    leave();
}

/* The first of the keys that have been read. */
static int take_key(void)
{
    int key = screen.keys[0];

    if (key == 033 && screen.n_keys > 1) {
        screen.n_keys = 0; /* a sequence, which came as one */
        return SCREEN_OTHER;
    }
    memmove(screen.keys, screen.keys + 1, --screen.n_keys);
    return key;
}

int screen_key(void)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = screen.wake, .events = POLLIN}};
    uint64_t times;
    ssize_t got;

    if (screen.n_keys)
        return take_key();
    do {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return SCREEN_END;
        if (read(screen.wake, &times, sizeof(times)) > 0)
            return SCREEN_AGAIN;
    } while (!fds[0].revents);
    got = read(STDIN_FILENO, screen.keys, sizeof(screen.keys));
    if (got <= 0)
        return got < 0 && errno == EINTR ? SCREEN_AGAIN : SCREEN_END;
    screen.n_keys = (size_t)got;
    return take_key();
}

/* How many bytes of a line are `columns` wide: sequences take no room. */
static size_t width_of(const char *line, unsigned columns)
{
    const char *at = line;

    while (*at && *at != '\n') {
        if (*at == '\033') {
            at += strcspn(at, "m\n");
            at += *at == 'm';
            continue;
        }
        if (columns == 0 && ((unsigned char)*at & 0xc0) != 0x80)
            break;
        columns -= ((unsigned char)*at++ & 0xc0) != 0x80;
    }
    return (size_t)(at - line);
}

static void print_frame(const char *text, FILE *out)
{
    unsigned columns, rows;

    screen_size(&columns, &rows);
    fputs("\033[H", out);
    for (unsigned row = 0; row < rows && *text; row++) {
        fprintf(out, "%s%.*s\033[0m\033[K", row ? "\r\n" : "",
                (int)width_of(text, columns), text);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    fputs("\033[J", out);
}

void screen_show(const char *text)
{
    char *frame = NULL, sentence[160];
    size_t size = 0;
    FILE *out = open_memstream(&frame, &size);

    if (!out)
        return;
    print_frame(too_small(sentence, sizeof(sentence)) ? sentence : text, out);
    if (fclose(out) == 0)
        for (size_t done = 0; done < size;) {
            ssize_t part = write(STDOUT_FILENO, frame + done, size - done);

            if (part < 0 && errno != EINTR)
                break;
            done += part > 0 ? (size_t)part : 0;
        }
    free(frame);
}
