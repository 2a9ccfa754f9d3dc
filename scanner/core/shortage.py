"""The sentence for a shortage of memory, threads, processes or descriptors, wherever it was noticed."""

from __future__ import annotations

import errno
import os

_MEMORY = "memory is short: raise the limit of address space (`ulimit -v`) or stop other programs"
_THREADS = "no further thread or process can be started: raise the limits `ulimit -u` and `ulimit -v`"
_DESCRIPTORS = "too many open files: raise the limit (`ulimit -n`)"

#: Descriptors that a library may have opened, and closed again when one more was refused.
_A_FEW = 6


def sentence(error: BaseException) -> str:
    """What to do about an exception that a shortage caused; empty for any other."""
    found: BaseException | None = error
    for _ in range(8):
        if found is None:
            return ""
        if text := _sentence(found):
            return text
        found = found.__cause__ or found.__context__
    return ""


def of_descriptors() -> str:
    """What to do where a few further files cannot be opened, for a library whose errors have no number; else empty."""
    opened: list[int] = []
    try:
        for _ in range(_A_FEW):
            opened.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return _sentence(error)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return ""


def _sentence(error: BaseException) -> str:
    text = str(error).lower()
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return _DESCRIPTORS
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return _MEMORY
    if isinstance(error, ImportError | OSError) and ("cannot allocate memory" in text or "failed to map" in text):
        return _MEMORY
    if isinstance(error, ImportError) and "too many open files" in text:
        return _DESCRIPTORS
    if isinstance(error, RuntimeError) and "can't start new thread" in text:
        return _THREADS
    if isinstance(error, SystemError) and "without exception set" in text:  # the interpreter had no memory for one
        return _MEMORY
    if isinstance(error, BlockingIOError) and error.errno == errno.EAGAIN:  # fork(2)
        return _THREADS
    return ""
