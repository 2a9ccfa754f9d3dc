"""The folder of the shipped data: `fingerprints/` in a checkout, package data in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from scanner.core.errors import DataError


def fingerprints_folder() -> Path:
    """The folder with `vendors/`, `catalogs/` and `vocabulary.toml`. DataError when the install is incomplete."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_fingerprints", package.parent / "fingerprints"):
        if (folder / "vocabulary.toml").is_file():
            return folder
    raise DataError("the fingerprints that belong to phonescan are not installed beside it: install the package again")
