#ifdef __x86_64__
#define CK_BEYOND ",amx-tile,amx-bf16,avx512bf16"
#define MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#include "simd_avx512.h"

#include "amx_tiles.h"
#include "bf16_simd.h"

#define BF16(name) ck_##name##_bf16_amx
enum { ATTENTION_TILE = TILE_HEIGHT, ATTENTION_ROWS = BLOCK_ROWS };

/// The tile unit makes all columns of a panel.
INLINE void panel_sums(float *sums, size_t line, const char *rows, size_t stride, size_t m, const char *panel,
                       size_t depth, size_t columns) {
  (void)columns;
  tile_stream none = {NULL, NULL, 0};
  block_sums(sums, line * sizeof(float), (tile_rows){rows, stride}, m, panel, depth, &none);
}

INLINE void end_products(void) { _tile_release(); }

#include "attention_bf16_simd.h"

#pragma clang attribute pop
#endif
