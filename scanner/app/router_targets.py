"""Targets of a scan by the tables of the routers that the settings name: `--from-routers`, `from_routers`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.app import passive, target_words
from scanner.app.session import Session
from scanner.core import target_syntax
from scanner.core.errors import UsageError
from scanner.core.spans import Span, merge, subtract
from scanner.discovery.options import SNMP_PORT

if TYPE_CHECKING:
    from scanner.app.request import ScanRequest


def planned_survey(session: Session) -> list[str]:
    """What would be read and scanned, a line each."""
    within = [str(span) for span in subtract(allowed(session), excluded(session))[0]]
    return [
        *(f"reads routes and neighbours of {name} ({one}) over SNMP" for one, name in _routers(session).items()),
        f"scans what they report within {', '.join(within)}" if within else "the settings allow no subnet",
        "nothing was sent",
    ]


def surveyed(
    session: Session, request: ScanRequest, now: Callable[[], str], stopped: Callable[[], bool] = lambda: False
) -> ScanRequest:
    """The request with the targets that the routers report. Raises UsageError where there are none."""
    from scanner.app.router_survey import RouterRequest, survey

    found = survey(
        RouterRequest(
            _routers(session),
            tuple(allowed(session)),
            tuple(excluded(session)),
            request.credentials,
            passive.parse(request.passive).spans,
            request.pace,
            request.port_snmp or SNMP_PORT,
        ),
        now=now,
        stopped=stopped,
    )
    return replace(request, targets=(*request.targets, *found.targets), survey=found)


def _routers(session: Session) -> dict[str, str]:
    """The routers of the settings, address → name. Raises UsageError where there are none."""
    from scanner.app.switch_scan import addresses

    sections = session.settings.sections.router
    if not sections:
        raise UsageError("--from-routers reads the routers of [[router]] in the settings, and there are none")
    return {
        one: section.name
        for section in sections
        for one in addresses((section.address,) if isinstance(section.address, str) else section.address, True)
    }


def allowed(session: Session) -> list[Span]:
    """What the settings allow to scan: the targets of `[[router]]`, else those of all sites and scans."""
    sections = session.settings.sections
    named = [word for router in sections.router for word in router.targets]
    if not named:
        named = [word for site in sections.site for word in site.subnets]
        named += [word for scan in sections.scan for word in scan.targets]
    return _spans(session, named)


def excluded(session: Session) -> list[Span]:
    """What scans of the settings exclude, and a scan by routers never has."""
    return _spans(session, [word for scan in session.settings.sections.scan for word in scan.exclude])


def _spans(session: Session, words: Iterable[str]) -> list[Span]:
    """The addresses that words name, merged; host names are left out, since a subnet is in none."""
    found: list[Span] = []
    for word in words:
        with suppress(UsageError):
            for target in target_words.expand((word,), session.settings.folder, empty=True):
                found += target_syntax.spans(target, hosts=False)
    return merge(found)
