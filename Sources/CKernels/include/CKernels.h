// Kernels of the runtime, one set of functions per instruction-set tier.
//
// The functions without a tier in their name move data only. Every other kernel `ck_NAME_f32` exists as
// ck_NAME_f32_scalar (the specification), ck_NAME_f32_avx2 and ck_NAME_f32_avx512.
//
// Rules that hold for every function unless its comment says otherwise:
// - Any length is allowed, zero included. No alignment is required. Nothing outside the stated shapes is
//   read or written. Strides count elements.
// - Within a tier an output element is the same sequence of operations wherever its row stands among the
//   rows and however the work is cut into calls, so results do not depend on threads or on the batch.
// - "y may be x" allows the same buffer, not a partial overlap. All other buffers must be disjoint.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#define CK_TIERS(result, name, arguments) \
  result ck_##name##_scalar arguments;    \
  result ck_##name##_avx2 arguments;      \
  result ck_##name##_avx512 arguments;

#pragma clang assume_nonnull begin

// MARK: The machine

/// 0 scalar, 1 avx2 (AVX2, FMA, F16C), 2 avx512 (F, BW, DQ, VL besides avx2): the best tier this CPU runs.
int32_t ck_best_tier(void);

/// Whether the CPU runs the avx512vnni kernels: AVX-512 VNNI besides the avx512 tier.
int32_t ck_has_avx512vnni(void);

/// Whether the CPU runs the avx512bf16 kernels, AVX-512 BF16 besides the avx512 tier: 2 where they are faster than
/// float32's, which Intel's are not.
int32_t ck_has_avx512bf16(void);

/// Whether the CPU runs the amx kernels: AMX of 8-bit integers and of bfloat16 besides the two above, which the
/// operating system is asked to let this process use. It refuses where a stack for signals is too small to hold the tiles, and
/// once it has agreed it takes no such stack any longer.
int32_t ck_has_amx(void);

/// CPUs that this process may use: scheduler affinity, capped by the cgroup (v2 or v1) quota rounded up.
/// At least 1.
int32_t ck_usable_cpu_count(void);

/// 64-byte aligned memory, on huge pages where it is large enough to gain from them. The content is
/// undefined. NULL when there is none. Freed by ck_free.
void *_Nullable ck_allocate(size_t bytes);
void ck_free(void *_Nullable memory);

/// Lets OpenBLAS use its own choice of kernels where an inherited OPENBLAS_CORETYPE forces older ones, and
/// sets it to one thread. Must be called before any other BLAS call of the process. Returns the core name
/// in use, or NULL where OpenBLAS has no run-time choice. The environment is left as it was.
const char *_Nullable ck_openblas_prepare(void);

// MARK: Threads

/// A fixed set of threads that share the indices of one region at a time.
typedef struct ck_pool ck_pool;
typedef void (*ck_body)(void *_Nullable context, size_t index);

/// A pool of `threads` threads, the caller of ck_pool_run included; as many as the system grants when it
/// grants fewer. NULL when memory is short. `threads` must be at least 1; 1 starts no thread.
ck_pool *_Nullable ck_pool_create(int32_t threads);
/// Joins the threads. No region may be running.
void ck_pool_destroy(ck_pool *pool);
int32_t ck_pool_count(const ck_pool *pool);
/// Calls body(context, i) once for every i < count, on any threads, and returns when all calls have
/// returned. Regions of different callers follow each other. A call from inside a body runs serially.
void ck_pool_run(ck_pool *pool, size_t count, ck_body body, void *_Nullable context);

// MARK: Matrix products

/// The function that ck_matmul applies after the bias.
enum {
  CK_NONE = 0,
  CK_GELU = 1,        // x/2 (1 + erf(x/sqrt 2))
  CK_GELU_TANH = 2,   // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  CK_QUICK_GELU = 3,  // x sigmoid(1.702 x)
  CK_RELU = 4,
};

/// What happens to a product before it is stored: y = activation(x + bias) + residual.
typedef struct {
  const float *_Nullable bias;      // [n]
  const float *_Nullable residual;  // [m, n], rows residual_stride apart; may be c itself
  size_t residual_stride;
  int32_t activation;  // one of the constants above
} ck_epilogue;

