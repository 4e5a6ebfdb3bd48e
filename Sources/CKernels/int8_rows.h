// Quantisation to 8 bits, in plain C that the compiler vectorises for each tier. Included once a tier, after
// GROUP (depths that a product takes at a time), I8_P (columns of a panel), activation_t and I8(name).
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF  // A product and a sum round separately in every tier.

/// The integer nearest to x, ties to even, for |x| <= 2^22; any integer for others.
static inline __attribute__((always_inline)) int32_t nearest(float x) {
  const float shifted = x + 12582912.0f;  // 1.5 * 2^23: the last bit of the sum counts ones.
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return (int32_t)(bits - 0x4b400000u);
}

static inline __attribute__((always_inline)) int32_t magnitude_bits(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffff;
}

/// 1 / step, or 0 where that is no number to multiply with.
static inline __attribute__((always_inline)) float inverse_of(float step) {
  float inverse = 1.0f / step;
  return isfinite(inverse) ? inverse : 0.0f;
}

static inline __attribute__((always_inline)) size_t groups_of(size_t k) { return (k + GROUP - 1) / GROUP; }

size_t I8(panel_width)(void) { return I8_P; }
size_t I8(row_bytes)(size_t k) { return groups_of(k) * GROUP * sizeof(activation_t); }
size_t I8(panel_bytes)(size_t k) { return groups_of(k) * GROUP * I8_P + I8_P * (sizeof(float) + sizeof(int32_t)); }

void I8(pack)(void *panels, const float *src, size_t n, size_t k, size_t column_stride, size_t depth_stride,
              float *scratch) {
  const size_t groups = groups_of(k), size = I8(panel_bytes)(k);
  int8_t *narrow = (int8_t *)(scratch + k);
  for (size_t j = 0; j < (n + I8_P - 1) / I8_P * I8_P; j++) {
    int8_t *panel = (int8_t *)panels + j / I8_P * size;
    float *scales = (float *)(panel + groups * GROUP * I8_P);
    int32_t *sums = (int32_t *)(scales + I8_P), sum = 0;
    const float *column = src + j * column_stride;
    const size_t own = j % I8_P;
    memset(narrow, 0, groups * GROUP);
    scales[own] = 0;
    if (j < n) {
      if (depth_stride != 1) {
        for (size_t i = 0; i < k; i++) scratch[i] = column[i * depth_stride];
        column = scratch;
      }
      int32_t largest = 0;  // Numbers without a sign are ordered as their bits are.
      for (size_t i = 0; i < k; i++) {
        const int32_t bits = magnitude_bits(column[i]);
        largest = bits > largest ? bits : largest;
      }
      memcpy(&scales[own], &largest, sizeof largest);
      scales[own] /= 127.0f;
      const float inverse = inverse_of(scales[own]);
      for (size_t i = 0; i < k; i++) {
        const int32_t q = nearest(column[i] * inverse);
        narrow[i] = (int8_t)(q < -127 ? -127 : q > 127 ? 127 : q);
      }
      for (size_t i = 0; i < k; i++) sum += narrow[i];
    }
    sums[own] = sum;
    for (size_t g = 0; g < groups; g++) memcpy(panel + (g * I8_P + own) * GROUP, narrow + g * GROUP, GROUP);
  }
}

void I8(quantize)(void *q, float *scales, int32_t *zeros, const float *x, size_t x_stride, size_t rows, size_t k) {
  const size_t width = groups_of(k) * GROUP;
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * x_stride;
    activation_t *out = (activation_t *)q + r * width;
    float low, high, rest;  // rest: 0, or NaN where an element is not finite
    row_range(row, k, &low, &high, &rest);
    const float step = (high - low) / 255.0f, inverse = inverse_of(step);
    const int32_t zero = nearest(-low * inverse);
    scales[r] = step + rest;
    zeros[r] = zero;
    for (size_t i = 0; i < k; i++) {
      const int32_t value = (int32_t)((uint32_t)nearest(row[i] * inverse) + (uint32_t)zero);
      out[i] = (activation_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    for (size_t i = k; i < width; i++) out[i] = 0;
  }
}
