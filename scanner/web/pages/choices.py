"""The filters of list pages: the query of a request, and the names that its select boxes offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.core.model import KINDS, STATUSES
from scanner.web import list_query
from scanner.web.list_query import ListQuery

if TYPE_CHECKING:
    from scanner.inventory import Inventory

#: Names that a filter offers; others are typed.
CHOICES = 500


def query_of(request: Any) -> ListQuery:
    """The list query of a request. Raises UsageError for one with too many parameters."""
    return list_query.parse(list_query.read(request.query_string))


def choices(inventory: Inventory) -> dict[str, list[str]]:
    """The names that filters offer, by column."""
    from scanner.inventory import queries

    columns = ("site", "manufacturer", "model", "switch")
    found = {column: queries.names(inventory, column, CHOICES) for column in columns}
    return found | {"kind": list(KINDS), "status": list(STATUSES)}
