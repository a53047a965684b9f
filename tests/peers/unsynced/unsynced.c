/* A disk that keeps only what was synced: preloaded into a process, it copies each file to UNSYNCED_COPIES as it is when
 * fsync or fdatasync returns. After the process was killed, the copies are what a power cut would have left of the files.
 *
 * Only files whose name begins with UNSYNCED_FILES are copied, and no "-shm": that one is never synced, nor needed. What was
 * deleted is gone from the copies with the next sync, as with a journalling file system.
 *
 * With UNSYNCED_BLIND set it copies nothing, like a disk that promises and does not keep it: what relies on it must notice. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Written beside its place and renamed: a kill leaves the old copy or the new one. */
static int copy(int from, const char *to) {
    char beside[PATH_MAX + 8], bytes[1 << 16];
    snprintf(beside, sizeof beside, "%s.new", to);
    int out = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) return -1;
    off_t at = 0;
    for (ssize_t got; (got = pread(from, bytes, sizeof bytes, at)) != 0; at += got)
        if (got < 0 || write(out, bytes, (size_t)got) != got) return close(out), -1;
    return close(out) | rename(beside, to);
}

static void forget_deleted(const char *copies, const char *directory) {
    DIR *all = opendir(copies);
    for (struct dirent *one; all && (one = readdir(all));) {
        char there[PATH_MAX + NAME_MAX + 2], here[PATH_MAX + NAME_MAX + 2];
        snprintf(there, sizeof there, "%s/%s", directory, one->d_name);
        snprintf(here, sizeof here, "%s/%s", copies, one->d_name);
        if (one->d_name[0] != '.' && access(there, F_OK) && errno == ENOENT) unlink(here);
    }
    if (all) closedir(all);
}

static void synced(int fd) {
    const char *copies = getenv("UNSYNCED_COPIES"), *files = getenv("UNSYNCED_FILES");
    if (!copies || !files || getenv("UNSYNCED_BLIND")) return;
    char link[64], path[PATH_MAX], to[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (!name || strncmp(name + 1, files, strlen(files)) || strstr(name, "-shm")) return;
    *name++ = 0;
    snprintf(to, sizeof to, "%s/%s", copies, name);
    pthread_mutex_lock(&one_at_a_time);
    /* Read by this very descriptor: to close another one of the same file would let go of every lock the process has on it.
     * A test that copied less than was synced would prove nothing. */
    if (copy(fd, to)) abort();
    forget_deleted(copies, path);
    pthread_mutex_unlock(&one_at_a_time);
}

static int really(const char *call, int fd) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
    int failed = sync(fd), error = errno;
    if (!failed) synced(fd);
    errno = error;
    return failed;
}

int fsync(int fd) { return really("fsync", fd); }
int fdatasync(int fd) { return really("fdatasync", fd); }
