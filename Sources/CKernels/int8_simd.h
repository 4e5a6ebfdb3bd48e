// Products of quantised rows with panels of quantised columns. Every tier makes the same integer sums.
//
// A tier takes GROUP depths at a time from 4 bytes of a row: with VNNI four unsigned bytes, else two 16-bit
// numbers, whose products with widened weights cannot saturate.
#pragma once
#include <stdint.h>

typedef vi word_t;
typedef vi sum_t;
enum { WORD_BYTES = GROUP };  // A column's weights have a byte each.
INLINE vi word_set(int32_t x) { return vi_set(x); }
INLINE vi sum_zero(void) { return vi_set(0); }
#include "word_tile_simd.h"

enum { I8_P = WORD_P };
#include "int8_scaled_simd.h"

INLINE void row_range(const float *row, size_t k, float *low, float *high, float *rest) {
  vf least = v_zero(), most = v_zero(), odd = v_zero();
  for (size_t i = 0; i < k; i += VL) {
    vf x = v_load_masked(row + i, v_first(k - i < VL ? k - i : VL));
    least = v_min(x, least);  // What is not a number leaves these alone,
    most = v_max(x, most);
    odd = v_fma(x, v_zero(), odd);  // and stays here, as infinity does.
  }
  *low = -v_greatest(v_sub(v_zero(), least));
  *high = v_greatest(most);
  *rest = v_sum(odd);
}

#include "int8_rows.h"

/// A tile of a panel, scaled; out has rows I8_P apart.
INLINE void i8_tile(float *out, const int32_t *a, size_t lda, const float *scales, const int32_t *zeros,
                    const int8_t *b, size_t groups, const float *steps, const char *ahead, const int rows) {
  vi sum[TILE_ROWS][TILE_VECTORS];
  word_tile(sum, a, lda, b, groups, ahead, rows, TILE_VECTORS);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < TILE_VECTORS; v++)
      v_store(out + r * I8_P + v * VL, i8_scaled(sum[r][v], zeros[r], scales[r], steps, v * VL));
}

typedef void (*i8_kernel)(float *, const int32_t *, size_t, const float *, const int32_t *, const int8_t *, size_t,
                          const float *, const char *);

#define I8_TILE(rows)                                                                                      \
  static void i8_tile_##rows(float *out, const int32_t *a, size_t lda, const float *scales,                \
                             const int32_t *zeros, const int8_t *b, size_t groups, const float *steps,     \
                             const char *ahead) {                                                          \
    i8_tile(out, a, lda, scales, zeros, b, groups, steps, ahead, rows);                                    \
  }
I8_TILE(1) I8_TILE(2) I8_TILE(3) I8_TILE(4) I8_TILE(5) I8_TILE(6)
#if TILE_ROWS == 8
I8_TILE(7) I8_TILE(8)
static const i8_kernel i8_tiles[TILE_ROWS] = {i8_tile_1, i8_tile_2, i8_tile_3, i8_tile_4,
                                              i8_tile_5, i8_tile_6, i8_tile_7, i8_tile_8};
#else
static const i8_kernel i8_tiles[TILE_ROWS] = {i8_tile_1, i8_tile_2, i8_tile_3, i8_tile_4, i8_tile_5, i8_tile_6};
#endif

void I8(matmul)(float *c, size_t ldc, const void *a, const float *scales, const int32_t *zeros, const void *panels,
                size_t p0, size_t p1, size_t m, size_t n, size_t k, const ck_epilogue *epilogue) {
  _Alignas(64) float tile[TILE_ROWS * I8_P];
  const ck_epilogue none = {0};
  const size_t groups = groups_of(k), size = I8(panel_bytes)(k), count = (m + TILE_ROWS - 1) / TILE_ROWS;
  const int32_t *words = (const int32_t *)a;
  for (size_t p = p0; p < p1; p++) {
    const int8_t *panel = (const int8_t *)panels + p * size, *next = p + 1 < p1 ? panel + size : NULL;
    const float *steps = (const float *)(panel + groups * GROUP * I8_P);
    size_t column = p * I8_P, columns = n - column < I8_P ? n - column : I8_P;
    for (size_t t = 0, row = 0; t < count; t++) {
      size_t rows = m / count + (t < m % count);
      // The first tiles bring one part of the next panel's lines each.
      const int8_t *ahead = next && t < GROUP * I8_P / 64 ? next + t * groups * 64 : panel;
      fetch_residual(epilogue, rows, columns, row, column);
      i8_tiles[rows - 1](tile, words + row * groups, groups, scales + row, zeros + row, panel, groups, steps,
                         (const char *)ahead);
      finish(c + row * ldc + column, ldc, tile, I8_P, rows, columns, row, column, epilogue ? epilogue : &none);
      row += rows;
    }
  }
}
