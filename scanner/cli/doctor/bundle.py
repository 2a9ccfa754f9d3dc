"""The bundle of `doctor`: a zip for bug reports, with secrets removed and addresses, macs and names masked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.app.session import Session
from scanner.cli.doctor.checks import Check, packages
from scanner.cli.shared import output

if TYPE_CHECKING:
    from scanner.inventory import ScanRow
    from scanner.inventory.queries import ScanHealth

#: Parts without addresses and names, but with versions that look like addresses.
_UNMASKED = frozenset({"packages.json", "models.json", "statuses.json"})
#: What a bundle contains of a scan: nothing of its targets.
_SCAN_PARTS = (
    "id", "kind", "started", "finished", "outcome", "discoveries", "observations", "unresolved", "notes",
)  # fmt: skip


def write(path: Path, checks: list[Check], session: Session | None) -> None:
    """Write the checks, package versions, settings, counts and last scans to a zip file."""
    mask = Mask()
    parts: dict[str, object] = {
        "doctor.json": [check._asdict() for check in checks],
        "packages.json": packages(),
    }
    if session is not None:
        parts["settings.json"] = _settings_without_secrets(session, mask)
        parts |= _inventory_parts(session)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            text = msgspec.json.format(msgspec.json.encode(part), indent=2).decode()
            text = text if name in _UNMASKED else mask(text)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    with output.binary(path) as stream:
        stream.write(content.getvalue())


def _settings_without_secrets(session: Session, mask: Mask) -> object:
    """The settings with every secret hidden; names in them are masked in the whole bundle."""
    from scanner.settings.secrets import HIDDEN, is_reference

    data: dict[str, Any] = msgspec.to_builtins(session.settings.sections)
    for credential in data["credentials"]:
        for key in ("community", "auth_key", "priv_key", "user"):
            if credential.get(key) and not is_reference(credential[key]):
                mask.hide(credential[key])
                credential[key] = HIDDEN
        credential["name"] = mask.name(credential["name"], "credential")
    for scan in data["scan"]:
        scan["notify"] = HIDDEN if scan["notify"] else []
        scan["name"] = mask.name(scan["name"], "scan")
        scan["site"] = scan["site"] and mask.name(scan["site"], "site")
        scan["targets"], scan["exclude"] = len(scan["targets"]), len(scan["exclude"])
        scan["switches"] = len(scan["switches"])
    for site in data["site"]:
        site["name"] = mask.name(site["name"], "site")
    return data


def _inventory_parts(session: Session) -> dict[str, object]:
    """Counts and the last scans, without devices."""
    from scanner.core.errors import PhonescanError
    from scanner.inventory import queries

    if not session.db.exists():
        return {}
    try:
        with session.inventory(readonly=True) as inventory:
            rows = queries.scans(inventory, 20)
            healths = queries.health_of_scans(inventory, rows)
            scans = [_scan(scan, healths.get(scan.id)) for scan in rows]
            by: dict[str, Callable[[], object]] = {
                "health.json": lambda: queries.health(inventory, thorough=True),
                "statuses.json": lambda: queries.totals(inventory, "status"),
                "models.json": lambda: ({**row, "where": None} for row in queries.firmware_rows(inventory)),
            }
            return {"scans.json": scans, **{name: _listed(get()) for name, get in by.items()}}
    except PhonescanError as error:
        return {"inventory.json": {"error": str(error)}}


def _scan(scan: ScanRow, health: ScanHealth | None) -> dict[str, object]:
    """What the bundle contains of a scan, with the number of its devices beside the usual one."""
    parts: dict[str, object] = {name: getattr(scan, name) for name in _SCAN_PARTS}
    if health is not None:
        parts |= {"devices": health.devices, "expected": health.expected, "problem": str(health.problem)}
    return parts


def _listed(value: object) -> object:
    return value if isinstance(value, (dict, list)) else list(value)  # type: ignore[call-overload]


class Mask:
    """Replaces addresses, macs and names, each always by the same word."""

    _ADDRESS = re.compile(
        r"(?<![\w.:-])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4})(?![\w:-]|\.\d)"
    )

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def name(self, text: str, kind: str) -> str:
        """The word that replaces a name from the settings."""
        return self.names.setdefault(text, f"{kind}-{len(self.names) + 1}")

    def hide(self, secret: str) -> None:
        """Remove a secret wherever it occurs."""
        from scanner.settings.secrets import hide

        hide(secret)

    def __call__(self, text: str) -> str:
        from scanner.settings.secrets import redacted

        text = self._ADDRESS.sub(self._masked, redacted(text))
        for name in sorted(self.names, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self.names[name], text)
        return text.replace(str(Path.home()), "~")

    def _masked(self, found: re.Match[str]) -> str:
        text = found[0]
        if re.fullmatch(r"\d\d(?::\d\d){2}", text) or text.startswith(("127.", "::1", "0.0.0.0")):
            return text  # a time of day, or a loopback or unspecified address
        kind = "mac" if len(text) == 17 and text.count(text[2]) == 5 else "address"
        return self.words.setdefault(text, f"{kind}-{len(self.words) + 1}")
