#ifdef __x86_64__
#include "simd_avx512.h"

#include "convert_simd.h"

#pragma clang attribute pop
#endif
