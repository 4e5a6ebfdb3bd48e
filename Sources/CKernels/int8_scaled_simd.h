// From a product's integers to its numbers. Included after vi and its operations, and I8_P.
#pragma once
#include "epilogue_simd.h"

/// (sum - zero * column sum) * (scale * step) for a vector of a panel's columns; the column sums follow the steps.
INLINE vf i8_scaled(vi sum, int32_t zero, float scale, const float *steps, size_t column) {
  const int32_t *sums = (const int32_t *)(steps + I8_P);
  vi offset = vi_mul(vi_set(zero), vi_load(sums + column));
  return v_mul(vi_float(vi_sub(sum, offset)), v_mul(v_set(scale), v_load(steps + column)));
}
