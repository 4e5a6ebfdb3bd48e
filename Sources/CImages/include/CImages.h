#ifndef CIMAGES_H
#define CIMAGES_H

#include "ci_decode.h"
#include "ci_labels.h"
#include "ci_resample.h"

#endif
