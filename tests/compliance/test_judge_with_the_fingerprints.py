"""Assessments by the shipped vendor files and catalogs: real phones get the status that a person would assign."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.compliance.catalog import builtin
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.model import Assessment, CatalogEntry, Identity
from scanner.identity.load import load

JUDGE = Judge(builtin(), Policy(), date(2026, 11, 23), load())


def verdict(manufacturer: str, model: str, firmware: str | None) -> Assessment:
    identity = Identity(kind="phone", manufacturer=manufacturer, model=model, firmware=firmware)
    return JUDGE.assess(identity)


@pytest.mark.parametrize(
    "entry", builtin()[0].entries, ids=lambda entry: f"{entry.manufacturer} {entry.model}".replace(" ", "-")
)
def test_every_row_of_the_primary_catalog_certifies_its_own_version(entry: CatalogEntry) -> None:
    got = verdict(entry.manufacturer, entry.model, entry.firmware)
    assert (got.status, got.compliance, got.certified_firmware) == ("certified", "compliant", entry.firmware)


@pytest.mark.parametrize(
    "entry", builtin()[1].entries, ids=lambda entry: f"{entry.model}-{entry.firmware}".replace(" ", "-")
)
def test_every_row_of_the_lync_list_is_certified_by_its_own_catalog(entry: CatalogEntry) -> None:
    identity = Identity(kind="phone", manufacturer=entry.manufacturer, model=entry.model, firmware=entry.firmware)
    each = JUDGE.by_catalog(identity)
    assert each[1].status == "certified"
    own = each[0].status
    assert JUDGE.assess(identity).status == ("compatible" if own == "not-listed" else own)


@pytest.mark.parametrize(
    ("manufacturer", "model", "firmware", "status"),
    [
        ("Polycom", "VVX 601", "5.9.0.9373", "certified"),
        ("Polycom", "VVX 601", "5.8.0.12848", "outdated"),
        ("Polycom", "VVX 601", "5.9.6.2327", "newer"),
        ("Polycom", "VVX 601", "5.10.0.1", "newer"),
        ("Polycom", "VVX 411", "5.8.3.3066", "outdated"),
        ("Poly", "CCX 600", "5.9.12.1122", "newer"),
        ("Poly", "CCX 500", "1.0.0.0200", "outdated"),
        ("Yealink", "T58A", "58.15.0.20", "certified"),
        ("Yealink", "T58A", "58.15.0.122", "newer"),
        ("Yealink", "T58A", "58.15.0.3", "outdated"),
        ("Yealink", "T56A", "58.80.0.25", "other-line"),
        ("Yealink", "T55", "58.15.0.36", "other-line"),
        ("Yealink", "MP58", "122.15.0.135", "other-line"),
        ("Yealink", "MP54", "122.9.0.4", "outdated"),
        ("Yealink", "MP58", None, "unknown-firmware"),
        ("AudioCodes", "405HD", "3.0.1.89.1", "certified"),
        ("AudioCodes", "405HD", "3.0.1.89", "outdated"),
        ("AudioCodes", "440HD", "3.1.3.144.18", "certified"),
        ("AudioCodes", "440HD", "2.2.8.61", "other-line"),
        ("AudioCodes", "C450HD", "C450HD_TEAMS_1.10.120", "other-line"),
        ("Crestron", "UC-P110-S", "55.66.91.11", "certified"),
        ("Crestron", "UC-P110-S", "55.66.91.10", "outdated"),
        ("Polycom", "SoundPoint IP 650", "4.1.0.84959", "compatible"),
        ("Polycom", "SoundPoint IP 650", "4.1.0.83141", "compatible"),
        ("Polycom", "SoundPoint IP 650", "4.0.7.2514", "outdated"),
        ("Polycom", "CX600", "4.0.7577.4463", "newer"),
        ("Yealink", "T48G", "35.7.0.20", "outdated"),
        ("Yealink", "T48G", "35.83.0.120", "other-line"),
        ("Fanvil", "X6U", "2.4.8", "not-listed"),
        ("Polycom", "VVX 250", "5.9.0.9373", "not-listed"),
    ],
)
def test_a_real_phone_gets_its_status(manufacturer: str, model: str, firmware: str | None, status: str) -> None:
    assert verdict(manufacturer, model, firmware).status == status


def test_the_reason_reports_that_a_poly_version_does_not_contain_its_edition() -> None:
    assert "not derivable from the version" in verdict("Polycom", "VVX 601", "5.8.0.12848").reason
