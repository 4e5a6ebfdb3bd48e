#include "CKernels.h"

#include <math.h>

void ck_exp_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = expf(x[i]);
}

void ck_tanh_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = tanhf(x[i]);
}

void ck_sigmoid_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = 1.0f / (1.0f + expf(-x[i]));
}

void ck_erf_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = erff(x[i]);
}

void ck_sqrt_f32_scalar(float *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = sqrtf(x[i]);
}

void ck_add_f32_scalar(float *y, const float *a, const float *b, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

void ck_multiply_f32_scalar(float *y, const float *a, const float *b, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

void ck_axpby_f32_scalar(float *y, float a, const float *x, float b, const float *z, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = a * x[i] + b * z[i];
}

void ck_weighted_sum_f32_scalar(float *out, const float *weights, const float *stack, size_t stack_stride,
                                size_t experts, size_t n0, size_t n1) {
  for (size_t i = n0; i < n1; i++) {
    float sum = 0.0f;
    for (size_t e = 0; e < experts; e++) sum += weights[e] * stack[e * stack_stride + i];
    out[i] = sum;
  }
}
