// Channels are the lanes, so that a tile's 4x4 elements are sixteen vectors.

/// (a - c, b + c, c - b, b - d): one axis of a tile of the map.
INLINE void winograd_taps(vf y[4], vf a, vf b, vf c, vf d) {
  y[0] = v_sub(a, c);
  y[1] = v_add(b, c);
  y[2] = v_sub(c, b);
  y[3] = v_sub(b, d);
}

INLINE void winograd_input_vector(float *v, size_t v_stride, const float *x, size_t line, size_t c, vm m) {
  vf rows[4][4], taps[4][4];
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    vf column[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) column[i] = v_load_masked(x + (size_t)i * line + (size_t)j * c, m);
    winograd_taps(rows[j], column[0], column[1], column[2], column[3]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    winograd_taps(taps[i], rows[0][i], rows[1][i], rows[2][i], rows[3][i]);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) v_store_masked(v + (size_t)(4 * i + j) * v_stride, taps[i][j], m);
  }
}

void CK(winograd_input_f32)(float *v, size_t v_stride, const float *x, size_t line, size_t c, size_t rows,
                            size_t cols) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++, v += c) {
      const float *corner = x + 2 * i * line + 2 * j * c;
      for (size_t channel = 0; channel < c; channel += VL) {
        size_t left = c - channel;
        winograd_input_vector(v + channel, v_stride, corner + channel, line, c, v_first(left < VL ? left : VL));
      }
    }
}

void CK(winograd_output_f32)(float *y, size_t line, const float *p, size_t p_stride, const float *bias, size_t n,
                             size_t rows, size_t cols) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++, p += n) {
      float *corner = y + 2 * i * line + 2 * j * n;
      for (size_t column = 0; column < n; column += VL) {
        size_t left = n - column;
        vm m = v_first(left < VL ? left : VL);
        vf sums[2][4];
#pragma clang loop unroll(full)
        for (int k = 0; k < 4; k++) {
          vf a[4];
#pragma clang loop unroll(full)
          for (int l = 0; l < 4; l++) a[l] = v_load_masked(p + (size_t)(4 * l + k) * p_stride + column, m);
          sums[0][k] = v_add(v_add(a[0], a[1]), a[2]);
          sums[1][k] = v_sub(v_sub(a[1], a[2]), a[3]);
        }
        vf shift = bias ? v_load_masked(bias + column, m) : v_zero();
#pragma clang loop unroll(full)
        for (int k = 0; k < 2; k++) {
          float *row = corner + (size_t)k * line + column;
          v_store_masked(row, v_add(v_add(v_add(sums[k][0], sums[k][1]), sums[k][2]), shift), m);
          v_store_masked(row + n, v_add(v_sub(v_sub(sums[k][1], sums[k][2]), sums[k][3]), shift), m);
        }
      }
    }
}
