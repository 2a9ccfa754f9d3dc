"""The work of a run: targets, the network towards them, discoveries, pace, and what makes it reproducible."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.core.model import Credential
from scanner.core.targets import Targets
from scanner.discovery.declaration import Discovery
from scanner.engine import outages
from scanner.engine.os.rtnetlink import Network
from scanner.engine.rate.limits import Pace


@dataclass(frozen=True, slots=True)
class Work:
    """`seed` determines the order of the targets, `secret` keys the cookies, `deadline` is seconds for the whole run.

    `network` is how this host reaches the targets, `interfaces` the names that may be used, all when empty. `patience`
    is seconds to wait for a network that was lost.
    """

    targets: Targets
    network: Network
    discoveries: tuple[Discovery, ...]
    pace: Pace
    seed: int
    secret: bytes
    credentials: tuple[Credential, ...] = ()
    interfaces: tuple[str, ...] = ()
    deadline: float | None = None
    patience: float = field(default_factory=lambda: outages.PATIENCE)
