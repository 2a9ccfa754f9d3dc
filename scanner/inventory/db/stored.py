"""JSON in columns of the inventory, which this program wrote: of a damaged file it may be anything."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

from scanner.core.bounded import TooLarge, checked_json

T = TypeVar("T")

#: Longest value, in bytes: the state of a scan of 2**24 addresses.
LIMIT = 512_000_000


@overload
def decoded(text: str | bytes) -> Any: ...
@overload
def decoded(text: str | bytes, kind: type[T]) -> T: ...
def decoded(text: str | bytes, kind: Any = Any) -> Any:
    """The value in a column. Raises DecodeError of msgspec, which `connect.faults` makes a sentence."""
    try:
        return checked_json(text, kind, limit=LIMIT)
    except (TooLarge, TypeError, AttributeError) as error:
        raise msgspec.DecodeError(str(error)) from None
