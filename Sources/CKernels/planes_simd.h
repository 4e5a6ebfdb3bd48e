// Neighbouring windows of a row are the lanes. The plane is padded and split by phases, so that a tap's
// elements for neighbouring windows are neighbours and no tap leaves the memory.

INLINE const float *window_tap(const float *padded, const ck_windows *g, size_t length, size_t i, size_t u,
                               size_t v) {
  size_t row = i * g->stride[1] + u * g->dilation[1], column = v * g->dilation[2];
  return padded + (row * g->stride[2] + column % g->stride[2]) * length + column / g->stride[2];
}

void CK(window_sum_f32)(float *y, const float *padded, const float *weights, float bias,
                        const ck_windows *g) {
  const size_t length = ck_phase_length(g);
  for (size_t i = 0; i < g->out[1]; i++, y += g->out[2])
    for (size_t j = 0; j < g->out[2]; j += VL) {
      vf sum = v_set(bias);
      for (size_t u = 0; u < g->kernel[1]; u++)
        for (size_t v = 0; v < g->kernel[2]; v++)
          sum = v_fma(v_load(window_tap(padded, g, length, i, u, v) + j),
                      v_set(weights[u * g->kernel[2] + v]), sum);
      size_t left = g->out[2] - j;
      v_store_masked(y + j, sum, v_first(left < VL ? left : VL));
    }
}

void CK(window_max_f32)(float *y, const float *padded, const ck_windows *g) {
  const size_t length = ck_phase_length(g);
  for (size_t i = 0; i < g->out[1]; i++, y += g->out[2])
    for (size_t j = 0; j < g->out[2]; j += VL) {
      vf largest = v_load(window_tap(padded, g, length, i, 0, 0) + j);
      for (size_t u = 0; u < g->kernel[1]; u++)
        for (size_t v = 0; v < g->kernel[2]; v++)
          largest = v_max(v_load(window_tap(padded, g, length, i, u, v) + j), largest);
      size_t left = g->out[2] - j;
      v_store_masked(y + j, largest, v_first(left < VL ? left : VL));
    }
}
