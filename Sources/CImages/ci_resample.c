#include "ci_resample.h"

enum { precision_bits = 22 };

static uint8_t clamped(int32_t sum) {
  int32_t value = sum >> precision_bits;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

void ci_resample_rows(uint8_t *result, const uint8_t *source, size_t first_row, size_t rows,
                      size_t source_columns, size_t columns, const int32_t *starts,
                      const int32_t *counts, const int32_t *weights, size_t stride) {
  source += 3 * source_columns * first_row;
  for (size_t y = 0; y < rows; y++, source += 3 * source_columns) {
    for (size_t x = 0; x < columns; x++, result += 3) {
      const uint8_t *pixel = source + 3 * (size_t)starts[x];
      const int32_t *weight = weights + x * stride;
      int32_t red = 1 << (precision_bits - 1), green = red, blue = red;
      for (int32_t j = 0; j < counts[x]; j++, pixel += 3) {
        red += pixel[0] * weight[j];
        green += pixel[1] * weight[j];
        blue += pixel[2] * weight[j];
      }
      result[0] = clamped(red);
      result[1] = clamped(green);
      result[2] = clamped(blue);
    }
  }
}

void ci_resample_columns(uint8_t *result, const uint8_t *source, size_t columns, size_t first_row,
                         size_t rows, const int32_t *starts, const int32_t *counts,
                         const int32_t *weights, size_t stride) {
  size_t width = 3 * columns;
  for (size_t y = 0; y < rows; y++, result += width) {
    const uint8_t *top = source + ((size_t)starts[y] - first_row) * width;
    const int32_t *weight = weights + y * stride;
    for (size_t x = 0; x < width; x++) {
      int32_t sum = 1 << (precision_bits - 1);
      for (int32_t j = 0; j < counts[y]; j++) sum += top[(size_t)j * width + x] * weight[j];
      result[x] = clamped(sum);
    }
  }
}
