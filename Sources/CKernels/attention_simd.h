// K and V are packed once a call; the query rows go in blocks whose logits stay in the second-level cache.
// Scratch: packed K, packed V, the logits of a block, the sums of its rows.
#include "panels_simd.h"
#include "softmax_row_simd.h"

enum { BLOCK_LOGITS = 32768 };  // 128 KiB, a fraction of the second-level cache

INLINE size_t panel_count(size_t n) { return (n + P - 1) / P; }

/// Whole vectors, so that a row of logits starts on a vector of its own.
INLINE size_t logit_stride(size_t lk) { return (lk + VL - 1) / VL * VL; }

/// Rows of one block: whole tiles.
INLINE size_t block_rows(size_t lq, size_t lk) {
  size_t most = BLOCK_LOGITS / (logit_stride(lk) + 1) / TILE_ROWS * TILE_ROWS;
  if (most < TILE_ROWS) most = TILE_ROWS;
  size_t blocks = (lq + most - 1) / most;
  return blocks ? ((lq + blocks - 1) / blocks + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS : 0;
}

size_t CK(attention_scratch_f32)(size_t lq, size_t lk, size_t d, size_t dv) {
  return (panel_count(lk) * d + panel_count(dv) * lk) * P + block_rows(lq, lk) * (logit_stride(lk) + 1);
}

void CK(attention_f32)(float *out, size_t out_stride, const float *q, size_t q_stride, const float *k,
                       size_t k_stride, const float *v, size_t v_stride, size_t lq, size_t lk, size_t d,
                       size_t dv, float scale, const float *bias, size_t bias_stride, float *scratch) {
  const size_t stride = logit_stride(lk), block = block_rows(lq, lk);
  float *keys = scratch, *values = keys + panel_count(lk) * d * P;
  float *logits = values + panel_count(dv) * lk * P, *sums = logits + block * stride;
  pack_panels(keys, k, lk, d, k_stride, 1);
  pack_panels(values, v, dv, lk, 1, v_stride);
  for (size_t r0 = 0; r0 < lq; r0 += block) {
    size_t rows = lq - r0 < block ? lq - r0 : block;
    float *result = out + r0 * out_stride;
    product(logits, stride, q + r0 * q_stride, q_stride, keys, 0, panel_count(lk), rows, lk, d, NULL);
    for (size_t r = 0; r < rows; r++) {
      float *row = logits + r * stride;
      // Two calls, so that the common case is compiled without a bias.
      sums[r] = bias ? softmax_row(row, row, scale, bias + (r0 + r) * bias_stride, lk)
                     : softmax_row(row, row, scale, NULL, lk);
    }
    product(result, out_stride, logits, stride, values, 0, panel_count(dv), rows, dv, lk, NULL);
    for (size_t r = 0; r < rows; r++) scale_row(result + r * out_stride, lk ? 1.0f / sums[r] : 0.0f, dv);
  }
}
