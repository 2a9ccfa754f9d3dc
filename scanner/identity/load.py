"""Vendor files read from their folders into `Fingerprints`.

The shipped files have passed `fingerprints check`: their patterns are compiled when first used. The files of a user's
folder are compiled and checked as they are loaded; a mistake in one is reported with file and line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from scanner import data
from scanner.core import toml
from scanner.core.errors import DataError
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.mistakes import mistakes
from scanner.identity.recog import load as load_recog
from scanner.identity.rules import USER_BAND
from scanner.identity.vendorfile import LoadedFile, read


def load(
    folder: Path | str | None = None, extra: Iterable[Path | str] = (), recog: Path | str | None = None
) -> Fingerprints:
    """The fingerprints of `folder` (the shipped ones when None), with those of the folders in `extra` above them.

    `recog` is a folder of rapid7/recog, a further source for what is not a telephone. The shipped fingerprints alone
    are read once a process, others at each call. Raises DataError with file, line and what to do.
    """
    folders = tuple(Path(path) for path in extra)
    if folder is None and not folders and recog is None:
        return _shipped()
    base = Path(folder) if folder is not None else data.fingerprints_folder()
    return _read(base, folders, Path(recog) if recog is not None else None)


log = logging.getLogger(__name__)


@cache
def _shipped() -> Fingerprints:
    return _read(data.fingerprints_folder(), ())


def _read(base: Path, extra: Iterable[Path], recog: Path | None = None) -> Fingerprints:
    folder = vendors_folder(base)
    origins = vendor_files(folder)
    if not origins:
        raise DataError(f"{folder} contains no vendor file (*.toml): name a folder with vendor files")
    for path in extra:
        if not path.is_dir():
            raise DataError(f"the fingerprints folder {path} does not exist: correct the setting or create it")
        own = _own_files(path)
        if not own:
            log.warning("the fingerprints folder %s contains no vendor file (*.toml): no rule of it applies", path)
        origins += own
    if recog is not None and not recog.is_dir():
        raise DataError(f"the folder of recog {recog} does not exist: correct --recog or the setting")
    return Fingerprints(origins, load_recog(recog) if recog is not None else None)


def vendors_folder(base: Path) -> Path:
    """The folder of the vendor files: `vendors` in `base` where it exists, else `base`."""
    vendors = base / "vendors"
    return vendors if vendors.is_dir() else base


def _own_files(folder: Path) -> list[LoadedFile]:
    """The vendor files of a user's folder. Raises DataError with the first mistake of each file that has one."""
    found: list[LoadedFile] = []
    wrong: list[str] = []
    for path in own_paths(folder):
        try:
            found.append(origin := LoadedFile(path.stem, str(path), read(path), USER_BAND))
            refuse_mistakes(origin)
        except DataError as error:
            wrong.append(str(error))
    if wrong:
        raise DataError("; ".join(wrong))
    return found


def own_paths(folder: Path) -> list[Path]:
    """The paths of the vendor files of a user's folder: those in its folder `vendors`, and those beside it."""
    vendors = vendors_folder(folder)
    return [*vendor_paths(vendors), *(vendor_paths(folder) if vendors != folder else ())]


def vendor_files(folder: Path) -> list[LoadedFile]:
    """Every vendor file of a folder, in the order of their names."""
    return [LoadedFile(path.stem, str(path), read(path)) for path in vendor_paths(folder)]


def vendor_paths(folder: Path) -> list[Path]:
    """The paths of the vendor files of a folder, in the order of their names; a vocabulary is not one of them."""
    return [path for path in sorted(folder.glob("*.[Tt][Oo][Mm][Ll]")) if path.name.casefold() != "vocabulary.toml"]


def refuse_mistakes(origin: LoadedFile) -> None:
    """Raises DataError for the first mistake in a vendor file, with file and line."""
    for place, why in mistakes(origin):
        raise toml.read(Path(origin.path)).fault(place, why)
