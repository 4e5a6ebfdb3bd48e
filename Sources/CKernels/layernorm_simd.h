// Four partial sums over the vectors of a row, added as (0 + 1) + (2 + 3), then the lanes as a tree: the
// order depends on cols alone.

#define ROW_SUM(result, term)                                                       \
  do {                                                                              \
    vf partial[4] = {v_zero(), v_zero(), v_zero(), v_zero()};                       \
    size_t c = 0;                                                                   \
    for (; c + 4 * VL <= cols; c += 4 * VL)                                         \
      for (int g = 0; g < 4; g++) {                                                 \
        vf v = v_load(x + c + g * VL);                                              \
        partial[g] = v_add(partial[g], term);                                       \
      }                                                                             \
    for (; c + VL <= cols; c += VL) {                                               \
      vf v = v_load(x + c);                                                         \
      partial[0] = v_add(partial[0], term);                                         \
    }                                                                               \
    if (c < cols) {                                                                 \
      vm m = v_first(cols - c);                                                     \
      vf v = v_load_masked(x + c, m);                                               \
      partial[1] = v_add(partial[1], v_select(m, term, v_zero()));                  \
    }                                                                               \
    result = v_sum(v_add(v_add(partial[0], partial[1]), v_add(partial[2], partial[3]))); \
  } while (0)

INLINE vf square(vf v) { return v_mul(v, v); }

INLINE vf normalised(vf x, vf mean, vf rstd, vf gamma, vf beta) {
  return v_fma(v_mul(v_sub(x, mean), rstd), gamma, beta);
}

void CK(layernorm_f32)(float *y, const float *x, const float *gamma, const float *beta, size_t rows,
                       size_t cols, float epsilon) {
  const vf one = v_set(1.0f), zero = v_zero();
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    float sum, squares;
    ROW_SUM(sum, v);
    vf mean = v_set(sum / (float)cols);
    ROW_SUM(squares, square(v_sub(v, mean)));
    vf rstd = v_set(1.0f / sqrtf(squares / (float)cols + epsilon));
    size_t c = 0;
    for (; c + VL <= cols; c += VL)
      v_store(y + c, normalised(v_load(x + c), mean, rstd, gamma ? v_load(gamma + c) : one,
                                beta ? v_load(beta + c) : zero));
    if (c == cols) continue;
    vm m = v_first(cols - c);
    vf tail = normalised(v_load_masked(x + c, m), mean, rstd, gamma ? v_load_masked(gamma + c, m) : one,
                         beta ? v_load_masked(beta + c, m) : zero);
    v_store_masked(y + c, tail, m);
  }
}

void CK(rmsnorm_f32)(float *y, const float *x, const float *gamma, size_t rows, size_t cols, float epsilon) {
  const vf one = v_set(1.0f);
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    float squares;
    ROW_SUM(squares, square(v));
    vf factor = v_set(1.0f / sqrtf(squares / (float)cols + epsilon));
    for (size_t c = 0; c < cols; c += VL) {
      vm m = v_first(cols - c < VL ? cols - c : VL);
      vf weight = gamma ? v_load_masked(gamma + c, m) : one;
      v_store_masked(y + c, v_mul(v_mul(v_load_masked(x + c, m), factor), weight), m);
    }
  }
}
