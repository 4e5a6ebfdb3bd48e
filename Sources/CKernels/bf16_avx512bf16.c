#ifdef __x86_64__
#define CK_BEYOND ",avx512bf16"
#include "simd_avx512.h"

#include "bf16_simd.h"

typedef __m512bh word_t;
typedef vf sum_t;
enum { WORD_BYTES = 4 };  // Two depths.
INLINE word_t word_set(int32_t x) { return (word_t)_mm512_set1_epi32(x); }
INLINE word_t word_load(const int8_t *p) { return (word_t)_mm512_loadu_si512(p); }
INLINE sum_t sum_zero(void) { return v_zero(); }
INLINE sum_t word_dot(sum_t sum, word_t a, word_t b) { return _mm512_dpbf16_ps(sum, a, b); }
#include "word_tile_simd.h"

size_t ck_bf16_panel_width(void) { return WORD_P; }
size_t ck_bf16_row_bytes(size_t k) { return pair_bytes(k); }

void ck_bf16_pair(void *pairs, const float *panel, size_t k) {
  int32_t *words = (int32_t *)pairs;
  for (size_t i = 0; i < k; i += 2, words += WORD_P)
    for (size_t v = 0; v < WORD_P; v += VL) {
      const vf second = i + 1 < k ? v_load(panel + (i + 1) * WORD_P + v) : v_zero();
      _mm512_storeu_si512(words + v, paired(v_load(panel + i * WORD_P + v), second));
    }
}

void ck_bf16_round(void *q, const float *x, size_t x_stride, size_t rows, size_t k) {
  for (size_t r = 0; r < rows; r++) round_row((char *)q + r * pair_bytes(k), x + r * x_stride, k);
}

/// out[r, j] of a tile of a panel's first vectors; out has rows `line` numbers apart, a `lda` words.
INLINE void bf16_tile(float *out, size_t line, const int32_t *a, size_t lda, size_t words, const int8_t *b,
                      const char *ahead, const int rows, const int vectors) {
  sum_t sum[TILE_ROWS][TILE_VECTORS];
  word_tile(sum, a, lda, b, words, ahead, rows, vectors);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) v_store(out + (size_t)r * line + v * VL, sum[r][v]);
}

typedef void (*bf16_kernel)(float *, size_t, const int32_t *, size_t, size_t, const int8_t *, const char *);

#define BF16_TILE(rows, vectors)                                                                  \
  static void bf16_tile_##rows##_##vectors(float *out, size_t line, const int32_t *a, size_t lda, \
                                           size_t words, const int8_t *b, const char *ahead) {    \
    bf16_tile(out, line, a, lda, words, b, ahead, rows, vectors);                                 \
  }
#define BF16_TILES(rows) BF16_TILE(rows, 1) BF16_TILE(rows, 2) BF16_TILE(rows, 3)
#define BF16_NAMES(rows) {bf16_tile_##rows##_1, bf16_tile_##rows##_2, bf16_tile_##rows##_3}
BF16_TILES(1) BF16_TILES(2) BF16_TILES(3) BF16_TILES(4) BF16_TILES(5) BF16_TILES(6) BF16_TILES(7) BF16_TILES(8)
static const bf16_kernel bf16_tiles[TILE_ROWS][TILE_VECTORS] = {BF16_NAMES(1), BF16_NAMES(2), BF16_NAMES(3),
                                                                BF16_NAMES(4), BF16_NAMES(5), BF16_NAMES(6),
                                                                BF16_NAMES(7), BF16_NAMES(8)};

void ck_bf16_matmul_avx512bf16(float *c, size_t ldc, const void *a, const void *panels, size_t p0, size_t p1, size_t m,
                               size_t n, size_t k, const ck_epilogue *epilogue) {
  _Alignas(64) float tile[TILE_ROWS * WORD_P];
  const ck_epilogue none = {0};
  const size_t words = ck_bf16_row_bytes(k) / 4, size = words * WORD_BYTES * WORD_P;
  const size_t count = (m + TILE_ROWS - 1) / TILE_ROWS;
  for (size_t p = p0; p < p1; p++) {
    const int8_t *panel = (const int8_t *)panels + p * size, *next = p + 1 < p1 ? panel + size : NULL;
    const size_t column = p * WORD_P, columns = n - column < WORD_P ? n - column : WORD_P;
    for (size_t t = 0, row = 0; t < count; t++) {
      const size_t rows = m / count + (t < m % count);
      // The first tiles bring one part of the next panel's lines each.
      const int8_t *ahead = next && t < WORD_BYTES * WORD_P / 64 ? next + t * words * 64 : panel;
      fetch_residual(epilogue, rows, columns, row, column);
      bf16_tiles[rows - 1][(columns - 1) / VL](tile, WORD_P, (const int32_t *)a + row * words, words, words,
                                               panel, (const char *)ahead);
      finish(c + row * ldc + column, ldc, tile, WORD_P, rows, columns, row, column, epilogue ? epilogue : &none);
      row += rows;
    }
  }
}

// MARK: Attention

#define BF16(name) ck_##name##_bf16_avx512bf16
enum { ATTENTION_TILE = TILE_ROWS, ATTENTION_ROWS = 32 * TILE_ROWS };

INLINE void panel_sums(float *sums, size_t line, const char *rows, size_t stride, size_t m, const char *panel,
                       size_t depth, size_t columns) {
  const size_t count = (m + TILE_ROWS - 1) / TILE_ROWS;
  for (size_t t = 0, row = 0; t < count; t++) {
    const size_t height = m / count + (t < m % count);
    bf16_tiles[height - 1][(columns - 1) / VL](sums + row * line, line, (const int32_t *)(rows + row * stride),
                                               stride / 4, depth / 4, (const int8_t *)panel, panel);
    row += height;
  }
}

INLINE void end_products(void) {}

#include "attention_bf16_simd.h"

#pragma clang attribute pop
#endif
