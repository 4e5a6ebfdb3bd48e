#ifndef CI_DECODE_H
#define CI_DECODE_H

#include <stddef.h>
#include <stdint.h>

/// What a decoder's call came to.
typedef enum {
  CI_OK = 0,
  /// The bytes end before the image does.
  CI_TRUNCATED,
  /// The library refused the bytes; `ci_error.message` says why.
  CI_CORRUPT,
  /// The header states a width or height of zero.
  CI_ZERO_SIZE,
} ci_status;

/// The library's message, a C string; meaningful after CI_CORRUPT.
typedef struct {
  char message[256];
} ci_error;

/// A decoder borrows `bytes` until it is closed. Every open, also a failed one, wants a close; closing NULL
/// is allowed. Open returns NULL only where memory is exhausted.
typedef struct ci_jpeg ci_jpeg;

/// Reads the header, up to the first scan: width and height are then valid.
ci_jpeg *ci_jpeg_open(const uint8_t *bytes, size_t count, ci_status *status, uint32_t *width,
                      uint32_t *height, ci_error *error);

/// Writes height rows of width RGB bytes. After a successful open, and once only.
ci_status ci_jpeg_decode(ci_jpeg *decoder, uint8_t *pixels, ci_error *error);

/// The APP1 segment of this index before the first scan, without its marker and length; NULL past the last.
const uint8_t *ci_jpeg_app1(const ci_jpeg *decoder, size_t index, size_t *count);

void ci_jpeg_close(ci_jpeg *decoder);

typedef struct ci_png ci_png;

ci_png *ci_png_open(const uint8_t *bytes, size_t count, ci_status *status, uint32_t *width,
                    uint32_t *height, ci_error *error);

/// Writes height rows of width RGB bytes, then reads the chunks that follow the image. Alpha and gamma are
/// ignored. After a successful open, and once only.
ci_status ci_png_decode(ci_png *decoder, uint8_t *pixels, ci_error *error);

/// The eXIf chunk; NULL where there is none. Valid after decoding, until the close.
const uint8_t *ci_png_exif(const ci_png *decoder, size_t *count);

/// The text of the last textual chunk with this keyword; NULL where there is none. Valid after decoding,
/// until the close.
const uint8_t *ci_png_text(const ci_png *decoder, const char *keyword, size_t *count);

void ci_png_close(ci_png *decoder);

#endif
