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
