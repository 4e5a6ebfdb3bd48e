// A tile of a product whose rows come as 32-bit words, each a group of neighbouring depths, and meet a vector of the
// columns' words. Included after the includer's word operations: word_t and sum_t, word_set, word_load,
// word_dot and sum_zero.
#pragma once
#include "epilogue_simd.h"

/// Columns of a panel.
enum { WORD_P = TILE_VECTORS * VL };

/// Adds the products of one group of depths; the rows stand as in the float32 kernel's tile_step.
INLINE void word_step(sum_t sum[TILE_ROWS][TILE_VECTORS], const int32_t *const a[3], size_t lda, size_t i,
                      const int8_t *b, const int rows, const int vectors) {
  word_t column[TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) column[v] = word_load(b + v * VL * WORD_BYTES);
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    word_t x = word_set(a[r / 3][(size_t)(r % 3) * lda + i]);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = word_dot(sum[r][v], x, column[v]);
  }
}

/// Groups that a tile takes before it moves its pointers.
enum { WORDS_UNROLLED = 4 };

/// sum[r][j] of a tile of a panel's first vectors: a has rows lda words apart. One line of `ahead` a step is brought to
/// the cache.
INLINE void word_tile(sum_t sum[TILE_ROWS][TILE_VECTORS], const int32_t *a, size_t lda, const int8_t *b,
                      size_t groups, const char *ahead, const int rows, const int vectors) {
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = sum_zero();
  const int32_t *rows_at[3] = {a, rows > 3 ? a + 3 * lda : a, rows > 6 ? a + 6 * lda : a};
  size_t left = groups;
  for (; left >= WORDS_UNROLLED; left -= WORDS_UNROLLED) {
#pragma clang loop unroll(full)
    for (size_t u = 0; u < WORDS_UNROLLED; u++) {
      _mm_prefetch(ahead + u * 64, _MM_HINT_T1);
      word_step(sum, rows_at, lda, u, b + u * WORD_P * WORD_BYTES, rows, vectors);
    }
    b += WORDS_UNROLLED * WORD_P * WORD_BYTES;
    ahead += WORDS_UNROLLED * 64;
#pragma clang loop unroll(full)
    for (int g = 0; g < 3; g++) rows_at[g] += WORDS_UNROLLED;
    // The pointers stay what they are: the compiler would derive one from another at every step.
    __asm__("" : "+r"(rows_at[0]), "+r"(rows_at[1]), "+r"(rows_at[2]));
  }
  for (size_t i = 0; i < left; i++) word_step(sum, rows_at, lda, i, b + i * WORD_P * WORD_BYTES, rows, vectors);
}
