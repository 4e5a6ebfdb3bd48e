#include "CMapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// The handler walks the list at any moment, so a guard is never freed: one that is given back has no size and is used
// again.
struct cm_guard {
  _Atomic(uintptr_t) start;
  _Atomic(size_t) size;
  atomic_bool lost;
  atomic_bool taken;
  struct cm_guard *next;
};

static _Atomic(struct cm_guard *) guards;
static struct sigaction previous;
static uintptr_t page_size;

static struct cm_guard *guard_of(uintptr_t address) {
  for (struct cm_guard *guard = atomic_load(&guards); guard; guard = guard->next) {
    size_t size = atomic_load(&guard->size);
    if (size > 0 && address - atomic_load(&guard->start) < size) return guard;
  }
  return NULL;
}

static void pass_on(int number, siginfo_t *info, void *context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // The access is repeated, and ends the process as it would have without us.
    signal(number, SIG_DFL);
  } else {
    previous.sa_handler(number);
  }
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
  int error = errno;
  uintptr_t address = (uintptr_t)info->si_addr;
  struct cm_guard *guard = info->si_code > 0 ? guard_of(address) : NULL;
  if (!guard) {
    pass_on(number, info, context);
    errno = error;
    return;
  }
  uintptr_t end = atomic_load(&guard->start) + atomic_load(&guard->size);
  uintptr_t page = address & ~(page_size - 1);
  atomic_store(&guard->lost, true);
  void *zeros = mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (zeros == MAP_FAILED) signal(number, SIG_DFL);
  errno = error;
}

static void install(void) {
  page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
}

cm_guard *cm_guard_bytes(const void *start, size_t size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  struct cm_guard *guard = atomic_load(&guards);
  for (; guard; guard = guard->next) {
    bool taken = false;
    if (atomic_compare_exchange_strong(&guard->taken, &taken, true)) break;
  }
  if (!guard) {
    guard = calloc(1, sizeof *guard);
    if (!guard) return NULL;
    atomic_store(&guard->taken, true);
    guard->next = atomic_load(&guards);
    while (!atomic_compare_exchange_weak(&guards, &guard->next, guard)) {}
  }
  atomic_store(&guard->lost, false);
  atomic_store(&guard->start, (uintptr_t)start);
  atomic_store(&guard->size, size);
  return guard;
}

bool cm_lost(const cm_guard *guard) { return atomic_load(&guard->lost); }

void cm_unguard(cm_guard *guard) {
  atomic_store(&guard->size, 0);
  atomic_store(&guard->taken, false);
}
