"""One device: what it is and who said so, its verdicts, where it hangs, what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import NotFound, Response

from scanner.web import render
from scanner.web.face import Face

if TYPE_CHECKING:
    from scanner.core.model import Evidence, Identity
    from scanner.inventory import Inventory

#: Parts of an identity in the order of the page.
PARTS: tuple[str, ...] = ("kind", "manufacturer", "model", "firmware", "serial", "mac", "hardware", "hostname")
#: Witnesses shown for one part, observations and events of one device.
WITNESSES, OBSERVATIONS, EVENTS = 6, 250, 200


async def device(face: Face, request: Any) -> Any:
    """`/devices/NUMBER`."""
    number = request.url_vars["device"]
    values = await face.desk.ask(lambda inventory: _values(face, inventory, number))
    if values is None:
        raise NotFound("there is no such device")
    return Response.html(render.page("device.html", face, here="devices", **values))


def _values(face: Face, inventory: Inventory, number: str) -> dict[str, Any] | None:
    from scanner.compliance.judge import listed
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
        if identity.model and (found := listed(identity, catalog, fingerprints))
    }
    name = " ".join(str(row[part]) for part in ("manufacturer", "model") if row[part]) or row["kind"]
    where = row["ip"] or row["mac"] or row["serial"] or f"device {row['id']}"
    return {
        "title": f"{name}, {where}",
        "name": name,
        "where": where,
        "device": row,
        "identity": identity,
        "parts": _parts(identity, row),
        "shared": explanation.shared,
        "places": [each for each in explanation.observations if each.observation.field.startswith("switch.")][:20],
        "observations": explanation.observations[:OBSERVATIONS],
        "observed": len(explanation.observations),
        "events": events[-EVENTS:],
        "happened": len(events),
        "catalog_rows": rows,
    }


def _parts(identity: Identity, row: dict[str, Any]) -> list[tuple[str, Any, list[Evidence], int]]:
    """Each part of the identity: its value, who said so (the first WITNESSES), and how many did."""
    found = []
    for part in PARTS:
        witnesses = sorted(
            (evidence for evidence in identity.evidence if evidence.gives.get(part)), key=lambda one: -one.certainty
        )
        value = getattr(identity, part, None) or row.get(part)
        if value or witnesses or part in ("manufacturer", "model", "firmware"):
            found.append((part, value, witnesses[:WITNESSES], len(witnesses)))
    return found
