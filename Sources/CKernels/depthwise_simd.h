// One vector of channels at a time, a run of neighbouring pixels of a row in registers. A tap outside the
// image is left out, or reads zeros, by the pixel's position in the image alone.

enum { RUN = 8 };

static const float zeros[VL];

/// The pixels (i, j0) ..< (i, j0 + RUN), of which `count` exist; all pointers start at the channels. Where
/// `inner`, no tap leaves the row.
INLINE void depthwise_run(float *y, const float *x, const float *weights, const float *bias, size_t h,
                          size_t w, size_t c, const size_t k, size_t i, size_t j0, size_t count,
                          const int inner, int32_t add_input, vm m) {
  const size_t pad = k / 2;
  vf sum[RUN];
#pragma clang loop unroll(full)
  for (int t = 0; t < RUN; t++) sum[t] = bias ? v_load_masked(bias, m) : v_zero();
  for (size_t u = 0; u < k; u++) {
    size_t row = i + u - pad;  // Above the image it wraps to a large number.
    if (row >= h) continue;
    const float *pixels = x + row * w * c;
    for (size_t v = 0; v < k; v++) {
      vf weight = v_load_masked(weights + (u * k + v) * c, m);
#pragma clang loop unroll(full)
      for (int t = 0; t < RUN; t++) {
        size_t column = j0 + (size_t)t + v - pad;
        const float *pixel = inner || column < w ? pixels + column * c : zeros;
        sum[t] = v_fma(v_load_masked(pixel, m), weight, sum[t]);
      }
    }
  }
  for (size_t t = 0; t < count; t++) {
    size_t at = (i * w + j0 + t) * c;
    vf one = sum[t];
    v_store_masked(y + at, add_input ? v_add(one, v_load_masked(x + at, m)) : one, m);
  }
}

INLINE void depthwise_rows(float *y, const float *x, const float *weights, const float *bias, size_t h,
                           size_t w, size_t c, const size_t k, size_t h0, size_t h1, int32_t add_input) {
  const size_t pad = k / 2;
  for (size_t ch = 0; ch < c; ch += VL) {
    vm m = v_first(c - ch < VL ? c - ch : VL);
    const float *b = bias ? bias + ch : NULL;
    for (size_t i = h0; i < h1; i++)
      for (size_t j = 0; j < w; j += RUN) {
        size_t count = w - j < RUN ? w - j : RUN;
        if (j >= pad && j + RUN + pad <= w)
          depthwise_run(y + ch, x + ch, weights + ch, b, h, w, c, k, i, j, count, 1, add_input, m);
        else
          depthwise_run(y + ch, x + ch, weights + ch, b, h, w, c, k, i, j, count, 0, add_input, m);
      }
  }
}

void CK(depthwise_f32)(float *y, const float *x, const float *weights, const float *bias, size_t h, size_t w,
                       size_t c, size_t k, size_t h0, size_t h1, int32_t add_input) {
  switch (k) {
    case 3: depthwise_rows(y, x, weights, bias, h, w, c, 3, h0, h1, add_input); break;
    case 5: depthwise_rows(y, x, weights, bias, h, w, c, 5, h0, h1, add_input); break;
    case 7: depthwise_rows(y, x, weights, bias, h, w, c, 7, h0, h1, add_input); break;
    default: depthwise_rows(y, x, weights, bias, h, w, c, k, h0, h1, add_input);
  }
}
