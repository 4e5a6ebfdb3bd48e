#include "softmax_scalar.h"

size_t ck_attention_scratch_f32_scalar(size_t lq, size_t lk, size_t d, size_t dv) { return lk + dv; }

void ck_attention_f32_scalar(float *out, size_t out_stride, const float *q, size_t q_stride, const float *k,
                             size_t k_stride, const float *v, size_t v_stride, size_t lq, size_t lk, size_t d,
                             size_t dv, float scale, const float *bias, size_t bias_stride, float *scratch) {
  float *weights = scratch, *sums = scratch + lk;
  for (size_t r = 0; r < lq; r++) {
    float max = -INFINITY, total = 0.0f;
    for (size_t j = 0; j < lk; j++) {
      float dot = 0.0f;
      for (size_t i = 0; i < d; i++) dot += q[r * q_stride + i] * k[j * k_stride + i];
      weights[j] = scale * dot + (bias ? bias[r * bias_stride + j] : 0.0f);
      if (!(weights[j] <= max)) max = weights[j];
    }
    for (size_t i = 0; i < dv; i++) sums[i] = 0.0f;
    for (size_t j = 0; j < lk; j++) {
      float weight = softmax_weight(weights[j] - max);
      total += weight;
      for (size_t i = 0; i < dv; i++) sums[i] += weight * v[j * v_stride + i];
    }
    for (size_t i = 0; i < dv; i++) out[r * out_stride + i] = lk ? sums[i] / total : 0.0f;
  }
}
