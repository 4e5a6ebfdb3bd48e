#ifndef CI_RESAMPLE_H
#define CI_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

/// Both passes work on rows of RGB bytes and on weights in units of 2^-22: result i is the sum over
/// j < counts[i] of source[starts[i] + j] * weights[i * stride + j], rounded half up and clamped to 0...255.
/// result and source do not overlap; no alignment is required.

/// result is [rows, columns, 3]; source is [*, source_columns, 3], of which rows from first_row on are read;
/// starts and counts are [columns].
void ci_resample_rows(uint8_t *result, const uint8_t *source, size_t first_row, size_t rows,
                      size_t source_columns, size_t columns, const int32_t *starts,
                      const int32_t *counts, const int32_t *weights, size_t stride);

/// result is [rows, columns, 3]; source is [*, columns, 3], its first row being row first_row of starts;
/// starts and counts are [rows].
void ci_resample_columns(uint8_t *result, const uint8_t *source, size_t columns, size_t first_row,
                         size_t rows, const int32_t *starts, const int32_t *counts,
                         const int32_t *weights, size_t stride);

#endif
