#include "CKernels.h"

void ck_winograd_input_f32_scalar(float *v, size_t v_stride, const float *x, size_t line, size_t c, size_t rows,
                                  size_t cols) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++)
      for (size_t channel = 0; channel < c; channel++, v++) {
        const float *corner = x + 2 * i * line + 2 * j * c + channel;
        float t[4][4];
        for (size_t k = 0; k < 4; k++) {
          const float *d = corner + k * c;
          t[0][k] = d[0] - d[2 * line];
          t[1][k] = d[line] + d[2 * line];
          t[2][k] = d[2 * line] - d[line];
          t[3][k] = d[line] - d[3 * line];
        }
        for (size_t k = 0; k < 4; k++) {
          v[(4 * k + 0) * v_stride] = t[k][0] - t[k][2];
          v[(4 * k + 1) * v_stride] = t[k][1] + t[k][2];
          v[(4 * k + 2) * v_stride] = t[k][2] - t[k][1];
          v[(4 * k + 3) * v_stride] = t[k][1] - t[k][3];
        }
      }
}

void ck_winograd_output_f32_scalar(float *y, size_t line, const float *p, size_t p_stride, const float *bias,
                                   size_t n, size_t rows, size_t cols) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++)
      for (size_t column = 0; column < n; column++, p++) {
        float *corner = y + 2 * i * line + 2 * j * n + column;
        float sums[2][4], shift = bias ? bias[column] : 0.0f;
        for (size_t k = 0; k < 4; k++) {
          const float *a = p + k * p_stride;
          const size_t row = 4 * p_stride;
          sums[0][k] = a[0] + a[row] + a[2 * row];
          sums[1][k] = a[row] - a[2 * row] - a[3 * row];
        }
        for (size_t k = 0; k < 2; k++) {
          corner[k * line] = sums[k][0] + sums[k][1] + sums[k][2] + shift;
          corner[k * line + n] = sums[k][1] - sums[k][2] - sums[k][3] + shift;
        }
      }
}
