#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's loop, which calls `one` for every input.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));
