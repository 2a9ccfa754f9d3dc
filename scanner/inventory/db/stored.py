"""JSON in columns of the inventory, which this program wrote: of a damaged file it may be anything."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from scanner.core.bounded import UNREADABLE_JSON, checked_json
from scanner.core.errors import InventoryError

T = TypeVar("T")

#: Longest value, in bytes: the state of a scan of 2**24 addresses.
LIMIT = 512_000_000


@overload
def decoded(text: str | bytes) -> Any: ...
@overload
def decoded(text: str | bytes, kind: type[T]) -> T: ...
def decoded(text: str | bytes, kind: Any = Any) -> Any:
    """The value in a column. Raises InventoryError where it is not one of that kind."""
    try:
        return checked_json(text, kind, limit=LIMIT)
    except (*UNREADABLE_JSON, TypeError, ValueError, AttributeError):
        raise InventoryError("a value in the inventory is damaged; restore a copy or choose another --db") from None
