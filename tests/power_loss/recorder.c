/* LD_PRELOAD shim: writes down, in their order, every write, sync and truncation of the data file and of its WAL.
 *
 * RECORDER_OF names the data file, RECORDER_TO the file of records. A record is four little-endian 64-bit numbers, followed
 * by the bytes of a write: what it is (1 write, 2 sync, 3 truncation), of which file (0 data, 1 WAL), at which place (of a
 * truncation: the new length), how many bytes. A record stands before the call returns, so whatever was answered to
 * somebody was written down before. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int records = -1;

/* 0 the data file, 1 its WAL, -1 anything else: the WAL's index is memory, made anew from the WAL. */
static int which(int fd) {
  const char *data = getenv("RECORDER_OF");
  char link[64], path[4096];
  if (!data) return -1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return -1;
  path[length] = 0;
  if (strncmp(path, data, strlen(data)) != 0) return -1;
  const char *rest = path + strlen(data);
  return *rest == 0 ? 0 : strcmp(rest, "-wal") == 0 ? 1 : -1;
}

static void put(const void *from, size_t length) {
  const char *next = from;
  while (length > 0) {
    ssize_t done = syscall(SYS_write, records, next, length);
    if (done <= 0) _exit(99);
    next += done;
    length -= done;
  }
}

static void record(uint64_t what, uint64_t of, uint64_t at, uint64_t length, const void *bytes) {
  if (records < 0) records = open(getenv("RECORDER_TO"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (records < 0) _exit(98);
  uint64_t head[4] = {what, of, at, length};
  put(head, sizeof head);
  if (bytes) put(bytes, length);
}

static ssize_t written_at(int fd, const void *from, size_t length, off_t at) {
  int of = which(fd);
  if (of < 0) return syscall(SYS_pwrite64, fd, from, length, at);
  pthread_mutex_lock(&lock);
  ssize_t done = syscall(SYS_pwrite64, fd, from, length, at);
  if (done > 0) record(WRITE, of, at, done, from);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) { return written_at(fd, from, length, at); }
ssize_t pwrite64(int fd, const void *from, size_t length, off64_t at) { return written_at(fd, from, length, at); }

ssize_t write(int fd, const void *from, size_t length) {
  /* SQLite writes at a place; should that change, this says so. */
  if (which(fd) >= 0) _exit(97);
  return syscall(SYS_write, fd, from, length);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  if (which(fd) >= 0) _exit(96);
  return syscall(SYS_pwritev, fd, parts, count, at, 0);
}

static int synced(int fd, long call) {
  int of = which(fd);
  if (of < 0) return syscall(call, fd);
  pthread_mutex_lock(&lock);
  int failed = syscall(call, fd);
  if (!failed) record(SYNC, of, 0, 0, NULL);
  pthread_mutex_unlock(&lock);
  return failed;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int truncated(int fd, off_t length) {
  int of = which(fd);
  if (of < 0) return syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&lock);
  int failed = syscall(SYS_ftruncate, fd, length);
  if (!failed) record(TRUNCATE, of, length, 0, NULL);
  pthread_mutex_unlock(&lock);
  return failed;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }
