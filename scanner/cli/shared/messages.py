"""Messages for the user on standard error, with secrets and control characters removed."""

from __future__ import annotations

import click

from scanner.core.text import shown


def print_message(sentence: str) -> None:
    """Write one sentence that begins with the name of the program."""
    from scanner.settings.secrets import redacted

    lines = [shown(line) for line in redacted(sentence).splitlines()] or [""]
    click.echo(f"phonescan: {chr(10).join(lines)}", err=True)
