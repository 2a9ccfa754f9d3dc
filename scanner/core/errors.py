"""The error tree. Each error is one sentence for the user that says what to do, and knows its exit status.

PhonescanError                 4  could not run
├── UsageError                 2  wrong words on the command line, a bad target
│   └── SettingsError          2  a settings file that cannot be taken as it is
├── DataError                  2  a vendor file, page or catalog that cannot be read
├── InventoryError             4  the database is missing, damaged, locked or from a newer program
├── EngineError                4  the network cannot be used as asked
│   └── RefusedError           4  a request that would harm: never sent, whoever asked
└── WireError                  –  bytes that are not what they claim to be (caught by whoever reads them)
"""

from __future__ import annotations


class PhonescanError(Exception):
    """Root of all errors. `str(error)` is one sentence for the user; `exit_status` as in the contract."""

    exit_status = 4


class UsageError(PhonescanError):
    exit_status = 2


class SettingsError(UsageError):
    """A settings file with an unknown key, a wrong type or a secret that does not resolve; names file and line."""


class DataError(PhonescanError):
    """A data file (vendor, catalog, page) that cannot be read as it is; names file and line."""

    exit_status = 2


class InventoryError(PhonescanError):
    """The SQLite inventory cannot be opened, read or written."""


class EngineError(PhonescanError):
    """The network cannot be used as asked: no such interface, no permission, no route."""


class RefusedError(EngineError):
    """Refused below every discovery because it can harm: a printer port, a method other than OPTIONS."""


class WireError(PhonescanError):
    """Bytes that cannot be read as the protocol they came as. `offset` counts from the start of the input."""

    def __init__(self, what: str, offset: int = 0) -> None:
        super().__init__(f"{what} at offset {offset}")
        self.what, self.offset = what, offset
