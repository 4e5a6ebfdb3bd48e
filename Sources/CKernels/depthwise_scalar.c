#include "CKernels.h"

void ck_depthwise_f32_scalar(float *y, const float *x, const float *weights, const float *bias, size_t h,
                             size_t w, size_t c, size_t k, size_t h0, size_t h1, int32_t add_input) {
  size_t pad = k / 2;
  for (size_t i = h0; i < h1; i++)
    for (size_t j = 0; j < w; j++)
      for (size_t ch = 0; ch < c; ch++) {
        float sum = bias ? bias[ch] : 0.0f;
        for (size_t u = 0; u < k; u++)
          for (size_t v = 0; v < k; v++)  // An index below zero wraps to a large one.
            if (i + u - pad < h && j + v - pad < w)
              sum += x[((i + u - pad) * w + (j + v - pad)) * c + ch] * weights[(u * k + v) * c + ch];
        y[(i * w + j) * c + ch] = add_input ? sum + x[(i * w + j) * c + ch] : sum;
      }
}
