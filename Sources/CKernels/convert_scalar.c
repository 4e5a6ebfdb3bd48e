#include "CKernels.h"

#include <string.h>

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

void ck_f16_to_f32_scalar(float *y, const uint16_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t sign = (uint32_t)(x[i] & 0x8000) << 16, exponent = x[i] >> 10 & 31, mantissa = x[i] & 0x3ff;
    if (exponent == 0)
      y[i] = float_of(bits_of((float)mantissa * 0x1p-24f) | sign);
    else if (exponent == 31)
      y[i] = float_of(sign | 0x7f800000 | mantissa << 13 | (mantissa ? 0x400000 : 0));
    else
      y[i] = float_of(sign | (exponent + 112) << 23 | mantissa << 13);
  }
}

void ck_f32_to_f16_scalar(uint16_t *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits = bits_of(x[i]), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff, half;
    if (magnitude > 0x7f800000)
      half = 0x7e00 | (magnitude >> 13 & 0x3ff);
    else if (magnitude >= 0x47800000)
      half = 0x7c00;
    else if (magnitude < 0x38800000)  // Below 2^-14: adding 1/2 rounds to units of 2^-24, ties to even.
      half = bits_of(float_of(magnitude) + 0.5f) - 0x3f000000;
    else
      half = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    y[i] = (uint16_t)(sign | half);
  }
}

void ck_bf16_to_f32_scalar(float *y, const uint16_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = float_of((uint32_t)x[i] << 16);
}

void ck_f32_to_bf16_scalar(uint16_t *y, const float *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits = bits_of(x[i]);
    uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
    y[i] = (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : rounded) >> 16);
  }
}
