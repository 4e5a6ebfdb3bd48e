#pragma once
#include <math.h>

#include "CKernels.h"

/// exp(x) for x <= 0, NaN for NaN; 0 as in softmax_row_simd.h.
static inline float softmax_weight(float x) { return x < -87.0f ? 0.0f : expf(x); }
