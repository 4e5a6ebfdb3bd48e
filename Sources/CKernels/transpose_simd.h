void CK(transpose_f32)(float *y, size_t y_stride, const float *x, size_t x_stride, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r += VL) {
    size_t height = rows - r < VL ? rows - r : VL;
    vm tall = v_first(height);
    for (size_t c = 0; c < cols; c += VL) {
      size_t width = cols - c < VL ? cols - c : VL;
      vm wide = v_first(width);
      const float *from = x + r * x_stride + c;
      float *to = y + c * y_stride + r;
      vf block[VL];
      if (height == VL && width == VL) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < VL; i++) block[i] = v_load(from + i * x_stride);
        v_transpose(block);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < VL; i++) v_store(to + i * y_stride, block[i]);
      } else {
        for (size_t i = 0; i < VL; i++) block[i] = i < height ? v_load_masked(from + i * x_stride, wide) : v_zero();
        v_transpose(block);
        for (size_t i = 0; i < width; i++) v_store_masked(to + i * y_stride, block[i], tall);
      }
    }
  }
}
