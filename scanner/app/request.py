"""A scan request: targets, discoveries, pace and ports, as values; made from settings and what overrides them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.discovery.registry import default_names

if TYPE_CHECKING:
    from scanner.app.surveyed import RouterSurvey
    from scanner.core.model import Credential
    from scanner.core.target_syntax import Resolve
    from scanner.engine.services.registrar import RegistrarAccess
    from scanner.settings import Settings

#: The discovery that reads the tables of the switches that settings name, instead of probing targets.
SWITCHES = "switches"
#: The discovery that reads the registrations of the registrars that settings name.
REGISTRAR = "registrar"


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to scan and how, named as the contract's options and settings; None is the default of the pace.

    `resume` is a scan's number, or 0 for the last unfinished one; targets and settings are then those it began with.
    `passive` are addresses, macs and models that are never probed; `resolve` maps a host name to addresses; `seconds`
    is the time after which the scan ends in part; the tables of `switches` and the registrations of `registrars` are
    read after the targets were probed; `survey` is what routers reported before.
    """

    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    discover: tuple[str, ...] = field(default_factory=default_names)
    site: str = ""
    pace: str = "normal"
    rate: int | None = None
    retries: int | None = None
    timeout: float | None = None
    interfaces: tuple[str, ...] = ()
    ports_http: tuple[int, ...] | None = None
    ports_sip: tuple[int, ...] | None = None
    port_snmp: int | None = None
    allow_public: bool = False
    credentials: tuple[Credential, ...] = ()
    passive: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    registrars: tuple[RegistrarAccess, ...] = ()
    resume: int | None = None
    seconds: float | None = None
    resolve: Resolve | None = None
    kind: str = "scan"
    survey: RouterSurvey | None = None


def from_settings(settings: Settings, **given: Any) -> ScanRequest:
    """A request by `[network]` and `[passive]` of the settings; fields in `given` that are not None override them.

    Credentials are not included: resolving their secrets reads files and the environment, which the caller does.
    """
    from scanner.settings import passive

    network = settings.sections.network
    rate = given.pop("rate", None) or network.rate
    values: dict[str, Any] = {
        "pace": network.pace,
        "rate": None if rate is None else max(1, round(rate)),
        "retries": network.retries,
        "timeout": network.timeout,
        "interfaces": network.interfaces,
        "ports_http": network.ports.http,
        "ports_sip": network.ports.sip,
        "port_snmp": network.ports.snmp_port,
        "allow_public": given.pop("allow_public", False) or network.allow_public,
        "passive": passive(settings),
    }
    return ScanRequest(**values | {name: value for name, value in given.items() if value is not None})


def discovery_names(listed: str | Iterable[str] | None) -> tuple[str, ...]:
    """The names in a list that is joined by commas or already taken apart; the default discoveries for none."""
    names = listed.split(",") if isinstance(listed, str) else listed or ()
    return tuple(name.strip() for name in names if name.strip()) or default_names()
