"""A campus whose phones are each known in part: every device, no other one, and its firmware as of then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campus.check import score
from tests.campus.files import written
from tests.campus.truth import Source, drawn


@pytest.mark.parametrize("seed", [1, 2])
def test_the_inventory_of_a_campus_is_its_phones_with_their_firmware(seed: int, tmp_path: Path) -> None:
    found = score(drawn(seed, 60), tmp_path)
    assert found.wrong == ()
    assert found.devices == found.rows == found.found >= 50
    assert found.firmwares == found.right >= 40


def test_a_campus_has_gaps_and_errors_in_every_source() -> None:
    campus = drawn(1, 200)
    for source in Source:
        assert 0 < sum(source in one.known for one in campus.desks) < 200
    assert any(one.addresses[0] != one.addresses[1] for one in campus.desks)
    assert any(one.firmwares[0] != one.firmwares[1] for one in campus.desks)
    assert any(one.softphone for one in campus.desks)
    assert campus.removed
    assert len({one.name for one in written(campus)}) == 6 + len(campus.consoles)
