"""The reasons in NetBox's responses, in a few words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.reports.cells import safe


def detail_of(content: Any) -> str:
    """The reason in a response of NetBox, in words."""
    found = list(_texts(content))
    return safe("; ".join(found))[:300] or "no reason"


def _texts(content: Any, name: str = "") -> Iterator[str]:
    match content:
        case dict():
            errors = content.get("errors")
            # NetBox 4.6: {"detail": …, "errors": [{"index": 0, "errors": {…}}]}
            if isinstance(errors, list) and errors:
                yield from _texts(errors, name)
                return
            for key, value in content.items():
                if key in ("index", "id"):
                    continue
                yield from _texts(
                    value, name if key in ("errors", "detail", "non_field_errors", "__all__") else str(key)
                )
        case list():
            for value in content:
                yield from _texts(value, name)
        case None:
            return
        case _:
            yield f"{name}: {content}" if name else str(content)
