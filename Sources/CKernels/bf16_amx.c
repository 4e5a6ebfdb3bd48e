#ifdef __x86_64__
#define CK_BEYOND ",amx-tile,amx-bf16"
#define MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#include "simd_avx512.h"

#include "amx_tiles.h"
#include "epilogue_simd.h"

void ck_bf16_matmul_amx(float *c, size_t ldc, const void *a, const void *panels, size_t p0, size_t p1, size_t m,
                        size_t n, size_t k, const ck_epilogue *epilogue) {
  _Alignas(64) float sums[BLOCK_ROWS * TILE_COLUMNS];
  const ck_epilogue none = {0};
  const size_t stride = ck_bf16_row_bytes(k), size = stride * TILE_COLUMNS;
  for (size_t p = p0; p < p1; p++) {
    const char *panel = (const char *)panels + p * size;
    const size_t column = p * TILE_COLUMNS, columns = n - column < TILE_COLUMNS ? n - column : TILE_COLUMNS;
    tile_stream stream = following(p + 1 < p1 ? panel + size : NULL, size, m);
    for (size_t start = 0; start < m; start += BLOCK_ROWS) {
      const size_t rows = m - start < BLOCK_ROWS ? m - start : BLOCK_ROWS;
      block_sums(sums, TILE_LINE, (tile_rows){(const char *)a + start * stride, stride}, rows, panel, stride,
                 &stream);
      finish(c + start * ldc + column, ldc, sums, TILE_COLUMNS, rows, columns, start, column,
             epilogue ? epilogue : &none);
    }
  }
  _tile_release();
}

#pragma clang attribute pop
#endif
