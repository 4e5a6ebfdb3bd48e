#include "CKernels.h"

/// The first element that tap (u, v) of the windows in row i lies on.
static const float *tap(const float *padded, const ck_windows *g, size_t i, size_t u, size_t v) {
  size_t row = i * g->stride[1] + u * g->dilation[1], column = v * g->dilation[2];
  size_t length = ck_phase_length(g);
  return padded + (row * g->stride[2] + column % g->stride[2]) * length + column / g->stride[2];
}

void ck_window_sum_f32_scalar(float *y, const float *padded, const float *weights, float bias,
                              const ck_windows *g) {
  for (size_t i = 0; i < g->out[1]; i++)
    for (size_t j = 0; j < g->out[2]; j++) {
      float sum = bias;
      for (size_t u = 0; u < g->kernel[1]; u++)
        for (size_t v = 0; v < g->kernel[2]; v++)
          sum += tap(padded, g, i, u, v)[j] * weights[u * g->kernel[2] + v];
      *y++ = sum;
    }
}

void ck_window_max_f32_scalar(float *y, const float *padded, const ck_windows *g) {
  for (size_t i = 0; i < g->out[1]; i++)
    for (size_t j = 0; j < g->out[2]; j++) {
      float largest = tap(padded, g, i, 0, 0)[j];
      for (size_t u = 0; u < g->kernel[1]; u++)
        for (size_t v = 0; v < g->kernel[2]; v++) {
          float x = tap(padded, g, i, u, v)[j];
          if (x > largest) largest = x;
        }
      *y++ = largest;
    }
}
