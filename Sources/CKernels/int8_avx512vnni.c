#ifdef __x86_64__
#define CK_BEYOND ",avx512vnni"
#include "simd_avx512.h"

#define GROUP 4
#define I8(name) ck_i8_##name##_avx512vnni
typedef uint8_t activation_t;

#include "int8_avx512.h"

INLINE vi word_load(const int8_t *p) { return _mm512_loadu_si512(p); }
INLINE vi word_dot(vi sum, vi a, vi b) { return _mm512_dpbusd_epi32(sum, a, b); }

#include "int8_simd.h"

#pragma clang attribute pop
#endif
