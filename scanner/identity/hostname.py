"""The host name of a device: names that models, makers or all devices share are not host names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.core.fields import field_of
from scanner.core.text import mac
from scanner.identity.evidence import Item, MatchOf, matcher
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.freshness import ages

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[\w-]{0,62})(?:\.[A-Za-z0-9_][\w-]{0,62}){0,30}\.?", re.ASCII)
_GENERIC = frozenset(
    {"localhost", "none", "unknown", "phone", "voip", "default", "router", "switch", "ipphone", "linux"}
)


def hostname(
    observations: Sequence[Item], fingerprints: Fingerprints, matched: MatchOf[Item] | None = None
) -> str | None:
    """The host name in the most reliable field that has one; None where there is none.

    Of several current names the one that appeared last. `matched` as in `evidence.weighted`.
    """
    matched = matched or matcher(fingerprints)
    found: dict[int, tuple[int, str, str]] = {}
    for observation, age in zip(observations, ages(observations), strict=True):
        rank = field_of(observation.field).host_name
        if rank and (name := _host_name(observation, matched, fingerprints)):
            candidate = -age, observation.first, name
            found[rank] = max(found.get(rank, candidate), candidate)
    return found[min(found)][2] if found else None


def _host_name(observation: Item, matched: MatchOf[Item], fingerprints: Fingerprints) -> str | None:
    """The host name in a value, without its trailing dot; None where the value is not the name of one host.

    An address, a MAC, a model, a maker and a generic word are not.
    """
    name = observation.value.strip().rstrip(".")
    if not _HOST.fullmatch(name) or name.casefold() in _GENERIC:
        return None
    if not any(c.isalpha() for c in name) or mac(name) == name or re.fullmatch(r"[0-9a-f]{12}", name, re.I):
        return None
    first, models = name.split(".")[0], fingerprints.models
    if models.maker(first) or models.listed(*models.canonical(None, first)):
        return None
    found = matched(observation)
    if found is not None and found.gives.get("model") and not found.gives.get("mac"):
        return None
    if observation.field == "mdns.host" and name.endswith(".local"):
        return name.removesuffix(".local") or None
    return name
