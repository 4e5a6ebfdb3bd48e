#ifdef __x86_64__
#include "simd_avx2.h"

#define GROUP 2
#define I8(name) ck_i8_##name##_avx2
typedef int16_t activation_t;

typedef __m256i vi;
INLINE vi vi_set(int32_t x) { return _mm256_set1_epi32(x); }
INLINE vi vi_load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
INLINE vi word_load(const int8_t *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p)); }
INLINE vi word_dot(vi sum, vi a, vi b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
INLINE vi vi_mul(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
INLINE vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
INLINE vf vi_float(vi a) { return _mm256_cvtepi32_ps(a); }

#include "int8_simd.h"

#pragma clang attribute pop
#endif
