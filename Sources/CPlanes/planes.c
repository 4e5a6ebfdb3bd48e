#include "CPlanes.h"

#include <string.h>

// 16 bytes, in clang's terms for vectors, which every processor has instructions for.
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));
typedef uint32_t longs4 __attribute__((vector_size(16)));

static inline bytes16 load(const uint8_t *from) {
  bytes16 value;
  memcpy(&value, from, sizeof value);
  return value;
}

static inline void store(uint8_t *to, bytes16 value) { memcpy(to, &value, sizeof value); }

// Every second byte of two vectors.
static inline bytes16 even(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

static inline bytes16 odd(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// Bytes of two vectors in turn, of their first and of their second halves.
static inline bytes16 zip_low(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline bytes16 zip_high(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

static inline bytes16 zip_words_low(bytes16 a, bytes16 b) {
  return (bytes16)__builtin_shufflevector((words8)a, (words8)b, 0, 8, 1, 9, 2, 10, 3, 11);
}

static inline bytes16 zip_words_high(bytes16 a, bytes16 b) {
  return (bytes16)__builtin_shufflevector((words8)a, (words8)b, 4, 12, 5, 13, 6, 14, 7, 15);
}

static inline bytes16 left16(bytes16 v) { return (bytes16)((words8)v << 1 | (words8)v >> 15); }
static inline bytes16 right16(bytes16 v) { return (bytes16)((words8)v >> 1 | (words8)v << 15); }
static inline bytes16 left32(bytes16 v) { return (bytes16)((longs4)v << 1 | (longs4)v >> 31); }
static inline bytes16 right32(bytes16 v) { return (bytes16)((longs4)v >> 1 | (longs4)v << 31); }

// Element by element, from `first` on.
#define EACH(BITS)                                                                                            \
  static inline void split##BITS(                                                                             \
    const uint8_t *source, uint8_t *const *planes, size_t first, size_t count, int turn) {                    \
    for (size_t i = first; i < count; i++) {                                                                  \
      uint##BITS##_t value;                                                                                   \
      memcpy(&value, source + i * sizeof value, sizeof value);                                                \
      if (turn) value = (uint##BITS##_t)(value << 1 | value >> (BITS - 1));                                   \
      for (size_t plane = 0; plane < BITS / 8; plane++) planes[plane][i] = (uint8_t)(value >> (8 * plane));   \
    }                                                                                                         \
  }                                                                                                           \
  static inline void join##BITS(                                                                              \
    const uint8_t *const *planes, uint8_t *target, size_t first, size_t count, int turn) {                    \
    for (size_t i = first; i < count; i++) {                                                                  \
      uint##BITS##_t value = 0;                                                                               \
      for (size_t plane = 0; plane < BITS / 8; plane++)                                                       \
        value |= (uint##BITS##_t)((uint##BITS##_t)planes[plane][i] << (8 * plane));                           \
      if (turn) value = (uint##BITS##_t)(value >> 1 | value << (BITS - 1));                                   \
      memcpy(target + i * sizeof value, &value, sizeof value);                                                \
    }                                                                                                         \
  }

EACH(16)
EACH(32)
EACH(64)

static inline void split_pairs(const uint8_t *source, uint8_t *const *planes, size_t count, int turn) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    bytes16 a = load(source + 2 * i), b = load(source + 2 * i + 16);
    if (turn) { a = left16(a); b = left16(b); }
    store(planes[0] + i, even(a, b));
    store(planes[1] + i, odd(a, b));
  }
  split16(source, planes, i, count, turn);
}

static inline void join_pairs(const uint8_t *const *planes, uint8_t *target, size_t count, int turn) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    bytes16 low = load(planes[0] + i), high = load(planes[1] + i);
    bytes16 a = zip_low(low, high), b = zip_high(low, high);
    if (turn) { a = right16(a); b = right16(b); }
    store(target + 2 * i, a);
    store(target + 2 * i + 16, b);
  }
  join16(planes, target, i, count, turn);
}

static inline void split_quads(const uint8_t *source, uint8_t *const *planes, size_t count, int turn) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    bytes16 v[4];
    for (size_t j = 0; j < 4; j++) {
      v[j] = load(source + 4 * i + 16 * j);
      if (turn) v[j] = left32(v[j]);
    }
    bytes16 even01 = even(v[0], v[1]), odd01 = odd(v[0], v[1]);
    bytes16 even23 = even(v[2], v[3]), odd23 = odd(v[2], v[3]);
    store(planes[0] + i, even(even01, even23));
    store(planes[1] + i, even(odd01, odd23));
    store(planes[2] + i, odd(even01, even23));
    store(planes[3] + i, odd(odd01, odd23));
  }
  split32(source, planes, i, count, turn);
}

static inline void join_quads(const uint8_t *const *planes, uint8_t *target, size_t count, int turn) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    bytes16 p0 = load(planes[0] + i), p1 = load(planes[1] + i);
    bytes16 p2 = load(planes[2] + i), p3 = load(planes[3] + i);
    bytes16 low01 = zip_low(p0, p1), high01 = zip_high(p0, p1);
    bytes16 low23 = zip_low(p2, p3), high23 = zip_high(p2, p3);
    bytes16 v[4] = {
      zip_words_low(low01, low23), zip_words_high(low01, low23), zip_words_low(high01, high23),
      zip_words_high(high01, high23),
    };
    for (size_t j = 0; j < 4; j++) store(target + 4 * i + 16 * j, turn ? right32(v[j]) : v[j]);
  }
  join32(planes, target, i, count, turn);
}

void cp_split(const uint8_t *source, uint8_t *const *planes, size_t count, size_t width, bool rotated) {
  switch (width) {
  case 2: rotated ? split_pairs(source, planes, count, 1) : split_pairs(source, planes, count, 0); break;
  case 4: rotated ? split_quads(source, planes, count, 1) : split_quads(source, planes, count, 0); break;
  case 8: rotated ? split64(source, planes, 0, count, 1) : split64(source, planes, 0, count, 0); break;
  }
}

void cp_join(const uint8_t *const *planes, uint8_t *target, size_t count, size_t width, bool rotated) {
  switch (width) {
  case 2: rotated ? join_pairs(planes, target, count, 1) : join_pairs(planes, target, count, 0); break;
  case 4: rotated ? join_quads(planes, target, count, 1) : join_quads(planes, target, count, 0); break;
  case 8: rotated ? join64(planes, target, 0, count, 1) : join64(planes, target, 0, count, 0); break;
  }
}
