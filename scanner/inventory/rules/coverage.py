"""Which devices did not respond although a scan covered them. Pure.

A device counts as missing only where a discovery that last saw it covered its address again without a response.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from scanner.core.outcomes import Outcome
from scanner.inventory.records import Coverage

_SWITCH = "switch "
#: The discovery did not probe the address.
_NOT_PROBED = frozenset({Outcome.EXCLUDED.value, Outcome.SKIPPED.value, Outcome.NOT_SENT.value})
#: The host responded in some way: it is not missing, even if another discovery received nothing.
_RESPONDED = frozenset(
    {
        Outcome.TIMED_OUT.value,
        Outcome.MALFORMED.value,
        Outcome.OTHER_PROTOCOL.value,
        Outcome.TRUNCATED.value,
        Outcome.RATE_LIMITED.value,
        Outcome.ANSWERED.value,
    }
)


class CoverageMap:
    """What one scan covered, by discovery."""

    def __init__(self, coverage: Iterable[Coverage], missed: Iterable[tuple[str, str, str]] = ()) -> None:
        spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._switches: set[tuple[str, str]] = set()
        for discovery, scope in coverage:
            if scope.startswith(_SWITCH):
                self._switches.add((discovery, scope.removeprefix(_SWITCH).strip()))
            elif span := span_of(scope):
                version, first, last = span
                spans.setdefault((discovery, version), []).append((first, last))
        self._spans = {key: _joined(found) for key, found in spans.items()}
        self._not_probed: set[tuple[str, str]] = set()
        self._responded: set[str] = set()
        for discovery, ip, outcome in missed:
            if outcome in _NOT_PROBED:
                self._not_probed.add((discovery, ip))
            elif outcome in _RESPONDED:
                self._responded.add(ip)

    def covers(self, discovery: str, ip: str) -> bool:
        """Whether the discovery probed this address."""
        parsed = ipaddress.ip_address(ip)
        spans = self._spans.get((discovery, parsed.version), ())
        at = bisect_right(spans, (int(parsed), 1 << 130)) - 1
        return at >= 0 and spans[at][1] >= int(parsed) and (discovery, ip) not in self._not_probed

    def missing(self, seen_by: Sequence[tuple[str, str]], ip: str | None) -> bool:
        """Whether a device at `ip`, last seen by these (discovery, source), was covered and did not respond."""
        if ip in self._responded:
            return False
        for discovery, source in seen_by:
            switch = next(iter(source.split(" ")[1:2]), "")
            if (discovery, switch) in self._switches or (ip and self.covers(discovery, ip)):
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self._spans or self._switches)


def span_of(scope: str) -> tuple[int, int, int] | None:
    """IP version, first and last address of a CIDR, a range or an address; None for other text."""
    try:
        if "/" in scope:
            network = ipaddress.ip_network(scope, strict=False)
            return network.version, int(network.network_address), int(network.broadcast_address)
        first, _, last = scope.partition("-")
        start = ipaddress.ip_address(first.strip())
        end = ipaddress.ip_address(last.strip()) if last else start
        return start.version, int(start), int(end)
    except ValueError:
        return None


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, with adjacent and overlapping ones joined."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found
