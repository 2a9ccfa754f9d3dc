"""`a` and `an` by sound."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance.article import article, with_article
from scanner.identity.load import load
from tests.nonempty import some

AN = re.findall(
    r"\S+",
    """
    Avaya Aastra AudioCodes Ericsson-LG Eltex Escene innovaphone OpenStage Oracle Alcatel-Lucent iPECS Htek unidentified
    NEC HP HTC RTX LG IBM AVM SMC M3 S700 X4 E129 MP54 8851 880 11 1120E 18 ATA SBC X-Lite hour
    """,
)
A = re.findall(
    r"\S+",
    """
    Yealink Polycom Poly Snom Cisco Unify Ubiquiti Univerge Unicorn user Euroset one-X u-blox LANCOM STARFACE VTech
    BT ZTE 2N 3CX 1220 110 7960G 12 VVX T58A CP860 PBX DECT phone softphone gateway Teams SoundPoint Grandstream Hitachi
    """,
)


@pytest.mark.parametrize("word", AN)
def test_an_before_a_vowel_sound(word: str) -> None:
    assert with_article(word) == f"an {word}"


@pytest.mark.parametrize("word", A)
def test_a_before_a_consonant_sound(word: str) -> None:
    assert with_article(word) == f"a {word}"


@given(st.text(max_size=40))
def test_any_text_has_an_article(text: str) -> None:
    assert article(text) in ("a", "an")


def test_the_article_of_every_maker_follows_its_first_letter_but_for_known_exceptions() -> None:
    """A maker that is new to this list is to be read aloud."""
    makers = {origin.file.manufacturer for origin in load().origins} - {""}
    unusual = {name for name in some(makers) if (article(name) == "an") is not (name[0] in "AEIOUaeiou")}
    assert unusual <= {
        "HP",
        "NEC",
        "RTX",
        "SMC Networks",
        "Htek",
        "Ubiquiti",
        "Unify",
        "SCO",
        "Xblue",
        "NFON",
        "XMPP",
        "LG",
    }