/// rounds * multiply_add_width multiplications and additions in registers: what the units allow. Returns a sum
/// of no meaning.
CK_TIERS(size_t, multiply_add_width, (void))
CK_TIERS(float, multiply_add_loop, (size_t rounds))

/// Columns of a panel: P. Multiple of the tier's vector length.
CK_TIERS(size_t, panel_width, (void))

/// packed[p][i][j] = src[(p*P + j)*column_stride + i*depth_stride] for p < ceil(n/P), i < k, j < P; zero
/// where p*P + j >= n. src is an [n, k] matrix (column_stride = its row stride, depth_stride = 1) or a
/// [k, n] matrix (column_stride = 1, depth_stride = its row stride). packed holds ceil(n/P)*k*P floats.
CK_TIERS(void, pack_f32,
         (float *packed, const float *src, size_t n, size_t k, size_t column_stride, size_t depth_stride))

/// c[r, j] = epilogue(sum_i a[r, i] * b[i, j]) for r < m and the columns j of panels p0 ..< p1, with b
/// packed as above: packed is the start of all its panels. c is [m, n] with rows ldc apart, a is [m, k]
/// with rows lda apart. The sum runs in ascending i in one accumulator.
CK_TIERS(void, matmul_f32,
         (float *c, size_t ldc, const float *a, size_t lda, const float *packed, size_t p0, size_t p1,
          size_t m, size_t n, size_t k, const ck_epilogue *_Nullable epilogue))

/// c[r, j] = activation(c[r, j] + bias[j]) + residual[r, j]. c is [m, n] with rows ldc apart. The residual
/// must not be c.
CK_TIERS(void, epilogue_f32, (float *c, size_t ldc, size_t m, size_t n, const ck_epilogue *epilogue))

// MARK: Products of 8-bit integers
//
// Exist as ck_i8_NAME_scalar, _avx2 and _avx512vnni, the product as _amx too. Rows are quantised as they come, each
// with a scale and a zero point of its own; columns once, each with its scale. The sums are exact and so the same in
// every tier; their conversion and scaling round as the scalar kernel's do. k must be at most CK_I8_DEEPEST.

enum { CK_I8_DEEPEST = 65536 };  // k * 255 * 127 fits 32 bits.

#define CK_I8_TIERS(result, name, arguments)  \
  result ck_i8_##name##_scalar arguments;     \
  result ck_i8_##name##_avx2 arguments;       \
  result ck_i8_##name##_avx512vnni arguments;

/// Columns of a panel: P. Bytes of a quantised row of k elements; of a panel, its scales and sums included.
CK_I8_TIERS(size_t, panel_width, (void))
CK_I8_TIERS(size_t, row_bytes, (size_t k))
CK_I8_TIERS(size_t, panel_bytes, (size_t k))

/// The columns of src, as for ck_pack_f32, as panels: scale[j] = max_i |src[i, j]| / 127 and the integers
/// nearest to src / scale, ties to even. A column whose scale is too small to invert is zero. What is not
/// finite makes its column so. scratch holds 2*k + 4 floats.
CK_I8_TIERS(void, pack,
            (void *panels, const float *src, size_t n, size_t k, size_t column_stride, size_t depth_stride,
             float *scratch))

/// With low = min(0, x[r]) and high = max(0, x[r]): scales[r] = (high - low)/255, zeros[r] the integer nearest to
/// -low/scales[r], and q[r] the integers nearest to x[r]/scales[r], plus zeros[r], within 0...255. A row of
/// zeros, or one whose scale is too small to invert, is zero. What is not finite makes scales[r] NaN. q has rows
/// of row_bytes bytes, x has rows x_stride apart.
CK_I8_TIERS(void, quantize,
            (void *q, float *scales, int32_t *zeros, const float *x, size_t x_stride, size_t rows, size_t k))

/// c[r, j] = epilogue((sum_i (q[r, i] - zeros[r]) * b[i, j]) * (scales[r] * scale[j])) for r < m and the columns j
/// of panels p0 ..< p1; the integers as above, c and the epilogue as for ck_matmul_f32.
CK_I8_TIERS(void, matmul,
            (float *c, size_t ldc, const void *q, const float *scales, const int32_t *zeros, const void *panels,
             size_t p0, size_t p1, size_t m, size_t n, size_t k, const ck_epilogue *_Nullable epilogue))
