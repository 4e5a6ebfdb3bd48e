// What happens to a block of a product before it is stored.
#pragma once
#include "math_simd.h"

INLINE vf activated(vf x, const int32_t activation) {
  switch (activation) {
    case CK_GELU: return v_gelu(x);
    case CK_GELU_TANH: return v_gelu_tanh(x);
    case CK_QUICK_GELU: return v_quick_gelu(x);
    case CK_RELU: return v_relu(x);
    default: return x;
  }
}

INLINE void finish_as(float *c, size_t ldc, const float *x, size_t ldx, size_t rows, size_t columns,
                      size_t row, size_t column, const ck_epilogue *epilogue, const int32_t activation) {
  const float *bias = epilogue->bias ? epilogue->bias + column : NULL, *residual = epilogue->residual;
  if (residual) residual += row * epilogue->residual_stride + column;
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j += VL) {
      vm m = v_first(columns - j < VL ? columns - j : VL);
      vf y = v_load_masked(x + r * ldx + j, m);
      if (bias) y = v_add(y, v_load_masked(bias + j, m));
      y = activated(y, activation);
      if (residual) y = v_add(y, v_load_masked(residual + r * epilogue->residual_stride + j, m));
      v_store_masked(c + r * ldc + j, y, m);
    }
}

/// Brings what a block's epilogue will add to the cache, while the block is computed: its rows are far apart.
INLINE void fetch_residual(const ck_epilogue *epilogue, size_t rows, size_t columns, size_t row, size_t column) {
  if (!epilogue || !epilogue->residual) return;
  const float *residual = epilogue->residual + row * epilogue->residual_stride + column;
  for (size_t r = 0; r < rows; r++, residual += epilogue->residual_stride)
    for (size_t j = 0; j < columns; j += 16) _mm_prefetch((const char *)(residual + j), _MM_HINT_T0);
}

/// c[r, j] = epilogue of x[r, j], the block's corner being (row, column) of the whole product. c may be x.
INLINE void finish(float *c, size_t ldc, const float *x, size_t ldx, size_t rows, size_t columns, size_t row,
                   size_t column, const ck_epilogue *epilogue) {
  switch (epilogue->activation) {
    case CK_GELU: finish_as(c, ldc, x, ldx, rows, columns, row, column, epilogue, CK_GELU); break;
    case CK_GELU_TANH: finish_as(c, ldc, x, ldx, rows, columns, row, column, epilogue, CK_GELU_TANH); break;
    case CK_QUICK_GELU: finish_as(c, ldc, x, ldx, rows, columns, row, column, epilogue, CK_QUICK_GELU); break;
    case CK_RELU: finish_as(c, ldc, x, ldx, rows, columns, row, column, epilogue, CK_RELU); break;
    default: finish_as(c, ldc, x, ldx, rows, columns, row, column, epilogue, CK_NONE);
  }
}
