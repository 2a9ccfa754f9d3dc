"""All observations of one device → one identity; what did not win is kept as conflicts, what was read as evidence.

First the maker (with its siblings) is chosen by the weight of all voices, then the model among what speaks of that
maker, then the firmware that maker's grammar can read, then kind, serial and mac. Order of input decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.core.model import Conflict, Evidence, Identity
from scanner.core.text import identifying_mac, mac
from scanner.firmware import Version
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.kinds import kind_of
from scanner.identity.voices import Item, Match, Voice, listen
from scanner.identity.weigh import together

#: A version that the maker's grammar cannot read counts this much.
_UNREADABLE = 0.4
#: What an edition that the number cannot tell, and a rule by sister models, leave of the confidence.
_EDITION_UNTOLD = 0.9
_BY_SISTERS = 0.9
#: Voices weaker than this do not make a conflict worth telling.
_WORTH_TELLING = 0.3


class Choice(NamedTuple):
    """The value that won for one part, its weight, the voice that said it best, and the losers."""

    value: str
    weight: float
    voice: Voice
    others: tuple[tuple[str, float, Voice], ...] = ()


def identify(observations: Sequence[Item], fingerprints: Fingerprints, match: Match[Item] | None = None) -> Identity:
    """The identity of a device from its observations; kind `unknown` and all parts None without evidence.

    `match` gives what the rules gave for an observation, where that is known already.
    """
    voices = listen(observations, fingerprints, match)
    if len(voices) == 1:
        return alone(voices[0], fingerprints)
    return weighed(voices, fingerprints)


def alone(voice: Voice, fingerprints: Fingerprints) -> Identity:
    """The identity that a single voice tells: what `weighed` would say of it, by a shorter way."""
    gives = voice.evidence.gives
    if voice.context or "serial" in gives:
        return weighed([voice], fingerprints)
    manufacturer, model, firmware = gives.get("manufacturer"), gives.get("model"), gives.get("firmware")
    version = fingerprints.version(manufacturer, model, firmware) if firmware else None
    line = (version.line if version else None) or gives.get("line")
    kind, kind_weight = gives.get("kind"), voice.weight
    if kind is None:
        kind, kind_weight = kind_of((voice,), manufacturer, model, fingerprints)
    confidence = max(voice.weight if manufacturer or model else 0.0, 0.0 if model else kind_weight)
    return Identity(
        kind=kind,  # type: ignore[arg-type]  # rules give no other words than kinds
        manufacturer=manufacturer,
        model=model,
        firmware=firmware,
        line=line,
        mac=gives.get("mac"),
        confidence=_confidence(confidence, version, line, model is not None and voice.by_sisters),
        evidence=(voice.evidence,),
    )


def weighed(voices: Sequence[Voice], fingerprints: Fingerprints) -> Identity:
    """The identity that voices add up to, strongest first."""
    maker = _maker(voices, fingerprints)
    group = fingerprints.family_of_makers(maker.value) if maker else frozenset[str]()
    heard = [v for v in voices if _speaks_of(v, group)]
    model = _model(heard, maker, fingerprints)
    manufacturer = maker.value if maker else None
    if model is not None:
        manufacturer = fingerprints.canonical(manufacturer, model.value)[0]
    name = model.value if model else None
    firmware = _firmware(heard, manufacturer, name, fingerprints)
    version = fingerprints.version(manufacturer, name, firmware.value) if firmware else None
    line = version.line if version else None
    if line is None and (told := _choose(heard, "line")):
        line = told.value
    kind, kind_weight = kind_of(heard, manufacturer, name, fingerprints)
    serial = _choose(heard, "serial")
    own_mac = _choose(heard, "mac") or _mac_as_serial(serial, fingerprints)
    confidence = model.weight if model else max(maker.weight if maker else 0.0, kind_weight)
    choices = (("manufacturer", maker), ("model", model), ("firmware", firmware), ("mac", own_mac), ("serial", serial))
    return Identity(
        kind=kind,
        manufacturer=manufacturer,
        model=name,
        firmware=firmware.value if firmware else None,
        line=line,
        serial=serial.value if serial else None,
        mac=own_mac.value if own_mac else None,
        confidence=_confidence(confidence, version, line, model is not None and model.voice.by_sisters),
        evidence=tuple(v.evidence for v in voices),
        conflicts=tuple(c for part, choice in choices if choice for c in _conflicts(part, choice)),
    )


def _confidence(weight: float, version: Version | None, line: str | None, by_sisters: bool) -> float:
    if version is not None and version.line is None and line is None:
        weight *= _EDITION_UNTOLD
    if by_sisters:
        weight *= _BY_SISTERS
    return round(min(weight, 0.99), 2)


def _by_sisters(gives: dict[str, str], fingerprints: Fingerprints) -> bool:
    known = fingerprints.model(gives.get("manufacturer"), gives.get("model"))
    return bool(known and known.basis)


def _maker(voices: Sequence[Voice], fingerprints: Fingerprints) -> Choice | None:
    """The maker that the most weight speaks for, siblings counted together; the mac's prefix alone decides last."""
    told = [v for v in voices if v.get("manufacturer") and not v.context]
    choice = _choose(told, "manufacturer")
    if choice is None or not choice.others:
        return choice
    sums: dict[frozenset[str], float] = {}
    for value, weight, _ in ((choice.value, choice.weight, choice.voice), *choice.others):
        group = fingerprints.family_of_makers(value)
        sums[group] = together((sums.get(group, 0.0), weight))
    top = max(sums, key=lambda g: (sums[g], sorted(g)))
    ranked = [(choice.value, choice.weight, choice.voice), *choice.others]
    value, weight, voice = next(entry for entry in ranked if entry[0] in top)
    return Choice(value, max(weight, sums[top]), voice, tuple(entry for entry in ranked if entry[0] not in top))


