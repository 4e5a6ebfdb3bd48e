#include "ci_decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// A progressive file may state any number of scans, each of which costs a pass over the whole image.
enum { largest_scan_count = 500 };

struct ci_jpeg {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  ci_error *message;
  ci_status status;
  uint8_t *row;
};

static void fail(j_common_ptr info) {
  ci_jpeg *decoder = info->client_data;
  decoder->status = info->err->msg_code == JERR_EMPTY_IMAGE ? CI_ZERO_SIZE : CI_CORRUPT;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(decoder->message->message, sizeof decoder->message->message, "%s", text);
  longjmp(decoder->failure, 1);
}

// Of what the library only warns of, one thing is refused: a scan that ends before its pixels, which would be
// made up. Pillow shows such an image, the missing part grey.
static void warn(j_common_ptr info, int level) {
  if (level >= 0 || info->err->msg_code != JWRN_HIT_MARKER) return;
  ci_jpeg *decoder = info->client_data;
  decoder->status = CI_TRUNCATED;
  longjmp(decoder->failure, 1);
}

static void ignore(j_decompress_ptr info) { (void)info; }

// The whole file is given at once: wanting more means that it was cut short.
static boolean suspend(j_decompress_ptr info) {
  (void)info;
  return FALSE;
}

static void skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  size_t step = count < 0 ? 0 : (size_t)count;
  if (step > source->bytes_in_buffer) step = source->bytes_in_buffer;
  source->next_input_byte += step;
  source->bytes_in_buffer -= step;
}

static void limit_scans(j_common_ptr info) {
  j_decompress_ptr decompressor = (j_decompress_ptr)info;
  ci_jpeg *decoder = info->client_data;
  if (decompressor->input_scan_number <= largest_scan_count) return;
  decoder->status = CI_CORRUPT;
  snprintf(decoder->message->message, sizeof decoder->message->message, "more than %d scans",
           largest_scan_count);
  longjmp(decoder->failure, 1);
}

ci_jpeg *ci_jpeg_open(const uint8_t *bytes, size_t count, ci_status *status, uint32_t *width,
                      uint32_t *height, ci_error *error) {
  ci_jpeg *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->message = error;
  decoder->info.err = jpeg_std_error(&decoder->errors);
  decoder->info.client_data = decoder;
  decoder->errors.error_exit = fail;
  decoder->errors.emit_message = warn;
  if (setjmp(decoder->failure)) {
    *status = decoder->status;
    return decoder;
  }
  jpeg_create_decompress(&decoder->info);
  decoder->source.init_source = ignore;
  decoder->source.fill_input_buffer = suspend;
  decoder->source.skip_input_data = skip;
  decoder->source.resync_to_restart = jpeg_resync_to_restart;
  decoder->source.term_source = ignore;
  decoder->source.next_input_byte = bytes;
  decoder->source.bytes_in_buffer = count;
  decoder->info.src = &decoder->source;
  decoder->progress.progress_monitor = limit_scans;
  decoder->info.progress = &decoder->progress;
  jpeg_save_markers(&decoder->info, JPEG_APP0 + 1, 0xFFFF);
  if (jpeg_read_header(&decoder->info, TRUE) != JPEG_HEADER_OK) {
    *status = CI_TRUNCATED;
    return decoder;
  }
  *width = decoder->info.image_width;
  *height = decoder->info.image_height;
  *status = CI_OK;
  return decoder;
}

static uint8_t product(uint8_t a, uint8_t b) {
  unsigned value = (unsigned)a * b + 128;
  return (uint8_t)(((value >> 8) + value) >> 8);
}

// Inks are stored inverted, as Adobe's programs write them, whatever the file says.
static void rgb_from_cmyk(uint8_t *rgb, const uint8_t *cmyk, size_t width) {
  for (size_t x = 0; x < width; x++, rgb += 3, cmyk += 4) {
    uint8_t light = cmyk[3];
    for (int channel = 0; channel < 3; channel++) {
      rgb[channel] = (uint8_t)(light - product((uint8_t)(255 - cmyk[channel]), light));
    }
  }
}

ci_status ci_jpeg_decode(ci_jpeg *decoder, uint8_t *pixels, ci_error *error) {
  struct jpeg_decompress_struct *info = &decoder->info;
  decoder->message = error;
  if (setjmp(decoder->failure)) return decoder->status;
  int layers = info->num_components;
  if (layers != 1 && layers != 3 && layers != 4) {
    snprintf(error->message, sizeof error->message, "%d components", layers);
    return CI_CORRUPT;
  }
  info->out_color_space = layers == 1 ? JCS_GRAYSCALE : layers == 3 ? JCS_RGB : JCS_CMYK;
  if (!jpeg_start_decompress(info)) return CI_TRUNCATED;

  size_t width = info->output_width;
  decoder->row = malloc(width * 4);
  if (!decoder->row) {
    snprintf(error->message, sizeof error->message, "out of memory");
    return CI_CORRUPT;
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *target = pixels + 3 * width * info->output_scanline;
    JSAMPROW row = layers == 3 ? target : decoder->row;
    if (jpeg_read_scanlines(info, &row, 1) != 1) return CI_TRUNCATED;
    if (layers == 4) rgb_from_cmyk(target, row, width);
    if (layers == 1) {
      for (size_t x = 0; x < width; x++) memset(target + 3 * x, row[x], 3);
    }
  }
  // The image is whole. Pillow, too, does not mind a missing end marker.
  return CI_OK;
}

const uint8_t *ci_jpeg_app1(const ci_jpeg *decoder, size_t index, size_t *count) {
  for (jpeg_saved_marker_ptr marker = decoder->info.marker_list; marker; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1) continue;
    if (index-- > 0) continue;
    *count = marker->data_length;
    return marker->data;
  }
  return NULL;
}

void ci_jpeg_close(ci_jpeg *decoder) {
  if (!decoder) return;
  jpeg_destroy_decompress(&decoder->info);
  free(decoder->row);
  free(decoder);
}
