"""Assessments by small catalogs: two makers, branches as firmware lines, and fingerprints made for the test."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy, from_settings
from scanner.core.errors import DataError
from scanner.core.model import KINDS, PHONE_KINDS, Assessment, Catalog, CatalogEntry, Identity, Kind
from scanner.firmware import Version

TODAY = date(2026, 11, 23)


class Readings:
    """Firmware `platform.branch.minor.build`; the branch is the line: 9 Skype, 15 Teams, 80 SIP, 0 none."""

    lines = {9: "skype-for-business", 15: "teams", 80: "sip"}  # noqa: RUF012

    def canonical(self, manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
        return manufacturer, (model or "").removeprefix("SIP-") or None

    def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
        if not re.fullmatch(r"\d+(\.\d+){3}", firmware or ""):
            return None
        platform, branch, *order = map(int, str(firmware).split("."))
        return Version(self.lines.get(branch), (str(platform), str(branch)), tuple(order), str(firmware))


READINGS = Readings()


def entry(model: str, firmware: str, maker: str = "Yealink", **more: str) -> CatalogEntry:
    match = "minimum" if more.pop("match", "") else "exact"
    return CatalogEntry(manufacturer=maker, model=model, firmware=firmware, match=match, attributes=more)  # type: ignore[arg-type]


SFB = Catalog(
    name="skype-for-business",
    title="Certified",
    source="example/page.md",
    date="2026-10-01",
    entries=(
        entry("T1", "1.9.0.20"),
        entry("T2", "x.9.0.20"),
        entry("P1", "5.0.0.100", maker="Polycom"),
        entry("M1", "1.9.0.20", match="minimum"),
        entry("Flex U-7", "7.9.0.1"),
    ),
)
LYNC = Catalog(
    name="lync",
    title="Qualified",
    source="example/lync.md",
    date="2015-10-01",
    entries=(
        entry("T1", "1.9.0.10"),
        entry("L1", "3.9.1.5"),
        entry("L1", "3.9.2.7"),
        entry("L1", "4.9.0.1"),
        entry("84-Series", "8.9.0.8", maker="Spectralink"),
        entry("D1", "PCS13Eb", maker="Spectralink"),
    ),
)
TEAMS = Catalog(
    name="teams", title="Teams", source="example/teams.md", date="2026-09-26",
    entries=(entry("T1", "1.15.0.48", certification_ends="2026-08-15"),),
)  # fmt: skip
CATALOGS = (SFB, LYNC, TEAMS)


def verdict(
    model: str | None,
    firmware: str | None = None,
    maker: str | None = "Yealink",
    kind: Kind = "phone",
    line: str | None = None,
    policy: Policy | None = None,
) -> Assessment:
    identity = Identity(kind=kind, manufacturer=maker, model=model, firmware=firmware, line=line)
    return Judge(CATALOGS, policy or Policy(), TODAY, READINGS).assess(identity)


def by(catalog: Catalog, identity: Identity, readings: Readings = READINGS) -> Assessment:
    """The assessment by one catalog alone."""
    return Judge((catalog,), Policy(primary=catalog.name, fallback=()), TODAY, readings).assess(identity)


CASES = [
    ("T1", "1.9.0.20", "certified", "compliant", "skype-for-business", "1.9.0.20"),
    ("T1", "1.9.0.19", "outdated", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("T1", "1.9.0.9", "outdated", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("T1", "1.9.0.100", "newer", "review", "skype-for-business", "1.9.0.20"),
    ("T1", "1.15.0.99", "other-line", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("T1", "2.9.0.20", "other-line", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("T1", None, "unknown-firmware", "review", "skype-for-business", "1.9.0.20"),
    ("T1", "", "unknown-firmware", "review", "skype-for-business", "1.9.0.20"),
    ("T1", "latest", "unknown-firmware", "review", "skype-for-business", "1.9.0.20"),
    ("SIP-T1", "1.9.0.20", "certified", "compliant", "skype-for-business", "1.9.0.20"),
    ("t_1", "1.9.0.20", "certified", "compliant", "skype-for-business", "1.9.0.20"),
    ("U-7", "7.9.0.1", "certified", "compliant", "skype-for-business", "7.9.0.1"),
    ("T2", "6.9.0.20", "certified", "compliant", "skype-for-business", "x.9.0.20"),
    ("T2", "6.9.0.1", "outdated", "noncompliant", "skype-for-business", "x.9.0.20"),
    ("M1", "1.9.0.99", "certified", "compliant", "skype-for-business", "1.9.0.20"),
    ("M1", "1.9.0.1", "outdated", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("M1", "1.15.0.99", "other-line", "noncompliant", "skype-for-business", "1.9.0.20"),
    ("X9", "1.9.0.20", "not-listed", "noncompliant", "skype-for-business", None),
    (None, "1.9.0.20", "unidentified", "review", "skype-for-business", None),
    ("L1", "3.9.1.5", "compatible", "compliant", "lync", "3.9.1.5"),
    ("L1", "3.9.2.7", "compatible", "compliant", "lync", "3.9.2.7"),
    ("L1", "4.9.0.1", "compatible", "compliant", "lync", "4.9.0.1"),
    ("L1", "3.9.1.9", "outdated", "noncompliant", "lync", "3.9.2.7"),
    ("L1", "5.9.1.9", "other-line", "noncompliant", "lync", "3.9.1.5, 3.9.2.7, 4.9.0.1"),
    ("L1", "4.9.0.0", "outdated", "noncompliant", "lync", "4.9.0.1"),
    ("L1", "4.9.0.2", "newer", "review", "lync", "4.9.0.1"),
    ("L1", None, "unknown-firmware", "review", "lync", "3.9.1.5, 3.9.2.7, 4.9.0.1"),
]


@pytest.mark.parametrize(("model", "firmware", "status", "compliance", "catalog", "certified"), CASES)
def test_a_phone_gets_its_status(
    model: str | None, firmware: str | None, status: str, compliance: str, catalog: str, certified: str | None
) -> None:
    got = verdict(model, firmware)
    assert (got.status, got.compliance, got.catalog, got.certified_firmware) == (status, compliance, catalog, certified)
    assert got.reason
    assert got.catalog_source in ("example/page.md", "example/lync.md")


@pytest.mark.parametrize("kind", KINDS)
def test_only_phones_are_assessed(kind: Kind) -> None:
    got = verdict("T1", "1.9.0.20", kind=kind)
    assert got.status == ("certified" if kind in PHONE_KINDS else "not-a-phone")
    assert (got.compliance == "none") == (kind not in PHONE_KINDS)


def test_poly_and_polycom_are_one_maker() -> None:
    assert verdict("P1", "5.0.0.100", maker="Poly").status == "certified"
    assert verdict("P1", "5.0.0.100", maker="Polycom").status == "certified"


def test_a_model_of_another_maker_is_another_model() -> None:
    assert verdict("T1", "1.9.0.20", maker="Snom").status == "not-listed"


def test_a_model_without_a_maker_is_found_when_one_maker_has_it() -> None:
    assert verdict("T1", "1.9.0.20", maker=None).status == "certified"


def test_a_member_of_a_listed_series_is_listed() -> None:
    assert verdict("8440", "8.9.0.8", maker="Spectralink").status == "compatible"
    assert verdict("8440", "8.9.0.8", maker="Yealink").status == "not-listed"
    assert verdict("7640", "8.9.0.8", maker="Spectralink").status == "not-listed"


def test_a_version_that_no_grammar_parses_is_certified_when_it_is_spelled_as_listed() -> None:
    assert verdict("D1", "PCS13Eb", maker="Spectralink", kind="dect").status == "compatible"
    assert verdict("D1", "pcs13eb ", maker="Spectralink", kind="dect").status == "compatible"
    assert verdict("D1", "PCS14A", maker="Spectralink", kind="dect").status == "unknown-firmware"


def test_a_teams_build_is_not_compared_with_a_skype_build() -> None:
    got = verdict("T1", "1.15.0.48")
    assert got.status == "other-line"
    assert "Teams build" in got.reason
    assert "teams list" in got.reason


def test_the_lync_list_does_not_decide_on_a_model_that_the_primary_lists() -> None:
    got = verdict("T1", "1.9.0.10")
    assert (got.status, got.catalog) == ("outdated", "skype-for-business")
    assert "lync list" in got.reason


def test_other_evidence_gives_the_edition_that_a_version_does_not_contain() -> None:
    assert verdict("P1", "5.0.0.100", maker="Poly").status == "certified"
    got = verdict("P1", "5.0.0.100", maker="Poly", line="teams")
    assert got.status == "other-line"
    assert "Teams" in got.reason
    assert verdict("P1", "5.0.0.100", maker="Poly", line="skype-for-business").status == "certified"


def test_an_edition_that_a_version_does_not_contain_is_reported_as_unknown() -> None:
    assert "not derivable from the version" in verdict("P1", "5.0.0.99", maker="Poly").reason
    assert "not derivable" not in verdict("T1", "1.9.0.19").reason


def test_every_reason_has_source_and_date_and_reports_an_old_list() -> None:
    fresh = verdict("T1", "1.9.0.19").reason
    assert "example/page.md, of 2026-10-01." in fresh
    assert "older than 365" not in fresh
    assert "the list is older than 365 days" in verdict("L1", "4.9.0.0").reason
    assert "the list is older than 50 days" in verdict("T1", "1.9.0.19", policy=Policy(stale_after_days=50)).reason


def test_the_reason_of_newer_contains_the_statement_of_the_list_about_newer_firmware() -> None:
    assert "no statement about newer firmware" in verdict("T1", "1.9.0.100").reason
    assert "not supported by Microsoft" in verdict("L1", "4.9.0.2").reason
    identity = Identity(kind="phone", manufacturer="Yealink", model="T1", firmware="1.15.0.90")
    teams = by(TEAMS, identity)
    assert "Teams admin center" in teams.reason
    assert "certification ended on 2026-08-15" in teams.reason


def test_the_reason_reports_another_major_release() -> None:
    wide = Catalog(name="x", title="", source="s", date="", entries=(entry("P9", "5.9.0.9373", "Poly"),))

    class Plain(Readings):
        def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
            return Version(None, (), tuple(map(int, str(firmware).split("."))), str(firmware))

    identity = Identity(kind="phone", manufacturer="Poly", model="P9", firmware="6.3.1.8427")
    got = by(wide, identity, Plain())
    assert got.status == "newer"
    assert "another major release (6, not 5)" in got.reason
    assert "without a date" in got.reason


def test_the_policy_sets_the_compliance_of_a_status_for_each_catalog() -> None:
    policy = from_settings({"newer": "compliant", "lync": {"newer": "noncompliant"}})
    assert verdict("T1", "1.9.0.100", policy=policy).compliance == "compliant"
    assert verdict("L1", "4.9.0.2", policy=policy).compliance == "noncompliant"


def test_a_policy_may_match_every_row_as_a_minimum() -> None:
    policy = from_settings({"match": "minimum"})
    got = verdict("T1", "1.9.0.100", policy=policy)
    assert got.status == "certified"
    assert "not older than the certified minimum" in got.reason
    assert verdict("T1", "1.9.0.19", policy=policy).status == "outdated"


def test_without_fallbacks_a_lync_phone_is_not_listed() -> None:
    assert verdict("L1", "4.9.0.1", policy=Policy(fallback=())).status == "not-listed"


def test_each_catalog_has_one_assessment_in_their_order() -> None:
    identity = Identity(kind="phone", manufacturer="Yealink", model="T1", firmware="1.15.0.48")
    each = Judge(CATALOGS, Policy(), TODAY, READINGS).by_catalog(identity)
    assert [(a.catalog, a.status) for a in each] == [
        ("skype-for-business", "other-line"), ("lync", "other-line"), ("teams", "certified"),
    ]  # fmt: skip


def test_each_catalog_is_compared_once_with_a_product() -> None:
    parsed: list[str | None] = []

    class Counting(Readings):
        def version(self, manufacturer: str | None, model: str | None, firmware: str | None) -> Version | None:
            parsed.append(firmware)
            return super().version(manufacturer, model, firmware)

    judge = Judge(CATALOGS, Policy(), TODAY, Counting())
    for serial in ("1", "2"):
        identity = Identity(kind="phone", manufacturer="Yealink", model="T1", firmware="1.15.0.48", serial=serial)
        assert judge.by_catalog(identity)[0].status == judge.assess(identity).status
    assert parsed.count("1.15.0.48") == len(CATALOGS)


def test_a_policy_with_an_unknown_catalog_is_an_error_with_the_remedy() -> None:
    with pytest.raises(DataError, match="import it first"):
        verdict("T1", "1.9.0.20", policy=Policy(primary="zoom"))


def test_a_device_with_a_known_maker_alone_is_unidentified() -> None:
    got = verdict(None, maker="Yealink", kind="unknown")
    assert (got.status, got.compliance) == ("unidentified", "review")
    assert "Yealink" in got.reason


BUILDS = st.tuples(st.integers(0, 3), st.integers(0, 200))


@given(BUILDS, BUILDS)
def test_the_status_follows_the_order_of_versions(own: tuple[int, int], listed: tuple[int, int]) -> None:
    catalog = Catalog(
        name="x", title="", source="", date="", entries=(entry("T1", "1.9." + ".".join(map(str, listed))),)
    )
    identity = Identity(kind="phone", manufacturer="Yealink", model="T1", firmware="1.9." + ".".join(map(str, own)))
    want = "certified" if own == listed else "newer" if own > listed else "outdated"
    assert by(catalog, identity).status == want


@given(st.lists(BUILDS, min_size=1, max_size=5), BUILDS)
def test_the_order_of_rows_does_not_matter(listed: list[tuple[int, int]], own: tuple[int, int]) -> None:
    texts = ["1.9." + ".".join(map(str, build)) for build in listed]
    identity = Identity(kind="phone", manufacturer="Yealink", model="T1", firmware="1.9." + ".".join(map(str, own)))
    results = set()
    for order in (texts, texts[::-1], sorted(texts)):
        catalog = Catalog(name="x", title="", source="", date="", entries=tuple(entry("T1", text) for text in order))
        got = by(catalog, identity)
        results.add((got.status, got.certified_firmware))
    assert len(results) == 1
    assert (own in listed) == (next(iter(results))[0] == "certified")


@given(
    st.sampled_from([None, "T1", "L1", "X9", "P1"]),
    st.none() | st.text(max_size=30) | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", fullmatch=True),
    st.sampled_from(["Yealink", "Poly", None, "Snom"]),
    st.sampled_from(KINDS),
)
def test_any_identity_gets_a_verdict_with_a_reason(
    model: str | None, firmware: str | None, maker: str | None, kind: Kind
) -> None:
    got = verdict(model, firmware, maker, kind)
    assert got.reason
    assert got.compliance == Policy().of(got.status)
    assert verdict(model, firmware, maker, kind) == got
