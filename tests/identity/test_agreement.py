"""Confidence by drawn evidence: what agrees never lowers it, its removal never raises it, and no order changes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scanner.core.model import Identity, Observation
from scanner.core.text import utc
from scanner.identity.evidence import weighted
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.names import extends

CORPUS = Path(__file__).parent.parent / "corpus"
#: Parts that evidence agrees on where it gives the value of the identity.
PARTS = ("kind", "manufacturer", "model", "firmware", "serial", "mac")
FIRST = datetime(2026, 10, 1, 2, tzinfo=UTC)


def pairs() -> list[tuple[str, str]]:
    """Fields and values of the corpora and of the examples of the vendor files that are evidence."""
    found = {(entry.field, example["value"]) for origin in load().origins for entry in origin.file.rule
             for example in entry.examples}  # fmt: skip
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found.update(json.loads(line)["fields"].items())
    return sorted(pair for pair in found if weighted([Observation(field=pair[0], value=pair[1])], load()))


PAIRS = pairs()
#: The same values by what they are evidence of, so that several of one device are drawn.
BY_MAKER: dict[str, list[tuple[str, str]]] = {}
for _field, _value in PAIRS:
    for _one in weighted([Observation(field=_field, value=_value)], load()):
        for _key in {_one.get("manufacturer") or "", _one.get("model") or ""} - {""}:
            BY_MAKER.setdefault(_key, []).append((_field, _value))
_SEVERAL = sorted(key for key, some in BY_MAKER.items() if len(some) > 1)


@st.composite
def observations(draw: st.DrawFn, days: int) -> list[Observation]:
    """Observations of one maker's or model's values, and some of any other, at times within `days`."""
    about = BY_MAKER[draw(st.sampled_from(_SEVERAL))]
    drawn = draw(st.lists(st.sampled_from(about), min_size=1, max_size=5))
    drawn += draw(st.lists(st.sampled_from(PAIRS), max_size=2))
    return [
        Observation(
            field=field,
            value=value,
            source=f"{field.partition('.')[0]} 198.18.10.11:{draw(st.sampled_from([5060, 5062]))}",
            time=utc(FIRST + timedelta(draw(st.integers(0, days)))),
        )
        for field, value in drawn
    ]


def divided(some: list[Observation], data: st.DataObject) -> tuple[Observation, list[Observation]]:
    """One of several observations, and the others."""
    one = data.draw(st.sampled_from(some))
    rest = list(some)
    rest.remove(one)
    return one, rest


def agrees(one: Observation, identity: Identity) -> bool:
    """Whether all that an observation gives are values of the identity, or shorter names of its model."""
    for evidence in weighted([one], load()):
        for part, value in evidence.evidence.gives.items():
            own = getattr(identity, part, None) if part in PARTS else value
            if value != own and not (part == "model" and own and extends(own, value)):
                return False
    return True


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(observations(0), st.data())
def test_agreeing_evidence_of_one_visit_never_lowers_the_confidence(
    some: list[Observation], data: st.DataObject
) -> None:
    one, rest = divided(some, data)
    before, after = identify(rest, load()), identify(some, load())
    assume(agrees(one, before))
    assert after.confidence >= before.confidence
    assert [getattr(after, part) for part in PARTS] == [getattr(before, part) for part in PARTS]


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(observations(40), st.data())
def test_agreeing_evidence_of_any_time_never_lowers_the_confidence(
    some: list[Observation], data: st.DataObject
) -> None:
    one, rest = divided(some, data)
    before, after = identify(rest, load()), identify(some, load())
    assume(agrees(one, before) and agrees(one, after))
    assert after.confidence >= before.confidence


@given(observations(0), st.data())
def test_the_removal_of_evidence_of_one_visit_never_raises_the_confidence(
    some: list[Observation], data: st.DataObject
) -> None:
    _, rest = divided(some, data)
    assert identify(rest, load()).confidence <= identify(some, load()).confidence


@given(observations(40), st.randoms(use_true_random=False))
def test_the_order_and_the_repetition_of_evidence_change_nothing(some: list[Observation], random: object) -> None:
    shuffled = [*some, *some]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis returns a random.Random
    assert identify(shuffled, load()) == identify(some, load())