def _speaks_of(voice: Voice, group: frozenset[str]) -> bool:
    """Whether a voice may be about the chosen maker's device. A context voice needs a chosen maker."""
    maker = voice.get("manufacturer")
    if maker is None:
        return bool(group) or not voice.context
    return maker in group


def _model(heard: Sequence[Voice], maker: Choice | None, fingerprints: Fingerprints) -> Choice | None:
    """The model, bare names made canonical under the chosen maker."""
    named = []
    for voice in heard:
        text = voice.get("model")
        if text is None:
            continue
        if maker is not None and voice.get("manufacturer") is None:
            owner, name = fingerprints.canonical(maker.value, text)
            gives = {**voice.evidence.gives, "model": name or text}
            by_sisters = _by_sisters({"manufacturer": owner or "", "model": name or ""}, fingerprints)
            voice = voice._replace(evidence=_given(voice.evidence, gives), by_sisters=by_sisters)
        named.append(voice)
    return _choose(named, "model")


def _given(evidence: Evidence, gives: dict[str, str]) -> Evidence:
    return Evidence(
        field=evidence.field,
        value=evidence.value,
        rule=evidence.rule,
        gives=gives,
        certainty=evidence.certainty,
        source=evidence.source,
        time=evidence.time,
    )


def _firmware(
    heard: Sequence[Voice], manufacturer: str | None, model: str | None, fingerprints: Fingerprints
) -> Choice | None:
    """The application's version. One that the maker's grammar reads counts more; spellings of one version are one."""
    told = [v for v in heard if v.get("firmware")]
    if any(v.evidence.field == "lldp-med.software-revision" for v in told):
        told = [v for v in told if v.evidence.field != "lldp-med.firmware-revision"]
    if not told:
        return None
    if manufacturer and len(told) > 1 and fingerprints.grammars(manufacturer):
        told = [_readable(v, manufacturer, model, fingerprints) for v in told]
    choice = _choose(told, "firmware")
    if choice is None or not choice.others:
        return choice
    mine = fingerprints.version(manufacturer, model, choice.value)
    others, weight = [], choice.weight
    for entry in choice.others:
        theirs = fingerprints.version(manufacturer, model, entry[0])
        if mine and theirs and (mine.scope, mine.order) == (theirs.scope, theirs.order):
            weight = together((weight, entry[1]))
        else:
            others.append(entry)
    return Choice(choice.value, weight, choice.voice, tuple(others))


def _readable(voice: Voice, manufacturer: str, model: str | None, fingerprints: Fingerprints) -> Voice:
    if fingerprints.version(manufacturer, model, voice.get("firmware")) is not None:
        return voice
    return voice._replace(weight=voice.weight * _UNREADABLE)


def _choose(voices: Iterable[Voice], part: str) -> Choice | None:
    """The value of a part with the most weight; each field counts once for a value. Ties go to the earlier text."""
    told = [v for v in voices if part in v.evidence.gives]
    if not told:
        return None
    if len(told) == 1:
        return Choice(told[0].evidence.gives[part], told[0].weight, told[0])
    said: dict[str, dict[str, Voice]] = {}
    for voice in told:
        by_field = said.setdefault(voice.evidence.gives[part], {})
        held = by_field.get(voice.evidence.field)
        if held is None or held.weight < voice.weight:
            by_field[voice.evidence.field] = voice
    ranked = sorted(
        (
            (value, together([v.weight for v in by_field.values()]), max(by_field.values(), key=_by_weight))
            for value, by_field in said.items()
        ),
        key=lambda entry: (-entry[1], entry[0]),
    )
    return Choice(*ranked[0], others=tuple(ranked[1:]))


def _by_weight(voice: Voice) -> float:
    return voice.weight


def _mac_as_serial(serial: Choice | None, fingerprints: Fingerprints) -> Choice | None:
    """A serial number that is a mac of a known maker, as Polycom's are."""
    address = mac(serial.value) if serial else None
    if serial is None or address is None or not identifying_mac(address) or not fingerprints.maker(address):
        return None
    return Choice(address, serial.weight, serial.voice)


def _conflicts(part: str, choice: Choice) -> Iterable[Conflict]:
    for value, weight, voice in choice.others:
        if weight >= _WORTH_TELLING:
            yield Conflict(
                part=part,
                chosen=choice.value,
                chosen_rule=choice.voice.evidence.rule,
                other=value,
                other_rule=voice.evidence.rule,
            )
