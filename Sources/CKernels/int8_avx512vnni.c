#ifdef __x86_64__
#define CK_VNNI
#include "simd_avx512.h"

#define GROUP 4
#define I8(name) ck_i8_##name##_avx512vnni
typedef uint8_t activation_t;

typedef __m512i vi;
INLINE vi vi_set(int32_t x) { return _mm512_set1_epi32(x); }
INLINE vi vi_load(const int32_t *p) { return _mm512_loadu_si512(p); }
INLINE vi vi_load_weights(const int8_t *p) { return _mm512_loadu_si512(p); }
INLINE vi vi_dot(vi sum, vi a, vi b) { return _mm512_dpbusd_epi32(sum, a, b); }
INLINE vi vi_mul(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
INLINE vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
INLINE vf vi_float(vi a) { return _mm512_cvtepi32_ps(a); }

#include "int8_simd.h"

#pragma clang attribute pop
#endif
