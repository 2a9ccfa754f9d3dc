"""`phonescan completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click

from scanner.cli.shared import frame
from scanner.core.errors import UsageError


@click.command(
    "completion",
    help="Print the completion for a shell; put it where the shell looks for it, or `eval` it.",
    epilog=frame.examples(
        [
            'eval "$(phonescan completion bash)"',
            "phonescan completion zsh > ~/.zfunc/_phonescan",
            "phonescan completion fish > ~/.config/fish/completions/phonescan.fish",
        ]
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script."""
    from click.shell_completion import get_completion_class

    from scanner.cli.group import phonescan

    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"there is no completion for {shell}")
    click.echo(made(phonescan, {}, "phonescan", "_PHONESCAN_COMPLETE").source())
