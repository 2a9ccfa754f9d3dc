"""`phonescan doctor`: check this machine, the settings and the inventory; `--bundle` writes a bug report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from scanner.app.session import Session
from scanner.cli.doctor import bundle as bug_report
from scanner.cli.doctor import checks as machine_checks
from scanner.cli.doctor.checks import Check
from scanner.cli.shared import click_command, logs, options, output
from scanner.cli.shared.bounded_command import BoundedCommand
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.core.errors import SettingsError
from scanner.core.text import shown

_SIGNS = {"ok": "ok", "note": "note", "warning": "WARNING", "wrong": "WRONG"}
_COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "wrong": "red"}


@click.command(
    "doctor",
    cls=BoundedCommand,
    help="Check what works on this machine: program, privileges, discoveries, settings, secrets, inventory, catalogs. "
    "Nothing is changed; only the mail servers of the settings are connected to. "
    "Exit status 3 when something is wrong.",
    epilog=click_command.examples(
        ["phonescan doctor", "phonescan doctor --format json", "phonescan doctor --bundle report.zip"]
    ),
)
@click_command.DB
@click_command.CONFIG
@click_command.VERBOSE
@options.format_option("text", "json", default="text")
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a bug report to this file (zip): without secrets, with addresses and names masked.",
)
def command(db: Path | None, config: Path | None, verbose: int, format: str, bundle: Path | None) -> int:
    """Run every check, write the results, and write the bundle."""
    logs.to_stderr(verbose)
    checks, session = run_checks(db, config)
    if bundle is not None:
        bug_report.write(bundle, checks, session)
        click.echo(f"{shown(str(bundle))}: written; check its content before you send it", err=True)
    if format == "json":
        output.write_json([check._asdict() for check in checks])
    else:
        with output.text(None) as stream:
            _write(checks, stream)
    return PARTLY if any(check.state == "wrong" for check in checks) else DONE


def run_checks(db: Path | None, config: Path | None) -> tuple[list[Check], Session | None]:
    """The results of all checks; without a session the settings cannot be read, and the defaults were checked."""
    from scanner.cli.doctor import private, settings_checks

    checks = list(machine_checks.machine())
    session: Session | None = None
    try:
        session = click_command.open_session(db, config)
    except SettingsError as error:
        checks.append(Check("settings", "file", "wrong", str(error), "correct it; the next checks use the defaults"))
    checked = session or click_command.default_session(db or Path("phonescan.sqlite"))
    credentials = bool(checked.settings.sections.credentials)
    checks += machine_checks.discoveries(machine_checks.may_use_raw_sockets(), credentials)
    if session is not None:
        checks += settings_checks.settings(session)
    checks += settings_checks.knowledge(checked)
    checks += settings_checks.inventory(checked)
    checks += private.checks(checked)
    return checks, session


def _write(checks: list[Check], stream: TextIO) -> None:
    colour = output.has_colour(sys.stdout)
    part = ""
    parts = list(dict.fromkeys(check.part for check in checks))
    for check in sorted(checks, key=lambda check: parts.index(check.part)):
        if check.part != part:
            part = check.part
            stream.write(f"{part}\n")
        sign = f"{_SIGNS[check.state]:<8}"
        lines = [f"  {sign}{check.name}: {check.says}", *([f"          → {check.do}"] if check.do else [])]
        for line in output.folded(lines, sys.stdout, further=12):
            own = colour and line.startswith(f"  {sign}")
            stream.write(f"  {click.style(sign, fg=_COLOURS[check.state])}{line[10:]}\n" if own else f"{line}\n")
    wrong = sum(check.state == "wrong" for check in checks)
    count = f"{wrong} {'check' if wrong == 1 else 'checks'} failed" if wrong else "no check failed"
    stream.write(f"\n{count}\n")
