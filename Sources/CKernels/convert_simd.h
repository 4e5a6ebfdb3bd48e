// Conversions between float32 and the 16-bit types. The tail goes through a padded vector on the stack.

#define WIDEN(name, load)                                    \
  void CK(name)(float *y, const uint16_t *x, size_t n) {     \
    size_t i = 0;                                            \
    for (; i + VL <= n; i += VL) v_store(y + i, load(x + i)); \
    if (i == n) return;                                      \
    uint16_t rest[VL] = {0};                                 \
    memcpy(rest, x + i, (n - i) * sizeof *rest);             \
    v_store_masked(y + i, load(rest), v_first(n - i));       \
  }

WIDEN(f16_to_f32, v_load_f16)
WIDEN(bf16_to_f32, v_load_bf16)

#define NARROW(name, store)                                        \
  void CK(name)(uint16_t *y, const float *x, size_t n) {           \
    size_t i = 0;                                                  \
    for (; i + VL <= n; i += VL) store(y + i, v_load(x + i));      \
    if (i == n) return;                                            \
    uint16_t rest[VL];                                             \
    store(rest, v_load_masked(x + i, v_first(n - i)));             \
    memcpy(y + i, rest, (n - i) * sizeof *rest);                   \
  }

NARROW(f32_to_f16, v_store_f16)
NARROW(f32_to_bf16, v_store_bf16)
