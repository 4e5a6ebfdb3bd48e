// Hides AVX-512 from the program that it is preloaded into, so that a runtime without a setting for it can be timed on
// what a CPU without AVX-512 would run:
//
//     cc -shared -fPIC -O2 without_avx512.c -o without_avx512.so && LD_PRELOAD=./without_avx512.so program
//
// Linux lets a thread's CPUID instructions fault where the CPU can (arch_prctl(2), ARCH_CPUID_SET); the fault's handler
// asks the CPU and takes the bits away. Threads that the program starts later inherit it.
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { CPUID_SET = 0x1012 };  // ARCH_CPUID_SET: 0 faults, 1 does not.

// Leaf 7, after Intel's manual, volume 2, CPUID.
enum {
  F_DQ_IFMA = 1u << 16 | 1u << 17 | 1u << 21,
  PF_ER_CD = 1u << 26 | 1u << 27 | 1u << 28,
  BW = 1u << 30,
  VBMI_VNNI_BITALG_POPCNT = 1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14,
  WIDE_FP16_AMX = 1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25,
  AVX_VNNI_BF16 = 1u << 4 | 1u << 5,
};

static void answer(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *code = (const unsigned char *)registers[REG_RIP];
  if (code[0] != 0x0f || code[1] != 0xa2) {  // Not CPUID: what faulted faults again, and ends the program.
    signal(number, SIG_DFL);
    return;
  }
  unsigned leaf = (unsigned)registers[REG_RAX], part = (unsigned)registers[REG_RCX], a, b, c, d;
  syscall(SYS_arch_prctl, CPUID_SET, 1);
  __cpuid_count(leaf, part, a, b, c, d);
  syscall(SYS_arch_prctl, CPUID_SET, 0);
  if (leaf == 7 && part == 0) {
    b &= ~(F_DQ_IFMA | PF_ER_CD | BW | 1u << 31);  // 31: VL
    c &= ~VBMI_VNNI_BITALG_POPCNT;
    d &= ~WIDE_FP16_AMX;
  }
  if (leaf == 7 && part == 1) a &= ~AVX_VNNI_BF16;
  registers[REG_RAX] = a;
  registers[REG_RBX] = b;
  registers[REG_RCX] = c;
  registers[REG_RDX] = d;
  registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hide(void) {
  struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (sigaction(SIGSEGV, &action, NULL) == 0 && syscall(SYS_arch_prctl, CPUID_SET, 0) == 0) return;
  fprintf(stderr, "this machine cannot hide AVX-512 from a program\n");
  exit(75);
}
