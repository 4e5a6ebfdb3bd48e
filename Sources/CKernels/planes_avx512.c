#ifdef __x86_64__
#include "simd_avx512.h"

#include "planes_simd.h"

#pragma clang attribute pop
#endif
