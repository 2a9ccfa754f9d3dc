"""The entry point of the `phonescan` command; `--version` is printed before anything else is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from scanner.version import __version__


def open_standard_streams() -> None:
    """Open the null device for each standard stream that the caller closed (`>&-`); a file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the process ends


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends by SystemExit with the contract's exit status."""
    open_standard_streams()
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--version"]:
        print(f"phonescan {__version__}")
        return
    from scanner.cli.group import phonescan

    phonescan.main(words)
