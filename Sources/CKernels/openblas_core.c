#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "CKernels.h"

// Exported by OpenBLAS where it was built with DYNAMIC_ARCH; weak so that other builds link as well.
__attribute__((weak)) void gotoblas_dynamic_quit(void);
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) char *openblas_get_corename(void);
__attribute__((weak)) void openblas_set_num_threads(int threads);

/// Higher is faster on a CPU that detects both; unknown names rank with the oldest.
static int rank_of(const char *core) {
  static const char *const ladder[] = {
      "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Barcelona", "Bobcat", "Bulldozer",
      "Sandybridge", "Piledriver", "Steamroller", "Excavator", "Haswell", "Zen", "SkylakeX", "Cooperlake",
      "SapphireRapids",
  };
  for (size_t i = sizeof ladder / sizeof *ladder; i-- > 0;)
    if (strcasecmp(core, ladder[i]) == 0) return (int)i + 1;
  return 0;
}

static const char *chosen;

static void prepare(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  if (!gotoblas_dynamic_quit || !gotoblas_dynamic_init || !openblas_get_corename) return;
  chosen = openblas_get_corename();
  const char *variable = getenv("OPENBLAS_CORETYPE");
  char *inherited = variable && *variable ? strdup(variable) : NULL;
  if (!inherited) return;
  int forced = rank_of(chosen);
  unsetenv("OPENBLAS_CORETYPE");
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  int keep = rank_of(openblas_get_corename()) > forced;
  setenv("OPENBLAS_CORETYPE", inherited, 1);
  free(inherited);
  if (!keep) {
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
  }
  chosen = openblas_get_corename();
}

const char *ck_openblas_prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  return chosen;
}
