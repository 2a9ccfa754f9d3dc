"""Paths that a user writes."""

from __future__ import annotations

from pathlib import Path


def expanded(text: str) -> Path:
    """The path of a text, its `~` as the home folder; as it is where there is no such folder."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def is_file(path: Path) -> bool:
    """Whether a path is that of a file; a text that is too long, or contains NUL, is that of none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
