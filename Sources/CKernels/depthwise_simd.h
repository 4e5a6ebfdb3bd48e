// One vector of channels at a time: a tile of the map is copied together, and its pixels are computed from that. In
// the map the pixels lie whole rows of channels apart, often by powers of two, so that few of them fit in the cache at
// once. A tap outside the image reads a zero or is left out, by the pixel's position in the image alone.

/// Pixels of a row that are computed together, and the rows of the largest kernel whose size compilers know.
enum { RUN = 8, DEEPEST = 7 };
/// Columns of a tile, and the vectors of its copy, which leave room in the first cache.
enum { TILE_COLUMNS = VL == 8 ? 56 : 24, TILE_PIXELS = 28672 / sizeof(vf) };

/// All pointers start at the channels.
typedef struct {
  float *y;
  const float *x, *weights, *bias;
  size_t h, w, c;
  int32_t add_input;
  /// Whether the channels fill a vector, and which they are.
  int whole;
  vm mask;
} depthwise_map;

INLINE vf depthwise_load(const depthwise_map *map, const float *p) {
  return map->whole ? v_load(p) : v_load_masked(p, map->mask);
}

/// Copies the pixels of `rows` rows from row i0 - k/2 and of `columns` columns from column j0 - k/2 on. Rows outside
/// the image are left as they are: nobody reads them.
INLINE void depthwise_copy(float *tile, const depthwise_map *map, size_t k, size_t i0, size_t j0, size_t rows,
                           size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    size_t row = i0 + r - k / 2;  // Above the image it wraps to a large number.
    if (row >= map->h) continue;
    for (size_t s = 0; s < columns; s++) {
      size_t column = j0 + s - k / 2;
      vf pixel = column < map->w ? depthwise_load(map, map->x + (row * map->w + column) * map->c) : v_zero();
      v_store(tile + (r * columns + s) * VL, pixel);
    }
  }
}

/// Adds to the sums of a run of pixels what a row of the kernel makes of a row of the image. Every pixel is read once
/// and added to all sums that it belongs to, each of which takes its taps in their order.
INLINE void depthwise_row(vf *sum, const float *pixels, const float *weights, const depthwise_map *map,
                          const size_t k) {
  vf weight[DEEPEST];
#pragma clang loop unroll(full)
  for (size_t v = 0; v < k; v++) weight[v] = depthwise_load(map, weights + v * map->c);
#pragma clang loop unroll(full)
  for (size_t s = 0; s < RUN + k - 1; s++) {
    vf pixel = v_load(pixels + s * VL);
#pragma clang loop unroll(full)
    for (size_t v = 0; v < k; v++)
      if (v <= s && s - v < RUN) sum[s - v] = v_fma(pixel, weight[v], sum[s - v]);
  }
}

/// Writes the sums of the pixels (i, j) ..< (i, j1), a run at most; `centre` is the run in the copy.
INLINE void depthwise_store(const depthwise_map *map, const vf *sum, const float *centre, size_t i, size_t j,
                            size_t j1) {
  for (size_t t = 0; t < RUN && j + t < j1; t++) {
    float *y = map->y + (i * map->w + j + t) * map->c;
    vf one = map->add_input ? v_add(sum[t], v_load(centre + t * VL)) : sum[t];
    if (map->whole)
      v_store(y, one);
    else
      v_store_masked(y, one, map->mask);
  }
}

/// The pixels of rows i0 ..< i1 and columns j0 ..< j1 from their copy, by a kernel whose size compilers know.
INLINE void depthwise_tile(const float *tile, const depthwise_map *map, const size_t k, size_t i0, size_t i1,
                           size_t j0, size_t j1, size_t columns) {
  for (size_t i = i0; i < i1; i++)
    for (size_t j = j0; j < j1; j += RUN) {
      const float *corner = tile + ((i - i0) * columns + j - j0) * VL;
      vf sum[RUN];
#pragma clang loop unroll(full)
      for (int t = 0; t < RUN; t++) sum[t] = map->bias ? depthwise_load(map, map->bias) : v_zero();
      for (size_t u = 0; u < k; u++)
        if (i + u - k / 2 < map->h)
          depthwise_row(sum, corner + u * columns * VL, map->weights + u * k * map->c, map, k);
      depthwise_store(map, sum, corner + (k / 2 * columns + k / 2) * VL, i, j, j1);
    }
}

INLINE void depthwise_rows(float *tile, const depthwise_map *map, const size_t k, size_t h0, size_t h1) {
  size_t width = map->w < TILE_COLUMNS ? map->w : TILE_COLUMNS;
  size_t columns = (width + RUN - 1) / RUN * RUN + k - 1, rows = TILE_PIXELS / columns - (k - 1);
  for (size_t i = h0; i < h1; i += rows)
    for (size_t j = 0; j < map->w; j += TILE_COLUMNS) {
      size_t i1 = h1 - i < rows ? h1 : i + rows, j1 = map->w - j < TILE_COLUMNS ? map->w : j + TILE_COLUMNS;
      depthwise_copy(tile, map, k, i, j, i1 - i + k - 1, columns);
      depthwise_tile(tile, map, k, i, i1, j, j1, columns);
    }
}

/// A kernel of any size, pixel by pixel and tap by tap.
INLINE void depthwise_rows_of(const depthwise_map *map, size_t k, size_t h0, size_t h1) {
  size_t w = map->w, c = map->c;
  for (size_t i = h0; i < h1; i++)
    for (size_t j = 0; j < w; j++) {
      vf sum = map->bias ? depthwise_load(map, map->bias) : v_zero();
      for (size_t u = 0; u < k; u++)
        for (size_t v = 0; v < k; v++) {
          size_t row = i + u - k / 2, column = j + v - k / 2;
          if (row >= map->h || column >= w) continue;
          vf weight = depthwise_load(map, map->weights + (u * k + v) * c);
          sum = v_fma(depthwise_load(map, map->x + (row * w + column) * c), weight, sum);
        }
      size_t at = (i * w + j) * c;
      if (map->add_input) sum = v_add(sum, depthwise_load(map, map->x + at));
      if (map->whole)
        v_store(map->y + at, sum);
      else
        v_store_masked(map->y + at, sum, map->mask);
    }
}

void CK(depthwise_f32)(float *y, const float *x, const float *weights, const float *bias, size_t h, size_t w,
                       size_t c, size_t k, size_t h0, size_t h1, int32_t add_input) {
  vf tile[TILE_PIXELS];
  for (size_t ch = 0; ch < c; ch += VL) {
    size_t lanes = c - ch < VL ? c - ch : VL;
    const float *own = bias ? bias + ch : NULL;
    depthwise_map map = {y + ch, x + ch, weights + ch, own, h, w, c, add_input, lanes == VL, v_first(lanes)};
    switch (k) {
      case 3: depthwise_rows((float *)tile, &map, 3, h0, h1); break;
      case 5: depthwise_rows((float *)tile, &map, 5, h0, h1); break;
      case 7: depthwise_rows((float *)tile, &map, 7, h0, h1); break;
      default: depthwise_rows_of(&map, k, h0, h1);
    }
  }
}
