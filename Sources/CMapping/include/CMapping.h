// Mapped files whose pages may vanish.
//
// Reading a page that a mapped file lost (it was truncated, its disk failed) raises SIGBUS, which ends the process. For
// guarded bytes the page, and all that follow it, are replaced by zeros instead and the loss is noted: who reads the
// bytes asks afterwards whether what it read was the file's.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct cm_guard cm_guard;

/// Guards mapped bytes until `cm_unguard`, which must come before they are unmapped. NULL where there is no memory.
///
/// The first call installs a handler of SIGBUS; signals elsewhere go to the handler that was there before.
cm_guard *cm_guard_bytes(const void *start, size_t size);

/// Whether a page was read that the file no longer had.
bool cm_lost(const cm_guard *guard);

void cm_unguard(cm_guard *guard);
