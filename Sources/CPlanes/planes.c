#include "CPlanes.h"

#include <string.h>

// Plain loops of one fixed width each, in which compilers find the vector instructions.
#define WIDTH(BITS)                                                                                       \
  static uint##BITS##_t load##BITS(const uint8_t *bytes) {                                                \
    uint##BITS##_t value;                                                                                 \
    memcpy(&value, bytes, sizeof value);                                                                  \
    return value;                                                                                         \
  }                                                                                                       \
  static void split##BITS(const uint8_t *restrict source, uint8_t *restrict target, size_t count, int turn) { \
    for (size_t plane = 0; plane < BITS / 8; plane++) {                                                   \
      uint8_t *restrict out = target + plane * count;                                                     \
      for (size_t i = 0; i < count; i++) {                                                                \
        uint##BITS##_t value = load##BITS(source + i * (BITS / 8));                                       \
        if (turn) value = (uint##BITS##_t)(value << 1 | value >> (BITS - 1));                             \
        out[i] = (uint8_t)(value >> (8 * plane));                                                         \
      }                                                                                                   \
    }                                                                                                     \
  }                                                                                                       \
  static void join##BITS(const uint8_t *restrict source, uint8_t *restrict target, size_t count, int turn) { \
    for (size_t i = 0; i < count; i++) {                                                                  \
      uint##BITS##_t value = 0;                                                                           \
      for (size_t plane = 0; plane < BITS / 8; plane++)                                                   \
        value |= (uint##BITS##_t)((uint##BITS##_t)source[plane * count + i] << (8 * plane));              \
      if (turn) value = (uint##BITS##_t)(value >> 1 | value << (BITS - 1));                               \
      memcpy(target + i * (BITS / 8), &value, sizeof value);                                              \
    }                                                                                                     \
  }

WIDTH(16)
WIDTH(32)
WIDTH(64)

void cp_split(const uint8_t *source, uint8_t *target, size_t count, size_t width, bool rotated) {
  switch (width) {
  case 2: rotated ? split16(source, target, count, 1) : split16(source, target, count, 0); break;
  case 4: rotated ? split32(source, target, count, 1) : split32(source, target, count, 0); break;
  case 8: rotated ? split64(source, target, count, 1) : split64(source, target, count, 0); break;
  default: memcpy(target, source, count * width);
  }
}

void cp_join(const uint8_t *source, uint8_t *target, size_t count, size_t width, bool rotated) {
  switch (width) {
  case 2: rotated ? join16(source, target, count, 1) : join16(source, target, count, 0); break;
  case 4: rotated ? join32(source, target, count, 1) : join32(source, target, count, 0); break;
  case 8: rotated ? join64(source, target, count, 1) : join64(source, target, count, 0); break;
  default: memcpy(target, source, count * width);
  }
}
