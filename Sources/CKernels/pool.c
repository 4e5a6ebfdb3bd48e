#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "CKernels.h"

// A region is published as a ticket: its epoch in the high half, the next unclaimed index in the low half.
// An index is claimed by compare-exchange, so a thread that comes late cannot claim in a later region with
// what it read of an earlier one. No thread has to take part: the caller alone would finish the region.
// Regions of more than 2^31 indices are run as several.

enum {
  worker_spin_ns = 200000,  // Longer than the serial gaps within one inference.
  caller_spin_ns = 20000,   // Short: a woken worker may be queued on the caller's CPU.
  pauses_per_clock = 64,
};

struct ck_pool {
  _Alignas(64) _Atomic uint64_t ticket;
  _Alignas(64) _Atomic uint32_t unfinished;  // Indices of this region; futex of the caller.
  _Atomic uint32_t caller_sleeps;
  _Alignas(64) _Atomic uint32_t epoch;  // Futex of the workers.
  _Atomic uint32_t sleepers, stopping;
  _Atomic uint32_t count;
  _Atomic size_t first;
  _Atomic(ck_body) body;
  _Atomic(void *) context;
  pthread_mutex_t turn;
  int32_t threads;
  pthread_t workers[];
};

static _Thread_local int inside_body;

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, uint32_t threads) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

static void pause_briefly(void) {
#ifdef __x86_64__
  __builtin_ia32_pause();
#endif
}

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Whether the word left `value` (`until_equal` 0) or reached it (1) within the time.
static int spin(_Atomic uint32_t *word, uint32_t value, int until_equal, int64_t ns) {
  int64_t end = now_ns() + ns;
  do
    for (int i = 0; i < pauses_per_clock; i++) {
      if ((atomic_load_explicit(word, memory_order_acquire) == value) == until_equal) return 1;
      pause_briefly();
    }
  while (now_ns() < end);
  return 0;
}

static void work(ck_pool *pool, uint32_t epoch) {
  inside_body = 1;
  uint64_t ticket = atomic_load(&pool->ticket);
  for (;;) {
    uint32_t count = atomic_load(&pool->count);
    if ((uint32_t)(ticket >> 32) != epoch || (uint32_t)ticket >= count) break;
    if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) continue;
    // The region cannot end before this index has: what describes it is stable.
    ck_body body = atomic_load_explicit(&pool->body, memory_order_relaxed);
    body(atomic_load_explicit(&pool->context, memory_order_relaxed),
         atomic_load_explicit(&pool->first, memory_order_relaxed) + (uint32_t)ticket);
    if (atomic_fetch_sub(&pool->unfinished, 1) == 1 && atomic_load(&pool->caller_sleeps))
      futex_wake(&pool->unfinished, 1);
    ticket = atomic_load(&pool->ticket);
  }
  inside_body = 0;
}

static void *worker(void *argument) {
  ck_pool *pool = argument;
  uint32_t seen = 0;
  for (;;) {
    if (!spin(&pool->epoch, seen, 0, worker_spin_ns)) {
      atomic_fetch_add(&pool->sleepers, 1);
      while (atomic_load(&pool->epoch) == seen) futex_wait(&pool->epoch, seen);
      atomic_fetch_sub(&pool->sleepers, 1);
    }
    seen = atomic_load(&pool->epoch);
    if (atomic_load(&pool->stopping)) return NULL;
    work(pool, seen);
  }
}

static void announce(ck_pool *pool, uint32_t epoch, uint32_t wanted) {
  atomic_store(&pool->epoch, epoch);
  uint32_t sleepers = atomic_load(&pool->sleepers);
  if (sleepers) futex_wake(&pool->epoch, wanted < sleepers ? wanted : sleepers);
}

static void run_region(ck_pool *pool, size_t first, uint32_t count, ck_body body, void *context) {
  uint32_t epoch = atomic_load(&pool->epoch) + 1;
  // The old ticket is closed before anything that its epoch's stragglers may still read changes.
  atomic_store(&pool->ticket, (uint64_t)epoch << 32 | UINT32_MAX);
  atomic_store_explicit(&pool->body, body, memory_order_relaxed);
  atomic_store_explicit(&pool->context, context, memory_order_relaxed);
  atomic_store_explicit(&pool->first, first, memory_order_relaxed);
  atomic_store(&pool->unfinished, count);
  atomic_store(&pool->caller_sleeps, 0);
  atomic_store(&pool->count, count);
  atomic_store(&pool->ticket, (uint64_t)epoch << 32);
  announce(pool, epoch, count - 1);
  work(pool, epoch);
  if (spin(&pool->unfinished, 0, 1, caller_spin_ns)) return;
  atomic_store(&pool->caller_sleeps, 1);
  for (uint32_t left; (left = atomic_load(&pool->unfinished));) futex_wait(&pool->unfinished, left);
}

void ck_pool_run(ck_pool *pool, size_t count, ck_body body, void *context) {
  if (count <= 1 || pool->threads == 1 || inside_body) {
    for (size_t i = 0; i < count; i++) body(context, i);
    return;
  }
  const size_t most = (size_t)1 << 31;
  pthread_mutex_lock(&pool->turn);
  for (size_t first = 0; first < count; first += most)
    run_region(pool, first, (uint32_t)(count - first < most ? count - first : most), body, context);
  pthread_mutex_unlock(&pool->turn);
}

int32_t ck_pool_count(const ck_pool *pool) { return pool->threads; }

ck_pool *ck_pool_create(int32_t threads) {
  size_t bytes = sizeof(ck_pool) + (size_t)threads * sizeof(pthread_t);
  ck_pool *pool = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (ck_pool){.turn = PTHREAD_MUTEX_INITIALIZER, .threads = 1};
  while (pool->threads < threads && !pthread_create(&pool->workers[pool->threads - 1], NULL, worker, pool))
    pool->threads++;
  return pool;
}

void ck_pool_destroy(ck_pool *pool) {
  atomic_store(&pool->stopping, 1);
  announce(pool, atomic_load(&pool->epoch) + 1, UINT32_MAX);
  for (int32_t i = 0; i < pool->threads - 1; i++) pthread_join(pool->workers[i], NULL);
  pthread_mutex_destroy(&pool->turn);
  free(pool);
}
