/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that is really full: a file system of 16 KiB in the memory. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static char *disk;

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);

    if (fd >= 0 && write(fd, text, strlen(text)) < 0)
        perror(path);
    if (fd >= 0)
        close(fd);
}

/* Root needs a mount namespace, others one of users around it. */
static const char *mount_disk(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (uid ? unshare(CLONE_NEWUSER | CLONE_NEWNS) : unshare(CLONE_NEWNS))
        return "no mount namespace";
    if (uid) {
        snprintf(map, sizeof(map), "0 %u 1", uid);
        write_text("/proc/self/uid_map", map);
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", gid);
        write_text("/proc/self/gid_map", map);
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return "no private mounts";
    if (mount("tmpfs", disk, "tmpfs", 0, "size=16k"))
        return "no tmpfs";
    return NULL;
}

static void check_file(uint32_t n)
{
    struct recording r;
    size_t len;
    char *text = read_file(disk, "samples.tsv", &len);

    assert_int_equal(text[len - 1], '\n');
    free(text);
    assert_int_equal(store_read(disk, &r), 0);
    assert_int_equal(r.n, n);
    assert_int_equal(r.skipped, 0);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(r.samples[i].round, i + 1);
    recording_finish(&r);
}

static void fill_up(struct store *store, uint32_t *n)
{
    int error = 0;

    while (!error && *n < 1000) {
        struct sample s = sample_of("counter", "locked", "", *n + 1, 1000);

        error = store_append(store, &s);
        *n += !error;
    }
    assert_int_equal(error, -ENOSPC);
}

static void test_a_full_disk_keeps_what_was_finished(void **state)
{
    struct store store;
    char path[512], *ballast = calloc(1, 4096);
    uint32_t n = 0, before;

    (void)state;
    assert_int_equal(store_write_file(disk, "ballast", ballast, 4096), 0);
    assert_int_equal(store_create(&store, disk, "# schema=1\n"), 0);
    fill_up(&store, &n);
    assert_true(n > 10);
    check_file(n);
    /* Somebody makes room: it goes on. */
    before = n;
    snprintf(path, sizeof(path), "%s/ballast", disk);
    assert_int_equal(unlink(path), 0);
    fill_up(&store, &n);
    assert_true(n > before);
    check_file(n);
    store_close(&store);
    free(ballast);
}

static void test_a_full_disk_keeps_the_former_summary(void **state)
{
    char *big = calloc(1, 32768), *text;
    size_t entries;

    (void)state;
    snprintf(big, 32768, "%s/samples.tsv", disk);
    unlink(big);
    assert_int_equal(store_write_file(disk, "summary.txt", "old\n", 4), 0);
    entries = count_entries(disk);
    assert_int_equal(store_write_file(disk, "summary.txt", big, 32768),
                     -ENOSPC);
    text = read_file(disk, "summary.txt", NULL);
    assert_string_equal(text, "old\n");
    assert_int_equal(count_entries(disk), entries);
    free(text);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_disk_keeps_what_was_finished),
        cmocka_unit_test(test_a_full_disk_keeps_the_former_summary),
    };
    const char *why;
    int failed;

    disk = make_scratch();
    why = mount_disk();
    if (why) {
        printf("skipped: %s: %s\n", why, strerror(errno));
        remove_scratch(disk);
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    umount2(disk, MNT_DETACH);
    remove_scratch(disk);
    return failed;
}
