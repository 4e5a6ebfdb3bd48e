// exp, erf, tanh and what follows from them, for the lanes of a vector. The polynomials are minimax fits
// with float32 coefficients.
#pragma once

/// exp(x) for x in [-105, 89], NaN for NaN.
INLINE vf v_exp_within(vf x) {
  vf n = v_round(v_mul(x, v_set(0x1.715476p+0f)));  // log2(e)
  vf r = v_fma(n, v_set(-0x1.62e430p-1f), x);       // ln(2) in two parts
  r = v_fma(n, v_set(0x1.05c610p-29f), r);
  vf q = v_set(0x1.6d5f44p-10f);  // (exp(r) - 1 - r) / r^2 on |r| <= ln(2)/2
  q = v_fma(q, r, v_set(0x1.123beep-7f));
  q = v_fma(q, r, v_set(0x1.5554d8p-5f));
  q = v_fma(q, r, v_set(0x1.55548ep-3f));
  q = v_fma(q, r, v_set(0.5f));
  vf p = v_add(v_fma(v_mul(r, r), q, r), v_set(1.0f));
  return v_scale2(p, n);
}

/// The bounds lie where the result has become 0 or infinity.
INLINE vf v_exp(vf x) { return v_exp_within(v_min(v_set(89.0f), v_max(v_set(-105.0f), x))); }

/// erf(t)/t - 1 for |t| <= 0.93, s = t^2.
INLINE vf v_erf_near(vf s) {
  vf q = v_set(-0x1.387442p-11f);
  q = v_fma(q, s, v_set(0x1.46d9e6p-8f));
  q = v_fma(q, s, v_set(-0x1.b67c04p-6f));
  q = v_fma(q, s, v_set(0x1.ce1986p-4f));
  q = v_fma(q, s, v_set(-0x1.8126e2p-2f));
  return v_fma(q, s, v_set(0x1.06eba6p-3f));
}

/// 1 - erf(t) for 0.92 <= t <= 4, as exp(t*q(t) - t).
INLINE vf v_erfc_far(vf t) {
  vf q = v_set(0x1.c0c420p-13f);
  q = v_fma(q, t, v_set(-0x1.a564cap-9f));
  q = v_fma(q, t, v_set(0x1.7707b6p-6f));
  q = v_fma(q, t, v_set(-0x1.af271cp-4f));
  q = v_fma(q, t, v_set(-0x1.457cdep-1f));
  q = v_fma(q, t, v_set(-0x1.07328ap-3f));
  return v_exp_within(v_fma(t, q, v_sub(v_zero(), t)));
}

INLINE vf v_erf(vf x) {
  vf t = v_min(v_set(4.0f), v_abs(x));  // erf(4) rounds to 1.
  vf near = v_fma(t, v_erf_near(v_mul(t, t)), t);
  vf far = v_sub(v_set(1.0f), v_erfc_far(t));
  return v_copysign(v_select(v_less(t, v_set(0.925f)), near, far), x);
}

/// x/2 (1 + erf(x/sqrt(2))), erf(z) as z p(z^2) / q(z^2) on |z| <= 4: a fraction takes half the instructions of what
/// ``v_erf`` needs to be right relative to small results.
INLINE vf v_gelu(vf x) {
  vf z = v_mul(x, v_set(0.70710678f)), half = v_mul(x, v_set(0.5f));
  vf t = v_min(v_set(4.0f), v_max(v_set(-4.0f), z)), s = v_mul(t, t);
  vf p = v_set(0x1.090dc8p-19f), q = v_set(0x1.3a691ep-15f);
  p = v_fma(p, s, v_set(0x1.2e08dap-12f));
  q = v_fma(q, s, v_set(0x1.3edddp-10f));
  p = v_fma(p, s, v_set(0x1.066372p-8f));
  q = v_fma(q, s, v_set(0x1.fa16ap-7f));
  p = v_fma(p, s, v_set(0x1.b601f8p-5f));
  q = v_fma(q, s, v_set(0x1.dd1744p-4f));
  p = v_fma(p, s, v_set(0x1.91ec1p-3f));
  q = v_fma(q, s, v_set(0x1.03b6dp-1f));
  p = v_fma(p, s, v_set(0x1.20dd72p+0f));
  q = v_fma(q, s, v_set(1.0f));
  vf y = v_fma(half, v_div(v_mul(t, p), q), half);
  // Beyond |z| = 4 what is lost is below 5e-8.
  return v_select(v_less(v_set(4.0f), v_abs(z)), v_max(v_zero(), x), y);
}

INLINE vf v_sigmoid(vf x) {
  return v_div(v_set(1.0f), v_add(v_set(1.0f), v_exp(v_sub(v_zero(), x))));
}

INLINE vf v_quick_gelu(vf x) {
  return v_div(x, v_add(v_set(1.0f), v_exp(v_mul(v_set(-1.702f), x))));
}

INLINE vf v_gelu_tanh(vf x) {
  vf cubic = v_fma(v_mul(v_mul(x, x), x), v_set(0.044715f), x);
  return v_div(x, v_add(v_set(1.0f), v_exp(v_mul(v_set(-1.59576912f), cubic))));  // -2 sqrt(2/pi)
}

INLINE vf v_tanh(vf x) {
  vf t = v_abs(x), s = v_mul(t, t);
  vf q = v_set(-0x1.72c69ap-8f);  // tanh(t)/t - 1 over s
  q = v_fma(q, s, v_set(0x1.515274p-6f));
  q = v_fma(q, s, v_set(-0x1.b81356p-5f));
  q = v_fma(q, s, v_set(0x1.11056ep-3f));
  q = v_fma(q, s, v_set(-0x1.555524p-2f));
  vf near = v_fma(v_mul(t, s), q, t);
  vf far = v_sub(v_set(1.0f), v_div(v_set(2.0f), v_add(v_set(1.0f), v_exp(v_add(t, t)))));
  return v_copysign(v_select(v_less(t, v_set(0.625f)), near, far), x);
}

INLINE vf v_relu(vf x) { return v_max(v_zero(), x); }
