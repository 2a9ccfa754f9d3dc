"""The library interface: what the commands do, without a command line, settings or environment.

    from scanner import Inventory, assess, identify, read, scan

Errors derive from `scanner.core.errors.PhonescanError`; each is one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from scanner.app.file_reading import written_at
from scanner.compliance import catalog as shipped
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.fields import known
from scanner.core.model import Assessment, Catalog, Identity, Observation
from scanner.core.text import bounded, shown, utc
from scanner.identity import fuse
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.load import load
from scanner.identity.same_maker import same_maker
from scanner.inventory import Inventory, Knowledge, Summary
from scanner.reading import Context, Item, detect

__all__ = ["assess", "identify", "read", "scan"]


def identify(facts: Mapping[str, str] | Iterable[Observation], *, fingerprints: Fingerprints | None = None) -> Identity:
    """The identity of one device by its observations; `facts` are observations, or field → value.

    Raises UsageError for an unknown field.
    """
    if isinstance(facts, Mapping):
        for name in facts:
            if not known(name):
                raise UsageError(f"{name!r} is not a known field; `phonescan identify --fields` lists them")
        facts = [Observation(field=name, value=bounded(value)) for name, value in facts.items()]
    return fuse.identify(tuple(facts), fingerprints or load())


def assess(
    identity: Identity,
    *,
    catalogs: Iterable[Catalog] | None = None,
    policy: Policy | None = None,
    today: date | None = None,
    fingerprints: Fingerprints | None = None,
) -> Assessment:
    """The assessment of an identity, by the shipped catalogs and the default policy where none are given.

    To assess many identities, make one `scanner.compliance.judge.Judge`.
    """
    judge = Judge(
        tuple(catalogs) if catalogs is not None else shipped.builtin(),
        policy or Policy(),
        today or datetime.now(UTC).date(),
        fingerprints or load(),
    )
    return judge.assess(identity)


def read(
    source: Path | str | BinaryIO, *, format: str | None = None, ip: str | None = None, now: str | None = None
) -> Iterator[Item]:
    """The observations in a file of another tool, in order; a `Problem` for each part that cannot be read.

    `format` is that of `phonescan read --as`, `ip` the address of the recorded device, `now` the time of observations
    without one (ISO 8601, UTC), by default that of the file. Raises PhonescanError when the file cannot be opened,
    DataError for an unknown format.
    """
    time = now or utc(datetime.now(UTC))
    if not isinstance(source, (str, Path)):
        yield from detect.read(source, Context("", time, ip, _listed_prefix, _same_maker), format)
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 (closed below; only opening may fail like this)
    except (OSError, ValueError) as error:  # a ValueError for a name with NUL
        reason = error.strerror if isinstance(error, OSError) else error
        raise PhonescanError(f"{shown(str(source))} cannot be read: {reason}") from None
    with stream:
        time = now or written_at(stream, time)
        yield from detect.read(stream, Context(Path(source).name, time, ip, _listed_prefix, _same_maker), format)


def _listed_prefix(mac: str) -> bool:
    """Whether a maker in the shipped vendor files has the prefix of a mac."""
    return load().registry.by_mac(mac) is not None


def _same_maker(field: str, value: str, mac: str) -> bool | None:
    """Whether a mac's prefix is of the maker that a value names, by the shipped vendor files (see `same_maker`)."""
    return same_maker(load(), field, value, mac)


def scan(
    targets: Iterable[str],
    inventory: Inventory,
    *,
    discover: Iterable[str] | None = None,
    site: str = "",
    pace: str = "normal",
    allow_public: bool = False,
    knowledge: Knowledge | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Summary:
    """Scan targets (subnets, ranges, addresses) into an inventory; returns the summary.

    `knowledge` is what devices are identified and assessed by: by default the shipped fingerprints, the catalogs in
    force and the default policy. `stopped` is polled often and ends the scan in part. Raises UsageError, EngineError
    and InventoryError.
    """
    from scanner.app.request import ScanRequest
    from scanner.app.scan import scan as run

    request = ScanRequest(targets=tuple(targets), site=site, pace=pace, allow_public=allow_public)
    if discover is not None:
        request = replace(request, discover=tuple(discover))
    if knowledge is None:
        knowledge = Knowledge(
            fingerprints=load(),
            catalogs=shipped.in_force(shipped.builtin(), inventory.catalogs()),
            policy=Policy(),
            today=datetime.now(UTC).date(),
        )
    return run(request, inventory, knowledge, now=lambda: utc(datetime.now(UTC)), stopped=stopped)