/// The same with the rows and panels of avx512vnni.
void ck_i8_matmul_amx(float *c, size_t ldc, const void *q, const float *scales, const int32_t *zeros,
                      const void *panels, size_t p0, size_t p1, size_t m, size_t n, size_t k,
                      const ck_epilogue *_Nullable epilogue);

// MARK: Products of bfloat16
//
// For CPUs that have them: rows and columns rounded to bfloat16, nearest, ties to even; what is smaller than a
// normal number counts as zero. Depths are taken in pairs. The sums are float32.

/// Columns of a panel: P, which is also ck_panel_width_avx512. Bytes of a rounded row of k elements; a panel has
/// P times as many.
size_t ck_bf16_panel_width(void);
size_t ck_bf16_row_bytes(size_t k);

/// pairs[i/2][j][i%2] = panel[i][j] for i < k and j < P, zero at an odd k's last place.
void ck_bf16_pair(void *pairs, const float *panel, size_t k);

/// q[r, i] = x[r, i], zero at an odd k's last place. q has rows of row_bytes bytes, x has rows x_stride apart.
void ck_bf16_round(void *q, const float *x, size_t x_stride, size_t rows, size_t k);

/// c[r, j] = epilogue(sum_i q[r, i] * b[i, j]) for r < m and the columns j of panels p0 ..< p1; c and the epilogue
/// as for ck_matmul_f32. The two differ in how they round sums.
void ck_bf16_matmul_avx512bf16(float *c, size_t ldc, const void *q, const void *panels, size_t p0, size_t p1, size_t m,
                               size_t n, size_t k, const ck_epilogue *_Nullable epilogue);
void ck_bf16_matmul_amx(float *c, size_t ldc, const void *q, const void *panels, size_t p0, size_t p1, size_t m,
                        size_t n, size_t k, const ck_epilogue *_Nullable epilogue);

// MARK: Attention

/// Floats of scratch that one ck_attention call needs.
CK_TIERS(size_t, attention_scratch_f32, (size_t lq, size_t lk, size_t d, size_t dv))

/// out = softmax(scale * q k^T + bias) v for one image and head. q is [lq, d], k is [lk, d], v is [lk, dv],
/// out is [lq, dv], bias is [lq, lk], each with its own row stride; scratch holds attention_scratch floats.
/// out may be q when dv = d and the strides agree. lk = 0 gives zeros. A row whose logits are all
/// -infinity gives NaN. A logit more than 87 below its row's greatest counts as -infinity.
CK_TIERS(void, attention_f32,
         (float *out, size_t out_stride, const float *q, size_t q_stride, const float *k, size_t k_stride,
          const float *v, size_t v_stride, size_t lq, size_t lk, size_t d, size_t dv, float scale,
          const float *_Nullable bias, size_t bias_stride, float *scratch))

/// The same with q, k, v and the exponentials that weigh v rounded to bfloat16, but not the sum that these are
/// divided by; scratch holds attention_scratch_bf16 floats.
#define CK_BF16_ATTENTION(unit)                                                                            \
  size_t ck_attention_scratch_bf16_##unit(size_t lq, size_t lk, size_t d, size_t dv);                      \
  void ck_attention_bf16_##unit(float *out, size_t out_stride, const float *q, size_t q_stride,            \
                                const float *k, size_t k_stride, const float *v, size_t v_stride,          \
                                size_t lq, size_t lk, size_t d, size_t dv, float scale,                    \
                                const float *_Nullable bias, size_t bias_stride, float *scratch);
CK_BF16_ATTENTION(avx512bf16)
CK_BF16_ATTENTION(amx)

// MARK: Rows. x, y are [rows, cols] row-major.

/// y[r,c] = (x[r,c] - mean(x[r])) / sqrt(var(x[r]) + epsilon) * gamma[c] + beta[c], biased variance taken
/// from the differences to the mean. gamma, beta are [cols]; NULL means 1 and 0. y may be x.
CK_TIERS(void, layernorm_f32,
         (float *y, const float *x, const float *_Nullable gamma, const float *_Nullable beta, size_t rows,
          size_t cols, float epsilon))

/// y[r,c] = x[r,c] / sqrt(mean(x[r]^2) + epsilon) * gamma[c]. gamma is [cols]; NULL means 1. y may be x.
CK_TIERS(void, rmsnorm_f32,
         (float *y, const float *x, const float *_Nullable gamma, size_t rows, size_t cols, float epsilon))

