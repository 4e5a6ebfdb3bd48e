// Cuts elements into planes: byte 0 of every element, byte 1 of every element, and so on; and joins them again.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Writes byte p of each of `count` little-endian elements of `width` bytes (2, 4 or 8) to planes[p]. With `rotated`,
/// each element is first rotated left by one bit: a float's sign then comes last and its exponent fills the top byte.
void cp_split(const uint8_t *source, uint8_t *const *planes, size_t count, size_t width, bool rotated);

/// What `cp_split` undoes.
void cp_join(const uint8_t *const *planes, uint8_t *target, size_t count, size_t width, bool rotated);
