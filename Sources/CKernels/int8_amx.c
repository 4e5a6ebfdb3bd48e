#ifdef __x86_64__
#define CK_BEYOND ",amx-tile,amx-int8"
#define MULTIPLY(c, a, b) _tile_dpbusd(c, a, b)
#include "simd_avx512.h"

#include "amx_tiles.h"
#include "int8_avx512.h"

enum { I8_P = TILE_COLUMNS };
#include "int8_scaled_simd.h"

void ck_i8_matmul_amx(float *c, size_t ldc, const void *a, const float *scales, const int32_t *zeros,
                      const void *panels, size_t p0, size_t p1, size_t m, size_t n, size_t k,
                      const ck_epilogue *epilogue) {
  _Alignas(64) int32_t sums[BLOCK_ROWS * I8_P];
  _Alignas(64) float line[I8_P];
  const ck_epilogue none = {0};
  const size_t stride = ck_i8_row_bytes_avx512vnni(k), size = ck_i8_panel_bytes_avx512vnni(k);
  for (size_t p = p0; p < p1; p++) {
    const char *panel = (const char *)panels + p * size;
    const float *steps = (const float *)(panel + stride * I8_P);
    const size_t column = p * I8_P, columns = n - column < I8_P ? n - column : I8_P;
    tile_stream stream = following(p + 1 < p1 ? panel + size : NULL, size, m);
    for (size_t start = 0; start < m; start += BLOCK_ROWS) {
      const size_t rows = m - start < BLOCK_ROWS ? m - start : BLOCK_ROWS;
      block_sums(sums, TILE_LINE, (tile_rows){(const char *)a + start * stride, stride}, rows, panel, stride,
                 &stream);
      for (size_t r = 0; r < rows; r++) {
        const size_t row = start + r;
        for (size_t j = 0; j < I8_P; j += VL)
          v_store(line + j, i8_scaled(vi_load(sums + r * I8_P + j), zeros[row], scales[row], steps, j));
        finish(c + row * ldc + column, ldc, line, I8_P, 1, columns, row, column, epilogue ? epilogue : &none);
      }
    }
  }
  _tile_release();
}

#pragma clang attribute pop
#endif
