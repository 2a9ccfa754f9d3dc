"""The reasons of verdicts, as an administrator reads them, with the shipped catalogs and fingerprints."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from scanner.app.identify import observations
from scanner.compliance.catalog import builtin
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.model import STATUSES, Assessment, Identity, Kind
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.reports.cells import short_reason
from tests.nonempty import some

TODAY = date(2026, 11, 30)
SFB, LYNC = "skype-for-business", "lync"
LYNC_ROW = "The row is for Lync (Lync Server 2013, Lync Server 2010), not for Skype for Business."
ONLY_LYNC = "The skype-for-business catalog does not list the model; it is assessed by lync."
NOR_LYNC = "The lync catalog does not list it either"

#: Kind, manufacturer, model and firmware → status, and the reason without its source.
REASONS: list[tuple[Kind, str | None, str | None, str | None, str, str]] = [
    ("phone", "Avaya", None, None, "unidentified", "An Avaya phone; its model is unknown."),
    ("phone", "Snom", None, None, "unidentified", "A Snom phone; its model is unknown."),
    ("phone", "NEC", None, None, "unidentified", "An NEC phone; its model is unknown."),
    ("conference", "Poly", None, None, "unidentified", "A Poly conference phone; its model is unknown."),
    ("dect", "RTX", None, None, "unidentified", "An RTX DECT device; its model is unknown."),
    ("phone", None, None, None, "unidentified", "A phone by its behaviour; its model is unknown."),
    ("unknown", None, None, None, "unidentified", "Possibly a phone: no manufacturer, model or kind is known."),
    ("unknown", "NEC", None, None, "unidentified", "Possibly a phone: only its manufacturer is known, NEC."),
    (
        "unknown", "NEC", "DT700", "1.0", "unidentified",
        "Possibly a phone: nothing shows what kind of device an NEC DT700 is. The skype-for-business catalog does "
        "not list it.",
    ),
    (
        "unknown", "Yealink", "T56A", "58.15.0.10", "unidentified",
        "Possibly a phone: nothing shows what kind of device a Yealink T56A is. As a phone it would be outdated, "
        "with 58.15.0.20 in the catalog.",
    ),
    ("pbx", "Asterisk", None, None, "not-a-phone", "Identified as a PBX (Asterisk): not assessed."),
    (
        "ata", "Cisco", "ATA 190", None, "not-a-phone",
        "Identified as an analogue adapter (ATA) (Cisco ATA 190): not assessed.",
    ),
    ("softphone", None, None, None, "not-a-phone", "Identified as a softphone: not assessed."),
    ("other", "HP", None, None, "not-a-phone", "Identified as something other than a phone (HP): not assessed."),
    ("phone", "Yealink", "T55", "55.9.0.9", "certified", "55.9.0.9 is the certified version for Yealink T55."),
    (
        "phone", "Yealink", "T55", "55.9.0.8", "outdated",
        "55.9.0.8 is older than the certified 55.9.0.9 for Yealink T55.",
    ),
    (
        "phone", "Yealink", "T55", "55.9.0.10", "newer",
        "55.9.0.10 is newer than the certified 55.9.0.9 for Yealink T55. Microsoft's page of certified Skype for "
        "Business phones has no statement about newer firmware; Microsoft's page of phones qualified for Lync, "
        "another list, calls newer firmware not supported.",
    ),
    (
        "phone", "Yealink", "T55", "55.86.0.1", "other-line",
        "55.86.0.1 is a generic SIP build, another firmware line than the certified 55.9.0.9 for Yealink T55: the "
        "versions are not comparable.",
    ),
    (
        "phone", "Yealink", "T55", None, "unknown-firmware",
        "Yealink T55 is listed with 55.9.0.9; its firmware is unknown.",
    ),
    (
        "phone", "Yealink", "T55", "latest", "unknown-firmware",
        "latest cannot be parsed as a version of Yealink T55; certified is 55.9.0.9.",
    ),
    (
        "phone", "Yealink", "T58", "58.15.0.20", "unidentified",
        "Yealink T58 may be a T58A: T58 is not in the skype-for-business catalog, T58A is, and 58.15.0.20 is of its "
        "firmware line (certified: 58.15.0.20). Check the name on the device.",
    ),
    (
        "phone", "Yealink", "T58", None, "unidentified",
        "Yealink T58 may be a T58A: T58 is not in the skype-for-business catalog, T58A is, and its firmware is "
        "unknown (certified: 58.15.0.20). Check the name on the device.",
    ),
    (
        "phone", "Yealink", "T58", "58.86.0.20", "not-listed",
        f"Yealink T58 is not in the skype-for-business catalog; the nearest name in it is T58A. {NOR_LYNC}.",
    ),
    (
        "phone", "Yealink", "T55A", "58.15.0.20", "not-listed",
        "Yealink T55A is not in the skype-for-business catalog; the nearest name in it is T55, another model. "
        f"{NOR_LYNC}.",
    ),
    (
        "phone", "Yealink", "MP54 E2", "145.15.0.1", "not-listed",
        "Yealink MP54 E2 is not in the skype-for-business catalog; the nearest name in it is MP54, another model. "
        f"{NOR_LYNC}.",
    ),
    (
        "phone", "Yealink", "T48S", "66.9.0.23", "not-listed",
        f"Yealink T48S is not in the skype-for-business catalog. {NOR_LYNC}; the nearest name in it is SIP-T48G, "
        "another model.",
    ),
    (
        "phone", "Polycom", "SoundPoint IP 670", "4.0.7.2514", "not-listed",
        f"Polycom SoundPoint IP 670 is not in the skype-for-business catalog. {NOR_LYNC}; the nearest name in it is "
        "SoundPoint IP 650, another model.",
    ),
    (
        "phone", "Fanvil", "X6U", "2.4.8", "not-listed",
        f"Fanvil X6U is not in the skype-for-business catalog, which lists no model of Fanvil. {NOR_LYNC}.",
    ),
    (
        "phone", "Yealink", "T48G", "35.7.0.26", "compatible",
        f"35.7.0.26 is the qualified version for Yealink T48G. {LYNC_ROW} The skype-for-business catalog does not "
        "list the model; Skype for Business keeps backward compatibility with the Lync-qualified phones.",
    ),
    (
        "phone", "Yealink", "T48G", "35.7.0.20", "outdated",
        f"35.7.0.20 is older than the qualified 35.7.0.26 for Yealink T48G. {LYNC_ROW} {ONLY_LYNC}",
    ),
    (
        "phone", "Yealink", "T48G", "35.7.0.99", "newer",
        "35.7.0.99 is newer than the qualified 35.7.0.26 for Yealink T48G. Microsoft's page of phones qualified "
        f"for Lync calls newer firmware not supported by Microsoft, and for evaluation only. {LYNC_ROW} {ONLY_LYNC}",
    ),
    (
        "phone", "Yealink", "T48G", "35.8.1.52", "other-line",
        "35.8.1.52 is a Skype for Business build, another firmware line than the qualified 35.7.0.26 for Yealink "
        f"T48G: the versions are not comparable. {LYNC_ROW} {ONLY_LYNC}",
    ),
    (
        "phone", "AudioCodes", "C450HD", "C450HD_TEAMS_1.14.449", "other-line",
        "C450HD_TEAMS_1.14.449 is a Teams build, another firmware line than the certified UCC450HD_3.2.0.1003.61 for "
        "AudioCodes C450HD: the versions are not comparable.",
    ),
]  # fmt: skip


@cache
def judge() -> Judge:
    return Judge(builtin(), Policy(), TODAY, load())


def verdict(kind: Kind, maker: str | None, model: str | None, firmware: str | None) -> Assessment:
    return judge().assess(Identity(kind=kind, manufacturer=maker, model=model, firmware=firmware))


@pytest.mark.parametrize(("kind", "maker", "model", "firmware", "status", "reason"), REASONS)
def test_a_verdict_has_its_reason(
    kind: Kind, maker: str | None, model: str | None, firmware: str | None, status: str, reason: str
) -> None:
    got = verdict(kind, maker, model, firmware)
    assert (got.status, short_reason(got.reason)) == (status, reason)


def test_every_status_has_a_reason_in_the_table() -> None:
    assert {status for *_, status, _ in REASONS} == set(STATUSES)


def test_the_source_explains_its_date_and_has_the_day_of_the_check() -> None:
    first = verdict("phone", "Yealink", "T55", "55.9.0.9").reason
    assert (
        "of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list" in first
    )
    second = verdict("phone", "Yealink", "T48G", "35.7.0.26").reason
    assert "of 2015-10-01 (the newest day of qualification that the page names, checked on 2026-11-23)" in second
    identity = Identity(kind="phone", manufacturer="Yealink", model="MP54", firmware="122.15.0.1")
    teams = next(one for one in judge().by_catalog(identity) if one.catalog == "teams")
    assert "of 2024-09-26 (checked on 2026-11-23)" in teams.reason


def test_both_names_of_a_family_and_its_listed_member_are_in_the_reason_and_the_verdict_is_to_review() -> None:
    got = verdict("phone", "Yealink", "T58", "58.15.0.20")
    assert (got.compliance, got.certified_firmware) == ("review", "58.15.0.20")
    assert {"T58", "T58A"} <= set(re.findall(r"T58A?", got.reason))


def identities() -> list[Identity]:
    """The identities of all examples of the fingerprints, and of all records of the corpora."""
    rules = [rule for origin in load().origins for rule in origin.file.rule]
    facts = [{rule.field: str(example["value"])} for rule in rules for example in rule.examples]
    for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.jsonl")):
        facts += [json.loads(line)["fields"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [identify(observations(fact), load()) for fact in facts]


def test_no_device_of_an_unknown_kind_is_noncompliant() -> None:
    unknown = 0
    for identity in some(identities()):
        got = judge().assess(identity)
        if identity.kind == "unknown":
            unknown += 1
            assert got.compliance != "noncompliant", identity
        assert got.reason
        assert "  " not in got.reason
        assert re.search(r"\ba (?!one-X)[AEIOaeio]", got.reason) is None, got.reason
    assert unknown > 10


@pytest.mark.parametrize(("model", "firmware"), [(model, firmware) for _, _, model, firmware, *_ in REASONS])
def test_the_same_product_of_an_unknown_kind_is_not_noncompliant(model: str | None, firmware: str | None) -> None:
    for catalog in some(builtin()):
        judge = Judge((catalog,), Policy(primary=catalog.name, fallback=()), TODAY, load())
        for maker in ("Yealink", "Poly", None):
            identity = Identity(kind="unknown", manufacturer=maker, model=model, firmware=firmware)
            assert judge.assess(identity).compliance in ("review", "compliant")
