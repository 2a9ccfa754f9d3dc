"""Finds the IP phones on a network, and compares their firmware with the certified versions.

    from scanner import assess, identify

    identity = identify({"sip.user-agent": "Yealink SIP-T58A 58.15.0.20"})
    print(identity.model, assess(identity).status)

The nouns are those of the `phonescan` command. Each is loaded when it is first used, so that importing costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from scanner.version import __version__

if TYPE_CHECKING:
    from scanner.api import assess, identify, read, scan
    from scanner.inventory import Inventory

__all__ = ["Inventory", "__version__", "assess", "identify", "read", "scan"]

_HOME = {"Inventory": "scanner.inventory"} | dict.fromkeys(("assess", "identify", "read", "scan"), "scanner.api")


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
