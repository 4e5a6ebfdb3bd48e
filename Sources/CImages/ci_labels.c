#include "ci_labels.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} growing;

static void append(png_structp png, png_bytep data, png_size_t count) {
  growing *target = png_get_io_ptr(png);
  if (count > target->capacity - target->count) {
    size_t capacity = target->capacity * 2 > target->count + count ? target->capacity * 2 : target->count + count;
    uint8_t *bytes = realloc(target->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    target->bytes = bytes;
    target->capacity = capacity;
  }
  memcpy(target->bytes + target->count, data, count);
  target->count += count;
}

static void flush(png_structp png) { (void)png; }

uint8_t *ci_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, const uint8_t *palette,
                       size_t colours, size_t *count) {
  growing *target = calloc(1, sizeof *target);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  uint8_t *result = NULL;
  if (target && info && !setjmp(png_jmpbuf(png))) {
    png_set_write_fn(png, target, append, flush);
    png_set_IHDR(png, info, width, height, 8, palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (palette) {
      png_color entries[256];
      for (size_t i = 0; i < colours; i++) {
        entries[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
      }
      png_set_PLTE(png, info, entries, (int)colours);
    }
    png_write_info(png, info);
    size_t line = (size_t)width * (palette ? 1 : 3);
    for (uint32_t row = 0; row < height; row++) png_write_row(png, pixels + row * line);
    png_write_end(png, info);
    result = target->bytes;
    *count = target->count;
  } else if (target) {
    free(target->bytes);
  }
  png_destroy_write_struct(&png, &info);
  free(target);
  return result;
}

typedef struct {
  const uint8_t *bytes;
  size_t rest;
} borrowed;

static void take(png_structp png, png_bytep data, png_size_t count) {
  borrowed *source = png_get_io_ptr(png);
  if (count > source->rest) png_error(png, "the file ends too early");
  memcpy(data, source->bytes, count);
  source->bytes += count;
  source->rest -= count;
}

static void fail(png_structp png, png_const_charp text) {
  ci_error *message = png_get_error_ptr(png);
  strncpy(message->message, text, sizeof message->message - 1);
  message->message[sizeof message->message - 1] = 0;
  longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp text) { (void)png, (void)text; }

ci_status ci_png_labels(const uint8_t *bytes, size_t count, uint16_t *labels, uint32_t width, uint32_t height,
                        ci_error *error) {
  borrowed source = {bytes, count};
  memset(error, 0, sizeof *error);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, error, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  uint8_t *volatile image = NULL;
  png_bytep *volatile rows = NULL;
  volatile ci_status status = CI_CORRUPT;
  if (info && !setjmp(png_jmpbuf(png))) {
    png_set_read_fn(png, &source, take);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
      png_error(png, "another size");
    }
    int type = png_get_color_type(png, info);
    if (type != PNG_COLOR_TYPE_PALETTE && type != PNG_COLOR_TYPE_GRAY) {
      png_error(png, "labels are grey or of a palette, not in colours");
    }
    png_set_packing(png);
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t line = png_get_rowbytes(png, info);
    image = malloc(line * height);
    rows = malloc(sizeof *rows * height);
    if (!image || !rows) png_error(png, "out of memory");
    for (uint32_t row = 0; row < height; row++) rows[row] = image + row * line;
    png_read_image(png, rows);
    int wide = png_get_bit_depth(png, info) == 16;
    for (uint32_t row = 0; row < height; row++) {
      for (uint32_t column = 0; column < width; column++) {
        const uint8_t *pixel = rows[row] + (wide ? 2 * column : column);
        labels[(size_t)row * width + column] = wide ? (uint16_t)(pixel[0] << 8 | pixel[1]) : *pixel;
      }
    }
    status = CI_OK;
  }
  free((void *)image);
  free((void *)rows);
  png_destroy_read_struct(&png, &info, NULL);
  return status;
}
