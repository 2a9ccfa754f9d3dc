"""A shorter name of a model, another spelling and another name of its maker agree with it; other models do not."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest

from scanner.core.model import TELEPHONES, Evidence, Identity, Observation
from scanner.identity.choose import heaviest, most_exact
from scanner.identity.evidence import WeightedEvidence
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.names import extends

MODELS = load().models
LISTED = sorted({
    (maker, name)
    for maker, spelling in MODELS.spellings()
    if (name := MODELS.canonical(maker, spelling)[1]) and MODELS.listed(maker, name)
})  # fmt: skip
#: Every pair of listed models of a maker of which one name extends the other.
PAIRS = [
    (maker, longer, shorter)
    for maker, longer in LISTED
    for other, shorter in LISTED
    if maker == other and extends(longer, shorter)
]


def claim(maker: str, model: str, weight: float, field: str) -> WeightedEvidence:
    gives = {"manufacturer": maker, "model": model}
    return WeightedEvidence(Evidence(field=field, value=model, rule="test", gives=gives), weight, weight, "model")


def chosen(*claims: WeightedEvidence) -> tuple[str, list[str]]:
    found = heaviest(most_exact(claims, None, MODELS), "model")
    assert found is not None
    return found.value, [value for value, _, _ in found.others]


def of_one_kind(maker: str, *models: str) -> bool:
    return len({MODELS.kind(maker, model) in TELEPHONES for model in models}) == 1


def test_of_every_listed_pair_the_more_exact_name_stays_in_any_field_order_and_weight() -> None:
    assert len(PAIRS) > 400
    for maker, longer, shorter in PAIRS:
        if of_one_kind(maker, longer, shorter):
            for weights in ((0.3, 0.95), (0.95, 0.3)):
                for fields in permutations(("sip.user-agent", "lldp-med.model")):
                    claims = [claim(maker, longer, weights[0], fields[0]), claim(maker, shorter, weights[1], fields[1])]
                    for order in permutations(claims):
                        assert chosen(*order) == (longer, []), (maker, shorter)


def test_a_name_of_a_telephone_and_that_of_a_gateway_conflict_though_one_extends_the_other() -> None:
    apart = [pair for pair in PAIRS if not of_one_kind(pair[0], *pair[1:])]
    assert ("Planet", "VIP-157S", "VIP-157") in apart
    for maker, longer, shorter in apart:
        assert chosen(claim(maker, longer, 0.9, "a"), claim(maker, shorter, 0.5, "b")) == (longer, [shorter])


def test_names_of_which_neither_extends_the_other_conflict() -> None:
    for maker in ("Polycom", "Yealink", "Snom", "AudioCodes", "Avaya"):
        own = [name for of, name in LISTED if of == maker]
        assert len(own) > 3
        for one, other in combinations(own, 2):
            if not extends(one, other) and not extends(other, one):
                assert chosen(claim(maker, one, 0.9, "a"), claim(maker, other, 0.5, "b")) == (one, [other])


def test_an_unlisted_longer_name_replaces_a_listed_one_by_more_weight_alone() -> None:
    listed = claim("Yealink", "T58A", 0.9, "sip.user-agent")
    assert chosen(listed, claim("Yealink", "T58AX", 0.9, "http.title")) == ("T58A", [])
    assert chosen(listed, claim("Yealink", "T58AX", 0.95, "http.title")) == ("T58AX", [])


@pytest.mark.parametrize(
    ("longer", "shorter", "agree"),
    [
        ("T58A", "T58", True), ("T58V", "T58", True), ("T58W", "T58", True), ("T55A", "T55", True),
        ("MP56 E2", "MP56", True), ("UC-P100-S", "UC-P100", True), ("9608G", "9608", True), ("7961G-GE", "7961", True),
        ("T46G", "T46", True), ("T46S", "T46", True), ("T46S", "T46G", False), ("T46U", "T46S", False),
        ("VVX 501", "VVX 500", False), ("VVX 500", "VVX 50", False), ("T58A", "T5", False), ("D735", "D73", False),
        ("VVX 411", "VVX", False), ("T58A", "T58A", False), ("T58", "T58A", False), ("T58V", "T58A", False),
    ],
)  # fmt: skip
def test_a_name_extends_another_by_something_more_than_digits(longer: str, shorter: str, agree: bool) -> None:
    assert extends(longer, shorter) == agree


def identity(*fields: tuple[str, str]) -> Identity:
    return identify([Observation(field=field, value=value) for field, value in fields], load())


@pytest.mark.parametrize(
    ("maker", "model", "fields"),
    [
        ("Yealink", "T58A", [("sip.user-agent", "Yealink SIP-T58A 58.15.0.20"), ("lldp.system-name", "SIP-T58"),
                             ("lldp-med.model", "SIP-T58"), ("http.title", "Yealink T58 Phone")]),
        ("Yealink", "T55A", [("sip.user-agent", "Yealink SIP-T55A 58.15.0.20"), ("lldp-med.model", "T55")]),
        ("Yealink", "MP56 E2", [("sip.user-agent", "Yealink MP56 E2 122.15.0.20"), ("lldp-med.model", "MP56")]),
        ("Avaya", "9608G", [("snmp.sysdescr", "Avaya 9608G IP Deskphone"), ("lldp-med.model", "9608"),
                            ("lldp-med.manufacturer", "Avaya")]),
        ("Cisco", "CP-8851", [("cdp.platform", "Cisco IP Phone 8851"), ("sip.user-agent", "Cisco-CP8851/12.5.1"),
                              ("lldp-med.model", "CP-8851"), ("lldp-med.manufacturer", "Cisco Systems, Inc.")]),
        ("Polycom", "VVX 450", [("sip.user-agent", "PolycomVVX-VVX_450-UA/6.4.3.5814"), ("lldp-med.model", "VVX 450"),
                                ("lldp-med.manufacturer", "HP Inc."), ("http.title", "Poly VVX 450")]),
        ("Poly", "CCX 600", [("sip.user-agent", "PolyCCX-CCX_600-UA/7.0.0.1"), ("lldp-med.manufacturer", "Polycom"),
                             ("lldp-med.model", "CCX 600")]),
        ("Aastra", "6757i", [("sip.user-agent", "Aastra 6757i/3.3.1.2256"), ("lldp-med.manufacturer", "Mitel"),
                             ("lldp-med.model", "6757i")]),
    ],
)  # fmt: skip
def test_what_agrees_makes_no_conflict_in_any_order(maker: str, model: str, fields: list[tuple[str, str]]) -> None:
    for order in permutations(fields):
        found = identity(*order)
        assert (found.kind, found.manufacturer, found.model) == ("phone", maker, model)
        assert found.conflicts == ()


@pytest.mark.parametrize(
    "spelling", ["CP-8851", "8851", "CP8851", "IP Phone 8851", "Cisco IP Phone 8851", "Unified IP Phone 8851"]
)
def test_the_spellings_of_a_model_are_one_name(spelling: str) -> None:
    assert load().canonical("Cisco", spelling) == ("Cisco", "CP-8851")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Poly", "Polycom"), ("HP", "Polycom"), ("HP", "Poly"), ("Aastra", "Mitel"), ("ShoreTel", "Aastra"),
     ("Unify", "Siemens"), ("Linksys", "Sipura"), ("Cisco", "Linksys"), ("Digium", "Sangoma"),
     ("Alcatel-Lucent", "Alcatel-Lucent Enterprise")],
)  # fmt: skip
def test_a_family_of_makers_is_the_same_from_each_of_them(one: str, other: str) -> None:
    assert other in MODELS.family(one)
    assert MODELS.family(one) == MODELS.family(other)
