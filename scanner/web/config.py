"""The web configuration: the inventory that is served, the access rules, the base path, and the inventory's reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.app.session import Session
from scanner.core.errors import UsageError
from scanner.web.access import Access
from scanner.web.clients import LOOPBACK, Network
from scanner.web.guesses import Guesses
from scanner.web.reader import InventoryReader
from scanner.web.sessions import Sessions

#: The name of the inventory in Datasette: `data/inventory`, `data/scans.csv`, …
DATABASE = "data"


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What is served, and the access to it. `session` has inventory and settings; `base_path` has a slash at both ends.

    `sql` allows readers to run SELECTs in Datasette. `edit` allows them to edit the fields of devices, which requires a
    password. `now` returns seconds of a clock that does not jump, for sessions and limits. `proxies` are the networks
    whose X-Forwarded-For is read. `changed` returns a new password once, None while it is the same.

    Raises UsageError for `edit` without a password.
    """

    session: Session
    access: Access
    now: Callable[[], float]
    base_path: str = "/"
    sql: bool = False
    edit: bool = False
    proxies: tuple[Network, ...] = LOOPBACK
    changed: Callable[[], str | None] = lambda: None
    sessions: Sessions = field(default_factory=Sessions, repr=False, compare=False)
    guesses: Guesses = field(default_factory=Guesses, repr=False, compare=False)
    reader: InventoryReader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.edit and not self.access.closed:
            raise UsageError(
                "editing (--allow-edit, or edit in [web]) requires a password: give --token env:NAME or "
                "--password-file FILE"
            )
        object.__setattr__(self, "reader", InventoryReader(self.session))

    def renew(self) -> None:
        """Use the new password where it has changed: every session ends."""
        if (secret := self.changed()) is not None:
            object.__setattr__(self, "access", self.access.with_secret(secret))
            self.sessions.end_all()
            self.guesses.forget_known()

    def path(self, rest: str = "") -> str:
        """A path below the base path, as a link on our pages."""
        return self.base_path + rest.lstrip("/")


def base_path(text: str) -> str:
    """`--base-path` with its slashes. Raises UsageError for a text that is not a path."""
    path = "/" + text.strip().strip("/") + "/" if text.strip("/ ") else "/"
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "").replace("~", "")
    if not (path.isascii() and (plain.isalnum() or not plain)) or "//" in path or "/." in path:
        raise UsageError(f"--base-path {text!r} is not a path; write it as /phonescan/")
    return path
