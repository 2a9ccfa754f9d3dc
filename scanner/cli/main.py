"""The entry point of the `phonescan` command; `--version` is printed before anything else is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scanner.version import __version__


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends by SystemExit with the contract's exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        print(f"phonescan {__version__}")
        return
    from scanner.cli.group import phonescan

    phonescan.main(words)
