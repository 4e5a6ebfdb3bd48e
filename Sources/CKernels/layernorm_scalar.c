#include "CKernels.h"

#include <math.h>

void ck_layernorm_f32_scalar(float *y, const float *x, const float *gamma, const float *beta, size_t rows,
                             size_t cols, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    double sum = 0.0, squares = 0.0;
    for (size_t c = 0; c < cols; c++) sum += x[c];
    float mean = (float)(sum / (double)cols);
    for (size_t c = 0; c < cols; c++) squares += (double)(x[c] - mean) * (double)(x[c] - mean);
    float rstd = 1.0f / sqrtf((float)(squares / (double)cols) + epsilon);
    for (size_t c = 0; c < cols; c++)
      y[c] = (x[c] - mean) * rstd * (gamma ? gamma[c] : 1.0f) + (beta ? beta[c] : 0.0f);
  }
}

void ck_rmsnorm_f32_scalar(float *y, const float *x, const float *gamma, size_t rows, size_t cols,
                           float epsilon) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    double squares = 0.0;
    for (size_t c = 0; c < cols; c++) squares += (double)x[c] * (double)x[c];
    float factor = 1.0f / sqrtf((float)(squares / (double)cols) + epsilon);
    for (size_t c = 0; c < cols; c++) y[c] = x[c] * factor * (gamma ? gamma[c] : 1.0f);
  }
}
