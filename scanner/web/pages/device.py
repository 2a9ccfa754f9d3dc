"""The page of one device: identity and evidence, verdicts, switch port, events and observations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from datasette import NotFound, Response

from scanner.core.fields import Role, field_of
from scanner.core.text import mac
from scanner.web import render
from scanner.web.config import WebConfig
from scanner.web.pages import edit

if TYPE_CHECKING:
    from scanner.core.model import Identity
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Explanation, Row

#: Parts of an identity in the order of the page.
PARTS: tuple[str, ...] = ("kind", "manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname")
#: Evidence shown for one part, observations and events of one device.
EVIDENCE, OBSERVATIONS, EVENTS = 6, 250, 200


#: What the JSON of a device contains of an entered field.
_ENTERED = ("value", "time", "author")


class EvidenceRow(NamedTuple):
    """One observation that supports a part of the identity; `given` is what `rule` extracts, else the value."""

    field: str
    value: str
    source: str
    time: str
    rule: str
    given: str


class IdentityPart(NamedTuple):
    """One part of an identity: its value, the first EVIDENCE rows, and the number of all."""

    name: str
    value: Any
    evidence: list[EvidenceRow]
    known: int


async def page(config: WebConfig, request: Any) -> Any:
    """`/devices/NUMBER`."""
    number = request.url_vars["device"]
    values = await config.reader.read(lambda inventory: _values(config, inventory, number))
    if values is None:
        raise NotFound("unknown device")
    return Response.html(render.page("device.html", config, here="devices", token=edit.token(config), **values))


async def as_json(config: WebConfig, request: Any) -> Any:
    """`/devices/NUMBER.json`: the device with its verdicts and entered fields."""
    number = request.url_vars["device"]

    def query(inventory: Inventory) -> Row | None:
        from scanner.inventory import queries

        row = queries.device(inventory, number)
        if row is None:
            return None
        entered = {
            one["key"]: {name: one[name] for name in _ENTERED} for one in queries.fields_of(inventory, row["id"])
        }
        return {**row, "fields": entered}

    found = await config.reader.read(query)
    if found is None:
        raise NotFound("unknown device")
    return Response.json(found)


def _values(config: WebConfig, inventory: Inventory, number: str) -> Row | None:
    from scanner.app.explanation import explain
    from scanner.inventory import queries

    found = explain(config.session, inventory, number)
    if found is None or (row := found.explanation.device) is None:
        return None
    explanation, catalog_rows, account = found
    identity = explanation.identity
    events = queries.history(inventory, row["id"])
    name = " ".join(str(row[part]) for part in ("manufacturer", "model") if row[part]) or row["kind"]
    where = row["ip"] or row["mac"] or row["serial"] or f"device {row['id']}"
    return {
        "title": f"{name}, {where}",
        "name": name,
        "where": where,
        "device": row,
        "identity": identity,
        "parts": _parts(identity, explanation, row),
        "shared": explanation.shared,
        "places": [each for each in explanation.observations if _is_place(each.observation.field)][:20],
        "observations": explanation.observations[:OBSERVATIONS],
        "observed": len(explanation.observations),
        "events": events[-EVENTS:],
        "event_count": len(events),
        "catalog_rows": catalog_rows,
        "account": account,
        **edit.fields(inventory, row["id"]),
    }


def _parts(identity: Identity, explanation: Explanation, row: Row) -> list[IdentityPart]:
    """Each part of the identity with its evidence: matches of rules, or for mac and host name the observed value."""
    found = []
    for part in PARTS:
        value = getattr(identity, part, None) or row.get(part)
        matches = sorted((one for one in identity.evidence if one.gives.get(part)), key=lambda one: -one.certainty)
        shown = [EvidenceRow(one.field, one.value, one.source, one.time, one.rule, one.gives[part]) for one in matches]
        if not shown and value:
            shown = list(_observed(explanation, str(value)))
        if value or shown or part in ("manufacturer", "model", "firmware"):
            found.append(IdentityPart(part, value, shown[:EVIDENCE], len(shown)))
    return found


def _observed(explanation: Explanation, value: str) -> Iterator[EvidenceRow]:
    """Observations whose value is `value`, or that mac in another notation."""
    for one in explanation.observations:
        observation = one.observation
        equal = value.lower() in (observation.value.strip().lower(), mac(observation.value))
        if one.current and equal and not _is_place(observation.field):
            yield EvidenceRow(observation.field, observation.value, observation.source, one.last_seen, "", value)


def _is_place(field: str) -> bool:
    return field_of(field).role is Role.PLACE
