// Products by the CPU's tile unit (AMX): 16 rows meet the 48 columns of a panel, 64 bytes of a row's depth at a time.
// Rows and panels are what the kernels of 32-bit words take. Included after the vectors of AVX-512 and
// MULTIPLY(c, a, b), of three tile numbers.
#pragma once

enum {
  TILE_HEIGHT = 16,
  TILE_BYTES = 64,
  TILE_COLUMNS = 3 * VL,
  TILE_LINE = TILE_COLUMNS * 4,             // bytes of a row of a panel: a word of each column
  TILE_DEPTH = TILE_BYTES / 4 * TILE_LINE,  // bytes of a panel that meet 64 bytes of a row
  BLOCK_BYTES = 8 * TILE_BYTES,             // of depth: its part of a panel stays in the first-level cache
  BLOCK_ROWS = 16 * TILE_HEIGHT,            // whose sums wait in the second level for the next depth
};

typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} tile_shapes;

/// Tiles 0 to 2 hold sums, 3 rows, 4 and 5 columns; 6 and 7 rows and columns of the `rest` bytes of depth that
/// fill no whole tile.
INLINE void shape_tiles(size_t rows, size_t rest) {
  tile_shapes shapes = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    shapes.bytes[t] = TILE_BYTES;
    shapes.rows[t] = t < 4 || t == 6 ? (uint8_t)rows : TILE_HEIGHT;
  }
  shapes.bytes[6] = (uint16_t)(rest ? rest : 4);
  shapes.rows[7] = (uint8_t)(rest ? rest / 4 : 1);
  _tile_loadconfig(&shapes);
}

/// Memory that will be read, brought to the second-level cache some lines at a time.
typedef struct {
  const char *at, *end;
  size_t lines;
} tile_stream;

INLINE void advance(tile_stream *stream) {
  for (size_t i = 0; i < stream->lines && stream->at < stream->end; i++, stream->at += 64)
    _mm_prefetch(stream->at, _MM_HINT_T1);
}

/// Rows in memory: `stride` bytes apart.
typedef struct {
  const char *at;
  size_t stride;
} tile_rows;

/// Adds to the sums, `line` bytes a row, or makes them, what a tile of rows gives with `bytes` of a panel's depth.
INLINE void tile_sums(void *sums, size_t line, int adds, tile_rows a, const char *panel, size_t bytes,
                      tile_stream *stream) {
  char *out = (char *)sums;
  if (adds) {
    _tile_loadd(0, out, line);
    _tile_loadd(1, out + TILE_BYTES, line);
    _tile_loadd(2, out + 2 * TILE_BYTES, line);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
  }
  const char *whole = a.at + bytes / TILE_BYTES * TILE_BYTES;
  for (; a.at != whole; a.at += TILE_BYTES, panel += TILE_DEPTH) {
    advance(stream);
    _tile_loadd(3, a.at, a.stride);
    _tile_loadd(4, panel, TILE_LINE);
    MULTIPLY(0, 3, 4);
    _tile_loadd(5, panel + TILE_BYTES, TILE_LINE);
    MULTIPLY(1, 3, 5);
    _tile_loadd(4, panel + 2 * TILE_BYTES, TILE_LINE);
    MULTIPLY(2, 3, 4);
  }
  if (bytes % TILE_BYTES) {
    _tile_loadd(6, a.at, a.stride);
    _tile_loadd(7, panel, TILE_LINE);
    MULTIPLY(0, 6, 7);
    _tile_loadd(7, panel + TILE_BYTES, TILE_LINE);
    MULTIPLY(1, 6, 7);
    _tile_loadd(7, panel + 2 * TILE_BYTES, TILE_LINE);
    MULTIPLY(2, 6, 7);
  }
  _tile_stored(0, out, line);
  _tile_stored(1, out + TILE_BYTES, line);
  _tile_stored(2, out + 2 * TILE_BYTES, line);
}

/// The sums of m rows with a panel of `depth` bytes, a multiple of 4: TILE_COLUMNS numbers of 32 bits a row, rows
/// `line` bytes apart.
INLINE void block_sums(void *sums, size_t line, tile_rows a, size_t m, const char *panel, size_t depth,
                       tile_stream *stream) {
  const size_t whole = m / TILE_HEIGHT * TILE_HEIGHT;
  size_t done = 0;
  do {
    const size_t bytes = depth - done < BLOCK_BYTES ? depth - done : BLOCK_BYTES;
    if (whole) shape_tiles(TILE_HEIGHT, depth % TILE_BYTES);
    for (size_t row = 0; row < m; row += TILE_HEIGHT) {
      if (row == whole) shape_tiles(m - whole, depth % TILE_BYTES);
      const tile_rows rows = {a.at + row * a.stride + done, a.stride};
      tile_sums((char *)sums + row * line, line, done > 0, rows, panel, bytes, stream);
    }
    done += bytes;
    panel += BLOCK_BYTES / TILE_BYTES * TILE_DEPTH;
  } while (done < depth);
}

/// The `stream` of the panel that follows, for a product of m rows: nearly all of it by the product's end.
INLINE tile_stream following(const char *next, size_t bytes, size_t m) {
  const size_t tiles = (m + TILE_HEIGHT - 1) / TILE_HEIGHT, lines = TILE_DEPTH / 64;
  return (tile_stream){next, next ? next + bytes : NULL, tiles ? (lines + tiles - 1) / tiles : 0};
}
