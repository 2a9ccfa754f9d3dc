"""What a device gave earlier and conceals today: superseded facts that still count. Pure.

A phone may hide its User-Agent, restart in another program, cut its description or close its web server. It is still
what it was. Of each question the newest value counts; a part that this value does not give is that of the last value
which gave it, as of then, unless evidence that appeared later contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from scanner.core.fields import Role
from scanner.core.model import PHONE_KINDS, TELEPHONES, Identity
from scanner.core.text import moment, seconds, utc
from scanner.identity.fingerprints import CANDIDATE
from scanner.identity.freshness import VISIT
from scanner.identity.models import Models
from scanner.identity.names import extends, fold
from scanner.inventory.facts import Fact

#: What a value may give and a later one may conceal.
_PARTS = ("manufacturer", "model", CANDIDATE, "kind", "firmware", "serial")
#: What is shown with the time as of which it is known.
_SHOWN = ("kind", "manufacturer", "model", "firmware", "serial")
#: Values of a question before its current ones that are searched.
_SEARCHED = 64


def retained(
    questions: Iterable[tuple[Sequence[Fact], Sequence[Fact]]], facts: Sequence[Fact], models: Models, by_address: bool
) -> list[Fact]:
    """The superseded facts that give what the current value of their question does not.

    `questions` contains for each question its current facts and the superseded ones, newest first; `facts` are all
    facts of the device. A device known `by_address` alone may be another one today: there a fact counts while a phone
    responds where it responded, or while the device is of the same manufacturer.
    """
    found = [fact for now, before in questions for fact in _concealed(now, before)]
    if not found:
        return []
    found = [fact for fact in found if not any(_contradicts(later, fact, models) for later in facts)]
    if by_address and found:
        newest = seconds(max(fact.last for fact in facts))
        today = [fact for fact in facts if newest - seconds(fact.last) <= VISIT]
        found = [fact for fact in found if any(_fits(one, fact, models) for one in today)]
    return found


def _concealed(now: Sequence[Fact], before: Sequence[Fact]) -> Iterator[Fact]:
    """The newest fact of `before` for each part that no fact of `now` gives."""
    if now[0].about.role is Role.PLACE:
        return
    given = {part for fact in now for part in _gives(fact)}
    for fact in before[:_SEARCHED]:
        parts = set(_PARTS).intersection(_gives(fact))
        if parts - given:
            given |= parts
            yield fact


def _gives(fact: Fact) -> dict[str, str]:
    return fact.match.gives if fact.match else {}


def _contradicts(later: Fact, fact: Fact, models: Models) -> bool:
    """Whether a fact that appeared after the last sighting of another one is of another manufacturer, model or kind.

    Within a visit, what two sources report differs at the same time, and the later does not replace the earlier.
    """
    if later.match is None or later.first <= fact.last:
        return False
    same_source = (later.field, later.source) == (fact.field, fact.source)
    if not same_source and seconds(later.first) - seconds(fact.last) <= VISIT:
        return False
    new, old = later.identifiers, fact.identifiers
    if new.maker and old.maker and new.maker not in models.family(old.maker):
        return True
    if new.model and old.model and not _same_model(new.model, old.model):
        return True
    gives = later.match.gives
    other = "veto" in gives or gives.get("kind", "unknown") not in PHONE_KINDS
    return other and _gives(fact).get("kind") in TELEPHONES


def _same_model(one: str, other: str) -> bool:
    return fold(one) == fold(other) or extends(one, other) or extends(other, one)


def _fits(today: Fact, fact: Fact, models: Models) -> bool:
    """Whether a fact of today may be of the device of an older one, where its address alone identifies it."""
    new, old = today.identifiers, fact.identifiers
    if new.maker and old.maker:
        return new.maker in models.family(old.maker)
    mark = today.about.phone
    return mark is not None and mark in today.value.lower() and today.source == fact.source


def as_of(identity: Identity, newest: str) -> dict[str, str]:
    """When each part was last given, for the parts whose newest evidence is more than a visit older than `newest`.

    `newest` is the last sighting of the device. A time that cannot be read is of no age.
    """
    found: dict[str, str] = {}
    oldest = min((one.time for one in identity.evidence), default=newest)
    if oldest == newest or (oldest and seconds(newest) - seconds(oldest) <= VISIT):
        return found
    for part in _SHOWN:
        value = getattr(identity, part)
        times = [one.time for one in identity.evidence if value is not None and one.gives.get(part) == value]
        if times and (last := max(times)) and last < newest and seconds(newest) - seconds(last) > VISIT:
            found[part] = last
    return found


def earlier(present: Sequence[Fact], facts: Iterable[Fact]) -> list[Fact]:
    """The facts of `present` whose last sighting is more than a visit before the last of all `facts`."""
    newest = max(fact.last for fact in facts)
    if all(fact.last == newest for fact in present):
        return []
    since = utc(moment(newest) - timedelta(seconds=VISIT))
    return [fact for fact in present if fact.last < since]
