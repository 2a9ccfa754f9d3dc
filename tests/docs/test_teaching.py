"""The page "Teach phonescan a new phone": its commands print what it shows, and teach real makers without a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from scanner.identity.load import load
from tests.docs import material
from tests.docs.test_commands import run
from tests.nonempty import some

PAGE = material.DOCS / "how-to" / "teaching-a-new-phone.md"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    material.build_world(tmp_path / "world")
    return tmp_path / "world"


@pytest.mark.slow
def test_the_commands_print_what_the_page_shows(world: Path) -> None:
    read, unknown, suggest, check, identify, again, score = material.commands(PAGE)
    (listed,) = (block.text for block in material.blocks("text", page=PAGE))
    draft, _ = (block.text for block in material.blocks("toml", page=PAGE))
    run(world, read)
    assert run(world, unknown).stdout == listed
    run(world, suggest)
    assert (world / "our-fingerprints/exemplar.toml").read_text(encoding="utf-8") == draft
    assert run(world, check).stderr == "no mistakes in the fingerprints\n"
    (world / "our-fingerprints/exemplar.toml").rename(world / "our-fingerprints/vendors/exemplar.toml")
    assert '"model": "EX210"' in run(world, identify).stdout
    assert "not-listed" in run(world, again).stderr
    assert "\nall                4" in run(world, score).stdout


def test_the_mistake_that_the_page_shows_is_what_check_prints(world: Path) -> None:
    draft, _ = (block.text for block in material.blocks("toml", page=PAGE))
    (world / "exemplar.toml").write_text(draft.replace("sip.user-agent", "sip.user-agnet"), encoding="utf-8")
    printed = run(world, "phonescan fingerprints check exemplar.toml", frozenset({2})).stdout.strip()
    assert f"`{printed}`" in PAGE.read_text(encoding="utf-8").replace("\n", " ")


class New(NamedTuple):
    """A value of a real device, its maker, and what a vendor file for it has to give."""

    field: str
    value: str
    maker: str
    kind: str
    model: str
    firmware: str | None


#: Real strings of makers that are of no interest to a phone team but to their owners.
REAL = [
    New("sip.user-agent", "Valcom VIP-204 sw1.50.28", "Valcom", "other", "VIP-204", "1.50.28"),
    New("dhcp.vendor-class", "Biamp Systems Inc., TesiraForte", "Biamp", "other", "TesiraForte", None),
    New("sip.user-agent", "VidyoGateway-3.1.4.18", "Vidyo", "gateway", "VidyoGateway", "3.1.4.18"),
    New("snmp.sysdescr", "3COM VCX V7005", "3COM", "pbx", "V7005", None),
    New("http.server", "JC-HTTPD/1.11.14", "JC", "other", "JC-HTTPD", "1.11.14"),
]


@pytest.mark.slow
def test_three_real_makers_that_no_file_lists_are_taught_by_the_commands_of_the_page(world: Path) -> None:
    new = [one for one in REAL if load().models.maker(one.maker) is None][:3]
    assert len(new) == 3, "choose other makers: the vendor files list these by now"
    rows = [
        {"ip": f"10.1.5.{number}", "field": one.field, "value": one.value, "source": f"sip 10.1.5.{number}:5060"}
        for number, one in enumerate(new, 1)
    ]
    (world / "new-phones.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    read, unknown, suggest, check, identify, *_ = material.commands(PAGE)
    run(world, read)
    groups = json.loads(run(world, f"{unknown} --all --format json").stdout)
    by_value = {row["example"]: row["group"] for row in groups}
    for one in some(new):
        file = f"our-fingerprints/vendors/{one.maker.lower()}.toml"
        words = suggest.replace("g15922939", by_value[one.value]).replace("--kind phone", f"--kind {one.kind}")
        run(world, words.replace("our-fingerprints/exemplar.toml", file))
        assert run(world, check.replace("our-fingerprints/exemplar.toml", file)).stderr.startswith("no mistakes")
        fact = f"{one.field}={one.value}"
        found = json.loads(run(world, identify.replace(identify.split("'")[1], fact)).stdout)
        assert (found["manufacturer"], found["model"]) == (one.maker, one.model)
        assert (found["kind"], found["firmware"]) == (one.kind, one.firmware)
        assert found["compliance"] != "noncompliant"
