#ifndef CI_LABELS_H
#define CI_LABELS_H

#include "ci_decode.h"

/// Encodes height rows of width pixels as PNG: of three bytes red, green, blue each, or, with a palette of 1 to 256
/// colours of three bytes, of one index into it. The bytes are to be freed; NULL where memory is exhausted.
uint8_t *ci_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, const uint8_t *palette,
                       size_t colours, size_t *count);

/// Writes height rows of width labels: a palette's indices or grey values as they are. The size is the file's own,
/// as `ci_png_open` tells it.
ci_status ci_png_labels(const uint8_t *bytes, size_t count, uint16_t *labels, uint32_t width, uint32_t height,
                        ci_error *error);

#endif
