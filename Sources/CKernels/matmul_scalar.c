#include "CKernels.h"

#include <math.h>

enum { P = 8 };

size_t ck_panel_width_scalar(void) { return P; }

void ck_pack_f32_scalar(float *packed, const float *src, size_t n, size_t k, size_t column_stride,
                        size_t depth_stride) {
  for (size_t j0 = 0; j0 < n; j0 += P)
    for (size_t i = 0; i < k; i++)
      for (size_t j = j0; j < j0 + P; j++)
        *packed++ = j < n ? src[j * column_stride + i * depth_stride] : 0.0f;
}

static float activated(float x, int32_t activation) {
  switch (activation) {
    case CK_GELU: return 0.5f * x * erfcf(-0.70710678f * x);
    case CK_GELU_TANH: return x / (1.0f + expf(-1.59576912f * (x + 0.044715f * x * x * x)));
    case CK_QUICK_GELU: return x / (1.0f + expf(-1.702f * x));
    case CK_RELU: return x < 0.0f ? 0.0f : x;
    default: return x;
  }
}

static float finished(float x, const ck_epilogue *epilogue, size_t row, size_t column) {
  if (epilogue->bias) x += epilogue->bias[column];
  x = activated(x, epilogue->activation);
  if (epilogue->residual) x += epilogue->residual[row * epilogue->residual_stride + column];
  return x;
}

void ck_matmul_f32_scalar(float *c, size_t ldc, const float *a, size_t lda, const float *packed, size_t p0,
                          size_t p1, size_t m, size_t n, size_t k, const ck_epilogue *epilogue) {
  for (size_t p = p0; p < p1; p++) {
    const float *panel = packed + p * k * P;
    size_t columns = n - p * P < P ? n - p * P : P;
    for (size_t r = 0; r < m; r++) {
      float sum[P] = {0};
      for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < P; j++) sum[j] += a[r * lda + i] * panel[i * P + j];
      for (size_t j = 0; j < columns; j++) {
        size_t column = p * P + j;
        c[r * ldc + column] = epilogue ? finished(sum[j], epilogue, r, column) : sum[j];
      }
    }
  }
}

void ck_epilogue_f32_scalar(float *c, size_t ldc, size_t m, size_t n, const ck_epilogue *epilogue) {
  for (size_t r = 0; r < m; r++)
    for (size_t j = 0; j < n; j++) c[r * ldc + j] = finished(c[r * ldc + j], epilogue, r, j);
}

void ck_gelu_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = activated(x[i], CK_GELU);
}

void ck_gelu_tanh_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = activated(x[i], CK_GELU_TANH);
}

void ck_quick_gelu_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = activated(x[i], CK_QUICK_GELU);
}

void ck_relu_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = activated(x[i], CK_RELU);
}

size_t ck_multiply_add_width_scalar(void) { return 2 * P; }

float ck_multiply_add_loop_scalar(size_t rounds) {
  float sum[P] = {0, 1, 2, 3, 4, 5, 6, 7};
  for (size_t n = 0; n < rounds; n++)
    for (size_t j = 0; j < P; j++) sum[j] = sum[j] * 0.5f + 0.25f;
  float all = 0;
  for (size_t j = 0; j < P; j++) all += sum[j];
  return all;
}
