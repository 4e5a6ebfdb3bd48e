// Reorders elements to planes: byte 0 of every element, then byte 1 of every element, and so on; and back.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// `count` little-endian elements of 2, 4 or 8 bytes. With `rotated`, each element is first rotated left by one bit: a
/// float's sign then comes last and its exponent fills the top byte.
void cp_split(const uint8_t *source, uint8_t *target, size_t count, size_t width, bool rotated);

/// What `cp_split` undoes.
void cp_join(const uint8_t *source, uint8_t *target, size_t count, size_t width, bool rotated);
