#ifdef __x86_64__
#include "simd_avx512.h"

#include "winograd_simd.h"

#pragma clang attribute pop
#endif
