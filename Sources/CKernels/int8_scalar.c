#include "CKernels.h"

#define GROUP 4
#define I8_P 8
#define I8(name) ck_i8_##name##_scalar
typedef uint8_t activation_t;

static void row_range(const float *row, size_t k, float *low, float *high, float *rest) {
  *low = *high = *rest = 0;
  for (size_t i = 0; i < k; i++) {
    *low = row[i] < *low ? row[i] : *low;
    *high = row[i] > *high ? row[i] : *high;
    *rest += row[i] * 0.0f;
  }
}

#include "int8_rows.h"

void ck_i8_matmul_scalar(float *c, size_t ldc, const void *a, const float *scales, const int32_t *zeros,
                         const void *panels, size_t p0, size_t p1, size_t m, size_t n, size_t k,
                         const ck_epilogue *epilogue) {
  const size_t width = groups_of(k) * GROUP, size = ck_i8_panel_bytes_scalar(k);
  for (size_t p = p0; p < p1; p++) {
    const int8_t *panel = (const int8_t *)panels + p * size;
    const float *steps = (const float *)(panel + width * I8_P);
    const int32_t *sums = (const int32_t *)(steps + I8_P);
    const size_t column = p * I8_P, columns = n - column < I8_P ? n - column : I8_P;
    for (size_t r = 0; r < m; r++) {
      const uint8_t *row = (const uint8_t *)a + r * width;
      float finished[I8_P];
      for (size_t j = 0; j < columns; j++) {
        int64_t sum = -(int64_t)zeros[r] * sums[j];
        for (size_t i = 0; i < k; i++) sum += row[i] * panel[(i / GROUP * I8_P + j) * GROUP + i % GROUP];
        finished[j] = (float)(int32_t)sum * (scales[r] * steps[j]);
      }
      if (epilogue) {
        ck_epilogue block = *epilogue;
        if (block.bias) block.bias += column;
        if (block.residual) block.residual += r * block.residual_stride + column;
        ck_epilogue_f32_scalar(finished, I8_P, 1, columns, &block);
      }
      memcpy(c + r * ldc + column, finished, columns * sizeof(float));
    }
  }
}
