// y[i] = f(x[i]) and f(a[i], b[i]). The tail uses the lanes of a masked vector.
#include "math_simd.h"

#define MAP(name, f)                                                   \
  void CK(name##_f32)(float *y, const float *x, size_t n) {            \
    size_t i = 0;                                                      \
    for (; i + VL <= n; i += VL) v_store(y + i, f(v_load(x + i)));     \
    if (i == n) return;                                                \
    vm m = v_first(n - i);                                             \
    v_store_masked(y + i, f(v_load_masked(x + i, m)), m);              \
  }

MAP(gelu, v_gelu)
MAP(gelu_tanh, v_gelu_tanh)
MAP(quick_gelu, v_quick_gelu)
MAP(relu, v_relu)
MAP(exp, v_exp)
MAP(tanh, v_tanh)
MAP(sigmoid, v_sigmoid)
MAP(erf, v_erf)
MAP(sqrt, v_sqrt)

#define MAP2(name, f)                                                                          \
  void CK(name##_f32)(float *y, const float *a, const float *b, size_t n) {                    \
    size_t i = 0;                                                                              \
    for (; i + VL <= n; i += VL) v_store(y + i, f(v_load(a + i), v_load(b + i)));              \
    if (i == n) return;                                                                        \
    vm m = v_first(n - i);                                                                     \
    v_store_masked(y + i, f(v_load_masked(a + i, m), v_load_masked(b + i, m)), m);             \
  }

MAP2(add, v_add)
MAP2(multiply, v_mul)

void CK(axpby_f32)(float *y, float a, const float *x, float b, const float *z, size_t n) {
  vf va = v_set(a), vb = v_set(b);
  size_t i = 0;
  for (; i + VL <= n; i += VL) v_store(y + i, v_fma(va, v_load(x + i), v_mul(vb, v_load(z + i))));
  if (i == n) return;
  vm m = v_first(n - i);
  v_store_masked(y + i, v_fma(va, v_load_masked(x + i, m), v_mul(vb, v_load_masked(z + i, m))), m);
}

void CK(weighted_sum_f32)(float *out, const float *weights, const float *stack, size_t stack_stride,
                          size_t experts, size_t n0, size_t n1) {
  enum { GROUP = 4 };
  size_t i = n0;
  for (; i + GROUP * VL <= n1; i += GROUP * VL) {
    vf sum[GROUP] = {v_zero(), v_zero(), v_zero(), v_zero()};
    for (size_t e = 0; e < experts; e++) {
      vf weight = v_set(weights[e]);
      const float *x = stack + e * stack_stride + i;
      for (int g = 0; g < GROUP; g++) sum[g] = v_fma(weight, v_load(x + g * VL), sum[g]);
    }
    for (int g = 0; g < GROUP; g++) v_store(out + i + g * VL, sum[g]);
  }
  while (i < n1) {
    size_t lanes = n1 - i < VL ? n1 - i : VL;
    vm m = v_first(lanes);
    vf sum = v_zero();
    for (size_t e = 0; e < experts; e++)
      sum = v_fma(v_set(weights[e]), v_load_masked(stack + e * stack_stride + i, m), sum);
    v_store_masked(out + i, sum, m);
    i += lanes;
  }
}
