void CK(scale_shift_f32)(float *y, const float *x, const float *scale, const float *shift, size_t rows,
                         size_t cols) {
  const vf one = v_set(1.0f), zero = v_zero();
  for (size_t r = 0; r < rows; r++, x += cols, y += cols)
    for (size_t c = 0; c < cols; c += VL) {
      vm m = v_first(cols - c < VL ? cols - c : VL);
      vf product = v_mul(v_load_masked(x + c, m), scale ? v_load_masked(scale + c, m) : one);
      v_store_masked(y + c, v_add(product, shift ? v_load_masked(shift + c, m) : zero), m);
    }
}

void CK(scale_rows_f32)(float *y, const float *x, const float *weight, size_t weight_stride, size_t rows,
                        size_t cols, int32_t accumulate) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    vf factor = v_set(weight[r * weight_stride]);
    for (size_t c = 0; c < cols; c += VL) {
      vm m = v_first(cols - c < VL ? cols - c : VL);
      vf old = accumulate ? v_load_masked(y + c, m) : v_zero();
      vf product = v_mul(factor, v_load_masked(x + c, m));
      v_store_masked(y + c, accumulate ? v_add(product, old) : product, m);
    }
  }
}

/// One group of columns that lie in `vectors` vectors, the last one masked.
INLINE void mean_of_group(float *mean, const float *x, size_t x_stride, size_t rows, const int vectors,
                          vm last) {
  enum { RUN = 16 };
  const vm all = v_first(VL);
  vf total[4], count = v_set((float)rows);
  for (int g = 0; g < vectors; g++) total[g] = v_zero();
  for (size_t r0 = 0; r0 < rows; r0 += RUN) {
    vf sum[4];
    for (int g = 0; g < vectors; g++) sum[g] = v_zero();
    for (size_t r = r0; r < rows && r < r0 + RUN; r++)
      for (int g = 0; g < vectors; g++)
        sum[g] = v_add(sum[g], v_load_masked(x + r * x_stride + g * VL, g + 1 < vectors ? all : last));
    for (int g = 0; g < vectors; g++) total[g] = v_add(total[g], sum[g]);
  }
  for (int g = 0; g < vectors; g++)
    v_store_masked(mean + g * VL, rows ? v_div(total[g], count) : v_zero(), g + 1 < vectors ? all : last);
}

void CK(column_mean_f32)(float *mean, const float *x, size_t x_stride, size_t rows, size_t cols) {
  size_t c = 0;
  for (; c + 4 * VL <= cols; c += 4 * VL) mean_of_group(mean + c, x + c, x_stride, rows, 4, v_first(VL));
  for (; c < cols; c += VL)
    mean_of_group(mean + c, x + c, x_stride, rows, 1, v_first(cols - c < VL ? cols - c : VL));
}
