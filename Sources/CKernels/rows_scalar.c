#include "CKernels.h"

void ck_scale_shift_f32_scalar(float *y, const float *x, const float *scale, const float *shift, size_t rows,
                               size_t cols) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++)
      y[r * cols + c] = x[r * cols + c] * (scale ? scale[c] : 1.0f) + (shift ? shift[c] : 0.0f);
}

void ck_scale_rows_f32_scalar(float *y, const float *x, const float *weight, size_t weight_stride,
                              size_t rows, size_t cols, int32_t accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      float product = weight[r * weight_stride] * x[r * cols + c];
      y[r * cols + c] = accumulate ? product + y[r * cols + c] : product;
    }
}

void ck_column_mean_f32_scalar(float *mean, const float *x, size_t x_stride, size_t rows, size_t cols) {
  for (size_t c = 0; c < cols; c++) {
    float total = 0.0f;
    for (size_t r0 = 0; r0 < rows; r0 += 16) {
      float sum = 0.0f;
      for (size_t r = r0; r < rows && r < r0 + 16; r++) sum += x[r * x_stride + c];
      total += sum;
    }
    mean[c] = rows ? total / (float)rows : 0.0f;
  }
}
