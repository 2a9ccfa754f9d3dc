"""`phonescan doctor`: what works on this machine and how to enable the rest; `--bundle` for a bug report."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from scanner.cli.doctor import checks as examine
from scanner.cli.doctor.checks import Check
from scanner.cli.group import DONE, PARTLY
from scanner.cli.shared import frame, output
from scanner.core.errors import SettingsError
from scanner.core.text import shown

_SIGNS = {"ok": "ok", "note": "note", "warning": "WARNING", "wrong": "WRONG"}
_COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "wrong": "red"}
#: Parts of a bundle in which there are no addresses and names, but versions that look like addresses.
_IMPERSONAL = frozenset({"packages.json", "models.json", "statuses.json"})


@click.command(
    "doctor",
    help="Check what works on this machine: program, privileges, discoveries, settings, secrets, inventory, catalogs. "
    "Nothing is changed, and nothing is sent but a greeting to mail servers of the settings. "
    "Exit status 3 when something is wrong.",
    epilog=frame.examples(
        ["phonescan doctor", "phonescan doctor --format json", "phonescan doctor --bundle report.zip"]
    ),
)
@frame.DB
@frame.CONFIG
@frame.VERBOSE
@output.format_option("text", "json", default="text")
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what a bug report needs to this file (zip): no secrets, addresses and names masked.",
)
def command(db: Path | None, config: Path | None, verbose: int, format: str, bundle: Path | None) -> int:
    """Look at everything, say how it is, and write the bundle."""
    frame.log_to_stderr(verbose)
    checks, session = examined(db, config)
    if bundle is not None:
        write_bundle(bundle, checks, session)
        click.echo(f"{bundle}: written; look into it before you send it", err=True)
    if format == "json":
        output.emit_json([check._asdict() for check in checks])
    else:
        with output.text(None) as stream:
            _write(checks, stream)
    return PARTLY if any(check.state == "wrong" for check in checks) else DONE


def examined(db: Path | None, config: Path | None) -> tuple[list[Check], frame.Session | None]:
    """Every check; the session is None when the settings cannot be read, and then the defaults were looked at."""
    from scanner.cli.doctor import settings_checks
    from scanner.settings import Settings
    from scanner.settings.records import Sections

    checks = list(examine.machine())
    session: frame.Session | None = None
    try:
        session = frame.session(db, config)
    except SettingsError as error:
        checks.append(Check("settings", "file", "wrong", str(error), "correct it; what follows is by the defaults"))
    looked_at = session or frame.Session(Settings(None, Sections()), db or Path("phonescan.sqlite"), db is not None)
    credentials = bool(looked_at.settings.sections.credentials)
    checks += examine.discoveries(examine.may_use_raw_sockets(), credentials)
    if session is not None:
        checks += settings_checks.settings(session)
    checks += settings_checks.knowledge(looked_at)
    checks += settings_checks.inventory(looked_at)
    return checks, session


def _write(checks: list[Check], stream: Any) -> None:
    import sys

    colour = output.colour_wanted(sys.stdout)
    part = ""
    parts = list(dict.fromkeys(check.part for check in checks))
    for check in sorted(checks, key=lambda check: parts.index(check.part)):
        if check.part != part:
            part = check.part
            stream.write(f"{part}\n")
        sign = f"{_SIGNS[check.state]:<8}"
        if colour:
            sign = click.style(sign, fg=_COLOURS[check.state])
        stream.write(f"  {sign}{shown(check.name)}: {shown(check.says)}\n")
        if check.do:
            stream.write(f"          → {shown(check.do)}\n")
    wrong = sum(check.state == "wrong" for check in checks)
    count = f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong" if wrong else "nothing is wrong"
    stream.write(f"\n{count}\n")


def write_bundle(path: Path, checks: list[Check], session: frame.Session | None) -> None:
    """A zip with the checks, versions, settings and scans; secrets taken out, addresses, macs and names masked."""
    mask = Mask()
    parts: dict[str, object] = {
        "doctor.json": [check._asdict() for check in checks],
        "packages.json": examine.packages(),
    }
    if session is not None:
        parts["settings.json"] = _settings_without_secrets(session, mask)
        parts |= _inventory_parts(session)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            text = msgspec.json.format(msgspec.json.encode(part), indent=2).decode()
            text = text if name in _IMPERSONAL else mask(text)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    with output.binary(path) as stream:
        stream.write(content.getvalue())


def _settings_without_secrets(session: frame.Session, mask: Mask) -> object:
    """The settings with every secret hidden; the names that people gave are masked in the whole bundle."""
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


def _inventory_parts(session: frame.Session) -> dict[str, object]:
    """Counts and the last scans; no device."""
    from scanner.core.errors import PhonescanError
    from scanner.inventory import queries

    if not session.db.exists():
        return {}
    try:
        with session.inventory(readonly=True) as inventory:
            scans = [
                {
                    "scan": scan.id,
                    "kind": scan.kind,
                    "started": scan.started,
                    "finished": scan.finished,
                    "outcome": scan.outcome,
                    "discoveries": scan.discoveries,
                    "observations": scan.observations,
                    "unresolved": scan.unresolved,
                    "notes": scan.notes,
                }
                for scan in queries.scans(inventory, 20)
            ]
            by: dict[str, Callable[[], object]] = {
                "health.json": lambda: queries.health(inventory, thorough=True),
                "statuses.json": lambda: queries.totals(inventory, "status"),
                "models.json": lambda: ({**row, "where": None} for row in queries.firmware_rows(inventory)),
            }
            return {"scans.json": scans, **{name: _listed(get()) for name, get in by.items()}}
    except PhonescanError as error:
        return {"inventory.json": {"error": str(error)}}


def _listed(value: object) -> object:
    return value if isinstance(value, (dict, list)) else list(value)  # type: ignore[call-overload]


class Mask:
    """Replaces addresses, macs and given names, the same one always by the same word."""

    _ADDRESS = re.compile(
        r"(?<![\w.:-])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4})(?![\w:-]|\.\d)"
    )

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def name(self, text: str, kind: str) -> str:
        """The word that stands for a name that a person gave."""
        return self.names.setdefault(text, f"{kind}-{len(self.names) + 1}")

    def hide(self, secret: str) -> None:
        """Take a secret out wherever else it stands."""
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
            return text  # a time of day, or an address that says nothing
        kind = "mac" if len(text) == 17 and text.count(text[2]) == 5 else "address"
        return self.words.setdefault(text, f"{kind}-{len(self.words) + 1}")
