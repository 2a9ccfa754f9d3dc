"""The sentence for a shortage of memory, threads, processes or descriptors, wherever it was noticed."""

from __future__ import annotations

import errno

_MEMORY = "memory is short: raise the limit of address space (`ulimit -v`) or stop other programs"
_THREADS = "no further thread or process can be started: raise the limits `ulimit -u` and `ulimit -v`"
_DESCRIPTORS = "too many open files: raise the limit (`ulimit -n`)"


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
