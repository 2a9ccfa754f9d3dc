"""The privileges of this process, capabilities(7)."""

from __future__ import annotations

import contextlib
from pathlib import Path

CAP_NET_ADMIN, CAP_NET_RAW = 12, 13


def has_capability(number: int) -> bool:
    """Whether this process has a capability; False where the system does not report it."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> number & 1)
    return False
