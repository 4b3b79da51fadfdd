/* Preloaded into a server, makes every sync of a file take longer by SLOW_SYNC_US microseconds, as a disk
   would that is slower than this machine's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int sync_function(int);

static void wait_longer(void) {
  const char *text = getenv("SLOW_SYNC_US");
  const long us = text ? strtol(text, NULL, 10) : 0;
  if (us <= 0) return;
  struct timespec left = {us / 1000000, us % 1000000 * 1000};
  while (nanosleep(&left, &left) != 0) {
  }
}

static int sync_slowly(const char *name, int file) {
  sync_function *really = (sync_function *)dlsym(RTLD_NEXT, name);
  const int outcome = really ? really(file) : -1;
  wait_longer();
  return outcome;
}

int fsync(int file) { return sync_slowly("fsync", file); }
int fdatasync(int file) { return sync_slowly("fdatasync", file); }
