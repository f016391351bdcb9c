"""Tells the C allocator to keep large blocks, so that tensors are not faulted in again."""

from __future__ import annotations

import ctypes
import sys

# glibc's malloc.h
_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def tune_allocator() -> bool:
    """Keep freed memory in the process; call once, before torch is imported and threads start.

    glibc hands large tensors back to the kernel at every free, so that each layer's output is
    faulted in again, page by page. One arena only: the arenas of other threads cannot hold
    blocks over 64 MiB, so that the compute thread would fault all the same (measured: RRDBNet,
    4 blocks, 192 px in a thread: 55,000 faults a run with several arenas, none with one).

    Returns:
        Whether this C library understood (glibc only).
    """
    libc = _glibc()
    if libc is None:
        return False
    settings = (
        (_M_MMAP_THRESHOLD, 1 << 30),
        (_M_TRIM_THRESHOLD, 2**31 - 1),
        (_M_TOP_PAD, 64 << 20),
        (_M_ARENA_MAX, 1),
    )
    understood = [libc.mallopt(option, value) == 1 for option, value in settings]
    return all(understood)


def return_freed_memory() -> None:
    """Give the memory that `tune_allocator` kept back to the system; call when a job ends."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") and hasattr(libc, "mallopt") else None