/// y[r,c] = exp(x[r,c] - max x[r]) / sum_c of the same; 0 where x[r,c] is more than 87 below the maximum. y may be x.
CK_TIERS(void, softmax_f32, (float *y, const float *x, size_t rows, size_t cols))

/// y[r,c] = x[r,c] * scale[c] + shift[c], one rounding each. scale, shift are [cols]; NULL means 1 and 0.
/// y may be x.
CK_TIERS(void, scale_shift_f32,
         (float *y, const float *x, const float *_Nullable scale, const float *_Nullable shift, size_t rows,
          size_t cols))

/// y[r,c] = weight[r*weight_stride] * x[r,c], plus y[r,c] where accumulate is not 0. y may be x.
CK_TIERS(void, scale_rows_f32,
         (float *y, const float *x, const float *weight, size_t weight_stride, size_t rows, size_t cols,
          int32_t accumulate))

/// mean[c] = sum_r x[r,c] / rows, x being [rows, cols] with rows x_stride apart. Sums of 16 rows in order
/// are added in order. rows = 0 gives zeros.
CK_TIERS(void, column_mean_f32, (float *mean, const float *x, size_t x_stride, size_t rows, size_t cols))

// MARK: Elements. All are [n].

/// y may be x. Largest errors of the vector tiers against the exact value, in units of the last place:
/// exp 2, erf 2, tanh 3, sigmoid 4, sqrt 0.5; the gelus 4e-7 * max(1, |x|) absolutely.
CK_TIERS(void, gelu_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, gelu_tanh_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, quick_gelu_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, relu_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, exp_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, tanh_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, sigmoid_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, erf_f32, (float *y, const float *x, size_t n))
CK_TIERS(void, sqrt_f32, (float *y, const float *x, size_t n))

/// y = a + b. y may be a or b.
CK_TIERS(void, add_f32, (float *y, const float *a, const float *b, size_t n))
/// y = a * b. y may be a or b.
CK_TIERS(void, multiply_f32, (float *y, const float *a, const float *b, size_t n))
/// y = a*x + b*z, the second product rounded first. y may be x or z.
CK_TIERS(void, axpby_f32, (float *y, float a, const float *x, float b, const float *z, size_t n))

/// out[i] = sum_e weights[e] * stack[e*stack_stride + i] for n0 <= i < n1, e ascending. weights is
/// [experts]; out and each matrix of the stack are [n1] at least.
CK_TIERS(void, weighted_sum_f32,
         (float *out, const float *weights, const float *stack, size_t stack_stride, size_t experts,
          size_t n0, size_t n1))

/// y[i] = x[i], converted; to a 16-bit type: nearest, ties to even, NaN stays NaN.
CK_TIERS(void, f16_to_f32, (float *y, const uint16_t *x, size_t n))
CK_TIERS(void, f32_to_f16, (uint16_t *y, const float *x, size_t n))
CK_TIERS(void, bf16_to_f32, (float *y, const uint16_t *x, size_t n))
CK_TIERS(void, f32_to_bf16, (uint16_t *y, const float *x, size_t n))

/// y[c*y_stride + r] = x[r*x_stride + c] for r < rows and c < cols.
CK_TIERS(void, transpose_f32,
         (float *y, size_t y_stride, const float *x, size_t x_stride, size_t rows, size_t cols))

// MARK: Convolutions

/// y[i,j,c] = bias[c] + sum_{u,v} x[i+u-k/2, j+v-k/2, c] * weights[u*k + v, c], zero outside the image, for
/// the rows h0 <= i < h1; plus x[i,j,c] where add_input is not 0. Taps in ascending (u, v). x, y are
/// [h, w, c], weights is [k*k, c] with odd k, bias is [c] or NULL.
CK_TIERS(void, depthwise_f32,
         (float *y, const float *x, const float *weights, const float *_Nullable bias, size_t h, size_t w,
          size_t c, size_t k, size_t h0, size_t h1, int32_t add_input))

/// dst[t, c] = src[c, t]: depthwise weights [c, 1, k, k] to the [k*k, c] of ck_depthwise, taps = k*k.
void ck_repack_depthwise_f32(float *dst, const float *src, size_t c, size_t taps);

