#include "ci_decode.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct ci_png {
  png_structp png;
  png_infop info;
  png_infop end;
  const uint8_t *whole, *bytes;
  size_t count, remaining;
  ci_error *message;
  ci_status status;
  uint8_t *native;
};

static void fail(png_structp png, png_const_charp text) {
  ci_png *decoder = png_get_error_ptr(png);
  if (decoder->status == CI_OK) {
    decoder->status = CI_CORRUPT;
    snprintf(decoder->message->message, sizeof decoder->message->message, "%s", text);
  }
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  ci_png *decoder = png_get_io_ptr(png);
  if (count > decoder->remaining) {
    decoder->status = CI_TRUNCATED;
    png_error(png, "truncated");
  }
  memcpy(target, decoder->bytes, count);
  decoder->bytes += count;
  decoder->remaining -= count;
}

/// Whether a chunk of anything but pixels is longer than the file: the library would ask for memory for all of it before
/// it reads. Looks at the chunks before the pixels, or at all.
static bool claims_more(const uint8_t *bytes, size_t count, bool beyond_pixels) {
  for (size_t at = 8; at < count && count - at >= 8;) {
    const uint8_t *head = bytes + at;
    const size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    const bool pixels = memcmp(head + 4, "IDAT", 4) == 0;
    if ((pixels && !beyond_pixels) || memcmp(head + 4, "IEND", 4) == 0) return false;
    if (length > count - at - 8) return !pixels;
    at += 12 + length;
  }
  return false;
}

ci_png *ci_png_open(const uint8_t *bytes, size_t count, ci_status *status, uint32_t *width,
                    uint32_t *height, ci_error *error) {
  ci_png *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->whole = decoder->bytes = bytes;
  decoder->count = decoder->remaining = count;
  decoder->message = error;
  decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, fail, ignore);
  if (decoder->png) decoder->info = png_create_info_struct(decoder->png);
  if (decoder->png) decoder->end = png_create_info_struct(decoder->png);
  if (!decoder->info || !decoder->end) {
    ci_png_close(decoder);
    return NULL;
  }
  if (claims_more(bytes, count, false)) {
    *status = CI_TRUNCATED;
    return decoder;
  }
  if (setjmp(png_jmpbuf(decoder->png))) {
    *status = decoder->status;
    return decoder;
  }
  png_set_read_fn(decoder->png, decoder, read_bytes);
  // The caller limits the pixels; the library's own limit of a million columns would be another one.
  png_set_user_limits(decoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(decoder->png, decoder->info);
  *width = png_get_image_width(decoder->png, decoder->info);
  *height = png_get_image_height(decoder->png, decoder->info);
  *status = CI_OK;
  return decoder;
}

/// One row as the library delivers it, 8 bits a sample except 16-bit grey.
static void rgb_from_row(ci_png *decoder, uint8_t *rgb, const uint8_t *row, size_t width) {
  png_structp png = decoder->png;
  png_byte depth = png_get_bit_depth(png, decoder->info);
  png_colorp palette = NULL;
  int palette_count = 0;
  switch (png_get_color_type(png, decoder->info)) {
    case PNG_COLOR_TYPE_GRAY:
      for (size_t x = 0; x < width; x++, rgb += 3) {
        // Pillow keeps 16-bit grey whole and clamps it on conversion.
        memset(rgb, depth < 16 ? row[x] : row[2 * x] ? 255 : row[2 * x + 1], 3);
      }
      break;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      for (size_t x = 0; x < width; x++, rgb += 3) memset(rgb, row[2 * x], 3);
      break;
    case PNG_COLOR_TYPE_PALETTE:
      png_get_PLTE(png, decoder->info, &palette, &palette_count);
      for (size_t x = 0; x < width; x++, rgb += 3) {
        // An index beyond the palette is black.
        png_color color = row[x] < palette_count ? palette[row[x]] : (png_color){0, 0, 0};
        rgb[0] = color.red;
        rgb[1] = color.green;
        rgb[2] = color.blue;
      }
      break;
    case PNG_COLOR_TYPE_RGB:
      memcpy(rgb, row, 3 * width);
      break;
    default:
      for (size_t x = 0; x < width; x++, rgb += 3) memcpy(rgb, row + 4 * x, 3);
  }
}

static ci_status out_of_memory(ci_error *error) {
  snprintf(error->message, sizeof error->message, "out of memory");
  return CI_CORRUPT;
}

ci_status ci_png_decode(ci_png *decoder, uint8_t *pixels, ci_error *error) {
  png_structp png = decoder->png;
  png_infop info = decoder->info;
  decoder->message = error;
  if (setjmp(png_jmpbuf(png))) return decoder->status;

  png_byte color = png_get_color_type(png, info);
  if (color == PNG_COLOR_TYPE_GRAY) {
    png_set_expand_gray_1_2_4_to_8(png);
  } else {
    png_set_packing(png);
    png_set_strip_16(png);
  }
  int passes = png_set_interlace_handling(png);
  // Otherwise the library counts the largest index, for a warning that nobody reads.
  png_set_check_for_invalid_index(png, 0);
  size_t width = png_get_image_width(png, info);
  size_t height = png_get_image_height(png, info);
  png_start_read_image(png);

  // At most two bytes for grey, four otherwise; the library's own row size does not count transformations
  // before they are applied.
  size_t samples = color == PNG_COLOR_TYPE_RGB ? 3 : color == PNG_COLOR_TYPE_RGB_ALPHA ? 4 : 2;
  size_t stride = width * samples;
  decoder->native = calloc(passes > 1 ? height : 1, stride);
  if (!decoder->native) return out_of_memory(error);
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) {
      uint8_t *row = decoder->native + (passes > 1 ? y * stride : 0);
      png_read_row(png, row, NULL);
      if (pass == passes - 1) rgb_from_row(decoder, pixels + 3 * width * y, row, width);
    }
  }

  // The image is whole. What follows it only adds metadata, and what is damaged there is passed over.
  if (setjmp(png_jmpbuf(png)) || claims_more(decoder->whole, decoder->count, true)) return CI_OK;
  png_read_end(png, decoder->end);
  return CI_OK;
}

const uint8_t *ci_png_exif(const ci_png *decoder, size_t *count) {
  png_infop infos[] = {decoder->end, decoder->info};
  for (int index = 0; index < 2; index++) {
    png_bytep bytes = NULL;
    png_uint_32 length = 0;
    if (png_get_eXIf_1(decoder->png, infos[index], &length, &bytes) && bytes) {
      *count = length;
      return bytes;
    }
  }
  return NULL;
}

const uint8_t *ci_png_text(const ci_png *decoder, const char *keyword, size_t *count) {
  png_infop infos[] = {decoder->end, decoder->info};
  for (int index = 0; index < 2; index++) {
    png_textp texts = NULL;
    int text_count = 0;
    png_get_text(decoder->png, infos[index], &texts, &text_count);
    for (int i = text_count - 1; i >= 0; i--) {
      if (!texts[i].key || !texts[i].text || strcmp(texts[i].key, keyword) != 0) continue;
      *count = strlen(texts[i].text);
      return (const uint8_t *)texts[i].text;
    }
  }
  return NULL;
}

void ci_png_close(ci_png *decoder) {
  if (!decoder) return;
  png_infop end = decoder->end;
  if (decoder->png && end) png_destroy_info_struct(decoder->png, &end);
  png_infop info = decoder->info;
  if (decoder->png) png_destroy_read_struct(&decoder->png, &info, NULL);
  free(decoder->native);
  free(decoder);
}
