"""Collections that a test walks: an assertion in a loop over nothing cannot fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def some(items: Iterable[Item]) -> list[Item]:
    """The items, of which there is at least one."""
    found = list(items)
    assert found, "there is nothing to check"
    return found