/// rows[(i*wp + j), (ch*p + u)*q + v] = image[ch, i*p + u, j*q + v] for i < h/p, j < w/q = wp: the patches
/// of an image [c, h, w] as rows of length c*p*q. Pixels beyond the last whole patch are left out.
void ck_patchify_f32(float *rows, const float *image, size_t c, size_t h, size_t w, size_t p, size_t q);

/// The geometry of a convolution over the last two axes.
typedef struct {
  size_t kernel_h, kernel_w;
  size_t stride_h, stride_w;      // at least 1
  size_t dilation_h, dilation_w;  // at least 1
  size_t pad_top, pad_left;
  size_t out_h, out_w;
} ck_window;

/// rows[r, (ch*kernel_h + u)*kernel_w + v] = image[ch, i*stride_h + u*dilation_h - pad_top, likewise], zero
/// outside, for the output positions r0 <= i*out_w + j < r1; rows[0] belongs to r0. image is [c, h, w]; a
/// group of channels is a pointer to its first one and its count.
void ck_im2col_f32(float *rows, const float *image, size_t c, size_t h, size_t w, const ck_window *window,
                   size_t r0, size_t r1);

/// The windows of a convolution or a pooling over three axes of a map; axes that the map lacks have extent,
/// kernel, stride and dilation 1. Window i of an axis begins at i*stride - before.
typedef struct {
  size_t in[3], kernel[3];
  size_t stride[3], dilation[3];  // at least 1
  size_t before[3];
  size_t out[3];
} ck_windows;

/// The windows as panels of `width` columns for ck_matmul: panels[p][i][j] with i = (ch, a, b, e) row-major
/// over [c, kernel] is the element of image[ch] that tap (a, b, e) of window p*width + j lies on, zero
/// outside, for p0 <= p < p1; panels[0] belongs to p0. Windows count row-major through out; beyond the last
/// one columns are zero. image is [c, in].
void ck_window_panels_f32(float *panels, const float *image, size_t c, const ck_windows *windows, size_t width,
                          size_t p0, size_t p1);

/// A plane [in[1], in[2]] made ready for ck_window_sum and ck_window_max: row i holds, for each phase below
/// stride[2], the ck_phase_length elements at columns j*stride[2] + phase - before[2] of the plane's row
/// i - before[1], `fill` outside. There are (out[1]-1)*stride[1] + (kernel[1]-1)*dilation[1] + 1 rows.
void ck_pad_plane_f32(float *padded, const float *plane, const ck_windows *windows, float fill);
size_t ck_phase_length(const ck_windows *windows);

/// y[i,j] = bias + sum_{u,v} weights[u,v] * (the element that tap (u, v) of window (i, j) lies on), taps in
/// ascending order. y is [out[1], out[2]], weights is [kernel[1], kernel[2]], padded is of ck_pad_plane.
CK_TIERS(void, window_sum_f32,
         (float *y, const float *padded, const float *weights, float bias, const ck_windows *windows))
/// y[i,j] = the largest element of window (i, j).
CK_TIERS(void, window_max_f32, (float *y, const float *padded, const ck_windows *windows))

/// A convolution by 3x3 with stride 1 in tiles of 2x2 results, Winograd's F(2x2, 3x3): Lavin and Gray,
/// arXiv:1509.09308. With the weights' G g Gᵀ [16, c, n], the product for each of the 16 places,
/// p[place] = v[place] · weights[place], takes 16 multiplications where the windows take 36.
///
/// v[place, tile, ch] = (Bᵀ d B)[place] of the 4x4 elements d whose first one is x[2i, 2j, ch], for the tiles i < rows
/// and j < cols, counted row-major; v_stride between places. x has 2*rows + 2 rows, `line` apart, of 2*cols + 2
/// positions of c channels.
CK_TIERS(void, winograd_input_f32,
         (float *v, size_t v_stride, const float *x, size_t line, size_t c, size_t rows, size_t cols))
/// The 2x2 results of a tile: y[2i + a, 2j + b, col] = (Aᵀ p A)[a, b] + bias[col]. p is [16, rows*cols, n] with
/// p_stride between places, y has 2*rows rows, `line` apart, of 2*cols positions of n columns; bias is [n] or NULL.
CK_TIERS(void, winograd_output_f32,
         (float *y, size_t line, const float *p, size_t p_stride, const float *_Nullable bias, size_t n, size_t rows,
          size_t cols))

#pragma clang assume_nonnull end

#endif
