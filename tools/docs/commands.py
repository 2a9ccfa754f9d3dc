"""The command tree as mkdocs-click reads it: every command loaded, with the examples of its epilog in its help text."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import click

from scanner.cli.group import phonescan as program

ROOT = click.Context(program, info_name="phonescan")


def walk(context: click.Context = ROOT) -> Iterator[click.Context]:
    """A context of each command below `context`, groups before their commands, in the order of the overview."""
    for child in _children(context):
        yield child
        yield from walk(child)


def examples(command: click.Command) -> list[str]:
    """The lines of the examples in a command's epilog."""
    return [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]


def _children(context: click.Context) -> Iterator[click.Context]:
    if isinstance(group := context.command, click.Group):
        for name in group.list_commands(context):
            if command := group.get_command(context, name):
                yield click.Context(command, info_name=name, parent=context)


def _documented(context: click.Context) -> click.Command:
    """A copy of a command whose help text ends with its examples; of a group, with copies of its commands."""
    command = copy.copy(context.command)
    lines = "\n".join(f"$ {line}" for line in examples(command))
    command.help = f"{command.help or ''}\n\n```console\n{lines}\n```"
    if isinstance(command, click.Group):
        command.commands = {str(child.info_name): _documented(child) for child in _children(context)}
    return command


phonescan = _documented(ROOT)
