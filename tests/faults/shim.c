/* LD_PRELOAD shim: lets one chosen write or sync of the data file (or of its WAL) fail, once.
 *
 * FAULTS_OF names the data file. While the file FAULTS_ARMED exists and says "N ERRNO", calls are counted from there on;
 * the N-th fails with ERRNO, and the file is removed: whoever armed it sees that it struck. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long seen, last_which;
static int last_number;

static int is_of_data(int fd) {
  const char *data = getenv("FAULTS_OF");
  char link[64], path[4096];
  if (!data) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  /* The WAL's index is memory that is made anew from the WAL. */
  return strncmp(path, data, strlen(data)) == 0 && !strstr(path, "-shm");
}

static int fails(int fd) {
  const char *armed = getenv("FAULTS_ARMED");
  if (!armed || access(armed, F_OK) != 0 || !is_of_data(fd)) return 0;
  int error = 0;
  pthread_mutex_lock(&lock);
  FILE *file = fopen(armed, "r");
  long which = 0;
  int number = 0;
  if (file) {
    if (fscanf(file, "%ld %d", &which, &number) == 2) {
      if (which != last_which || number != last_number) seen = 0;
      last_which = which;
      last_number = number;
      if (++seen == which) {
        error = number;
        unlink(armed);
      }
    }
    fclose(file);
  }
  pthread_mutex_unlock(&lock);
  if (error) errno = error;
  return error != 0;
}

ssize_t write(int fd, const void *from, size_t length) { return fails(fd) ? -1 : syscall(SYS_write, fd, from, length); }
ssize_t pwrite(int fd, const void *from, size_t length, off_t at) { return fails(fd) ? -1 : syscall(SYS_pwrite64, fd, from, length, at); }
ssize_t pwrite64(int fd, const void *from, size_t length, off64_t at) { return fails(fd) ? -1 : syscall(SYS_pwrite64, fd, from, length, at); }
int fsync(int fd) { return fails(fd) ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : (int)syscall(SYS_fdatasync, fd); }
int ftruncate(int fd, off_t length) { return fails(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, length); }
int ftruncate64(int fd, off64_t length) { return fails(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, length); }
