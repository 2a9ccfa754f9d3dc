"""Every target survives its valid inputs, damaged ones, and the inputs that were lost once."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.fuzz.judge import Fate, judge
from tests.fuzz.target import Target
from tests.fuzz.targets import all_targets

TARGETS = {target.name: target for target in all_targets()}
#: Inputs that were lost once: the target, the octets as Latin-1 text, and what was wrong.
FOUND = [json.loads(line) for line in Path(__file__).with_name("found.jsonl").read_text("utf-8").splitlines()]


def test_names_are_unique() -> None:
    assert len(TARGETS) == len(all_targets())


@pytest.mark.parametrize("target", [pytest.param(one, id=one.name) for one in TARGETS.values()])
def test_a_target_reads_valid_inputs_and_survives_damaged_ones(target: Target) -> None:
    """One of the valid inputs at least is read, so that others begin with one that reaches the parser."""
    seeds = list(target.seeds())
    verdicts = [judge(target, data) for data in seeds]
    assert [verdict.kind for verdict in verdicts if verdict.fate is Fate.LOST] == []
    assert Fate.READ in {verdict.fate for verdict in verdicts}
    draw = random.Random(target.name)
    for data in draw.sample(seeds, min(3, len(seeds))):
        damaged = bytearray(data[: draw.randrange(len(data) + 1)] or b"\0")
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        assert judge(target, bytes(damaged)).kind == ""


def test_every_input_that_was_lost_survives() -> None:
    fates = {one["what"]: judge(TARGETS[one["target"]], one["input"].encode("latin-1")).kind for one in FOUND}
    assert [what for what, kind in fates.items() if kind] == []
