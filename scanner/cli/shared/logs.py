"""Logging to standard error: warnings, more with `-v`; secrets and control characters removed."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from scanner.core.text import shown


class _SafeFormatter(logging.Formatter):
    """Log lines without control characters: names in them come from the network."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(shown(line) for line in super().format(record).splitlines())


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: a bar replaces it, and shows lines above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.setStream(sys.stderr)
        super().emit(record)


def to_stderr(verbose: int) -> None:
    """Log warnings; with `verbose` 1 the steps of the program as well, with 2 details."""
    from scanner.settings.secrets import Redaction

    handler = _Stderr()
    handler.setFormatter(
        _SafeFormatter("phonescan: %(message)s" if verbose < 2 else "%(asctime)s %(name)s: %(message)s")
    )
    handler.addFilter(Redaction())
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, _SafeFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    # its warnings are attempts that failed; the failure of them all is an error of ours
    logging.getLogger("urllib3").setLevel(logging.NOTSET if verbose else logging.ERROR)
    logging.captureWarnings(True)
