#include "delta.pb-c.h"
