#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "CKernels.h"

int32_t ck_best_tier(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
    return 0;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 2;
  return 1;
#else
  return 0;
#endif
}

int32_t ck_has_avx512vnni(void) {
#ifdef __x86_64__
  return ck_best_tier() == 2 && __builtin_cpu_supports("avx512vnni") != 0;
#else
  return 0;
#endif
}

int32_t ck_has_avx512bf16(void) {
#ifdef __x86_64__
  if (ck_best_tier() != 2 || !__builtin_cpu_supports("avx512bf16")) return 0;
  return __builtin_cpu_is("intel") ? 1 : 2;
#else
  return 0;
#endif
}

int32_t ck_has_amx(void) {
#ifdef __x86_64__
  enum { REQUEST_STATE = 0x1023, TILE_DATA = 18 };  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA
  unsigned a, b, c, d;
  if (!ck_has_avx512vnni() || !ck_has_avx512bf16() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned wanted = 1u << 22 | 1u << 24 | 1u << 25;  // AMX-BF16, AMX-TILE, AMX-INT8
  return (d & wanted) == wanted && syscall(SYS_arch_prctl, REQUEST_STATE, TILE_DATA) == 0;
#else
  return 0;
#endif
}

/// quota / period rounded up, or 0 where the file states no quota. A period of NULL: both are in `quota`.
static long quota_of(const char *quota, const char *period) {
  long long limit = 0, span = 0;
  FILE *file = fopen(quota, "re");
  if (!file) return 0;
  int found = fscanf(file, period ? "%lld" : "%lld %lld", &limit, &span);
  fclose(file);
  if (period) {
    if (!(file = fopen(period, "re"))) return 0;
    found += fscanf(file, "%lld", &span);
    fclose(file);
  }
  return found == 2 && limit > 0 && span > 0 ? (long)((limit - 1) / span + 1) : 0;
}

/// The smallest quota of a control group and its ancestors; both paths are tried below `root`.
static long group_quota(const char *root, char *group, int version) {
  long least = 0;
  for (;;) {
    char quota[4200], period[4200];
    snprintf(quota, sizeof quota, "%s%s/%s", root, group, version == 2 ? "cpu.max" : "cpu.cfs_quota_us");
    snprintf(period, sizeof period, "%s%s/cpu.cfs_period_us", root, group);
    long cpus = quota_of(quota, version == 2 ? NULL : period);
    if (cpus > 0 && (least == 0 || cpus < least)) least = cpus;
    char *slash = strrchr(group, '/');
    if (!slash) return least;
    *slash = 0;
  }
}

static long cgroup_quota(void) {
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (!file) return 0;
  char line[4096];
  long least = 0;
  while (fgets(line, sizeof line, file)) {  // id:controllers:path
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    controllers++;
    long cpus = 0;
    if (*controllers == 0) {
      cpus = group_quota("/sys/fs/cgroup", group, 2);
    } else {
      char list[256];
      snprintf(list, sizeof list, ",%s,", controllers);
      if (strstr(list, ",cpu,")) cpus = group_quota("/sys/fs/cgroup/cpu", group, 1);
    }
    if (cpus > 0 && (least == 0 || cpus < least)) least = cpus;
  }
  fclose(file);
  return least;
}

int32_t ck_usable_cpu_count(void) {
  long count = 1;
  size_t bytes = 0;
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) {  // The kernel refuses sets smaller than its own.
    cpu_set_t *set = CPU_ALLOC(cpus);
    if (!set) break;
    bytes = CPU_ALLOC_SIZE(cpus);
    int refused = sched_getaffinity(0, bytes, set);
    if (!refused) count = CPU_COUNT_S(bytes, set);
    CPU_FREE(set);
    if (!refused) break;
  }
  long quota = cgroup_quota();
  if (quota > 0 && quota < count) count = quota;
  return count < 1 ? 1 : (int32_t)count;
}

void *ck_allocate(size_t bytes) {
  const size_t huge_page = (size_t)2 << 20;
  size_t alignment = bytes >= huge_page ? huge_page : 64;
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, bytes ? bytes : 1)) return NULL;
  if (alignment == huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void ck_free(void *memory) { free(memory); }
