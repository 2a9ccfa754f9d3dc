"""A dashboard compared with Grafana's own schema, as generated into its Python types (grafana-foundation-sdk)."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def faults(document: dict[str, Any]) -> list[str]:
    """What in a dashboard is not in Grafana's schema: fields that it does not have, and values of another type."""
    plugins.register_default_plugins()
    try:
        read = Dashboard.from_json(document)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return [f"cannot be read: {error!r}"]
    written = json.loads(JSONEncoder().encode(read))
    return [*_missing(document, written, "dashboard"), *_wrong(read, "dashboard")]


def _missing(have: Any, kept: Any, where: str) -> Iterator[str]:
    """The fields that Grafana's types did not keep."""
    if isinstance(have, dict):
        for name, value in have.items():
            if not isinstance(kept, dict) or name not in kept:
                if value is not None:
                    yield f"{where}.{name} is not in the schema"
            else:
                yield from _missing(value, kept[name], f"{where}.{name}")
    elif isinstance(have, list):
        for at, value in enumerate(have):
            yield from _missing(
                value, kept[at] if isinstance(kept, list) and at < len(kept) else None, f"{where}[{at}]"
            )
    elif have != kept:
        yield f"{where} is {have!r}, and was read as {kept!r}"


def _wrong(value: Any, where: str) -> Iterator[str]:
    """The attributes of a record whose value has another type than in the schema."""
    for name, hint in get_type_hints(type(value)).items():
        yield from _fits(getattr(value, name, None), hint, f"{where}.{name}")


def _fits(value: Any, hint: Any, where: str) -> Iterator[str]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in (Any, object):
        if hasattr(value, "to_json"):
            yield from _wrong(value, where)
    elif origin in (Union, types.UnionType):
        given = [one for one in arguments if one is not type(None)] if value is not None else arguments
        found = [list(_fits(value, one, where)) for one in given]
        if (type(None) not in arguments or value is not None) and all(found):
            yield from min(found, key=len)
    elif origin is Literal:
        if value not in arguments:
            yield f"{where} is {value!r}, not one of {arguments}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where} is {value!r}, not a list"
        else:
            for at, one in enumerate(value):
                yield from _fits(one, arguments[0], f"{where}[{at}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{where} is {value!r}, not an object"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        if value not in [one.value for one in hint]:
            yield f"{where} is {value!r}, not one of {[one.value for one in hint]}"
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where} is {value!r}, not a number"
    elif isinstance(hint, type):
        if isinstance(value, dict) and hasattr(hint, "from_json"):  # the SDK reads some lists as they are
            document, value = value, hint.from_json(value)
            yield from _missing(document, json.loads(JSONEncoder().encode(value)), where)
        if hasattr(value, "to_json"):
            yield from _wrong(value, where)
        elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            yield f"{where} is {value!r}, not {hint.__name__}"
