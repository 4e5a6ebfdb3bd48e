#include "softmax_scalar.h"

void ck_softmax_f32_scalar(float *y, const float *x, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    float max = -INFINITY, sum = 0.0f;
    for (size_t c = 0; c < cols; c++)
      if (!(x[c] <= max)) max = x[c];
    for (size_t c = 0; c < cols; c++) sum += y[c] = softmax_weight(x[c] - max);
    for (size_t c = 0; c < cols; c++) y[c] /= sum;
  }
}
