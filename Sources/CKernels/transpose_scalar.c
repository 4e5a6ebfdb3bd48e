#include "CKernels.h"

void ck_transpose_f32_scalar(float *y, size_t y_stride, const float *x, size_t x_stride, size_t rows,
                             size_t cols) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) y[c * y_stride + r] = x[r * x_stride + c];
}
