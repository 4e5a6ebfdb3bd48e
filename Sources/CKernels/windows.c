#include "CKernels.h"

#include <string.h>

/// A run of `count` positions along the last axis from (z0, y0, x0) on: column j of rows `width` apart.
static void gather_run(float *panel, const float *image, size_t c, const ck_windows *g, size_t width,
                       size_t z0, size_t y0, size_t x0, size_t count) {
  const size_t *in = g->in, *kernel = g->kernel, *stride = g->stride, *dilation = g->dilation;
  for (size_t ch = 0; ch < c; ch++, image += in[0] * in[1] * in[2])
    for (size_t a = 0; a < kernel[0]; a++)
      for (size_t b = 0; b < kernel[1]; b++) {
        // Positions before the map wrap to numbers beyond it.
        size_t z = z0 * stride[0] + a * dilation[0] - g->before[0];
        size_t y = y0 * stride[1] + b * dilation[1] - g->before[1];
        const float *row = z < in[0] && y < in[1] ? image + (z * in[1] + y) * in[2] : NULL;
        for (size_t e = 0; e < kernel[2]; e++, panel += width) {
          size_t x = x0 * stride[2] + e * dilation[2] - g->before[2];
          if (!row) {
            for (size_t j = 0; j < count; j++) panel[j] = 0.0f;
          } else if (stride[2] == 1 && x < in[2] && count <= in[2] - x) {
            for (size_t j = 0; j < count; j++) panel[j] = row[x + j];
          } else {
            for (size_t j = 0; j < count; j++, x += stride[2]) panel[j] = x < in[2] ? row[x] : 0.0f;
          }
        }
      }
}

void ck_window_panels_f32(float *panels, const float *image, size_t c, const ck_windows *g, size_t width,
                          size_t p0, size_t p1) {
  const size_t positions = g->out[0] * g->out[1] * g->out[2];
  const size_t depth = c * g->kernel[0] * g->kernel[1] * g->kernel[2];
  for (size_t p = p0; p < p1; p++, panels += depth * width) {
    size_t first = p * width, count = positions - first < width ? positions - first : width;
    if (count < width)
      for (size_t i = 0; i < depth; i++)
        for (size_t j = count; j < width; j++) panels[i * width + j] = 0.0f;
    for (size_t j = 0, run; j < count; j += run) {
      size_t x = (first + j) % g->out[2], rest = (first + j) / g->out[2];
      run = g->out[2] - x < count - j ? g->out[2] - x : count - j;
      gather_run(panels + j, image, c, g, width, rest / g->out[1], rest % g->out[1], x, run);
    }
  }
}

size_t ck_phase_length(const ck_windows *g) {
  // A vector that begins at the last window may reach this far beyond it.
  const size_t slack = 16;
  return g->out[2] + (g->kernel[2] - 1) * g->dilation[2] / g->stride[2] + slack;
}

void ck_pad_plane_f32(float *padded, const float *plane, const ck_windows *g, float fill) {
  const size_t length = ck_phase_length(g), stride = g->stride[2];
  const size_t rows = (g->out[1] - 1) * g->stride[1] + (g->kernel[1] - 1) * g->dilation[1] + 1;
  for (size_t i = 0; i < rows; i++) {
    size_t y = i - g->before[1];
    for (size_t phase = 0; phase < stride; phase++)
      for (size_t j = 0; j < length; j++, padded++) {
        size_t x = j * stride + phase - g->before[2];
        *padded = y < g->in[1] && x < g->in[2] ? plane[y * g->in[2] + x] : fill;
      }
  }
}
