#include "panels_simd.h"

size_t CK(panel_width)(void) { return P; }

void CK(pack_f32)(float *packed, const float *src, size_t n, size_t k, size_t column_stride,
                  size_t depth_stride) {
  pack_panels(packed, src, n, k, column_stride, depth_stride);
}

void CK(matmul_f32)(float *c, size_t ldc, const float *a, size_t lda, const float *packed, size_t p0,
                    size_t p1, size_t m, size_t n, size_t k, const ck_epilogue *epilogue) {
  product(c, ldc, a, lda, packed, p0, p1, m, n, k, epilogue);
}

void CK(epilogue_f32)(float *c, size_t ldc, size_t m, size_t n, const ck_epilogue *epilogue) {
  finish(c, ldc, c, ldc, m, n, 0, 0, epilogue);
}

size_t CK(multiply_add_width)(void) { return 2 * TILE_ROWS * TILE_VECTORS * VL; }

float CK(multiply_add_loop)(size_t rounds) {
  vf sum[TILE_ROWS * TILE_VECTORS], a = v_set(0.5f), b = v_set(0.25f);
#pragma clang loop unroll(full)
  for (int i = 0; i < TILE_ROWS * TILE_VECTORS; i++) sum[i] = v_set((float)i);
  for (size_t n = 0; n < rounds; n++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_ROWS * TILE_VECTORS; i++) sum[i] = v_fma(sum[i], a, b);
  }
  vf all = v_zero();
#pragma clang loop unroll(full)
  for (int i = 0; i < TILE_ROWS * TILE_VECTORS; i++) all = v_add(all, sum[i]);
  return v_sum(all);
}
