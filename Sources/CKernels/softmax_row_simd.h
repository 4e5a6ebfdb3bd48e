// The softmax of one row without its division.
#pragma once
#include "math_simd.h"

INLINE vf logits(vf x, float scale, const float *bias, vm m) {
  return bias ? v_fma(x, v_set(scale), v_load_masked(bias, m)) : v_mul(x, v_set(scale));
}

/// exp(x) for x <= 0, NaN for NaN. What would be no normal number is 0: products with such numbers, as a mask of -100
/// gives, take a hundred times as long on many CPUs, and beside the 1 of the greatest logit they are nothing.
INLINE vf softmax_weight(vf x) {
  const vf lowest = v_set(-87.0f);
  return v_select(v_less(x, lowest), v_zero(), v_exp_within(v_max(lowest, x)));
}

/// y[c] = exp(l[c] - max l) for l = scale*x + bias; the sum of y. y may be x, bias may be NULL.
INLINE float softmax_row(float *y, const float *x, float scale, const float *bias, size_t cols) {
  const vf lowest = v_set(-INFINITY);
  const vm all = v_first(VL), some = v_first(cols % VL);
  vf max = lowest, sum = v_zero();
  size_t c = 0;
  for (; c + VL <= cols; c += VL) max = v_max(max, logits(v_load(x + c), scale, bias ? bias + c : NULL, all));
  if (c < cols) {
    vf tail = logits(v_load_masked(x + c, some), scale, bias ? bias + c : NULL, some);
    max = v_max(max, v_select(some, tail, lowest));
  }
  max = v_set(v_greatest(max));
  for (c = 0; c + VL <= cols; c += VL) {
    vf e = softmax_weight(v_sub(logits(v_load(x + c), scale, bias ? bias + c : NULL, all), max));
    v_store(y + c, e);
    sum = v_add(sum, e);
  }
  if (c < cols) {
    vf e = softmax_weight(v_sub(logits(v_load_masked(x + c, some), scale, bias ? bias + c : NULL, some), max));
    v_store_masked(y + c, e, some);
    sum = v_add(sum, v_select(some, e, v_zero()));
  }
  return v_sum(sum);
}

INLINE void scale_row(float *y, float factor, size_t cols) {
  size_t c = 0;
  for (; c + VL <= cols; c += VL) v_store(y + c, v_mul(v_load(y + c), v_set(factor)));
  if (c == cols) return;
  vm m = v_first(cols - c);
  v_store_masked(y + c, v_mul(v_load_masked(y + c, m), v_set(factor)), m);
}
