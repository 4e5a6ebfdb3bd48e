// As attention_simd.h, but for its products, which are of numbers rounded to bfloat16. Scratch: the keys' and the
// values' panels, and of a block of query rows what they are rounded to, the logits, which become weights in their
// place, and the sums that these give.
//
// Included after bf16_simd.h, BF16(name), the heights of a tile and of the tallest block of query rows, and
//   panel_sums(sums, line, rows, stride, m, panel, depth, columns)
// which makes the products of m rounded rows, `stride` bytes apart, with a panel of `depth` bytes: its first columns in
// whole vectors, `line` numbers a row. end_products() follows the last of them.
#pragma once
#include "softmax_row_simd.h"

enum {
  ATTENTION_COLUMNS = 3 * VL,  // of a panel
  BLOCK_LOGITS = 65536,        // 256 KiB, a fraction of the second-level cache
};

INLINE size_t panels_of(size_t n) { return (n + ATTENTION_COLUMNS - 1) / ATTENTION_COLUMNS; }

/// Of the panel that starts at this column.
INLINE size_t columns_of(size_t column, size_t n) {
  return n - column < ATTENTION_COLUMNS ? n - column : ATTENTION_COLUMNS;
}

/// Rows of one block: whole tiles.
INLINE size_t block_height(size_t lq, size_t lk) {
  size_t most = BLOCK_LOGITS / (panels_of(lk) * ATTENTION_COLUMNS + 1);
  most = most > ATTENTION_ROWS ? ATTENTION_ROWS : most / ATTENTION_TILE * ATTENTION_TILE;
  if (most < ATTENTION_TILE) most = ATTENTION_TILE;
  return lq < most ? lq : most;
}

typedef struct {
  size_t values, queries, logits, sums, results, end;  // where each begins, in bytes; the keys' panels come first
} attention_places;

INLINE attention_places placed(size_t lq, size_t lk, size_t d, size_t dv) {
  const size_t block = block_height(lq, lk), line = (size_t)ATTENTION_COLUMNS * 4;
  attention_places at = {0};
  at.values = panels_of(lk) * ATTENTION_COLUMNS * pair_bytes(d);
  at.queries = at.values + panels_of(dv) * ATTENTION_COLUMNS * pair_bytes(lk);
  at.logits = at.queries + block * pair_bytes(d);
  at.sums = at.logits + block * panels_of(lk) * line;
  at.results = at.sums + block * 4;
  at.end = at.results + block * line;
  return at;
}

size_t BF16(attention_scratch)(size_t lq, size_t lk, size_t d, size_t dv) {
  return placed(lq, lk, d, dv).end / sizeof(float);
}

/// Panels whose columns are the keys' rows.
INLINE void pack_keys(int32_t *words, const float *k, size_t stride, size_t lk, size_t d) {
  const size_t depth = pair_bytes(d) / 4;
  for (size_t j = 0; j < panels_of(lk) * ATTENTION_COLUMNS; j += VL) {
    int32_t *column = words + j / ATTENTION_COLUMNS * depth * ATTENTION_COLUMNS + j % ATTENTION_COLUMNS;
    for (size_t i = 0; i < depth; i += VL) {
      const size_t first = 2 * i, left = d - first;
      const vm low = v_first(left < VL ? left : VL), high = left > VL ? v_first(left - VL < VL ? left - VL : VL) : 0;
      vf block[VL];
      for (size_t r = 0; r < VL; r++) {
        const float *row = k + (j + r < lk ? j + r : 0) * stride + first;
        const vm there = j + r < lk ? (vm)-1 : 0;
        const vf before = v_load_masked(row, low & there), after = v_load_masked(row + VL, high & there);
        block[r] = (vf)_mm512_cvtne2ps_pbh(after, before);
      }
      v_transpose(block);
      for (size_t l = 0; l < VL && i + l < depth; l++)
        v_store((float *)(column + (i + l) * ATTENTION_COLUMNS), block[l]);
    }
  }
}

/// Panels whose columns are the values' own.
INLINE void pack_values(int32_t *words, const float *v, size_t stride, size_t lk, size_t dv) {
  const size_t depth = pair_bytes(lk) / 4;
  for (size_t j = 0; j < panels_of(dv) * ATTENTION_COLUMNS; j += VL) {
    int32_t *column = words + j / ATTENTION_COLUMNS * depth * ATTENTION_COLUMNS + j % ATTENTION_COLUMNS;
    const vm own = j >= dv ? 0 : v_first(dv - j < VL ? dv - j : VL);
    const float *first = v + (own ? j : 0);
    for (size_t i = 0; i < depth; i++) {
      const vm second = 2 * i + 1 < lk ? own : 0;
      const float *row = first + 2 * i * stride;
      const __m512i pair = paired(v_load_masked(row, own), second ? v_load_masked(row + stride, second) : v_zero());
      _mm512_storeu_si512(column + i * ATTENTION_COLUMNS, pair);
    }
  }
}

void BF16(attention)(float *out, size_t out_stride, const float *q, size_t q_stride, const float *k, size_t k_stride,
                     const float *v, size_t v_stride, size_t lq, size_t lk, size_t d, size_t dv, float scale,
                     const float *bias, size_t bias_stride, float *scratch) {
  if (!lk) {
    for (size_t r = 0; r < lq; r++) memset(out + r * out_stride, 0, dv * sizeof(float));
    return;
  }
  const attention_places at = placed(lq, lk, d, dv);
  char *memory = (char *)scratch, *queries = memory + at.queries;
  float *logits = (float *)(memory + at.logits), *sums = (float *)(memory + at.sums);
  float *results = (float *)(memory + at.results);
  const size_t block = block_height(lq, lk), line = panels_of(lk) * ATTENTION_COLUMNS;
  pack_keys((int32_t *)memory, k, k_stride, lk, d);
  pack_values((int32_t *)(memory + at.values), v, v_stride, lk, dv);
  for (size_t r0 = 0; r0 < lq; r0 += block) {
    const size_t rows = lq - r0 < block ? lq - r0 : block;
    for (size_t r = 0; r < rows; r++) round_row(queries + r * pair_bytes(d), q + (r0 + r) * q_stride, d);
    for (size_t column = 0; column < lk; column += ATTENTION_COLUMNS)
      panel_sums(logits + column, line, queries, pair_bytes(d), rows, memory + column * pair_bytes(d), pair_bytes(d),
                 columns_of(column, lk));
    for (size_t r = 0; r < rows; r++) {
      float *row = logits + r * line;
      // Two calls, so that the common case is compiled without a bias.
      sums[r] = bias ? softmax_row(row, row, scale, bias + (r0 + r) * bias_stride, lk)
                     : softmax_row(row, row, scale, NULL, lk);
      round_row(row, row, lk);
    }
    for (size_t column = 0; column < dv; column += ATTENTION_COLUMNS) {
      const size_t columns = columns_of(column, dv);
      panel_sums(results, ATTENTION_COLUMNS, (const char *)logits, line * sizeof(float), rows,
                 memory + at.values + column * pair_bytes(lk), pair_bytes(lk), columns);
      for (size_t r = 0; r < rows; r++) {
        const vf factor = v_set(1.0f / sums[r]);
        float *to = out + (r0 + r) * out_stride + column;
        for (size_t j = 0; j < columns; j += VL) {
          const vm own = v_first(columns - j < VL ? columns - j : VL);
          v_store_masked(to + j, v_mul(v_load_masked(results + r * ATTENTION_COLUMNS + j, own), factor), own);
        }
      }
    }
  }
  end_products();
}
