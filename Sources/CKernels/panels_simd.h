// Packing into panels, and the product with them: shared by the matrix product and by attention.
#pragma once
#include "epilogue_simd.h"

enum { P = TILE_VECTORS * VL };

/// The transpose of src[j*stride + i] for i < k and j < columns <= VL, into packed[i*P + j].
INLINE void pack_transposed(float *packed, const float *src, size_t columns, size_t k, size_t stride) {
  for (size_t i = 0; i < k; i += VL) {
    size_t depth = k - i < VL ? k - i : VL;
    vm m = v_first(depth);
    vf block[VL];
    for (size_t j = 0; j < VL; j++)
      block[j] = j < columns ? v_load_masked(src + j * stride + i, m) : v_zero();
    v_transpose(block);
    for (size_t l = 0; l < depth; l++) v_store(packed + (i + l) * P, block[l]);
  }
}

INLINE void pack_panels(float *packed, const float *src, size_t n, size_t k, size_t column_stride,
                        size_t depth_stride) {
  for (size_t j0 = 0; j0 < n; j0 += P, packed += k * P)
    for (size_t g = 0; g < P; g += VL) {
      size_t left = j0 + g < n ? n - j0 - g : 0, columns = left < VL ? left : VL;
      const float *corner = src + (columns ? (j0 + g) * column_stride : 0);
      if (depth_stride == 1 && columns) {
        pack_transposed(packed + g, corner, columns, k, column_stride);
      } else if (column_stride == 1 || !columns) {
        vm m = v_first(columns);
        for (size_t i = 0; i < k; i++)
          v_store(packed + i * P + g, columns ? v_load_masked(corner + i * depth_stride, m) : v_zero());
      } else {
        for (size_t i = 0; i < k; i++)
          for (size_t j = 0; j < VL; j++)
            packed[i * P + g + j] = j < columns ? corner[j * column_stride + i * depth_stride] : 0.0f;
      }
    }
}

/// Depths that a tile takes before it moves its pointers.
enum { UNROLLED = 4 };

/// Adds the products of one depth: row r of a stands at a[r / 3] + (r % 3) * lda, so that three registers and the
/// stride address all rows and nothing is computed between the products.
INLINE void tile_step(vf sum[TILE_ROWS][TILE_VECTORS], const float *const a[3], size_t lda, size_t i, const float *b,
                      const int rows, const int vectors) {
  vf column[TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) column[v] = v_load(b + v * VL);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    vf x = v_set(a[r / 3][(size_t)(r % 3) * lda + i]);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(x, column[v], sum[r][v]);
  }
}

/// c[r, j] = sum_i a[r, i] * b[i, j] for a tile of `rows` rows and `vectors` vectors of one panel, `last`
/// being the columns that exist in the last vector. One line of `ahead` a step is brought to the cache.
INLINE void tile(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t k, vm last,
                 const float *ahead, const int rows, const int vectors) {
  vf sum[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = v_zero();
  // Rows that the tile lacks are not addressed.
  const float *rows_at[3] = {a, rows > 3 ? a + 3 * lda : a, rows > 6 ? a + 6 * lda : a};
  size_t left = k;
  for (; left >= UNROLLED; left -= UNROLLED) {
#pragma clang loop unroll(full)
    for (size_t u = 0; u < UNROLLED; u++) {
      _mm_prefetch((const char *)(ahead + u * 16), _MM_HINT_T1);
      tile_step(sum, rows_at, lda, u, b + u * P, rows, vectors);
    }
    b += UNROLLED * P;
    ahead += UNROLLED * 16;
#pragma clang loop unroll(full)
    for (int g = 0; g < 3; g++) rows_at[g] += UNROLLED;
    // The pointers stay what they are: the compiler would derive one from another at every step.
    __asm__("" : "+r"(rows_at[0]), "+r"(rows_at[1]), "+r"(rows_at[2]));
  }
  for (size_t i = 0; i < left; i++) tile_step(sum, rows_at, lda, i, b + i * P, rows, vectors);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors - 1; v++) v_store(c + (size_t)r * ldc + v * VL, sum[r][v]);
    v_store_masked(c + (size_t)r * ldc + (vectors - 1) * VL, sum[r][vectors - 1], last);
  }
}

typedef void (*tile_kernel)(float *, size_t, const float *, size_t, const float *, size_t, vm, const float *);

#define TILE(rows, vectors)                                                                             \
  static void tile_##rows##_##vectors(float *c, size_t ldc, const float *a, size_t lda, const float *b, \
                                      size_t k, vm last, const float *ahead) {                          \
    tile(c, ldc, a, lda, b, k, last, ahead, rows, vectors);                                             \
  }
#if TILE_ROWS == 8
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3)
#define NAMES(rows) {tile_##rows##_1, tile_##rows##_2, tile_##rows##_3}
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) TILES(7) TILES(8)
static const tile_kernel tiles[TILE_ROWS][TILE_VECTORS] = {NAMES(1), NAMES(2), NAMES(3), NAMES(4),
                                                           NAMES(5), NAMES(6), NAMES(7), NAMES(8)};
#else
#define TILES(rows) TILE(rows, 1) TILE(rows, 2)
#define NAMES(rows) {tile_##rows##_1, tile_##rows##_2}
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)
static const tile_kernel tiles[TILE_ROWS][TILE_VECTORS] = {NAMES(1), NAMES(2), NAMES(3),
                                                           NAMES(4), NAMES(5), NAMES(6)};
#endif

/// ck_matmul. The rows of a panel are cut into tiles of nearly equal height.
INLINE void product(float *c, size_t ldc, const float *a, size_t lda, const float *packed, size_t p0,
                    size_t p1, size_t m, size_t n, size_t k, const ck_epilogue *epilogue) {
  _Alignas(64) float finished[TILE_ROWS * P];
  const size_t count = (m + TILE_ROWS - 1) / TILE_ROWS;
  for (size_t p = p0; p < p1; p++) {
    const float *panel = packed + p * k * P, *next = p + 1 < p1 ? panel + k * P : NULL;
    size_t column = p * P, columns = n - column < P ? n - column : P;
    size_t vectors = (columns + VL - 1) / VL;
    vm last = v_first(columns - (vectors - 1) * VL);
    for (size_t t = 0, row = 0; t < count; t++) {
      size_t rows = m / count + (t < m % count);
      // The first tiles bring one k-th of the next panel's lines each.
      const float *ahead = next && t < P / 16 ? next + t * k * 16 : panel;
      float *corner = c + row * ldc + column;
      const float *left = a + row * lda;
      if (epilogue) {
        fetch_residual(epilogue, rows, columns, row, column);
        tiles[rows - 1][vectors - 1](finished, P, left, lda, panel, k, v_first(VL), ahead);
        finish(corner, ldc, finished, P, rows, columns, row, column, epilogue);
      } else {
        tiles[rows - 1][vectors - 1](corner, ldc, left, lda, panel, k, last, ahead);
      }
      row += rows;
    }
  }
}
