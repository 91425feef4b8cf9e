/* A disk that fails on demand, and that keeps count. Preloaded into the server by the tests.
 *
 * In the folder SHIM_FOLDER:
 *   fail-fsync   while this file exists, every fsync fails with EIO
 *   fail-fsync-of-the-file   the same for every file but a -wal
 *   full         while this file exists, every write to a -wal file fails with ENOSPC
 *   fsyncs       gets a line for every fsync of a -wal file that succeeded, before the caller hears of it: how long the
 *                file was when it began, in 15 digits
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void in_folder(char *path, const char *name) {
    const char *folder = getenv("SHIM_FOLDER");
    if (folder == NULL) abort();
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

static int is_on(const char *name) {
    char path[PATH_MAX];
    in_folder(path, name);
    return access(path, F_OK) == 0;
}

static int is_wal(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static long long length(int fd) {
    struct stat file;
    if (fstat(fd, &file) != 0) abort();
    return file.st_size;
}

static int noted(int fd, int outcome, long long length) {
    if (outcome == 0 && is_wal(fd)) {
        char path[PATH_MAX], line[17];
        in_folder(path, "fsyncs");
        snprintf(line, sizeof line, "%015lld\n", length);
        int notes = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
        if (notes < 0 || REAL(write)(notes, line, 16) != 16) abort();
        close(notes);
    }
    return outcome;
}

#define FAIL(error) do { errno = (error); return -1; } while (0)

static int is_refused(int fd) {
    return is_on("fail-fsync") || (is_on("fail-fsync-of-the-file") && !is_wal(fd));
}

int fsync(int fd) {
    if (is_refused(fd)) FAIL(EIO);
    long long began_with = length(fd);
    return noted(fd, REAL(fsync)(fd), began_with);
}

int fdatasync(int fd) {
    if (is_refused(fd)) FAIL(EIO);
    long long began_with = length(fd);
    return noted(fd, REAL(fdatasync)(fd), began_with);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (is_on("full") && is_wal(fd)) FAIL(ENOSPC);
    return REAL(write)(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    if (is_on("full") && is_wal(fd)) FAIL(ENOSPC);
    return REAL(pwrite)(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (is_on("full") && is_wal(fd)) FAIL(ENOSPC);
    return REAL(pwrite64)(fd, bytes, length, offset);
}
