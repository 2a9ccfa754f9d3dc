"""`phonescan identify`: fields of one device as words, or JSON lines of many, to JSON results."""

from __future__ import annotations

import sys

import click

from scanner.app.identify import Identify, identifier, observations
from scanner.app.identify_lines import identify_lines
from scanner.app.session import Session
from scanner.cli.shared import click_command, output
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message
from scanner.core.errors import UsageError
from scanner.core.fields import FIELDS
from scanner.core.text import amount, bounded


@click_command.define(
    "identify",
    identifies=True,
    help="Identify a device by its observations, as one JSON object. `ip=` and `mac=` may be given with the fields.",
    examples=[
        "phonescan identify 'sip.user-agent=Yealink SIP-T58A 58.15.0.20'",
        "phonescan identify lldp-med.manufacturer=AudioCodes lldp-med.model=405HD",
        "phonescan identify --jsonl < records.jsonl > results.jsonl",
    ],
)
@click.argument("facts", nargs=-1, type=click.UNPROCESSED, metavar="[FIELD=VALUE]...")
@click.option(
    "--jsonl", is_flag=True, help="Read one JSON object of fields a line from standard input, write one result a line."
)
@click.option("--fields", "all_fields", is_flag=True, help="List the fields and their meanings.")
def command(session: Session, facts: tuple[str, ...], jsonl: bool, all_fields: bool) -> int:
    """Identify the device of the command line, or that of each line of standard input."""
    if all_fields:
        for each in FIELDS.values():
            click.echo(f"{each.name:<28} {each.meaning}")
        return DONE
    if jsonl:
        if facts:
            raise UsageError("--jsonl reads standard input; leave out the FIELD=VALUE words")
        return _lines(_identifier(session))
    if not facts:
        raise UsageError("nothing to identify: give FIELD=VALUE, or --jsonl with records on standard input")
    try:
        found = observations(_record(facts))
    except ValueError as error:
        raise UsageError(str(error)) from None
    output.write_json(_identifier(session)(found))
    return DONE


def _identifier(session: Session) -> Identify:
    from scanner.settings import policy

    catalogs = tuple(session.catalogs_by_name().values())
    return identifier(session.fingerprints(), catalogs, policy(session.settings), session.today())


def _lines(identify: Identify) -> int:
    out = sys.stdout.buffer

    def write(data: bytes) -> None:
        out.write(data)
        out.flush()

    unread = identify_lines(identify, sys.stdin.buffer, write)
    if unread:
        print_message(f"{amount(unread, 'line')} could not be read; the result of each has an error")
    return PARTLY if unread else DONE


def _record(facts: tuple[str, ...]) -> dict[str, str | list[str]]:
    """The record that FIELD=VALUE words make; a repeated field has several values. Raises UsageError."""
    record: dict[str, list[str]] = {}
    for fact in facts:
        field, equals, value = fact.partition("=")
        if not equals:
            raise UsageError(f"{fact!r} is not FIELD=VALUE, such as 'sip.user-agent=Yealink SIP-T58A 58.15.0.20'")
        record.setdefault(field, []).append(bounded(value))
    return {field: values[0] if len(values) == 1 else values for field, values in record.items()}
