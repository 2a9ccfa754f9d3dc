"""Firmware lines of the catalog's makers, as Microsoft's pages and real strings show them."""

from __future__ import annotations

import pytest

from scanner.firmware import Version, compare
from scanner.identity.load import load


def version(maker: str, model: str | None, text: str) -> Version:
    found = load().version(maker, model, text)
    assert found is not None, (maker, model, text)
    return found


@pytest.mark.parametrize(
    ("maker", "model", "text", "line"),
    [
        ("Yealink", "T58A", "58.83.0.15", "sip"),
        ("Yealink", "T46S", "66.86.188.8", "sip"),
        ("Yealink", "T48G", "35.7.0.26", "lync"),
        ("Yealink", "T46G", "28.8.1.52", "skype-for-business"),
        ("Yealink", "T55", "55.9.0.9", "skype-for-business"),
        ("Yealink", "MP54", "122.9.0.5", "skype-for-business"),
        ("Yealink", "MP54", "122.15.0.80", "teams"),
        ("Yealink", "T55A", "58.15.0.122", None),
        ("Yealink", "T58A", "58.15.0.20", None),
        ("Yealink", "VC800", "63.345.0.40", "video"),
        ("Polycom", "VVX 411", "5.9.0.9373", None),
        ("Polycom", "SoundPoint IP 335", "3.3.3.0069", None),
        ("Polycom", "VVX 400", "5.4.0A", None),
        ("Polycom", "CX600", "4.0.7577.4444", "lync"),
        ("Polycom", "HDX 7000", "3.0.6-37004", "video"),
        ("Poly", "CCX 400", "7.1.4.0200", None),
        ("Poly", "Studio X50", "3.10.0-362035", "video"),
        ("AudioCodes", "440HD", "UC440HD_3.1.3.144.18", "skype-for-business"),
        ("AudioCodes", "C450HD", "UCC450HD_3.2.0.1003.61", "skype-for-business"),
        ("AudioCodes", "405HD", "3.0.1.89", "skype-for-business"),
        ("AudioCodes", "420HD", "UC420HD_2.0.1.44.9", "skype-for-business"),
        ("AudioCodes", "420HD", "2.2.16.704", "sip"),
        ("AudioCodes", "420HD", "2.0.0_build_15", "skype-for-business"),
        ("AudioCodes", "C450HD", "3.4.6.604", None),
        ("AudioCodes", "C450HD", "1.14.449", "teams"),
        ("AudioCodes", "C450HD", "C450HD_TEAMS_1.17.443", "teams"),
        ("AudioCodes", "C470HD", "2.1.87", "teams"),
        ("Crestron", "UC-P110-S", "55.66.91.11", "skype-for-business"),
        ("Crestron", "UC-P8-T", "1.0.4.82", "teams"),
    ],
)
def test_a_version_is_of_its_line(maker: str, model: str, text: str, line: str | None) -> None:
    assert version(maker, model, text).line == line


@pytest.mark.parametrize(
    ("maker", "model", "older", "newer"),
    [
        ("AudioCodes", "405HD", "3.0.1.89", "3.0.1.89.1"),
        ("AudioCodes", "440HD", "UC440HD_2.0.3.21", "3.1.3.144.18"),
        ("AudioCodes", "C450HD", "UCC450HD_3.2.0.1003.61", "3.4.6.604"),
        ("AudioCodes", "C450HD", "C450HD_TEAMS_1.8.288", "1.10.120"),
        ("Polycom", "VVX 411", "5.9.0.9373", "5.9.6.2327"),
        ("Polycom", "VVX 411", "5.9.7.4477", "6.3.1.8427"),
        ("Polycom", "SoundPoint IP 335", "3.3.3.0069", "3.3.3.70"),
        ("Polycom", "VVX 400", "5.4.0", "5.4.0A"),
        ("Poly", "CCX 500", "5.9.12.1111", "5.9.12.1122"),
        ("Yealink", "T58A", "58.15.0.20", "58.15.0.122"),
        ("Yealink", "MP54", "122.9.0.1", "122.9.0.5"),
        ("Yealink", "T46S", "66.86.0.15", "66.86.188.8"),
        ("Crestron", "UC-P110-S", "55.66.91.10", "55.66.91.11"),
    ],
)
def test_within_a_line_numbers_order(maker: str, model: str, older: str, newer: str) -> None:
    assert compare(version(maker, model, older), version(maker, model, newer)) == -1


@pytest.mark.parametrize(
    ("maker", "model", "a", "b"),
    [
        ("Yealink", "T58A", "58.83.0.15", "58.15.0.20"),
        ("Yealink", "T55", "55.9.0.9", "58.15.0.122"),
        ("Yealink", "MP56", "122.15.0.27", "122.9.0.1"),
        ("AudioCodes", "C450HD", "C450HD_TEAMS_1.14.449", "UCC450HD_3.2.0.1003.61"),
        ("AudioCodes", "420HD", "2.2.16.704", "UC420HD_2.0.1.44.9"),
        ("Crestron", "UC-P110-S", "55.66.91.11", "55.15.0.1"),
    ],
)
def test_a_teams_or_sip_build_is_not_compared_with_a_skype_build(maker: str, model: str, a: str, b: str) -> None:
    assert compare(version(maker, model, a), version(maker, model, b)) is None


def test_the_name_of_an_image_and_its_version_are_equal() -> None:
    image, bare = version("AudioCodes", "440HD", "UC440HD_3.1.3.144.18"), version("AudioCodes", "440HD", "3.1.3.144.18")
    assert compare(image, bare) == 0


@pytest.mark.parametrize(
    ("maker", "model", "text"),
    [("Yealink", "T58A", "58.15.0.20"), ("Polycom", "VVX 411", "5.9.0.9373"), ("AudioCodes", "445HD", "3.4.8")],
)
def test_a_version_without_its_edition_has_a_note(maker: str, model: str, text: str) -> None:
    parsed = version(maker, model, text)
    assert parsed.line is None
    assert "Skype for Business" in parsed.note


@pytest.mark.parametrize(
    ("maker", "model", "text"),
    [
        ("Yealink", "T46G", "28.1.0.128.0.0.0"),
        ("Yealink", "T58A", "1449/1.0.94"),
        ("Yealink", "T58A", "V86"),
        ("Unknown maker", "X", "1.0"),
    ],
)
def test_hardware_and_app_versions_are_not_firmware(maker: str, model: str, text: str) -> None:
    assert load().version(maker, model, text) is None
