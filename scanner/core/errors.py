"""The error tree. The text of each error is one sentence for the user that says what to do.

PhonescanError                 4  the program could not run; the number is the exit status
├── UsageError                 2  wrong arguments, an invalid target
│   └── SettingsError          2  a settings file with an error
├── DataError                  2  a vendor file, page or catalog with an error
├── InventoryError             4  the database is missing, damaged, locked or of a newer version
├── EngineError                4  the network cannot be used: no interface, permission or route
│   └── RefusedError           4  a harmful request, which is never sent
├── NetBoxError                3  NetBox does not respond, or refuses the token
└── WireError                  –  bytes that do not follow their protocol; always caught inside the program
"""

from __future__ import annotations


class PhonescanError(Exception):
    """Root of all errors. `str(error)` is one sentence for the user; `exit_status` is that of the command.

    Several mistakes are several arguments, each a sentence.
    """

    exit_status = 4

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


class UsageError(PhonescanError):
    """Wrong arguments: an unknown option or name, a text that is not a target."""

    exit_status = 2


class SettingsError(UsageError):
    """A settings file with an unknown key, a wrong type or a secret that does not resolve; names file and line."""


class DataError(PhonescanError):
    """A data file (vendor file, catalog, page) that cannot be read; names file and line."""

    exit_status = 2


class InventoryError(PhonescanError):
    """The SQLite inventory cannot be opened, read or written."""


class EngineError(PhonescanError):
    """The network cannot be used: no such interface, no permission, no route."""


class RefusedError(EngineError):
    """A request that the engine refuses for every discovery: to a printer port, or with a method other than OPTIONS."""


class NetBoxError(PhonescanError):
    """NetBox does not respond, refuses the token, or responds with something else than its API."""

    exit_status = 3


class WireError(PhonescanError):
    """Bytes that do not follow their protocol. `offset` counts from the start of the input."""

    def __init__(self, what: str, offset: int = 0) -> None:
        super().__init__(f"{what} at offset {offset}")
        self.what, self.offset = what, offset
