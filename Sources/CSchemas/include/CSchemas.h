#include "delta.pb-c.h"
#include "model.pb-c.h"
#include "onnx.pb-c.h"
