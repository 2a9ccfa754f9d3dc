"""`phonescan completion`: the script by which a shell completes commands and options."""

from __future__ import annotations

import click

from scanner.cli.shared import click_command
from scanner.cli.shared.bounded_command import BoundedCommand
from scanner.core.errors import UsageError


@click.command(
    "completion",
    cls=BoundedCommand,
    help="Print the completion script for a shell; save it where the shell reads it, or `eval` it.",
    epilog=click_command.examples(
        [
            'eval "$(phonescan completion bash)"',
            "phonescan completion zsh > ~/.zfunc/_phonescan",
            "phonescan completion fish > ~/.config/fish/completions/phonescan.fish",
        ]
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    if completion is None:
        raise UsageError(f"{shell} has no completion")
    program = context.find_root().command
    click.echo(completion(program, {}, "phonescan", "_PHONESCAN_COMPLETE").source())
