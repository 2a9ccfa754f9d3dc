"""One device: what it is and who said so, its verdicts, where it hangs, what happened to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from datasette import NotFound, Response

from scanner.core.text import mac
from scanner.web import render
from scanner.web.face import Face

if TYPE_CHECKING:
    from scanner.core.model import Identity
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Explanation, Row

#: Parts of an identity in the order of the page.
PARTS: tuple[str, ...] = ("kind", "manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname")
#: Witnesses shown for one part, observations and events of one device.
WITNESSES, OBSERVATIONS, EVENTS = 6, 250, 200


class Witness(NamedTuple):
    """One observation that tells a part of the identity: what `rule` made of it; no rule where it is told plainly."""

    field: str
    value: str
    source: str
    time: str
    rule: str
    gave: str


class Part(NamedTuple):
    """One part of an identity: its value, the first WITNESSES, and of how many."""

    name: str
    value: Any
    witnesses: list[Witness]
    known: int


async def device(face: Face, request: Any) -> Any:
    """`/devices/NUMBER`."""
    number = request.url_vars["device"]
    values = await face.desk.ask(lambda inventory: _values(face, inventory, number))
    if values is None:
        raise NotFound("there is no such device")
    return Response.html(render.page("device.html", face, here="devices", **values))


def _values(face: Face, inventory: Inventory, number: str) -> Row | None:
    from scanner.compliance.listing import Listing
    from scanner.inventory import queries

    fingerprints = face.session.fingerprints()
    explanation = queries.explain(inventory, number, fingerprints)
    if explanation is None or explanation.device is None:
        return None
    row, identity = explanation.device, explanation.identity
    events = queries.history(inventory, row["id"])
    rows = {
        catalog.name: found
        for catalog in face.session.catalogs(inventory)
        if (found := Listing(catalog, fingerprints).entries(identity.manufacturer, identity.model))
    }
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
        "places": [each for each in explanation.observations if each.observation.field.startswith("switch.")][:20],
        "observations": explanation.observations[:OBSERVATIONS],
        "observed": len(explanation.observations),
        "events": events[-EVENTS:],
        "happened": len(events),
        "catalog_rows": rows,
    }


def _parts(identity: Identity, explanation: Explanation, row: Row) -> list[Part]:
    """Each part of the identity with who said so: rules, or for mac and host name what was simply told."""
    found = []
    for part in PARTS:
        value = getattr(identity, part, None) or row.get(part)
        evidence = sorted((one for one in identity.evidence if one.gives.get(part)), key=lambda one: -one.certainty)
        said = [Witness(one.field, one.value, one.source, one.time, one.rule, one.gives[part]) for one in evidence]
        if not said and value:
            said = list(_told(explanation, str(value)))
        if value or said or part in ("manufacturer", "model", "firmware"):
            found.append(Part(part, value, said[:WITNESSES], len(said)))
    return found


def _told(explanation: Explanation, value: str) -> Iterator[Witness]:
    """Observations that hold a value as it is, or are of the mac that it is."""
    for one in explanation.observations:
        observation = one.observation
        told = value.lower() in (observation.value.strip().lower(), mac(observation.value))
        if one.current and told and not observation.field.startswith("switch."):
            yield Witness(observation.field, observation.value, observation.source, one.last_seen, "", value)
