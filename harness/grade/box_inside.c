/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inner side of the box.  The first process of the namespaces builds it and
 * reaps; when it ends, the kernel ends all others.  Its child becomes the
 * command, without a privilege.
 */
#include "harness/grade/box_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const struct box_inside *in, const char *step)
{
    in->note->error = errno ? errno : EINVAL;
    in->note->step = step;
    _exit(1);
}

/* User 0 of the namespace is the other user outside of it. */
static void become(const struct box_inside *in)
{
    /* A user who made the namespace may not change the groups. */
    if (setgroups(0, NULL) && errno != EPERM)
        fail(in, "setgroups");
    if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
        fail(in, "setresuid");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
}

/* Models and the test server meet on 127.0.0.1. */
static void loopback_up(const struct box_inside *in)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
        fail(in, "the loopback device");
    close(fd);
    sethostname("box", strlen("box"));
}

/* Sockets of other programs: a read-only mount does not close them. */
static void hide(const struct box_inside *in)
{
    static const char *const folders[] = {"/run", "/var/tmp", "/tmp"};
    struct stat is;

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (lstat(folders[i], &is) == 0 && S_ISDIR(is.st_mode) &&
            mount("tmpfs", folders[i], "tmpfs", MS_NOSUID | MS_NODEV,
                  "size=64k,mode=755"))
            fail(in, "hiding a folder");
}

static int change_mount(const char *path, unsigned flags,
                        const struct mount_attr *attributes)
{
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, flags, attributes,
                        sizeof(*attributes));
}

/* `shown` was opened by the user who may; here it is in reach of the other. */
static void show(const struct box_inside *in, int shown)
{
    char from[32];

    if (shown < 0)
        return;
    snprintf(from, sizeof(from), "/proc/self/fd/%d", shown);
    if (mkdir(BOX_SHOWN, 0700) ||
        mount(from, BOX_SHOWN, NULL, MS_BIND | MS_REC, NULL))
        fail(in, in->box->shown);
    close(shown);
}

static void mount_all(const struct box_inside *in, int shown)
{
    const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY |
                                                     MOUNT_ATTR_NOSUID};
    const struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        fail(in, "a mount namespace");
    hide(in);
    mkdir(in->folder, 0700); /* it is there, or was hidden */
    if (mount("tmpfs", in->folder, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=64m,nr_inodes=4096,mode=700"))
        fail(in, "a folder in memory");
    if (chdir(in->folder))
        fail(in, "its folder");
    show(in, shown);
    /* Where /proc may not be mounted, that of the machine stays. */
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    if (change_mount("/", AT_RECURSIVE, &read_only) ||
        change_mount(in->folder, 0, &writable))
        fail(in, "making all else read-only");
}

static void write_files(const struct box_inside *in)
{
    for (size_t i = 0; i < in->box->n_files; i++) {
        const struct box_file *file = &in->box->files[i];
        int fd = open(file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                      file->executable ? 0700 : 0600);

        if (fd < 0 || write(fd, file->data, file->len) != (ssize_t)file->len)
            fail(in, "writing its files");
        close(fd);
    }
}

static void limit(const struct box_inside *in, int resource, uint64_t value)
{
    const struct rlimit to = {value, value};

    if (setrlimit(resource, &to))
        fail(in, "setrlimit");
}

static void limit_all(const struct box_inside *in)
{
    const struct box *box = in->box;

    limit(in, RLIMIT_NPROC, BOX_PROCESSES);
    limit(in, RLIMIT_FSIZE, BOX_FOLDER);
    limit(in, RLIMIT_CORE, 0);
    limit(in, RLIMIT_MSGQUEUE, 0);
    limit(in, RLIMIT_MEMLOCK, 1 << 20);
    limit(in, RLIMIT_CPU, box->cpu_s);
    if (box->data_bytes)
        limit(in, RLIMIT_DATA, box->data_bytes);
    if (box->fixed_addresses)
        personality(ADDR_NO_RANDOMIZE);
}

/* What it has inside of its namespace, too. */
static void drop_privileges(const struct box_inside *in)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {0};

    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
            fail(in, "dropping a capability");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
        syscall(SYS_capset, &header, none) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        fail(in, "dropping the capabilities");
}

static void set_streams(const struct box_inside *in)
{
    const char *name = in->box->take;
    int null = open("/dev/null", O_RDONLY);
    int results = name ? open(name, O_WRONLY | O_CREAT | O_APPEND, 0600) : null;

    /* None of these is one of 0 to 3: the parent has moved them. */
    if (dup2(null, 0) < 0 || dup2(in->output, 1) < 0 ||
        dup2(in->output, 2) < 0 || dup2(results, BOX_RESULTS) < 0)
        fail(in, "its descriptors");
    if (in->program >= 0)
        fcntl(in->program, F_SETFD, FD_CLOEXEC);
    syscall(SYS_close_range, BOX_RESULTS + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void set_environment(const struct box_inside *in)
{
    const char *path = getenv("PATH");
    char *kept = strdup(path ? path : "/usr/bin:/bin");

    clearenv();
    setenv("PATH", kept ? kept : "/usr/bin:/bin", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("HOME", in->folder, 1);
    setenv("TMPDIR", in->folder, 1);
    for (const char *const *add = in->box->added; add && *add; add++)
        putenv((char *)*add);
}

static _Noreturn void become_command(const struct box_inside *in)
{
    const sigset_t none = {0};

    set_streams(in);
    limit_all(in);
    drop_privileges(in);
    set_environment(in);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (in->program >= 0)
        syscall(SYS_execveat, in->program, "", in->box->argv, environ,
                AT_EMPTY_PATH);
    else
        execvp(in->box->argv[0], in->box->argv);
    fail(in, in->box->argv[0]);
}

/* The file that is wanted: no link, which could lead out of the folder. */
static void hand_out(const struct box_inside *in)
{
    int fd = in->box->take ? open(in->box->take, O_RDONLY | O_NOFOLLOW |
                                                     O_NONBLOCK | O_CLOEXEC)
                           : -1;
    struct stat is;

    if (fd >= 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode))
        while (sendfile(in->taken, fd, NULL, BOX_FOLDER) > 0)
            ;
}

_Noreturn void box_inside(const struct box_inside *in)
{
    int status, shown = -1;
    char byte;
    pid_t command, pid;

    if (read(in->go, &byte, 1) != 1)
        _exit(1);
    if (in->box->shown)
        shown = open(in->box->shown, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (in->box->shown && shown < 0)
        fail(in, "the folder that is to be shown");
    become(in);
    loopback_up(in);
    mount_all(in, shown);
    write_files(in);
    command = fork();
    if (command == 0)
        become_command(in);
    do
        pid = waitpid(-1, &status, 0);
    while (pid != command && (pid > 0 || errno == EINTR));
    if (pid != command)
        fail(in, "fork");
    kill(-1, SIGKILL); /* what it left behind, which could still write */
    hand_out(in);
    in->note->wait_status = status;
    in->note->ended = true;
    _exit(0);
}
