"""Messages for the user on standard error, with secrets and control characters removed."""

from __future__ import annotations

import sys

import click

from scanner.cli.shared.output import folded


def print_message(sentence: str) -> None:
    """Write one sentence that begins with the name of the program."""
    from scanner.settings.secrets import redacted

    for line in folded(f"phonescan: {redacted(sentence)}".splitlines(), sys.stderr):
        click.echo(line, err=True)
