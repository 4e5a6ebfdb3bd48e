// Pairs of depths in bfloat16, for the instructions that multiply them. Included after the vectors of AVX-512.
#pragma once

/// Bytes of a rounded row of k elements.
INLINE size_t pair_bytes(size_t k) { return (k + 1) / 2 * 4; }

/// The words of 16 columns: the first depth in their lower halves.
INLINE __m512i paired(vf first, vf second) {
  const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
  const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
  return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/// k elements in pairs, zero at an odd k's last place. q may be x.
INLINE void round_row(void *q, const float *x, size_t k) {
  const size_t width = pair_bytes(k) / 2;
  for (size_t i = 0; i < width; i += VL) {
    const size_t there = width - i < VL ? width - i : VL, own = k - i < VL ? k - i : VL;
    const __m256i rounded = (__m256i)_mm512_cvtneps_pbh(v_load_masked(x + i, v_first(own)));
    _mm256_mask_storeu_epi16((uint16_t *)q + i, v_first(there), rounded);
  }
}
