#include "CKernels.h"

#include <string.h>

void ck_repack_depthwise_f32(float *dst, const float *src, size_t c, size_t taps) {
  for (size_t t = 0; t < taps; t++)
    for (size_t ch = 0; ch < c; ch++) dst[t * c + ch] = src[ch * taps + t];
}

void ck_patchify_f32(float *rows, const float *image, size_t c, size_t h, size_t w, size_t p, size_t q) {
  for (size_t i = 0; i < h / p; i++)
    for (size_t j = 0; j < w / q; j++)
      for (size_t ch = 0; ch < c; ch++)
        for (size_t u = 0; u < p; u++, rows += q)
          memcpy(rows, image + (ch * h + i * p + u) * w + j * q, q * sizeof *rows);
}

void ck_im2col_f32(float *rows, const float *image, size_t c, size_t h, size_t w, const ck_window *window,
                   size_t r0, size_t r1) {
  for (size_t r = r0; r < r1; r++) {
    // Positions before the image wrap to numbers beyond it.
    size_t top = r / window->out_w * window->stride_h - window->pad_top;
    size_t left = r % window->out_w * window->stride_w - window->pad_left;
    for (size_t ch = 0; ch < c; ch++)
      for (size_t u = 0; u < window->kernel_h; u++)
        for (size_t v = 0; v < window->kernel_w; v++) {
          size_t i = top + u * window->dilation_h, j = left + v * window->dilation_w;
          *rows++ = i < h && j < w ? image[(ch * h + i) * w + j] : 0.0f;
        }
  }
}
