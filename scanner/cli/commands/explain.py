"""`phonescan explain`: the evidence for the identity and verdict of a device, down to each observation and rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.core.errors import UsageError

if TYPE_CHECKING:
    from scanner.app.explanation import ExplainedDevice
    from scanner.core.model import CatalogEntry, Identity
    from scanner.inventory.queries import Explained, Explanation


@click_command.define(
    "explain",
    identifies=True,
    help="Show the evidence for a device: for each part what won and by which row of the table of authority, what lost "
    "and why, the verdict with its catalog row and what would change it, and every observation. DEVICE is an address, "
    "a mac, a serial number, a host name or a number.",
    examples=["phonescan explain 10.1.2.3", "phonescan explain 64:16:7f:12:34:56 --format json"],
)
@click.argument("device")
@options.DEVICE_SITE
@options.format_option("text", "json", default="text")
@options.OUTPUT
def command(session: Session, device: str, site: str | None, format: str, path: Path | None) -> None:
    """Write the explanation of one device."""
    from scanner.app.explanation import explain

    with session.inventory(readonly=True) as inventory:
        found = explain(session, inventory, device, site)
    if found is None:
        raise UsageError(f"unknown device {device!r} in {session.db}; `phonescan report inventory` lists devices")
    if format == "json":
        output.write_json(_as_data(found), path)
        return
    output.write_lines(lines(found), path)


def lines(found: ExplainedDevice) -> Iterator[str]:
    """The explanation as text, line by line; control characters are not escaped."""
    from scanner.app.account_text import change_lines, part_lines

    explanation, entries, account = found
    yield _headline(explanation)
    yield ""
    yield "Identity"
    for part in account.parts:
        yield from part_lines(part)
        if part.part == "kind":
            yield from _vetoes(explanation.identity)
    if explanation.identity.line:
        yield f"  {'line':<13} {explanation.identity.line}"
    yield f"  {'confidence':<13} {explanation.identity.confidence:.2f}"
    if explanation.device is not None:
        device = explanation.device
        yield f"  {'seen':<13} {device['first_seen']} to {device['last_seen']}, by {device['discovered_by']}"
        yield from _verdicts(device, entries)
        yield from change_lines(account)
    yield ""
    yield f"Observations ({len(explanation.observations)})"
    for each in explanation.observations:
        yield from _observation(each, explanation)


def _headline(explanation: Explanation) -> str:
    device, identity = explanation.device, explanation.identity
    name = " ".join(filter(None, (identity.manufacturer, identity.model))) or identity.kind
    if device is None:
        return f"{name}: {explanation.key}; observed, but not kept as a device of the inventory"
    where = ", ".join(str(device[part]) for part in ("ip", "mac", "hostname") if device[part])
    state = f", {device['state']}" if device["state"] != "present" else ""
    return f"{name}: {where}; device {device['id']}, site {device['site']}{state}"


def _vetoes(identity: Identity) -> Iterator[str]:
    """What shows that the device is not a telephone, one line each."""
    for evidence in [e for e in identity.evidence if e.gives.get("veto")][:3]:
        seen = ", ".join(filter(None, (evidence.source, evidence.time)))
        value = f"{evidence.field} {_short(evidence.value)!r} by rule {evidence.rule}"
        yield f"{'':<18}not a phone: {evidence.gives['veto']}, {value} ({seen})"


def _short(value: str, limit: int = 100) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"


def _verdicts(device: dict[str, Any], entries: dict[str, tuple[CatalogEntry, ...]]) -> Iterator[str]:
    yield ""
    mark = ", in conflict" if device["in_conflict"] else ""
    yield f"Verdict: {device['status']} ({device['compliance']}){mark}"
    yield f"  {device['reason']}"
    for assessment in device["assessments"]:
        if not assessment["overall"]:
            yield f"  catalog {assessment['catalog']}: {assessment['status']} ({assessment['compliance']})"
    for name, rows in entries.items():
        for row in rows:
            minimum = " or later" if row.match == "minimum" else ""
            line = f", line {row.source_line}" if row.source_line else ""
            spelled = f": {row.spelled}" if row.spelled else ""
            yield f"  row of {name}{line}: {row.manufacturer} {row.model} {row.firmware or 'any'}{minimum}{spelled}"


def _observation(each: Explained, explanation: Explanation) -> Iterator[str]:
    from scanner.app.joins import joined_by

    observation = each.observation
    past = "" if each.current else " (superseded, and retained)" if each.retained else " (superseded)"
    seen = each.last_seen if each.first_seen == each.last_seen else f"{each.first_seen} … {each.last_seen}"
    names = " ".join(filter(None, (observation.ip, observation.mac)))
    yield f"  {observation.field} = {_short(observation.value, 400)}{past}"
    yield f"      {', '.join(filter(None, (seen, names)))}, from {observation.source or 'a file'}"
    if explanation.device and observation.mac is None:
        yield f"      joined by {joined_by(each, explanation)}"
    for evidence in each.evidence:
        gives = ", ".join(f"{part} {text}" for part, text in evidence.gives.items()) or "nothing, by design"
        yield f"      rule {evidence.rule}: {gives}"


def _as_data(found: ExplainedDevice) -> dict[str, Any]:
    from scanner.app.joins import joined_by

    explanation, entries, account = found
    return {
        "key": explanation.key,
        "device": explanation.device,
        "identity": explanation.identity,
        "as_of": explanation.as_of,
        "catalog_rows": entries,
        "shared_macs": explanation.shared,
        "account": account,
        "observations": [
            {
                "observation": each.observation,
                "first_seen": each.first_seen,
                "last_seen": each.last_seen,
                "current": each.current,
                "retained": each.retained,
                "joined_by": joined_by(each, explanation),
                "evidence": each.evidence,
            }
            for each in explanation.observations
        ],
    }
