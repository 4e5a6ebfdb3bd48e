#include "delta.pb-c.h"
#include "model.pb-c.h"
